"""Group commit: whoever waits while one batch commits forms the next batch. No timer anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

Unit = TypeVar("Unit")
Result = TypeVar("Result")


Waiting = tuple[Unit, asyncio.Future[Result], int]
"""A unit, who waits for it, and at which look it came."""

LOOKS: Final = 8
"""How often in a patience somebody looks whose has run out."""


class Full(Exception):
    """As many units are waiting as may; try again later."""


class GroupCommit(Generic[Unit, Result]):
    """Turns many small writes into few commits.

    ``commit`` gets the units in the order of their coming and answers with as many results. A batch
    that it raises on is committed again unit by unit, so that a bad one fails alone; unless the error is one
    of ``fatal``, which reach every unit of the batch. A lone unit waits for nobody.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[Unit]], Awaitable[Sequence[Result]]],
        *,
        most_waiting: int,
        largest_batch: int,
        patience: float | None = None,
        fatal: tuple[type[Exception], ...] = (),
    ) -> None:
        self._commit = commit
        self._fatal = fatal
        self._most_waiting = most_waiting
        self._largest_batch = largest_batch
        self._patience = patience
        self._waiting: list[Waiting[Unit, Result]] = []
        self._committing: list[Waiting[Unit, Result]] = []
        self._looks = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._arrived = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def waiting(self) -> int:
        """Units that are not in a batch yet."""
        return len(self._waiting)

    @property
    def unsettled(self) -> int:
        """Units whose commit is still to come, those in a batch included."""
        return len(self._waiting) + len(self._committing)

    def start(self) -> None:
        """Begin to commit."""
        self._tasks.append(asyncio.create_task(self._run(), name="group commit"))
        if self._patience is not None:
            self._tasks.append(asyncio.create_task(self._watch(self._patience), name="patience"))

    async def stop(self) -> None:
        """Commit what is waiting, then end."""
        while self._tasks and not self._tasks[0].done():
            left = [future for _, future, _ in (*self._committing, *self._waiting) if not future.done()]
            if not left:
                break
            await asyncio.wait(left)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def submit(self, unit: Unit) -> asyncio.Future[Result]:
        """Hand a unit in; the future answers after the commit, or fails with :class:`TimeoutError` after
        the patience. Raises :class:`Full` at the bound."""
        if len(self._waiting) >= self._most_waiting:
            raise Full
        if self._loop is None:
            self._loop = asyncio.get_running_loop()  # which is a system call: not for every unit
        future: asyncio.Future[Result] = self._loop.create_future()
        self._waiting.append((unit, future, self._looks))
        self._arrived.set()
        return future

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            self._committing = self._waiting[: self._largest_batch]
            del self._waiting[: self._largest_batch]
            if not self._waiting:
                self._arrived.clear()
            await self._settle(self._committing)
            self._committing = []

    async def _watch(self, patience: float) -> None:
        """One look for all, several times in a patience, instead of a timer for each unit."""
        while True:
            await asyncio.sleep(patience / LOOKS)
            self._looks += 1
            for _, future, since in (*self._committing, *self._waiting):
                if self._looks - since > LOOKS and not future.done():
                    future.set_exception(TimeoutError())

    async def _settle(self, batch: list[Waiting[Unit, Result]]) -> None:
        try:
            results = await self._commit([unit for unit, _, _ in batch])
        except asyncio.CancelledError:
            for _, future, _ in batch:
                future.cancel()
            raise
        except Exception as error:  # noqa: BLE001 # whatever it is, it is the answer to those who wait
            if len(batch) > 1 and not isinstance(error, self._fatal):
                for waiting in batch:
                    await self._settle([waiting])
            else:
                _answer(batch, error=error)
        else:
            _answer(batch, results)


def _answer(
    batch: Sequence[Waiting[Unit, Result]], results: Sequence[Result] = (), error: Exception | None = None
) -> None:
    """Answer those who still wait: each with its result, or all with the error."""
    for index, (_, future, _) in enumerate(batch):
        if future.done():
            continue
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(results[index])
