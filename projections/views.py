"""Views: named copies of a projection's tables, one of them live, and their ledger."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeVar

import asyncpg

from projections.prices import Price, PriceTable
from projections.projection import Projection, Rules, Table

T = TypeVar("T")

State = Literal["filling", "following", "live", "frozen", "kept", "dropping"]

Sums = Literal["left", "making", "kept"]
"""Of the tables that are summed up from others: left alone while those are filled, being made of them (which
stay as they are meanwhile), or kept with them."""

CURRENT: Final = ("live", "following")
"""States in which the live loop brings a view forward."""

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

INSTALL_LOCK: Final = 7368

COLUMNS: Final = """
id, projection, name, version, rules, state, made_at, promote, unattended, despite_differences, sums, fault
"""
READ: Final = f"SELECT {COLUMNS} FROM projection_views"
READ_LIVE: Final = f"{READ} WHERE projection = $1 AND state = 'live'"
READ_NAMED: Final = f"{READ} WHERE projection = $1 AND name = $2 AND state <> 'dropping'"
READ_ALL: Final = f"{READ} WHERE state <> 'dropping' ORDER BY projection, id"
ADD: Final = """
INSERT INTO projection_views (projection, name, version, rules, state, promote, unattended,
                              despite_differences, sums)
VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, CASE $5 WHEN 'filling' THEN 'left' ELSE 'kept' END)
RETURNING id
"""
BEGIN: Final = """
INSERT INTO projection_ledger (view_id, partition) SELECT $1, partition FROM partition_locks
"""
LAG: Final = """
SELECT count(*) AS partitions, coalesce(sum(p.head - c.position), 0)::bigint AS lag_events,
       coalesce(max(extract(epoch FROM now() - e.recorded_at)), 0)::float8 AS lag_seconds
FROM projection_checkpoints c
JOIN partitions p ON p.partition = c.partition
LEFT JOIN events e ON e.partition = c.partition AND e.position = c.position + 1
WHERE c.view_id = $1
"""


class NoSuchView(LookupError):
    """There is no view of that name; the message names those there are."""


GONE: Final = (NoSuchView, asyncpg.UndefinedTableError)
"""What reading a view raises that is dropped that very moment."""


@dataclass(frozen=True, slots=True)
class View:
    """A copy of a projection's tables and how it is made."""

    id: int
    projection: str
    name: str
    version: int
    rules: Rules
    state: State
    made_at: datetime
    promote: bool = False
    unattended: bool = False
    despite_differences: bool = False
    sums: Sums = "kept"
    fault: str | None = None

    def table(self, table: Table | str) -> str:
        """The name in the database of this view's copy of a table."""
        return f"{table if isinstance(table, str) else table.name}_{self.id}"


@dataclass(frozen=True, slots=True)
class Freshness:
    """How far a view is behind the log, derived from what was applied."""

    lag_events: int
    lag_seconds: float


def tables_of(projection: Projection) -> tuple[Table, ...]:
    """Every table of a projection, that of the states first."""
    return (projection.states, *projection.tables)


async def create(
    connection: asyncpg.Connection,
    projection: Projection,
    name: str,
    rules: Rules,
    state: State = "filling",
    *,
    promote: bool = False,
    unattended: bool = False,
    despite_differences: bool = False,
) -> View:
    """Make a view with empty tables and its ledger at the beginning, in the caller's transaction.

    Indexes are made at once, also for one that is to be filled: made at the end, in one statement each, they
    would be what a kill loses. Raises :class:`ValueError` for a name that is none, or is taken.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a view: a-z, 0-9 and -, at most 40, no - at the beginning")
    try:
        async with connection.transaction():
            view_id = await connection.fetchval(
                ADD,
                projection.name,
                name,
                projection.version,
                rules_to_json(rules),
                state,
                promote,
                unattended,
                despite_differences,
            )
    except asyncpg.UniqueViolationError:
        raise ValueError(f"{projection.name} has a view {name!r} already") from None
    view = _view(await connection.fetchrow(f"{READ} WHERE id = $1", view_id))
    for table in tables_of(projection):
        await connection.execute(_create_table(view, table))
        await build_indexes(connection, view, table)
    await connection.execute(BEGIN, view.id)
    return view


def _create_table(view: View, table: Table) -> str:
    columns = ", ".join(
        f"{name} {kind} NOT NULL" if name in table.key else f"{name} {kind}"
        for name, kind in table.columns.items()
    )
    options = f" WITH ({table.options})" if table.options else ""
    return f"CREATE TABLE {view.table(table)} ({columns}, PRIMARY KEY ({', '.join(table.key)})){options}"


async def build_indexes(connection: asyncpg.Connection, view: View, table: Table) -> None:
    """Make a table's further indexes, where they are not there."""
    for suffix, definition in table.indexes.items():
        name = view.table(table)
        await connection.execute(f"CREATE INDEX IF NOT EXISTS {name}_{suffix} ON {name} {definition}")


async def install(connection: asyncpg.Connection, projections: Collection[Projection], rules: Rules) -> None:
    """See to it that every projection has a live view, and one of the fold that this code has.

    A live view of another fold stays live, unmoved, until a new one has been filled beside it.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", INSTALL_LOCK)
        for projection in projections:
            live = await _one(connection, READ_LIVE, projection.name)
            if live is None:
                await create(connection, projection, f"v{projection.version}", rules, "live")
            elif live.version != projection.version:
                name = f"v{projection.version}"
                if await _one(connection, READ_NAMED, projection.name, name) is None:
                    await create(connection, projection, name, live.rules, promote=True, unattended=True)


async def live(connection: asyncpg.Connection, projection: str) -> View:
    """The view that queries read unless they name another. Raises :class:`NoSuchView`."""
    view = await _one(connection, READ_LIVE, projection)
    if view is None:
        raise NoSuchView(f"{projection} is not installed")
    return view


async def find(connection: asyncpg.Connection, projection: str, name: str | None) -> View:
    """A view by name; the live one for None. Raises :class:`NoSuchView`."""
    if name is None:
        return await live(connection, projection)
    view = await _one(connection, READ_NAMED, projection, name)
    if view is None:
        there = ", ".join(view.name for view in await every(connection) if view.projection == projection)
        raise NoSuchView(f"{projection} has no view {name!r}; there are: {there or 'none'}")
    return view


async def looked_up_again(read: Callable[[], Awaitable[T]]) -> T:
    """What ``read`` gives, which looks a view up and reads it. Where the view was dropped in between, what it
    gives the second time: the view that has taken its place. Raises one of :data:`GONE`."""
    try:
        return await read()
    except GONE:
        return await read()


async def every(connection: asyncpg.Connection) -> list[View]:
    """All views of all projections."""
    return [_view(row) for row in await connection.fetch(READ_ALL)]


async def freshness(connection: asyncpg.Connection, view: View) -> Freshness:
    """How far a view is behind the log. A clock that is behind makes no negative lag.

    A frozen view is as complete as it will be: both are 0.
    """
    if view.state == "frozen":
        return Freshness(0, 0.0)
    row = await connection.fetchrow(LAG, view.id)
    if row is None or row["partitions"] == 0:
        raise NoSuchView(f"{view.projection} {view.name} has no ledger")
    return Freshness(row["lag_events"], max(0.0, row["lag_seconds"]))


async def _one(connection: asyncpg.Connection, statement: str, *arguments: object) -> View | None:
    row = await connection.fetchrow(statement, *arguments)
    return None if row is None else _view(row)


def _view(row: Any) -> View:
    return View(**{**row, "rules": rules_from_json(row["rules"])})


def rules_to_json(rules: Rules) -> str:
    """Rules as the view keeps them."""
    return json.dumps(asdict(rules), default=lambda instant: instant.isoformat())


def rules_from_json(stored: str) -> Rules:
    """Rules again, equal to what was stored."""
    values = json.loads(stored)
    prices = values.pop("prices")
    as_of = values.pop("as_of")
    return Rules(
        **values,
        as_of=_instant(as_of),
        prices=PriceTable(tuple(_prices(prices["prices"])), prices["currency"]),
    )


def _prices(stored: Iterable[dict[str, Any]]) -> Iterable[Price]:
    for values in stored:
        since, until = _instant(values.pop("since")), _instant(values.pop("until"))
        assert since is not None, "every price has a beginning"
        yield Price(**values, since=since, until=until)


def _instant(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored)
