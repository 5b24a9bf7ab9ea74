"""The live loops of a process: every view that is to be current, in the partitions that it works on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

import structlog

from projections import views
from projections.catalogue import PROJECTIONS
from projections.projection import Feed, Projection
from projections.runner import TOGETHER, Overtaken, Runner
from projections.views import View
from service.storage.database import LOST, Database, Unavailable

LOOK_EVERY: Final = 1.0
"""Seconds between looks for views that came or went."""

POLL: Final = 0.1
"""Seconds between looks for what other processes appended; our own wakes us at once."""

FIRST: Final = "sessions"
"""The projection that people wait for; the others step back for it."""

GATHER: Final = 0.2
"""Seconds that the others let events gather: what is folded at once is cheaper by far."""

RETRY_EVERY: Final = 60.0
"""Seconds between attempts at conversations that are parked; the first is at once."""

RETRIED_AT_ONCE: Final = 20

logger = structlog.get_logger()

Pause = Callable[[float], Awaitable[None]]


class Following:
    """Runs one loop for each view that is live or follows.

    A view of a fold that this code does not have is left alone: it stays as it is until another is promoted.
    """

    def __init__(
        self,
        database: Database,
        feed: Feed,
        mine: Callable[[], set[int]],
        projections: tuple[Projection, ...] = PROJECTIONS,
    ) -> None:
        self._database, self._feed, self._mine = database, feed, mine
        self._projections = {(p.name, p.version): p for p in projections}
        self._loops: dict[int, tuple[Runner, asyncio.Event, asyncio.Task[None]]] = {}

    def recorded(self) -> None:
        """Something was appended to the log by this process."""
        for _, woken, _ in self._loops.values():
            woken.set()

    def forget(self) -> None:
        """Somebody else brings some partitions forward from now on."""
        for runner, _, _ in self._loops.values():
            runner.forget()

    async def run(self, pause: Pause) -> None:
        """Keep a loop for each view there is; ``pause`` is told how long a batch took, and gives way."""
        try:
            while True:
                try:
                    async with self._database.connection() as connection:
                        there = await views.every(connection)
                except Unavailable:
                    pass  # each loop says so
                else:
                    self._match({view.id: view for view in there if view.state in views.CURRENT}, pause)
                await asyncio.sleep(LOOK_EVERY)
        finally:
            self._match({}, pause)

    def _match(self, wanted: dict[int, View], pause: Pause) -> None:
        for gone in self._loops.keys() - wanted.keys():
            self._loops.pop(gone)[2].cancel()
        for view_id, view in wanted.items():
            projection = self._projections.get((view.projection, view.version))
            if projection is not None and view_id not in self._loops:
                runner, woken = Runner(self._database.pool, self._feed, projection, view), asyncio.Event()
                name = f"{view.projection} {view.name}"
                task = asyncio.create_task(self._follow(name, runner, woken, pause), name=name)
                self._loops[view_id] = (runner, woken, task)

    async def _follow(self, name: str, runner: Runner, woken: asyncio.Event, pause: Pause) -> None:
        wait = 0.1
        while True:
            began = monotonic()
            try:
                await self._bring_forward(runner, woken, pause)
            except (Unavailable, *LOST):
                logger.warning("database away", loop=name)
            except Exception:
                logger.exception("loop failed", loop=name)
            wait = 0.1 if monotonic() - began > 10 else min(2.0, wait * 2)
            await asyncio.sleep(wait)

    async def _bring_forward(self, runner: Runner, woken: asyncio.Event, pause: Pause) -> None:
        first = runner.projection.name == FIRST
        retry_at = monotonic()
        while True:
            if monotonic() >= retry_at:
                await self._take_up(runner)
                retry_at = monotonic() + RETRY_EVERY
            woken.clear()
            began = monotonic()
            mine = self._mine()
            try:
                taken = await runner.run(sorted(mine)) if mine else 0
            except Overtaken:
                taken = 0
            if taken >= TOGETHER // 2:  # it is falling behind, and the intake stands aside for both
                await asyncio.sleep(0)
            elif taken:
                await pause(monotonic() - began)
            else:
                await _woken(woken, POLL)
            if not first and taken < TOGETHER // 2:
                await asyncio.sleep(GATHER)

    async def _take_up(self, runner: Runner) -> None:
        """Try parked conversations again: the code or the data may have been mended."""
        for partition, conversation_id in await runner.parked(self._mine(), RETRIED_AT_ONCE):
            try:
                whole = await runner.take_up(partition, conversation_id)
            except LookupError:  # somebody else did it
                continue
            if whole:
                logger.info("taken up again", view=runner.view.name, conversation=str(conversation_id))


async def _woken(event: asyncio.Event, longest: float) -> None:
    try:
        async with asyncio.timeout(longest):
            await event.wait()
    except TimeoutError:
        pass
