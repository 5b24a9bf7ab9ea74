"""What happened in all conversations of a customer, as one timeline, from the log itself."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from domain.identity import Channel
from projections import customers
from projections.customers import CustomerRow
from service.storage import reading
from service.storage.reading import one_view
from service.web.cursors import cut, read_cursor
from service.web.customers import CUSTOMER_ID, known_customer
from service.web.errors import Problem
from service.web.operations import Freshness, Operation
from service.web.parameters import AS_OF, CURSOR, KINDS, LARGEST_VERSION, LIMIT, ORDER, Arguments
from service.web.timeline import AFTER, BEFORE, TIMELINE_ITEM
from service.web.views import VIEW, freshness_of, view_of

if TYPE_CHECKING:
    from service.app import Service

ID_DIGITS: Final = 12
"""Of a conversation's id, in a cursor: they only have to tell the conversations of one customer apart."""


class CustomerPlace(NamedTuple):
    """A place in a merged timeline: the version last shown of each conversation, by the digits of its id."""

    versions: dict[str, Annotated[int, msgspec.Meta(ge=0, le=LARGEST_VERSION)]]


CustomerEvent: Final = msgspec.defstruct(
    "CustomerEvent",
    [("conversation_id", UUID), ("channel", Channel), ("account_id", str), ("event", TIMELINE_ITEM)],
    namespace={"__doc__": "An event, and the conversation that it is of."},
)
CustomerTimeline: Final = msgspec.defstruct(
    "CustomerTimeline",
    [("items", list[CustomerEvent]), ("next_cursor", str | None), ("freshness", Freshness)],  # type: ignore[valid-type] # a type made at run time
    namespace={
        "__doc__": "Events of all conversations of a customer. Which ones those are is as fresh as "
        "``freshness`` says; the events are read from the log itself."
    },
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One conversation of the customer, and the versions in question: above and below, both exclusive."""

    row: CustomerRow
    above: int
    below: int


class CustomerTimelines:
    """Handlers of ``/api/v1/customers/{id}/timeline``."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def operations(self) -> list[Operation]:
        """What is answered here."""
        return [
            Operation(
                method="GET",
                path="/api/v1/customers/{id}/timeline",
                name="getCustomerTimeline",
                summary="What happened in all conversations of a customer",
                handler=self.page,
                answer=CustomerTimeline,
                parameters=(CUSTOMER_ID, KINDS, AFTER, BEFORE, LIMIT, CURSOR, AS_OF, ORDER, VIEW),
                problems=(404,),
            )
        ]

    async def page(self, arguments: Arguments) -> dict[str, Any]:
        """A page: the conversations' events by ``recorded_at``, conversation and version.

        Within a conversation the order is that of its versions, whatever a clock said. A conversation that is
        linked between two pages is shown from its beginning. Raises :class:`Problem` 404.
        """
        place = read_cursor(arguments.scope, arguments[CURSOR], CustomerPlace) or CustomerPlace({})
        limit, descending = arguments[LIMIT], arguments[ORDER] == "desc"
        async with one_view(self._service.database) as connection:
            view = await view_of(connection, "customers", arguments[VIEW])
            customer_id = await known_customer(self._service, connection, view, arguments[CUSTOMER_ID])
            linked = await customers.conversations(connection, view, [customer_id])
            wanted = await self._wanted(connection, linked[customer_id], arguments, place)
            streams = [await self._events(connection, one, arguments) for one in wanted]
            fresh = await freshness_of(connection, view)
        merged = list(heapq.merge(*streams, key=_order, reverse=descending))[: limit + 1]
        shown = dict(place.versions)
        for item in merged[:limit]:
            shown[_digits(item["conversation_id"])] = item["event"]["version"]
        items, next_cursor = cut(arguments.scope, merged, limit, lambda _: (shown,))
        return {"items": items, "next_cursor": next_cursor, "freshness": fresh}

    async def _wanted(
        self,
        connection: asyncpg.Connection,
        rows: list[CustomerRow],
        arguments: Arguments,
        place: CustomerPlace,
    ) -> list[_Wanted]:
        as_of, descending = arguments[AS_OF], arguments[ORDER] == "desc"
        wanted: list[_Wanted] = []
        for row in rows:
            above, below = 0, LARGEST_VERSION
            if as_of is not None:
                known = reading.Known(row.partition, row.conversation_id, None)
                below = await reading.version_at(connection, known, as_of) + 1
            if below == 1:
                continue
            shown = place.versions.get(_digits(row.conversation_id))
            if shown is not None and descending:
                below = min(below, shown)
            elif shown is not None:
                above = shown
            wanted.append(_Wanted(row, above, below))
        if not wanted:
            raise Problem(404, "as_of: no conversation of the customer had begun by then", field="as_of")
        return wanted

    async def _events(
        self, connection: asyncpg.Connection, wanted: _Wanted, arguments: Arguments
    ) -> list[dict[str, Any]]:
        row, service = wanted.row, self._service
        known = await reading.find(
            connection, service.vault, row.conversation_id, service.database.partitions
        )
        assert known is not None, "what a view has is in the log"
        events = await reading.timeline(
            connection,
            known,
            above=wanted.above,
            below=wanted.below,
            kinds=arguments[KINDS],
            after=arguments[AFTER],
            before=arguments[BEFORE],
            limit=arguments[LIMIT] + 1,
            descending=arguments[ORDER] == "desc",
        )
        where = {
            "conversation_id": row.conversation_id,
            "channel": row.channel,
            "account_id": row.account_id,
        }
        return [{**where, "event": event} for event in events]


def _order(item: dict[str, Any]) -> tuple[Any, ...]:
    return item["event"]["recorded_at"], item["conversation_id"], item["event"]["version"]


def _digits(conversation_id: UUID) -> str:
    return conversation_id.hex[:ID_DIGITS]
