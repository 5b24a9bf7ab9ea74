"""Populations: what a number counts, one row each, listed a page at a time.

They are read from the facts alone, never from the sums, so that a listing vouches for the number it explains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from projections.reports.numbers import IGNORED, QUARANTINED
from projections.reports.spans import Span
from projections.reports.sums import Scope

OF_FACTS: Final = """
SELECT r.partition, r.conversation_id, r.version, r.measure, r.dim, r.at, r.amount
FROM unnest($1::timestamptz[], $2::timestamptz[]) AS s (since, until)
JOIN {facts} r ON r.at >= s.since AND r.at < s.until
WHERE r.measure = ANY ($3::text[]) AND ($4::text[] IS NULL OR {dim} = ANY ($4))
  AND ($5::uuid IS NULL OR r.conversation_id = $5)
  AND ($6::text IS NULL OR r.channel = $6) AND ($7::text IS NULL OR r.account_id = $7)
"""
OF_SENDERS: Final = """
SELECT DISTINCT ON (r.conversation_id)
       r.partition, r.conversation_id, r.version, r.measure, r.dim, r.at, r.amount
FROM {facts} r
WHERE r.measure = 'message_in' AND r.at >= $1 AND r.at < $2 AND NOT ($3 AND EXISTS (
    SELECT FROM {facts} n WHERE n.partition = r.partition AND n.conversation_id = r.conversation_id
       AND n.measure = 'sender_new' AND n.at >= $1 AND n.at < $2))
  AND ($4::text IS NULL OR r.channel = $4) AND ($5::text IS NULL OR r.account_id = $5)
ORDER BY r.conversation_id, r.at, r.version
"""
OF_COHORTS: Final = """
SELECT DISTINCT ON (r.conversation_id)
       r.partition, r.conversation_id, r.version, r.measure, r.dim, r.at, r.amount
FROM unnest($1::timestamptz[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[])
     AS s (came_since, came_until, since, until)
JOIN {facts} n ON n.measure = 'sender_new' AND n.at >= s.came_since AND n.at < s.came_until
JOIN {facts} r ON r.partition = n.partition AND r.conversation_id = n.conversation_id
              AND r.measure = 'message_in' AND r.at >= s.since AND r.at < s.until
WHERE ($5::text IS NULL OR r.channel = $5) AND ($6::text IS NULL OR r.account_id = $6)
ORDER BY r.conversation_id, r.at, r.version
"""
OF_WAITING: Final = """
SELECT r.partition, r.conversation_id, r.version, r.measure, r.dim, r.at, r.amount FROM {facts} r
WHERE r.measure = 'turn' AND r.dim = 'waiting'
  AND ($1::text IS NULL OR r.channel = $1) AND ($2::text IS NULL OR r.account_id = $2)
"""
OF_QUARANTINE: Final = """
SELECT partition, id AS conversation_id, 0 AS version, 'quarantined' AS measure, reason AS dim,
       received_at AS at, 0 AS amount
FROM quarantine WHERE received_at >= $1 AND received_at < $2 AND ($3::text IS NULL OR reason = $3)
"""
OF_IGNORED: Final = """
SELECT partition, id AS conversation_id, 0 AS version, 'ignored' AS measure, reason AS dim,
       received_at AS at, 0 AS amount
FROM ignored WHERE received_at >= $1 AND received_at < $2 AND ($3::text IS NULL OR reason = $3)
  AND ($4::text IS NULL OR channel = $4) AND ($5::text IS NULL OR account_id = $5)
"""
COUNT: Final = "SELECT count(*) AS n, coalesce(sum(amount), 0)::bigint AS amount FROM ({rows}) AS population"
LIST: Final = """
SELECT p.conversation_id, p.version, e.type, p.at, p.measure, p.dim, p.amount
FROM (
    SELECT * FROM ({rows}) AS population
    WHERE ${n}::timestamptz IS NULL
       OR (at, conversation_id, version, measure) > (${n}, ${n1}::uuid, ${n2}::integer, ${n3}::text)
    ORDER BY at, conversation_id, version, measure LIMIT ${n4}
) AS p
LEFT JOIN events e
  ON e.partition = p.partition AND e.conversation_id = p.conversation_id AND e.version = p.version
ORDER BY p.at, p.conversation_id, p.version, p.measure
"""


Place = tuple[datetime, UUID, int, str]
"""A place in a listing: the instant of a row, its id, version and measure."""


@dataclass(frozen=True, slots=True)
class Population:
    """Rows of a statement, or None of those: what is counted and not kept."""

    statement: str | None
    arguments: Sequence[Any] = field(default_factory=tuple)

    async def size(self, connection: asyncpg.Connection) -> tuple[int, int]:
        """How many they are, and the sum of their amounts."""
        if self.statement is None:
            return 0, 0
        row = await connection.fetchrow(COUNT.format(rows=self.statement), *self.arguments)
        assert row is not None, "an aggregate has a row"
        return row["n"], row["amount"]

    async def page(
        self, connection: asyncpg.Connection, after: Place | None, limit: int
    ) -> list[asyncpg.Record]:
        """At most ``limit`` of them past a place, by time."""
        if self.statement is None:
            return []
        n = len(self.arguments) + 1
        statement = LIST.format(rows=self.statement, n=n, n1=n + 1, n2=n + 2, n3=n + 3, n4=n + 4)
        place = after or (None, None, None, None)
        found: list[asyncpg.Record] = await connection.fetch(statement, *self.arguments, *place, limit)
        return found


NOTHING_KEPT: Final = Population(None)


def facts(
    scope: Scope,
    spans: Sequence[Span],
    measures: Sequence[str],
    *,
    dims: Sequence[str] | None = None,
    conversation_id: UUID | None = None,
) -> Population:
    """Facts of some measures in some spans; of some dims, or of one conversation."""
    statement = OF_FACTS.format(facts=scope.view.table("analytics_facts"), dim=scope.dim)
    bounds = ([span.since for span in spans], [span.until for span in spans])
    given = (list(measures), dims, conversation_id, scope.channel, scope.account)
    return Population(statement, (*bounds, *given))


def senders(scope: Scope, span: Span, *, returning: bool) -> Population:
    """Of each conversation the first message in a span; ``returning``: of none whose first ever is in it."""
    statement = OF_SENDERS.format(facts=scope.view.table("analytics_facts"))
    return Population(statement, (*span, returning, scope.channel, scope.account))


def cohorts(scope: Scope, came: Sequence[Span], wrote: Sequence[Span]) -> Population:
    """Of those who came in one span, the first message in the other; of each pair of spans."""
    statement = OF_COHORTS.format(facts=scope.view.table("analytics_facts"))
    bounds = [[span[side] for span in spans] for spans in (came, wrote) for side in (0, 1)]
    return Population(statement, (*bounds, scope.channel, scope.account))


def waiting(scope: Scope) -> Population:
    """The turns that wait now."""
    statement = OF_WAITING.format(facts=scope.view.table("analytics_facts"))
    return Population(statement, (scope.channel, scope.account))


def arrivals(scope: Scope, kind: str, span: Span, reason: str | None) -> Population:
    """What was set aside in a span: rows of the quarantine or ignored updates, with ids of their own."""
    if kind == QUARANTINED:
        return Population(OF_QUARANTINE, (*span, reason))
    if kind == IGNORED:
        return Population(OF_IGNORED, (*span, reason, scope.channel, scope.account))
    return NOTHING_KEPT
