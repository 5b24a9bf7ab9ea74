"""Who a conversation is with never depends on anything but who they are."""

from __future__ import annotations

from collections import Counter
from uuid import UUID, uuid5

import pytest

from domain.identity import NAMESPACE, Sender, partition_of


def test_the_conversation_id_of_a_sender_is_the_same_for_ever() -> None:
    assert UUID("50560de0-ea67-508a-af44-56da3b418c17") == NAMESPACE
    person = Sender("whatsapp", "106540352242922", "4915112345678")
    assert person.conversation_id == uuid5(NAMESPACE, "whatsapp:106540352242922:4915112345678")
    assert person.conversation_id == UUID("30eb980f-e313-5651-81fb-ee0e211fc82c")


def test_the_same_id_on_another_account_or_channel_is_another_person() -> None:
    people = {
        Sender("messenger", "1", "2").conversation_id,
        Sender("instagram", "1", "2").conversation_id,
        Sender("messenger", "2", "2").conversation_id,
        Sender("messenger", "1", "3").conversation_id,
    }
    assert len(people) == 4


def test_another_id_of_a_person_is_on_the_same_channel_and_account() -> None:
    assert Sender("whatsapp", "1", "2").known_as("3") == Sender("whatsapp", "1", "3")


def test_a_conversation_stays_in_its_partition_for_ever() -> None:
    assert partition_of(UUID("00000040-0000-0000-0000-000000000000"), 64) == 0
    assert partition_of(UUID("0000003f-ffff-ffff-ffff-ffffffffffff"), 64) == 63
    assert partition_of(UUID("00000041-0000-0000-0000-000000000000"), 64) == 1


def test_people_spread_evenly_over_the_partitions() -> None:
    people = (Sender("whatsapp", "100", str(n)).conversation_id for n in range(64_000))
    counts = Counter(partition_of(person, 64) for person in people)
    assert set(counts) == set(range(64))
    assert max(counts.values()) < 1.25 * min(counts.values())


@pytest.mark.parametrize(
    ("number", "other"),
    [
        ("5511987654321", "551187654321"),
        ("5215512345678", "525512345678"),
        ("5491123456789", "541123456789"),
        ("551132654321", None),  # a landline has no ninth digit
        ("4915112345678", None),
        ("BR.5511987654321", None),
    ],
)
def test_a_mobile_number_of_two_spellings_is_known_by_both(number: str, other: str | None) -> None:
    spelled = Sender("whatsapp", "1", number)
    assert [each.sender_id for each in spelled.spellings] == ([other] if other else [])
    assert all(each.spellings == (spelled,) for each in spelled.spellings)
    assert Sender("messenger", "1", number).spellings == ()
