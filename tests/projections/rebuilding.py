"""A log, a live view of a witness, and what rebuilds it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from projections import lifecycle, views
from projections.projection import Rules
from projections.runner import drain
from projections.views import View
from service.rebuilding import Coordinator
from service.storage.database import Database
from service.storage.feed import LogFeed
from tests.storage.witness import Witness, fetch, installed, runner_of

ALL: Final = range(64)
KEY: Final = bytes(range(32))
TABLES: Final = ("witness", "witnessed", "witness_totals")


def coordinator_of(database: Database, witness: Witness | None = None) -> Coordinator:
    return Coordinator(database, LogFeed(), KEY, workers=1, projections=(witness or Witness(),))


async def caught_up(database: Database, witness: Witness | None = None) -> View:
    """The live view, with all of the log in it."""
    live = await installed(database)
    await drain(await runner_of(database, witness), ALL)
    return live


async def ordered(
    database: Database,
    rules: Rules | None = None,
    *,
    into: str | None = None,
    promote: bool = False,
    despite_differences: bool = False,
) -> View:
    async with database.connection() as connection:
        return await lifecycle.order(
            connection,
            Witness(),
            rules or Rules(),
            into=into,
            promote=promote,
            unattended=False,
            despite_differences=despite_differences,
        )


async def found(database: Database, name: str | None = None) -> View:
    async with database.connection() as connection:
        return await views.find(connection, "witness", name)


async def states(database: Database) -> dict[str, str]:
    rows = await fetch(database, "SELECT name, state FROM projection_views")
    return {row[0]: row[1] for row in rows}


async def contents(database: Database, view: View) -> list[list[tuple[Any, ...]]]:
    """Every row of a view, in order."""
    return [await fetch(database, f"SELECT * FROM {view.table(name)} t ORDER BY t") for name in TABLES]


async def execute(database: Database, statement: str) -> None:
    async with database.connection() as connection:
        await connection.execute(statement)


@asynccontextmanager
async def session(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A session of its own, as a worker has one."""
    connection = await asyncpg.connect(database.url)
    try:
        yield connection
    finally:
        await connection.close()
