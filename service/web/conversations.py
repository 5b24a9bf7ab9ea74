"""Conversations: one, then and now, and the list of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import UUID

import asyncpg

from domain.conversation import Conversation
from domain.identity import Channel, Sender
from projections import sessions
from projections.sessions import SessionRow
from projections.views import View
from service.storage import identities, log, reading
from service.storage.log import Live
from service.storage.reading import Instant, Known, ThreadBinding, one_view
from service.web.cursors import Place, cut, read_cursor
from service.web.errors import Problem
from service.web.operations import OF_THE_LOG, Freshness, Operation
from service.web.parameters import (
    ACCOUNT,
    AS_OF,
    CHANNEL,
    CONVERSATION_ID,
    CURSOR,
    LARGEST_VERSION,
    LIMIT,
    ORDER,
    Arguments,
    optional_whole,
    text,
)
from service.web.views import freshness_of, view_of

if TYPE_CHECKING:
    from service.app import Service

SENDER: Final = text("sender", "Only this person, by any id that the person has been known by.")
VERSION: Final = optional_whole("version", "As it was at this version.", most=LARGEST_VERSION)

MOST_ACCOUNTS: Final = 1_000
"""Accounts that a person is looked for in, where the account is not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationItem:
    """One person's conversation. ``sender_id`` and ``display_name`` are null once the person was erased.

    The last of the ``threads`` is the one that it is bound to.
    ``last_activity_at`` is when the customer last wrote, by the provider's clock; ``message_count`` is
    of all messages that the customer sent.
    """

    conversation_id: UUID
    channel: Channel
    account_id: str
    sender_id: str | None
    display_name: str | None
    thread_id: str
    threads: list[ThreadBinding]
    version: int
    answered_by: Literal["bot", "person"]
    started_at: Instant
    last_activity_at: Instant | None
    message_count: int
    awaiting_reply: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationAnswer(ConversationItem):
    """One person's conversation, read from the log itself."""

    freshness: Freshness


@dataclass(frozen=True, slots=True)
class ConversationList:
    """Conversations by when they began. Which ones there are is as fresh as ``freshness`` says, and what
    is told of each comes from the log."""

    items: list[ConversationItem]
    next_cursor: str | None
    freshness: Freshness


class Conversations:
    """Handlers of ``/api/v1/conversations``."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._database = service.database

    def operations(self) -> list[Operation]:
        """What is answered here."""
        return [
            Operation(
                method="GET",
                path="/api/v1/conversations",
                name="listConversations",
                summary="Conversations by when they began",
                handler=self.page,
                answer=ConversationList,
                parameters=(CHANNEL, ACCOUNT, SENDER, LIMIT, CURSOR, ORDER),
            ),
            Operation(
                method="GET",
                path="/api/v1/conversations/{id}",
                name="getConversation",
                summary="One conversation, as it is or as it was",
                handler=self.show,
                answer=ConversationAnswer,
                parameters=(CONVERSATION_ID, AS_OF, VERSION),
                problems=(404,),
            ),
        ]

    async def show(self, arguments: Arguments) -> ConversationAnswer:
        """One conversation, never stale. Raises :class:`Problem` 404 where there is none, or none yet."""
        as_of, version = arguments[AS_OF], arguments[VERSION]
        if as_of is not None and version is not None:
            raise Problem(400, "version: give either as_of or version", field="version")
        async with one_view(self._database) as connection:
            known = await known_conversation(self._service, connection, arguments[CONVERSATION_ID])
            if as_of is not None:
                version = await version_by(connection, known, as_of)
            conversation, threads = await self._at(connection, known, version)
        return ConversationAnswer(**_members(conversation, threads), freshness=OF_THE_LOG)

    async def _at(
        self, connection: asyncpg.Connection, known: Known, version: int | None
    ) -> tuple[Conversation, list[ThreadBinding]]:
        if known.key is not None:
            live = await log.load(
                connection, self._service.vault, known.conversation_id, self._database.partitions
            )
            if live is not None and version in {None, live.conversation.version}:
                view = await view_of(connection, "sessions")
                bound = await _threads(connection, view, [live], {})
                return live.conversation, bound[known.conversation_id]
        conversation, threads = await reading.as_it_was(connection, known, version or LARGEST_VERSION)
        if conversation is None or (version is not None and conversation.version < version):
            newest = conversation.version if conversation else 0
            raise Problem(404, f"version: the newest is {newest}", field="version")
        return conversation, threads

    async def page(self, arguments: Arguments) -> ConversationList:
        """A page of the list."""
        place = read_cursor(arguments.scope, arguments[CURSOR], Place)
        sender_id = arguments[SENDER]
        async with one_view(self._database) as connection:
            view = await view_of(connection, "sessions")
            rows: dict[UUID, SessionRow] = {}
            if sender_id is None:
                rows = await self._begun(connection, view, arguments, place)
                lives = await self._load(connection, list(rows))
                found = [lives[conversation_id] for conversation_id in rows]
            else:
                found = await self._of_sender(connection, view, arguments, sender_id, place)
            page, next_cursor = cut(arguments.scope, found, arguments[LIMIT], _place)
            threads = await _threads(connection, view, page, rows)
            fresh = await freshness_of(connection, view)
        items = [
            ConversationItem(**_members(live.conversation, threads[live.conversation.id])) for live in page
        ]
        return ConversationList(items, next_cursor, fresh)

    async def _begun(
        self, connection: asyncpg.Connection, view: View, arguments: Arguments, place: Place | None
    ) -> dict[UUID, SessionRow]:
        rows = await sessions.begun(
            connection,
            view,
            channel=arguments[CHANNEL],
            account_id=arguments[ACCOUNT],
            ids=None,
            cursor=place,
            limit=arguments[LIMIT] + 1,
            descending=arguments[ORDER] == "desc",
        )
        return {row.conversation_id: row for row in rows}

    async def _of_sender(
        self,
        connection: asyncpg.Connection,
        view: View,
        arguments: Arguments,
        sender_id: str,
        place: Place | None,
    ) -> list[Live]:
        """All conversations of a person, from the log, so that even one that has just begun is there."""
        channel, account_id = arguments[CHANNEL], arguments[ACCOUNT]
        if channel is not None and account_id is not None:
            accounts = [(channel, account_id)]
        else:
            accounts = await sessions.accounts(connection, view, channel, account_id, MOST_ACCOUNTS)
        ids = {Sender(*account, sender_id).conversation_id for account in accounts}
        linked = await identities.resolve(connection, ids, self._database.partitions)
        lives = await self._load(connection, list(ids | set(linked.values())))
        descending = arguments[ORDER] == "desc"
        found = sorted(lives.values(), key=_place, reverse=descending)
        if place is not None:
            found = [f for f in found if (_place(f) < place if descending else _place(f) > place)]
        return found[: arguments[LIMIT] + 1]

    async def _load(self, connection: asyncpg.Connection, ids: list[UUID]) -> dict[UUID, Live]:
        return await log.load_many(connection, self._service.vault, ids, self._database.partitions)


def _place(live: Live) -> Place:
    return Place(live.conversation.created_on, live.conversation.id)


async def known_conversation(
    service: Service, connection: asyncpg.Connection, conversation_id: UUID
) -> Known:
    """A conversation that has begun. Raises :class:`Problem` 404 for any other."""
    known = await reading.find(connection, service.vault, conversation_id, service.database.partitions)
    if known is None:
        raise Problem(404, "id: there is no such conversation", field="id")
    return known


async def version_by(connection: asyncpg.Connection, known: Known, as_of: datetime) -> int:
    """The version that a conversation had at an instant. Raises :class:`Problem` 404 before it began."""
    version = await reading.version_at(connection, known, as_of)
    if not version:
        raise Problem(404, "as_of: the conversation had not begun by then", field="as_of")
    return version


async def _threads(
    connection: asyncpg.Connection, view: View, lives: Sequence[Live], rows: Mapping[UUID, SessionRow]
) -> dict[UUID, list[ThreadBinding]]:
    """The threads of each: those that the session view has, and what the log holds past its version."""
    known: dict[UUID, list[ThreadBinding]] = {}
    seen: list[tuple[int, UUID, int]] = []
    for live in lives:
        conversation_id = live.conversation.id
        row = rows.get(conversation_id) or await sessions.one(
            connection, view, live.partition, conversation_id
        )
        known[conversation_id] = [_binding(thread) for thread in row.threads] if row else []
        seen.append((live.partition, conversation_id, row.version if row else 0))
    newer = await reading.bound_since(connection, seen)
    return {conversation_id: threads + newer[conversation_id] for conversation_id, threads in known.items()}


def _binding(thread: dict[str, str]) -> ThreadBinding:
    """As the session view keeps it."""
    return ThreadBinding(thread["thread_id"], datetime.fromisoformat(thread["bound_at"]), thread["reason"])


def _members(conversation: Conversation, threads: list[ThreadBinding]) -> dict[str, Any]:
    state = conversation.state
    return {
        "conversation_id": conversation.id,
        "channel": state.channel,
        "account_id": state.account_id,
        "sender_id": state.sender_id or None,
        "display_name": state.display_name,
        "thread_id": state.thread_id,
        "threads": threads,
        "version": conversation.version,
        "answered_by": state.answered_by,
        "started_at": conversation.created_on,
        "last_activity_at": state.latest_sent_at,
        "message_count": state.messages,
        "awaiting_reply": conversation.awaiting_reply,
    }
