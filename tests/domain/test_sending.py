"""A written answer on its way to the customer, part by part."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.conversation import Refused
from domain.events import PartSent, ReplyAttempted, ReplySent
from domain.steps import Policy, Rest, SendReply
from tests.domain.story import NOON, Story


def written(parts: int = 1, policy: Policy | None = None) -> Story:
    return Story(policy=policy).says().asked().drafted(parts=parts)


def test_an_attempt_is_recorded_with_the_reference_that_it_carries() -> None:
    story = written().sending()
    fact = story.last()
    assert isinstance(fact, ReplyAttempted)
    assert (fact.reply_id, fact.part, fact.attempt) == ("r1", 1, 1)
    assert fact.reference == f"onethread:{story.c.id}:r1:1"


def test_a_send_of_unknown_outcome_waits_for_evidence_before_it_is_repeated() -> None:
    story = written(policy=Policy(settle=timedelta(seconds=20))).later(5).sending()
    assert story.owes() == SendReply(story.now + timedelta(seconds=20), "r1", 4, 1, unsettled=True)
    story.later(20).sending()
    assert story.last().attempt == 2
    assert story.owes_send().unsettled


def test_a_deferred_send_is_known_not_sent_and_waits_for_the_back_off() -> None:
    story = written()
    pauses = []
    for _ in range(3):
        story.sending().later(1).deferred()
        step = story.owes_send()
        assert not step.unsettled
        pauses.append(step.not_before - (story.now - timedelta(seconds=1)))
        story.later(60)
    assert timedelta(seconds=1) <= pauses[0] < pauses[1] < pauses[2]


def test_the_channel_can_ask_for_a_longer_pause() -> None:
    story = written().sending().deferred(retry_after=300.0)
    assert story.owes_send().not_before == NOON + timedelta(seconds=300)


def test_the_channel_cannot_shorten_the_back_off() -> None:
    story = written().sending().deferred(retry_after=0.1)
    assert story.owes_send().not_before >= NOON + timedelta(seconds=1)


def test_parts_are_sent_one_after_the_other_and_end_in_one_reply() -> None:
    story = written(parts=3)
    for part in (1, 2):
        story.sending(part=part).later(1).sent(part=part)
        assert isinstance(story.last(), PartSent)
        assert story.owes() == SendReply(story.now, "r1", 4, part + 1)
    story.sending(part=3).sent(part=3)
    fact = story.last()
    assert isinstance(fact, ReplySent)
    assert (fact.message_ids, fact.evidence) == (("out-r1-1", "out-r1-2", "out-r1-3"), "answer")
    assert story.owes() == Rest()


def test_each_part_counts_its_own_attempts() -> None:
    story = written(parts=2).sending().deferred().later(60).sending().sent().sending(part=2)
    assert story.last().attempt == 1


def test_only_the_next_part_of_the_oldest_reply_can_be_sent() -> None:
    story = written(parts=2)
    for reply_id, part in [("r1", 2), ("r1", 0), ("r2", 1)]:
        with pytest.raises(Refused):
            story.sending(reply_id, part)
    story.sending().sent()
    with pytest.raises(Refused):
        story.sending(part=1)


def test_what_was_on_record_already_is_not_recorded_again() -> None:
    story = written(parts=2).sending()
    assert story.c.record_sent("r1", 1, "out-1", story.now)
    assert not story.c.record_sent("r1", 1, "out-1", story.now)
    assert not story.c.record_sent("r0", 1, "out-1", story.now)
    assert story.happened().count("PartSent") == 1


def test_the_channel_says_never() -> None:
    story = written(parts=2).sending().sent().sending(part=2).refused(part=2)
    fact = story.last()
    assert (fact.reply_id, fact.reason, fact.code) == ("r1", "refused", 131026)
    assert story.owes() == Rest()
    assert not story.c.awaiting_reply


def test_nothing_is_drafted_while_a_reply_is_on_its_way() -> None:
    story = written().says()
    with pytest.raises(Refused):
        story.asked("r2")
    assert isinstance(story.owes(), SendReply)


def test_messages_that_came_meanwhile_are_answered_after_a_failed_send() -> None:
    story = written().says().sending().refused()
    assert story.c.awaiting_reply
    assert story.owes_draft().not_before == NOON + timedelta(seconds=1)
