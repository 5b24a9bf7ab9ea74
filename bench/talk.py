"""People who write at a steady rate, and what was acknowledged of it."""

from __future__ import annotations

import asyncio
from typing import Self

from bench.processes import ACCOUNTS, Running, speaker
from service.sandbox.meta import Speaker

ENOUGH = 60
"""Messages acknowledged before the block begins: the service is under way."""


class Talk:
    """People write for as long as the block lasts: ``async with Talk(world) as talk``."""

    def __init__(self, world: Running, *, people: int = 30, pause: float = 0.03) -> None:
        self._world = world
        self.people = [speaker(ACCOUNTS[n % 2], f"4915{n:07d}") for n in range(people)]
        self.acknowledged: set[str] = set()
        self._pause = pause
        self._saying: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._talking = asyncio.create_task(self._talk())
        async with asyncio.timeout(60):
            while len(self.acknowledged) < ENOUGH:
                await asyncio.sleep(0.02)
        return self

    def silence(self) -> None:
        """Say no more; what was said and is not acknowledged yet is still tried."""
        self._talking.cancel()

    async def __aexit__(self, *_: object) -> None:
        self.silence()
        await asyncio.wait({self._talking, *self._saying})

    async def _talk(self) -> None:
        number = 0
        while True:
            who = self.people[number % len(self.people)]
            task = asyncio.create_task(self._say(who, f"remark {number}"))
            self._saying.add(task)
            task.add_done_callback(self._saying.discard)
            number += 1
            await asyncio.sleep(self._pause)

    async def _say(self, who: Speaker, text: str) -> None:
        message_id, at = await self._world.meta.say(who, text)
        if at is not None:
            self.acknowledged.add(message_id)
