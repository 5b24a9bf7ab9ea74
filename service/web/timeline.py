"""The timeline of a conversation: what happened, event by event or turn by turn, from the log itself."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple, get_type_hints

import asyncpg
import msgspec

from domain.erasure import personal_fields
from domain.events import EVENT_TYPES, Fact
from projections import views
from projections.prices import PriceTable
from service.storage import reading, turns
from service.storage.codec import ENVELOPE
from service.storage.reading import Instant, Known, one_view
from service.storage.turns import Asked
from service.web.conversations import known_conversation, version_by
from service.web.cursors import cut, read_cursor
from service.web.errors import Problem
from service.web.operations import OF_THE_LOG, Freshness, Operation
from service.web.parameters import (
    AS_OF,
    CONVERSATION_ID,
    CURSOR,
    KINDS,
    LARGEST_VERSION,
    LIMIT,
    ORDER,
    Arguments,
    instant,
    optional_choice,
)
from service.web.turns import Turn, fold

if TYPE_CHECKING:
    from service.app import Service

AFTER: Final = instant("after", "Only what was recorded at this instant or later.")
BEFORE: Final = instant("before", "Only what was recorded before this instant.")
FOLD: Final = optional_choice(
    "fold",
    "`turns`: what the customer said and the answer to it as one item each. `after` and `before` are then of "
    "when the answer was written, or of the newest message that waits for one.",
    ("turns",),
)

_AWARE: Final = {datetime: Instant, datetime | None: Instant | None}


class VersionPlace(NamedTuple):
    """A place in a timeline."""

    version: Annotated[int, msgspec.Meta(ge=0, le=LARGEST_VERSION)]


def _item(event_class: type[Fact]) -> type[msgspec.Struct]:
    """What a timeline shows of one type of event. Personal fields may be missing: they are, once the
    person has been erased."""
    hints = get_type_hints(event_class)
    personal = personal_fields(event_class)
    members: list[Any] = [("version", int), ("recorded_at", Instant)]
    for member in fields(event_class):
        if member.name in ENVELOPE:
            continue
        hint = _AWARE.get(hints[member.name], hints[member.name])
        if member.name in personal:
            members.append((member.name, hint | msgspec.UnsetType, msgspec.UNSET))
        else:
            members.append((member.name, hint))
    return msgspec.defstruct(
        event_class.__name__,
        members,
        tag_field="type",
        tag=event_class.__name__,
        kw_only=True,
        forbid_unknown_fields=True,
        namespace={"__doc__": event_class.__doc__},
    )


TIMELINE_ITEMS: Final = tuple(_item(event_class) for event_class in EVENT_TYPES.values())
TIMELINE_ITEM: Any = TIMELINE_ITEMS[0]
for _further in TIMELINE_ITEMS[1:]:
    TIMELINE_ITEM = TIMELINE_ITEM | _further

Timeline: Final = msgspec.defstruct(
    "Timeline",
    [("items", list[TIMELINE_ITEM | Turn]), ("next_cursor", str | None), ("freshness", Freshness)],
    namespace={"__doc__": "Events of a conversation by version; with `fold=turns` its turns, in order."},
)


class Timelines:
    """Handlers of ``/api/v1/conversations/{id}/timeline``."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def operations(self) -> list[Operation]:
        """What is answered here."""
        return [
            Operation(
                method="GET",
                path="/api/v1/conversations/{id}/timeline",
                name="getTimeline",
                summary="What happened in a conversation",
                handler=self.page,
                answer=Timeline,
                parameters=(CONVERSATION_ID, KINDS, AFTER, BEFORE, FOLD, LIMIT, CURSOR, AS_OF, ORDER),
                problems=(404,),
            )
        ]

    async def page(self, arguments: Arguments) -> dict[str, Any]:
        """A page. Raises :class:`Problem` 404 where there is no conversation, or was none yet."""
        if arguments[FOLD] and arguments[KINDS]:
            raise Problem(400, "kinds: not together with fold=turns", field="kinds")
        place = read_cursor(arguments.scope, arguments[CURSOR], VersionPlace)
        async with one_view(self._service.database) as connection:
            known = await known_conversation(self._service, connection, arguments[CONVERSATION_ID])
            as_of, below = arguments[AS_OF], LARGEST_VERSION
            if as_of is not None:
                below = await version_by(connection, known, as_of) + 1
            read = self._turns if arguments[FOLD] else self._events
            items, next_cursor = await read(connection, known, arguments, place, below)
        return {"items": items, "next_cursor": next_cursor, "freshness": OF_THE_LOG}

    async def _events(
        self,
        connection: asyncpg.Connection,
        known: Known,
        arguments: Arguments,
        place: VersionPlace | None,
        below: int,
    ) -> tuple[list[Any], str | None]:
        limit, descending = arguments[LIMIT], arguments[ORDER] == "desc"
        above, below = _between(place, below, descending=descending)
        found = await reading.timeline(
            connection,
            known,
            above=above,
            below=below,
            kinds=arguments[KINDS],
            after=arguments[AFTER],
            before=arguments[BEFORE],
            limit=limit + 1,
            descending=descending,
        )
        return cut(arguments.scope, found, limit, lambda item: (item["version"],))

    async def _turns(
        self,
        connection: asyncpg.Connection,
        known: Known,
        arguments: Arguments,
        place: VersionPlace | None,
        below: int,
    ) -> tuple[list[Any], str | None]:
        descending = arguments[ORDER] == "desc"
        newest = await turns.newest_version(connection, known, below)
        above, below = _between(place, below, descending=descending)
        asked = Asked(
            above=above,
            below=below,
            newest=newest,
            after=arguments[AFTER],
            before=arguments[BEFORE],
            limit=arguments[LIMIT] + 1,
            descending=descending,
            open=place is None or not descending,
        )
        spans = await turns.read_spans(connection, known, asked)
        page, next_cursor = cut(arguments.scope, spans, arguments[LIMIT], lambda span: (span.key,))
        traces = await turns.read_traces(connection, known, asked, page)
        folded = fold(page, traces, await prices_of(connection))
        return [msgspec.to_builtins(turn, builtin_types=(datetime,)) for turn in folded], next_cursor


def _between(place: VersionPlace | None, below: int, *, descending: bool) -> tuple[int, int]:
    """The versions, both exclusive, that a page is of."""
    if place is None:
        return 0, below
    return (0, min(below, place.version)) if descending else (place.version, below)


async def prices_of(connection: asyncpg.Connection) -> PriceTable:
    """What tokens cost, by the prices that the reports of cost go by."""
    try:
        return (await views.live(connection, "analytics")).rules.prices
    except views.NoSuchView:
        return PriceTable()
