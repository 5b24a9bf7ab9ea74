"""A year of conversations in a database, one of them very long, and every projection of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import asyncpg

from bench import archive
from bench.archive import ENDED, YEAR
from bench.conversation import live_through
from projections import lifecycle, views
from projections.catalogue import PROJECTIONS
from projections.projection import Projection, Rules
from service.app import open_database
from service.prices import default_prices
from service.rebuilding import Coordinator
from service.storage.database import Database
from service.storage.feed import LogFeed
from service.storage.vault import Vault

EVENTS_OF_A_TURN: Final = 8
SESSION_HOURS: Final = 24.0
"""As by default, but said: the view has other rules than the empty live one, and takes its place unproven."""

EVENTS: Final = "SELECT sum(head)::bigint FROM partitions"
SOME: Final = """
SELECT conversation_id FROM keys WHERE conversation_id <> $1 ORDER BY md5(conversation_id::text) LIMIT $2
"""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Year:
    """What there is: how many events, the long conversation, and some of the others, by chance."""

    events: int
    long: UUID
    others: list[UUID]


async def lived(
    url: str, master: bytes, *, events: int, conversations: int, long: int, some: int, say: Say
) -> Year:
    """Fill an empty database: so many events in all, ``long`` of them of one person, and all projections."""
    database = await open_database(url)
    vault = Vault(master)
    try:
        async with database.connection() as connection:
            await views.install(connection, PROJECTIONS, Rules(prices=default_prices()))
        await archive.write(
            url, master, events=events - long, conversations=conversations,
            partitions=database.partitions, say=say,
        )  # fmt: skip
        every = YEAR / (long / EVENTS_OF_A_TURN + 2)
        longest = await live_through(database, vault, long, began=ENDED - YEAR, every=every)
        say(f"one conversation has {long:,} events")
        for projection in PROJECTIONS:
            await _build(database, vault, master, projection)
            say(f"{projection.name} is built")
        await _tidy(url)
        async with database.connection() as connection:
            there = await connection.fetchval(EVENTS)
            others = [row[0] for row in await connection.fetch(SOME, longest, some)]
    finally:
        await database.close()
    return Year(there, longest, others)


async def _build(database: Database, vault: Vault, master: bytes, projection: Projection) -> None:
    """Fill a view by the machinery of rebuilds and have it be the live one."""
    async with database.connection() as connection:
        empty = await views.live(connection, projection.name)
        rules = replace(empty.rules, session_hours=SESSION_HOURS)
        view = await lifecycle.order(
            connection, projection, rules, into=None, promote=True, unattended=False, despite_differences=True
        )
    coordinator = Coordinator(database, LogFeed(vault), master)
    outcome = await coordinator.rebuild(view)
    if not outcome.promoted:
        raise RuntimeError(f"{projection.name} {view.name} was not promoted")
    async with database.connection() as connection:
        await lifecycle.drop(connection, projection, empty)


async def _tidy(url: str) -> None:
    """What autovacuum would have done long before the year was over."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
