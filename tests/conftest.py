"""Real parts for every test: one embedded PostgreSQL for the run, a database of its own for each test."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
import structlog

from service import telemetry
from service.storage.database import Database
from service.storage.embedded import EmbeddedPostgres
from service.storage.migrate import migrate
from service.storage.vault import Vault

TEMPLATE = "onethread_template"
SERVERS = {"provider", "sandbox"}
"""Folders whose tests talk to real HTTP servers and wait for time-outs: not for the quick check."""


@contextmanager
def logged(path: Path) -> Iterator[None]:
    """All that the service and the libraries under it log in the block, as JSON, in a file."""
    before = structlog.get_config()
    with path.open("ab") as lines, path.open("a", encoding="utf-8") as library_lines:
        structlog.configure(
            processors=telemetry.JSON_LINES,
            logger_factory=structlog.BytesLoggerFactory(lines),
            cache_logger_on_first_use=False,
        )
        handler = telemetry.library_handler(library_lines)
        logging.getLogger().addHandler(handler)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(handler)
            structlog.configure(**before)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """A command that a test runs in its own process says where logs go, which is nowhere once it is over."""
    configured, short_way = structlog.get_config(), [*telemetry._short_way]
    yield
    structlog.configure(**configured)
    telemetry._short_way[:] = short_way


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """One server for all workers of this run; the last one to leave stops it."""
    root = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        root = root.parent
    folder = Path(tempfile.gettempdir()) / f"onethread-tests-{root.name}"
    server = EmbeddedPostgres(folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def admin_url(request: pytest.FixtureRequest) -> str:
    """The embedded server, or the one that ONETHREAD_TEST_DATABASE_URL names (a superuser's address)."""
    other = os.environ.get("ONETHREAD_TEST_DATABASE_URL")
    if other:
        return other
    embedded: EmbeddedPostgres = request.getfixturevalue("postgres")
    return embedded.start()


async def _make_template(admin_url: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute("SELECT pg_advisory_lock(1)")
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", TEMPLATE):
            building = f"building_{uuid4().hex}"
            await connection.execute(f"CREATE DATABASE {building}")
            inside = await asyncpg.connect(database_url(admin_url, building))
            try:
                await migrate(inside)
            finally:
                await inside.close()
            await connection.execute(f"ALTER DATABASE {building} RENAME TO {TEMPLATE}")
    finally:
        await connection.close()


def database_url(admin_url: str, name: str) -> str:
    """The address of another database on the same server."""
    return urlsplit(admin_url)._replace(path=f"/{name}").geturl()


@pytest.fixture
async def fresh_url(admin_url: str) -> AsyncIterator[str]:
    """An empty, migrated database that is this test's alone."""
    await _make_template(admin_url)
    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute("SELECT pg_advisory_lock(1)")
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        await connection.execute("SELECT pg_advisory_unlock(1)")
        yield database_url(admin_url, name)
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


@pytest.fixture
async def database(fresh_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(fresh_url)
    yield opened
    await opened.close()


@pytest.fixture
def vault() -> Vault:
    return Vault(bytes(range(32)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever needs the database says so by using it."""
    for item in items:
        if SERVERS & set(item.path.parts) or item.path.stem.startswith("test_graph"):
            item.add_marker(pytest.mark.servers)
        if "admin_url" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.database)
