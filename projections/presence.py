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
from projections.projection import Changes, Table

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

NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)
"""What is ``previous`` to the first hour."""

HOUR: Final = 3_600_000_000
REMEMBERED_HOURS: Final = 8
"""The latest hours of a conversation, among which a late one is put in order."""

AN_HOUR: Final = 0
A_DAY: Final = 1
A_MONTH: Final = 2


def said(state: AnalyticsState, at: datetime, changes: Changes) -> None:
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
    following = hours[place] if place < len(hours) else None
    _write(state, hour, hours[place - 1] if place else state.forgotten, changes, new=following is None)
    if following is not None:
        _write(state, following, hour, changes, new=False)
    hours.insert(place, hour)
    if len(hours) > REMEMBERED_HOURS:
        state.forgotten = hours.pop(0)


def _write(state: AnalyticsState, hour: int, previous: int | None, changes: Changes, *, new: bool) -> None:
    start = instant(hour * HOUR)
    before = NEVER if previous is None else instant(previous * HOUR)
    key = (state.partition, state.conversation_id, start)
    row = (*key, before, _opens(start, before), state.came, state.channel, state.account_id)
    if new:
        changes.append(PRESENCE.name, key, row)
    else:
        changes.replace(PRESENCE.name, key, row)


def _opens(hour: datetime, previous: datetime) -> int:
    if (hour.year, hour.month) != (previous.year, previous.month):
        return A_MONTH
    return A_DAY if hour.day != previous.day else AN_HOUR


def _stray(state: AnalyticsState, hour: int, changes: Changes) -> None:
    key = (state.partition, state.conversation_id, instant(hour * HOUR))
    changes.replace(STRAYS.name, key, (*key, state.channel, state.account_id))
