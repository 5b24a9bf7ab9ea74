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

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from projections.analytics_state import EPOCH, AnalyticsState
from projections.measures import Measure
from projections.projection import Changes, Key, Row, Table

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
FIRST_SLOT: Final = 3 * 24
"""The slot in which 1970 began."""


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


def _rollup(name: str, unit: str) -> Table:
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
    )


def _spreads(name: str, unit: str, opens: int, also: str = "") -> Table:
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
DAY_SPREADS: Final = _spreads("analytics_day_spreads", "day", A_DAY, "SELECT * FROM each UNION ALL")
MONTH_SPREADS: Final = _spreads("analytics_month_spreads", "month", A_MONTH)
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
SUMS: Final = (HOURS, DAYS, MONTHS, DAY_SPREADS, MONTH_SPREADS, WRITERS)

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


class _Starts(NamedTuple):
    """The UTC hour, day and month of an instant, and the slot of its hour."""

    hour: datetime
    day: datetime
    month: datetime
    slot: int


@lru_cache(4096)
def _starts(hour: int) -> _Starts:
    """Of an hour since 1970. The same objects each time: hashing instants is slow."""
    start = EPOCH + hour * HOUR
    day = start.replace(hour=0)
    return _Starts(start, day, day.replace(day=1), (hour + FIRST_SLOT) % SLOTS)


def _written(measure: str, n: int, amount: int) -> tuple[int, ...] | None:
    """What a fact adds to the sums of :data:`WRITERS`; None where that is nothing."""
    match measure:
        case Measure.MESSAGE_IN:
            return (n, 0, 0, 0, 0)
        case Measure.SESSION:
            return (0, n, 0, 0, 0)
        case Measure.COST_EXACT | Measure.COST_ESTIMATED:
            return (0, 0, n, amount, 0)
        case Measure.COST_UNKNOWN:
            return (0, 0, 0, 0, n)
        case _:
            return None


class Facts:
    """The facts of one conversation: put, replaced and dropped together with what they add to sums.

    The key of a fact is the version it stands for and its measure; its instant stays while it is replaced.
    """

    __slots__ = ("_changes", "_state", "_sums")

    def __init__(self, state: AnalyticsState, changes: Changes) -> None:
        self._state, self._changes = state, changes
        # All of them at once: whoever adds to several does so in one order.
        self._sums = [
            changes.sums.setdefault(table.name, {}) for table in SUMS if HOURS.name not in changes.derived
        ]

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

    def present(self, opens: int, hour: datetime, previous: datetime, n: int) -> None:
        """``n`` more hours in which somebody wrote, and what is known of them."""
        if self._sums and opens >= A_DAY:
            starts, before = _starts((hour - EPOCH) // HOUR), _starts((previous - EPOCH) // HOUR)
            state, (_, _, _, days, months, _) = self._state, self._sums
            size = (before.day - EPOCH).days
            _count(days, (PRESENT, starts.day, state.channel, state.account_id, size), n, 0)
            _count(days, (PRESENT, starts.day, ALL, ALL, size), n, 0)
            if opens >= A_MONTH:
                size = (before.month - EPOCH).days
                _count(months, (PRESENT, starts.month, ALL, ALL, size), n, 0)

    def _row(self, measure: str, version: int, at: datetime, dim: str, amount: int) -> tuple[Key, Row]:
        state = self._state
        key = (state.partition, state.conversation_id, version, measure)
        return key, (*key, dim, at, state.channel, state.account_id, amount)

    def _add(self, measure: str, at: datetime, dim: str, n: int, amount: int) -> None:
        if not self._sums:
            return
        starts = _starts((at - EPOCH) // HOUR)
        if measure in HISTOGRAMS:
            self._spread(measure, starts, int(dim), n, amount)
            return
        channel, account_id = self._state.channel, self._state.account_id
        for sums, start in zip(self._sums, starts[:3], strict=False):
            _count(sums, (measure, start, channel, account_id, dim), n, amount)
            _count(sums, (measure, start, ALL, ALL, dim), n, amount)
        if measure in BY_SLOT:
            self._spread(measure, starts, starts.slot, n, amount)
        written = _written(measure, n, amount)
        if written is not None:
            state = self._state
            key = (state.partition, state.conversation_id, starts.month, channel, account_id)
            self._changes.add(WRITERS.name, key, *written)

    def _spread(self, measure: str, starts: _Starts, size: int, n: int, amount: int) -> None:
        state, (_, _, _, days, months, _) = self._state, self._sums
        _count(days, (measure, starts.day, state.channel, state.account_id, size), n, amount)
        _count(days, (measure, starts.day, ALL, ALL, size), n, amount)
        _count(months, (measure, starts.month, ALL, ALL, size), n, amount)


def _count(sums: dict[Key, list[int]], key: Key, n: int, amount: int) -> None:
    """As :meth:`~projections.projection.Changes.add` does; many times an event, so without the detour."""
    held = sums.get(key)
    if held is None:
        sums[key] = [n, amount]
    else:
        held[0] += n
        held[1] += amount
