"""Filling a view: the log folded from its beginning, a partition at a time, by as many workers as there are.

A worker claims a partition by a lock of its session, which is gone with the session however that ends. What
it has done is in the checkpoint, which moves by compare-and-swap in the transaction that writes the rows: a
claim lost can cost work and never exactness. Nothing here, nor anything it imports, can call anybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final
from uuid import UUID

import asyncpg

from projections.folding import Memory, fold
from projections.projection import Feed, Projection, Slice
from projections.runner import PARKED, POSITIONS, WRITING, Overtaken, commit
from projections.views import View

SMALLEST: Final = 500
LARGEST: Final = 20_000
"""Positions that are folded and written in one transaction, together."""

AIM: Final = 1.5
"""Seconds that a transaction should take, reading included. A kill loses no more work than one."""

AIM_GENTLY: Final = 0.1
"""The same where others need the database meanwhile; it then rests for as long."""

CLOSE: Final = 1_000
"""Events behind the log from which on workers are not worth their start."""

COORDINATING: Final = -1
"""In place of a partition: the claim of who coordinates the filling of a view."""

CLAIM: Final = "SELECT pg_try_advisory_lock($1, $2)"
CLAIM_ALL: Final = """
SELECT pg_advisory_lock(view_id, partition::integer)
FROM (SELECT view_id, partition FROM projection_checkpoints WHERE view_id = $1 ORDER BY partition) c
"""
RELEASE: Final = "SELECT pg_advisory_unlock($1, $2)"
BEHIND: Final = """
SELECT c.partition, p.head, p.head - c.position AS behind
FROM projection_checkpoints c JOIN partitions p ON p.partition = c.partition
WHERE c.view_id = $1 AND p.head > c.position ORDER BY c.partition
"""

Wanted = Callable[[], bool]


def _always() -> bool:
    return True


@asynccontextmanager
async def claimed(connection: asyncpg.Connection, view: View, part: int) -> AsyncIterator[bool]:
    """Whether this session alone has a partition of a view, or its coordination, for the block."""
    mine: bool = await connection.fetchval(CLAIM, view.id, part)
    try:
        yield mine
    finally:
        if mine and not connection.is_closed():
            await connection.fetchval(RELEASE, view.id, part)


async def behind(connection: asyncpg.Connection, view: View) -> int:
    """How many events of the log a view has not taken."""
    return sum(row["behind"] for row in await connection.fetch(BEHIND, view.id))


async def fill(
    connection: asyncpg.Connection,
    feed: Feed,
    projection: Projection,
    view: View,
    *,
    first: int = 0,
    wanted: Wanted = _always,
    gently: bool = False,
) -> None:
    """Fold what is there of every partition that nobody else is at, again until little is left.

    ``first`` is the partition to begin with: workers that begin apart seldom meet. Returns early where it is
    not ``wanted`` any more, which is asked before each transaction. ``gently``: in small steps, with a rest
    after each, so that those who use the database meanwhile hardly notice.
    """
    filling = Filling(connection, feed, projection, view, wanted, gently=gently)
    while wanted():
        rows = await connection.fetch(BEHIND, view.id)
        taken = False
        for row in sorted(rows, key=lambda row: (row["partition"] < first, row["partition"])):
            async with claimed(connection, view, row["partition"]) as mine:
                if mine:
                    taken = True
                    await filling.bring_to({row["partition"]: row["head"]})
        if not taken or sum(row["behind"] for row in rows) <= CLOSE:
            return


async def claim_all(connection: asyncpg.Connection, view: View) -> None:
    """Have every partition of a view, until the session ends: whoever is still at one ends it first."""
    await connection.execute(CLAIM_ALL, view.id)


class Filling:
    """Brings a view forward to given positions and no further, ``largest`` at a time together. Sums are left
    alone where the view says so."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        feed: Feed,
        projection: Projection,
        view: View,
        wanted: Wanted = _always,
        *,
        largest: int | None = None,
        gently: bool = False,
    ) -> None:
        self._connection, self._feed, self._gently = connection, feed, gently
        left = [table.name for table in projection.tables if table.summed_from and view.sums == "left"]
        self._derived = frozenset(left)
        self._largest = largest or LARGEST
        self._projection, self._view, self._wanted = projection, view, wanted
        self._size = min(SMALLEST * 4, self._largest)
        self._memory = Memory()

    async def bring_to(self, through: Mapping[int, int]) -> None:
        """Take each partition through a position. Those that are there or past it stay where they are.

        Raises :class:`LookupError` where the log has lost a position, or the view its ledger.
        """
        self._memory.forget()
        while self._wanted():
            positions = await self._positions(list(through))
            missing = {p: at for p, at in positions.items() if at < through[p]}
            if not missing:
                return
            parked = await self._parked(list(missing))
            try:
                while missing and self._wanted():
                    missing = await self._step(missing, through, parked)
            except Overtaken:
                self._memory.forget()

    async def _positions(self, partitions: list[int]) -> dict[int, int]:
        rows = await self._connection.fetch(POSITIONS, self._view.id, partitions)
        if len(rows) < len(partitions):
            raise LookupError(f"{self._view.projection} {self._view.name} has no ledger any more")
        return {row["partition"]: row["position"] for row in rows}

    async def _parked(self, partitions: list[int]) -> dict[UUID, int]:
        rows = await self._connection.fetch(PARKED, self._view.id, partitions)
        return {row["conversation_id"]: row["partition"] for row in rows}

    async def _step(
        self, after: dict[int, int], through: Mapping[int, int], parked: dict[UUID, int]
    ) -> dict[int, int]:
        """One transaction; where each partition is after it that is not there yet."""
        began = monotonic()
        connection, view, projection = self._connection, self._view, self._projection
        limit = min(max(1, self._size // len(after)), max(through[p] - at for p, at in after.items()))
        read = await self._feed.read(
            connection, after, limit, projection.handles, personal=projection.personal
        )
        slices = [_through(part, through[part.partition]) for part in read]
        first = {event.conversation_id for part in slices for event in part.events if event.version == 1}
        folded = await fold(connection, view, projection, slices, self._memory, parked, first, self._derived)
        async with connection.transaction():
            await connection.execute(WRITING)
            await commit(connection, view, projection, folded)
        for key, fault in folded.faults.items():
            parked[key] = fault.event.partition
        self._memory.forget(folded.faults)
        took = monotonic() - began
        self._fit(took)
        await asyncio.sleep(took if self._gently else 0)
        moved = {part.partition: part.through for part in slices}
        return {p: at for p in after if (at := moved.get(p, after[p])) < through[p]}

    def _fit(self, took: float) -> None:
        aim = AIM_GENTLY if self._gently else AIM
        wanted = int(self._size * aim / max(took, 0.001))
        self._size = min(self._largest, max(SMALLEST, min(wanted, self._size * 4)))


def _through(part: Slice, position: int) -> Slice:
    """The slice no further than a position."""
    if part.through <= position:
        return part
    events = [event for event in part.events if event.position <= position]
    return part._replace(through=position, events=events)
