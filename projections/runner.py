"""The live loop of one view: read, fold, write, advance, in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Final, cast
from uuid import UUID

import asyncpg

from projections import tables
from projections.folding import Fault, Folded, Memory, Move, fold
from projections.projection import Feed, Projection, Slice
from projections.views import View

BATCH: Final = 500
"""Positions of one partition taken at a time, at most."""

TOGETHER: Final = 1_000
"""Positions of all partitions that a batch aims at: more of them save little, and hold everybody up who
shares the processor. Of a backlog half is taken, so that whoever stands aside much still keeps up."""

FEWEST: Final = 16
"""Positions of one partition that a batch takes however many partitions have news."""

HEADS_OF: Final = "SELECT partition, head FROM partitions WHERE partition = ANY ($1::smallint[])"
POSITIONS: Final = """
SELECT partition, position FROM projection_checkpoints WHERE view_id = $1 AND partition = ANY ($2::smallint[])
"""
PARKED: Final = """
SELECT partition, conversation_id FROM projection_parked
WHERE view_id = $1 AND partition = ANY ($2::smallint[])
"""
OLDEST_PARKED: Final = """
SELECT partition, conversation_id FROM projection_parked
WHERE view_id = $1 AND partition = ANY ($2::smallint[]) ORDER BY parked_at LIMIT $3
"""
ADVANCE: Final = """
UPDATE projection_ledger c
SET position = a.position, applied = c.applied + a.applied, ignored = c.ignored + a.ignored,
    parked = c.parked + a.parked, moved_at = now()
FROM unnest($2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
     AS a (partition, before, position, applied, ignored, parked)
WHERE c.view_id = $1 AND c.partition = a.partition AND c.position = a.before
RETURNING c.partition
"""
PARK: Final = """
INSERT INTO projection_parked (view_id, partition, conversation_id, version, position, type, error, events)
SELECT $1, * FROM unnest($2::smallint[], $3::uuid[], $4::integer[], $5::bigint[], $6::text[], $7::text[],
                         $8::bigint[])
"""
WAIT: Final = """
UPDATE projection_parked p SET events = p.events + w.events
FROM unnest($2::smallint[], $3::uuid[], $4::bigint[]) AS w (partition, conversation_id, events)
WHERE p.view_id = $1 AND p.partition = w.partition AND p.conversation_id = w.conversation_id
RETURNING p.conversation_id
"""
LOCK_CHECKPOINT: Final = """
SELECT position FROM projection_ledger WHERE view_id = $1 AND partition = $2
ORDER BY position DESC LIMIT 1 FOR UPDATE
"""
READ_PARKED: Final = """
SELECT version, events FROM projection_parked
WHERE view_id = $1 AND partition = $2 AND conversation_id = $3 FOR UPDATE
"""
UNPARK: Final = """
DELETE FROM projection_parked WHERE view_id = $1 AND partition = $2 AND conversation_id = $3
"""
TAKEN_UP: Final = """
UPDATE projection_ledger SET applied = applied + $4, parked = parked - $4
WHERE view_id = $1 AND partition = $2 AND position = $3
"""
ERASED: Final = """
SELECT EXISTS (
    SELECT FROM erasures WHERE partition = ANY ($1::smallint[]) AND conversation_id = ANY ($2::uuid[])
)
"""


WRITING: Final = "SET LOCAL synchronous_commit = off; SET LOCAL enable_seqscan = off"
"""What is set in a transaction that writes a batch. Rows and checkpoint are in it together and follow the
events in one stream of the server's own log, so a crash can only take both back. And what a batch touches is
found by its keys: a table of few rows can have very many dead ones."""


class Overtaken(Exception):
    """Another runner advanced a checkpoint first, or took a parked conversation up, or somebody whose words
    were read has been erased since: nothing was written."""


class Runner:
    """Brings one view forward in the partitions it is told to."""

    def __init__(
        self, pool: asyncpg.Pool, feed: Feed, projection: Projection, view: View, *, batch: int = BATCH
    ) -> None:
        self.projection, self.view = projection, view
        self._pool, self._feed, self._batch = pool, feed, batch
        self._memory = Memory()
        self._positions: dict[int, int] = {}
        self._parked: dict[UUID, int] = {}

    async def run(self, partitions: Collection[int]) -> int:
        """Take one batch in; how many positions it had. Raises :class:`Overtaken` when another
        runner moved a checkpoint; then read again."""
        async with self._pool.acquire() as proxy:
            connection = cast("asyncpg.Connection", proxy)
            slices = await self._next(connection, partitions)
            if slices:
                await self._take(connection, slices)
        return sum(part.through - part.after for part in slices)

    async def _next(self, connection: asyncpg.Connection, partitions: Collection[int]) -> list[Slice]:
        unknown = [partition for partition in partitions if partition not in self._positions]
        if unknown:
            await self._learn(connection, unknown)
        heads = await connection.fetch(HEADS_OF, list(partitions))
        # A view that was dropped a moment ago is nowhere any more.
        after = {p: at for p, head in heads if (at := self._positions.get(p, head)) < head}
        if not after:
            return []
        together = max(TOGETHER, sum(head - after.get(p, head) for p, head in heads) // 2)
        limit = min(self._batch, max(FEWEST, together // len(after)))
        handles, personal = self.projection.handles, self.projection.personal
        return await self._feed.read(connection, after, limit, handles, personal=personal)

    async def _learn(self, connection: asyncpg.Connection, partitions: list[int]) -> None:
        for row in await connection.fetch(PARKED, self.view.id, partitions):
            self._parked[row["conversation_id"]] = row["partition"]
        for row in await connection.fetch(POSITIONS, self.view.id, partitions):
            self._positions[row["partition"]] = row["position"]

    async def _take(self, connection: asyncpg.Connection, slices: list[Slice]) -> None:
        try:
            folded = await fold(connection, self.view, self.projection, slices, self._memory, self._parked)
            async with connection.transaction():
                await connection.execute(WRITING)
                await commit(connection, self.view, self.projection, folded)
        except BaseException:
            self.forget()
            raise
        self._positions.update({partition: move.position for partition, move in folded.moves.items()})
        for key, fault in folded.faults.items():
            self._parked[key] = fault.event.partition
            self._memory.forget([key])

    async def parked(self, partitions: Collection[int], most: int) -> list[tuple[int, UUID]]:
        """Conversations that are parked: partition and id, those that have waited longest first."""
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(OLDEST_PARKED, self.view.id, list(partitions), most)
        return [(row["partition"], row["conversation_id"]) for row in rows]

    async def take_up(self, partition: int, conversation_id: UUID) -> bool:
        """Fold a parked conversation on from where it stopped; whether it could be, to where the view is.

        Where it stops again it stays parked from there. Raises :class:`LookupError` where it is not parked.
        """
        self.forget()
        async with self._pool.acquire() as proxy:
            connection = cast("asyncpg.Connection", proxy)
            async with connection.transaction():
                return await _take_up(
                    connection, self._feed, self.projection, self.view, partition, conversation_id
                )

    def forget(self) -> None:
        """Drop what is kept in memory: a batch was rolled back, or others bring partitions forward."""
        self._memory.forget()
        self._parked.clear()
        # Who is parked is learned together with the position, so both go.
        self._positions.clear()


async def commit(connection: asyncpg.Connection, view: View, projection: Projection, folded: Folded) -> None:
    """Write a batch and move the checkpoints, in the caller's transaction. Raises :class:`Overtaken`."""
    await _advance(connection, view, folded.moves)
    # An erasure holds the checkpoints until it is committed; so, from here on, there is one or there is none.
    if folded.readable and await connection.fetchval(ERASED, sorted(folded.moves), list(folded.readable)):
        raise Overtaken
    await _park(connection, view, folded.faults, folded.waiting)
    await tables.write(connection, view, projection, folded.states, folded.begun, folded.changes)


async def _advance(connection: asyncpg.Connection, view: View, moves: Mapping[int, Move]) -> None:
    ordered = sorted(moves)
    columns = [
        [getattr(moves[partition], name) for partition in ordered]
        for name in ("before", "position", "applied", "ignored", "parked")
    ]
    moved = await connection.fetch(ADVANCE, view.id, ordered, *columns)
    if len(moved) != len(moves):
        raise Overtaken


async def _park(
    connection: asyncpg.Connection, view: View, faults: Mapping[UUID, Fault], waiting: Mapping[UUID, int]
) -> None:
    if faults:
        events = [fault.event for fault in faults.values()]
        await connection.execute(
            PARK,
            view.id,
            [event.partition for event in events],
            list(faults),
            [event.version for event in events],
            [event.position for event in events],
            [event.type for event in events],
            [fault.error for fault in faults.values()],
            [waiting[key] for key in faults],
        )
    further = {key: count for key, count in waiting.items() if key not in faults}
    if further:
        await _wait(connection, view, further)


async def _wait(connection: asyncpg.Connection, view: View, further: Mapping[UUID, int]) -> None:
    rows = await connection.fetch(
        "SELECT partition, conversation_id FROM projection_parked "
        "WHERE view_id = $1 AND conversation_id = ANY ($2::uuid[])",
        view.id,
        list(further),
    )
    places = {row["conversation_id"]: row["partition"] for row in rows}
    if len(places) != len(further):
        raise Overtaken
    moved = await connection.fetch(
        WAIT, view.id, [places[key] for key in further], list(further), list(further.values())
    )
    if len(moved) != len(further):
        raise Overtaken


async def _take_up(
    connection: asyncpg.Connection,
    feed: Feed,
    projection: Projection,
    view: View,
    partition: int,
    conversation_id: UUID,
) -> bool:
    position = await connection.fetchval(LOCK_CHECKPOINT, view.id, partition)
    row = await connection.fetchrow(READ_PARKED, view.id, partition, conversation_id)
    if row is None:
        raise LookupError(f"{conversation_id} is not parked in {view.projection} {view.name}")
    events = await feed.read_conversation(
        connection,
        partition,
        conversation_id,
        row["version"],
        position,
        projection.handles,
        personal=projection.personal,
    )
    part = Slice(partition, position - len(events), position, events)
    folded = await fold(connection, view, projection, [part], Memory(), {})
    applied = folded.moves[partition].applied
    await connection.execute(UNPARK, view.id, partition, conversation_id)
    await connection.execute(TAKEN_UP, view.id, partition, position, applied)
    await _park(connection, view, folded.faults, folded.waiting)
    await tables.write(connection, view, projection, folded.states, folded.begun, folded.changes)
    return not folded.faults


async def drain(runner: Runner, partitions: Collection[int]) -> int:
    """Run until nothing is left; how many positions that were."""
    total = 0
    while taken := await runner.run(partitions):
        total += taken
        await asyncio.sleep(0)
    return total
