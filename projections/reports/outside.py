"""What arrived and made no event, by when it arrived: refused, quarantined and ignored deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import asyncpg

from projections.reports.numbers import IGNORED, QUARANTINED, REFUSED
from projections.reports.spans import Span

QUARANTINE: Final = """
SELECT width_bucket(received_at, $1::timestamptz[]) AS bucket, reason AS dim, count(*) AS n
FROM quarantine WHERE received_at >= $2 AND received_at < $3 GROUP BY bucket, dim
"""
IGNORES: Final = """
SELECT width_bucket(received_at, $1::timestamptz[]) AS bucket, reason AS dim, count(*) AS n
FROM ignored WHERE received_at >= $2 AND received_at < $3
  AND ($4::text IS NULL OR channel = $4) AND ($5::text IS NULL OR account_id = $5)
GROUP BY bucket, dim
"""
REFUSALS: Final = """
SELECT width_bucket(hour, $1::timestamptz[]) AS bucket, reason AS dim, sum(n)::bigint AS n
FROM webhook_refusals WHERE hour >= $2 AND hour < $3 GROUP BY bucket, dim
"""

Tally = dict[str, tuple[int, int]]


async def arrivals(
    connection: asyncpg.Connection, spans: Sequence[Span], channel: str | None, account: str | None
) -> list[dict[str, Tally]]:
    """For each of some adjoining spans what was set aside in it, by reason.

    Of what is not known of one channel or account there is nothing: the quarantine and refusals.
    """
    if not spans:
        return []
    every = channel is None and account is None
    asked: list[tuple[str, str, tuple[Any, ...]]] = [(IGNORED, IGNORES, (channel, account))]
    if every:
        asked += [(QUARANTINED, QUARANTINE, ()), (REFUSED, REFUSALS, ())]
    found: list[dict[str, Tally]] = [{name: {} for name, _, _ in asked} for _ in spans]
    begins, until = [span.since for span in spans], spans[-1].until
    for name, statement, arguments in asked:
        for row in await connection.fetch(statement, begins, begins[0], until, *arguments):
            found[row["bucket"] - 1][name][row["dim"]] = (row["n"], 0)
    return found
