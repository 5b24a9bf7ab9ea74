"""Deliveries that were turned away: counted by the hour, since nothing else is kept of them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Final

from service.storage.database import Database

ADD: Final = """
INSERT INTO webhook_refusals AS r (hour, path, reason, n)
SELECT date_trunc('hour', $1::timestamptz, 'UTC'), * FROM unnest($2::text[], $3::text[], $4::bigint[])
ON CONFLICT (hour, path, reason) DO UPDATE SET n = r.n + excluded.n
"""


class Refusals:
    """Counts in memory and writes now and then, so that a flood of nonsense writes as little as a drop.

    What was counted since the last write is lost with the process: it is evidence, and no message.
    """

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, path: str, reason: str) -> None:
        """One more."""
        self._counts[path, reason] += 1

    async def write(self, database: Database, now: datetime) -> None:
        """Add what was counted to the hour of ``now``; what cannot be written is kept for the next time."""
        counts, self._counts = self._counts, Counter()
        if not counts:
            return
        paths, reasons = zip(*sorted(counts), strict=True)
        numbers = [counts[key] for key in sorted(counts)]
        try:
            async with database.connection() as connection:
                await connection.execute(ADD, now, list(paths), list(reasons), numbers)
        except BaseException:
            self._counts += counts
            raise
