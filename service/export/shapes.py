"""What rows are made of events: all as they are, those that are shown in columns, or what was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from domain.events import EVENT_TYPES
from projections.timelines import SHOWN
from service.export.log_reader import End, Opened
from service.export.source import Kind, Row, Sheet
from service.storage.database import Database
from service.storage.vault import message_key

ENVELOPE: Final[dict[str, Kind]] = {
    "conversation_id": "text",
    "version": "whole",
    "type": "text",
    "recorded_at": "instant",
    "channel": "text",
    "account_id": "text",
}
FAULT: Final[dict[str, Kind]] = {"fault": "text"}

SAID: Final = frozenset({"MessageReceived", "EchoReceived", "StandbyReceived", "ReplyDrafted"})

RELATED: Final = """
SELECT wanted.version, e.conversation_id, e.type, e.recorded_at, e.data ->> 'author' AS author,
       e.{by} <= $5 AS there
FROM unnest($2::uuid[], $3::bytea[], $4::integer[]) AS wanted (conversation_id, message_key, version)
JOIN events e ON e.partition = $1 AND e.conversation_id = wanted.conversation_id
             AND e.message_key = wanted.message_key
"""
RELATED_BY: Final = {"position": RELATED.format(by="position"), "version": RELATED.format(by="version")}

Related = Mapping[tuple[UUID, int], asyncpg.Record]


async def _related(
    database: Database, events: Sequence[Opened], end: End, keys: Mapping[str, tuple[str, tuple[str, ...]]]
) -> Related:
    """The event that tells more of each. ``keys`` has, by type, the field and what stands before it in the
    unique keys of such events."""
    wanted = [
        (event.conversation_id, message_key(event.conversation_id, before + value), event.version)
        for event in events
        if event.type in keys
        for value in ((event.fields or {}).get(keys[event.type][0]),)
        if value is not None
        for before in keys[event.type][1]
    ]
    if not wanted:
        return {}
    columns = [list(column) for column in zip(*wanted, strict=True)]
    async with database.connection() as connection:
        found = await connection.fetch(RELATED_BY[end.by], end.partition, *columns, end.last)
    return {(row["conversation_id"], row["version"]): row for row in found if row["there"]}


class Events:
    """Every event with all of its fields, named as in a timeline over HTTP."""

    sheet = Sheet({**ENVELOPE, "fields": "json", **FAULT}, spread="fields")
    left_out: frozenset[str] = frozenset()

    async def rows(self, _database: Database, events: Sequence[Opened], _end: End, /) -> list[Row]:
        """One row an event."""
        return [
            _faulty(event) if event.fields is None else {**event.envelope(), "fields": event.fields}
            for event in events
        ]


def _faulty(event: Opened) -> Row:
    return {**event.envelope(), "fault": event.fault}


class Timelines:
    """What a timeline shows, in columns that are the same for all types.

    ``at``: the provider's time, where it told one. ``author``: ``customer``, ``bot``, ``fallback``,
    ``person`` (of the business, or another app) or ``channel``.
    """

    sheet = Sheet(
        {
            **ENVELOPE,
            "at": "instant",
            "author": "text",
            "kind": "text",
            "text": "text",
            "attachments": "json",
            "status": "text",
            "reason": "text",
            "code": "text",
            "message_id": "text",
            "reply_id": "text",
            "thread_id": "text",
            "actor": "text",
            "name": "text",
            "session": "whole",
            "session_message": "whole",
            "late": "flag",
            "model": "text",
            "input_tokens": "whole",
            "cached_tokens": "whole",
            "output_tokens": "whole",
            "reasoning_tokens": "whole",
            "latency_ms": "whole",
            **FAULT,
        }
    )
    left_out = frozenset(EVENT_TYPES) - frozenset(SHOWN)

    async def rows(self, database: Database, events: Sequence[Opened], end: End, /) -> list[Row]:
        """One row an event."""
        drafts = await _related(database, events, end, _DRAFTS)
        return [_flat(event, drafts) for event in events]


_DRAFTS: Final = dict.fromkeys(("ReplySent", "ReplyFailed"), ("reply_id", ("reply:",)))
_TOLD: Final = tuple(c for c in Timelines.sheet.columns if c not in {*ENVELOPE, *FAULT, "at", "author"})


def _flat(event: Opened, drafts: Related) -> Row:
    fields = event.fields
    if fields is None:
        return _faulty(event)
    row = event.envelope()
    draft = drafts.get((event.conversation_id, event.version))
    row["at"] = _at(event, fields)
    row["author"] = _author(event.type, fields) or (draft["author"] if draft else "bot")
    row.update((name, fields.get(name)) for name in _TOLD)
    row["kind"] = fields.get("kind") or fields.get("update")
    row["text"] = fields.get("text") or fields.get("emoji") or fields.get("reaction")
    row["status"] = fields.get("status") or fields.get("outcome")
    code = fields.get("error_code", fields.get("code"))
    row["code"] = None if code is None else str(code)
    row["message_id"] = fields.get("message_id") or " ".join(fields.get("message_ids") or ()) or None
    row["name"] = fields.get("name") or fields.get("display_name")
    return row


def _at(event: Opened, fields: Mapping[str, Any]) -> datetime:
    """As the projection of timelines has it: a time in the future counts as that of the record."""
    name = SHOWN[event.type].at
    told: datetime | None = fields.get(name) if name else None
    return event.recorded_at if told is None else min(told, fields.get("received_at") or event.recorded_at)


def _author(name: str, fields: Mapping[str, Any]) -> str | None:
    """None for what became of a reply, which is of whoever wrote it."""
    match name:
        case "ReplyDrafted":
            return str(fields["author"])
        case "StandbyReceived" if fields["from_business"]:
            return "person"
        case "HandedOver" | "HandedBack" if fields["actor"] == "provider":
            return "channel"
        case _:
            return SHOWN[name].author


class Messages:
    """What was said, one row a message or reply, in the order in which it was recorded.

    ``state``: ``received``, ``unsent`` (taken back) or ``standby`` of what came in; ``sent``, ``failed``
    or ``waiting`` (none of both yet) of what went out. ``said_at``: the provider's time, or when a reply was
    sent.
    """

    sheet = Sheet(
        {
            **ENVELOPE,
            "direction": "text",
            "author": "text",
            "state": "text",
            "said_at": "instant",
            "kind": "text",
            "text": "text",
            "attachments": "json",
            "message_id": "text",
            "reply_id": "text",
            "reply_to": "text",
            "session": "whole",
            **FAULT,
        }
    )
    left_out = frozenset(EVENT_TYPES) - SAID

    async def rows(self, database: Database, events: Sequence[Opened], end: End, /) -> list[Row]:
        """One row an event, with what became of it."""
        became = await _related(database, events, end, _BECAME)
        return [_said(event, became.get((event.conversation_id, event.version))) for event in events]


_BECAME: Final = {
    "ReplyDrafted": ("reply_id", ("sent:", "failed:")),
    "MessageReceived": ("message_id", ("unsend:",)),
}


def _said(event: Opened, became: asyncpg.Record | None) -> Row:
    fields = event.fields
    if fields is None:
        return _faulty(event)
    row, author = event.envelope(), _author(event.type, fields)
    row["direction"] = "in" if author == "customer" else "out"
    row["author"] = author
    row["state"] = state = _state(event.type, became)
    if event.type != "ReplyDrafted":
        row["said_at"] = _at(event, fields)
    else:
        row["said_at"] = became["recorded_at"] if became is not None and state == "sent" else None
    row["kind"] = fields.get("kind", "text")
    names = ("text", "attachments", "message_id", "reply_id", "reply_to", "session")
    row.update((name, fields.get(name)) for name in names)
    return row


def _state(name: str, became: asyncpg.Record | None) -> str:
    match name:
        case "ReplyDrafted":
            if became is None:
                return "waiting"
            return "sent" if became["type"] == "ReplySent" else "failed"
        case "StandbyReceived":
            return "standby"
        case "EchoReceived":
            return "sent"
        case _:
            return "received" if became is None else "unsent"
