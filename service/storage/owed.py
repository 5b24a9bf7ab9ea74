"""Which conversations owe something. What it is and when, the conversation itself knows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

MARK: Final = """
INSERT INTO owed (partition, conversation_id, since, step)
SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::timestamptz[], $4::text[])
ON CONFLICT (partition, conversation_id) DO UPDATE SET step = excluded.step
"""
CLEAR: Final = """
DELETE FROM owed o USING unnest($1::smallint[], $2::uuid[]) AS done (partition, conversation_id)
WHERE o.partition = done.partition AND o.conversation_id = done.conversation_id
"""
READ: Final = "SELECT conversation_id FROM owed WHERE partition = ANY ($1::smallint[]) ORDER BY since"
STEPS: Final = "SELECT conversation_id, step FROM owed WHERE partition = ANY ($1::smallint[]) ORDER BY since"
COUNT: Final = "SELECT count(*) FROM owed"


async def mark(connection: asyncpg.Connection, owed: Sequence[tuple[int, UUID, datetime, str]]) -> None:
    """Note conversations that owe something: (partition, conversation, since, step)."""
    if owed:
        await connection.execute(MARK, *map(list, zip(*owed, strict=True)))


async def clear(connection: asyncpg.Connection, settled: Sequence[tuple[int, UUID]]) -> None:
    """Note conversations that owe nothing any more."""
    if settled:
        await connection.execute(CLEAR, *map(list, zip(*settled, strict=True)))


async def read(connection: asyncpg.Connection, partitions: Collection[int]) -> list[UUID]:
    """The conversations of these partitions that owe something, longest waiting first."""
    return [row["conversation_id"] for row in await connection.fetch(READ, list(partitions))]


async def steps(connection: asyncpg.Connection, partitions: Collection[int]) -> dict[UUID, str]:
    """As :func:`read`, with the step that was owed when it was noted."""
    return {row[0]: row[1] for row in await connection.fetch(STEPS, list(partitions))}


async def count(connection: asyncpg.Connection) -> int:
    """How many conversations owe something."""
    return int(await connection.fetchval(COUNT))
