"""Facts, and the sums that follow them.

A fact is a row of ``analytics_facts``. Its sums are kept by the UTC hour, day or month of its instant, of
each account and of :data:`ALL` together:

* ``analytics_hours``, ``analytics_days`` and ``analytics_months``: how many facts there are of each measure
  and dim, and the sum of their amounts;
* ``analytics_day_spreads`` and ``analytics_month_spreads``, of each measure in :data:`SPREAD`: the same
  without the dim, and how many facts there are of each size. Those of months are of all accounts together;
* ``analytics_writers``: what each conversation adds to the list of top senders in each month.

All of them are written here and nowhere else, so that the sums always are those of the facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Final, Literal

from projections.analytics_state import EPOCH, AnalyticsState
from projections.measures import Measure
from projections.projection import Changes, Cut, Key, Row, Table

ALL: Final = "*"
"""Stands for channel and account in the sums of all of them."""

HISTOGRAMS: Final = frozenset({
    Measure.SESSION_MESSAGES, Measure.SESSION_DURATION, Measure.MODEL_LATENCY,
    Measure.RESPONSE_BOT, Measure.RESPONSE_FALLBACK, Measure.RESPONSE_PERSON,
    Measure.FIRST_RESPONSE_BOT, Measure.FIRST_RESPONSE_FALLBACK, Measure.FIRST_RESPONSE_PERSON,
})  # fmt: skip
"""Measures whose dims are sizes. Sums by dim would be nearly as many as the facts, so none are kept."""

BY_SLOT: Final = frozenset({Measure.MESSAGE_IN, Measure.SESSION})
"""Measures whose facts have a slot for their size: the UTC hour of the week, 0 is the first of Monday."""

SPREAD: Final = HISTOGRAMS | BY_SLOT

PRESENT: Final = "present"
"""Beside the measures, spread by the day or month in which somebody wrote: how many did, by the beginning of
the day or month in which they had last written, in days since 1970."""

AN_HOUR: Final = 0
A_DAY: Final = 1
A_MONTH: Final = 2
"""What an hour opens in which somebody wrote: that, the day or even the month, by being their first in it."""

SLOTS: Final = 7 * 24


def _quoted(measures: frozenset[Measure]) -> str:
    return ", ".join(f"'{measure}'" for measure in sorted(measures))


SLOT: Final = """
(extract(isodow FROM at AT TIME ZONE 'UTC')::bigint - 1) * 24
    + extract(hour FROM at AT TIME ZONE 'UTC')::bigint
"""
SIZE: Final = f"CASE WHEN measure IN ({_quoted(BY_SLOT)}) THEN {SLOT} ELSE dim::bigint END"
"""The size of a fact of a measure in :data:`SPREAD`."""

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


BY_HOUR: Final = "analytics by hour"
"""What a fold tells of facts: as ``analytics_hours``, but of each account alone."""

BY_DAY: Final = "analytics by day"
"""Likewise as ``analytics_day_spreads``, what has a slot for its size aside."""

Unit = Literal["hour", "day", "month"]
Keys = Callable[[Key], Iterable[Key]]


def _of_hour(unit: Unit, key: Key) -> Iterator[Key]:
    measure, hour, channel, account_id, dim = key
    start = hour if unit == "hour" else _day(hour) if unit == "day" else _month(hour)
    yield measure, start, channel, account_id, dim
    yield measure, start, ALL, ALL, dim


def _sizes_of_day(key: Key) -> Iterator[Key]:
    measure, day, _, _, size = key
    yield key
    yield measure, day, ALL, ALL, size


def _sizes_of_month(key: Key) -> Iterator[Key]:
    measure, day, _, _, size = key
    month = _month(day)
    if measure != PRESENT:
        yield measure, month, ALL, ALL, size
        return
    before = _month(EPOCH + size * DAY)
    if before != month:
        yield measure, month, ALL, ALL, (before - EPOCH).days


def _slots_of_day(key: Key) -> Iterator[Key]:
    measure, hour, channel, account_id, _ = key
    if measure in BY_SLOT:
        yield from _sizes_of_day((measure, _day(hour), channel, account_id, _slot(hour)))


def _slots_of_month(key: Key) -> Iterator[Key]:
    measure, hour, _, _, _ = key
    if measure in BY_SLOT:
        yield measure, _month(hour), ALL, ALL, _slot(hour)


def _day(hour: datetime) -> datetime:
    return hour.replace(hour=0)


def _month(hour: datetime) -> datetime:
    return hour.replace(day=1, hour=0)


def _slot(hour: datetime) -> int:
    return hour.weekday() * 24 + hour.hour


def _rollup(name: str, unit: Unit) -> Table:
    return Table(
        name,
        {
            "measure": "text",
            "start": "timestamptz",
            "channel": "text",
            "account_id": "text",
            "dim": "text",
            "n": "bigint",
            "amount": "bigint",
        },
        key=("measure", "start", "channel", "account_id", "dim"),
        sums=("n", "amount"),
        follows={BY_HOUR: partial(_of_hour, unit)},
        summed_from=f"""
        WITH each AS (
            SELECT measure, date_trunc('{unit}', at, 'UTC') AS start, channel, account_id, dim,
                   count(*) AS n, sum(amount)::bigint AS amount
            FROM {{analytics_facts}} WHERE measure NOT IN ({_quoted(HISTOGRAMS)}) GROUP BY 1, 2, 3, 4, 5
        )
        SELECT * FROM each
        UNION ALL
        SELECT measure, start, '{ALL}', '{ALL}', dim, sum(n)::bigint, sum(amount)::bigint
        FROM each GROUP BY measure, start, dim
        ORDER BY measure, start
        """,
        cut=Cut(FACTS.name, "measure", "at", "start", unit),
    )


def _spreads(name: str, unit: str, opens: int, sizes: Keys, slots: Keys, also: str = "") -> Table:
    return Table(
        name,
        {
            "measure": "text",
            "start": "timestamptz",
            "channel": "text",
            "account_id": "text",
            "n": "bigint",
            "amount": "bigint",
            "sizes": "bigint[]",
            "counts": "bigint[]",
        },
        key=("measure", "start", "channel", "account_id"),
        sums=("n", "amount"),
        spread=("sizes", "counts"),
        follows={BY_DAY: sizes, BY_HOUR: slots},
        summed_from=f"""
        WITH each AS (
            SELECT measure, date_trunc('{unit}', at, 'UTC') AS start, channel, account_id, {SIZE} AS size,
                   count(*) AS n, sum(amount)::bigint AS amount
            FROM {{analytics_facts}} WHERE measure IN ({_quoted(SPREAD)}) GROUP BY 1, 2, 3, 4, 5
            UNION ALL
            SELECT '{PRESENT}', date_trunc('{unit}', hour, 'UTC'), channel, account_id,
                   extract(epoch FROM date_trunc('{unit}', previous, 'UTC'))::bigint / 86400, count(*), 0
            FROM {{analytics_presence}} WHERE opens >= {opens} GROUP BY 1, 2, 3, 4, 5
        ), every AS (
            {also}
            SELECT measure, start, '{ALL}' AS channel, '{ALL}' AS account_id, size,
                   sum(n)::bigint AS n, sum(amount)::bigint AS amount
            FROM each GROUP BY measure, start, size
        )
        SELECT measure, start, channel, account_id, sum(n)::bigint AS n, sum(amount)::bigint AS amount,
               array_agg(size ORDER BY size) AS sizes, array_agg(n ORDER BY size) AS counts
        FROM every GROUP BY 1, 2, 3, 4 ORDER BY 1, 2
        """,
    )


HOURS: Final = _rollup("analytics_hours", "hour")
DAYS: Final = _rollup("analytics_days", "day")
MONTHS: Final = _rollup("analytics_months", "month")
DAY_SPREADS: Final = _spreads(
    "analytics_day_spreads", "day", A_DAY, _sizes_of_day, _slots_of_day, "SELECT * FROM each UNION ALL"
)
MONTH_SPREADS: Final = _spreads("analytics_month_spreads", "month", A_MONTH, _sizes_of_month, _slots_of_month)
WRITERS: Final = Table(
    "analytics_writers",
    {
        "partition": "smallint",
        "conversation_id": "uuid",
        "start": "timestamptz",
        "channel": "text",
        "account_id": "text",
        "messages": "integer",
        "sessions": "integer",
        "priced": "integer",
        "cost": "bigint",
        "unpriced": "integer",
    },
    key=("partition", "conversation_id", "start", "channel", "account_id"),
    sums=("messages", "sessions", "priced", "cost", "unpriced"),
    indexes={"by_month": "(start)"},
    summed_from="""
    SELECT partition, conversation_id, date_trunc('month', at, 'UTC') AS start, channel, account_id,
           count(*) FILTER (WHERE measure = 'message_in') AS messages,
           count(*) FILTER (WHERE measure = 'session') AS sessions,
           count(*) FILTER (WHERE measure IN ('cost_exact', 'cost_estimated')) AS priced,
           coalesce(sum(amount) FILTER (WHERE measure IN ('cost_exact', 'cost_estimated')), 0) AS cost,
           count(*) FILTER (WHERE measure = 'cost_unknown') AS unpriced
    FROM {analytics_facts}
    WHERE measure IN ('message_in', 'session', 'cost_exact', 'cost_estimated', 'cost_unknown')
    GROUP BY 1, 2, 3, 4, 5
    """,
)
PRICED: Final = 2
COST: Final = 3
WRITTEN: Final[dict[str, int]] = {
    Measure.MESSAGE_IN: 0, Measure.SESSION: 1, Measure.COST_EXACT: PRICED, Measure.COST_ESTIMATED: PRICED,
    Measure.COST_UNKNOWN: 4,
}  # fmt: skip
"""By measure, which sum of :data:`WRITERS` its facts count in; what they cost is added to the one behind."""

SUMS: Final = (HOURS, DAYS, MONTHS, DAY_SPREADS, MONTH_SPREADS, WRITERS)

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
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
def _starts(hour: int) -> tuple[datetime, datetime, datetime]:
    """When an hour since 1970 starts, its day and its month. The same objects each time: hashing instants is
    slow."""
    start = EPOCH + hour * HOUR
    return start, _day(start), _month(start)


class Facts:
    """The facts of one conversation: put, replaced and dropped together with what they add to sums.

    The key of a fact is the version it stands for and its measure; its instant stays while it is replaced.
    """

    __slots__ = ("_by_day", "_by_hour", "_changes", "_state", "_summing", "_written")

    def __init__(self, state: AnalyticsState, changes: Changes) -> None:
        self._state, self._changes = state, changes
        self._summing = HOURS.name not in changes.derived
        self._by_hour = changes.sums.setdefault(BY_HOUR, {})
        self._by_day = changes.sums.setdefault(BY_DAY, {})
        self._written = changes.sums.setdefault(WRITERS.name, {})

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

    def present(self, hour: datetime, previous: datetime, n: int) -> None:
        """``n`` more hours in which somebody wrote, and in which before."""
        day, before = _day(hour), _day(previous)
        if self._summing and day != before:
            state = self._state
            key = (PRESENT, day, state.channel, state.account_id, (before - EPOCH).days)
            _count(self._by_day, key, n, 0)

    def _row(self, measure: str, version: int, at: datetime, dim: str, amount: int) -> tuple[Key, Row]:
        state = self._state
        key = (state.partition, state.conversation_id, version, measure)
        return key, (*key, dim, at, state.channel, state.account_id, amount)

    def _add(self, measure: str, at: datetime, dim: str, n: int, amount: int) -> None:
        if not self._summing:
            return
        state = self._state
        hour, day, month = _starts((at - EPOCH) // HOUR)
        if measure in HISTOGRAMS:
            _count(self._by_day, (measure, day, state.channel, state.account_id, int(dim)), n, amount)
            return
        _count(self._by_hour, (measure, hour, state.channel, state.account_id, dim), n, amount)
        column = WRITTEN.get(measure)
        if column is not None:
            where = (state.partition, state.conversation_id, month, state.channel, state.account_id)
            written = self._written.setdefault(where, [0] * len(WRITERS.sums))
            written[column] += n
            if column == PRICED:
                written[COST] += amount


def _count(sums: dict[Key, list[int]], key: Key, n: int, amount: int) -> None:
    """As :meth:`~projections.projection.Changes.add` does; many times an event, so without the detour."""
    held = sums.get(key)
    if held is None:
        sums[key] = [n, amount]
    else:
        held[0] += n
        held[1] += amount
