"""A view as of an instant says what the live ones said then."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
import pytest_asyncio

from tests.projections.oracle.conftest import World, empty_world
from tests.projections.oracle.naive import things
from tests.projections.oracle.prices import price_of
from tests.projections.oracle.reports import Asked, answer
from tests.projections.oracle.test_oracle import agree
from tests.projections.oracle.traffic import AUTUMN, BERLIN, Course, Writing, lives, timeline
from tests.web.conftest import TOKEN, Api

pytestmark = pytest.mark.asyncio(loop_scope="session")

REPORTS: Final = ("messages", "sessions", "outcomes")
COURSE: Final = Course(seed=5, people=120)
AFTER: Final = AUTUMN + timedelta(days=COURSE.days + 2)


@pytest_asyncio.fixture(loop_scope="session")
async def beginning(admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world in which nothing has happened yet."""
    async with empty_world(admin_url, tmp_path_factory.mktemp("as-of")) as made:
        yield made


async def said(world: World, asked: Asked, view: str | None = None) -> dict[str, Any]:
    """The board and three reports, by the live views or by others; without how fresh they are."""
    query = {} if view is None else {"view": view}
    told: dict[str, Any] = {}
    for report in REPORTS:
        full = await world.ask(report, asked, **query)
        told[report] = {name: full[name] for name in ("from", "to", "tz", "bucket", "items", "totals")}
    return told | {"board": await world.api.all_pages("/api/v1/sessions", status="all", limit=100, **query)}


async def rebuilt(api: Api, projection: str, as_of: datetime) -> None:
    """Order a view as of an instant, and wait until it is complete."""
    answered = await api.send(
        f"/api/v1/projections/{projection}/rebuild",
        method="POST",
        headers={"Authorization": f"Bearer {TOKEN}"},
        data=json.dumps({"into": "then", "as_of": as_of.isoformat()}).encode(),
    )
    assert answered.status == 202, answered.body
    async with asyncio.timeout(60):
        while True:
            views = (await api.get(f"/api/v1/projections/{projection}/views"))["items"]
            [then] = [view for view in views if view["name"] == "then"]
            assert then["fault"] is None
            if then["state"] == "frozen":
                return
            await asyncio.sleep(0.1)  # another process fills it and tells nobody


@pytest.mark.timeout(180)
async def test_views_as_of_an_instant_say_what_the_live_ones_said_then(beginning: World) -> None:
    api, told = beginning.api, lives(COURSE)
    recorded = sorted(fact.timestamp for facts in told for fact in facts)
    instant = recorded[len(recorded) * 3 // 5]
    asked = Asked(AUTUMN, AFTER, BERLIN, "day")

    writing = Writing(api.service.database, api.service.vault, told)
    before = await writing.write(through=instant)
    await api.caught_up()
    api.clock.now = instant
    then = await said(beginning, asked)
    assert then["board"], "there is something to compare"

    assert await writing.write() > before
    await api.caught_up()
    api.clock.now = AFTER
    now = await said(beginning, asked)
    assert all(now[name] != then[name] for name in then), "the world went on"

    await rebuilt(api, "sessions", instant)
    await rebuilt(api, "analytics", instant)
    assert await said(beginning, asked, view="then") == then
    assert await said(beginning, asked) == now

    counted = things(
        (
            timeline([f for f in facts if f.timestamp <= instant])
            for facts in told
            if facts[0].timestamp <= instant
        ),
        price_of,
    )
    for report in REPORTS:
        agree(report, then[report], answer(report, counted, asked))
