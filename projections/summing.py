"""Sums made of what a view was filled with: a slice of whole hours, days or months in one transaction each.

What a slice made stays, and the next is found behind the last row that is there: a kill loses the slice under
way and no more. A table whose sums have no such slices is made in one transaction.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final

import asyncpg

from projections.projection import Cut, Projection, Table
from projections.views import View

AIM: Final = 1.5
"""Seconds that a slice should take."""

LONGEST: Final = 4.0
"""Seconds after which a slice is given up and made smaller, unless it is a single unit already."""

WIDEST: Final = timedelta(days=3_653)

MEMORY: Final = "64MB"
"""What PostgreSQL may take to sum up, before it goes to disk."""

SINCE_EVER: Final = ("", datetime(1, 1, 1, tzinfo=UTC))

BEGIN: Final = "UPDATE projection_views SET sums = 'making' WHERE id = $1 AND sums = 'left' RETURNING id"
END: Final = "UPDATE projection_views SET sums = 'kept' WHERE id = $1"
HOLD: Final = "SELECT id FROM projection_views WHERE id = $1 FOR SHARE"
DONE: Final = """
SELECT {kind}, date_trunc('{unit}', {start} AT TIME ZONE 'UTC' + interval '1 {unit}') AT TIME ZONE 'UTC'
FROM {sums} ORDER BY {kind} DESC, {start} DESC LIMIT 1
"""
NEXT: Final = """
SELECT {kind}, {at},
       date_trunc('{unit}', {at} AT TIME ZONE 'UTC' + interval '1 {unit}' + $3::interval) AT TIME ZONE 'UTC'
FROM {source} WHERE ({kind}, {at}) >= ($1, $2::timestamptz) ORDER BY {kind}, {at} LIMIT 1
"""
PART: Final = "(SELECT * FROM {source} WHERE {kind} = $1 AND {at} >= $2 AND {at} < $3) part"
INSERT: Final = "INSERT INTO {sums} ({columns}) SELECT {columns} FROM ({query}) summed"

NAMED: Final = re.compile(r"\{(\w+)\}")
"""A table of the projection, in a query."""

Place = tuple[str, datetime]
Connect = Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]


async def begin(connection: asyncpg.Connection, projection: Projection, view: View) -> None:
    """From here on nobody may bring the view forward until its sums are kept."""
    async with connection.transaction():
        if await connection.fetchval(BEGIN, view.id) is None:
            return
        for table in projection.tables:
            if table.summed_from:
                await connection.execute(f"TRUNCATE {view.table(table)}")


async def end(connection: asyncpg.Connection, view: View) -> None:
    """All sums are made: whoever brings the view forward keeps them."""
    await connection.execute(END, view.id)


async def sum_up(connection: asyncpg.Connection, view: View, table: Table, *, gently: bool = False) -> None:
    """Make the sums of a table, or those that are missing; ``gently`` on one processor. Nobody else may be at
    the view."""
    if gently:
        await connection.execute("SET max_parallel_workers_per_gather = 0")
    cut = table.cut
    if cut is None:
        await _whole(connection, view, table)
        return
    place: Place = tuple(await connection.fetchrow(_of(DONE, view, table, cut)) or SINCE_EVER)
    width = timedelta(days=1)
    following, insert = _of(NEXT, view, table, cut), _insert(view, table, cut)
    while (found := await connection.fetchrow(following, *place, width)) is not None:
        kind, since, until = found
        single = width == timedelta()
        began = monotonic()
        try:
            await _slice(connection, view, insert, (kind, since, until), None if single else LONGEST)
        except asyncpg.QueryCanceledError:
            if single:
                raise
            width = width / 8 if width > timedelta(minutes=10) else timedelta()
        else:
            place = (kind, until)
            width = _fitted(width, monotonic() - began)


async def _whole(connection: asyncpg.Connection, view: View, table: Table) -> None:
    """All of it in one transaction, unless that was done."""
    if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {view.table(table)})"):
        return
    query = NAMED.sub(lambda name: view.table(name[1]), table.summed_from)
    columns = ", ".join(table.columns)
    insert = INSERT.format(sums=view.table(table), columns=columns, query=query)
    await _slice(connection, view, insert, (), None)


async def _slice(
    connection: asyncpg.Connection,
    view: View,
    insert: str,
    within: tuple[str, datetime, datetime] | tuple[()],
    longest: float | None,
) -> None:
    async with connection.transaction():
        limit = 0 if longest is None else round(longest * 1000)
        await connection.execute(
            f"SET LOCAL synchronous_commit = off; SET LOCAL work_mem = '{MEMORY}'; "
            f"SET LOCAL statement_timeout = {limit}"
        )
        # Whoever goes on after a kill has to set the view's state first, and so waits until this is over.
        await connection.fetchval(HOLD, view.id)
        await connection.execute(insert, *within)


def _fitted(width: timedelta, took: float) -> timedelta:
    """How wide the next slice should be, by how long this one took."""
    wanted = max(width, timedelta(hours=1)) * min(4.0, AIM / max(took, 0.001))
    return min(wanted, WIDEST)


def _insert(view: View, table: Table, cut: Cut) -> str:
    query = table.summed_from.replace(f"{{{cut.source}}}", _of(PART, view, table, cut))
    columns = ", ".join(table.columns)
    return INSERT.format(sums=view.table(table), columns=columns, query=query)


def _of(statement: str, view: View, table: Table, cut: Cut) -> str:
    return statement.format(
        sums=view.table(table), source=view.table(cut.source), kind=cut.kind, at=cut.at, start=cut.start,
        unit=cut.unit,
    )  # fmt: skip
