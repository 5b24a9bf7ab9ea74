"""Commands that show: sessions, the quarantine. Tables for people, ``--json`` for programs."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from cyclopts import Parameter

from domain.identity import Channel
from projections import views
from projections.sessions import SessionRow, board
from service.commands.offline import opened
from service.commands.options import check_limit, check_text
from service.commands.showing import console, print_json, table
from service.instants import utc_now
from service.storage import quarantine as set_aside
from service.storage import reading

Json = Annotated[bool, Parameter(name="--json")]


def sessions(
    *,
    status: Literal["active", "expired", "all"] = "active",
    channel: Channel | None = None,
    limit: int = 50,
    view: str | None = None,
    as_json: Json = False,
) -> None:
    """Who is talking now: the newest session of each conversation, the latest activity first.

    Parameters
    ----------
    status
        active: the last message is less than a session's length ago.
    channel
        Only this channel.
    limit
        Rows at most.
    view
        Another view than the live one.
    as_json
        Print JSON for programs.
    """
    check_limit(limit)
    check_text("view", view)
    asyncio.run(views.looked_up_again(lambda: _sessions(status, channel, limit, view, as_json=as_json)))


async def _sessions(
    status: Literal["active", "expired", "all"],
    channel: Channel | None,
    limit: int,
    view: str | None,
    *,
    as_json: bool,
) -> None:
    now = utc_now()
    async with opened() as there:
        length = timedelta(hours=there.settings.session_hours)
        async with there.database.connection() as connection:
            live = await views.find(connection, "sessions", view)
            rows = await board(
                connection,
                live,
                status=status,
                now=now,
                session_length=length,
                channel=channel,
                cursor=None,
                limit=limit,
                descending=True,
            )
            at = [(row.partition, row.conversation_id, row.profile_version) for row in rows]
            names = await reading.display_names(connection, there.vault, at)
            lag = await views.freshness(connection, live)
    if as_json:
        print_json({"items": [_session(row, names, length) for row in rows], "freshness": asdict(lag)})
        return
    shown = table("conversation", "who", "channel", "session", "messages", "last", "waits", "by")
    for row in rows:
        shown.add_row(
            str(row.conversation_id),
            names.get(row.conversation_id) or "",
            row.channel,
            str(row.session_number),
            f"{row.session_messages} of {row.total_messages}",
            _ago(row.last_activity, now),
            _ago(row.awaiting_since, now),
            row.answered_by,
        )
    console.print(shown)
    console.print(f"{len(rows)} {status} sessions; the view is {lag.lag_events} events behind")


def _session(row: SessionRow, names: dict[UUID, str | None], length: timedelta) -> dict[str, Any]:
    return {
        "conversation_id": row.conversation_id,
        "channel": row.channel,
        "account_id": row.account_id,
        "display_name": names.get(row.conversation_id),
        "thread_id": row.thread_id,
        "session_number": row.session_number,
        "started_at": row.session_started,
        "last_activity_at": row.last_activity,
        "expires_at": row.last_activity + length if row.last_activity else None,
        "message_count": row.session_messages,
        "total_message_count": row.total_messages,
        "awaiting_reply": row.awaiting_since is not None,
        "awaiting_since": row.awaiting_since,
        "answered_by": row.answered_by,
    }


def quarantine(
    *,
    state: Literal["waiting", "retried"] | None = "waiting",
    limit: int = 50,
    as_json: Json = False,
) -> None:
    """What made no sense and was set aside. POST /api/v1/quarantine/ID/retry takes it in again.

    Parameters
    ----------
    state
        waiting, or retried.
    limit
        Rows at most.
    view
        Another view than the live one.
    as_json
        Print JSON for programs.
    """
    check_limit(limit)
    asyncio.run(_quarantine(state, limit, as_json=as_json))


async def _quarantine(state: set_aside.State | None, limit: int, *, as_json: bool) -> None:
    async with opened() as there, there.database.connection() as connection:
        rows = await set_aside.listed(connection, after=None, state=state, limit=limit, descending=True)
    if as_json:
        print_json({"items": [asdict(row) for row in rows]})
        return
    shown = table("id", "received", "where", "why", "bytes", "state", "tries")
    for row in rows:
        received = f"{row.received_at:%Y-%m-%d %H:%M:%S}"
        shown.add_row(
            str(row.id), received, row.path, row.reason, str(row.size), row.state, str(row.attempts)
        )
    console.print(shown)


def _ago(instant: datetime | None, now: datetime) -> str:
    if instant is None:
        return ""
    seconds = max(0, round((now - instant).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"
