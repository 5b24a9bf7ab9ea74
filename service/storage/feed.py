"""The log as projections read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import asyncpg

from projections.projection import RecordedEvent
from service.storage.codec import clear_fields

READ: Final = """
SELECT e.* FROM unnest($1::smallint[], $2::bigint[]) AS after (partition, position)
CROSS JOIN LATERAL (
    SELECT partition, position, conversation_id, version, type, recorded_at, data FROM events e
    WHERE e.partition = after.partition AND e.position > after.position
    ORDER BY e.position LIMIT $3
) e
"""


class LogFeed:
    """Reads partitions onwards, only what is in the clear."""

    async def read(
        self, connection: asyncpg.Connection, after: Mapping[int, int], limit: int
    ) -> list[RecordedEvent]:
        """Events past a position in each partition, in order, at most ``limit`` from each."""
        rows = await connection.fetch(READ, list(after), list(after.values()), limit)
        return [
            RecordedEvent(
                row["partition"],
                row["position"],
                row["conversation_id"],
                row["version"],
                row["type"],
                row["recorded_at"],
                clear_fields(row["type"], row["data"]),
            )
            for row in rows
        ]
