"""What waits and what was set aside: shown a page at a time, and set going again.

Ids sort by the time of arrival, in every partition; a page takes the first of each and merges them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import asyncpg

from service.storage.reading import Instant

State = Literal["waiting", "retried"]

FIRST: Final = UUID(int=0)
LAST: Final = UUID(int=2**128 - 1)
"""Before and after every id there is."""

LIST: Final = """
SELECT q.* FROM partitions p CROSS JOIN LATERAL (
    SELECT id, received_at, path, reason, state, attempts, octet_length(body) AS size, item_type,
           conversation_id, retried_at
    FROM quarantine q
    WHERE q.partition = p.partition AND q.id {after} $1
      AND ($2::text IS NULL OR q.state = $2)
    ORDER BY q.id {direction} LIMIT $3
) q
ORDER BY q.id {direction} LIMIT $3
"""
LIST_UP: Final = LIST.format(after=">", direction="ASC")
LIST_DOWN: Final = LIST.format(after="<", direction="DESC")
GET: Final = """
SELECT q.partition, id, received_at, path, reason, state, attempts, octet_length(body) AS size, item_type,
       conversation_id, retried_at, body
FROM partitions p JOIN quarantine q ON q.partition = p.partition AND q.id = $1
"""
LOCK: Final = f"{GET} FOR UPDATE OF q"
RETRIED: Final = """
UPDATE quarantine SET state = 'retried', attempts = attempts + 1, retried_at = $3
WHERE partition = $1 AND id = $2
"""
STILL_WAITING: Final = """
UPDATE quarantine SET attempts = attempts + 1, retried_at = $3, path = $4, reason = $5
WHERE partition = $1 AND id = $2
"""
INBOX: Final = """
SELECT i.* FROM partitions p CROSS JOIN LATERAL (
    SELECT id, conversation_id, type, received_at FROM inbox i
    WHERE i.partition = p.partition AND i.id {after} $1
    ORDER BY i.id {direction} LIMIT $2
) i
ORDER BY i.id {direction} LIMIT $2
"""
INBOX_UP: Final = INBOX.format(after=">", direction="ASC")
INBOX_DOWN: Final = INBOX.format(after="<", direction="DESC")
COUNT: Final = "SELECT count(*) FROM quarantine WHERE state = 'waiting'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """Something that made no sense. ``path`` is where in the body, ``size`` the bytes of the body,
    ``attempts`` how often it was tried again, ``retried_at`` when last. ``item_type`` is set for an item of
    the inbox that could not be taken in; others are whole deliveries."""

    id: UUID
    received_at: Instant
    path: str
    reason: str
    state: State
    attempts: int
    size: int
    item_type: str | None
    conversation_id: UUID | None
    retried_at: Instant | None


@dataclass(frozen=True, slots=True)
class Held:
    """A row of the quarantine with its raw bytes."""

    partition: int
    about: Quarantined
    body: bytes


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of the inbox, without its content."""

    id: UUID
    conversation_id: UUID
    type: str
    received_at: Instant


async def listed(
    connection: asyncpg.Connection, *, after: UUID | None, state: State | None, limit: int, descending: bool
) -> list[Quarantined]:
    """A page past an id, in one state or in any."""
    statement, start = (LIST_DOWN, LAST) if descending else (LIST_UP, FIRST)
    rows = await connection.fetch(statement, after or start, state, limit)
    return [Quarantined(**dict(row)) for row in rows]


async def get(connection: asyncpg.Connection, row_id: UUID, *, lock: bool = False) -> Held | None:
    """One row; with ``lock`` it stays as it is until the caller's transaction ends."""
    row = await connection.fetchrow(LOCK if lock else GET, row_id)
    if row is None:
        return None
    fields = dict(row)
    partition, body = fields.pop("partition"), fields.pop("body")
    return Held(partition, Quarantined(**fields), body)


async def retried(connection: asyncpg.Connection, held: Held, now: datetime) -> None:
    """It has gone its way."""
    await connection.execute(RETRIED, held.partition, held.about.id, now)


async def still_waiting(
    connection: asyncpg.Connection, held: Held, now: datetime, path: str, reason: str
) -> None:
    """It was tried again and still makes no sense, for this reason."""
    await connection.execute(STILL_WAITING, held.partition, held.about.id, now, path, reason)


async def inbox_page(
    connection: asyncpg.Connection, *, after: UUID | None, limit: int, descending: bool
) -> list[Waiting]:
    """What waits in the inbox past an id."""
    statement, start = (INBOX_DOWN, LAST) if descending else (INBOX_UP, FIRST)
    return [Waiting(**dict(row)) for row in await connection.fetch(statement, after or start, limit)]


async def count(connection: asyncpg.Connection) -> int:
    """How many wait in quarantine."""
    return int(await connection.fetchval(COUNT))
