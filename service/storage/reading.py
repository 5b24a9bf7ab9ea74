"""The log as it is shown: one conversation then and now, its timeline, and what went on at an instant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import asyncpg
import msgspec

from domain.conversation import Conversation
from domain.identity import partition_of
from projections.projection import RecordedEvent
from service.storage.codec import clear_fields, decode, recorded_fields, stored_fields
from service.storage.database import Database
from service.storage.log import READ_KEY, READ_STREAM
from service.storage.vault import ConversationKey, Vault

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""An instant that is shown: aware, in UTC."""

WINDOW: Final = 500
"""Events of one conversation that are read at a time when it is folded from its beginning."""

SLICE: Final = 2_000
"""Events of one partition that are read at a time."""

BINDINGS: Final = ["ConversationStarted", "ThreadRebound"]

VERSION_AT: Final = """
SELECT version FROM events
WHERE partition = $1 AND conversation_id = $2 AND recorded_at <= $3 ORDER BY version DESC LIMIT 1
"""
TIMELINE: Final = """
SELECT version, type, recorded_at, data, sealed FROM events
WHERE partition = $1 AND conversation_id = $2 AND version > $3 AND version < $4
  AND ($5::text[] IS NULL OR type = ANY ($5))
  AND ($6::timestamptz IS NULL OR recorded_at >= $6) AND ($7::timestamptz IS NULL OR recorded_at < $7)
ORDER BY version {direction} LIMIT $8
"""
TIMELINE_UP: Final = TIMELINE.format(direction="ASC")
TIMELINE_DOWN: Final = TIMELINE.format(direction="DESC")
BOUND_SINCE: Final = """
SELECT e.conversation_id, e.type, e.recorded_at, e.data
FROM unnest($1::smallint[], $2::uuid[], $3::integer[]) AS wanted (partition, conversation_id, version)
JOIN events e ON e.partition = wanted.partition AND e.conversation_id = wanted.conversation_id
             AND e.version > wanted.version
WHERE e.type = ANY ($4::text[])
ORDER BY e.conversation_id, e.version
"""
WITH_KEYS: Final = """
SELECT e.*, k.wrapped
FROM unnest($1::smallint[], $2::uuid[], $3::integer[]) AS wanted (partition, conversation_id, version)
CROSS JOIN LATERAL (
    SELECT conversation_id, version, type, data, sealed FROM events
    WHERE partition = wanted.partition AND conversation_id = wanted.conversation_id
      AND version = wanted.version OFFSET 0
) AS e
CROSS JOIN LATERAL (
    SELECT wrapped FROM keys
    WHERE partition = wanted.partition AND conversation_id = wanted.conversation_id OFFSET 0
) AS k
WHERE k.wrapped IS NOT NULL
"""
"""Events by their versions, of conversations whose key is there. OFFSET keeps the planner, which knows
nothing of what is wanted, from reading a whole table for it."""
RECORDED_UNTIL: Final = """
SELECT partition, position, conversation_id, version, type, recorded_at, data FROM events
WHERE partition = $1 AND position > $2 AND recorded_at <= $3 AND type = ANY ($4::text[])
ORDER BY position LIMIT $5
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A conversation that has begun. ``key`` is None once it has been destroyed."""

    partition: int
    conversation_id: UUID
    key: ConversationKey | None


@dataclass(frozen=True, slots=True)
class ThreadBinding:
    """A thread that a conversation was bound to, since when, and why (``started`` for the first)."""

    thread_id: str
    bound_at: Instant
    reason: str


@asynccontextmanager
async def one_view(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection whose statements all see the database as it is now."""
    async with (
        database.connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield connection


async def find(
    connection: asyncpg.Connection, vault: Vault, conversation_id: UUID, partitions: int
) -> Known | None:
    """A conversation, if it has begun."""
    partition = partition_of(conversation_id, partitions)
    row = await connection.fetchrow(READ_KEY, partition, conversation_id)
    if row is None:
        return None
    wrapped = row["wrapped"]
    key = None if wrapped is None else vault.unwrap(conversation_id, wrapped)
    return Known(partition, conversation_id, key)


async def version_at(connection: asyncpg.Connection, known: Known, instant: datetime) -> int:
    """The newest version recorded by then, that instant included; 0 before it began."""
    found = await connection.fetchval(VERSION_AT, known.partition, known.conversation_id, instant)
    return found or 0


async def as_it_was(
    connection: asyncpg.Connection, known: Known, through: int
) -> tuple[Conversation | None, list[ThreadBinding]]:
    """A conversation folded from its beginning through a version, and its threads by then.

    The newest it has where that is less; None where there is nothing.
    """
    conversation: Any = None
    threads: list[ThreadBinding] = []
    for after in range(0, through, WINDOW):
        until = min(after + WINDOW, through)
        rows = await connection.fetch(READ_STREAM, known.partition, known.conversation_id, after, until)
        for row in rows:
            personal = _opened(known.key, row)
            event = decode(
                known.conversation_id, row["version"], row["type"], row["recorded_at"], row["data"], personal
            )
            conversation = event.mutate(conversation)
            if row["type"] in BINDINGS:
                threads.append(_binding(row))
        if len(rows) < until - after:
            break
    return conversation, threads


async def bound_since(
    connection: asyncpg.Connection, seen: Collection[tuple[int, UUID, int]]
) -> dict[UUID, list[ThreadBinding]]:
    """Threads bound past a version: for each ``(partition, conversation, version)``, oldest first."""
    found: dict[UUID, list[ThreadBinding]] = {conversation_id: [] for _, conversation_id, _ in seen}
    if seen:
        columns = [list(column) for column in zip(*seen, strict=True)]
        for row in await connection.fetch(BOUND_SINCE, *columns, BINDINGS):
            found[row["conversation_id"]].append(_binding(row))
    return found


def _binding(row: asyncpg.Record) -> ThreadBinding:
    fields = clear_fields(row["type"], row["data"])
    return ThreadBinding(fields["thread_id"], row["recorded_at"], fields.get("reason", "started"))


async def timeline(
    connection: asyncpg.Connection,
    known: Known,
    *,
    above: int,
    below: int,
    kinds: Sequence[str] | None,
    after: datetime | None,
    before: datetime | None,
    limit: int,
    descending: bool,
) -> list[dict[str, Any]]:
    """Events with versions in (above, below), recorded in [after, before): ``version``, ``type``,
    ``recorded_at`` and the fields of the event, personal ones only where the key is there."""
    rows = await connection.fetch(
        TIMELINE_DOWN if descending else TIMELINE_UP,
        known.partition,
        known.conversation_id,
        above,
        below,
        kinds,
        after,
        before,
        limit,
    )
    return [
        {
            "version": row["version"],
            "type": row["type"],
            "recorded_at": row["recorded_at"],
            **stored_fields(row["type"], row["data"], _opened(known.key, row)),
        }
        for row in rows
    ]


def _opened(key: ConversationKey | None, row: asyncpg.Record) -> bytes | None:
    sealed = row["sealed"]
    return None if key is None or sealed is None else key.open(row["version"], sealed)


async def display_names(
    connection: asyncpg.Connection, vault: Vault, profiles: Collection[tuple[int, UUID, int]]
) -> dict[UUID, str | None]:
    """Names as the event at a version says: for each ``(partition, conversation, version)``. None for
    those that gave none, and nothing for those that cannot be read any more."""
    if not profiles:
        return {}
    columns = [list(column) for column in zip(*profiles, strict=True)]
    names: dict[UUID, str | None] = {}
    for row in await connection.fetch(WITH_KEYS, *columns):
        key = vault.unwrap(row["conversation_id"], row["wrapped"])
        fields = stored_fields(row["type"], row["data"], _opened(key, row))
        names[row["conversation_id"]] = fields.get("display_name")
    return names


async def recorded_until(
    connection: asyncpg.Connection, partition: int, instant: datetime, types: Collection[str]
) -> AsyncIterator[list[RecordedEvent]]:
    """The events of a partition that were recorded by an instant, of some types, in order, some at a
    time."""
    position, wanted = 0, list(types)
    while True:
        rows = await connection.fetch(RECORDED_UNTIL, partition, position, instant, wanted, SLICE)
        if rows:
            position = rows[-1]["position"]
            yield [_recorded(row) for row in rows]
        if len(rows) < SLICE:
            return


def _recorded(row: asyncpg.Record) -> RecordedEvent:
    envelope = dict(row)
    fields = recorded_fields(row["type"], envelope.pop("data"))
    return RecordedEvent(**envelope, fields=fields)
