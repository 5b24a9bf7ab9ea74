"""One service over one log full of traffic, made once for all tests here, and all there is to count."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from projections import views
from projections.catalogue import PROJECTIONS
from projections.projection import Rules
from tests.conftest import TEMPLATE, _make_template, database_url
from tests.projections.oracle.aside import set_aside, write_aside
from tests.projections.oracle.naive import Thing, things
from tests.projections.oracle.prices import price_of, price_table
from tests.projections.oracle.reports import Asked
from tests.projections.oracle.traffic import Course, Timeline, Writing, lives, timeline
from tests.web.conftest import Api, running

FULL: Final = Course(seed=1, people=420)
PAGED: Final = ("obligations", "top-senders")
UNCUT: Final = ("obligations", "top-senders", "busiest-hours")
"""Reports that are not cut into buckets."""


class World:
    """A service, everything that its log holds, and everything there is to count in it."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.timelines: list[Timeline] = []
        self.things: list[Thing] = []
        self.courses: set[Course] = set()

    async def add(self, course: Course) -> None:
        """More traffic, where it is not there yet, until the projections have taken it in."""
        if course in self.courses:
            return
        self.courses.add(course)
        told, aside = lives(course), set_aside(course)
        database = self.api.service.database
        await Writing(database, self.api.service.vault, told).write()
        await write_aside(database, aside)
        timelines = [timeline(facts) for facts in told]
        self.timelines += timelines
        self.things += [*things(timelines, price_of), *aside]
        await self.api.caught_up()

    async def ask(self, report: str, asked: Asked, **query: str) -> Any:
        """What the service answers, every page of it."""
        path, given = f"/api/v1/analytics/{report}", {**query_of(report, asked), **query}
        told = page = await self.api.get(path, **given)
        while page["next_cursor"]:
            page = await self.api.get(path, **given, cursor=page["next_cursor"])
            told["items"] += page["items"]
        return told


def query_of(report: str, asked: Asked) -> dict[str, str]:
    """The question as the query of a request."""
    query = {
        "from": asked.begin.isoformat(),
        "to": asked.end.isoformat(),
        "tz": asked.zone.key,
        "bucket": None if report in UNCUT else asked.bucket,
        "channel": asked.channel,
        "account": asked.account,
        "limit": "100" if report in PAGED else None,
    }
    return {name: value for name, value in query.items() if value is not None}


@asynccontextmanager
async def empty_world(admin_url: str, folder: Path) -> AsyncIterator[World]:
    """A service over an empty database of its own."""
    await _make_template(admin_url)
    name = f"oracle_{uuid4().hex}"
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute("SELECT pg_advisory_lock(1)")
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        await connection.execute("SELECT pg_advisory_unlock(1)")
        url = database_url(admin_url, name)
        await _install(url)
        async with running(url, folder) as api:
            yield World(api)
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


async def _install(url: str) -> None:
    """Have the live views count money by these prices: a service takes views as it finds them."""
    connection = await asyncpg.connect(url)
    try:
        await views.install(connection, PROJECTIONS, Rules(prices=price_table()))
    finally:
        await connection.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world(admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with empty_world(admin_url, tmp_path_factory.mktemp("oracle")) as made:
        await made.add(FULL)
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def growing(admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Another, that each test adds to."""
    async with empty_world(admin_url, tmp_path_factory.mktemp("growing")) as made:
        yield made
