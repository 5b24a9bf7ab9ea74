"""Distinct people over spans: in how many conversations the customer wrote.

They do not add up, so no sums tell them. Of the whole hours of a span, each of its people has one hour that is
their first, and it names the hour before; where that is not in the span, somebody counts. Who wrote at the
edges only, or is a stray, is looked up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg

from projections.presence import A_DAY, A_MONTH, AN_HOUR
from projections.reports.spans import Span, Unit, tiled
from projections.reports.sums import Scope

GIVEN: Final = "($1::text IS NULL OR p.channel = $1) AND ($2::text IS NULL OR p.account_id = $2)"

OPENING: Final[dict[Unit, int]] = {"month": A_MONTH, "day": A_DAY, "hour": AN_HOUR}
"""By the unit of a piece, what the first hours of people in it open at least."""

IN_HOURS: Final = f"""
SELECT s.bucket, p.came
FROM unnest(${{0}}::integer[], ${{1}}::timestamptz[], ${{2}}::timestamptz[], ${{3}}::timestamptz[])
     AS s (bucket, first_hour, since, until)
CROSS JOIN LATERAL (
    SELECT p.came FROM {{presence}} p
    WHERE p.opens >= {{opens}} AND p.hour >= s.since AND p.hour < s.until AND p.previous < s.first_hour
      AND {GIVEN}
) AS p
"""
"""The hours that are somebody's first in the whole hours of a bucket, by pieces of these."""

BESIDE: Final = f"""
SELECT s.bucket, told.came
FROM unnest($15::integer[], $16::timestamptz[], $17::timestamptz[], $18::timestamptz[], $19::timestamptz[])
     AS s (bucket, since, first_hour, last_hour, until)
CROSS JOIN LATERAL (
    SELECT t.came FROM (
        SELECT p.partition, p.conversation_id FROM {{facts}} p
        WHERE p.measure = 'message_in' AND p.at >= s.since AND p.at < s.first_hour AND {GIVEN}
        UNION SELECT p.partition, p.conversation_id FROM {{facts}} p
        WHERE p.measure = 'message_in' AND p.at >= s.last_hour AND p.at < s.until AND {GIVEN}
        UNION SELECT p.partition, p.conversation_id FROM {{strays}} p
        WHERE p.hour >= s.first_hour AND p.hour < s.last_hour AND {GIVEN}
    ) AS who JOIN {{states}} t ON t.partition = who.partition AND t.conversation_id = who.conversation_id
    WHERE NOT EXISTS (
        SELECT FROM {{presence}} p WHERE p.partition = who.partition AND p.conversation_id = who.conversation_id
           AND p.hour >= s.first_hour AND p.hour < s.last_hour
    )
) AS told
"""
"""Who wrote in a bucket, and in none of its whole hours that are known in their order."""

COUNTED: Final = "SELECT bucket, count(*) AS n FROM ({who}) AS who GROUP BY bucket"


@dataclass(frozen=True, slots=True)
class Hours:
    """A span by the whole hours in it: equal to its end where there are none."""

    since: datetime
    first: datetime
    last: datetime
    until: datetime

    @classmethod
    def of(cls, span: Span) -> Hours:
        """The hours of a span."""
        whole = [piece for piece in tiled(span, ("hour",)) if piece.unit == "hour"]
        first, last = (whole[0].since, whole[0].until) if whole else (span.until, span.until)
        return cls(span.since, first, last, span.until)


def wrote(scope: Scope) -> str:
    """The statement of who wrote: a row with ``bucket`` and ``came`` for each conversation and span that it is
    present in. Its arguments are channel, account, and :func:`laid_out`."""
    names = {
        name: scope.view.table(f"analytics_{name}") for name in ("presence", "facts", "strays", "states")
    }
    hours = [
        IN_HOURS.format(*range(3 + 4 * place, 7 + 4 * place), opens=opens, **names)
        for place, opens in enumerate(OPENING.values())
    ]
    return " UNION ALL ".join([*hours, BESIDE.format(**names)])


def laid_out(spans: Iterable[Span]) -> list[list[Any]]:
    """The arguments of :func:`wrote` that say when."""
    rows: dict[Unit, tuple[list[Any], ...]] = {unit: ([], [], [], []) for unit in OPENING}
    beside: tuple[list[Any], ...] = ([], [], [], [], [])
    for bucket, span in enumerate(spans):
        hours = Hours.of(span)
        _append(beside, bucket, hours.since, hours.first, hours.last, hours.until)
        for piece in tiled(Span(hours.first, hours.last)):
            if piece.unit is not None:
                _append(rows[piece.unit], bucket, hours.first, piece.since, piece.until)
    return [*(column for columns in rows.values() for column in columns), *beside]


def _append(columns: tuple[list[Any], ...], *values: Any) -> None:
    for column, value in zip(columns, values, strict=True):
        column.append(value)


async def distinct_senders(connection: asyncpg.Connection, scope: Scope, spans: Sequence[Span]) -> list[int]:
    """For each span, in how many conversations the customer wrote."""
    counts = [0] * len(spans)
    statement = COUNTED.format(who=wrote(scope))
    for bucket, n in await connection.fetch(statement, scope.channel, scope.account, *laid_out(spans)):
        counts[bucket] = n
    return counts
