"""In which hours somebody wrote: a row for each conversation and UTC hour, so that nobody counts twice."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from projections.analytics_state import AnalyticsState, instant, micros
from projections.projection import Changes, Table

PRESENCE: Final = Table(
    "analytics_presence",
    {
        "partition": "smallint",
        "conversation_id": "uuid",
        "hour": "timestamptz",
        "version": "integer",
        "channel": "text",
        "account_id": "text",
        "first_at": "timestamptz",
    },
    key=("partition", "conversation_id", "hour"),
    indexes={"by_hour": "(hour, channel, account_id, conversation_id)"},
)

HOUR: Final = 3_600_000_000
REMEMBERED_HOURS: Final = 8
"""Hours of a conversation that are known to have their row. A message that is late by more of them states its
hour again: the row then names that message instead of the first."""


def said(state: AnalyticsState, version: int, at: datetime, changes: Changes) -> None:
    """Somebody wrote at an instant."""
    moment = micros(at)
    hour = moment // HOUR
    for seen in reversed(state.hours):
        if seen[0] == hour:
            if moment < seen[2]:
                seen[2] = moment
                _write(state, seen[0], seen[1], at, changes, new=False)
            return
    new = not state.hours or hour > state.hours[-1][0]
    _write(state, hour, version, at, changes, new=new)
    state.hours.append([hour, version, moment])
    if not new:
        state.hours.sort()
    del state.hours[:-REMEMBERED_HOURS]


def _write(
    state: AnalyticsState, hour: int, version: int, at: datetime, changes: Changes, *, new: bool
) -> None:
    start = instant(hour * HOUR)
    key = (state.partition, state.conversation_id, start)
    row = (*key, version, state.channel, state.account_id, at)
    if new:
        changes.append("analytics_presence", key, row)
    else:
        changes.replace("analytics_presence", key, row)
