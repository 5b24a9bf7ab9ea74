"""Customers: the people behind conversations, and which conversations are one person's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import asyncpg
import msgspec

from domain.conversation import Conversation
from domain.identity import Channel, partition_of
from projections import customers
from projections.customers import MOST_CONVERSATIONS, CustomerRow
from projections.views import View
from service.storage import log, reading
from service.storage.reading import Instant, one_view
from service.web.acts import act
from service.web.auth import actor_of
from service.web.bodies import read_body
from service.web.cursors import Place, cut, read_cursor
from service.web.errors import Problem
from service.web.operations import Freshness, Operation
from service.web.parameters import (
    ACCOUNT,
    CHANNEL,
    CONVERSATION_ID,
    CURSOR,
    LIMIT,
    ORDER,
    Arguments,
    identifier,
)
from service.web.views import VIEW, freshness_of, view_of

if TYPE_CHECKING:
    from service.app import Service

CUSTOMER_ID: Final = identifier("id", "The customer, or any conversation of theirs.")


@dataclass(frozen=True, slots=True)
class CustomerConversation:
    """A conversation of a customer. Its instants are the provider's: when messages were sent."""

    conversation_id: UUID
    channel: Channel
    account_id: str
    display_name: str | None
    first_seen_at: Instant
    last_seen_at: Instant
    session_count: int
    message_count: int
    reply_count: int
    identity_count: int
    erased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerItem:
    """A person, and what their conversations come to together.

    ``names`` are those they go by, the one of the conversation last seen first; none once they are erased.
    ``identity_count`` is of further ids that turned out to be theirs, ``erased`` is true where all of it is.
    """

    customer_id: UUID
    names: list[str]
    channels: list[Channel]
    first_seen_at: Instant
    last_seen_at: Instant
    session_count: int
    message_count: int
    reply_count: int
    identity_count: int
    erased: bool
    conversations: list[CustomerConversation]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAnswer(CustomerItem):
    """One person."""

    freshness: Freshness


@dataclass(frozen=True, slots=True)
class CustomerList:
    """Customers by when they were first seen; of one channel or account, by when first seen there."""

    items: list[CustomerItem]
    next_cursor: str | None
    freshness: Freshness


class LinkBody(msgspec.Struct, forbid_unknown_fields=True):
    """Whose conversation it is: the customer, or any conversation of theirs."""

    customer_id: UUID
    reason: Annotated[str, msgspec.Meta(max_length=256)] | None = None


class UnlinkBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why it is a customer of its own."""

    reason: Annotated[str, msgspec.Meta(max_length=256)] | None = None


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """Whose conversation it is now, and the version that it has."""

    conversation_id: UUID
    customer_id: UUID
    version: int


class Customers:
    """Handlers of ``/api/v1/customers`` and of linking."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def operations(self) -> list[Operation]:
        """What is answered here."""
        conversation = "/api/v1/conversations/{id}"
        return [
            Operation(
                method="GET",
                path="/api/v1/customers",
                name="listCustomers",
                summary="The people behind the conversations",
                handler=self.page,
                answer=CustomerList,
                parameters=(CHANNEL, ACCOUNT, LIMIT, CURSOR, ORDER, VIEW),
            ),
            Operation(
                method="GET",
                path="/api/v1/customers/{id}",
                name="getCustomer",
                summary="One person, with all conversations",
                handler=self.show,
                answer=CustomerAnswer,
                parameters=(CUSTOMER_ID, VIEW),
                problems=(404,),
            ),
            Operation(
                method="POST",
                path=f"{conversation}/link",
                name="linkConversation",
                summary="Count a conversation as another customer's",
                handler=self.link,
                answer=LinkAnswer,
                body=LinkBody,
                parameters=(CONVERSATION_ID,),
                problems=(404, 409),
                scope="operate",
            ),
            Operation(
                method="POST",
                path=f"{conversation}/unlink",
                name="unlinkConversation",
                summary="Count a conversation as a customer of its own",
                handler=self.unlink,
                answer=LinkAnswer,
                body=UnlinkBody,
                parameters=(CONVERSATION_ID,),
                problems=(404, 409),
                scope="operate",
            ),
        ]

    async def page(self, arguments: Arguments) -> CustomerList:
        """A page of the list."""
        place = read_cursor(arguments.scope, arguments[CURSOR], Place)
        async with one_view(self._service.database) as connection:
            view = await view_of(connection, "customers", arguments[VIEW])
            found = await customers.listed(
                connection,
                view,
                channel=arguments[CHANNEL],
                account_id=arguments[ACCOUNT],
                cursor=place,
                limit=arguments[LIMIT] + 1,
                descending=arguments[ORDER] == "desc",
            )
            page, next_cursor = cut(
                arguments.scope, found, arguments[LIMIT], lambda one: (one.at, one.conversation_id)
            )
            items = await self._items(connection, view, [one.customer_id for one in page])
            return CustomerList(
                [CustomerItem(**members) for members in items],
                next_cursor,
                await freshness_of(connection, view),
            )

    async def show(self, arguments: Arguments) -> CustomerAnswer:
        """One person. Raises :class:`Problem` 404 where there is none."""
        async with one_view(self._service.database) as connection:
            view = await view_of(connection, "customers", arguments[VIEW])
            customer_id = await known_customer(self._service, connection, view, arguments[CUSTOMER_ID])
            (members,) = await self._items(connection, view, [customer_id])
            return CustomerAnswer(**members, freshness=await freshness_of(connection, view))

    async def _items(
        self, connection: asyncpg.Connection, view: View, customer_ids: Sequence[UUID]
    ) -> list[dict[str, Any]]:
        found = await customers.conversations(connection, view, customer_ids)
        at = [(r.partition, r.conversation_id, r.profile_version) for rows in found.values() for r in rows]
        names = await reading.display_names(connection, self._service.vault, at)
        return [_members(customer_id, rows, names) for customer_id, rows in found.items()]

    async def link(self, arguments: Arguments) -> LinkAnswer:
        """A person has found out whose conversation it is. Raises :class:`Problem`."""
        body, actor = await read_body(arguments.request, LinkBody), actor_of(arguments.request)
        conversation_id = arguments[CONVERSATION_ID]
        customer_id = await self._customer_to_link_to(body.customer_id, conversation_id)
        return await self._act(
            conversation_id,
            lambda c, now: c.link_customer(str(customer_id), actor, now, reason=body.reason),
        )

    async def unlink(self, arguments: Arguments) -> LinkAnswer:
        """It was somebody else's after all. Raises :class:`Problem`."""
        body, actor = await read_body(arguments.request, UnlinkBody), actor_of(arguments.request)
        return await self._act(
            arguments[CONVERSATION_ID], lambda c, now: c.unlink_customer(actor, now, reason=body.reason)
        )

    async def _customer_to_link_to(self, given: UUID, conversation_id: UUID) -> UUID:
        """The customer that an id leads to, by the log itself."""
        service = self._service
        async with one_view(service.database) as connection:
            live = await log.load(connection, service.vault, given, service.database.partitions)
            if live is None:
                detail = "customer_id: there is no such customer or conversation"
                raise Problem(400, detail, field="customer_id")
            state = live.conversation.state
            if state.erased:
                raise Problem(409, "customer_id: the person has been erased", field="customer_id")
            customer_id = UUID(state.customer_id) if state.customer_id else given
            view = await view_of(connection, "customers")
            linked = (await customers.conversations(connection, view, [customer_id]))[customer_id]
        there = {row.conversation_id for row in linked} | {conversation_id}
        if len(there) > MOST_CONVERSATIONS:
            detail = (
                f"customer_id: this customer has {MOST_CONVERSATIONS} conversations, no more can be linked"
            )
            raise Problem(409, detail, field="customer_id")
        return customer_id

    async def _act(
        self, conversation_id: UUID, command: Callable[[Conversation, datetime], None]
    ) -> LinkAnswer:
        def decide(conversation: Conversation) -> LinkAnswer:
            command(conversation, self._service.clock())
            linked = conversation.state.customer_id
            return LinkAnswer(
                conversation_id, UUID(linked) if linked else conversation_id, conversation.version
            )

        return await act(self._service, conversation_id, decide)


async def known_customer(
    service: Service, connection: asyncpg.Connection, view: View, known_by: UUID
) -> UUID:
    """The customer that an id leads to. Raises :class:`Problem` 404 where there is none."""
    partition = partition_of(known_by, service.database.partitions)
    customer_id = await customers.customer_of(connection, view, partition, known_by)
    if customer_id is None:
        raise Problem(404, "id: there is no such customer or conversation", field="id")
    return customer_id


def _members(customer_id: UUID, rows: Sequence[CustomerRow], names: dict[UUID, str | None]) -> dict[str, Any]:
    latest_first = sorted(rows, key=lambda row: (_seen(row.last_seen), row.conversation_id), reverse=True)
    return {
        "customer_id": customer_id,
        "names": _distinct(name for row in latest_first if (name := names.get(row.conversation_id))),
        "channels": _distinct(row.channel for row in rows),
        "first_seen_at": min(_seen(row.first_seen) for row in rows),
        "last_seen_at": max(_seen(row.last_seen) for row in rows),
        "session_count": sum(row.sessions for row in rows),
        "message_count": sum(row.messages for row in rows),
        "reply_count": sum(row.replies for row in rows),
        "identity_count": sum(row.identities for row in rows),
        "erased": all(row.erased for row in rows),
        "conversations": [_conversation(row, names.get(row.conversation_id)) for row in rows],
    }


def _conversation(row: CustomerRow, display_name: str | None) -> CustomerConversation:
    return CustomerConversation(
        conversation_id=row.conversation_id,
        channel=row.channel,  # type: ignore[arg-type] # stored by ConversationStarted, which a Sender made
        account_id=row.account_id,
        display_name=display_name,
        first_seen_at=_seen(row.first_seen),
        last_seen_at=_seen(row.last_seen),
        session_count=row.sessions,
        message_count=row.messages,
        reply_count=row.replies,
        identity_count=row.identities,
        erased=row.erased,
    )


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))


def _seen(instant: datetime | None) -> datetime:
    assert instant is not None, "every conversation begins, and is seen then"
    return instant
