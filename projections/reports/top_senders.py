"""Top senders: the conversations in which customers wrote most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from projections.measures import Measure
from projections.reports.answers import Fields, Question, gathered
from projections.reports.definitions import KNOWN, MESSAGES_IN, SENDER_COUNT, SESSIONS, UNKNOWN_CALLS
from projections.reports.numbers import Amount, Count, Sums
from projections.reports.spans import added

COLUMNS: Final[tuple[Count | Amount, ...]] = (
    Count("messages", MESSAGES_IN.meaning, MESSAGES_IN.of),
    SESSIONS,
    KNOWN,
    UNKNOWN_CALLS,
)

MOST: Final = """
SELECT min(partition) AS partition, conversation_id, sum(n) AS n FROM (
    SELECT r.partition, r.conversation_id, s.sign * r.messages AS n
    FROM unnest($3::timestamptz[], $4::timestamptz[], $5::integer[]) AS s (since, until, sign)
    JOIN {writers} r ON r.start >= s.since AND r.start < s.until
    WHERE ($1::text IS NULL OR r.channel = $1) AND ($2::text IS NULL OR r.account_id = $2)
    UNION ALL
    SELECT r.partition, r.conversation_id, s.sign AS n
    FROM unnest($6::timestamptz[], $7::timestamptz[], $8::integer[]) AS s (since, until, sign)
    CROSS JOIN LATERAL (
        SELECT partition, conversation_id FROM {facts} r
        WHERE r.measure = 'message_in' AND r.at >= s.since AND r.at < s.until
          AND ($1::text IS NULL OR r.channel = $1) AND ($2::text IS NULL OR r.account_id = $2) OFFSET 0
    ) AS r
) AS parts
GROUP BY conversation_id
HAVING sum(n) > 0 AND ($9::bigint IS NULL OR (-sum(n), conversation_id) > (-$9::bigint, $10::uuid))
ORDER BY n DESC, conversation_id LIMIT $11
"""
OF_THESE: Final = """
SELECT conversation_id, min(channel) AS channel, min(account_id) AS account_id,
       sum(messages) AS messages, sum(sessions) AS sessions, sum(priced) AS priced, sum(cost)::bigint AS cost,
       sum(unpriced) AS unpriced
FROM unnest($1::smallint[], $2::uuid[]) AS who (partition, conversation_id) CROSS JOIN LATERAL (
    SELECT r.channel, r.account_id, s.sign * r.messages, s.sign * r.sessions, s.sign * r.priced,
           s.sign * r.cost, s.sign * r.unpriced
    FROM unnest($3::timestamptz[], $4::timestamptz[], $5::integer[]) AS s (since, until, sign)
    CROSS JOIN LATERAL (
        SELECT * FROM {writers} r
        WHERE r.partition = who.partition AND r.conversation_id = who.conversation_id
          AND r.start >= s.since AND r.start < s.until OFFSET 0
    ) AS r
    UNION ALL
    SELECT r.channel, r.account_id,
           s.sign * (r.measure = 'message_in')::integer, s.sign * (r.measure = 'session')::integer,
           s.sign * (r.measure IN ('cost_exact', 'cost_estimated'))::integer,
           CASE WHEN r.measure IN ('cost_exact', 'cost_estimated') THEN s.sign * r.amount ELSE 0 END,
           s.sign * (r.measure = 'cost_unknown')::integer
    FROM unnest($6::timestamptz[], $7::timestamptz[], $8::integer[]) AS s (since, until, sign)
    CROSS JOIN LATERAL (
        SELECT * FROM {facts} r
        WHERE r.partition = who.partition AND r.conversation_id = who.conversation_id
          AND r.at >= s.since AND r.at < s.until
          AND r.measure IN ('message_in', 'session', 'cost_exact', 'cost_estimated', 'cost_unknown') OFFSET 0
    ) AS r
) AS told (channel, account_id, messages, sessions, priced, cost, unpriced)
GROUP BY conversation_id
"""
PARTITIONS: Final = "SELECT partition FROM partition_locks"


Place = tuple[int, UUID]
"""A place in the list: how many messages, and whose."""


async def answer(
    connection: asyncpg.Connection, question: Question, after: Place | None, limit: int
) -> tuple[list[Fields], Fields]:
    """At most ``limit`` conversations past a place, those with the most messages first."""
    scope = question.scope
    place = after or (None, None)
    statement = _in(question, MOST)
    most = await connection.fetch(statement, scope.channel, scope.account, *_when(question), *place, limit)
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
    partitions, ids = [partition for partition, _ in where], [who for _, who in where]
    told: dict[UUID, Fields] = {who: {n.name: n.value(_sums(0, 0, 0, 0, 0)) for n in COLUMNS} for who in ids}
    for row in await connection.fetch(_in(question, OF_THESE), partitions, ids, *_when(question)):
        conversation_id, channel, account_id, *columns = row
        sums = _sums(*columns)
        told[conversation_id] = {
            "channel": channel,
            "account_id": account_id,
            **{number.name: number.value(sums) for number in COLUMNS},
        }
    return told


def _sums(messages: int, sessions: int, priced: int, cost: int, unpriced: int) -> Sums:
    """What the columns are computed from, of a conversation."""
    return Sums({
        Measure.MESSAGE_IN: {"": (messages, 0)},
        Measure.SESSION: {"": (sessions, 0)},
        Measure.COST_EXACT: {"": (priced, cost)},
        Measure.COST_ESTIMATED: {},
        Measure.COST_UNKNOWN: {"": (unpriced, 0)},
    })  # fmt: skip


def _in(question: Question, statement: str) -> str:
    table = question.scope.view.table
    return statement.format(writers=table("analytics_writers"), facts=table("analytics_facts"))


def _when(question: Question) -> list[list[Any]]:
    """The range, in whole months and in what is no month."""
    pieces = added(question.whole, ("month",))
    return [
        [getattr(piece, side) for piece in pieces if piece.unit == unit]
        for unit in ("month", None)
        for side in ("since", "until", "sign")
    ]


async def totals(connection: asyncpg.Connection, question: Question) -> Fields:
    """The same of everybody, and how many they are."""
    numbers = (SENDER_COUNT, *COLUMNS)
    _, overall = await gathered(connection, question.scope, [question.whole], question.whole, numbers)
    return {number.name: number.value(overall) for number in numbers}
