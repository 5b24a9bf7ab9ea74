"""What is not in the log: what waits in the inbox, and what was set aside and can be tried again."""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple, get_args
from uuid import UUID

import asyncpg
import msgspec

from domain.identity import partition_of
from service.channels.delivery import Delivery, Malformed
from service.channels.envelope import parse_delivery
from service.intake import DECODERS
from service.storage import inbox, quarantine
from service.storage.database import Database
from service.storage.ids import ordered_id
from service.storage.inbox import Arrival, InboxRow, QuarantineRow
from service.storage.quarantine import Held, Quarantined, State, Waiting
from service.web.cursors import cut, read_cursor
from service.web.errors import Problem
from service.web.operations import Operation
from service.web.parameters import CURSOR, LIMIT, ORDER, Arguments, identifier, optional_choice
from service.web.webhooks import arrival_of

if TYPE_CHECKING:
    from service.app import Service

STATE: Final = optional_choice("state", "Only those in this state.", get_args(State))
QUARANTINE_ID: Final = identifier("id", "The row in quarantine.")


class IdPlace(NamedTuple):
    """A place in a list that is sorted by ids."""

    id: UUID


@dataclass(frozen=True, slots=True)
class InboxList:
    """What arrived and is not in the log yet, by arrival."""

    items: list[Waiting]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class QuarantineList:
    """What was set aside, by arrival."""

    items: list[Quarantined]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineAnswer(Quarantined):
    """A row of the quarantine with its raw bytes."""

    body_base64: str


@dataclass(frozen=True, slots=True)
class Retried:
    """What came of another try: items that went to the inbox, updates that need nothing done, and pieces
    that still make no sense."""

    items: int
    ignored: int
    malformed: int


class Backlog:
    """Handlers of ``/api/v1/inbox`` and ``/api/v1/quarantine``."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._database = service.database

    def operations(self) -> list[Operation]:
        """What is answered here."""
        return [
            Operation(
                method="GET",
                path="/api/v1/inbox",
                name="listInbox",
                summary="What waits to become events, without its content",
                handler=self.inbox,
                answer=InboxList,
                parameters=(LIMIT, CURSOR, ORDER),
            ),
            Operation(
                method="GET",
                path="/api/v1/quarantine",
                name="listQuarantine",
                summary="What made no sense and was set aside",
                handler=self.quarantine,
                answer=QuarantineList,
                parameters=(STATE, LIMIT, CURSOR, ORDER),
            ),
            Operation(
                method="GET",
                path="/api/v1/quarantine/{id}",
                name="getQuarantined",
                summary="One row of the quarantine, with the raw bytes",
                handler=self.show,
                answer=QuarantineAnswer,
                parameters=(QUARANTINE_ID,),
                problems=(404,),
            ),
            Operation(
                method="POST",
                path="/api/v1/quarantine/{id}/retry",
                name="retryQuarantined",
                summary="Take it in again, by the rules of today",
                handler=self.retry,
                answer=Retried,
                parameters=(QUARANTINE_ID,),
                problems=(404, 409),
                scope="operate",
            ),
        ]

    async def inbox(self, arguments: Arguments) -> InboxList:
        """A page of the inbox."""
        place = read_cursor(arguments.scope, arguments[CURSOR], IdPlace)
        limit, descending = arguments[LIMIT], arguments[ORDER] == "desc"
        async with self._database.connection() as connection:
            rows = await quarantine.inbox_page(
                connection, after=place and place.id, limit=limit + 1, descending=descending
            )
        return InboxList(*cut(arguments.scope, rows, limit, lambda row: (row.id,)))

    async def quarantine(self, arguments: Arguments) -> QuarantineList:
        """A page of the quarantine."""
        place = read_cursor(arguments.scope, arguments[CURSOR], IdPlace)
        limit, descending = arguments[LIMIT], arguments[ORDER] == "desc"
        async with self._database.connection() as connection:
            rows = await quarantine.listed(
                connection,
                after=place and place.id,
                state=arguments[STATE],
                limit=limit + 1,
                descending=descending,
            )
        return QuarantineList(*cut(arguments.scope, rows, limit, lambda row: (row.id,)))

    async def show(self, arguments: Arguments) -> QuarantineAnswer:
        """One row. Raises :class:`Problem` 404."""
        async with self._database.connection() as connection:
            held = await quarantine.get(connection, arguments[QUARANTINE_ID])
        if held is None:
            raise _unknown()
        return QuarantineAnswer(**asdict(held.about), body_base64=base64.b64encode(held.body).decode())

    async def retry(self, arguments: Arguments) -> Retried:
        """Try again. Raises :class:`Problem` 404, or 409 where it has gone its way already."""
        result = await retry(self._database, arguments[QUARANTINE_ID], self._service.clock())
        if result.items:
            self._service.workers.arrived()
        return result


@dataclass(slots=True)
class _Outcome:
    """What another try leaves: rows to add, and the pieces of this row that still make no sense."""

    arrival: Arrival = field(default_factory=Arrival)
    malformed: list[Malformed] = field(default_factory=list)


async def retry(database: Database, row_id: UUID, now: datetime) -> Retried:
    """Take a row of the quarantine in again, in one transaction; what still makes no sense stays where it
    is, with the new reason.

    A delivery is taken in as a whole, so what had been understood of it comes again and is recorded
    as a duplicate. Raises :class:`Problem` 404, or 409 where it has gone its way already, and
    :class:`~service.storage.database.Unavailable`.
    """
    async with database.transaction() as connection:
        held = await quarantine.get(connection, row_id, lock=True)
        if held is None:
            raise _unknown()
        if held.about.state == "retried":
            raise Problem(409, "it has been taken in already", field="id")
        outcome = _again(held, database.partitions)
        await _settle(connection, held, outcome, now)
    arrival = outcome.arrival
    return Retried(len(arrival.rows), len(arrival.ignored), len(outcome.malformed))


def _again(held: Held, partitions: int) -> _Outcome:
    about = held.about
    if about.item_type is not None:
        return _item_again(held, about.item_type, partitions)
    delivery = parse_delivery(held.body, about.received_at)
    malformed = [
        piece
        for piece in delivery.malformed
        if _is_within(piece.path, about.path) or _is_within(about.path, piece.path)
    ]
    if any(_is_within(about.path, piece.path) for piece in malformed):
        # Nothing was learned: the rest of the delivery was taken in when it came.
        return _Outcome(malformed=malformed)
    understood = Delivery(items=delivery.items, ignored=delivery.ignored)
    return _Outcome(arrival_of(understood, held.body, about.received_at, partitions), malformed)


def _item_again(held: Held, item_type: str, partitions: int) -> _Outcome:
    about = held.about
    try:
        item = DECODERS[item_type].decode(held.body)
    except (msgspec.MsgspecError, KeyError) as error:
        reason = f"inbox row cannot be decoded: {type(error).__name__}"
        return _Outcome(malformed=[Malformed(path=about.path, reason=reason)])
    conversation_id = about.conversation_id or item.sender.conversation_id
    partition = partition_of(conversation_id, partitions)
    row = InboxRow(partition, ordered_id(), conversation_id, item_type, about.received_at, held.body)
    return _Outcome(Arrival(rows=[row]))


def _is_within(path: str, of: str) -> bool:
    return not of or path == of or path.startswith((f"{of}.", f"{of}["))


async def _settle(connection: asyncpg.Connection, held: Held, outcome: _Outcome, now: datetime) -> None:
    await inbox.insert(connection, outcome.arrival.rows)
    await inbox.insert_ignored(connection, outcome.arrival.ignored)
    if not outcome.malformed:
        await quarantine.retried(connection, held, now)
        return
    first, *others = outcome.malformed
    await quarantine.still_waiting(connection, held, now, first.path, first.reason)
    received_at = held.about.received_at
    await inbox.insert_quarantined(
        connection,
        [
            QuarantineRow(held.partition, ordered_id(), received_at, piece.path, piece.reason, held.body)
            for piece in others
        ],
    )


def _unknown() -> Problem:
    return Problem(404, "id: there is no such row in quarantine", field="id")
