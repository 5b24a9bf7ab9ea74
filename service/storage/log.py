"""The event log: append many conversations in one call, read a stream, read a partition onwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg
import msgspec

from domain.conversation import Conversation
from domain.events import Fact
from domain.identity import partition_of
from domain.state import State
from service.storage.codec import decode, encode
from service.storage.vault import ConversationKey, Vault, message_key

SNAPSHOT_EVERY: Final = 64
"""Events between snapshots: loading reads one snapshot and fewer events than this."""

APPEND: Final = "SELECT * FROM append_events($1, $2, $3, $4, $5, $6, $7, $8)"
READ_KEY: Final = "SELECT wrapped, destroyed_at FROM keys WHERE partition = $1 AND conversation_id = $2"
ADD_KEYS: Final = """
INSERT INTO keys (partition, conversation_id, wrapped)
SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::bytea[])
ON CONFLICT (partition, conversation_id) DO UPDATE SET wrapped = excluded.wrapped, destroyed_at = NULL
"""
READ_SNAPSHOT: Final = "SELECT version, sealed FROM snapshots WHERE partition = $1 AND conversation_id = $2"
SAVE_SNAPSHOTS: Final = """
INSERT INTO snapshots AS s (partition, conversation_id, version, sealed)
SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::integer[], $4::bytea[])
ON CONFLICT (partition, conversation_id) DO UPDATE SET version = excluded.version, sealed = excluded.sealed
WHERE s.version < excluded.version
"""
READ_STREAM: Final = """
SELECT version, type, recorded_at, data, sealed FROM events
WHERE partition = $1 AND conversation_id = $2 AND version > $3 AND version <= $4
ORDER BY version
"""
READ_LIVE: Final = """
SELECT wanted.conversation_id AS id, k.wrapped, k.destroyed_at, s.version AS snapshot_version,
       s.sealed AS snapshot, e.version, e.type, e.recorded_at, e.data, e.sealed
FROM unnest($1::smallint[], $2::uuid[]) AS wanted (partition, conversation_id)
JOIN keys k ON k.partition = wanted.partition AND k.conversation_id = wanted.conversation_id
LEFT JOIN snapshots s ON s.partition = wanted.partition AND s.conversation_id = wanted.conversation_id
                     AND k.wrapped IS NOT NULL
LEFT JOIN LATERAL (
    SELECT * FROM events e
    WHERE e.partition = wanted.partition AND e.conversation_id = wanted.conversation_id
      AND e.version > coalesce(s.version, 0)
    ORDER BY e.version
) e ON true
ORDER BY wanted.conversation_id, e.version
"""
READ_SPOKEN: Final = """
SELECT version, type, recorded_at, data, sealed FROM events
WHERE partition = $1 AND conversation_id = $2 AND version > $3 AND type = ANY ($4::text[])
ORDER BY version LIMIT $5
"""
READ_SPOKEN_BACK: Final = """
SELECT version, type, recorded_at, data, sealed FROM events
WHERE partition = $1 AND conversation_id = $2 AND version < $3 AND type = ANY ($4::text[])
ORDER BY version DESC LIMIT $5
"""
READ_PARTITION: Final = """
SELECT position, conversation_id, version, type, recorded_at, data, sealed FROM events
WHERE partition = $1 AND position > $2 ORDER BY position LIMIT $3
"""
HELD_KEYS: Final = """
SELECT message_key FROM events
WHERE partition = $1 AND conversation_id = $2 AND message_key = ANY ($3::bytea[])
"""
READ_KEYED: Final = """
SELECT version, type, recorded_at, data, sealed FROM events
WHERE partition = $1 AND conversation_id = $2 AND message_key = $3
"""
ANY_KEY: Final = "SELECT conversation_id, wrapped FROM keys WHERE wrapped IS NOT NULL LIMIT 1"
HEADS: Final = "SELECT partition, head FROM partitions ORDER BY partition"

END_OF_STREAM: Final = 2**31 - 1


class _Kept(msgspec.Struct):
    """What a snapshot holds."""

    created_on: datetime
    modified_on: datetime
    state: State


@dataclass(slots=True)
class StreamAppend:
    """New events of one conversation; ``wrapped_key`` with its first event."""

    partition: int
    conversation: Conversation
    events: list[Fact]
    key: ConversationKey
    wrapped_key: bytes | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a conversation of a batch was not appended; nothing of it is in the log.

    ``version``: somebody else appended first. ``duplicate``: the log holds ``message_key``.
    """

    fault: Literal["version", "duplicate"]
    message_key: bytes | None = None


@dataclass(slots=True)
class Live:
    """A conversation in memory, with the key that its personal fields are sealed with.

    ``key`` is None once it has been destroyed.
    """

    partition: int
    conversation: Conversation
    key: ConversationKey | None
    wrapped_key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as the log has it, sealed."""

    position: int
    conversation_id: UUID
    version: int
    type: str
    recorded_at: datetime
    data: str
    sealed: bytes | None


async def append(connection: asyncpg.Connection, batch: Sequence[StreamAppend]) -> dict[UUID, Refusal]:
    """Append a batch in one round trip, inside the caller's transaction; who was refused and why.

    Each conversation is appended as a whole or not at all, and none fails for another's conflict.
    Positions are dense and in commit order in every partition.
    """
    columns: tuple[list[Any], ...] = ([], [], [], [], [], [], [], [])
    for stream in batch:
        for event in stream.events:
            _add_row(columns, stream, event)
    refused: dict[UUID, Refusal] = {}
    for row in await connection.fetch(APPEND, *columns):
        if row["fault"] is not None:
            refused[row["conversation"]] = Refusal(row["fault"], row["message_key_"])
    await _keep(connection, [stream for stream in batch if stream.conversation.id not in refused])
    return refused


def _add_row(columns: tuple[list[Any], ...], stream: StreamAppend, event: Fact) -> None:
    name, clear, personal = encode(event)
    version, conversation_id = event.originator_version, stream.conversation.id
    unique = event.unique_key
    row = (
        stream.partition,
        conversation_id,
        version,
        name,
        event.timestamp,
        None if unique is None else message_key(conversation_id, unique),
        clear.decode(),
        None if personal is None else stream.key.seal(version, personal),
    )
    for column, value in zip(columns, row, strict=True):
        column.append(value)


async def _keep(connection: asyncpg.Connection, accepted: list[StreamAppend]) -> None:
    keys = [(s.partition, s.conversation.id, s.wrapped_key) for s in accepted if s.wrapped_key is not None]
    if keys:
        await connection.execute(ADD_KEYS, *map(list, zip(*keys, strict=True)))
    snapshots = [
        (s.partition, s.conversation.id, s.events[-1].originator_version, snapshot(s.conversation, s.key))
        for s in accepted
        if _crosses_snapshot(s)
    ]
    if snapshots:
        await connection.execute(SAVE_SNAPSHOTS, *map(list, zip(*snapshots, strict=True)))


def _crosses_snapshot(stream: StreamAppend) -> bool:
    before = stream.events[0].originator_version - 1
    return before // SNAPSHOT_EVERY != stream.events[-1].originator_version // SNAPSHOT_EVERY


def snapshot(conversation: Conversation, key: ConversationKey) -> bytes:
    """The conversation's state, sealed under its own key."""
    kept = _Kept(conversation.created_on, conversation.modified_on, conversation.state)
    return key.seal(conversation.version, msgspec.json.encode(kept))


async def load(
    connection: asyncpg.Connection, vault: Vault, conversation_id: UUID, partitions: int
) -> Live | None:
    """A conversation from its newest snapshot and what came after; None if there is none."""
    found = await load_many(connection, vault, [conversation_id], partitions)
    return found.get(conversation_id)


async def load_many(
    connection: asyncpg.Connection, vault: Vault, conversation_ids: Sequence[UUID], partitions: int
) -> dict[UUID, Live]:
    """Several conversations in one round trip; those that do not exist are absent."""
    slices = [partition_of(conversation_id, partitions) for conversation_id in conversation_ids]
    lives: dict[UUID, Live] = {}
    for row in await connection.fetch(READ_LIVE, slices, list(conversation_ids)):
        conversation_id = row["id"]
        live = lives.get(conversation_id)
        key = live.key if live else _key(vault, conversation_id, row["wrapped"])
        if live is None and row["snapshot"] is not None and key is not None:
            conversation = _restored(conversation_id, row["snapshot_version"], row["snapshot"], key)
            live = lives[conversation_id] = Live(partition_of(conversation_id, partitions), conversation, key)
        if row["version"] is None:
            continue
        event = _event(conversation_id, row, key)
        if live is None:
            started: Any = event.mutate(None)
            lives[conversation_id] = Live(partition_of(conversation_id, partitions), started, key)
        else:
            event.mutate(live.conversation)
    return lives


def _key(vault: Vault, conversation_id: UUID, wrapped: bytes | None) -> ConversationKey | None:
    return None if wrapped is None else vault.unwrap(conversation_id, wrapped)


def _restored(conversation_id: UUID, version: int, sealed: bytes, key: ConversationKey) -> Conversation:
    kept = msgspec.json.decode(key.open(version, sealed), type=_Kept)
    return Conversation.restored(conversation_id, version, kept.created_on, kept.modified_on, kept.state)


def _event(conversation_id: UUID, row: asyncpg.Record, key: ConversationKey | None) -> Fact:
    sealed, version = row["sealed"], row["version"]
    personal = None if sealed is None or key is None else key.open(version, sealed)
    return decode(conversation_id, version, row["type"], row["recorded_at"], row["data"], personal)


async def read_stream(
    connection: asyncpg.Connection,
    live: Live,
    *,
    after: int = 0,
    through: int = END_OF_STREAM,
) -> list[Fact]:
    """The events of a conversation with versions in (after, through], opened, in order."""
    rows = await connection.fetch(READ_STREAM, live.partition, live.conversation.id, after, through)
    return [_event(live.conversation.id, row, live.key) for row in rows]


async def read_spoken(
    connection: asyncpg.Connection, live: Live, types: Sequence[str], *, after: int, limit: int
) -> list[Fact]:
    """Events of some types past a version, oldest first."""
    where = (live.partition, live.conversation.id)
    rows = await connection.fetch(READ_SPOKEN, *where, after, list(types), limit)
    return [_event(live.conversation.id, row, live.key) for row in rows]


async def read_spoken_back(
    connection: asyncpg.Connection, live: Live, types: Sequence[str], *, before: int, limit: int
) -> list[Fact]:
    """The newest events of some types below a version, oldest first."""
    where = (live.partition, live.conversation.id)
    rows = await connection.fetch(READ_SPOKEN_BACK, *where, before, list(types), limit)
    return [_event(live.conversation.id, row, live.key) for row in reversed(rows)]


async def read_partition(
    connection: asyncpg.Connection, partition: int, after: int, limit: int
) -> list[StoredEvent]:
    """The events of a partition past a position, in order, sealed. Dense: a hole is corruption."""
    return [
        StoredEvent(**dict(row)) for row in await connection.fetch(READ_PARTITION, partition, after, limit)
    ]


async def heads(connection: asyncpg.Connection) -> dict[int, int]:
    """The newest position of every partition."""
    return {row["partition"]: row["head"] for row in await connection.fetch(HEADS)}


async def held_keys(
    connection: asyncpg.Connection, partition: int, conversation_id: UUID, keys: Sequence[bytes]
) -> list[bytes]:
    """Those of the message keys that the conversation's log holds."""
    rows = await connection.fetch(HELD_KEYS, partition, conversation_id, list(keys))
    return [row["message_key"] for row in rows]


async def read_keyed(connection: asyncpg.Connection, live: Live, unique: str) -> Fact | None:
    """The event of a conversation that has this unique key."""
    conversation_id = live.conversation.id
    key = message_key(conversation_id, unique)
    row = await connection.fetchrow(READ_KEYED, live.partition, conversation_id, key)
    return None if row is None else _event(conversation_id, row, live.key)


async def check_key(connection: asyncpg.Connection, vault: Vault) -> None:
    """Raises :class:`~service.storage.vault.VaultError` when the keys here were wrapped with another
    master key, as far as one of them tells."""
    row = await connection.fetchrow(ANY_KEY)
    if row is not None:
        vault.unwrap(row["conversation_id"], row["wrapped"])
