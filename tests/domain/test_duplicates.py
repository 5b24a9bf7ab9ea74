"""The same thing told twice is one fact and one piece of evidence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.events import DuplicateReceived
from domain.inbound import OptIn, Referral, Standby, Unclassified
from domain.state import REMEMBERED_KEYS
from tests.domain.story import NOON, PERSON, Story

AGAIN: dict[str, Callable[[Story], object]] = {
    "MessageReceived": lambda s: s.says(message_id="m1", sent_at=NOON),
    "MessageEdited": lambda s: s.edits("m1", "b", edited_at=NOON),
    "MessageUnsent": lambda s: s.unsends("m1"),
    "ReactionReceived": lambda s: s.reacts("m1", "👍", reacted_at=NOON),
    "ReferralReceived": lambda s: s.observes(Referral(sender=PERSON, received_at=s.now, referred_at=NOON)),
    "OptInReceived": lambda s: s.observes(OptIn(sender=PERSON, received_at=s.now, opted_at=NOON)),
    "UpdateNoted": lambda s: s.observes(
        Unclassified(sender=PERSON, received_at=s.now, update="feedback", occurred_at=NOON)
    ),
    "StandbyReceived": lambda s: s.observes(
        Standby(sender=PERSON, received_at=s.now, message_id="s1", kind="text", sent_at=NOON)
    ),
    "EchoReceived": lambda s: s.echo("e1", sent_at=NOON),
    "DeliveryReported": lambda s: s.receipt("read", "out-1", occurred_at=NOON),
    "IdentityLinked": lambda s: s.renumbers("49222", changed_at=NOON),
}


@pytest.mark.parametrize("fact", AGAIN)
def test_a_repeated_delivery_is_recorded_as_evidence_and_changes_nothing(fact: str) -> None:
    story = Story()
    AGAIN[fact](story)
    assert story.happened()[-1] == fact
    before = story.owes(), story.c.awaiting_reply, story.c.state.messages
    story.later(5)
    AGAIN[fact](story)
    assert [name for name in story.happened() if name != "IdentityLinked"] == ["DuplicateReceived"]
    evidence = story.last()
    assert isinstance(evidence, DuplicateReceived)
    assert (evidence.update, evidence.received_at) == (fact, NOON + timedelta(seconds=5))
    assert (story.owes(), story.c.awaiting_reply, story.c.state.messages) == before


def test_a_repeat_that_only_the_log_remembers_is_told_by_it() -> None:
    story = Story().says(message_id="old").answered()
    for n in range(REMEMBERED_KEYS + 1):
        story.reacts(f"x{n}", "👍")
    assert "old" not in story.c.state.keys
    story.happened()
    story.says(message_id="old", known={"old"})
    assert story.happened() == ["DuplicateReceived"]
    assert story.last().duplicate_of == "old"
    assert not story.c.awaiting_reply


def test_an_edit_is_told_from_the_next_edit_by_its_revision_or_its_time() -> None:
    story = (
        Story().says().edits("m1", "b", revision=1).edits("m1", "c", revision=2).edits("m1", "c", revision=2)
    )
    assert story.happened()[1:] == ["MessageEdited", "MessageEdited", "DuplicateReceived"]
    story.edits("m1", "d").later(1).edits("m1", "e")
    assert story.happened() == ["MessageEdited", "MessageEdited"]


def test_a_receipt_is_one_fact_for_each_status_of_a_message() -> None:
    story = Story().says()
    story.happened()
    story.receipt("delivered", "a").receipt("read", "a").receipt("delivered", "b").receipt("delivered", "a")
    assert story.happened() == [
        "DeliveryReported",
        "DeliveryReported",
        "DeliveryReported",
        "DuplicateReceived",
    ]
    early, late = NOON - timedelta(hours=1), NOON
    story.receipt("read", watermark=early).receipt("read", watermark=late).receipt("read", watermark=late)
    assert story.happened() == ["DeliveryReported", "DeliveryReported", "DuplicateReceived"]


def test_a_repeated_echo_of_our_own_send_does_not_send_twice() -> None:
    story = Story().says().asked().drafted().sending()
    story.happened()
    own = story.reference("r1")
    story.echo("out-1", reference=own)
    assert story.happened() == ["DeliveryReported", "ReplySent"]
    story.echo("out-1", reference=own)
    assert story.happened() == ["DuplicateReceived"]


def test_the_remembered_keys_are_the_newest_ones() -> None:
    story = Story()
    for n in range(REMEMBERED_KEYS * 2):
        story.says(message_id=f"m{n}")
    assert story.c.state.keys == [f"m{n}" for n in range(REMEMBERED_KEYS, REMEMBERED_KEYS * 2)]
