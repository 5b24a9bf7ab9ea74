"""Search: what was said and done, across conversations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple
from uuid import UUID

import msgspec

from domain.identity import Channel, partition_of
from projections import searching
from projections.searching import Wanted
from projections.timelines import AUTHORS, Author
from service.searching import LONGEST_QUESTION, QUESTION_PATTERN, Hit, Segment, read_question, search
from service.storage.reading import Instant, one_view
from service.web.cursors import read_cursor, write_cursor
from service.web.errors import Problem
from service.web.operations import Freshness, Operation
from service.web.parameters import (
    ACCOUNT,
    CHANNEL,
    CURSOR,
    KINDS,
    LARGEST_VERSION,
    LIMIT,
    Arguments,
    Parameter,
    instant,
    optional_choice,
    read_uuid,
    text,
)
from service.web.views import VIEW, freshness_of, view_of

if TYPE_CHECKING:
    from service.app import Service

QUESTION: Final = Parameter(
    name="q",
    description='What to search for: words that all occur, `"a phrase"`, `OR`, `-without`.',
    schema={"type": "string", "maxLength": LONGEST_QUESTION, "pattern": QUESTION_PATTERN},
    read=read_question,
    required=True,
)
AUTHOR: Final = optional_choice("author", "Only what these said or did.", AUTHORS)
KIND: Final = text("kind", "Only messages of this kind (`text`, `image`, …) or receipts of this status.")
FROM: Final = instant("from", "Only what was recorded at this instant or later.")
TO: Final = instant("to", "Only what was recorded before this instant.")
CONVERSATION: Final[Parameter[UUID | None]] = Parameter(
    name="conversation",
    description="Only this conversation.",
    schema={"type": "string", "format": "uuid"},
    read=read_uuid,
)


class FoundPlace(NamedTuple):
    """A place in what was found."""

    recorded_at: Instant
    conversation_id: UUID
    version: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_VERSION)]


@dataclass(frozen=True, slots=True)
class FoundItem:
    """An event with the words asked for; its timeline shows it whole. ``at``: when it happened, by the
    provider's own time. ``snippet``: the words around each hit, without mark-up, lines joined."""

    conversation_id: UUID
    version: int
    type: str
    kind: str | None
    author: Author
    channel: Channel
    account_id: str
    recorded_at: Instant
    at: Instant
    display_name: str | None
    snippet: list[Segment]


@dataclass(frozen=True, slots=True)
class FoundList:
    """What was found, the newest record first. ``note`` says why nothing can be found, where that is so."""

    items: list[FoundItem]
    next_cursor: str | None
    note: str | None
    freshness: Freshness


class Search:
    """Handlers of ``/api/v1/search``."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def operations(self) -> list[Operation]:
        """What is answered here."""
        narrowing = (CHANNEL, ACCOUNT, AUTHOR, KIND, KINDS, FROM, TO, CONVERSATION)
        return [
            Operation(
                method="GET",
                path="/api/v1/search",
                name="search",
                summary="Messages, replies and acts by their words, across conversations",
                handler=self.page,
                answer=FoundList,
                parameters=(QUESTION, *narrowing, LIMIT, CURSOR, VIEW),
            )
        ]

    async def page(self, arguments: Arguments) -> FoundList:
        """A page."""
        wanted = self._wanted(arguments)
        async with one_view(self._service.database) as connection:
            view = await view_of(connection, "timelines", arguments[VIEW])
            found = await search(
                connection, self._service.vault, view, arguments[QUESTION], wanted, arguments[LIMIT]
            )
            fresh = await freshness_of(connection, view)
        next_cursor = None if found.last is None else write_cursor(arguments.scope, found.last)
        return FoundList([found_item(hit) for hit in found.hits], next_cursor, found.note, fresh)

    def _wanted(self, arguments: Arguments) -> Wanted:
        since, until = arguments[FROM], arguments[TO]
        if since is not None and until is not None and since > until:
            raise Problem(400, "from: is after to", field="from")
        conversation, conversation_id = None, arguments[CONVERSATION]
        if conversation_id is not None:
            partition = partition_of(conversation_id, self._service.database.partitions)
            conversation = (partition, conversation_id)
        place = read_cursor(arguments.scope, arguments[CURSOR], FoundPlace)
        return Wanted(
            channel=arguments[CHANNEL],
            account_id=arguments[ACCOUNT],
            author=arguments[AUTHOR],
            kind=arguments[KIND],
            types=arguments[KINDS],
            since=since,
            until=until,
            conversation=conversation,
            after=None if place is None else searching.Place(*place),
        )


def found_item(hit: Hit) -> FoundItem:
    """A hit as it is answered."""
    row = hit.row
    return FoundItem(
        conversation_id=row.conversation_id,
        version=row.version,
        type=row.type,
        kind=row.kind,
        author=row.author,  # type: ignore[arg-type] # one of them, by the fold
        channel=row.channel,  # type: ignore[arg-type] # stored by ConversationStarted, which a Sender made
        account_id=row.account_id,
        recorded_at=row.recorded_at,
        at=row.at,
        display_name=hit.display_name,
        snippet=hit.snippet,
    )
