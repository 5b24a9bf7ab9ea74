"""Group commit: whoever waits while one batch commits forms the next batch. No timer anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

Unit = TypeVar("Unit")
Result = TypeVar("Result")


class Full(Exception):
    """As many units are waiting as may; try again later."""


class GroupCommit(Generic[Unit, Result]):
    """Turns many small writes into few commits.

    ``commit`` gets the units in the order of their coming and answers with as many results; what it
    raises reaches every unit of that batch. A lone unit waits for nobody.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[Unit]], Awaitable[Sequence[Result]]],
        *,
        most_waiting: int,
        largest_batch: int,
    ) -> None:
        self._commit = commit
        self._most_waiting = most_waiting
        self._largest_batch = largest_batch
        self._waiting: list[tuple[Unit, asyncio.Future[Result]]] = []
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Units that are not in a batch yet."""
        return len(self._waiting)

    def start(self) -> None:
        """Begin to commit."""
        self._task = asyncio.create_task(self._run(), name="group commit")

    async def stop(self) -> None:
        """Commit what is waiting, then end."""
        if self._task is None:
            return
        while self._waiting and not self._task.done():
            await asyncio.wait({future for _, future in self._waiting})
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    def submit(self, unit: Unit) -> asyncio.Future[Result]:
        """Hand a unit in; the future answers after the commit. Raises :class:`Full` at the bound."""
        if len(self._waiting) >= self._most_waiting:
            raise Full
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((unit, future))
        self._arrived.set()
        return future

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            batch = self._waiting[: self._largest_batch]
            del self._waiting[: self._largest_batch]
            if not self._waiting:
                self._arrived.clear()
            await self._settle(batch)

    async def _settle(self, batch: list[tuple[Unit, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._commit([unit for unit, _ in batch])
        except asyncio.CancelledError:
            for _, future in batch:
                future.cancel()
            raise
        except Exception as error:  # noqa: BLE001 # whatever it is, it is the answer to those who wait
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
        else:
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)
