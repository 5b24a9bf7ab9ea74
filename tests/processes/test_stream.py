"""The stream, read by real clients while processes and PostgreSQL are killed."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import aiohttp
import pytest

from bench.processes import ACCOUNTS, TOKEN, Running, running, speaker
from tests.web.sse import LOG, Told, in_order, places, reading

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

FIRST_WORD_WITHIN = 5.0


class Client:
    """Reads on whatever happens, as browsers do: with the id of the last event it saw."""

    def __init__(self, world: Running, **query: str) -> None:
        self._world, self._query = world, query
        self._last_id: str | None = None
        self.told: list[Told] = []
        self.connections = 0

    async def read(self) -> None:
        """Until cancelled."""
        async with aiohttp.ClientSession() as session:
            while True:
                with suppress(aiohttp.ClientError, AssertionError):
                    async with reading(
                        session, self._world.url, TOKEN, last_id=self._last_id, **self._query
                    ) as reader:
                        self.connections += 1
                        async for told in reader:
                            self.told.append(told)
                            self._last_id = told.id
                await asyncio.sleep(0.1)


async def logged(world: Running) -> list[tuple[object, ...]]:
    async with world.database() as connection:
        return [(row[0], row[1], str(row[2]), *row[3:]) for row in await connection.fetch(LOG)]


async def test_killed_and_resumed_every_client_has_the_log_exactly_once() -> None:
    chance = random.Random(7)
    async with running(workers=2) as world:
        begin = {"from": "beginning"}
        everything, texts = Client(world, **begin), Client(world, type="MessageReceived", **begin)
        readers = [asyncio.create_task(client.read()) for client in (everything, texts)]
        people = [speaker(ACCOUNTS[n % 3], f"p{n}") for n in range(12)]
        for kill in range(6):
            await asyncio.gather(*(world.meta.say(who, f"round {kill}") for who in people))
            await asyncio.sleep(chance.random())
            if kill % 3 == 0:
                world.kill_postgres()
            elif kill % 3 == 1:
                world.kill_child(chance)
            else:
                world.kill()
                world.start()
            await world.until_ready()
        await world.until_rest()
        expected = await logged(world)
        async with asyncio.timeout(30):
            while len(everything.told) < len(expected):
                await asyncio.sleep(0.05)
        messages = [row for row in expected if row[4] == "MessageReceived"]
        async with asyncio.timeout(30):
            while len(texts.told) < len(messages):
                await asyncio.sleep(0.05)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
    assert everything.connections >= 3
    assert in_order(everything.told)
    assert sorted(places(everything.told)) == expected
    assert sorted(places(texts.told)) == messages


async def test_a_stop_is_not_held_up_by_clients_that_read() -> None:
    async with running() as world, aiohttp.ClientSession() as session:
        await world.meta.say(speaker(ACCOUNTS[0], "p"), "hello")
        await world.until_rest()
        async with reading(session, world.url, TOKEN) as reader:
            await asyncio.wait_for(reader.until_spoken_to(), FIRST_WORD_WITHIN)
            stopping = asyncio.create_task(world.stop(within=20))
            assert await asyncio.wait_for(reader.take(1), 15) == []
            assert await stopping == 0
