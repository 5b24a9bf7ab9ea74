"""Who works on which partitions: leases that processes renew, take, and give back.

Ownership only keeps work from being done twice; correctness is the log's expected version.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

HELLO: Final = """
INSERT INTO workers (worker_id, host, pid) VALUES ($1, $2, $3)
ON CONFLICT (worker_id) DO UPDATE SET seen_at = now()
"""
FORGET: Final = """
DELETE FROM workers WHERE worker_id IN (
    SELECT worker_id FROM workers WHERE seen_at < now() - make_interval(secs => $1) FOR UPDATE SKIP LOCKED
)
"""
RENEW: Final = """
UPDATE leases SET until = now() + make_interval(secs => $2)
WHERE worker_id = $1 RETURNING partition
"""
FAIR_SHARE: Final = """
SELECT ceil((SELECT count(*) FROM partitions)::numeric / greatest(1, count(*)))::integer
FROM workers WHERE seen_at > now() - make_interval(secs => $1)
"""
RELEASE: Final = "DELETE FROM leases WHERE worker_id = $1 AND partition = ANY ($2::smallint[])"
CLAIM: Final = """
WITH expired AS (
    SELECT partition FROM leases WHERE until < now() AND worker_id <> $1
    ORDER BY partition LIMIT $3 FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE leases l
    SET worker_id = $1, until = now() + make_interval(secs => $2), epoch = l.epoch + 1
    FROM expired WHERE l.partition = expired.partition
    RETURNING l.partition
), fresh AS (
    INSERT INTO leases (partition, worker_id, until)
    SELECT p.partition, $1, now() + make_interval(secs => $2) FROM partitions p
    WHERE NOT EXISTS (SELECT 1 FROM leases l WHERE l.partition = p.partition)
    ORDER BY p.partition LIMIT greatest(0, $3 - (SELECT count(*) FROM expired))
    ON CONFLICT DO NOTHING
    RETURNING partition
)
SELECT partition FROM taken UNION ALL SELECT partition FROM fresh
"""
ANYBODY: Final = "SELECT 1 FROM workers WHERE seen_at > now() - make_interval(secs => $1) LIMIT 1"
GOODBYE: Final = "DELETE FROM workers WHERE worker_id = $1"
OWNERS: Final = """
SELECT w.worker_id, w.host, w.pid, w.seen_at, count(l.partition) AS partitions
FROM workers w LEFT JOIN leases l ON l.worker_id = w.worker_id AND l.until > now()
GROUP BY w.worker_id ORDER BY w.started_at
"""


@dataclass(frozen=True, slots=True)
class Worker:
    worker_id: UUID
    host: str
    pid: int


async def rebalance(connection: asyncpg.Connection, worker: Worker, lease_seconds: float) -> set[int]:
    """Renew what this worker holds, give back what is over its fair share, take what is free.

    The partitions held afterwards, by the database's clock, for ``lease_seconds`` from now.
    """
    async with connection.transaction():
        await connection.execute(HELLO, worker.worker_id, worker.host, worker.pid)
        await connection.execute(FORGET, lease_seconds * 4)
        held = sorted(row[0] for row in await connection.fetch(RENEW, worker.worker_id, lease_seconds))
        share = await connection.fetchval(FAIR_SHARE, lease_seconds)
        if len(held) > share:
            await connection.execute(RELEASE, worker.worker_id, held[share:])
            return set(held[:share])
        if len(held) < share:
            rows = await connection.fetch(CLAIM, worker.worker_id, lease_seconds, share - len(held))
            held += [row[0] for row in rows]
    return set(held)


async def leave(connection: asyncpg.Connection, worker: Worker) -> None:
    """Give everything back at once, so that others need not wait for the leases to run out."""
    async with connection.transaction():
        await connection.execute("DELETE FROM leases WHERE worker_id = $1", worker.worker_id)
        await connection.execute(GOODBYE, worker.worker_id)


@dataclass(frozen=True, slots=True)
class Owner:
    """A worker, when it was last seen, and how many partitions it holds."""

    worker_id: UUID
    host: str
    pid: int
    seen_at: datetime
    partitions: int


async def owners(connection: asyncpg.Connection) -> list[Owner]:
    """Every worker on record, oldest first."""
    return [Owner(*row.values()) for row in await connection.fetch(OWNERS)]


async def anybody(connection: asyncpg.Connection, lease_seconds: float) -> bool:
    """Whether any worker is alive, by the database's clock."""
    return bool(await connection.fetchval(ANYBODY, lease_seconds))
