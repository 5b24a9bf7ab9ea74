"""Sessions: who is talking, now or at an instant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nlargest, nsmallest
from typing import TYPE_CHECKING, Final, Literal
from uuid import UUID

import asyncpg

from domain.identity import Channel
from projections.projection import Rules
from projections.sessions import HANDLED, SessionRow, Status, board, fold
from service.storage import reading
from service.storage.reading import Instant, one_view
from service.web.cursors import Place, cut, read_cursor
from service.web.errors import Problem
from service.web.operations import OF_THE_LOG, Freshness, Operation
from service.web.parameters import AS_OF, CHANNEL, CURSOR, LIMIT, ORDER, Arguments, Parameter, choice
from service.web.views import VIEW, freshness_of, view_of

if TYPE_CHECKING:
    from service.app import Service

STATUS: Final[Parameter[Status]] = choice(
    "status",
    "`active`: the last message is less than a session's length ago.",
    ("active", "expired", "all"),
    "active",
)

AS_RECORDED: Final = Rules()

FOLD_PATIENCE: Final = 120.0
"""Seconds that an answer may take which is folded from the whole log."""


@dataclass(frozen=True, slots=True)
class SessionItem:
    """The newest session of one conversation. Its instants are the provider's: when messages were sent.

    ``message_count`` is of the customer's messages in this session, ``total_message_count`` of all of
    theirs; ``failures`` counts replies that did not reach them, ``last_failure`` says why the last did not.
    """

    conversation_id: UUID
    channel: Channel
    account_id: str
    thread_id: str
    session_number: int
    started_at: Instant
    last_activity_at: Instant
    expires_at: Instant
    message_count: int
    total_message_count: int
    awaiting_reply: bool
    awaiting_since: Instant | None
    answered_by: Literal["bot", "person"]
    failures: int
    last_failure: str | None
    display_name: str | None


@dataclass(frozen=True, slots=True)
class SessionList:
    """Sessions by their last activity."""

    items: list[SessionItem]
    next_cursor: str | None
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which sessions, as of when."""

    status: Status
    channel: str | None
    now: datetime
    session_length: timedelta
    place: Place | None
    descending: bool
    view: str | None

    def __call__(self, row: SessionRow) -> bool:
        """Whether a row of the past is one of them; what a live one is judged by, the view does."""
        if row.last_activity is None or row.erased or self.channel not in {None, row.channel}:
            return False
        if self.status != "all":
            active = self.now - row.last_activity <= self.session_length
            if active != (self.status == "active"):
                return False
        if self.place is None:
            return True
        return _place(row) < self.place if self.descending else _place(row) > self.place

    def first(self, rows: Sequence[SessionRow], limit: int) -> list[SessionRow]:
        """The first of them, in order."""
        take: Callable[..., list[SessionRow]] = nlargest if self.descending else nsmallest
        return take(limit, rows, key=_place)


class Sessions:
    """Handlers of ``/api/v1/sessions``."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._folding = asyncio.Semaphore(1)

    def operations(self) -> list[Operation]:
        """What is answered here."""
        return [
            Operation(
                method="GET",
                path="/api/v1/sessions",
                name="listSessions",
                summary="The session of each conversation, by its last activity",
                handler=self.page,
                answer=SessionList,
                parameters=(STATUS, CHANNEL, LIMIT, CURSOR, ORDER, AS_OF, VIEW),
                patience=FOLD_PATIENCE,
            )
        ]

    async def page(self, arguments: Arguments) -> SessionList:
        """A page of the board, as it is or as it was."""
        as_of = arguments[AS_OF]
        wanted = _Wanted(
            status=arguments[STATUS],
            channel=arguments[CHANNEL],
            now=as_of or self._service.clock(),
            session_length=self._service.policy.session_length,
            place=read_cursor(arguments.scope, arguments[CURSOR], Place),
            descending=arguments[ORDER] == "desc",
            view=arguments[VIEW],
        )
        if as_of is not None and wanted.view is not None:
            raise Problem(
                400, "as_of: not together with view; rebuild a view as of the instant", field="as_of"
            )
        rows, names, fresh = await (self._live if as_of is None else self._past)(wanted, arguments[LIMIT] + 1)
        page, next_cursor = cut(arguments.scope, rows, arguments[LIMIT], _place)
        items = [_item(row, names.get(row.conversation_id), wanted.session_length) for row in page]
        return SessionList(items, next_cursor, fresh)

    async def _live(self, wanted: _Wanted, limit: int) -> _Answer:
        service = self._service
        async with one_view(service.database) as connection:
            view = await view_of(connection, "sessions", wanted.view)
            rows = await board(
                connection,
                view,
                status=wanted.status,
                now=view.rules.as_of or wanted.now,
                session_length=view.rules.session_length or wanted.session_length,
                channel=wanted.channel,
                cursor=wanted.place,
                limit=limit,
                descending=wanted.descending,
            )
            fresh = await freshness_of(connection, view)
            return rows, await self._names(connection, rows), fresh

    async def _past(self, wanted: _Wanted, limit: int) -> _Answer:
        """Fold the log up to the instant, a partition at a time; one such answer at a time, since each
        costs what the log has."""
        service = self._service
        rows: list[SessionRow] = []
        async with self._folding, service.database.connection() as connection:
            for partition in range(service.database.partitions):
                folded = await _folded(connection, partition, wanted.now)
                rows = wanted.first([*rows, *filter(wanted, folded)], limit)
            return rows, await self._names(connection, rows), OF_THE_LOG

    async def _names(self, connection: asyncpg.Connection, rows: list[SessionRow]) -> dict[UUID, str | None]:
        at = [(row.partition, row.conversation_id, row.profile_version) for row in rows]
        return await reading.display_names(connection, self._service.vault, at)


_Answer = tuple[list[SessionRow], dict[UUID, str | None], Freshness]


async def _folded(connection: asyncpg.Connection, partition: int, as_of: datetime) -> list[SessionRow]:
    rows: dict[UUID, SessionRow] = {}
    async for events in reading.recorded_until(connection, partition, as_of, HANDLED):
        for event in events:
            row = rows.get(event.conversation_id)
            if row is None:
                row = rows[event.conversation_id] = SessionRow(partition, event.conversation_id)
            fold(row, event, AS_RECORDED)
    return list(rows.values())


def _place(row: SessionRow) -> Place:
    assert row.last_activity is not None, "the board holds only those who wrote"
    return Place(row.last_activity, row.conversation_id)


def _item(row: SessionRow, display_name: str | None, session_length: timedelta) -> SessionItem:
    assert row.last_activity is not None
    assert row.session_started is not None
    return SessionItem(
        conversation_id=row.conversation_id,
        channel=row.channel,  # type: ignore[arg-type] # stored by ConversationStarted, which a Sender made
        account_id=row.account_id,
        thread_id=row.thread_id,
        session_number=row.session_number,
        started_at=row.session_started,
        last_activity_at=row.last_activity,
        expires_at=row.last_activity + session_length,
        message_count=row.session_messages,
        total_message_count=row.total_messages,
        awaiting_reply=row.awaiting_since is not None,
        awaiting_since=row.awaiting_since,
        answered_by=row.answered_by,  # type: ignore[arg-type] # one of the two, by the fold
        failures=row.failures,
        last_failure=row.last_failure,
        display_name=display_name,
    )
