"""A hung model, a poisoned item and a database that stands still cost others nothing; memory has an end."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import Any, Final
from uuid import uuid4

import aiohttp
import orjson
import psutil
import pytest

from bench.processes import ACCOUNTS, APP_SECRET, TOKEN, Running, conversation_id, running, speaker
from domain.identity import partition_of
from service.channels.signature import sign
from service.sandbox.faults import HangBefore, Rule
from service.storage.ids import ordered_id

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

WHATSAPP, MESSENGER, _ = ACCOUNTS
SLOTS: Final = 4
FLOOD: Final = 1500
MOST_MEMORY: Final = 600 << 20
POOL: Final = 10


async def count(world: Running, statement: str, *arguments: object) -> int:
    async with world.database() as connection:
        return int(await connection.fetchval(statement, *arguments))


async def until(world: Running, statement: str, wanted: int) -> None:
    async with asyncio.timeout(60):
        while await count(world, statement) != wanted:
            await asyncio.sleep(0.05)


async def act(world: Running, conversation: object, path: str, body: dict[str, Any] | None = None) -> int:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    url = f"{world.url}/api/v1/conversations/{conversation}/{path}"
    async with aiohttp.ClientSession(headers=headers) as session, session.post(url, json=body) as answer:
        return answer.status


async def test_conversations_whose_model_hangs_cost_the_others_nothing_as_long_as_there_are_slots() -> None:
    async with running(concurrent_replies=str(SLOTS)) as world:
        world.openai.faults.add(Rule("responses.create", HangBefore(), text="never"))
        hung = [speaker(WHATSAPP, f"49151000000{n}") for n in range(SLOTS - 1)]
        others = [speaker(MESSENGER, f"other-{n}") for n in range(20)]
        await asyncio.gather(*(world.meta.say(who, "never") for who in hung))
        await asyncio.gather(*(world.meta.say(who, f"round {n}") for n in range(2) for who in others))
        for who in others:
            await world.meta.wait_for_answers(who, 1, within=60)
        assert [len(world.meta.answers(who)) for who in hung] == [0] * len(hung)


async def test_where_every_draft_hangs_all_is_recorded_and_what_people_write_is_sent() -> None:
    async with running(concurrent_replies=str(SLOTS)) as world:
        world.openai.faults.add(Rule("responses.create", HangBefore()))
        everybody = [speaker(MESSENGER, f"person-{n}") for n in range(SLOTS * 4)]
        await asyncio.gather(*(world.meta.say(who, "hello") for who in everybody))
        await until(world, "SELECT count(*) FROM events WHERE type = 'MessageReceived'", len(everybody))
        await until(world, "SELECT count(*) FROM events WHERE type = 'DraftAttempted'", SLOTS)
        helped = everybody[-1]
        assert await act(world, conversation_id(helped), "handover") < 300
        assert await act(world, conversation_id(helped), "messages", {"text": "I am here."}) < 300
        [answer] = await world.meta.wait_for_answers(helped, 1, within=20)
        assert answer.text == "I am here."
        assert await count(world, "SELECT count(*) FROM events WHERE type = 'DraftAttempted'") == SLOTS


async def test_an_item_that_cannot_be_read_is_set_aside_and_everybody_else_is_answered() -> None:
    async with running() as world:
        everybody = [speaker(MESSENGER, f"person-{n}") for n in range(10)]
        await asyncio.gather(*(world.meta.say(who, "hello") for who in everybody))
        await world.until_rest()
        async with world.database() as connection:
            for who in everybody[:3]:
                meant = conversation_id(who)
                await connection.execute(
                    "INSERT INTO inbox (partition, id, conversation_id, type, received_at, item) "
                    "VALUES ($1, $2, $3, 'message', now(), $4)",
                    partition_of(meant, 64), ordered_id(), meant, b'{"message_id": 7}',
                )  # fmt: skip
        await asyncio.gather(*(world.meta.say(who, "and again") for who in everybody))
        await world.until_rest()
        assert [len(world.meta.answers(who)) for who in everybody] == [2] * 10
        assert await count(world, "SELECT count(*) FROM quarantine WHERE state = 'waiting'") == 3


def delivery(number: int) -> bytes:
    message = {"mid": f"m_{uuid4().hex}", "text": f"{number} " + "word " * 350}
    update = {
        "sender": {"id": f"flood-{number % 300}"}, "recipient": {"id": MESSENGER.account_id},
        "timestamp": 1_790_000_000_000, "message": message,
    }  # fmt: skip
    entry = {"id": MESSENGER.account_id, "time": 1, "messaging": [update]}
    return orjson.dumps({"object": "page", "entry": [entry]})


async def flood(world: Running) -> list[int]:
    """Deliveries all at once, each on a connection of its own; the statuses, 0 where there was no answer."""
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:

        async def post(body: bytes) -> int:
            headers = {"X-Hub-Signature-256": sign(APP_SECRET.encode(), body)}
            url = f"{world.url}/webhooks/messenger"
            with suppress(aiohttp.ClientError):
                async with session.post(url, data=body, headers=headers) as answer:
                    return answer.status
            return 0

        return await asyncio.gather(*(post(delivery(number)) for number in range(FLOOD)))


async def most_memory(process: psutil.Process, stop: asyncio.Event) -> int:
    most = 0
    while not stop.is_set():
        most = max(most, process.memory_info().rss)
        await asyncio.sleep(0.1)
    return most


async def test_memory_and_connections_stay_within_bounds_while_everything_is_slow() -> None:
    async with running() as world:
        assert world.process is not None
        world.openai.faults.add(Rule("responses.create", HangBefore()))
        world.openai.faults.add(Rule("conversations.create", HangBefore(), times=50))
        stop = asyncio.Event()
        watching = asyncio.create_task(most_memory(psutil.Process(world.process.pid), stop))
        postmaster = psutil.Process(
            int((world.folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        )
        statuses: list[int] = []
        for _ in range(3):
            frozen = [postmaster, *postmaster.children(recursive=True)]
            for process in frozen:
                process.send_signal(signal.SIGSTOP)
            flooding = asyncio.create_task(flood(world))
            await asyncio.sleep(2)  # how long the database stands still
            for process in frozen:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGCONT)
            statuses += await flooding
        connections = await count(
            world, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'onethread'"
        )
        stop.set()
        assert await watching < MOST_MEMORY
        assert connections <= POOL
        assert set(statuses) <= {200, 503}
        acknowledged = statuses.count(200)
        assert acknowledged > 0
        there = (
            "SELECT (SELECT count(*) FROM events WHERE type IN ('MessageReceived', 'DuplicateReceived'))"
            " + (SELECT count(*) FROM inbox)"
        )
        assert await count(world, there) >= acknowledged
