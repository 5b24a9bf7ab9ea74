"""The live session view: one row for each conversation, what is going on and who waits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg

from projections.projection import RecordedEvent

Status = Literal["active", "expired", "all"]

TABLES: Final = """
CREATE TABLE IF NOT EXISTS sessions_1 (
    partition            smallint    NOT NULL,
    conversation_id      uuid        NOT NULL,
    version              integer     NOT NULL,
    channel              text        NOT NULL,
    account_id           text        NOT NULL,
    thread_id            text        NOT NULL,
    threads              jsonb       NOT NULL,
    conversation_started timestamptz NOT NULL,
    session_number       integer     NOT NULL,
    session_started      timestamptz,
    session_messages     integer     NOT NULL,
    last_activity        timestamptz,
    total_messages       integer     NOT NULL,
    late_messages        integer     NOT NULL,
    duplicates           integer     NOT NULL,
    replies              integer     NOT NULL,
    failures             integer     NOT NULL,
    last_failure         text,
    awaiting_since       timestamptz,
    awaiting_next        timestamptz,
    answered_by          text        NOT NULL,
    last_message_version integer,
    profile_version      integer     NOT NULL,
    erased               boolean     NOT NULL,
    PRIMARY KEY (partition, conversation_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE INDEX IF NOT EXISTS sessions_1_activity ON sessions_1 (last_activity, conversation_id);
CREATE INDEX IF NOT EXISTS sessions_1_begun ON sessions_1 (conversation_started, conversation_id)
"""


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


MOST_IN_MEMORY: Final = 50_000

COLUMNS: Final = [f.name for f in fields(SessionRow)]
_TYPES: Final = {
    "int": "integer",
    "str": "text",
    "bool": "boolean",
    "UUID": "uuid",
    "datetime": "timestamptz",
    "list[dict[str,": "jsonb",
}
_CASTS: Final = [_TYPES[str(f.type).split(" ", 1)[0]] for f in fields(SessionRow)]

LOAD: Final = """
SELECT s.* FROM unnest($1::smallint[], $2::uuid[]) AS wanted (partition, conversation_id)
JOIN sessions_1 s ON s.partition = wanted.partition AND s.conversation_id = wanted.conversation_id
"""
SAVE: Final = f"""
INSERT INTO sessions_1 ({", ".join(COLUMNS)})
SELECT * FROM unnest({", ".join(f"${n}::{cast}[]" for n, cast in enumerate(_CASTS, 1))})
ON CONFLICT (partition, conversation_id) DO UPDATE
SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS[2:])}
"""
HANDLED: Final = frozenset({
    "ConversationStarted", "MessageReceived", "DuplicateReceived", "ProfileChanged", "ThreadRebound",
    "DraftAttempted", "ReplyDrafted", "ReplySent", "ReplyFailed", "HandedOver",
    "HandedBack", "ConversationErased",
})  # fmt: skip


def fold(row: SessionRow, event: RecordedEvent) -> None:
    """Take one event into the row. Pure: the same events give the same row, whoever folds them."""
    row.version = event.version
    values = event.fields
    match event.type:
        case "ConversationStarted":
            row.channel, row.account_id = values["channel"], values["account_id"]
            row.conversation_started = event.recorded_at
            _bound(row, values["thread_id"], event, "started")
        case "MessageReceived":
            _message(row, event)
        case "DuplicateReceived":
            row.duplicates += 1
        case "ProfileChanged":
            row.profile_version = event.version
        case "ThreadRebound":
            _bound(row, values["thread_id"], event, values["reason"])
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


def _message(row: SessionRow, event: RecordedEvent) -> None:
    values = event.fields
    at = min(values["sent_at"], values["received_at"] or event.recorded_at)
    if values["session"] != row.session_number:
        row.session_number, row.session_started = values["session"], at
    row.session_messages = values["session_message"]
    row.last_activity = at if row.last_activity is None else max(row.last_activity, at)
    row.total_messages += 1
    row.late_messages += bool(values.get("late"))
    row.last_message_version = event.version
    row.awaiting_since = row.awaiting_since or event.recorded_at
    row.awaiting_next = row.awaiting_next or event.recorded_at


def _reply(row: SessionRow, event: RecordedEvent) -> None:
    values = event.fields
    match event.type:
        case "DraftAttempted":
            row.awaiting_next = None
        case "ReplyDrafted":
            if values["author"] == "fallback":
                row.awaiting_next = None
        case "ReplySent":
            row.replies += 1
            row.awaiting_since = row.awaiting_next
        case "ReplyFailed":
            row.failures, row.last_failure = row.failures + 1, values["reason"]
            if values.get("answers_through"):
                row.awaiting_next = None
            row.awaiting_since = row.awaiting_next
        case _:
            raise LookupError(f"no rule for {event.type}")


class Sessions:
    """The projection ``sessions``."""

    name = "sessions"
    version = 1
    handles = HANDLED
    tables = TABLES

    def __init__(self) -> None:
        self._rows: dict[UUID, SessionRow] = {}

    async def fold(self, connection: asyncpg.Connection, events: Sequence[RecordedEvent]) -> None:
        """Take events in, in order, and write the rows that changed."""
        touched = {event.conversation_id: event.partition for event in events}
        rows = await self._load(connection, touched)
        for event in events:
            fold(rows[event.conversation_id], event)
        columns = [[getattr(row, name) for row in rows.values()] for name in COLUMNS]
        threads = COLUMNS.index("threads")
        columns[threads] = [json.dumps(value) for value in columns[threads]]
        await connection.execute(SAVE, *columns)

    async def _load(
        self, connection: asyncpg.Connection, touched: Mapping[UUID, int]
    ) -> dict[UUID, SessionRow]:
        """The rows, from memory where the last batch left them there."""
        if len(self._rows) > MOST_IN_MEMORY:
            self._rows.clear()
        missing = [conversation_id for conversation_id in touched if conversation_id not in self._rows]
        if missing:
            slices = [touched[conversation_id] for conversation_id in missing]
            for row in _rows(await connection.fetch(LOAD, slices, missing)):
                self._rows[row.conversation_id] = row
        return {
            conversation_id: self._rows.setdefault(conversation_id, SessionRow(partition, conversation_id))
            for conversation_id, partition in touched.items()
        }

    def forget(self) -> None:
        """Drop the rows in memory: they may not be what the tables hold."""
        self._rows.clear()


ONE: Final = "SELECT * FROM sessions_1 WHERE partition = $1 AND conversation_id = $2"
BOARD: Final = """
SELECT * FROM sessions_1
WHERE last_activity IS NOT NULL AND NOT erased
  AND ($1 = 'all' OR (last_activity >= $2) = ($1 = 'active'))
  AND ($3::text IS NULL OR channel = $3)
  AND ($4::timestamptz IS NULL OR (last_activity, conversation_id) {after} ($4, $5::uuid))
ORDER BY last_activity {direction}, conversation_id {direction} LIMIT $6
"""
BOARD_UP: Final = BOARD.format(after=">", direction="ASC")
BOARD_DOWN: Final = BOARD.format(after="<", direction="DESC")
BEGUN: Final = """
SELECT * FROM sessions_1
WHERE ($1::text IS NULL OR channel = $1) AND ($2::text IS NULL OR account_id = $2)
  AND ($3::uuid[] IS NULL OR conversation_id = ANY ($3))
  AND ($4::timestamptz IS NULL OR (conversation_started, conversation_id) {after} ($4, $5::uuid))
ORDER BY conversation_started {direction}, conversation_id {direction} LIMIT $6
"""
BEGUN_UP: Final = BEGUN.format(after=">", direction="ASC")
BEGUN_DOWN: Final = BEGUN.format(after="<", direction="DESC")

Cursor = tuple[datetime, UUID]


def _rows(records: Sequence[asyncpg.Record]) -> list[SessionRow]:
    return [SessionRow(**{**record, "threads": json.loads(record["threads"])}) for record in records]


async def one(connection: asyncpg.Connection, partition: int, conversation_id: UUID) -> SessionRow | None:
    """The row of one conversation."""
    return next(iter(_rows(await connection.fetch(ONE, partition, conversation_id))), None)


async def board(
    connection: asyncpg.Connection,
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
    at, conversation_id = cursor or (None, None)
    statement = BOARD_DOWN if descending else BOARD_UP
    since = now - session_length
    return _rows(await connection.fetch(statement, status, since, channel, at, conversation_id, limit))


async def begun(
    connection: asyncpg.Connection,
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
    return _rows(await connection.fetch(statement, channel, account_id, ids, at, conversation_id, limit))
