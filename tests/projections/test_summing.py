"""Sums are made of facts slice by slice: what a kill leaves is gone on with, none of it is made again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from projections import summing, views
from projections.facts import DAYS, HOURS, MONTHS
from projections.projection import Rules
from projections.runner import Runner, drain
from projections.views import View
from service.rebuilding import Coordinator
from service.storage.database import LOST, Database
from service.storage.feed import LogFeed
from service.storage.vault import Vault
from tests.projections.counting import ANALYTICS
from tests.projections.oracle.traffic import AUTUMN, Course, Writing, lives
from tests.projections.rebuilding import KEY, execute, session
from tests.storage.witness import fetch

FACTS = 20_000
MIDDLE = AUTUMN + timedelta(days=32)
MEASURES = ("message", "reply", "session")
ROWS = f"""
INSERT INTO {{table}} (partition, conversation_id, version, measure, dim, at, channel, account_id, amount)
SELECT n % 64, gen_random_uuid(), n, measure, 'dim' || n % 7,
       timestamptz '2025-10-26 00:30+02' + make_interval(mins => n * 26), 'whatsapp', '1', n
FROM generate_series(1, {FACTS}) n, unnest($1::text[]) measure
"""


@pytest.fixture
async def filled(database: Database) -> View:
    """A view full of facts of a year, whose sums are left to be made."""
    async with database.connection() as connection:
        view = await views.create(connection, ANALYTICS, "filled", Rules())
        await connection.execute(ROWS.format(table=view.table("analytics_facts")), MEASURES)
        return view


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    async with session(database) as connected:
        yield connected


async def right(database: Database, view: View) -> None:
    """The sums are those that one statement over all facts gives."""
    for table in (HOURS, DAYS, MONTHS):
        columns = ", ".join(table.columns)
        query = table.summed_from.replace("{analytics_facts}", view.table("analytics_facts"))
        expected = f"SELECT {columns} FROM ({query}) q"
        there = f"SELECT {columns} FROM {view.table(table)}"
        differing = await fetch(
            database, f"({expected} EXCEPT ALL {there}) UNION ALL ({there} EXCEPT ALL {expected})"
        )
        assert differing == [], table.name


async def places(database: Database, view: View) -> set[Any]:
    """Where rows of the sums lie and which transaction wrote them."""
    return set(await fetch(database, f"SELECT ctid::text, xmin::text FROM {view.table(HOURS)}"))


async def sum_up(connection: asyncpg.Connection, view: View) -> None:
    await summing.begin(connection, ANALYTICS, view)
    for table in (HOURS, DAYS, MONTHS):
        await summing.sum_up(connection, view, table)
    await summing.end(connection, view)


async def test_sums_that_are_made_in_slices_are_those_of_all_facts_at_once(
    database: Database, filled: View, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summing, "WIDEST", timedelta(days=3))
    await sum_up(connection, filled)
    await right(database, filled)
    slices = await fetch(database, f"SELECT count(DISTINCT xmin::text) FROM {filled.table(HOURS)}")
    assert slices[0][0] > 100 * len(MEASURES)


async def test_g9_summing_that_is_killed_anywhere_is_gone_on_with_and_nothing_is_made_again(
    database: Database, filled: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summing, "WIDEST", timedelta(days=3))
    made: set[Any] = set()
    for _ in range(3):
        async with session(database) as connection:
            process = connection.get_server_pid()
            task = asyncio.create_task(sum_up(connection, filled))
            async with asyncio.timeout(30):
                while len(await places(database, filled)) <= len(made) + 500:
                    await asyncio.sleep(0)
            await execute(database, f"SELECT pg_terminate_backend({process})")
            with pytest.raises(LOST):
                await task
        now = await places(database, filled)
        assert now >= made, "what was made stays"
        made = now
    async with session(database) as connection:
        await sum_up(connection, filled)
    assert await places(database, filled) > made
    await right(database, filled)


async def test_a_slice_that_takes_too_long_is_given_up_and_made_smaller(
    database: Database, filled: View, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summing, "LONGEST", 0.005)
    monkeypatch.setattr(summing, "AIM", 1_000.0)
    await sum_up(connection, filled)
    await right(database, filled)
    slices = await fetch(database, f"SELECT count(DISTINCT xmin::text) FROM {filled.table(HOURS)}")
    assert slices[0][0] > 10 * len(MEASURES), "a year at once takes longer than that"


async def test_g9_events_that_came_after_a_kill_while_summing_up_are_counted_once(
    database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.connection() as connection:
        await views.install(connection, [ANALYTICS], Rules())
        live = await views.live(connection, ANALYTICS.name)
    writing = Writing(database, vault, lives(Course(seed=5, people=40)))
    await writing.write(through=MIDDLE)
    coordinator = Coordinator(database, LogFeed(vault), KEY, workers=1, projections=(ANALYTICS,))
    monkeypatch.setattr(summing, "WIDEST", timedelta(hours=1))
    async with database.connection() as connection:
        view = await views.create(connection, ANALYTICS, "again", Rules(), promote=True)
    first = asyncio.create_task(coordinator.rebuild(view))
    async with asyncio.timeout(60):
        while (await fetch(database, f"SELECT count(*) FROM {view.table(HOURS)}"))[0][0] < 50:
            await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    state = f"SELECT sums FROM projection_views WHERE id = {view.id}"
    assert await fetch(database, state) == [("making",)]
    await writing.write()
    await drain(Runner(database.pool, LogFeed(vault), ANALYTICS, live), range(64))
    outcome = await coordinator.rebuild(view)
    assert outcome.comparison is not None
    assert outcome.comparison.equal, outcome.comparison.differences
    assert outcome.promoted
    assert await fetch(database, state) == [("kept",)]
    await right(database, view)


async def test_a_view_that_was_live_keeps_its_sums_when_it_is_brought_forward_again(
    database: Database, vault: Vault
) -> None:
    async with database.connection() as connection:
        await views.install(connection, [ANALYTICS], Rules())
        old = await views.live(connection, ANALYTICS.name)
        view = await views.create(connection, ANALYTICS, "again", Rules(), promote=True)
    writing = Writing(database, vault, lives(Course(seed=6, people=10)))
    await writing.write(through=MIDDLE)
    coordinator = Coordinator(database, LogFeed(vault), KEY, workers=1, projections=(ANALYTICS,))
    await coordinator.rebuild(view)
    await writing.write()
    phases: set[str] = set()
    outcome = await coordinator.promote(
        old, despite_differences=False, unattended=False, told=lambda phase, _: phases.add(phase)
    )
    assert outcome.promoted
    assert "summing up" not in phases
    await right(database, old)
