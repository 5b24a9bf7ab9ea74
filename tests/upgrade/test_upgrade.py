"""A database that an older version filled is brought up to date, and nothing of it is lost or unreadable.

``schema_*.sql`` were written by the code of then, and are never written again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from uuid import uuid4

import asyncpg
import pytest

from domain.events import EVENT_TYPES, MessageReceived, ReplyDrafted
from projections import proof, views
from projections.catalogue import PROJECTIONS
from projections.projection import Rules
from projections.runner import Runner, drain
from service.storage import fingerprint, inbox, log, owed
from service.storage.database import Database
from service.storage.feed import LogFeed
from service.storage.fingerprint import Hashes
from service.storage.migrate import RECORD, known_migrations, migrate
from service.storage.vault import Vault
from tests.conftest import database_url
from tests.storage.streams import connected

FILLED: Final = {int(path.stem[-4:]): path for path in Path(__file__).parent.glob("schema_*.sql")}
"""Databases by the newest migration that they have."""

ROUTES: Final = [
    (filled, stop)
    for filled in sorted(FILLED)
    for stop in [None, *(m.number for m in known_migrations() if m.number > filled)]
]
"""From which database, and by a stop at which migration on the way (None: all at once)."""


@pytest.fixture
async def empty_url(admin_url: str) -> AsyncIterator[str]:
    name = f"test_{uuid4().hex}"
    async with connected(admin_url) as admin:
        await admin.execute(f"CREATE DATABASE {name}")
        yield database_url(admin_url, name)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def state_of_the_log(connection: asyncpg.Connection) -> Hashes:
    return await fingerprint.of_log(connection, await log.heads(connection))


async def apply_through(connection: asyncpg.Connection, last: int) -> None:
    """Apply migrations one by one, as versions in between did."""
    done = {row["number"] for row in await connection.fetch("SELECT number FROM migrations")}
    for migration in known_migrations():
        if migration.number not in done and migration.number <= last:
            await connection.execute(migration.sql)
            await connection.execute(RECORD, migration.number, migration.name, migration.checksum)


async def filled(url: str, newest: int) -> tuple[Hashes, int, int]:
    """The log, the items waiting and the conversations owing, as the old version left them."""
    async with connected(url) as connection:
        await connection.execute("SET search_path = public")
        await connection.execute(FILLED[newest].read_text(encoding="utf-8"))
    async with connected(url) as connection:
        return await state_of_the_log(connection), await inbox.count(connection), await owed.count(connection)


async def assert_everything_is_readable(database: Database, vault: Vault) -> Counter[str]:
    """Every event of every conversation comes back in order, with its words; how many there are of each
    type."""
    read: Counter[str] = Counter()
    names = {event: name for name, event in EVENT_TYPES.items()}
    async with database.connection() as connection:
        ids = [row[0] for row in await connection.fetch("SELECT conversation_id FROM keys")]
        lives = await log.load_many(connection, vault, ids, database.partitions)
        assert len(lives) == len(ids) > 0
        for live in lives.values():
            facts = await log.read_stream(connection, live)
            assert [fact.originator_version for fact in facts] == [*range(1, live.conversation.version + 1)]
            for fact in facts:
                read[names[type(fact)]] += 1
                if isinstance(fact, MessageReceived | ReplyDrafted):
                    assert fact.text or not isinstance(fact, ReplyDrafted)
    return read


async def assert_read_models_fold_anew(database: Database, vault: Vault, events: int) -> None:
    everything = range(database.partitions)
    async with database.connection() as connection:
        await views.install(connection, PROJECTIONS, Rules())
    for projection in PROJECTIONS:
        async with database.connection() as connection:
            live = await views.live(connection, projection.name)
            fresh = await views.create(connection, projection, "fresh", live.rules, "following")
        await drain(Runner(database.pool, LogFeed(vault), projection, fresh), everything)
        if live.version == projection.version:
            await drain(Runner(database.pool, LogFeed(vault), projection, live), everything)
        async with database.connection() as connection:
            ledger = await proof.ledger(connection, fresh)
            assert sum(applied + ignored for _, applied, ignored, _ in ledger.values()) == events
            assert await proof.inexact(connection, fresh) == []
            if live.version == projection.version:
                found = await proof.compare(connection, projection, live, fresh)
                assert (found.apart, found.differences) == ([], []), projection.name


@pytest.mark.parametrize(("newest", "stop"), ROUTES)
async def test_what_an_older_version_wrote_is_all_there_after_the_upgrade(
    empty_url: str, vault: Vault, newest: int, stop: int | None
) -> None:
    before, waiting, owing = await filled(empty_url, newest)
    events = sum(n for n, _ in before.values())
    assert events > 50
    async with connected(empty_url) as connection:
        if stop is not None:
            await apply_through(connection, stop)
        applied = await migrate(connection)
        reached = newest if stop is None else stop
        assert applied == [m.name for m in known_migrations() if m.number > reached]
        assert await state_of_the_log(connection) == before
        assert (await inbox.count(connection), await owed.count(connection)) == (waiting, owing)
        types = await connection.fetch("SELECT type, count(*) FROM events GROUP BY type")
        heads = await log.heads(connection)
        assert heads == {partition: n for partition, (n, _) in before.items()}
    database = await Database.open(empty_url)
    try:
        read = await assert_everything_is_readable(database, vault)
        assert read == Counter({row[0]: row[1] for row in types})
        await assert_read_models_fold_anew(database, vault, events)
    finally:
        await database.close()


def test_the_old_databases_hold_what_an_upgrade_could_break() -> None:
    for path in FILLED.values():
        text = path.read_text(encoding="utf-8")
        for table in ("events", "keys", "owed", "threads", "migrations"):
            assert re.search(rf"^INSERT INTO public\.{table} ", text, re.MULTILINE), (path.name, table)
