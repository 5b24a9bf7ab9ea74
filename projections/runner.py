"""The live loop of one projection: read, fold, write, advance, in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

import asyncpg

from projections.projection import Feed, Projection, RecordedEvent

BATCH: Final = 500
"""Events of one partition taken at a time."""

LEDGER: Final = """
CREATE TABLE IF NOT EXISTS projection_checkpoints (
    projection text        NOT NULL,
    version    integer     NOT NULL,
    partition  smallint    NOT NULL,
    position   bigint      NOT NULL DEFAULT 0,
    applied    bigint      NOT NULL DEFAULT 0,
    ignored    bigint      NOT NULL DEFAULT 0,
    moved_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (projection, version, partition),
    CHECK (applied + ignored = position)
) WITH (fillfactor = 20)
"""
BEGIN: Final = """
INSERT INTO projection_checkpoints (projection, version, partition)
SELECT $1, $2, partition FROM partitions ON CONFLICT DO NOTHING
"""
POSITIONS: Final = """
SELECT partition, position FROM projection_checkpoints
WHERE projection = $1 AND version = $2 AND partition = ANY ($3::smallint[])
"""
ADVANCE: Final = """
UPDATE projection_checkpoints c
SET position = a.position, applied = c.applied + a.applied, ignored = c.ignored + a.ignored, moved_at = now()
FROM unnest($3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
     AS a (partition, before, position, applied, ignored)
WHERE c.projection = $1 AND c.version = $2 AND c.partition = a.partition AND c.position = a.before
RETURNING c.partition
"""
LAG: Final = """
SELECT count(*) AS partitions, coalesce(sum(p.head - c.position), 0)::bigint AS lag_events,
       coalesce(max(extract(epoch FROM now() - e.recorded_at)), 0)::float8 AS lag_seconds
FROM projection_checkpoints c
JOIN partitions p ON p.partition = c.partition
LEFT JOIN events e ON e.partition = c.partition AND e.position = c.position + 1
WHERE c.projection = $1 AND c.version = $2
"""


class Overtaken(Exception):
    """Another runner advanced a checkpoint first: nothing of this batch was written."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How far a projection is behind the log, derived from what was applied."""

    lag_events: int
    lag_seconds: float
    as_of: datetime


async def install(connection: asyncpg.Connection, projections: Collection[Projection]) -> None:
    """Make the tables of the projections and their checkpoints, where they are not there."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(7368)")
        await connection.execute(LEDGER)
        for projection in projections:
            await connection.execute(projection.tables)
            await connection.execute(BEGIN, projection.name, projection.version)


async def freshness(connection: asyncpg.Connection, projection: Projection, now: datetime) -> Freshness:
    """How fresh the live view of a projection is."""
    row = await connection.fetchrow(LAG, projection.name, projection.version)
    if row is None or row["partitions"] == 0:
        raise LookupError(f"{projection.name} {projection.version} is not installed")
    return Freshness(row["lag_events"], row["lag_seconds"], now)


class Runner:
    """Brings one projection forward in the partitions it is told to."""

    def __init__(self, pool: asyncpg.Pool, feed: Feed, projection: Projection) -> None:
        self._pool = pool
        self._feed = feed
        self._projection = projection
        self._positions: dict[int, int] = {}

    async def run(self, partitions: Collection[int]) -> int:
        """Take one batch in; how many events it had. Raises :class:`Overtaken` when another
        runner moved a checkpoint; then read again."""
        async with self._pool.acquire() as proxy:
            connection = cast("asyncpg.Connection", proxy)
            events = await self._next(connection, partitions)
            if events:
                await self._take(connection, events)
        return len(events)

    async def _next(self, connection: asyncpg.Connection, partitions: Collection[int]) -> list[RecordedEvent]:
        name, version = self._projection.name, self._projection.version
        unknown = [partition for partition in partitions if partition not in self._positions]
        if unknown:
            for row in await connection.fetch(POSITIONS, name, version, unknown):
                self._positions[row["partition"]] = row["position"]
        after = {partition: self._positions[partition] for partition in partitions}
        return await self._feed.read(connection, after, BATCH)

    async def _take(self, connection: asyncpg.Connection, events: list[RecordedEvent]) -> None:
        moves: dict[int, list[int]] = {}
        for event in events:
            move = moves.setdefault(event.partition, [self._positions[event.partition], 0, 0, 0])
            expected = (move[1] or move[0]) + 1
            if event.position != expected:
                raise LookupError(f"partition {event.partition}: {expected} is missing from the log")
            move[1] = event.position
            move[2 if event.type in self._projection.handles else 3] += 1
        try:
            async with connection.transaction():
                # Rows and checkpoint are in one transaction and follow the events in one stream of
                # the server's own log, so a crash can only take both back together.
                await connection.execute("SET LOCAL synchronous_commit = off")
                await self._advance(connection, moves)
                handled = [event for event in events if event.type in self._projection.handles]
                if handled:
                    await self._projection.fold(connection, handled)
        except BaseException:
            self._positions.clear()
            self._projection.forget()
            raise
        self._positions.update({partition: move[1] for partition, move in moves.items()})

    async def _advance(self, connection: asyncpg.Connection, moves: dict[int, list[int]]) -> None:
        ordered = sorted(moves)
        columns = [[moves[partition][field] for partition in ordered] for field in range(4)]
        moved = await connection.fetch(
            ADVANCE, self._projection.name, self._projection.version, ordered, *columns
        )
        if len(moved) != len(moves):
            raise Overtaken

    def forget(self, partitions: Collection[int]) -> None:
        """Somebody else brings these partitions forward from now on."""
        self._projection.forget()
        for partition in partitions:
            self._positions.pop(partition, None)


async def drain(runner: Runner, partitions: Collection[int]) -> int:
    """Run until nothing is left; how many events that were."""
    total = 0
    while taken := await runner.run(partitions):
        total += taken
        await asyncio.sleep(0)
    return total
