"""Distinct people over spans: in how many conversations the customer wrote.

They do not add up, but need not be told apart either: of all hours of a conversation in a span one is the
first, and names an hour before it that is not in the span. So people are counted by these hours, from the
sums by day and month of the hours that open one; row by row where the beginning of a span cuts a day. Who
wrote in a cut hour only, or is a stray, is looked up.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg

from projections.analytics_state import EPOCH
from projections.facts import A_DAY, A_MONTH, AN_HOUR, PRESENT
from projections.presence import NEVER
from projections.reports.spans import Piece, Span, Unit, floor, tiled
from projections.reports.sums import SPREADS, Scope, read
from projections.reports.sums import laid_out as pieces_laid_out
from projections.views import View

GIVEN: Final = "($1::text IS NULL OR p.channel = $1) AND ($2::text IS NULL OR p.account_id = $2)"

OPENING: Final[dict[Unit, int]] = {"month": A_MONTH, "day": A_DAY, "hour": AN_HOUR}
"""By the unit of a piece, what the first hours of people in it open at least."""

FIRST_HOURS: Final = f"""
SELECT s.bucket, told.* FROM unnest(
    ${{0}}::integer[], ${{1}}::timestamptz[], ${{2}}::timestamptz[], ${{3}}::timestamptz[],
    ${{4}}::timestamptz[]
) AS s (bucket, since, until, after, before)
CROSS JOIN LATERAL (
    SELECT {{told}} FROM {{presence}} p
    WHERE p.opens >= {{opens}} AND p.hour >= s.since AND p.hour < s.until
      AND p.previous >= s.after AND p.previous < s.before AND {GIVEN} AND {{only}} {{grouped}}
) AS told
"""
"""Of a piece of a bucket, the hours whose previous one is in some interval before the bucket."""

BESIDE: Final = f"""
SELECT s.bucket, told.* FROM unnest(
    $18::integer[], $19::timestamptz[], $20::timestamptz[], $21::timestamptz[], $22::timestamptz[]
) AS s (bucket, since, first, last, until)
CROSS JOIN LATERAL (
    SELECT {{told}} FROM (
        SELECT p.partition, p.conversation_id FROM {{facts}} p
        WHERE s.since < s.first AND p.measure = 'message_in' AND p.at >= s.since AND p.at < s.first
          AND {GIVEN}
        UNION SELECT p.partition, p.conversation_id FROM {{facts}} p
        WHERE p.measure = 'message_in' AND s.last < s.until AND p.at >= s.last AND p.at < s.until AND {GIVEN}
        UNION SELECT p.partition, p.conversation_id FROM {{strays}} p
        WHERE p.hour >= s.first AND p.hour < s.last AND {GIVEN}
    ) AS who JOIN {{states}} p ON p.partition = who.partition AND p.conversation_id = who.conversation_id
    WHERE {{only}} AND NOT EXISTS (
        SELECT FROM {{presence}} h
        WHERE h.partition = who.partition AND h.conversation_id = who.conversation_id
          AND h.hour >= s.first AND h.hour < s.last
    ) {{grouped}}
) AS told
"""
"""Who wrote in a bucket, and in none of its whole hours that are known in their order."""

COUNTED: Final = "SELECT bucket, sum(n)::bigint AS n FROM ({who}) AS who GROUP BY bucket"

Interval = tuple[Piece, datetime, datetime]
"""A piece of a bucket, and in what interval the hour before is of those in it that count."""


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

    def pieces(self, units: Sequence[Unit]) -> list[Piece]:
        """The whole hours, in pieces as large as can be of these units."""
        return tiled(Span(self.first, self.last), units)


def who(view: View, told: str, only: str = "true", grouped: str = "") -> str:
    """The statement of who wrote, for each bucket: of the rows ``p`` of those that are ``only``, what is to
    be ``told``. Its arguments are channel, account, and :func:`laid_out`."""
    names = {name: view.table(f"analytics_{name}") for name in ("presence", "facts", "strays", "states")}
    asked = {"told": told, "only": only, "grouped": grouped, **names}
    parts = [
        FIRST_HOURS.format(*range(3 + 5 * place, 8 + 5 * place), opens=opens, **asked)
        for place, opens in enumerate(OPENING.values())
    ]
    return " UNION ALL ".join([*parts, BESIDE.format(**asked)])


def laid_out(cut_up: Iterable[tuple[int, Hours, list[Interval]]]) -> list[list[Any]]:
    """The arguments of :func:`who` that say when: for each bucket its hours, and pieces to look through."""
    rows: dict[Unit, tuple[list[Any], ...]] = {unit: ([], [], [], [], []) for unit in OPENING}
    beside: tuple[list[Any], ...] = ([], [], [], [], [])
    for bucket, hours, intervals in cut_up:
        _append(beside, bucket, hours.since, hours.first, hours.last, hours.until)
        for piece, after, before in intervals:
            if piece.unit is not None:
                _append(rows[piece.unit], bucket, piece.since, piece.until, after, before)
    return [*(column for columns in rows.values() for column in columns), *beside]


def _append(columns: tuple[list[Any], ...], *values: Any) -> None:
    for column, value in zip(columns, values, strict=True):
        column.append(value)


async def distinct_senders(connection: asyncpg.Connection, scope: Scope, spans: Sequence[Span]) -> list[int]:
    """For each span, in how many conversations the customer wrote."""
    units: tuple[Unit, ...] = ("month", "day", "hour") if scope.everybody else ("day", "hour")
    cut_up = [(bucket, hours, hours.pieces(units)) for bucket, hours in enumerate(map(Hours.of, spans))]
    counts = await _by_sums(connection, scope, cut_up)
    looked_at = [(bucket, hours, list(_cut(hours, pieces))) for bucket, hours, pieces in cut_up]
    statement = COUNTED.format(who=who(scope.view, "count(*) AS n"))
    for bucket, n in await connection.fetch(statement, scope.channel, scope.account, *laid_out(looked_at)):
        counts[bucket] += n
    return counts


def _cut(hours: Hours, pieces: list[Piece]) -> Iterable[Interval]:
    """Of what the sums do not tell whether it is before the first hour."""
    for piece in pieces:
        if piece.unit == "hour":
            yield piece, NEVER, hours.first
        elif piece.unit is not None and (begin := floor(hours.first, piece.unit)) < hours.first:
            yield piece, begin, hours.first


async def _by_sums(
    connection: asyncpg.Connection, scope: Scope, cut_up: list[tuple[int, Hours, list[Piece]]]
) -> list[int]:
    """Of the whole days and months, those who had last written on a day or in a month before the bucket."""
    places: list[tuple[int, int]] = []
    asked: list[tuple[int, Piece]] = []
    for bucket, hours, pieces in cut_up:
        for piece in pieces:
            if piece.unit in ("day", "month"):
                asked.append((len(places), piece))
                places.append((bucket, (floor(hours.first, piece.unit) - EPOCH).days))
    counts = [0] * len(cut_up)
    if asked:
        statement = read(scope, SPREADS, together=scope.everybody)
        given = pieces_laid_out(asked, (unit for unit, _, _ in SPREADS))
        for row in await connection.fetch(statement, [PRESENT], scope.channel, scope.account, *given):
            bucket, before = places[row["bucket"]]
            counts[bucket] += sum(row["counts"][: bisect_left(row["sizes"], before)])
    return counts
