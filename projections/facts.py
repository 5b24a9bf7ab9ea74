"""Facts, and the sums that follow them.

A fact is a row of ``analytics_facts``; ``analytics_hours`` and ``analytics_days`` hold, by the UTC hour and
day of its instant, how many facts there are of each kind and the sum of their amounts. Both are written here
and nowhere else, so that the sums always are those of the facts.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, Literal

from projections.analytics_state import EPOCH, AnalyticsState
from projections.projection import Changes, Cut, Key, Row, Table

FACTS: Final = Table(
    "analytics_facts",
    {
        "partition": "smallint",
        "conversation_id": "uuid",
        "version": "integer",
        "measure": "text",
        "dim": "text",
        "at": "timestamptz",
        "channel": "text",
        "account_id": "text",
        "amount": "bigint",
    },
    key=("partition", "conversation_id", "version", "measure"),
    indexes={
        "measure_at": "(measure, at)",
        "waiting": "(at, conversation_id, version) WHERE measure = 'turn' AND dim = 'waiting'",
    },
)


def _rollup(name: str, unit: Literal["hour", "day"]) -> Table:
    columns = {
        "measure": "text",
        "start": "timestamptz",
        "channel": "text",
        "account_id": "text",
        "dim": "text",
        "n": "bigint",
        "amount": "bigint",
    }
    return Table(
        name,
        columns,
        key=("measure", "start", "channel", "account_id", "dim"),
        sums=("n", "amount"),
        summed_from=f"""
        SELECT measure, date_trunc('{unit}', at, 'UTC') AS start, channel, account_id, dim,
               count(*) AS n, sum(amount)::bigint AS amount
        FROM {{analytics_facts}} GROUP BY 1, 2, 3, 4, 5
        """,
        cut=Cut(FACTS.name, "measure", "at", "start", unit),
    )


HOURS: Final = _rollup("analytics_hours", "hour")
DAYS: Final = _rollup("analytics_days", "day")

HOUR: Final = timedelta(hours=1)
LONGEST_NAME: Final = 64
MOST: Final = 10**15
"""The largest amount of a fact, so that no sum of nonsense outgrows its column."""

Value = tuple[str, int]
"""What may change of a fact: its dim and amount."""


def named(text: str | None) -> str:
    """A name as a dim: ``unknown`` where there is none, and never so long that an index refuses it."""
    return text[:LONGEST_NAME] if text else "unknown"


def amounted(number: int | None) -> int:
    """A number that others gave, as an amount."""
    return min(max(number or 0, 0), MOST)


@lru_cache(4096)
def _starts(hour: int) -> tuple[datetime, datetime]:
    """When an hour since 1970 starts, and its day. The same objects each time: hashing instants is slow."""
    start = EPOCH + hour * HOUR
    return start, start.replace(hour=0)


class Facts:
    """The facts of one conversation: put, replaced and dropped together with what they add to sums.

    The key of a fact is the version it stands for and its measure; its instant stays while it is replaced.
    """

    __slots__ = ("_changes", "_day", "_days", "_hour", "_hours", "_of", "_state", "_summing")

    def __init__(self, state: AnalyticsState, changes: Changes) -> None:
        self._state, self._changes = state, changes
        self._summing = HOURS.name not in changes.derived
        self._hours = changes.sums.setdefault("analytics_hours", {})
        self._days = changes.sums.setdefault("analytics_days", {})
        self._of: datetime | None = None
        self._hour = self._day = EPOCH

    def put(self, measure: str, version: int, at: datetime, dim: str, amount: int = 0) -> None:
        """A fact that there was not."""
        key, row = self._row(measure, version, at, dim, amount)
        self._changes.append("analytics_facts", key, row)
        self._add(measure, at, dim, 1, amount)

    def replace(self, measure: str, version: int, at: datetime, was: Value, value: Value) -> None:
        """More is known of a fact."""
        key, row = self._row(measure, version, at, *value)
        self._changes.replace("analytics_facts", key, row)
        if was[0] == value[0]:
            self._add(measure, at, value[0], 0, value[1] - was[1])
        else:
            self._add(measure, at, was[0], -1, -was[1])
            self._add(measure, at, value[0], 1, value[1])

    def drop(self, measure: str, version: int, at: datetime, was: Value) -> None:
        """A fact that has become part of another."""
        state = self._state
        self._changes.drop("analytics_facts", (state.partition, state.conversation_id, version, measure))
        self._add(measure, at, was[0], -1, -was[1])

    def _row(self, measure: str, version: int, at: datetime, dim: str, amount: int) -> tuple[Key, Row]:
        state = self._state
        key = (state.partition, state.conversation_id, version, measure)
        return key, (*key, dim, at, state.channel, state.account_id, amount)

    def _add(self, measure: str, at: datetime, dim: str, n: int, amount: int) -> None:
        if not self._summing:
            return
        if at is not self._of:
            self._of = at
            self._hour, self._day = _starts((at - EPOCH) // HOUR)
        state = self._state
        channel, account_id = state.channel, state.account_id
        _count(self._hours, (measure, self._hour, channel, account_id, dim), n, amount)
        _count(self._days, (measure, self._day, channel, account_id, dim), n, amount)


def _count(sums: dict[Key, list[int]], key: Key, n: int, amount: int) -> None:
    """As :meth:`~projections.projection.Changes.add` does; eight times an event, so without the detour."""
    held = sums.get(key)
    if held is None:
        sums[key] = [n, amount]
    else:
        held[0] += n
        held[1] += amount
