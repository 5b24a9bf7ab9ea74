"""In which hours somebody wrote: a row for each conversation and UTC hour, which names the one before it.

So distinct people are counted without telling them apart: of the hours of a range, those whose ``previous``
is before the range are the first of their conversation in it. ``opens`` says whether that is so of the day
or even the month of an hour, by which most rows need not be looked at.
"""

from __future__ import annotations

from bisect import bisect
from datetime import UTC, datetime
from typing import Final

from projections.analytics_state import AnalyticsState, instant, micros
from projections.facts import A_DAY, A_MONTH, AN_HOUR, Facts
from projections.projection import Changes, Key, Row, Table

COVERING: Final = "(hour) INCLUDE (previous, came, channel, account_id)"

PRESENCE: Final = Table(
    "analytics_presence",
    {
        "partition": "smallint",
        "conversation_id": "uuid",
        "hour": "timestamptz",
        "previous": "timestamptz",
        "opens": "smallint",
        "came": "timestamptz",
        "channel": "text",
        "account_id": "text",
    },
    key=("partition", "conversation_id", "hour"),
    indexes={
        "by_hour": COVERING,
        "by_day": f"{COVERING} WHERE opens >= 1",
        "by_month": f"{COVERING} WHERE opens >= 2",
    },
)
STRAYS: Final = Table(
    "analytics_strays",
    {
        "partition": "smallint",
        "conversation_id": "uuid",
        "hour": "timestamptz",
        "channel": "text",
        "account_id": "text",
    },
    key=("partition", "conversation_id", "hour"),
    indexes={"by_hour": "(hour)"},
)
"""Hours of messages that were later than what is remembered, and so are in no order: whether ``presence`` has
them, too, is not known here."""

NEVER: Final = datetime(2, 1, 1, tzinfo=UTC)
"""What is ``previous`` to the first hour. (The year 1 would be stored as infinitely long ago.)"""

HOUR: Final = 3_600_000_000
REMEMBERED_HOURS: Final = 8
"""The latest hours of a conversation, among which a late one is put in order."""


def said(state: AnalyticsState, at: datetime, facts: Facts, changes: Changes) -> None:
    """Somebody wrote at an instant."""
    if state.came is None:
        state.came = at
    hour, hours = micros(at) // HOUR, state.hours
    if hour in hours:
        return
    if state.forgotten is not None and hour < hours[0]:
        _stray(state, hour, changes)
        return
    place = bisect(hours, hour)
    previous = hours[place - 1] if place else state.forgotten
    if place == len(hours):
        changes.append(PRESENCE.name, *_row(state, hour, previous, facts))
    else:
        following = hours[place]
        _row(state, following, previous, facts, -1)
        changes.replace(PRESENCE.name, *_row(state, following, hour, facts))
        changes.replace(PRESENCE.name, *_row(state, hour, previous, facts))
    hours.insert(place, hour)
    if len(hours) > REMEMBERED_HOURS:
        state.forgotten = hours.pop(0)


def _row(state: AnalyticsState, hour: int, previous: int | None, facts: Facts, n: int = 1) -> tuple[Key, Row]:
    """The row of an hour, by its key; it is counted, or where ``n`` is -1 no longer."""
    start = instant(hour * HOUR)
    before = NEVER if previous is None else instant(previous * HOUR)
    opens = _opens(start, before)
    facts.present(start, before, n)
    key = (state.partition, state.conversation_id, start)
    return key, (*key, before, opens, state.came, state.channel, state.account_id)


def _opens(hour: datetime, previous: datetime) -> int:
    if (hour.year, hour.month) != (previous.year, previous.month):
        return A_MONTH
    return A_DAY if hour.day != previous.day else AN_HOUR


def _stray(state: AnalyticsState, hour: int, changes: Changes) -> None:
    key = (state.partition, state.conversation_id, instant(hour * HOUR))
    changes.replace(STRAYS.name, key, (*key, state.channel, state.account_id))
