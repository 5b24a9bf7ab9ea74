"""The database: the server, its schema, its keys, and what lies about in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from time import time
from typing import Final

import asyncpg

from service.doctor.findings import Finding, ok, warning, wrong
from service.settings import Settings
from service.storage import log
from service.storage.database import ROOM
from service.storage.migrate import known_migrations
from service.storage.vault import Vault, VaultError

OLDEST: Final = 150_000
DURABLE: Final = ("fsync", "synchronous_commit", "full_page_writes")
A_PROCESS: Final = 10
"""Connections that one process uses at most."""

LITTLE_SKEW: Final = 2.0
MUCH_SKEW: Final = 30.0
LONGEST_TRANSACTION: Final = 3600
WAITING_IN_THE_INBOX: Final = 60
PERMISSIONS: Final = """
SELECT current_schema() IS NOT NULL AND has_schema_privilege(current_schema(), 'CREATE') AS tables,
       has_database_privilege(current_database(), 'TEMPORARY') AS temporary
"""
CONNECTIONS: Final = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
       - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int
"""
OLD_TRANSACTION: Final = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float8
FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
LYING_ABOUT: Final = """
SELECT (SELECT count(*) FROM quarantine WHERE state = 'waiting') AS quarantined,
       (SELECT coalesce(sum(events), 0)::bigint FROM projection_parked) AS parked,
       (SELECT count(*) FROM owed WHERE since < now() - make_interval(secs => $1)) AS owed,
       (SELECT count(*) FROM inbox WHERE received_at < now() - make_interval(secs => $2)) AS waiting,
       (SELECT count(*) FROM threads WHERE state = 'lost') AS lost,
       (SELECT count(*) FROM projection_views WHERE fault IS NOT NULL) AS faults
"""


async def look(
    connection: asyncpg.Connection, settings: Settings, master_key: bytes, *, embedded: bool
) -> list[Finding]:
    """All there is to find."""
    findings = [
        await _version(connection, embedded=embedded),
        *[finding async for finding in _server(connection)],
        await _clock(connection),
        await _connections(connection, settings.workers),
    ]
    schema = await _schema(connection)
    findings.append(schema)
    if schema.state == "ok":
        findings.append(await _master_key(connection, master_key))
        findings += [finding async for finding in _lying_about(connection, settings)]
    return findings


async def _version(connection: asyncpg.Connection, *, embedded: bool) -> Finding:
    version = await connection.fetchval("SHOW server_version")
    kind = "embedded PostgreSQL" if embedded else "PostgreSQL"
    if int(await connection.fetchval("SHOW server_version_num")) < OLDEST:
        return wrong("database", f"{kind} {version}", "version 15 or newer is needed")
    return ok("database", f"{kind} {version}")


async def _server(connection: asyncpg.Connection) -> AsyncIterator[Finding]:
    for name in DURABLE:
        if await connection.fetchval(f"SHOW {name}") != "on":
            advice = f"set {name} = on, or acknowledged messages can be lost"
            yield wrong("durability", f"{name} is not on", advice)
    encoding = await connection.fetchval("SHOW server_encoding")
    if encoding != "UTF8":
        yield wrong("encoding", f"{encoding}: not every message can be stored", "make the database with UTF8")
    zone = await connection.fetchval("SHOW TimeZone")
    yield ok("time zone", f"{zone}; instants do not depend on it")
    may = await connection.fetchrow(PERMISSIONS)
    assert may is not None, "a SELECT without FROM gives a row"
    if not may["tables"]:
        yield wrong("permissions", "no tables can be made", "GRANT CREATE ON SCHEMA to this user")
    if not may["temporary"]:
        yield wrong(
            "permissions", "no temporary tables: never ready", "GRANT TEMPORARY ON DATABASE to this user"
        )
    else:
        yield await _room(connection)
    longest = await connection.fetchval(OLD_TRANSACTION)
    if longest > LONGEST_TRANSACTION:
        found = f"a transaction is open for {longest / 3600:.1f} h: nothing can be vacuumed"
        yield warning("transactions", found, "find it in pg_stat_activity and end it")


async def _room(connection: asyncpg.Connection) -> Finding:
    try:
        async with connection.transaction():
            await connection.execute(ROOM)
    except asyncpg.DiskFullError:
        return wrong("room", "the disk of the database is full", "make room: no message is taken")
    except asyncpg.ReadOnlySQLTransactionError:
        return wrong("room", "the database takes no writes", "name the primary in ONETHREAD_DATABASE_URL")
    return ok("room", "takes writes")


async def _clock(connection: asyncpg.Connection) -> Finding:
    before = time()
    theirs = float(await connection.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8"))
    return skew("clock of the database", theirs - (before + time()) / 2)


def skew(about: str, seconds: float, resolution: float = 0.0) -> Finding:
    """What a difference of clocks means; ``resolution`` is how exactly it can be told."""
    apart = max(0.0, abs(seconds) - resolution)
    found = f"{apart:.1f} s apart"
    advice = "keep the clocks together with NTP: sessions, windows and leases go by them"
    if apart > MUCH_SKEW:
        return wrong(about, found, advice)
    return warning(about, found, advice) if apart > LITTLE_SKEW else ok(about, found)


async def _connections(connection: asyncpg.Connection, processes: int) -> Finding:
    left = await connection.fetchval(CONNECTIONS)
    found, needed = f"{left} left", processes * A_PROCESS
    advice = f"raise max_connections: {processes} processes use up to {needed}"
    if left < processes:
        return wrong("connections", found, advice)
    return warning("connections", found, advice) if left < needed else ok("connections", found)


async def _schema(connection: asyncpg.Connection) -> Finding:
    known = {migration.number: migration.checksum for migration in known_migrations()}
    if await connection.fetchval("SELECT to_regclass('migrations')") is None:
        return warning("schema", "empty", "onethread migrate, or the first start, makes it")
    rows = await connection.fetch("SELECT number, checksum FROM migrations")
    applied = {row["number"]: row["checksum"] for row in rows}
    if applied.keys() - known.keys():
        return wrong("schema", "made by a newer version", "run that version, or a newer one")
    if any(known[number] != checksum for number, checksum in applied.items()):
        return wrong("schema", "a migration was changed after it was applied", "run an unchanged version")
    if len(applied) < len(known):
        return warning("schema", f"{len(known) - len(applied)} migrations to apply", "onethread migrate")
    return ok("schema", f"{len(applied)} migrations applied")


async def _master_key(connection: asyncpg.Connection, master_key: bytes) -> Finding:
    try:
        await log.check_key(connection, Vault(master_key))
    except VaultError:
        advice = "set ONETHREAD_MASTER_KEY to the one that the database was begun with"
        return wrong("master key", "does not open the conversations that are there", advice)
    return ok("master key", "fits")


async def _lying_about(connection: asyncpg.Connection, settings: Settings) -> AsyncIterator[Finding]:
    late = settings.fallback_after + 2 * settings.draft_timeout
    there = await connection.fetchrow(LYING_ABOUT, late, WAITING_IN_THE_INBOX)
    assert there is not None, "a SELECT without FROM gives a row"
    for name, about, advice in (
        ("quarantined", "pieces in quarantine", "onethread quarantine, then retry or leave them"),
        ("parked", "events that a projection could not take", "onethread projections retry NAME"),
        (
            "owed",
            f"conversations that wait for longer than {late:.0f} s",
            "look at openai and meta in /health",
        ),
        (
            "waiting",
            "items in the inbox for more than a minute",
            "is a service running? look for 'loop failed'",
        ),
        ("lost", "threads whose creation was not answered", "nothing: they may exist, empty, at OpenAI"),
        ("faults", "views whose rebuild failed", "onethread projections says why; rebuild or drop them"),
    ):
        if there[name]:
            yield warning(name, f"{there[name]} {about}", advice)
