"""Rows made of the log's events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from service.export.log_reader import End, LogReader, Opened
from service.export.source import OF_THE_LOG, Place, Row, Sheet, Slice
from service.storage.database import Database


class Shape(Protocol):
    """What rows are made of events. ``left_out`` are the types that have none."""

    @property
    def sheet(self) -> Sheet: ...

    @property
    def left_out(self) -> frozenset[str]: ...

    async def rows(self, database: Database, events: Sequence[Opened], end: End, /) -> list[Row]:
        """The rows of events of one partition. What came of them later counts up to the end."""
        ...


class LogSource:
    """Events as rows of a shape, ordered by partition and position."""

    unit = "events"
    freshness = OF_THE_LOG

    def __init__(self, database: Database, reader: LogReader, shape: Shape) -> None:
        self.sheet = shape.sheet
        self.through: Mapping[int, int] = reader.through
        self.total = sum(reader.through.values())
        self._database, self._reader, self._shape = database, reader, shape

    async def slices(self, after: Place) -> AsyncIterator[Slice]:
        """Slices past a place."""
        async for piece in self._reader.pieces(after):
            rows = await self._shape.rows(self._database, piece.events, piece.end)
            yield Slice(rows, piece.place, piece.done, piece.faults)
