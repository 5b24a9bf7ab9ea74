"""The contract of one projection, and of the feed that it is folded from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import asyncpg


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event of the log as projections see it: what is in the clear, decoded; nothing personal."""

    partition: int
    position: int
    conversation_id: UUID
    version: int
    type: str
    recorded_at: datetime
    fields: Mapping[str, Any]


class Feed(Protocol):
    """Where events come from: the log, read onwards, and nothing else."""

    async def read(
        self, connection: asyncpg.Connection, after: Mapping[int, int], limit: int
    ) -> list[RecordedEvent]:
        """Events past a position in each partition, in order, at most ``limit`` from each."""
        ...


class Projection(Protocol):
    """A read model: pure folding in memory, then its rows written in one go.

    ``name`` and ``version`` name it; a change of the fold or of the tables raises the version,
    which is then built anew. ``handles`` are the stored types it takes; all others are ignored, and counted.
    """

    name: str
    version: int
    handles: frozenset[str]
    tables: str

    async def fold(self, connection: asyncpg.Connection, events: Sequence[RecordedEvent]) -> None:
        """Take events in, in order, and write what changed, on the connection of the caller's transaction.

        No side effects beyond its own tables are possible from here: it is given nothing else.
        """
        ...

    def forget(self) -> None:
        """Drop whatever is kept in memory: a batch was rolled back, or somebody else took over."""
        ...
