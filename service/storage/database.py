"""Connections: one pool a process, and what counts as having lost the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from service.storage.migrate import migrate, partition_count

LOST: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.exceptions.AdminShutdownError,
    asyncpg.exceptions.CrashShutdownError,
    asyncpg.exceptions.CannotConnectNowError,
    asyncpg.exceptions.InsufficientResourcesError,
    asyncpg.exceptions.PostgresSystemError,
    asyncpg.exceptions.ReadOnlySQLTransactionError,
    asyncpg.exceptions.QueryCanceledError,
    TimeoutError,
)
"""What a statement raises when the server is away or was, outcome unknown; or when it cannot do its work
for now: no connections, memory or room left, its disk failing, or only a standby. A query that starts after
the server's last word has arrived raises InternalClientError."""

ROOM: Final = """
CREATE TEMP TABLE onethread_room (filler text) ON COMMIT DROP;
INSERT INTO onethread_room SELECT repeat('x', 1900) FROM generate_series(1, 512)
"""
"""One MiB of new blocks, gone with the transaction. A small write would still find room in blocks that are
there long after the disk is full."""


class Unavailable(Exception):
    """The database cannot be reached, or went away in the middle: the outcome is unknown."""


async def _as_it_is(_connection: asyncpg.Connection) -> None:
    """Nothing here changes a session beyond its transaction, so a used connection needs no round trip."""


class Database:
    """A pool on one PostgreSQL, with its schema up to date and its number of partitions known."""

    def __init__(self, url: str, pool: asyncpg.Pool, partitions: int) -> None:
        self.url = url
        self.pool = pool
        self.partitions = partitions

    @classmethod
    async def open(cls, url: str, *, partitions: int = 64, size: int = 10) -> Database:
        """Connect, migrate, and be ready. ``partitions`` counts for a new database only."""
        connection = await asyncpg.connect(url)
        try:
            await migrate(connection, partitions=partitions)
            count = await partition_count(connection)
        finally:
            await connection.close()
        pool = await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=size,
            reset=_as_it_is,
            server_settings={"application_name": "onethread"},
        )
        return cls(url, pool, count)

    async def close(self) -> None:
        """Give all connections back; those in the middle of something get a moment."""
        try:
            await asyncio.wait_for(self.pool.close(), timeout=5)
        except TimeoutError:
            self.pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """One connection. Raises :class:`Unavailable` in place of whatever a lost server raises."""
        try:
            async with self.pool.acquire(timeout=5) as connection:
                yield connection  # type: ignore[misc] # the pool's proxy is a connection in all but class
        except asyncpg.DataError:  # a value that cannot be encoded is no outage, though filed there
            raise
        except LOST as error:
            raise Unavailable(type(error).__name__) from error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """One transaction. Raises :class:`Unavailable`; then whether it was committed is unknown."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def ping(self) -> None:
        """Raises :class:`Unavailable` unless the server answers."""
        async with self.connection() as connection:
            await connection.fetchval("SELECT 1", timeout=2)

    async def check_room(self) -> None:
        """Raises :class:`Unavailable` where the server has no room for more, or takes no writes."""
        async with self.transaction() as connection:
            await connection.execute(ROOM, timeout=2)
