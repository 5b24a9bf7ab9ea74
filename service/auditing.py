"""Acts go on record before they are done; refusals are counted, and written now and then."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from service.storage import audit
from service.storage.audit import Act, Refused
from service.storage.database import LOST, Database, Unavailable

WRITE_EVERY: Final = 2.0
"""Seconds that refusals are counted in memory; a process that is killed takes them with it."""

logger = structlog.get_logger()


class Audit:
    """The audit of one process."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock
        self._refused: Counter[Refused] = Counter()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Write refusals from now on."""
        self._task = asyncio.create_task(self._keep_writing(), name="audit")

    async def stop(self) -> None:
        """Write what is left."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        with suppress(Unavailable):
            await self.write()

    async def begin(self, act: Act) -> UUID:
        """Put an act on record; raises :class:`~service.storage.database.Unavailable` where it cannot be,
        and then it must not be done."""
        async with self._database.connection() as connection:
            return await audit.begin(connection, act, self._clock())

    async def finish(self, row_id: UUID, outcome: int) -> None:
        """Put on record how it ended. Where that fails it stays unknown: the act is done all the same."""
        try:
            async with self._database.connection() as connection:
                await audit.finish(connection, row_id, outcome)
        except Unavailable:
            logger.warning("outcome of an act not recorded", audit=str(row_id), outcome=outcome)

    def refused(self, refusal: Refused) -> None:
        """One more."""
        self._refused[refusal] += 1

    async def write(self) -> None:
        """Write the refusals; what cannot be written is kept for the next time."""
        refused, self._refused = self._refused, Counter()
        if not refused:
            return
        try:
            async with self._database.connection() as connection:
                await audit.count(connection, refused, self._clock())
        except BaseException:
            self._refused += refused
            raise

    async def _keep_writing(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY)
            try:
                await self.write()
            except (Unavailable, *LOST):
                logger.warning("database away", loop="audit")
            except Exception:
                logger.exception("loop failed", loop="audit")
