"""The schema is brought up to date once, by whoever comes first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from service.storage.database import Database
from service.storage.migrate import MigrationError, known_migrations, migrate, partition_count
from tests.conftest import database_url
from tests.storage.streams import connected


@pytest.fixture
async def empty_url(admin_url: str) -> AsyncIterator[str]:
    """A database without any schema."""
    name = f"test_{uuid4().hex}"
    async with connected(admin_url) as admin:
        await admin.execute(f"CREATE DATABASE {name}")
        yield database_url(admin_url, name)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def test_an_empty_database_gets_every_migration_once_and_in_order(empty_url: str) -> None:
    async with connected(empty_url) as connection:
        names = [migration.name for migration in known_migrations()]
        assert names == sorted(names)
        assert await migrate(connection) == names
        before = await connection.fetch("SELECT * FROM migrations ORDER BY number")
        assert await migrate(connection) == []
        assert await connection.fetch("SELECT * FROM migrations ORDER BY number") == before
        assert [row["name"] for row in before] == names


async def test_processes_that_start_together_take_turns(empty_url: str) -> None:
    async def start() -> list[str]:
        async with connected(empty_url) as connection:
            return await migrate(connection, partitions=8)

    applied = await asyncio.gather(*(start() for _ in range(4)))
    names = [migration.name for migration in known_migrations()]
    assert sorted(applied) == sorted([names, [], [], []])
    async with connected(empty_url) as connection:
        assert await partition_count(connection) == 8


async def test_the_number_of_partitions_is_fixed_when_the_database_is_made(empty_url: str) -> None:
    for asked in (3, 64):
        database = await Database.open(empty_url, partitions=asked, size=1)
        assert database.partitions == 3
        async with database.connection() as connection:
            rows = await connection.fetch("SELECT partition, head FROM partitions ORDER BY partition")
        assert [tuple(row) for row in rows] == [(0, 0), (1, 0), (2, 0)]
        await database.close()


async def test_a_migration_that_was_changed_after_it_was_applied_is_refused(fresh_url: str) -> None:
    async with connected(fresh_url) as connection:
        await connection.execute("UPDATE migrations SET checksum = 'another' WHERE number = 1")
        with pytest.raises(MigrationError, match=r"0001_log\.sql was changed"):
            await migrate(connection)
    with pytest.raises(MigrationError):
        await Database.open(fresh_url)


async def test_a_database_made_by_a_newer_version_is_refused_and_left_alone(fresh_url: str) -> None:
    async with connected(fresh_url) as connection:
        await connection.execute("INSERT INTO migrations VALUES (9999, '9999_future.sql', 'x')")
        before = await connection.fetch("SELECT * FROM migrations ORDER BY number")
        with pytest.raises(MigrationError, match=r"9999_future\.sql, which this version does not know"):
            await migrate(connection)
        assert await connection.fetch("SELECT * FROM migrations ORDER BY number") == before


async def test_a_migration_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    async with connected(empty_url) as connection:
        await connection.execute("CREATE TABLE inbox (in_the_way integer)")
        with pytest.raises(asyncpg.DuplicateTableError):
            await migrate(connection)
        assert await connection.fetchval("SELECT to_regclass('events')") is None
        assert await connection.fetchval("SELECT to_regclass('migrations')") is None
        await connection.execute("DROP TABLE inbox")
        assert len(await migrate(connection)) == len(known_migrations())
