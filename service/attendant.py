"""Rebuilds that were ordered from the service: some process of it is at each of them, whichever dies."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

import asyncpg
import structlog

from projections import lifecycle, views
from projections.catalogue import PROJECTIONS
from projections.views import View
from service.rebuilding import Busy, Coordinator
from service.storage.database import LOST, Database, Unavailable
from service.workforce import Failed

LOOK_EVERY: Final = 2.0
"""Seconds between looks for what nobody is at; an order given to this process is begun at once."""

logger = structlog.get_logger()


class Attendant:
    """Goes on with every view that was left to the service, one at a time."""

    def __init__(self, database: Database, coordinator: Coordinator) -> None:
        self._database = database
        self.coordinator = coordinator
        self._ordered = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def ordered(self) -> None:
        """A view was ordered here: begin at once."""
        self._ordered.set()

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name="rebuilds")

    async def stop(self) -> None:
        """Leave what is under way to the next process, or to the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._ordered.clear()
            try:
                for view in await self._left():
                    await self._go_on(view)
            except (Unavailable, *LOST):
                logger.warning("database away", loop="rebuilds")
            except Exception:
                logger.exception("loop failed", loop="rebuilds")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ordered.wait(), LOOK_EVERY)

    async def _left(self) -> list[View]:
        async with self._database.connection() as connection:
            await lifecycle.sweep(connection, {projection.name: projection for projection in PROJECTIONS})
            there = await views.every(connection)
        return [view for view in there if view.unattended and lifecycle.unfinished(view)]

    async def _go_on(self, view: View) -> None:
        try:
            await self.coordinator.rebuild(view)
        except Busy:
            return
        except Failed:
            pass  # the view says why
        except asyncpg.UndefinedTableError:
            pass  # it was dropped meanwhile
