"""Turns and how long their answers took."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain import events as e
from projections.measures import Measure
from tests.domain.story import NOON, Story
from tests.projections.counting import counted, fold, recorded
from tests.storage.event_values import event_of


def turns(story: Story) -> list[tuple[int, str, int]]:
    return [(version, dim, amount) for version, dim, _, amount in counted(story.facts).facts(Measure.TURN)]


def test_what_was_said_waits_as_one_turn_from_its_first_message() -> None:
    story = Story().says(sent_at=NOON - timedelta(seconds=3)).later(1).says()
    facts = counted(story.facts).facts(Measure.TURN)
    assert facts == [(2, "waiting", NOON - timedelta(seconds=3), 2)]


def test_a_turn_keeps_its_instant_to_the_microsecond() -> None:
    story = Story().later(0.123456).says().later(1).says().later(1).answered()
    found = counted(story.facts)
    assert found.facts(Measure.TURN) == [(2, "answered", NOON + timedelta(microseconds=123_456), 2)]
    assert found.amounts(Measure.RESPONSE_BOT) == [2_000]


def test_an_answer_closes_the_turn_that_it_covers_and_no_other() -> None:
    story = Story().says().asked().later(1).says().drafted().sending().later(1.234).sent()
    assert turns(story) == [(2, "answered", 1), (4, "waiting", 1)]
    found = counted(story.facts)
    assert found.facts(Measure.RESPONSE_BOT) == [(2, "2230", NOON, 2_234)]
    assert found.facts(Measure.FIRST_RESPONSE_BOT) == [(2, "2230", NOON, 2_234)]
    assert found.dims(Measure.MESSAGE_OUT) == ["bot"]


def test_a_draft_that_is_tried_again_takes_in_what_was_said_since() -> None:
    story = Story().says().asked().later(1).says().failed()
    assert turns(story) == [(2, "waiting", 1), (4, "waiting", 1)]
    story.asked()
    assert turns(story) == [(2, "waiting", 2)]
    story.drafted().sending().sent()
    assert turns(story) == [(2, "answered", 2)]


def test_the_configured_text_covers_what_is_drafted_for_and_what_waits() -> None:
    story = Story().says().asked().later(1).says().failed()
    story.c.fall_back("r1", "sorry", 1, story.now)
    story.later(9).sending().sent()
    assert turns(story) == [(2, "fallback", 2)]
    assert counted(story.facts).amounts(Measure.RESPONSE_FALLBACK) == [10_000]
    assert counted(story.facts).amounts(Measure.FIRST_RESPONSE_FALLBACK) == [10_000]


def test_a_reply_that_is_refused_fails_its_turn() -> None:
    story = Story().says().asked().drafted().sending().refused()
    found = counted(story.facts)
    assert found.dims(Measure.TURN) == ["failed"]
    assert found.dims(Measure.REPLY_FAILED) == ["refused:131026"]
    assert not found.facts(Measure.RESPONSE_BOT)


def test_a_turn_that_is_given_up_fails_with_all_that_waits() -> None:
    story = Story().says().asked().later(1).says().failed()
    story.c.give_up("r1", "too late", story.now)
    assert turns(story) == [(2, "failed", 2)]
    assert counted(story.facts).dims(Measure.REPLY_FAILED) == ["too late"]


def test_a_persons_words_answer_all_that_no_reply_is_written_to() -> None:
    story = Story().says().asked().failed().later(1).says().later(2)
    story.echo("from the inbox", sent_at=NOON + timedelta(seconds=2.5))
    found = counted(story.facts)
    assert turns(story) == [(2, "person", 2)]
    assert found.facts(Measure.RESPONSE_PERSON) == [(2, "2500", NOON, 2_500)]
    assert found.dims(Measure.MESSAGE_OUT) == ["person"]
    assert not found.facts(Measure.RESPONSE_BOT)


def test_a_reply_on_its_way_is_not_overtaken_by_a_persons_words() -> None:
    story = Story().says().asked().drafted().later(1).echo("from the inbox").sending().sent()
    assert turns(story) == [(2, "answered", 1)]


def test_a_reply_that_a_person_wrote_answers_when_it_is_sent() -> None:
    story = Story().says()
    place = {"originator_id": story.c.id, "timestamp": story.now}
    drafted = event_of(
        e.ReplyDrafted, **place, originator_version=3, reply_id="p", text="hello", parts=1, author="person",
        outcome="completed", answers_through=2, thread_id="conv_1",
    )  # fmt: skip
    sent = event_of(e.ReplySent, **place, originator_version=4, reply_id="p", message_ids=("x",))
    found = fold(recorded([*story.facts, drafted, sent]))
    assert found.dims(Measure.TURN) == found.dims(Measure.MESSAGE_OUT) == ["person"]
    assert found.dims(Measure.SESSION_OUTCOME) == ["handed_over"]
    assert found.dims(Measure.JOURNEY) == ["direct>asked>person"]
    assert not found.facts(Measure.MODEL_CALL)


def test_an_answer_before_the_question_took_no_time() -> None:
    story = Story().says().later(1).echo("from the inbox", sent_at=NOON - timedelta(hours=1))
    assert counted(story.facts).facts(Measure.RESPONSE_PERSON) == [(2, "0", NOON, 0)]


def test_the_first_response_of_a_session_runs_from_its_first_message_once_for_each_author() -> None:
    story = Story().says().asked().drafted().sending().refused().later(10)
    story.says().later(2).answered("r2").later(5).says().later(1).answered("r3").later(3).says().later(4)
    story.echo("from the inbox")
    found = counted(story.facts)
    assert found.facts(Measure.FIRST_RESPONSE_BOT) == [(2, "12000", NOON, 12_000)]
    assert found.facts(Measure.FIRST_RESPONSE_PERSON) == [(2, "25000", NOON, 25_000)]
    assert found.amounts(Measure.RESPONSE_BOT) == [2_000, 1_000]


def test_an_answer_counts_for_the_session_that_asked_even_when_that_has_ended() -> None:
    story = Story().says().asked().later(hours=30).says().drafted().sending().sent().later(1).answered("r2")
    found = counted(story.facts)
    assert [fact[0] for fact in found.facts(Measure.FIRST_RESPONSE_BOT)] == [2, 4]
    assert found.amounts(Measure.FIRST_RESPONSE_BOT) == [30 * 3_600_000, 1_000]


def test_the_state_forgets_who_answered_in_sessions_that_nothing_is_open_of() -> None:
    story = Story()
    for number in range(40):
        story.later(hours=30).says().answered(f"r{number}")
    state = counted(story.facts).state
    assert state is not None
    assert len(state.responded) == 1
    assert len(counted(story.facts).facts(Measure.FIRST_RESPONSE_BOT)) == 40


def test_nobody_waits_any_more_once_the_person_is_erased() -> None:
    story = Story().says().asked().drafted().later(1).says()
    story.c.erase("kim", "cert", story.now)
    assert turns(story) == [(2, "failed", 1), (5, "failed", 1)]
    assert counted(story.facts).amounts(Measure.SESSION_MESSAGES) == [2]


def test_a_draft_of_another_reply_leaves_what_is_drafted_for_waiting() -> None:
    story = Story().says().asked()
    place = {"originator_id": story.c.id, "timestamp": story.now}
    drafted = event_of(
        e.ReplyDrafted, **place, originator_version=4, reply_id="r2", text="hello", parts=1, author="bot",
        outcome="completed", answers_through=2, thread_id="conv_1",
    )  # fmt: skip
    sent = event_of(e.ReplySent, **place, originator_version=5, reply_id="r2", message_ids=("x",))
    found = fold(recorded([*story.facts, drafted, sent]))
    assert found.dims(Measure.TURN) == ["waiting"]
    assert found.dims(Measure.MESSAGE_OUT) == ["bot"]


def test_replies_that_are_never_sent_do_not_pile_up() -> None:
    drafts = [
        event_of(
            e.ReplyDrafted, originator_version=number, reply_id=f"r{number}", text="hello", parts=1,
            author="bot", outcome="completed", answers_through=1, thread_id="conv_1",
        )
        for number in range(2, 102)
    ]  # fmt: skip
    state = fold(recorded(drafts)).state
    assert state is not None
    assert len(state.outgoing) == 16


@pytest.mark.parametrize("kind", [e.ReplySent, e.ReplyFailed])
def test_a_reply_whose_draft_is_not_in_the_log_answers_nothing(kind: type[e.Fact]) -> None:
    fields = {"message_ids": ()} if kind is e.ReplySent else {"reason": "lost"}
    found = fold(recorded([event_of(kind, reply_id="r1", **fields)]))
    assert not found.facts(Measure.TURN)
    assert found.dims(Measure.MESSAGE_OUT) == (["unknown"] if kind is e.ReplySent else [])
