"""Messages, people, sessions and what becomes of them."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from domain.identity import Sender
from projections.facts import A_MONTH, AN_HOUR
from projections.measures import Measure
from projections.presence import NEVER
from projections.projection import Rules
from tests.domain.story import NOON, Story
from tests.projections.counting import counted, fold, recorded

HOUR = timedelta(hours=1)


def test_a_message_counts_when_it_was_said_and_never_later_than_it_was_received() -> None:
    story = Story().says(kind="image", sent_at=NOON - HOUR).says(sent_at=NOON + HOUR)
    assert counted(story.facts).facts(Measure.MESSAGE_IN) == [
        (2, "image", NOON - HOUR, 0),
        (3, "text", NOON, 0),
    ]


def test_facts_bear_the_channel_and_account_of_their_conversation() -> None:
    story = Story(Sender("instagram", "acc", "somebody")).says()
    rows = counted(story.facts).rows["analytics_facts"].values()
    assert {row[6:8] for row in rows} == {("instagram", "acc")}


def test_a_kind_of_any_length_stays_short_enough_for_an_index() -> None:
    assert counted(Story().says(kind="x" * 10_000).facts).dims(Measure.MESSAGE_IN) == ["x" * 64]


@pytest.mark.parametrize(
    ("thread_id", "kind"), [("conv_1", "openai"), ("local_1", "local"), ("thread_1", "retired")]
)
def test_a_conversation_counts_by_where_its_thread_lives(thread_id: str, kind: str) -> None:
    assert counted(Story(thread_id=thread_id).facts).facts(Measure.CONVERSATION) == [(1, kind, NOON, 0)]


def test_a_person_is_new_once_with_the_way_they_came_first() -> None:
    story = Story().says(referral={"source": "ADS"}).later(hours=30).says(referral={"source": "SHORTLINK"})
    found = counted(story.facts)
    assert found.facts(Measure.SENDER_NEW) == [(2, "ADS", NOON, 0)]
    assert found.dims(Measure.SESSION) == ["ADS", "SHORTLINK"]


def test_what_comes_again_or_late_is_counted_as_such() -> None:
    story = Story().says().later(10)
    story.says(message_id="m1")
    story.says(sent_at=NOON - HOUR)
    later = NOON + timedelta(seconds=10)
    story.later(60).says(sent_at=NOON - HOUR, received_at=later)
    found = counted(story.facts)
    assert found.facts(Measure.DUPLICATE) == [(3, "MessageReceived", later, 0)]
    assert found.facts(Measure.LATE) == [(4, "text", later, 0), (5, "text", later, 0)]
    assert len(found.facts(Measure.MESSAGE_IN)) == 3


def test_a_session_holds_its_messages_and_the_time_between_the_first_and_the_last() -> None:
    story = Story().says().later(1.5).says().later(2).says(sent_at=NOON - timedelta(seconds=100))
    found = counted(story.facts)
    assert found.facts(Measure.SESSION) == [(2, "direct", NOON, 0)]
    assert found.facts(Measure.SESSION_MESSAGES) == [(2, "3", NOON, 3)]
    assert found.facts(Measure.SESSION_DURATION) == [(2, "101000", NOON, 101_500)]


def test_sessions_are_those_that_were_recorded() -> None:
    story = Story().says().later(hours=23).says().later(hours=25).says()
    assert counted(story.facts).amounts(Measure.SESSION_MESSAGES) == [2, 1]


def test_sessions_can_be_cut_anew_after_more_than_another_silence() -> None:
    story = Story().says()
    story.later(hours=12).says()
    story.later(hours=12).later(0.001).says()
    story.later(1).says(sent_at=NOON)
    found = counted(story.facts, Rules(session_hours=12))
    assert found.amounts(Measure.SESSION_MESSAGES) == [2, 2]
    assert found.dims(Measure.SENDER_NEW) == ["direct"]


def test_messages_of_before_sessions_were_recorded_are_one_session() -> None:
    story = Story().says().later(hours=30).says()
    events = [
        event._replace(fields=msgspec.structs.replace(event.fields, session=1, session_message=1))
        for event in recorded(story.facts)
        if event.type == "MessageReceived"
    ]
    assert fold(events).amounts(Measure.SESSION_MESSAGES) == [2]


def test_a_session_is_contained_until_a_person_acts_in_it() -> None:
    story = Story().says().answered().later(hours=30).says()
    assert counted(story.facts).dims(Measure.SESSION_OUTCOME) == ["contained", "contained"]
    story.c.hand_over("kim", story.now)
    story.later(hours=30).says()
    assert counted(story.facts).dims(Measure.SESSION_OUTCOME) == ["contained", "handed_over", "contained"]
    story.echo("from the inbox")
    assert counted(story.facts).dims(Measure.SESSION_OUTCOME)[-1] == "handed_over"


def test_a_journey_is_the_steps_of_a_session_none_of_them_twice_running() -> None:
    story = Story().says(referral={"source": "ADS"}).later(1).says().later(1).answered()
    story.later(60).says().asked("r2").drafted("r2").refused("r2")
    story.c.hand_over("kim", story.now)
    story.echo("from the inbox")
    assert counted(story.facts).dims(Measure.JOURNEY) == [
        "ADS>asked>answered>asked>failed>handed_over>person"
    ]
    story.c.hand_back("kim", story.now)
    story.later(1).says()
    assert counted(story.facts).dims(Measure.JOURNEY)[0].endswith(">person>handed_back")


def test_the_way_a_person_came_is_one_step_whatever_it_is_called() -> None:
    found = counted(Story().says(referral={"source": "a>b"}).facts)
    assert found.dims(Measure.JOURNEY) == ["a b>asked"]
    assert found.dims(Measure.SESSION) == ["a>b"]


def test_a_configured_text_is_a_step_of_its_own() -> None:
    story = Story().says()
    story.c.fall_back("r1", "sorry", 1, story.now)
    story.sending().sent()
    found = counted(story.facts)
    assert found.dims(Measure.JOURNEY) == ["direct>asked>fallback"]
    assert found.dims(Measure.MESSAGE_OUT) == ["fallback"]


def test_acts_count_by_who_acted() -> None:
    story = Story().says()
    story.c.hand_over("kim", story.now)
    story.c.hand_back("channel:123", story.now)
    story.rebound("conv_2", reason="context_budget")
    found = counted(story.facts)
    assert found.dims(Measure.HANDOVER) == ["operator"]
    assert found.dims(Measure.HANDBACK) == ["provider"]
    assert found.dims(Measure.REBOUND) == ["context_budget"]


def test_a_person_is_present_once_in_each_hour_they_write_in() -> None:
    story = Story().says().later(600).says(sent_at=NOON - timedelta(minutes=1))
    story.later(60).says(sent_at=NOON + timedelta(seconds=1)).later(hours=2).says()
    story.later(1).says(sent_at=story.now - timedelta(minutes=2))
    rows = sorted(counted(story.facts).rows["analytics_presence"].values(), key=lambda row: row[2])
    assert [(hour, previous, opens, came) for _, _, hour, previous, opens, came, _, _ in rows] == [
        (NOON - HOUR, NEVER, A_MONTH, NOON),
        (NOON, NOON - HOUR, AN_HOUR, NOON),
        (NOON + 2 * HOUR, NOON, AN_HOUR, NOON),
    ]


def test_someone_who_is_late_by_many_hours_is_still_present_once_in_each() -> None:
    story = Story()
    for _ in range(30):
        story.later(hours=1).says()
    for hours in (29, 5, 10, 29, 0):
        story.later(1).says(sent_at=NOON + (1 + hours) * HOUR + timedelta(minutes=1))
        story.later(1).says()
    found = fold(recorded(story.facts), every=1)
    assert len(found.rows["analytics_presence"]) == 30
    late = {row[2] for row in found.rows["analytics_strays"].values()}
    assert late == {NOON + (1 + hours) * HOUR for hours in (5, 10, 0)}, "of these it is not known"
