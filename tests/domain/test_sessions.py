"""Sessions follow the provider's own times, in the order of the log."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.events import MessageReceived
from domain.steps import Policy
from tests.domain.story import NOON, Story, replayed

DAY = timedelta(hours=24)


def sessions(story: Story) -> list[tuple[int, int, bool]]:
    return [(f.session, f.session_message, f.late) for f in story.facts if isinstance(f, MessageReceived)]


def test_messages_of_one_session_are_counted_and_sessions_are_numbered_from_one() -> None:
    story = Story().says().later(hours=23).says().later(hours=25).says().later(hours=1).says()
    assert sessions(story) == [(1, 1, False), (1, 2, False), (2, 1, False), (2, 2, False)]


@pytest.mark.parametrize(("silence", "session"), [(DAY, 1), (DAY + timedelta(microseconds=1), 2)])
def test_only_a_silence_longer_than_the_session_length_ends_a_session(
    silence: timedelta, session: int
) -> None:
    story = Story().says()
    story.now += silence
    story.says()
    assert story.last().session == session


def test_the_session_length_is_the_configured_one() -> None:
    story = Story(policy=Policy(session_length=timedelta(minutes=30))).says().later(minutes=31).says()
    assert sessions(story) == [(1, 1, False), (2, 1, False)]


def test_the_silence_counts_between_the_times_of_sending_and_not_of_receipt() -> None:
    story = Story().later(days=2).says(sent_at=NOON).says(sent_at=NOON + timedelta(hours=25))
    assert sessions(story) == [(1, 1, False), (2, 1, False)]


def test_an_older_message_joins_the_current_session_and_counts_as_late() -> None:
    story = Story().says().later(hours=30).says()
    story.says(sent_at=NOON - timedelta(days=7))
    assert sessions(story) == [(1, 1, False), (2, 1, False), (2, 2, True)]


def test_the_silence_is_measured_from_the_latest_time_seen_and_not_from_a_late_message() -> None:
    story = Story().says().says(sent_at=NOON - timedelta(days=7)).later(hours=1).says()
    assert sessions(story) == [(1, 1, False), (1, 2, True), (1, 3, False)]


def test_a_message_of_the_very_same_time_is_not_late() -> None:
    assert sessions(Story().says().says()) == [(1, 1, False), (1, 2, False)]


def test_a_time_in_the_future_counts_as_the_time_of_receipt() -> None:
    story = Story().says(sent_at=NOON + timedelta(days=365)).later(hours=23).says().later(hours=25).says()
    assert sessions(story) == [(1, 1, False), (1, 2, False), (2, 1, False)]


def test_a_time_in_the_future_counts_as_the_time_of_receipt_however_late_it_is_recorded() -> None:
    """Both came while the log could not be written; the clock of the first was an hour fast."""
    story = Story().later(hours=6)
    half_past = NOON + timedelta(minutes=30)
    story.says(sent_at=NOON + timedelta(hours=1), received_at=NOON)
    story.says(sent_at=half_past, received_at=half_past)
    assert sessions(story) == [(1, 1, False), (1, 2, False)]
    assert story.c.window_closes_at == half_past + DAY


def test_a_duplicate_does_not_touch_the_session() -> None:
    story = Story().says(message_id="a").later(hours=30).says(message_id="a", sent_at=NOON).says()
    assert sessions(story) == [(1, 1, False), (2, 1, False)]


@pytest.mark.parametrize("fields", [{"kind": "image"}, {"text": None}, {"kind": "unsupported"}])
def test_every_kind_of_message_counts(fields: dict[str, Any]) -> None:
    story = Story().says().says(**fields)
    assert sessions(story)[-1] == (1, 2, False)
    assert story.c.state.messages == 2


def test_sessions_are_the_same_when_the_log_is_read_again() -> None:
    story = Story().says().later(hours=25).says().says(sent_at=NOON)
    again = replayed(story.facts)
    assert again.state == story.c.state
    assert (again.state.session, again.state.session_messages, again.state.messages) == (2, 2, 3)
