"""Waiting for something to become true, by being told of changes rather than by looking again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Changes:
    """Changes of one thing, for those who wait for it to be in some state."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def notify(self) -> None:
        waiting, self._waiting = self._waiting, []
        for noticed in waiting:
            if not noticed.done():
                noticed.set_result(None)

    async def until(self, condition: Callable[[], bool], *, within: float) -> None:
        """Return once ``condition`` holds, which is looked at after each change.

        Raises :class:`TimeoutError` where it does not ``within`` so many seconds.
        """
        async with asyncio.timeout(within):
            while not condition():
                noticed = asyncio.get_running_loop().create_future()
                self._waiting.append(noticed)
                await noticed
