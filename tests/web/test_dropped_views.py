"""Views are promoted and dropped while they are read: readers get an answer, or hear that it is gone."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from projections import lifecycle, views
from projections.catalogue import PROJECTIONS
from projections.projection import Projection
from projections.runner import Runner, drain
from service.storage.feed import LogFeed
from tests.web.conftest import TOKEN, Api
from tests.web.people import Person, at

READS = (
    ("sessions", "/api/v1/sessions?status=all"),
    ("customers", "/api/v1/customers?"),
    ("timelines", "/api/v1/search?q=hello"),
    ("analytics", "/api/v1/analytics/messages?from=2026-11-01T00:00Z&to=2026-11-02T00:00Z"),
    ("analytics", "/api/v1/analytics/obligations?"),
    ("sessions", "/api/v1/export/sessions?"),
    ("analytics", "/api/v1/export/analytics?report=messages"),
    ("sessions", "/api/v1/projections/sessions/parked?"),
)
ROUNDS = 12


@pytest.fixture
async def talked(api: Api) -> Api:
    await api.append(*(Person(f"p{n}").says("hello", at(n)) for n in range(5)))
    await api.caught_up()
    return api


async def beside(api: Api, projection: Projection, name: str) -> views.View:
    """A view of the live one's rules with everything in it."""
    async with api.service.database.connection() as connection:
        live = await views.live(connection, projection.name)
        view = await views.create(connection, projection, name, live.rules, "kept")
    await drain(Runner(api.service.database.pool, LogFeed(api.service.vault), projection, view), range(64))
    async with api.service.database.connection() as connection:
        await lifecycle.set_state(connection, view, "following", of=["kept"])
    return view


async def ask(api: Api, path: str) -> Any:
    return await api.send(path, headers={"Authorization": f"Bearer {TOKEN}"})


async def test_who_reads_a_view_that_is_dropped_that_moment_is_told_and_never_gets_a_500(talked: Api) -> None:
    found: Counter[int] = Counter()
    gone = asyncio.Event()

    async def read(path: str, name: str) -> None:
        while not gone.is_set():
            answer = await ask(talked, f"{path}&view={name}")
            found[answer.status] += 1
            if answer.status != 200:
                assert (answer.status, answer.json["field"]) in {(400, "view"), (404, "view")}, answer.body
                assert "view" in answer.json["detail"]

    for number in range(ROUNDS):
        name = f"beside-{number}"
        made = [await beside(talked, projection, name) for projection in PROJECTIONS]
        gone.clear()
        reading = [asyncio.create_task(read(path, name)) for _, path in READS]
        await asyncio.sleep(0.02 * (number % 3))
        for projection, view in zip(PROJECTIONS, made, strict=True):
            async with talked.service.database.connection() as connection:
                await lifecycle.drop(connection, projection, view)
        gone.set()
        await asyncio.gather(*reading)
    assert found[200] > ROUNDS
    assert set(found) <= {200, 400, 404}


async def test_who_reads_the_live_view_while_another_is_promoted_and_it_is_dropped_gets_the_new_one(
    talked: Api,
) -> None:
    done = asyncio.Event()
    answers: Counter[int] = Counter()

    async def read(path: str) -> None:
        while not done.is_set():
            answer = await ask(talked, path)
            assert answer.status == 200, (path, answer.body)
            answers[answer.status] += 1

    reading = [asyncio.create_task(read(path)) for _, path in READS]
    for number in range(ROUNDS):
        for projection in PROJECTIONS:
            view = await beside(talked, projection, f"next-{number}")
            async with talked.service.database.connection() as connection:
                old = await views.live(connection, projection.name)
                await lifecycle.promote(connection, view, lambda _through: asyncio.sleep(0))
                await lifecycle.drop(connection, projection, old)
        if any(task.done() for task in reading):
            break
    done.set()
    await asyncio.gather(*reading)
    assert answers[200] > ROUNDS * len(READS)


async def test_a_view_that_somebody_reads_for_long_is_dropped_at_once_and_its_tables_when_he_is_done(
    talked: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "PATIENCE", 1)
    projection = PROJECTIONS[0]
    view = await beside(talked, projection, "beside")
    database = talked.service.database
    async with database.connection() as reader, reader.transaction():
        await reader.fetch(f"SELECT * FROM {view.table(projection.states)}")
        path = f"/api/v1/projections/{projection.name}/views/beside"
        answer = await talked.ask(path, method="DELETE")
        assert (answer.status, [left["name"] for left in answer.json["items"]]) == (200, ["v3"])
        assert (await ask(talked, f"/api/v1/{projection.name}?view=beside")).status == 400
        assert await reader.fetchval(f"SELECT count(*) FROM {view.table(projection.states)}") == 5
    async with asyncio.timeout(20):
        async with database.connection() as connection:
            while await connection.fetchval("SELECT to_regclass($1)", view.table(projection.states)):
                await asyncio.sleep(0.05)
