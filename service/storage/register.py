"""The register of threads: every one ever asked for is on record before it exists.

The provider cannot list threads and takes no key that makes a create repeatable. So an attempt is
written down and committed, then the thread is asked for, then its id is written down and
committed, and only then it is used. What a crash or a lost race leaves behind is found here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import asyncpg

Purpose = Literal["start", "rebind"]

ASK: Final = """
INSERT INTO threads (partition, attempt_id, conversation_id, purpose, state, asked_at, deadline, changed_at)
VALUES ($1, $2, $3, $4, 'asked', $5, $6, $5)
"""
PENDING: Final = """
SELECT max(deadline) FROM threads
WHERE partition = $1 AND conversation_id = $2 AND state = 'asked' AND deadline > $3
"""
CREATED: Final = """
UPDATE threads SET state = 'created', thread_id = $3, changed_at = $4
WHERE partition = $1 AND attempt_id = $2
"""
SETTLE: Final = """
UPDATE threads SET state = $3, changed_at = $4 WHERE partition = $1 AND attempt_id = $2 AND state = 'asked'
"""
BOUND: Final = """
UPDATE threads t SET state = 'bound', changed_at = now()
FROM unnest($1::smallint[], $2::uuid[]) AS b (partition, attempt_id)
WHERE t.partition = b.partition AND t.attempt_id = b.attempt_id
"""
UNUSED: Final = """
UPDATE threads SET state = 'deleting', changed_at = $3
WHERE partition = $1 AND attempt_id = $2 AND state = 'created'
"""
EXPIRE: Final = """
UPDATE threads SET state = 'lost', changed_at = $2
WHERE partition = ANY ($1::smallint[]) AND state = 'asked' AND deadline < $2
"""
ABANDON: Final = """
UPDATE threads SET state = 'deleting', changed_at = $2
WHERE partition = ANY ($1::smallint[]) AND state = 'created' AND changed_at < $3
"""
DOOMED: Final = """
SELECT partition, attempt_id, thread_id, attempts FROM threads
WHERE partition = ANY ($1::smallint[]) AND state = 'deleting'
  AND changed_at + make_interval(secs => least(600, power(2, least(attempts, 10))) - 1) <= $2
ORDER BY changed_at LIMIT $3
"""
DELETED: Final = (
    "UPDATE threads SET state = 'deleted', changed_at = $3 WHERE partition = $1 AND attempt_id = $2"
)
DELETE_FAILED: Final = """
UPDATE threads SET attempts = attempts + 1, changed_at = $3 WHERE partition = $1 AND attempt_id = $2
"""
ERASED: Final = """
UPDATE threads SET state = 'deleting', attempts = 0, changed_at = $3
WHERE partition = $1 AND conversation_id = $2 AND state IN ('created', 'bound')
"""
REGISTER: Final = """
INSERT INTO threads (partition, attempt_id, conversation_id, purpose, state, thread_id, asked_at, deadline,
                     changed_at)
SELECT $1, gen_random_uuid(), $2, 'start', 'deleting', bound.thread_id, $4, $4, $4
FROM unnest($3::text[]) AS bound (thread_id)
WHERE NOT EXISTS (
    SELECT FROM threads t
    WHERE t.partition = $1 AND t.conversation_id = $2 AND t.thread_id = bound.thread_id
)
"""
COUNTS: Final = "SELECT state, count(*) AS n FROM threads GROUP BY state"


@dataclass(frozen=True, slots=True)
class Doomed:
    """A thread that nobody uses and that is to be deleted at the provider."""

    partition: int
    attempt_id: UUID
    thread_id: str
    attempts: int


async def pending_until(
    connection: asyncpg.Connection, partition: int, conversation_id: UUID, now: datetime
) -> datetime | None:
    """Until when the answer to somebody's create for this conversation may still come; None if none may."""
    found: datetime | None = await connection.fetchval(PENDING, partition, conversation_id, now)
    return found


async def ask(
    connection: asyncpg.Connection,
    partition: int,
    attempt_id: UUID,
    conversation_id: UUID,
    purpose: Purpose,
    now: datetime,
    deadline: datetime,
) -> None:
    """Write down that a thread is about to be asked for; its answer may come until ``deadline``."""
    await connection.execute(ASK, partition, attempt_id, conversation_id, purpose, now, deadline)


async def created(
    connection: asyncpg.Connection, partition: int, attempt_id: UUID, thread_id: str, now: datetime
) -> None:
    """Write down the thread that came of an attempt."""
    await connection.execute(CREATED, partition, attempt_id, thread_id, now)


async def settle(
    connection: asyncpg.Connection,
    partition: int,
    attempt_id: UUID,
    state: Literal["refused", "lost"],
    now: datetime,
) -> None:
    """Write down that no thread came of an attempt (refused), or that it cannot be known (lost)."""
    await connection.execute(SETTLE, partition, attempt_id, state, now)


async def bound(connection: asyncpg.Connection, attempts: Sequence[tuple[int, UUID]]) -> None:
    """In the transaction of the event that binds them: these threads are in use."""
    if attempts:
        await connection.execute(BOUND, *map(list, zip(*attempts, strict=True)))


async def unused(connection: asyncpg.Connection, partition: int, attempt_id: UUID, now: datetime) -> None:
    """A created thread that lost its race: to be deleted."""
    await connection.execute(UNUSED, partition, attempt_id, now)


async def erased(
    connection: asyncpg.Connection,
    partition: int,
    conversation_id: UUID,
    thread_ids: Sequence[str],
    now: datetime,
) -> None:
    """In the transaction of an erasure: every thread of the conversation is to be deleted, those included
    that its log names and the register does not."""
    await connection.execute(ERASED, partition, conversation_id, now)
    await connection.execute(REGISTER, partition, conversation_id, list(thread_ids), now)


async def sweep(
    connection: asyncpg.Connection, partitions: Collection[int], now: datetime, abandoned_before: datetime
) -> None:
    """Settle what crashes left: attempts past their deadline, and threads created but never bound."""
    await connection.execute(EXPIRE, list(partitions), now)
    await connection.execute(ABANDON, list(partitions), now, abandoned_before)


async def doomed(
    connection: asyncpg.Connection, partitions: Collection[int], now: datetime, limit: int
) -> list[Doomed]:
    """Threads whose deletion is due, with growing pauses after failures."""
    return [Doomed(*row.values()) for row in await connection.fetch(DOOMED, list(partitions), now, limit)]


async def deleted(connection: asyncpg.Connection, thread: Doomed, now: datetime) -> None:
    """The provider has it no more."""
    await connection.execute(DELETED, thread.partition, thread.attempt_id, now)


async def delete_failed(connection: asyncpg.Connection, thread: Doomed, now: datetime) -> None:
    """Not this time."""
    await connection.execute(DELETE_FAILED, thread.partition, thread.attempt_id, now)


async def counts(connection: asyncpg.Connection) -> dict[str, int]:
    """How many threads are in each state; ``lost`` counts possible empty orphans."""
    return {row["state"]: row["n"] for row in await connection.fetch(COUNTS)}
