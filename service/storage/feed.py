"""The log as projections read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from projections.projection import RecordedEvent, Slice, Unreadable
from service.storage.codec import recorded_fields, recorded_personal
from service.storage.vault import ConversationKey, Vault, VaultError

READ: Final = """
SELECT a.partition, a.position AS after, a.through, a.there,
       e.position, e.conversation_id, e.version, e.type, e.recorded_at, e.data, e.sealed
FROM (
    SELECT given.partition, given.position, given.through, (
        SELECT count(*) FROM events c
        WHERE c.partition = given.partition AND c.position > given.position AND c.position <= given.through
    ) AS there
    FROM (
        SELECT wanted.partition, wanted.position, least(p.head, wanted.position + $3) AS through
        FROM unnest($1::smallint[], $2::bigint[]) AS wanted (partition, position)
        JOIN partitions p ON p.partition = wanted.partition AND p.head > wanted.position
    ) given
    OFFSET 0 -- counts once a partition, not once an event
) a
LEFT JOIN LATERAL (
    SELECT e.position, e.conversation_id, e.version, e.type, e.recorded_at, e.data,
           CASE WHEN $5 THEN e.sealed END AS sealed
    FROM events e
    WHERE e.partition = a.partition AND e.position > a.position AND e.position <= a.through
      AND e.type = ANY ($4::text[])
    ORDER BY e.position
) e ON true
"""
READ_CONVERSATION: Final = """
SELECT partition, position, conversation_id, version, type, recorded_at, data,
       CASE WHEN $6 THEN sealed END AS sealed
FROM events
WHERE partition = $1 AND conversation_id = $2 AND version >= $3 AND position <= $4 AND type = ANY ($5::text[])
ORDER BY version
"""
KEYS: Final = """
SELECT k.conversation_id, k.wrapped
FROM unnest($1::smallint[], $2::uuid[]) AS wanted (partition, conversation_id)
JOIN keys k ON k.partition = wanted.partition AND k.conversation_id = wanted.conversation_id
WHERE k.wrapped IS NOT NULL
"""

Keys = Mapping[UUID, ConversationKey]


class LogFeed:
    """Reads partitions onwards. Personal fields are opened for those who ask, where the key is there."""

    def __init__(self, vault: Vault | None = None) -> None:
        self._vault = vault

    async def read(
        self,
        connection: asyncpg.Connection,
        after: Mapping[int, int],
        limit: int,
        types: frozenset[str],
        *,
        personal: bool = False,
    ) -> list[Slice]:
        """A slice of each partition that has events past the given position.

        Raises :class:`LookupError` where a position is missing from the log.
        """
        rows = await connection.fetch(READ, list(after), list(after.values()), limit, sorted(types), personal)
        keys = await self._keys(connection, rows) if personal else {}
        slices: dict[int, Slice] = {}
        for row in rows:
            part = slices.get(row["partition"])
            if part is None:
                if row["there"] != row["through"] - row["after"]:
                    raise LookupError(
                        f"partition {row['partition']}: of the positions past {row['after']} through "
                        f"{row['through']}, only {row['there']} are in the log"
                    )
                part = slices[row["partition"]] = Slice(row["partition"], row["after"], row["through"], [])
            if row["position"] is not None:
                part.events.append(_recorded(row, keys))
        return list(slices.values())

    async def read_conversation(
        self,
        connection: asyncpg.Connection,
        partition: int,
        conversation_id: UUID,
        from_version: int,
        through_position: int,
        types: frozenset[str],
        *,
        personal: bool = False,
    ) -> list[RecordedEvent]:
        """The events of one conversation from a version on, up to a position of its partition."""
        rows = await connection.fetch(
            READ_CONVERSATION,
            partition,
            conversation_id,
            from_version,
            through_position,
            sorted(types),
            personal,
        )
        keys = await self._keys(connection, rows) if personal else {}
        return [_recorded(row, keys) for row in rows]

    async def _keys(self, connection: asyncpg.Connection, rows: Sequence[asyncpg.Record]) -> Keys:
        assert self._vault is not None, "a feed without a vault opens nothing"
        wanted = {row["conversation_id"]: row["partition"] for row in rows if row["sealed"] is not None}
        found: dict[UUID, ConversationKey] = {}
        for row in await connection.fetch(KEYS, list(wanted.values()), list(wanted)) if wanted else ():
            found[row["conversation_id"]] = self._vault.unwrap(row["conversation_id"], row["wrapped"])
        return found


def _recorded(row: asyncpg.Record, keys: Keys) -> RecordedEvent:
    return RecordedEvent(
        row["partition"],
        row["position"],
        row["conversation_id"],
        row["version"],
        row["type"],
        row["recorded_at"],
        recorded_fields(row["type"], row["data"]),
        None if row["sealed"] is None else _opened(row, keys),
    )


def _opened(row: asyncpg.Record, keys: Keys) -> Any:
    key = keys.get(row["conversation_id"])
    if key is None:
        return None
    try:
        return recorded_personal(row["type"], key.open(row["version"], row["sealed"]))
    except VaultError as error:
        return Unreadable(str(error))
