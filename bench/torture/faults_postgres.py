"""What can happen to PostgreSQL."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import asyncpg

from bench.torture.faults import Fault, Lane
from bench.torture.world import World

END_SESSIONS: Final = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
LONG: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ"
LOOK: Final = "SELECT pg_current_xact_id(), count(*) FROM pg_class"


@asynccontextmanager
async def postmaster_killed(world: World, chance: random.Random) -> AsyncIterator[int]:
    """The server is gone at once; its backends find out."""
    yield int(world.postgres.kill())


@asynccontextmanager
async def backend_killed(world: World, chance: random.Random) -> AsyncIterator[int]:
    """A process that serves a client is gone, upon which the server drops all others and recovers."""
    yield int(world.postgres.kill_backend(chance))


@asynccontextmanager
async def quit_at_once(world: World, chance: random.Random) -> AsyncIterator[int]:
    """An immediate shutdown, without a checkpoint."""
    yield int(world.postgres.kill(signal.SIGQUIT))


@asynccontextmanager
async def held(world: World, chance: random.Random) -> AsyncIterator[int]:
    """The server stands still; connections stay."""
    struck = world.postgres.hold()
    try:
        yield int(struck)
    finally:
        world.postgres.go_on()


@asynccontextmanager
async def disk_full(world: World, chance: random.Random) -> AsyncIterator[int]:
    """Nothing can be written any more."""
    struck = world.postgres.fill_disk()
    try:
        yield int(struck)
    finally:
        world.postgres.empty_disk()


@asynccontextmanager
async def sessions_ended(world: World, chance: random.Random) -> AsyncIterator[int]:
    """An administrator ends every session."""
    ended = 0
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
        async with world.database() as connection:
            ended = await connection.fetchval(END_SESSIONS)
    yield int(ended > 0)


DISK_FULL: Final = Fault("PostgreSQL's disk full", "other", disk_full, (1.0, 4.0), weight=2)

LANE: Final = Lane(
    "postgres",
    (
        Fault("the postmaster killed", "kill", postmaster_killed, weight=6),
        Fault("a backend killed", "kill", backend_killed, weight=8),
        Fault("PostgreSQL shut down at once", "kill", quit_at_once, weight=2),
        Fault("PostgreSQL stopped", "other", held, (1.0, 4.0), weight=2),
        DISK_FULL,
        Fault("every session ended", "other", sessions_ended, weight=2),
    ),
    pause=(0.5, 2.0),
    patient=True,
)


async def idle_in_transaction(world: World) -> None:
    """A session that has looked once, holds a snapshot and a transaction id, and does nothing more: all
    through the run, opened again whenever it is ended."""
    while True:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            async with world.database() as connection:
                await connection.execute(LONG)
                await connection.fetchrow(LOOK)
                while not connection.is_closed():
                    await asyncio.sleep(0.2)
        await asyncio.sleep(0.2)
