"""G10 in the views of the past, and of those who fold while somebody is erased."""

from __future__ import annotations

import aiohttp
import pytest

from domain.identity import partition_of
from projections import views
from projections.catalogue import PROJECTIONS
from projections.folding import Memory, fold
from projections.projection import Rules
from projections.runner import Overtaken, commit
from service.storage.feed import LogFeed
from tests.journey.conftest import Journey, conversation_id
from tests.journey.test_g10_erasure import MARKS, erase, followed, found_in_tables, lived


async def test_g10_a_frozen_view_holds_what_a_fold_of_today_would_give_it(world: Journey) -> None:
    who = await lived(world)
    instant = world.service.clock().isoformat()
    before = await frozen_view(world, "before", instant)
    assert (before, "xylophon") in await found_in_tables(world, ("xylophon",))
    await erase(world, conversation_id(who))
    await followed(world)
    assert await found_in_tables(world, MARKS) == set()
    after = await frozen_view(world, "after", instant)
    then, now = [
        {row["t"] for row in await world.fetch(f"SELECT t::text FROM {table} t")} for table in (before, after)
    ]
    assert then == now
    assert len(then) > 4


async def frozen_view(world: Journey, name: str, instant: str) -> str:
    """The table of a view of the timelines as of an instant, once it is filled."""
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {world.token}"}) as session,
        session.post(
            f"{world.url}/api/v1/projections/timelines/rebuild", json={"into": name, "as_of": instant}
        ) as begun,
    ):
        assert begun.status == 202, await begun.text()

    async def is_frozen() -> bool:
        rows = await world.fetch("SELECT state FROM projection_views WHERE name = $1", name)
        return [row["state"] for row in rows] == ["frozen"]

    await world.until(is_frozen, within=60)
    [row] = await world.fetch("SELECT id FROM projection_views WHERE name = $1", name)
    return f"timelines_{row['id']}"


async def test_g10_what_was_read_before_an_erasure_is_not_written_into_a_view_after_it(
    world: Journey,
) -> None:
    who = await lived(world)
    projection = next(each for each in PROJECTIONS if each.name == "timelines")
    database, feed = world.service.database, LogFeed(world.service.vault)
    rules = Rules(as_of=world.service.clock())
    async with database.transaction() as connection:
        view = await views.create(connection, projection, "late", rules)
    partition = partition_of(conversation_id(who), database.partitions)
    async with database.connection() as connection:
        slices = await feed.read(connection, {partition: 0}, 500, projection.handles, personal=True)
        folded = await fold(connection, view, projection, slices, Memory(), {})
        assert (await erase(world, conversation_id(who))).status == 202
        with pytest.raises(Overtaken):
            async with connection.transaction():
                await commit(connection, view, projection, folded)
        assert await found_in_tables(world, ("xylophon",)) == set()
        slices = await feed.read(connection, {partition: 0}, 500, projection.handles, personal=True)
        folded = await fold(connection, view, projection, slices, Memory(), {})
        async with connection.transaction():
            await commit(connection, view, projection, folded)
    assert await found_in_tables(world, MARKS) == set()
