"""What turns of a conversation are folded from, read around a place in it and never from its beginning.

A turn ends with its *close*: a reply was written, a person wrote past us, or it became known that no reply
will come. Every close tells through which version it covers what the customer said, so that two closes next
to each other give what the later one answers, wherever in the conversation they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import asyncpg

from service.storage.codec import clear_fields, stored_fields
from service.storage.reading import Known

MOST_MESSAGES: Final = 100
"""Messages of one turn that are read; more are counted."""

AHEAD: Final = 500
"""Versions past the last close of a page in which its sending, and receipts, are looked for."""

MOST_TRACES: Final = 4_000
"""Events read at most of what came of a page's turns."""

CLOSES_BACK: Final = 4
"""Closes that have to be looked at to know what is covered before a place. A person's words cover everything;
after them at most two answers cover less: the one under way, and one to what was said while it was."""

TRACES: Final = [
    "ToolCalled", "ToolReturned", "ReplySent", "ReplyFailed", "DeliveryReported", "ConversationErased",
]  # fmt: skip

CLOSES: Final = """
SELECT version, type, recorded_at, data, sealed FROM events e
WHERE partition = $1 AND conversation_id = $2 AND version > $3 AND version < $4
  AND (type IN ('ReplyDrafted', 'EchoReceived') OR (type = 'ReplyFailed' AND data ? 'answers_through'))
  AND NOT (type = 'ReplyDrafted' AND EXISTS (
      SELECT FROM events f
      WHERE f.partition = $1 AND f.conversation_id = $2
        AND f.message_key = substr(
            sha256(uuid_send($2) || convert_to('failed:' || (e.data ->> 'reply_id'), 'UTF8')), 1, 16)
        AND f.data ->> 'reason' = 'handed_over' OFFSET 0))
  AND ($5::timestamptz IS NULL OR recorded_at >= $5) AND ($6::timestamptz IS NULL OR recorded_at < $6)
ORDER BY version {direction} LIMIT $7
"""
"""An answer that was dropped when a person took over closed nothing; how it ended is found by its unique key
(:func:`~service.storage.vault.message_key`). OFFSET 0: the planner would read all ends and hash them."""
CLOSES_UP: Final = CLOSES.format(direction="ASC")
CLOSES_DOWN: Final = CLOSES.format(direction="DESC")
NEWEST: Final = """
SELECT version FROM events WHERE partition = $1 AND conversation_id = $2 AND version < $3
ORDER BY version DESC LIMIT 1
"""
MESSAGES: Final = """
SELECT span.n, e.version, e.type, e.recorded_at, e.data, e.sealed
FROM unnest($3::integer[], $4::integer[]) WITH ORDINALITY AS span (above, through, n)
CROSS JOIN LATERAL (
    SELECT version, type, recorded_at, data, sealed FROM events
    WHERE partition = $1 AND conversation_id = $2 AND version > span.above AND version <= span.through
      AND type = 'MessageReceived'
    ORDER BY version LIMIT $5
) e
ORDER BY span.n, e.version
"""
COUNTED: Final = """
SELECT count(*) FROM events
WHERE partition = $1 AND conversation_id = $2 AND version > $3 AND version <= $4 AND type = 'MessageReceived'
"""
LAST_MESSAGE: Final = """
SELECT recorded_at FROM events
WHERE partition = $1 AND conversation_id = $2 AND version > $3 AND version <= $4 AND type = 'MessageReceived'
ORDER BY version DESC LIMIT 1
"""
TRACED: Final = """
SELECT version, type, recorded_at, data FROM events
WHERE partition = $1 AND conversation_id = $2 AND version > $3 AND version <= $4 AND type = ANY ($5::text[])
ORDER BY version LIMIT $6
"""

Event = dict[str, Any]
"""``version``, ``type``, ``recorded_at`` and the fields of an event, personal ones where the key is there."""


@dataclass(slots=True)
class Span:
    """What one turn is folded from: what the customer said past ``above`` through ``through``, and its close.

    ``key`` is its place among the turns, ``close`` is None where nothing was answered yet. ``count`` is of
    all its messages, of which the first :data:`MOST_MESSAGES` are in ``messages``.
    """

    key: int
    above: int
    through: int
    close: Event | None
    messages: list[Event] = field(default_factory=list)
    count: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """Which turns: those closed past ``above`` and before ``below``, recorded in [after, before).

    ``open``: the one that is not closed too, by its newest message. ``newest``: the version to read through.
    """

    above: int
    below: int
    newest: int
    after: datetime | None
    before: datetime | None
    limit: int
    descending: bool
    open: bool


async def newest_version(connection: asyncpg.Connection, known: Known, below: int) -> int:
    """The newest version below another; 0 where there is none."""
    return await connection.fetchval(NEWEST, known.partition, known.conversation_id, below) or 0


async def read_spans(connection: asyncpg.Connection, known: Known, asked: Asked) -> list[Span]:
    """The turns asked for, in order."""
    opened = await _open_span(connection, known, asked) if asked.open else None
    spans = await _closed_spans(connection, known, asked)
    if opened is not None:
        spans = [opened, *spans] if asked.descending else [*spans, opened]
    spans = spans[: asked.limit]
    await _fill(connection, known, spans)
    return spans


async def read_traces(
    connection: asyncpg.Connection, known: Known, asked: Asked, spans: list[Span]
) -> list[Event]:
    """What came of the turns: tools, sending and receipts within :data:`AHEAD` of the last close, in the
    clear."""
    if not spans:
        return []
    ends = [span.key + AHEAD if span.close else asked.newest for span in spans]
    rows = await connection.fetch(
        TRACED,
        known.partition,
        known.conversation_id,
        min(span.above for span in spans),
        min(max(ends), asked.newest),
        TRACES,
        MOST_TRACES,
    )
    return [
        {
            "version": row["version"],
            "type": row["type"],
            "recorded_at": row["recorded_at"],
            **clear_fields(row["type"], row["data"]),
        }
        for row in rows
    ]


async def _closed_spans(connection: asyncpg.Connection, known: Known, asked: Asked) -> list[Span]:
    rows = await connection.fetch(
        CLOSES_DOWN if asked.descending else CLOSES_UP,
        known.partition,
        known.conversation_id,
        asked.above,
        asked.below,
        asked.after,
        asked.before,
        asked.limit,
    )
    closes = [_event(known, row) for row in (reversed(rows) if asked.descending else rows)]
    if not closes:
        return []
    covered = await _covered_before(connection, known, closes[0]["version"])
    spans: list[Span] = []
    for close in closes:
        through = _covers(close)
        spans.append(Span(close["version"], covered, through, close))
        covered = max(covered, through)
    return spans[::-1] if asked.descending else spans


async def _open_span(connection: asyncpg.Connection, known: Known, asked: Asked) -> Span | None:
    covered = await _covered_before(connection, known, asked.newest + 1)
    last: datetime | None = await connection.fetchval(
        LAST_MESSAGE, known.partition, known.conversation_id, covered, asked.newest
    )
    if last is None or (asked.after and last < asked.after) or (asked.before and last >= asked.before):
        return None
    return Span(asked.newest + 1, covered, asked.newest, None)


async def _covered_before(connection: asyncpg.Connection, known: Known, version: int) -> int:
    rows = await connection.fetch(
        CLOSES_DOWN, known.partition, known.conversation_id, 0, version, None, None, CLOSES_BACK
    )
    return max((_covers(_event(known, row)) for row in rows), default=0)


def _covers(close: Event) -> int:
    """Through which version an answer covers what was said. A person has read everything."""
    if close["type"] == "EchoReceived" or close.get("author") == "person":
        version: int = close["version"]
        return version
    through: int = close["answers_through"]
    return through


async def _fill(connection: asyncpg.Connection, known: Known, spans: Sequence[Span]) -> None:
    above, through = [span.above for span in spans], [span.through for span in spans]
    where = known.partition, known.conversation_id
    for row in await connection.fetch(MESSAGES, *where, above, through, MOST_MESSAGES):
        spans[row["n"] - 1].messages.append(_event(known, row))
    for span in spans:
        span.count = len(span.messages)
        if span.count == MOST_MESSAGES:
            span.count = await connection.fetchval(COUNTED, *where, span.above, span.through)


def _event(known: Known, row: asyncpg.Record) -> Event:
    key, sealed = known.key, row["sealed"]
    personal = None if key is None or sealed is None else key.open(row["version"], sealed)
    return {
        "version": row["version"],
        "type": row["type"],
        "recorded_at": row["recorded_at"],
        **stored_fields(row["type"], row["data"], personal),
    }
