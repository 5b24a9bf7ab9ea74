"""Obligations: who waits for an answer now, since when, and what the service is about to do."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from projections.reports.answers import Fields
from projections.reports.sums import Scope
from projections.views import View

WAITING: Final = """
SELECT f.conversation_id, f.version, f.channel, f.account_id, f.at AS since, f.amount AS messages,
       {why} AS why
FROM {facts} f
LEFT JOIN owed o ON o.partition = f.partition AND o.conversation_id = f.conversation_id {sessions}
WHERE f.measure = 'turn' AND f.dim = 'waiting'
  AND ($1::text IS NULL OR f.channel = $1) AND ($2::text IS NULL OR f.account_id = $2)
  AND ($3::timestamptz IS NULL OR (f.at, f.conversation_id, f.version) > ($3, $4::uuid, $5::integer))
ORDER BY f.at, f.conversation_id, f.version LIMIT $6
"""
WITH_SESSIONS: Final = """
LEFT JOIN {sessions} s ON s.partition = f.partition AND s.conversation_id = f.conversation_id
"""
TOTALS: Final = """
SELECT count(*) AS waiting, coalesce(sum(amount), 0)::bigint AS messages, min(at) AS oldest
FROM {facts} WHERE measure = 'turn' AND dim = 'waiting'
  AND ($1::text IS NULL OR channel = $1) AND ($2::text IS NULL OR account_id = $2)
"""
OWED: Final = "o.step"
OWED_OR_A_PERSON: Final = "coalesce(o.step, CASE WHEN s.answered_by = 'person' THEN 'person' END)"
NOT_KNOWN: Final = "NULL::text"


Place = tuple[datetime, UUID, int]
"""A place in the list: since when, whose, and the version of the turn's first message."""


async def answer(
    connection: asyncpg.Connection,
    scope: Scope,
    sessions: View | None,
    after: Place | None,
    limit: int,
    now: datetime,
) -> tuple[list[Fields], Fields]:
    """At most ``limit`` waiting turns past a place, those that wait longest first.

    ``why``: ``draft`` or ``send`` where the service owes that, ``person`` where a person is to answer; None
    where neither is known, and in a view of the past, since what is owed is known of now only.
    """
    facts = scope.view.table("analytics_facts")
    why, joined = NOT_KNOWN, ""
    if scope.view.state == "live":
        why = OWED if sessions is None else OWED_OR_A_PERSON
        joined = "" if sessions is None else WITH_SESSIONS.format(sessions=sessions.table("sessions"))
    place = after or (None, None, None)
    statement = WAITING.format(facts=facts, why=why, sessions=joined)
    rows = await connection.fetch(statement, scope.channel, scope.account, *place, limit)
    totals = await connection.fetchrow(TOTALS.format(facts=facts), scope.channel, scope.account)
    return [{**row, "waited_seconds": _waited(row["since"], now)} for row in rows], {**(totals or {})}


def _waited(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())
