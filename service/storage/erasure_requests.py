"""Requests to be forgotten: taken down before they are confirmed, and worked off until nothing is left."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import asyncpg

from domain.identity import partition_of

Status = Literal["pending", "done"]

TAKE: Final = """
INSERT INTO erasure_requests (partition, request_id, asked_at, conversations, tried_at)
VALUES ($1, $2, $3, $4, $3)
"""
STATUS: Final = """
SELECT CASE WHEN done_at IS NULL THEN 'pending' ELSE 'done' END FROM erasure_requests
WHERE partition = $1 AND request_id = $2
"""
DUE: Final = """
SELECT partition, request_id, conversations FROM erasure_requests
WHERE partition = ANY ($1::smallint[]) AND done_at IS NULL
  AND tried_at + make_interval(secs => least(300, power(2, least(attempts, 9))) - 1) <= $2
ORDER BY tried_at LIMIT $3
"""
DONE: Final = """
UPDATE erasure_requests SET done_at = $3, conversations = '{}' WHERE partition = $1 AND request_id = $2
"""
NOT_YET: Final = """
UPDATE erasure_requests SET attempts = attempts + 1, tried_at = $3 WHERE partition = $1 AND request_id = $2
"""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that is due, and the conversations that it may be about."""

    partition: int
    request_id: UUID
    conversations: list[UUID]


async def take(
    connection: asyncpg.Connection,
    request_id: UUID,
    conversations: Collection[UUID],
    now: datetime,
    partitions: int,
) -> None:
    """Take a request down."""
    await connection.execute(TAKE, partition_of(request_id, partitions), request_id, now, list(conversations))


async def status(connection: asyncpg.Connection, request_id: UUID, partitions: int) -> Status | None:
    """How far a request is; None where there is none."""
    found: Status | None = await connection.fetchval(STATUS, partition_of(request_id, partitions), request_id)
    return found


async def due(
    connection: asyncpg.Connection, partitions: Collection[int], now: datetime, limit: int
) -> list[Request]:
    """Requests to be worked on, with growing pauses between the times."""
    rows = await connection.fetch(DUE, list(partitions), now, limit)
    return [Request(*row.values()) for row in rows]


async def done(connection: asyncpg.Connection, request: Request, now: datetime) -> None:
    """Nothing is left to do, and nothing tells any more whom it was about."""
    await connection.execute(DONE, request.partition, request.request_id, now)


async def not_yet(connection: asyncpg.Connection, request: Request, now: datetime) -> None:
    """Something is left."""
    await connection.execute(NOT_YET, request.partition, request.request_id, now)
