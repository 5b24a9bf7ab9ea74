"""How far back the inbox is read.

Rows that were taken stay in its index for as long as any transaction holds a snapshot from before, and
whoever reads from the beginning passes over all of them. Once that takes long, most looks begin where the one
before found its oldest row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from time import monotonic
from typing import Final
from uuid import UUID

from service.storage.ids import earlier
from service.storage.inbox import InboxRow

MARGIN: Final = 30.0
"""Seconds before that oldest row. A row may be committed later than others that were made after it, by a
process that stood still; but nobody waits so long for an answer, so whoever was answered is in reach, and
comes before whatever they say next."""

QUICK: Final = 0.01
"""Seconds of a look from the beginning that is worth no care: all are, as long as nothing is in their way."""

RARITY: Final = 50.0
"""A look from the beginning is not repeated for so many times as long as it took: a fiftieth of the time is
spent on them at most, and so long at most waits a row that came in further back than the margin."""

BEGINNING: Final = UUID(int=0)


class Reach:
    """Remembers, for each partition, behind which id there is nothing to take.

    ``clock`` is one of seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._oldest: dict[int, UUID] = {}
        self._passed_over: dict[UUID, tuple[int, UUID]] = {}
        self._whole_from = 0.0
        self._began: float | None = None

    def begin(self, partitions: Collection[int], passing_over: Collection[UUID]) -> dict[int, UUID]:
        """The id of each partition past which to look now, with the rows of these conversations left out."""
        now = self._clock()
        self._began = now if now >= self._whole_from else None
        if self._began is not None:
            return dict.fromkeys(partitions, BEGINNING)
        floor = dict(self._oldest)
        for conversation_id, (partition, row_id) in self._passed_over.items():
            if conversation_id not in passing_over:
                floor[partition] = min(row_id, floor.get(partition, row_id))
        return {p: earlier(floor[p], MARGIN) if p in floor else BEGINNING for p in partitions}

    def saw(self, rows: Sequence[InboxRow], passing_over: Collection[UUID]) -> None:
        """What the look found: for each partition its oldest rows, in order."""
        if self._began is not None:
            took = self._clock() - self._began
            self._whole_from = self._clock() + (RARITY * took if took > QUICK else 0.0)
        self._passed_over = {key: at for key, at in self._passed_over.items() if key in passing_over}
        found: dict[int, UUID] = {}
        for row in rows:
            found.setdefault(row.partition, row.id)
            self._passed_over.setdefault(row.conversation_id, (row.partition, row.id))
        self._oldest |= found
