"""Top senders: the conversations in which customers wrote most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from projections.reports.answers import Fields, Question, Tallies, gathered
from projections.reports.definitions import KNOWN, MESSAGES_IN, SENDER_COUNT, SESSIONS, UNKNOWN_CALLS
from projections.reports.numbers import Amount, Count

COLUMNS: Final[tuple[Count | Amount, ...]] = (
    Count("messages", MESSAGES_IN.meaning, MESSAGES_IN.of),
    SESSIONS,
    KNOWN,
    UNKNOWN_CALLS,
)
MEASURES: Final = sorted({measure for number in COLUMNS for measure in number.measures})

MOST: Final = """
SELECT min(partition) AS partition, conversation_id, count(*) AS n FROM {facts}
WHERE measure = 'message_in' AND at >= $1 AND at < $2
  AND ($3::text IS NULL OR channel = $3) AND ($4::text IS NULL OR account_id = $4)
GROUP BY conversation_id
HAVING $5::bigint IS NULL OR (-count(*), conversation_id) > (-$5::bigint, $6::uuid)
ORDER BY n DESC, conversation_id LIMIT $7
"""
OF_THESE: Final = """
SELECT f.conversation_id, f.channel, f.account_id, f.measure, f.dim, count(*) AS n,
       sum(f.amount)::bigint AS amount
FROM unnest($1::smallint[], $2::uuid[]) AS who (partition, conversation_id)
JOIN {facts} f ON f.partition = who.partition AND f.conversation_id = who.conversation_id
WHERE f.measure = ANY ($3::text[]) AND f.at >= $4 AND f.at < $5
GROUP BY f.conversation_id, f.channel, f.account_id, f.measure, f.dim
"""
PARTITIONS: Final = "SELECT partition FROM partitions"


Place = tuple[int, UUID]
"""A place in the list: how many messages, and whose."""


async def answer(
    connection: asyncpg.Connection, question: Question, after: Place | None, limit: int
) -> tuple[list[Fields], Fields]:
    """At most ``limit`` conversations past a place, those with the most messages first."""
    facts, scope = question.scope.view.table("analytics_facts"), question.scope
    messages, conversation_id = after or (None, None)
    most = await connection.fetch(
        MOST.format(facts=facts),
        *question.whole,
        scope.channel,
        scope.account,
        messages,
        conversation_id,
        limit,
    )
    return await _told(connection, question, most), await totals(connection, question)


async def _told(
    connection: asyncpg.Connection, question: Question, most: Sequence[asyncpg.Record]
) -> list[Fields]:
    where = [(row["partition"], row["conversation_id"]) for row in most]
    told = await _columns(connection, question, where)
    return [{"conversation_id": conversation_id, **told[conversation_id]} for _, conversation_id in where]


async def one(connection: asyncpg.Connection, question: Question, conversation_id: UUID) -> Fields:
    """The columns of one conversation, whether or not it is among those with the most messages."""
    anywhere = [(row["partition"], conversation_id) for row in await connection.fetch(PARTITIONS)]
    return (await _columns(connection, question, anywhere))[conversation_id]


async def _columns(
    connection: asyncpg.Connection, question: Question, where: Sequence[tuple[int, UUID]]
) -> dict[UUID, Fields]:
    tallies: dict[UUID, Tallies] = {
        conversation_id: {measure: {} for measure in MEASURES} for _, conversation_id in where
    }
    rows = await connection.fetch(
        OF_THESE.format(facts=question.scope.view.table("analytics_facts")),
        [partition for partition, _ in where],
        [conversation_id for _, conversation_id in where],
        MEASURES,
        *question.whole,
    )
    whose: dict[UUID, Fields] = {conversation_id: {} for conversation_id in tallies}
    for row in rows:
        conversation_id = row["conversation_id"]
        tallies[conversation_id][row["measure"]][row["dim"]] = (row["n"], row["amount"])
        whose[conversation_id] = {"channel": row["channel"], "account_id": row["account_id"]}
    return {
        conversation_id: {**whose[conversation_id], **{n.name: n.value(sums) for n in COLUMNS}}
        for conversation_id, sums in tallies.items()
    }


async def totals(connection: asyncpg.Connection, question: Question) -> Fields:
    """The same of everybody, and how many they are."""
    numbers = (SENDER_COUNT, *COLUMNS)
    _, overall = await gathered(connection, question.scope, [question.whole], question.whole, numbers)
    return {number.name: number.value(overall) for number in numbers}
