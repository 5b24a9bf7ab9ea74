"""Numbered SQL migrations, applied once each, in order, under a lock, with checksums."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import Final

import asyncpg

from domain.identity import DEFAULT_PARTITIONS

LOCK_KEY: Final = 0x0E7E_AD00
"""Any constant: two processes that start together take turns on it."""

LEDGER: Final = """
CREATE TABLE IF NOT EXISTS migrations (
    number     integer     PRIMARY KEY,
    name       text        NOT NULL,
    checksum   text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""
APPLIED: Final = "SELECT number, name, checksum FROM migrations ORDER BY number"
RECORD: Final = "INSERT INTO migrations (number, name, checksum) VALUES ($1, $2, $3)"
CUT: Final = (
    "INSERT INTO partition_locks (partition) SELECT generate_series(0, $1 - 1) ON CONFLICT DO NOTHING"
)
COUNT: Final = "SELECT count(*) FROM partition_locks"


class MigrationError(Exception):
    """The schema in the database is not one that this version can bring up to date."""


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def known_migrations() -> list[Migration]:
    """All migrations of this version, in order."""
    folder = resources.files("service.storage") / "migrations"
    found = [
        Migration(int(file.name[:4]), file.name, file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    ]
    return sorted(found, key=lambda migration: migration.number)


async def migrate(connection: asyncpg.Connection, *, partitions: int = DEFAULT_PARTITIONS) -> list[str]:
    """Bring the schema up to date; the names of what was applied, none when it was.

    ``partitions`` counts only when the database is new: the number is fixed then.
    Raises :class:`MigrationError` when a migration that was applied has another text now, or
    when the database is newer than this version.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK_KEY)
        await connection.execute(LEDGER)
        migrations = known_migrations()
        applied = {row["number"]: row for row in await connection.fetch(APPLIED)}
        _check(migrations, applied)
        fresh = [migration for migration in migrations if migration.number not in applied]
        for migration in fresh:
            await connection.execute(migration.sql)
            await connection.execute(RECORD, migration.number, migration.name, migration.checksum)
        if not await connection.fetchval(COUNT):
            await connection.execute(CUT, partitions)
    return [migration.name for migration in fresh]


async def partition_count(connection: asyncpg.Connection) -> int:
    """How many partitions the database was made with."""
    return int(await connection.fetchval(COUNT))


def _check(migrations: list[Migration], applied: dict[int, asyncpg.Record]) -> None:
    known = {migration.number: migration for migration in migrations}
    for number, row in applied.items():
        if number not in known:
            raise MigrationError(
                f"the database has migration {row['name']}, which this version does not know: "
                "run the version that made it, or a newer one"
            )
        if known[number].checksum != row["checksum"]:
            raise MigrationError(f"{row['name']} was changed after it had been applied to this database")
