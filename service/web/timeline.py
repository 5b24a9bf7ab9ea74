"""The timeline of a conversation: what happened, from the log itself."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple, get_type_hints

import msgspec

from domain.erasure import personal_fields
from domain.events import EVENT_TYPES, Fact
from service.storage import reading
from service.storage.codec import ENVELOPE
from service.storage.reading import Instant, one_view
from service.web.conversations import known_conversation, version_by
from service.web.cursors import cut, read_cursor
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
)

if TYPE_CHECKING:
    from service.app import Service

AFTER: Final = instant("after", "Only what was recorded at this instant or later.")
BEFORE: Final = instant("before", "Only what was recorded before this instant.")

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
    [("items", list[TIMELINE_ITEM]), ("next_cursor", str | None), ("freshness", Freshness)],
    namespace={"__doc__": "Events of a conversation by version."},
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
                parameters=(CONVERSATION_ID, KINDS, AFTER, BEFORE, LIMIT, CURSOR, AS_OF, ORDER),
                problems=(404,),
            )
        ]

    async def page(self, arguments: Arguments) -> dict[str, Any]:
        """A page. Raises :class:`Problem` 404 where there is no conversation, or was none yet."""
        place = read_cursor(arguments.scope, arguments[CURSOR], VersionPlace)
        as_of, limit, descending = arguments[AS_OF], arguments[LIMIT], arguments[ORDER] == "desc"
        above, below = 0, LARGEST_VERSION
        async with one_view(self._service.database) as connection:
            known = await known_conversation(self._service, connection, arguments[CONVERSATION_ID])
            if as_of is not None:
                below = await version_by(connection, known, as_of) + 1
            if place is not None and descending:
                below = min(below, place.version)
            elif place is not None:
                above = place.version
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
        items, next_cursor = cut(arguments.scope, found, limit, lambda item: (item["version"],))
        return {"items": items, "next_cursor": next_cursor, "freshness": OF_THE_LOG}
