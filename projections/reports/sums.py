"""Sums of facts over spans: from the sums by month, day and hour that a span has, else from facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from projections.facts import ALL, DAY_SPREADS, DAYS, FACTS, HISTOGRAMS, HOURS, MONTH_SPREADS, MONTHS, SIZE
from projections.projection import Table
from projections.reports.numbers import Sizes, Sums
from projections.reports.spans import Piece, Span, Unit, added, wholes
from projections.views import View

BY_DIM: Final = "r.dim"
BY_CHANNEL: Final = "r.channel || '/' || r.dim"

GIVEN: Final = "($2::text IS NULL OR r.channel = $2) AND ($3::text IS NULL OR r.account_id = $3)"
ONE_OR_EACH: Final = f"r.channel <> '{ALL}' AND {GIVEN}"
TOGETHER: Final = f"r.channel = '{ALL}' AND r.account_id = '{ALL}' AND $2::text IS NULL AND $3::text IS NULL"
"""Whose sums: of what is asked for, account by account, or of all accounts in one."""

WHOLES: Final = "unnest(${}::integer[], ${}::timestamptz[], ${}::integer[]) AS s (bucket, start, sign)"
RESTS: Final = """
unnest(${}::integer[], ${}::timestamptz[], ${}::timestamptz[], ${}::integer[])
    AS s (bucket, since, until, sign)
"""
"""What buckets are pieced together from: hours, days or months, and what is none of these. Each is looked up
by itself, which OFFSET sees to, so that no plan depends on how many there are."""

SUMMED: Final = """
SELECT bucket, measure, {dim} AS dim, sum(n)::bigint AS n, sum(amount)::bigint AS amount FROM ({parts}) AS r
GROUP BY bucket, measure, channel, dim HAVING sum(n) <> 0
"""
OF_ROLLUP: Final = """
SELECT s.bucket, r.measure, {channel} AS channel, r.dim, s.sign * r.n AS n, s.sign * r.amount AS amount
FROM {pieces} CROSS JOIN LATERAL (
    SELECT * FROM {table} r WHERE r.start = s.start AND r.measure = ANY ($1::text[]) AND {whose} OFFSET 0
) AS r
"""
OF_FACTS: Final = """
SELECT s.bucket, r.measure, {channel} AS channel, r.dim, s.sign AS n, s.sign * r.amount AS amount
FROM {pieces} CROSS JOIN LATERAL (
    SELECT * FROM {table} r
    WHERE r.measure = ANY ($1::text[]) AND r.at >= s.since AND r.at < s.until AND {whose} OFFSET 0
) AS r
"""
OF_SPREADS: Final = """
SELECT s.bucket, s.sign, r.measure, r.n, r.amount, r.sizes, r.counts
FROM {pieces} CROSS JOIN LATERAL (
    SELECT * FROM {table} r WHERE r.start = s.start AND r.measure = ANY ($1::text[]) AND {whose} OFFSET 0
) AS r
"""
SPREAD_FACTS: Final = f"""
SELECT bucket, sign, measure, sum(n)::bigint, sum(amount)::bigint, array_agg(size), array_agg(n) FROM (
    SELECT s.bucket, s.sign, r.measure, {SIZE} AS size, count(*) AS n, sum(r.amount)::bigint AS amount
    FROM {{pieces}} CROSS JOIN LATERAL (
        SELECT * FROM {{table}} r
        WHERE r.measure = ANY ($1::text[]) AND r.at >= s.since AND r.at < s.until AND {{whose}} OFFSET 0
    ) AS r
    GROUP BY 1, 2, 3, 4
) AS each GROUP BY 1, 2, 3
"""

Part = tuple[Unit | None, Table, str]
"""A statement that reads the pieces of a unit (None: what is whole in none) from a table."""

ROLLUPS: Final[tuple[Part, ...]] = (
    ("month", MONTHS, OF_ROLLUP), ("day", DAYS, OF_ROLLUP), ("hour", HOURS, OF_ROLLUP),
    (None, FACTS, OF_FACTS),
)  # fmt: skip
SPREADS: Final[tuple[Part, ...]] = (
    ("month", MONTH_SPREADS, OF_SPREADS), ("day", DAY_SPREADS, OF_SPREADS), (None, FACTS, SPREAD_FACTS),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose facts: of a view, and of one channel or account where those are given."""

    view: View
    channel: str | None = None
    account: str | None = None
    by_channel: bool = False
    """Dims are given with the channel and a slash before them."""

    @property
    def dim(self) -> str:
        """The SQL of a dim as it is given."""
        return BY_CHANNEL if self.by_channel else BY_DIM

    @property
    def everybody(self) -> bool:
        """Whether neither a channel nor an account is given."""
        return self.channel is None and self.account is None


def read(scope: Scope, parts: Iterable[Part], *, together: bool) -> str:
    """The statement of some parts; its arguments are measures, channel, account, and :func:`laid_out`."""
    statements, number = [], 4
    channel = "r.channel" if scope.by_channel else "''::text"
    for unit, table, statement in parts:
        whose = GIVEN if unit is None else TOGETHER if together else ONE_OR_EACH
        pieces, taken = (RESTS, 4) if unit is None else (WHOLES, 3)
        given = pieces.format(*range(number, number + taken))
        number += taken
        name = scope.view.table(table)
        statements.append(statement.format(pieces=given, table=name, whose=whose, channel=channel))
    return " UNION ALL ".join(statements)


def laid_out(cut_up: Iterable[tuple[int, Piece]], units: Iterable[Unit | None]) -> list[list[Any]]:
    """Pieces with the numbers of their buckets, as the arguments of :func:`read`: for each unit in turn."""
    rows: dict[Unit | None, list[tuple[Any, ...]]] = {unit: [] for unit in units}
    for bucket, piece in cut_up:
        if piece.unit is None:
            rows[None].append((bucket, piece.since, piece.until, piece.sign))
        else:
            rows[piece.unit] += ((bucket, start, piece.sign) for start in wholes(piece))
    return [
        [row[column] for row in found]
        for unit, found in rows.items()
        for column in range(4 if unit is None else 3)
    ]


async def sums(
    connection: asyncpg.Connection, scope: Scope, spans: Sequence[Span], measures: Iterable[str]
) -> list[Sums]:
    """For each span the sums of each measure. Those of :data:`~projections.facts.HISTOGRAMS` are told apart
    by size and have no dims."""
    asked = set(measures)
    found = [Sums({measure: {} for measure in asked}) for _ in spans]
    if plain := sorted(asked - HISTOGRAMS):
        await _add_sums(connection, scope, spans, plain, found)
    if spread := sorted(asked & HISTOGRAMS):
        for tallies, by_measure in zip(found, await spreads(connection, scope, spans, spread), strict=True):
            for measure, sizes in by_measure.items():
                tallies[measure] = {"": (sizes.n, sizes.amount)}
                tallies.sizes[measure] = sizes
    return found


async def _add_sums(
    connection: asyncpg.Connection,
    scope: Scope,
    spans: Sequence[Span],
    measures: list[str],
    found: list[Sums],
) -> None:
    cut_up = ((bucket, piece) for bucket, span in enumerate(spans) for piece in added(span))
    parts = read(scope, ROLLUPS, together=scope.everybody and not scope.by_channel)
    given = laid_out(cut_up, (unit for unit, _, _ in ROLLUPS))
    statement = SUMMED.format(parts=parts, dim=scope.dim)
    for bucket, measure, dim, n, amount in await connection.fetch(
        statement, measures, scope.channel, scope.account, *given
    ):
        found[bucket][measure][dim] = (n, amount)


async def spreads(
    connection: asyncpg.Connection, scope: Scope, spans: Sequence[Span], measures: list[str]
) -> list[dict[str, Sizes]]:
    """For each span the sizes of each measure in :data:`~projections.facts.SPREAD` that has facts."""
    units: tuple[Unit, ...] = ("month", "day") if scope.everybody else ("day",)
    cut_up = ((bucket, piece) for bucket, span in enumerate(spans) for piece in added(span, units))
    statement = read(scope, SPREADS, together=scope.everybody)
    given = laid_out(cut_up, (unit for unit, _, _ in SPREADS))
    parts: dict[tuple[int, str], list[tuple[int, Sizes]]] = defaultdict(list)
    for bucket, sign, measure, *sizes in await connection.fetch(
        statement, measures, scope.channel, scope.account, *given
    ):
        parts[bucket, measure].append((sign, Sizes(*sizes)))
    found: list[dict[str, Sizes]] = [{} for _ in spans]
    for (bucket, measure), pieces in parts.items():
        found[bucket][measure] = _added_up(pieces)
    return found


def _added_up(pieces: list[tuple[int, Sizes]]) -> Sizes:
    if len(pieces) == 1 and pieces[0][0] == 1:
        return pieces[0][1]
    counts: dict[int, int] = {}
    for sign, part in pieces:
        for size, n in zip(part.sizes, part.counts, strict=True):
            counts[size] = counts.get(size, 0) + sign * n
    there = sorted(pair for pair in counts.items() if pair[1])
    return Sizes(
        sum(sign * part.n for sign, part in pieces),
        sum(sign * part.amount for sign, part in pieces),
        [size for size, _ in there],
        [n for _, n in there],
    )
