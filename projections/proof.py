"""Whether two views of a projection hold the same: by hash, table by table and partition by partition; where
they do not, which rows and columns differ."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg

from projections.projection import Projection, Table
from projections.views import View, tables_of

MOST_TOLD: Final = 20
"""Differences that are told row by row; further ones are counted."""

WHOLE: Final = -1
"""Stands for the partition of a table that is not cut by partition."""

ATTEMPTS: Final = 20
"""Times that somebody else may move a view that is being proven."""

BETWEEN: Final = 0.2
"""Seconds until the next attempt: a live loop may need a moment to leave the view alone."""

LEDGER: Final = """
SELECT partition, position, applied, ignored, parked FROM projection_checkpoints WHERE view_id = $1
"""
HASHES: Final = """
SELECT {partition} AS partition, count(*) AS n, coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS hash
FROM {table} t WHERE {within} GROUP BY 1
"""
ROWS: Final = """
SELECT jsonb_build_array({key})::text AS key, hashtextextended(t::text, 0) AS hash
FROM {table} t WHERE {within}
"""
VALUES: Final = """
SELECT jsonb_build_array({key})::text AS key, to_jsonb(t)::text AS row
FROM {table} t WHERE {within} AND jsonb_build_array({key})::text = ANY ($2::text[])
"""
UNEXACT: Final = """
SELECT c.partition FROM projection_checkpoints c
WHERE c.view_id = $1 AND (c.applied + c.ignored + c.parked <> c.position OR c.parked <> coalesce((
    SELECT sum(p.events) FROM projection_parked p WHERE p.view_id = c.view_id AND p.partition = c.partition
), 0))
ORDER BY c.partition
"""

Snapshot = Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]
"""Opens a connection whose statements all see one moment."""

BringTo = Callable[[Mapping[int, int]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that two views hold differently, as JSON; ``column`` None: only one of them has the row."""

    table: str
    key: dict[str, Any]
    column: str | None
    a: str | None
    b: str | None


@dataclass(slots=True)
class Comparison:
    """What comparing two views found. ``partitions`` were compared, those ``apart`` at other positions;
    ``rows`` were hashed; ``differing`` counts rows, and the first of them are in ``differences``."""

    a: str
    b: str
    partitions: int = 0
    apart: list[int] = field(default_factory=list)
    rows: int = 0
    differing: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        """Whether all that was compared is the same."""
        return not self.differing

    def said(self) -> str:
        """The outcome in a sentence, without any value."""
        if self.equal:
            return f"{self.rows} rows are the same in {self.a} and {self.b}"
        tables = ", ".join(sorted({difference.table for difference in self.differences}))
        return f"{self.differing} rows differ between {self.a} and {self.b} ({tables})"


class Unmatched(Exception):
    """The views could not be brought to one moment: somebody else kept moving them."""


Ledger = dict[int, tuple[int, int, int, int]]


async def ledger(connection: asyncpg.Connection, view: View) -> Ledger:
    """``partition -> (position, applied, ignored, parked)``."""
    rows = await connection.fetch(LEDGER, view.id)
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}


async def inexact(connection: asyncpg.Connection, view: View) -> list[int]:
    """Partitions whose ledger does not add up: applied + ignored + parked = position, and as many events
    wait in parked conversations as it says."""
    return [row["partition"] for row in await connection.fetch(UNEXACT, view.id)]


def comparable(a: View, b: View) -> bool:
    """Whether two views must hold the same: the same fold by the same rules."""
    return (a.projection, a.version, a.rules) == (b.projection, b.version, b.rules)


async def prove(
    snapshot: Snapshot,
    projection: Projection,
    view: View,
    live: View,
    bring_to: BringTo,
    most: int = MOST_TOLD,
) -> Comparison:
    """Compare a view that nobody else moves with the live one, whole, at one position vector.

    The live view goes on meanwhile: it is read in one snapshot, and ``bring_to`` brings the other to exactly
    the positions of that snapshot. Raises :class:`Unmatched` where it was past them, every time.
    """
    for _ in range(ATTEMPTS):
        async with snapshot() as theirs:
            wanted = await ledger(theirs, live)
            await bring_to({partition: entry[0] for partition, entry in wanted.items()})
            async with snapshot() as ours:
                held = await ledger(ours, view)
                if _positions(held) == _positions(wanted):
                    return await _compare(theirs, live, ours, view, projection, sorted(held), [], most)
        await asyncio.sleep(BETWEEN)
    raise Unmatched(f"{view.name} was moved past {live.name} again and again")


async def compare(
    connection: asyncpg.Connection, projection: Projection, a: View, b: View, most: int = MOST_TOLD
) -> Comparison:
    """Compare two views as they are in one snapshot, wherever each of them is.

    Tables that are not cut by partition are compared whatever the positions. Raises :class:`ValueError` for
    views of different folds, whose columns are not the same.
    """
    if a.version != b.version:
        raise ValueError(f"{a.name} is of fold {a.version} and {b.name} of fold {b.version}: no row compares")
    there, here = _positions(await ledger(connection, a)), _positions(await ledger(connection, b))
    apart = sorted(p for p in there.keys() | here.keys() if there.get(p) != here.get(p))
    return await _compare(connection, a, connection, b, projection, sorted(there), apart, most)


def _positions(of: Ledger) -> dict[int, int]:
    return {partition: entry[0] for partition, entry in of.items()}


async def _compare(
    left: asyncpg.Connection,
    a: View,
    right: asyncpg.Connection,
    b: View,
    projection: Projection,
    partitions: list[int],
    apart: list[int],
    most: int,
) -> Comparison:
    found = Comparison(a.name, b.name, len(partitions), apart)
    if not apart:
        _compare_ledgers(found, await ledger(left, a), await ledger(right, b), most)
    for table in tables_of(projection):
        mine, other = await _hashes(left, a, table), await _hashes(right, b, table)
        found.rows += sum(n for n, _ in mine.values())
        for part in sorted(mine.keys() | other.keys()):
            if mine.get(part) != other.get(part):
                await _rows_apart(found, left, a, right, b, table, part, most)
    return found


def _compare_ledgers(found: Comparison, a: Ledger, b: Ledger, most: int) -> None:
    for partition in sorted(a.keys() | b.keys()):
        mine, other = a.get(partition), b.get(partition)
        if mine != other:
            found.differing += 1
            if len(found.differences) < most:
                key = {"partition": partition}
                found.differences.append(
                    Difference("ledger", key, "applied, ignored, parked", _text(mine), _text(other))
                )


def _text(entry: tuple[int, int, int, int] | None) -> str | None:
    return None if entry is None else ", ".join(map(str, entry[1:]))


async def _hashes(connection: asyncpg.Connection, view: View, table: Table) -> dict[int, tuple[int, str]]:
    partition = "t.partition" if "partition" in table.columns else str(WHOLE)
    statement = HASHES.format(partition=partition, table=view.table(table), within=_counting(table))
    return {row["partition"]: (row["n"], row["hash"]) for row in await connection.fetch(statement)}


def _counting(table: Table) -> str:
    """A sum of nothing is as good as no row."""
    return " OR ".join(f"t.{column} <> 0" for column in table.sums) or "true"


async def _rows_apart(
    found: Comparison,
    left: asyncpg.Connection,
    a: View,
    right: asyncpg.Connection,
    b: View,
    table: Table,
    partition: int,
    most: int,
) -> None:
    mine, other = await _rows(left, a, table, partition), await _rows(right, b, table, partition)
    keys = sorted(key for key in mine.keys() | other.keys() if mine.get(key) != other.get(key))
    found.differing += len(keys)
    told = keys[: max(0, most - len(found.differences))]
    if told:
        left_rows = await _values(left, a, table, partition, told)
        right_rows = await _values(right, b, table, partition, told)
        for key in told:
            found.differences += _columns_apart(table, key, left_rows.get(key), right_rows.get(key))


def _statement(template: str, view: View, table: Table) -> str:
    within = "t.partition = $1" if "partition" in table.columns else "$1::integer IS NOT NULL"
    key = ", ".join(f"t.{column}" for column in table.key)
    return template.format(key=key, table=view.table(table), within=f"({within}) AND ({_counting(table)})")


async def _rows(connection: asyncpg.Connection, view: View, table: Table, partition: int) -> dict[str, int]:
    rows = await connection.fetch(_statement(ROWS, view, table), partition)
    return {row["key"]: row["hash"] for row in rows}


async def _values(
    connection: asyncpg.Connection, view: View, table: Table, partition: int, keys: list[str]
) -> dict[str, dict[str, Any]]:
    rows = await connection.fetch(_statement(VALUES, view, table), partition, keys)
    return {row["key"]: json.loads(row["row"]) for row in rows}


def _columns_apart(
    table: Table, key: str, a: dict[str, Any] | None, b: dict[str, Any] | None
) -> list[Difference]:
    named = dict(zip(table.key, json.loads(key), strict=True))
    if a is None or b is None:
        return [Difference(table.name, named, None, _json(a), _json(b))]
    return [
        Difference(table.name, named, column, _json(a.get(column)), _json(b.get(column)))
        for column in table.columns
        if a.get(column) != b.get(column)
    ]


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)
