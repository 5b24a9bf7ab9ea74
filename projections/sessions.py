"""The live session view: one row for each conversation, what is going on and who waits."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg

from domain.identity import Channel
from domain.state import HANDED_OVER
from projections.projection import Changes, RecordedEvent, Rules, Table
from projections.tables import state_table
from projections.views import View

Status = Literal["active", "expired", "all"]


@dataclass(slots=True)
class SessionRow:
    """What the view holds of one conversation. Instants of sessions are the provider's own."""

    partition: int
    conversation_id: UUID
    version: int = 0
    channel: str = ""
    account_id: str = ""
    thread_id: str = ""
    threads: list[dict[str, Any]] = field(default_factory=list)
    conversation_started: datetime | None = None
    session_number: int = 0
    session_started: datetime | None = None
    session_messages: int = 0
    last_activity: datetime | None = None
    total_messages: int = 0
    late_messages: int = 0
    duplicates: int = 0
    replies: int = 0
    failures: int = 0
    last_failure: str | None = None
    awaiting_since: datetime | None = None
    awaiting_next: datetime | None = None
    """Since when messages wait that the answer under way does not cover."""
    answered_by: str = "bot"
    last_message_version: int | None = None
    profile_version: int = 1
    erased: bool = False


HANDLED: Final = frozenset({
    "ConversationStarted", "MessageReceived", "DuplicateReceived", "ProfileChanged", "ThreadRebound",
    "DraftAttempted", "ReplyDrafted", "ReplySent", "ReplyFailed", "EchoReceived", "HandedOver",
    "HandedBack", "ConversationErased",
})  # fmt: skip


def fold(row: SessionRow, event: RecordedEvent, rules: Rules) -> None:
    """Take one event into the row. Pure: the same events give the same row, whoever folds them."""
    row.version = event.version
    values = event.fields
    match event.type:
        case "ConversationStarted":
            row.channel, row.account_id = values.channel, values.account_id
            row.conversation_started = event.recorded_at
            _bound(row, values.thread_id, event, "started")
        case "MessageReceived":
            _message(row, event, rules)
        case "DuplicateReceived":
            row.duplicates += 1
        case "ProfileChanged":
            row.profile_version = event.version
        case "ThreadRebound":
            _bound(row, values.thread_id, event, values.reason)
        case "HandedOver" | "HandedBack":
            row.answered_by = "person" if event.type == "HandedOver" else "bot"
        case "ConversationErased":
            row.erased, row.awaiting_since, row.awaiting_next = True, None, None
        case _:
            _reply(row, event)


def _bound(row: SessionRow, thread_id: str, event: RecordedEvent, reason: str) -> None:
    row.thread_id = thread_id
    bound_at = event.recorded_at.isoformat()
    row.threads.append({"thread_id": thread_id, "bound_at": bound_at, "reason": reason})


def _message(row: SessionRow, event: RecordedEvent, rules: Rules) -> None:
    values = event.fields
    at = min(values.sent_at, values.received_at or event.recorded_at)
    session, number, late = values.session, values.session_message, values.late
    if rules.session_length is not None:
        session, number, late = _cut_anew(row, at, rules.session_length)
    if session != row.session_number:
        row.session_number, row.session_started = session, at
    row.session_messages = number
    row.last_activity = at if row.last_activity is None else max(row.last_activity, at)
    row.total_messages += 1
    row.late_messages += bool(late)
    row.last_message_version = event.version
    row.awaiting_since = row.awaiting_since or event.recorded_at
    row.awaiting_next = row.awaiting_next or event.recorded_at


def _cut_anew(row: SessionRow, at: datetime, length: timedelta) -> tuple[int, int, bool]:
    """Session, message within it and whether it is late, by another session length than was recorded."""
    if row.last_activity is None or at > row.last_activity + length:
        return row.session_number + 1, 1, False
    return row.session_number, row.session_messages + 1, at < row.last_activity


def _reply(row: SessionRow, event: RecordedEvent) -> None:
    values = event.fields
    match event.type:
        case "DraftAttempted":
            row.awaiting_next = None
        case "ReplyDrafted":
            if values.author != "bot":
                row.awaiting_next = None
        case "ReplySent":
            row.replies += 1
            row.awaiting_since = row.awaiting_next
        case "ReplyFailed":
            if values.reason == HANDED_OVER:  # the customer waits for the person who took over
                return
            row.failures, row.last_failure = row.failures + 1, values.reason
            if values.answers_through:
                row.awaiting_next = None
            row.awaiting_since = row.awaiting_next
        case "EchoReceived":
            if row.answered_by == "person":
                row.awaiting_since = row.awaiting_next = None
        case _:
            raise LookupError(f"no rule for {event.type}")


class Sessions:
    """The projection ``sessions``."""

    name = "sessions"
    version = 3
    handles = HANDLED
    personal = False
    parameters = frozenset({"session_hours"})
    state = SessionRow
    states = state_table(
        "sessions",
        SessionRow,
        indexes={
            "activity": "(last_activity, conversation_id)",
            "begun": "(conversation_started, conversation_id)",
            "accounts": "(channel, account_id)",
        },
        options="fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000",
    )
    tables: tuple[Table, ...] = ()

    def fold(self, state: SessionRow, event: RecordedEvent, rules: Rules, _changes: Changes) -> None:
        """Take one event in; nothing but the row changes."""
        fold(state, event, rules)


ONE: Final = "SELECT * FROM {table} WHERE partition = $1 AND conversation_id = $2"
BOARD: Final = """
SELECT * FROM {table}
WHERE last_activity IS NOT NULL AND NOT erased AND {status} AND {place}
  AND ($2::text IS NULL OR channel = $2)
ORDER BY last_activity {direction}, conversation_id {direction} LIMIT $5
"""
OF_STATUS: Final[dict[Status, str]] = {
    "active": "last_activity >= $1",
    "expired": "last_activity < $1",
    "all": "$1::timestamptz IS NOT NULL",
}
"""Not one condition with alternatives: this way a plan that is kept has a range of the index, too."""
FIRST_PAGE: Final = "$3::timestamptz IS NULL AND $4::uuid IS NULL"
FURTHER_PAGE: Final = "(last_activity, conversation_id) {after} ($3, $4)"
BEGUN: Final = """
SELECT * FROM {table}
WHERE ($1::text IS NULL OR channel = $1) AND ($2::text IS NULL OR account_id = $2)
  AND ($3::uuid[] IS NULL OR conversation_id = ANY ($3))
  AND ($4::timestamptz IS NULL OR (conversation_started, conversation_id) {after} ($4, $5::uuid))
ORDER BY conversation_started {direction}, conversation_id {direction} LIMIT $6
"""
ACCOUNTS: Final = """
SELECT DISTINCT channel, account_id FROM {table}
WHERE ($1::text IS NULL OR channel = $1) AND ($2::text IS NULL OR account_id = $2)
ORDER BY channel, account_id LIMIT $3
"""
QUIET: Final = """
SELECT partition, conversation_id FROM {table}
WHERE partition = ANY ($1::smallint[]) AND coalesce(last_activity, conversation_started) < $2
  AND NOT erased AND answered_by = 'bot' AND awaiting_since IS NULL
  AND ($3::smallint IS NULL OR (partition, conversation_id) > ($3, $4::uuid))
ORDER BY partition, conversation_id LIMIT $5
"""
BEGUN_UP: Final = BEGUN.replace("{after}", ">").replace("{direction}", "ASC")
BEGUN_DOWN: Final = BEGUN.replace("{after}", "<").replace("{direction}", "DESC")

Cursor = tuple[datetime, UUID]


def _in(statement: str, view: View) -> str:
    return statement.replace("{table}", view.table(Sessions.states))


def _rows(records: Sequence[asyncpg.Record]) -> list[SessionRow]:
    return [SessionRow(**{**record, "threads": json.loads(record["threads"])}) for record in records]


async def one(
    connection: asyncpg.Connection, view: View, partition: int, conversation_id: UUID
) -> SessionRow | None:
    """The row of one conversation."""
    return next(iter(_rows(await connection.fetch(_in(ONE, view), partition, conversation_id))), None)


async def board(
    connection: asyncpg.Connection,
    view: View,
    *,
    status: Status,
    now: datetime,
    session_length: timedelta,
    channel: str | None,
    cursor: Cursor | None,
    limit: int,
    descending: bool = False,
) -> list[SessionRow]:
    """Sessions by their last activity. ``active``: less than a session length ago, as of ``now``."""
    after, direction = ("<", "DESC") if descending else (">", "ASC")
    place = FURTHER_PAGE.format(after=after) if cursor else FIRST_PAGE
    statement = BOARD.format(
        table=view.table(Sessions.states), status=OF_STATUS[status], place=place, direction=direction
    )
    at, conversation_id = cursor or (None, None)
    since = now - session_length
    return _rows(await connection.fetch(statement, since, channel, at, conversation_id, limit))


async def begun(
    connection: asyncpg.Connection,
    view: View,
    *,
    channel: str | None,
    account_id: str | None,
    ids: Sequence[UUID] | None,
    cursor: Cursor | None,
    limit: int,
    descending: bool = False,
) -> list[SessionRow]:
    """Conversations by when they began; ``ids`` narrows to those."""
    at, conversation_id = cursor or (None, None)
    statement = BEGUN_DOWN if descending else BEGUN_UP
    return _rows(
        await connection.fetch(_in(statement, view), channel, account_id, ids, at, conversation_id, limit)
    )


async def accounts(
    connection: asyncpg.Connection, view: View, channel: str | None, account_id: str | None, most: int
) -> list[tuple[Channel, str]]:
    """The ``(channel, account)`` pairs that there are conversations of, ``most`` at most."""
    rows = await connection.fetch(_in(ACCOUNTS, view), channel, account_id, most)
    return [(row[0], row[1]) for row in rows]


async def quiet(
    connection: asyncpg.Connection,
    view: View,
    partitions: Collection[int],
    before: datetime,
    place: tuple[int, UUID] | None,
    limit: int,
) -> list[tuple[int, UUID]]:
    """Partition and id of conversations past a place whose customer has said nothing since an instant, and
    waits for nothing, as far as the view knows."""
    rows = await connection.fetch(_in(QUIET, view), list(partitions), before, *(place or (None, None)), limit)
    return [(row["partition"], row["conversation_id"]) for row in rows]
