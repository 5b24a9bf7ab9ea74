"""Every statement fits the schema, and those of the hot path use an index."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import pytest

import projections
import service.storage
from projections import sessions, views
from projections.projection import Rules
from service.storage import feed, identities, inbox, log, owed, register
from service.storage.database import Database
from service.storage.ids import ordered_id
from service.storage.vault import Vault
from tests.storage.streams import NOW, append, begun, connected

STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\s")
TEMPLATE = re.compile(r"\{\w+\}")


def constants() -> Iterator[tuple[str, str]]:
    """The texts that modules of storage and projections hold under a name in capitals."""
    for package in (service.storage, projections):
        for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            if not found.ispkg:
                for name, value in vars(importlib.import_module(found.name)).items():
                    if name.isupper() and isinstance(value, str):
                        yield f"{found.name}.{name}", value


STATEMENTS: Final = {
    name: text for name, text in constants() if STATEMENT.match(text) and not TEMPLATE.search(text)
}


@pytest.fixture
async def installed(database: Database) -> Database:
    async with database.connection() as connection:
        await views.install(connection, [sessions.Sessions()], Rules())
    return database


async def test_every_statement_can_be_prepared_on_a_migrated_database(installed: Database) -> None:
    assert len(STATEMENTS) > 60
    faults = {}
    async with installed.connection() as connection:
        for name, text in STATEMENTS.items():
            try:
                await connection.prepare(text)
            except asyncpg.PostgresError as error:
                faults[name] = str(error)
    assert faults == {}


async def test_a_projection_is_installed_once_however_often_it_is_asked_for(installed: Database) -> None:
    async with installed.connection() as connection:
        await views.install(connection, [sessions.Sessions()], Rules())
        assert await connection.fetchval("SELECT count(*) FROM projection_checkpoints") == 64


CONVERSATION = UUID("00000007-0000-0000-0000-000000000000")
HOT: Final[dict[str, tuple[str, tuple[Any, ...]]]] = {
    "log.READ_LIVE": (log.READ_LIVE, ([7], [CONVERSATION])),
    "log.READ_STREAM": (log.READ_STREAM, (7, CONVERSATION, 0, 100)),
    "log.READ_SPOKEN": (log.READ_SPOKEN, (7, CONVERSATION, 0, ["MessageReceived"], 10)),
    "log.READ_SPOKEN_BACK": (log.READ_SPOKEN_BACK, (7, CONVERSATION, 99, ["MessageReceived"], 10)),
    "log.READ_PARTITION": (log.READ_PARTITION, (7, 10, 100)),
    "log.HELD_KEYS": (log.HELD_KEYS, (7, CONVERSATION, [b"0" * 16])),
    "log.READ_KEY": (log.READ_KEY, (7, CONVERSATION)),
    "log.READ_SNAPSHOT": (log.READ_SNAPSHOT, (7, CONVERSATION)),
    "feed.READ": (feed.READ, (list(range(64)), [0] * 64, 100, ["MessageReceived"], False)),
    "inbox.FETCH": (inbox.FETCH, (list(range(64)), [CONVERSATION], 100, [CONVERSATION] * 64)),
    "inbox.DELETE": (inbox.DELETE, ([7], [CONVERSATION])),
    "identities.RESOLVE": (identities.RESOLVE, ([7], [CONVERSATION])),
    "identities.EXISTING": (identities.EXISTING, ([7], [CONVERSATION])),
    "owed.CLEAR": (owed.CLEAR, ([7], [CONVERSATION])),
    "register.PENDING": (register.PENDING, (7, CONVERSATION, NOW)),
    "register.CREATED": (register.CREATED, (7, CONVERSATION, "conv", NOW)),
    "sessions.ONE": (sessions.ONE.replace("{table}", "sessions_1"), (7, CONVERSATION)),
}
IN_ORDER: Final = {
    "log.READ_STREAM",
    "log.READ_SPOKEN",
    "log.READ_SPOKEN_BACK",
    "log.READ_PARTITION",
    "feed.READ",
}
"""These come out of the index as they are wanted, however long the stream."""

SCANNED_IN_ANY_CASE: Final = {"partition_locks"}
"""A table of as many rows as there are partitions."""


STRANGERS: Final = r"""
INSERT INTO threads
SELECT n % 64, gen_random_uuid(), gen_random_uuid(), 'start', 'bound', NULL, now(), now(), now()
FROM generate_series(1, 4000) n;
INSERT INTO snapshots SELECT n % 64, gen_random_uuid(), 64, '\x00' FROM generate_series(1, 4000) n;
INSERT INTO keys SELECT n % 64, gen_random_uuid(), '\x00' FROM generate_series(1, 4000) n;
INSERT INTO sessions_1
SELECT n % 64, gen_random_uuid(), 1, 'whatsapp', '1', 'conv', '[]', now(), 1, now(), 1, now(), 1, 0, 0, 0, 0,
       NULL, NULL, NULL, 'bot', 1, 1, false
FROM generate_series(1, 4000) n;
ANALYZE
"""


@pytest.fixture
async def peopled(installed: Database, vault: Vault) -> Database:
    """Enough rows in every table that a sequential scan would be the worse choice."""
    await append(installed, *(begun(vault, *(f"m{n}" for n in range(9))) for _ in range(400)))
    rows = [inbox.InboxRow(n % 64, ordered_id(), uuid4(), "message", NOW, b"{}") for n in range(4000)]
    async with installed.connection() as connection:
        await inbox.insert(connection, rows)
        ids = [uuid4() for _ in range(4000)]
        await identities.link(connection, [(alias, alias) for alias in ids], 64)
        await owed.mark(connection, [(n % 64, i, NOW, "draft") for n, i in enumerate(ids)])
        await connection.execute(STRANGERS)
    return installed


async def test_the_hot_path_goes_through_indexes_and_sorts_no_stream(peopled: Database) -> None:
    scans: dict[str, list[str]] = {}
    async with connected(peopled.url) as connection:
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        for name, (statement, arguments) in HOT.items():
            plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *arguments))
            scans[name] = list(sequential(plan[0]["Plan"]))
            if name in IN_ORDER:
                assert '"Sort"' not in json.dumps(plan), name
    assert {name: tables for name, tables in scans.items() if tables} == {}


def sequential(node: dict[str, Any]) -> Iterator[str]:
    """Tables that a plan reads from end to end."""
    if node["Node Type"] == "Seq Scan" and node["Relation Name"] not in SCANNED_IN_ANY_CASE:
        yield node["Relation Name"]
    for inner in node.get("Plans", ()):
        yield from sequential(inner)
