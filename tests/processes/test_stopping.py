"""A stop is short, loses nothing, and leaves nothing to be recovered."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import suppress
from typing import Final

import asyncpg
import psutil
import pytest

from bench.processes import Running, running
from bench.recording import check
from bench.talk import Talk
from service.sandbox.faults import HangBefore, Rule, Slow
from service.serve import AT_ONCE, IMPATIENT, STOP_WITHIN
from service.storage.embedded import EmbeddedPostgres

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

POSTGRES_STOPS_WITHIN: Final = 5.0


def children_of(pid: int) -> list[psutil.Process]:
    """The worker processes of a parent."""
    found = []
    for child in psutil.Process(pid).children():
        with suppress(psutil.NoSuchProcess):  # or a zombie
            if "serve" in child.cmdline():
                found.append(child)
    return found


async def left_behind(url: str) -> dict[str, object]:
    """What a stop may not leave, as the database has it; of drafts those that were not begun on record."""
    connection = await asyncpg.connect(url)
    try:
        row = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM leases) AS leases, (SELECT count(*) FROM workers) AS workers, "
            "(SELECT count(*) FROM pg_prepared_xacts) AS prepared, "
            "(SELECT count(*) FROM partitions p WHERE p.head <> "
            "  (SELECT count(*) FROM events e WHERE e.partition = p.partition)) AS gaps, "
            "(SELECT count(*) FROM projection_checkpoints "
            "  WHERE applied + ignored + parked <> position) AS inexact"
        )
    finally:
        await connection.close()
    return dict(row or {})


async def messages_of_the_log(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(
            await connection.fetchval(
                "SELECT (SELECT count(*) FROM events WHERE type = 'MessageReceived')"
                " + (SELECT count(*) FROM inbox WHERE type = 'message')"
            )
        )
    finally:
        await connection.close()


async def assert_nothing_is_left_to_recover(world: Running, talk: Talk) -> None:
    server = EmbeddedPostgres(world.folder)
    url = await server.url()
    try:
        assert await left_behind(url) == dict.fromkeys(
            ("leases", "workers", "prepared", "gaps", "inexact"), 0
        )
        assert await messages_of_the_log(url) >= len(talk.acknowledged)
    finally:
        await asyncio.to_thread(server.stop)


async def assert_everything_acknowledged_is_answered_once(world: Running, talk: Talk) -> None:
    await world.until_rest()
    async with world.database() as connection:
        report = await check(
            connection,
            world.vault,
            acknowledged=talk.acknowledged,
            sends=list(world.meta.ledger.sends),
            live_threads={c["id"]: c["metadata"] for c in world.openai.state()["conversations"]},
        )
    assert report.violations == []


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_stop_under_load_takes_ten_seconds_at_most_and_leaves_nothing_to_recover(
    workers: int,
) -> None:
    async with running(workers=workers) as world:
        world.openai.faults.add(Rule("responses.create", HangBefore(), text="remark 1"))
        world.openai.faults.add(Rule("responses.create", Slow(0.5)))
        async with Talk(world) as talk:
            began = time.monotonic()
            assert await world.stop(within=30) == 0
            assert time.monotonic() - began < STOP_WITHIN + POSTGRES_STOPS_WITHIN
            talk.silence()
            log = world.logs[-1].read_text()
            assert "did not" not in log
            assert "Traceback" not in log
            await assert_nothing_is_left_to_recover(world, talk)
            world.openai.faults.clear()
            world.start()
            await world.until_ready()
        await assert_everything_acknowledged_is_answered_once(world, talk)


async def test_a_second_signal_ends_it_at_once_and_still_nothing_is_lost() -> None:
    async with running(workers=2) as world:
        world.openai.faults.add(Rule("responses.create", HangBefore()))
        async with Talk(world) as talk:
            assert world.process is not None
            services = children_of(world.process.pid)
            assert len(services) == 2
            world.process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.3)  # the first is seen as one of its own
            began = time.monotonic()
            world.process.send_signal(signal.SIGINT)
            status = await asyncio.to_thread(world.process.wait, 20)
            assert time.monotonic() - began < AT_ONCE + 1
            talk.silence()
            assert status == IMPATIENT
            assert "Traceback" not in world.logs[-1].read_text()
            gone, alive = psutil.wait_procs(services, timeout=1)
            assert (len(gone), alive) == (2, [])
            world.openai.faults.clear()
            world.start()
            await world.until_ready()
        await assert_everything_acknowledged_is_answered_once(world, talk)


async def test_a_child_that_dies_is_reported_and_replaced() -> None:
    async with running(workers=2) as world:
        assert world.process is not None
        victim, _ = children_of(world.process.pid)
        victim.kill()
        async with asyncio.timeout(30):
            while len({*children_of(world.process.pid)} - {victim}) < 2:
                await asyncio.sleep(0.05)
        assert "process ended" in world.logs[-1].read_text()
        assert await world.stop() == 0


async def test_a_database_that_stands_still_does_not_hold_up_a_stop() -> None:
    async with running() as world:
        pid = int((world.folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        frozen = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        for process in frozen:
            process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        try:
            await world.stop(within=30)
        finally:
            for process in frozen:
                process.send_signal(signal.SIGCONT)
        assert time.monotonic() - began < STOP_WITHIN + 2
