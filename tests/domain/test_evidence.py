"""Receipts and echoes: what the channel tells of messages to the customer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.events import DeliveryReported, EchoReceived, ReplySent
from domain.identity import Sender
from domain.observe import read_reference, reference_of
from domain.steps import Rest, SendReply
from tests.domain.story import NOON, Story


def written(parts: int = 1) -> Story:
    story = Story().says().asked().drafted(parts=parts).sending()
    story.happened()
    return story


def test_a_status_that_comes_before_the_answer_to_the_send_settles_it() -> None:
    story = written().receipt("sent", "wamid.1", reference=f"onethread:{Story().c.id}:r1:1")
    assert story.happened() == ["DeliveryReported", "ReplySent"]
    report, sent = story.facts[-2:]
    assert isinstance(report, DeliveryReported)
    assert isinstance(sent, ReplySent)
    assert report.reply_id == "r1"
    assert (sent.message_ids, sent.evidence) == (("wamid.1",), "receipt")
    assert story.owes() == Rest()
    assert not story.c.record_sent("r1", 1, "wamid.1", story.now)


def test_an_echo_of_our_own_send_settles_it_and_is_no_word_of_somebody_else() -> None:
    story = written().echo("mid.1", reference=Story().reference("r1"), text="an answer")
    assert story.happened() == ["DeliveryReported", "ReplySent"]
    report = story.facts[-2]
    assert isinstance(report, DeliveryReported)
    assert (report.status, report.message_ids, report.reply_id) == ("sent", ("mid.1",), "r1")
    assert story.last().evidence == "echo"


def test_evidence_of_one_part_lets_the_next_part_go() -> None:
    story = written(parts=2).receipt("delivered", "wamid.1", reference=Story().reference("r1", 1))
    assert story.happened() == ["DeliveryReported", "PartSent"]
    assert story.owes() == SendReply(story.now, "r1", 4, 2)


def test_evidence_of_a_part_on_record_is_only_a_report() -> None:
    story = written(parts=2).sent()
    story.happened()
    story.receipt("sent", "out-r1-1", reference=story.reference("r1", 1))
    assert story.happened() == ["DeliveryReported"]
    assert story.owes_send().part == 2


def test_the_reference_of_another_conversation_settles_nothing_here() -> None:
    """Reply ids are unique within a conversation only."""
    other = Story(Sender("whatsapp", "1", "2"))
    story = written().receipt("sent", "wamid.1", reference=other.reference("r1"))
    assert story.happened() == ["DeliveryReported"]
    assert story.owes_send().unsettled


def test_a_status_without_a_message_id_settles_nothing() -> None:
    story = written().receipt("sent", reference=Story().reference("r1"), watermark=NOON)
    assert story.happened() == ["DeliveryReported"]
    assert story.owes_send().unsettled


def test_statuses_may_go_backwards_and_each_is_recorded() -> None:
    story = written().sent()
    story.happened()
    for status in ("read", "delivered", "sent", "failed"):
        story.receipt(status, "out-r1-1", reference=story.reference("r1"), error_code=131047)
    assert story.happened() == ["DeliveryReported"] * 4
    assert story.owes() == Rest()


def test_an_echo_of_a_person_or_another_app_is_recorded_and_asks_for_nothing() -> None:
    story = Story().says()
    owed = story.owes()
    story.echo("mid.9", text="I am looking into it", app_id="2636")
    fact = story.last()
    assert isinstance(fact, EchoReceived)
    assert (fact.message_id, fact.text, fact.app_id) == ("mid.9", "I am looking into it", "2636")
    assert story.owes() == owed


@pytest.mark.parametrize("part", [1, 2, 3])
def test_a_receipt_without_a_reference_finds_the_newest_reply_by_any_of_its_message_ids(part: int) -> None:
    story = written(parts=3).sent(part=1).sending(part=2).sent(part=2).sending(part=3).sent(part=3)
    story.receipt("read", f"out-r1-{part}")
    assert story.last().reply_id == "r1"


def test_a_receipt_without_a_reference_finds_a_reply_of_one_part() -> None:
    story = written().sent(message_id="mid.1").later(3).receipt("delivered", "mid.1")
    assert story.last().reply_id == "r1"


def test_a_receipt_finds_the_reply_that_is_on_its_way_by_the_parts_sent() -> None:
    story = written(parts=2).sent(part=1).receipt("read", "out-r1-1")
    assert story.last().reply_id == "r1"


def test_a_receipt_for_what_others_sent_names_no_reply() -> None:
    story = written().sent().receipt("read", "somebody-else's")
    assert story.last().reply_id is None


def test_a_watermark_is_recorded_as_it_stands() -> None:
    story = written().sent().receipt("read", watermark=NOON - timedelta(seconds=1))
    assert (story.last().watermark, story.last().message_ids) == (NOON - timedelta(seconds=1), ())


def test_a_reference_reads_back_as_what_it_was_made_of() -> None:
    assert read_reference(reference_of(Story().c.id, "r7", 12)) == (str(Story().c.id), "r7", 12)


@pytest.mark.parametrize(
    "reference",
    [
        None,
        "",
        "onethread",
        "onethread:a:b",
        "onethread:a:b:x",
        "other:a:b:1",
        "onethread:a:b:1:2",
        "a:b:c:d:e",
    ],
)
def test_the_reference_of_somebody_else_is_not_taken_for_ours(reference: str | None) -> None:
    assert read_reference(reference) is None


def test_a_part_in_digits_that_are_no_number_is_not_taken_for_ours() -> None:
    assert read_reference("onethread:a:b:²") is None
