"""Connections, and what becomes of them when the server or the caller goes away."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from service.storage.database import Database, Unavailable
from tests.storage.streams import connected, until

OWE = "INSERT INTO owed VALUES (1, gen_random_uuid(), now(), 'draft')"
OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
LEFT_OPEN = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'
"""


async def test_a_server_that_refuses_is_unavailable() -> None:
    url = "postgresql://onethread@127.0.0.1:1/gone"
    database = Database(url, await asyncpg.create_pool(url, min_size=0, max_size=1), 64)
    with pytest.raises(Unavailable):
        await database.ping()
    await database.close()


async def test_a_connection_that_is_killed_in_a_transaction_is_unavailable_and_nothing_is_kept(
    database: Database,
) -> None:
    async with connected(database.url) as killer:

        async def be_killed() -> None:
            async with database.transaction() as connection:
                await connection.execute(OWE)
                await killer.execute(OTHERS)
                await connection.fetchval("SELECT 1")

        with pytest.raises(Unavailable):
            await be_killed()

        async def answers() -> bool:
            try:
                await database.ping()
            except Unavailable:
                return False
            return True

        await until(answers)
        assert await killer.fetchval("SELECT count(*) FROM owed") == 0


@pytest.mark.parametrize("code", ["53100", "53200", "53300", "58030", "25006"])
async def test_a_server_without_room_or_with_a_failing_disk_is_unavailable(
    database: Database, code: str
) -> None:
    """So that what has happened outside is recorded once there is room again, and not given up."""
    with pytest.raises(Unavailable):
        async with database.transaction() as connection:
            await connection.execute(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$")


async def test_what_the_caller_raises_is_not_taken_for_an_outage(database: Database) -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO partition_locks VALUES (0)")
    with pytest.raises(ZeroDivisionError):
        async with database.transaction():
            raise ZeroDivisionError
    await database.ping()


async def test_a_caller_that_is_cancelled_anywhere_leaves_a_clean_connection(database: Database) -> None:
    async def transact(steps: int) -> None:
        async with database.transaction() as connection:
            for _ in range(steps):
                await connection.execute(OWE)
            await asyncio.Event().wait()

    for turns in range(40):
        task = asyncio.create_task(transact(1 + turns // 10))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with database.transaction() as connection:
            assert not await connection.fetchval("SELECT count(*) FROM owed")
    async with connected(database.url) as observer:

        async def nothing_left_open() -> bool:
            return not await observer.fetchval(LEFT_OPEN)

        await until(nothing_left_open)


async def test_a_transaction_that_gives_up_waiting_for_a_lock_is_unavailable(database: Database) -> None:
    async with connected(database.url) as holder:
        await holder.execute("BEGIN; SELECT FROM partition_locks WHERE partition = 1 FOR UPDATE")

        async def lose_patience() -> None:
            async with database.transaction() as connection:
                await connection.execute("SET LOCAL statement_timeout = '50ms'")
                await connection.execute("SELECT FROM partition_locks WHERE partition = 1 FOR UPDATE")

        with pytest.raises(Unavailable):
            await lose_patience()
        await holder.execute("ROLLBACK")
