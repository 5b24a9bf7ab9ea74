"""The log read onwards in all partitions at once, for whoever shows what is recorded."""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Final
from uuid import UUID

import asyncpg

from domain.identity import partition_of
from service.storage.feed import KEYS
from service.storage.vault import ConversationKey, Vault, VaultError

PAST: Final = """
SELECT e.* FROM unnest($1::smallint[], $2::bigint[], $3::bigint[]) AS part (partition, above, through)
CROSS JOIN LATERAL (
    SELECT partition, position, conversation_id, version, type, recorded_at, data,
           CASE WHEN $6 THEN sealed END AS sealed
    FROM events
    WHERE partition = part.partition AND position > part.above AND position <= part.through
      AND ($4::text[] IS NULL OR type = ANY ($4)) AND ($5::uuid[] IS NULL OR conversation_id = ANY ($5))
    ORDER BY position
) e
"""
CHANNELS: Final = """
SELECT e.conversation_id, e.data ->> 'channel' AS channel
FROM unnest($1::smallint[], $2::uuid[]) AS wanted (partition, conversation_id)
JOIN events e ON e.partition = wanted.partition AND e.conversation_id = wanted.conversation_id
             AND e.version = 1
"""

MOST_REMEMBERED: Final = 50_000
"""Conversations whose channel is remembered, about 200 bytes each."""


def next_spans(
    positions: Mapping[int, int], heads: Mapping[int, int], budget: int
) -> dict[int, tuple[int, int]]:
    """What to read next: for each partition that is behind, the position to read past and the one to read
    through. All of them share the budget, so that what was recorded together is read together."""
    behind = {p: position for p, position in positions.items() if heads.get(p, 0) > position}
    share = max(1, budget // max(1, len(behind)))
    return {p: (position, min(heads[p], position + share)) for p, position in behind.items()}


async def read_spans(
    connection: asyncpg.Connection,
    spans: Mapping[int, tuple[int, int]],
    *,
    types: Collection[str] | None,
    conversations: Collection[UUID] | None,
    sealed: bool,
) -> Iterator[asyncpg.Record]:
    """The events of spans: those of a partition in order of position, the partitions merged by
    ``recorded_at``. ``sealed``: with the personal fields, still sealed."""
    rows = await connection.fetch(
        PAST,
        list(spans),
        [above for above, _ in spans.values()],
        [through for _, through in spans.values()],
        None if types is None else list(types),
        None if conversations is None else list(conversations),
        sealed,
    )
    parts = [list(part) for _, part in groupby(rows, key=lambda row: row["partition"])]
    return heapq.merge(*parts, key=lambda row: row["recorded_at"])


class Channels:
    """Which channel a conversation is on, from its first event; the latest asked for are remembered."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._known: OrderedDict[UUID, str] = OrderedDict()

    async def of(self, connection: asyncpg.Connection, conversations: Collection[UUID]) -> dict[UUID, str]:
        """The channels of conversations."""
        found: dict[UUID, str] = {}
        missing: list[UUID] = []
        for conversation_id in conversations:
            channel = self._known.get(conversation_id)
            if channel is None:
                missing.append(conversation_id)
            else:
                self._known.move_to_end(conversation_id)
                found[conversation_id] = channel
        if missing:
            slices = [partition_of(conversation_id, self._partitions) for conversation_id in missing]
            for row in await connection.fetch(CHANNELS, slices, missing):
                found[row["conversation_id"]] = self._known[row["conversation_id"]] = row["channel"]
        while len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
        return found


async def opened(
    connection: asyncpg.Connection, vault: Vault, rows: Sequence[asyncpg.Record]
) -> dict[tuple[UUID, int], bytes]:
    """The personal fields of events, by conversation and version, of those that can be read."""
    sealed = [row for row in rows if row["sealed"] is not None]
    wanted = {row["conversation_id"]: row["partition"] for row in sealed}
    keys: dict[UUID, ConversationKey] = {}
    for row in await connection.fetch(KEYS, list(wanted.values()), list(wanted)) if wanted else ():
        keys[row["conversation_id"]] = vault.unwrap(row["conversation_id"], row["wrapped"])
    found: dict[tuple[UUID, int], bytes] = {}
    for row in sealed:
        conversation_id, version = row["conversation_id"], row["version"]
        with suppress(KeyError, VaultError):
            found[conversation_id, version] = keys[conversation_id].open(version, row["sealed"])
    return found
