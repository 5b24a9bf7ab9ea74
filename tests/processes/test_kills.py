"""What real processes owe each other, killed or stopped."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import sys

import aiohttp
import asyncpg
import pytest

from bench.judge import Report
from bench.processes import ACCOUNTS, Running, running, speaker
from bench.recording import check
from service.sandbox.meta import Dial

pytestmark = [pytest.mark.processes, pytest.mark.timeout(420)]

WHATSAPP, MESSENGER, _ = ACCOUNTS


async def checked(world: Running, acknowledged: set[str]) -> Report:
    threads = {c["id"]: c["metadata"] for c in world.openai.state()["conversations"]}
    async with world.database() as connection:
        return await check(
            connection,
            world.vault,
            acknowledged=acknowledged,
            sends=list(world.meta.ledger.sends),
            live_threads=threads,
        )


async def holders(connection: asyncpg.Connection) -> dict[int, int]:
    rows = await connection.fetch(
        "SELECT w.pid, count(*) AS n FROM leases l JOIN workers w USING (worker_id) "
        "WHERE l.until > now() GROUP BY w.pid"
    )
    return {row["pid"]: row["n"] for row in rows}


async def until_held_by(world: Running, processes: int, within: float) -> dict[int, int]:
    async with world.database() as connection, asyncio.timeout(within):
        held = await holders(connection)
        while len(held) != processes or sum(held.values()) != 64:
            await asyncio.sleep(0.05)
            held = await holders(connection)
        return held


async def test_g1_fifty_new_senders_with_twenty_first_messages_each_into_two_processes() -> None:
    async with running(workers=2, dial=Dial(duplicates=0.2)) as world:
        await until_held_by(world, 2, within=20)
        people = [speaker(WHATSAPP if n % 2 else MESSENGER, f"4915{n:07d}") for n in range(50)]
        said = await asyncio.gather(
            *(world.meta.say(who, f"first message {n}") for who in people for n in range(20))
        )
        await world.until_rest()
        report = await checked(world, {message_id for message_id, _ in said})
        assert report.violations == []
        assert (report.messages, report.conversations, report.threads) == (1000, 50, 50)
        assert report.possible_orphans == 0


async def test_one_process_more_takes_its_share_and_the_rest_take_over_from_a_killed_one() -> None:
    async with running(workers=2) as world:
        held = await until_held_by(world, 2, within=20)
        assert sorted(held.values()) == [32, 32]
        victim = next(iter(held))
        os.kill(victim, signal.SIGKILL)
        loop = asyncio.get_running_loop()
        killed_at = loop.time()
        async with world.database() as connection, asyncio.timeout(20):
            while victim in (held := await holders(connection)) or sum(held.values()) < 64:
                await asyncio.sleep(0.05)
        assert loop.time() - killed_at < 10
        await until_held_by(world, 2, within=30)


async def test_g2_without_a_database_deliveries_are_refused_with_503_and_none_acknowledged_is_lost() -> None:
    async with running() as world:
        who = speaker(WHATSAPP, "491511111111")
        message_id, _ = await world.meta.say(who, "before")
        assert world.kill_postgres()
        said = [asyncio.create_task(world.meta.say(who, f"during {n}")) for n in range(5)]
        acknowledged = {message_id} | {(await task)[0] for task in said}
        statuses = {
            attempt.status
            for delivery in world.meta.ledger.deliveries
            for attempt in delivery.attempts
            if attempt.status is not None
        }
        await world.until_rest()
        assert statuses <= {200, 503}
        assert (await checked(world, acknowledged)).violations == []


async def test_a_graceful_stop_leaves_nothing_unfinished_and_ends_with_status_0() -> None:
    async with running() as world:
        people = [speaker(MESSENGER, f"p{n}") for n in range(10)]
        await asyncio.gather(*(world.meta.say(who, "hello") for who in people))
        assert await world.stop(within=20) == 0
        assert not (world.folder / "postgres" / "postmaster.pid").exists()
        world.start()
        await world.until_ready()
        await world.until_rest()
        report = await checked(world, set())
        assert report.violations == []
        assert report.drafts == 10


async def test_the_service_refuses_to_start_without_an_app_secret_when_the_sandbox_is_off() -> None:
    async with running() as world:
        environment = {**world.environment, "ONETHREAD_META_APP_SECRET": ""}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "service",
            "serve",
            env=environment,
            stderr=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        _, complaint = await process.communicate()
        assert process.returncode == 2
        assert b"ONETHREAD_META_APP_SECRET" in complaint
        assert b"Traceback" not in complaint


async def test_ready_follows_the_database_and_live_does_not() -> None:
    async with running() as world, aiohttp.ClientSession() as session:
        assert world.kill_postgres()
        seen: set[tuple[str, int]] = set()
        async with asyncio.timeout(30):
            while ("readyz", 503) not in seen:
                for name in ("livez", "readyz"):
                    async with session.get(f"{world.url}/{name}") as answer:
                        seen.add((name, answer.status))
        assert ("livez", 503) not in seen
        await world.until_ready()


async def test_the_service_refuses_to_start_with_another_master_key_than_its_database() -> None:
    async with running() as world:
        await world.meta.say(speaker(WHATSAPP, "491511111111"), "hello")
        await world.until_rest()
        assert await world.stop() == 0
        environment = {**world.environment, "ONETHREAD_MASTER_KEY": base64.b64encode(bytes(32)).decode()}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "service",
            "serve",
            env=environment,
            stderr=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        _, complaint = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 2
        assert b"ONETHREAD_MASTER_KEY" in complaint
        assert b"Traceback" not in complaint
