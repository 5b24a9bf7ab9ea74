"""Other ids of a person, so that every one of them leads to the same conversation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

import asyncpg

from domain.identity import partition_of

RESOLVE: Final = """
SELECT i.alias_id, i.conversation_id
FROM unnest($1::smallint[], $2::uuid[]) AS asked (partition, alias_id)
JOIN identities i ON i.partition = asked.partition AND i.alias_id = asked.alias_id
"""
LINK: Final = """
INSERT INTO identities (partition, alias_id, conversation_id)
SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::uuid[]) ON CONFLICT DO NOTHING
"""
GIVE: Final = """
INSERT INTO identities AS i (partition, alias_id, conversation_id) VALUES ($1, $2, $4)
ON CONFLICT (partition, alias_id) DO UPDATE
SET conversation_id = CASE WHEN i.conversation_id = $3 OR substr(i.conversation_id::text, 15, 1) <> '8'
                           THEN excluded.conversation_id ELSE i.conversation_id END
RETURNING conversation_id
"""
EXISTING: Final = """
SELECT k.conversation_id
FROM unnest($1::smallint[], $2::uuid[]) AS asked (partition, conversation_id)
JOIN keys k ON k.partition = asked.partition AND k.conversation_id = asked.conversation_id
WHERE k.wrapped IS NOT NULL
"""


async def resolve(connection: asyncpg.Connection, ids: Collection[UUID], partitions: int) -> dict[UUID, UUID]:
    """Of these conversation ids, those that are another conversation's alias, and whose."""
    slices = [partition_of(alias, partitions) for alias in ids]
    rows = await connection.fetch(RESOLVE, slices, list(ids))
    return {row["alias_id"]: row["conversation_id"] for row in rows}


async def hops(connection: asyncpg.Connection, ids: Collection[UUID], partitions: int) -> dict[UUID, UUID]:
    """As :func:`resolve`, with where those lead in turn: from an erased conversation to the one after it."""
    found = await resolve(connection, ids, partitions)
    further = found
    while further:
        further = await resolve(connection, set(further.values()) - found.keys(), partitions)
        found = found | further
    return found


def end_of(hops: Mapping[UUID, UUID], start: UUID) -> UUID:
    """Where an id leads in the end. A circle ends where it closes."""
    seen = {start}
    while (following := hops.get(start)) is not None and following not in seen:
        seen.add(start := following)
    return start


async def link(connection: asyncpg.Connection, links: Sequence[tuple[UUID, UUID]], partitions: int) -> None:
    """Let alias ids lead to a conversation: pairs of (alias, conversation). The first one stands."""
    if links:
        aliases, targets = map(list, zip(*links, strict=True))
        await connection.execute(LINK, [partition_of(a, partitions) for a in aliases], aliases, targets)


async def give(
    connection: asyncpg.Connection, alias: UUID, former: UUID, drawn: UUID, partitions: int
) -> UUID:
    """Let an id that the person of ``former`` gave up lead to somebody else's conversation: ``drawn``, unless
    it does lead to one already; to which it leads then."""
    home: UUID = await connection.fetchval(GIVE, partition_of(alias, partitions), alias, former, drawn)
    return home


async def existing(connection: asyncpg.Connection, ids: Collection[UUID], partitions: int) -> set[UUID]:
    """Of these conversation ids, those that have begun and whose person was not erased."""
    slices = [partition_of(conversation_id, partitions) for conversation_id in ids]
    return {row["conversation_id"] for row in await connection.fetch(EXISTING, slices, list(ids))}
