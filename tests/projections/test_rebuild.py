"""G9: a view is filled beside the live one, whoever dies meanwhile, and is what the live loop makes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import timedelta

import asyncpg
import pytest

from projections import lifecycle, rebuild
from projections.lifecycle import Refused
from projections.projection import Rules
from projections.rebuild import COORDINATING, Filling, behind, claimed
from projections.runner import drain
from service.rebuilding import Busy, Failed
from service.storage.database import Database
from service.storage.feed import LogFeed
from service.storage.vault import Vault
from tests.projections.rebuilding import (
    ALL,
    caught_up,
    contents,
    coordinator_of,
    execute,
    found,
    ordered,
    session,
    states,
)
from tests.storage.streams import NOW
from tests.storage.witness import Witness, fetch, fill, runner_of

HELD = """
SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
WHERE locktype = 'advisory' AND d.datname = current_database()
"""


async def heads(connection: asyncpg.Connection) -> dict[int, int]:
    rows = await connection.fetch("SELECT partition, head FROM partitions")
    return {row["partition"]: row["head"] for row in rows}


# Filling


async def test_g9_what_is_filled_is_what_the_live_loop_has_made(database: Database, vault: Vault) -> None:
    await fill(database, vault, 100)
    live = await caught_up(database)
    view = await ordered(database)
    async with session(database) as connection:
        await rebuild.fill(connection, LogFeed(), Witness(), view)
        assert await behind(connection, view) == 0
    assert await contents(database, view) == await contents(database, live)
    ledgers = await fetch(
        database, "SELECT DISTINCT partition, position, applied, ignored, parked FROM projection_checkpoints"
    )
    assert len(ledgers) == 64


async def test_g9_a_worker_that_is_stopped_anywhere_is_gone_on_with_from_the_checkpoint(
    database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "LARGEST", 7)
    monkeypatch.setattr(rebuild, "SMALLEST", 1)
    await fill(database, vault, 40, partitions=3)
    live = await caught_up(database)
    view = await ordered(database)
    left = []
    while not left or left[-1]:
        steps = iter([True] * 5)
        async with session(database) as connection:
            await rebuild.fill(
                connection, LogFeed(), Witness(), view, wanted=lambda steps=steps: next(steps, False)
            )
            left.append(await behind(connection, view))
    assert len(left) > 4
    assert left == sorted(set(left), reverse=True)
    assert await contents(database, view) == await contents(database, live)


async def test_g9_a_worker_that_goes_gently_fills_the_same(database: Database, vault: Vault) -> None:
    await fill(database, vault, 40, partitions=3)
    live = await caught_up(database)
    view = await ordered(database)
    async with session(database) as connection:
        await rebuild.fill(connection, LogFeed(), Witness(), view, gently=True)
        assert await behind(connection, view) == 0
    assert await contents(database, view) == await contents(database, live)


async def test_g9_workers_share_the_partitions_and_none_is_filled_twice(
    database: Database, vault: Vault
) -> None:
    await fill(database, vault, 200)
    live = await caught_up(database)
    view = await ordered(database)
    async with session(database) as one, session(database) as two, session(database) as three:
        await asyncio.gather(
            *(
                rebuild.fill(connection, LogFeed(), Witness(), view, first=20 * number)
                for number, connection in enumerate((one, two, three))
            )
        )
        assert await behind(one, view) == 0
        assert await one.fetchval(HELD) == 0
    assert await contents(database, view) == await contents(database, live)


async def test_g9_two_that_fill_the_same_partition_by_force_double_nothing(
    database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "LARGEST", 5)
    await fill(database, vault, 60, partitions=2)
    live = await caught_up(database)
    view = await ordered(database)
    async with session(database) as one, session(database) as two:
        through = await heads(one)
        await asyncio.gather(*(Filling(c, LogFeed(), Witness(), view).bring_to(through) for c in (one, two)))
    assert await contents(database, view) == await contents(database, live)


async def test_a_claim_is_gone_with_its_session(database: Database) -> None:
    await caught_up(database)
    view = await ordered(database)
    async with session(database) as one, session(database) as two:
        async with (
            claimed(one, view, 3) as mine,
            claimed(two, view, 3) as theirs,
            claimed(two, view, 4) as other,
        ):
            assert (mine, theirs, other) == (True, False, True)
        await one.fetchval("SELECT pg_try_advisory_lock($1, 3)", view.id)
        one.terminate()
        async with asyncio.timeout(10):
            while True:
                async with claimed(two, view, 3) as mine:
                    if mine:
                        break


async def test_a_view_is_brought_to_a_position_and_no_further(database: Database, vault: Vault) -> None:
    await fill(database, vault, 30, partitions=3)
    await caught_up(database)
    view = await ordered(database)
    async with session(database) as connection:
        filling = Filling(connection, LogFeed(), Witness(), view)
        await filling.bring_to({0: 4, 1: 11, 2: 0})
        await filling.bring_to({0: 3, 1: 12})
    positions = await fetch(
        database,
        f"SELECT partition, position FROM projection_checkpoints WHERE view_id = {view.id} AND partition < 4",
    )
    assert sorted(positions) == [(0, 4), (1, 12), (2, 0), (3, 0)]


async def test_what_a_fold_cannot_take_is_parked_in_the_new_view_as_in_the_live_one(
    database: Database, vault: Vault
) -> None:
    ids = await fill(database, vault, 20, partitions=2)
    witness = Witness()
    witness.fails_at = {(ids[3], 2), (ids[8], 1)}
    live = await caught_up(database, witness)
    view = await ordered(database)
    async with session(database) as connection:
        await rebuild.fill(connection, LogFeed(), witness, view)
    assert await contents(database, view) == await contents(database, live)
    parked = "SELECT conversation_id, version, events FROM projection_parked WHERE view_id = {} ORDER BY 1"
    there = await fetch(database, parked.format(live.id))
    assert len(there) == 2
    assert await fetch(database, parked.format(view.id)) == there


# To its end


async def test_g9_a_rebuild_is_proven_and_promoted_and_the_old_view_is_kept(
    database: Database, vault: Vault
) -> None:
    await fill(database, vault, 50)
    old = await caught_up(database)
    view = await ordered(database, promote=True)
    heard: set[str] = set()
    outcome = await coordinator_of(database).rebuild(view, told=lambda phase, _: heard.add(phase))
    assert outcome.comparison is not None
    assert outcome.comparison.equal
    assert outcome.comparison.rows == 50 + 100 + 2
    assert outcome.promoted
    assert heard >= {"filling", "proving"}
    assert await states(database) == {"v1": "kept", "v1-2": "live"}
    now = await found(database)
    assert (now.id, now.promote, now.unattended, now.fault) == (view.id, False, False, None)
    await fill(database, vault, 10)
    await drain(await runner_of(database), ALL)
    assert len((await contents(database, now))[0]) == 60
    assert len((await contents(database, old))[0]) == 50


async def test_g9_a_rebuild_goes_on_while_the_log_grows_and_the_live_view_with_it(
    database: Database, vault: Vault
) -> None:
    await fill(database, vault, 50, partitions=5)
    await caught_up(database)
    done = asyncio.Event()

    async def live_on() -> None:
        runner = await runner_of(database)
        while not done.is_set():
            await fill(database, vault, 5, partitions=5)
            await drain(runner, ALL)

    async def rebuilt() -> None:
        try:
            for _ in range(3):
                outcome = await coordinator_of(database).rebuild(await ordered(database, promote=True))
                assert outcome.comparison is not None
                assert outcome.comparison.equal
                assert outcome.comparison.partitions == 64
        finally:
            done.set()

    living = asyncio.create_task(live_on())
    await rebuilt()
    await living
    assert list((await states(database)).values()).count("live") == 1


async def test_a_view_beside_is_proven_and_follows_but_is_not_promoted(
    database: Database, vault: Vault
) -> None:
    await fill(database, vault, 10)
    await caught_up(database)
    outcome = await coordinator_of(database).rebuild(await ordered(database, into="beside"))
    assert outcome.comparison is not None
    assert outcome.comparison.equal
    assert await states(database) == {"v1": "live", "beside": "following"}


async def test_only_one_coordinates_a_view(database: Database, vault: Vault) -> None:
    await fill(database, vault, 5)
    await caught_up(database)
    view = await ordered(database, into="beside")
    async with session(database) as connection, claimed(connection, view, COORDINATING):
        with pytest.raises(Busy, match="another process"):
            await coordinator_of(database).rebuild(view)
    await coordinator_of(database).rebuild(view)


async def test_a_rebuild_that_fails_leaves_the_live_view_and_says_how_to_go_on_or_drop(
    database: Database, vault: Vault
) -> None:
    await fill(database, vault, 20, partitions=1)
    live = await caught_up(database)
    before = await contents(database, live)
    view = await ordered(database, promote=True)
    await execute(database, "DELETE FROM events WHERE position = 30")
    with pytest.raises(Failed, match=r"only 59 are in the log; order it again .* or drop it"):
        await coordinator_of(database).rebuild(view)
    now = await found(database, view.name)
    assert now.state == "filling"
    assert now.fault is not None
    assert "onethread projections drop witness v1-2" in now.fault
    assert (await found(database)).id == live.id
    assert await contents(database, live) == before


# As of an instant


async def test_a_view_as_of_an_instant_holds_what_the_live_one_held_then_and_does_not_follow(
    database: Database, vault: Vault
) -> None:
    await fill(database, vault, 30)
    live = await caught_up(database)
    then = await contents(database, live)
    await execute(database, f"UPDATE events SET recorded_at = '{NOW - timedelta(hours=1)}'")
    await fill(database, vault, 30)
    await drain(await runner_of(database), ALL)
    rules = Rules(as_of=NOW - timedelta(hours=1))
    outcome = await coordinator_of(database).rebuild(await ordered(database, rules, into="then"))
    assert outcome.view.state == "frozen"
    assert outcome.comparison is None
    assert await contents(database, outcome.view) == then
    assert await contents(database, live) != then
    ledger = await fetch(
        database,
        "SELECT sum(position)::int, sum(applied)::int, sum(ignored)::int FROM projection_checkpoints "
        f"WHERE view_id = {outcome.view.id}",
    )
    assert ledger == [(180, 60, 120)]
    with pytest.raises(Refused, match="is not filling or following or kept"):
        async with database.connection() as connection:
            await lifecycle.order_promotion(connection, outcome.view, unattended=False)


# Nobody is called


def test_g9_what_fills_a_view_cannot_call_anybody() -> None:
    code = """
import sys
import service.filling
reached = {name.partition(".")[0] for name in sys.modules}
assert not reached & {"aiohttp", "openai", "httpx", "requests", "urllib3"}, reached
ours = {name for name in sys.modules if name.startswith("service.")}
assert ours <= {"service.filling", "service.storage", "service.storage.feed", "service.storage.codec",
                "service.storage.vault"}, ours
"""
    subprocess.run([sys.executable, "-c", code], check=True)
