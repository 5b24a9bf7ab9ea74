"""The log read in order and opened: by partition, within it by position, up to where each was."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from domain.events import EVENT_TYPES
from domain.identity import partition_of
from service.export.asked import Asked, Missing
from service.export.source import Fault, Place, Row
from service.storage import log
from service.storage.codec import stored_fields
from service.storage.database import Database
from service.storage.vault import ConversationKey, Vault, VaultError

PIECE: Final = 2_000
"""Positions that are read at a time."""

MOST_KEYS: Final = 10_000
"""Keys that are kept unwrapped at a time."""

EVENTS: Final = """
SELECT position, conversation_id, version, type, recorded_at, data, sealed FROM events
WHERE partition = $1 AND {at} > $2 AND {at} <= $3 {within}
  AND type <> ALL ($4::text[])
  AND ($5::timestamptz IS NULL OR recorded_at >= $5) AND ($6::timestamptz IS NULL OR recorded_at < $6)
ORDER BY {at}
"""
EVENTS_OF_PARTITION: Final = EVENTS.format(at="position", within="")
EVENTS_OF_CONVERSATION: Final = EVENTS.format(at="version", within="AND conversation_id = $7")
LAST_VERSION: Final = """
SELECT version FROM events WHERE partition = $1 AND conversation_id = $2 ORDER BY version DESC LIMIT 1
"""
PEOPLE: Final = """
SELECT e.conversation_id, e.data ->> 'channel' AS channel, e.data ->> 'account_id' AS account_id, k.wrapped
FROM unnest($2::uuid[]) AS wanted (conversation_id)
JOIN events e ON e.partition = $1 AND e.conversation_id = wanted.conversation_id AND e.version = 1
LEFT JOIN keys k ON k.partition = $1 AND k.conversation_id = wanted.conversation_id
"""


class Person(NamedTuple):
    """Whose conversation it is. ``key`` is None once it has been destroyed."""

    channel: str
    account_id: str
    key: ConversationKey | None


NOBODY: Final = Person("", "", None)


@dataclass(frozen=True, slots=True)
class Opened:
    """An event of the log with what can be read of it: no personal fields without the key, and none at all
    where ``fault`` says why."""

    conversation_id: UUID
    version: int
    type: str
    recorded_at: datetime
    person: Person
    fields: dict[str, Any] | None
    fault: str | None

    def envelope(self) -> Row:
        """What every row of an event begins with."""
        return {
            "conversation_id": str(self.conversation_id),
            "version": self.version,
            "type": self.type,
            "recorded_at": self.recorded_at,
            "channel": self.person.channel,
            "account_id": self.person.account_id,
        }


class End(NamedTuple):
    """The last position of a partition that is read, or the last version of a conversation."""

    partition: int
    by: Literal["position", "version"]
    last: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Some events, the place behind them, and how many of all are done with them."""

    events: list[Opened]
    place: Place
    end: End
    done: int
    faults: list[Fault]


class LogReader:
    """Reads what was asked for but the types ``left_out``; a type that nobody knows is read, to be told of.

    ``through`` has for each partition the position that is the end; for a single conversation its partition
    and the version. What is erased meanwhile is not shown from the next piece on.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        asked: Asked,
        through: Mapping[int, int],
        *,
        left_out: frozenset[str] = frozenset(),
        size: int = PIECE,
    ) -> None:
        self.through = through
        self._database, self._vault, self._asked = database, vault, asked
        self._left_out, self._size = sorted(left_out), size
        self._keys: dict[bytes, ConversationKey] = {}

    async def pieces(self, after: Place) -> AsyncIterator[Piece]:
        """Pieces past a place, each in statements of its own: no snapshot is held for a slow reader."""
        done = sum(end for partition, end in self.through.items() if partition < after.partition)
        for partition, last in sorted(self.through.items()):
            if partition < after.partition:
                continue
            self._keys.clear()
            at = after.after if partition == after.partition else 0
            while at < last:
                until = min(at + self._size, last)
                events, faults = await self._read(partition, at, until)
                end = End(partition, "version" if self._asked.conversation else "position", last)
                yield Piece(events, Place(partition, until), end, done + until, faults)
                at = until
            done += last

    async def _read(self, partition: int, after: int, until: int) -> tuple[list[Opened], list[Fault]]:
        asked = self._asked
        wanted = (partition, after, until, self._left_out, asked.since, asked.until)
        async with self._database.connection() as connection:
            if asked.conversation is None:
                records = await connection.fetch(EVENTS_OF_PARTITION, *wanted)
            else:
                records = await connection.fetch(EVENTS_OF_CONVERSATION, *wanted, asked.conversation)
            people = await self._people(connection, partition, {r["conversation_id"] for r in records})
        events = [
            _opened(record, person)
            for record in records
            if self._wanted(person := people.get(record["conversation_id"], NOBODY))
        ]
        faults = [Fault(f"{e.conversation_id}/{e.version}", e.fault) for e in events if e.fault is not None]
        return events, faults + self._missing(partition, after, until, len(records))

    def _missing(self, partition: int, after: int, until: int, there: int) -> list[Fault]:
        """Positions are dense. Where everything was asked for, what is not there is missing."""
        narrowed = self._left_out or self._asked.since or self._asked.until
        if narrowed or there == until - after:
            return []
        counted = "versions" if self._asked.conversation else "positions"
        where = f"partition {partition}, {counted} {after + 1} to {until}"
        return [Fault(where, f"only {there} of {until - after} are in the log")]

    def _wanted(self, person: Person) -> bool:
        asked = self._asked
        return asked.channel in {None, person.channel} and asked.account in {None, person.account_id}

    async def _people(
        self, connection: asyncpg.Connection, partition: int, ids: set[UUID]
    ) -> dict[UUID, Person]:
        rows = await connection.fetch(PEOPLE, partition, list(ids)) if ids else ()
        return {
            row["conversation_id"]: Person(
                row["channel"] or "",
                row["account_id"] or "",
                None if row["wrapped"] is None else self._key(row["conversation_id"], row["wrapped"]),
            )
            for row in rows
        }

    def _key(self, conversation_id: UUID, wrapped: bytes) -> ConversationKey:
        key = self._keys.get(wrapped)
        if key is None:
            if len(self._keys) >= MOST_KEYS:
                self._keys.clear()
            key = self._keys[wrapped] = self._vault.unwrap(conversation_id, wrapped)
        return key


def _opened(record: asyncpg.Record, person: Person) -> Opened:
    fields, fault = _fields(record, person.key)
    conversation_id, version = record["conversation_id"], record["version"]
    return Opened(conversation_id, version, record["type"], record["recorded_at"], person, fields, fault)


def _fields(record: asyncpg.Record, key: ConversationKey | None) -> tuple[dict[str, Any] | None, str | None]:
    """What can be read, or why nothing can."""
    name, version, sealed = record["type"], record["version"], record["sealed"]
    if name not in EVENT_TYPES:
        return None, f"unknown type {name}"
    try:
        personal = None if sealed is None or key is None else key.open(version, sealed)
        return stored_fields(name, record["data"], personal), None
    except (msgspec.MsgspecError, VaultError, KeyError) as error:
        return None, f"{name}: {error}"


async def ends(database: Database, asked: Asked) -> dict[int, int]:
    """Where the log ends now for what was asked. Raises :class:`Missing` for an unknown conversation."""
    async with database.connection() as connection:
        if asked.conversation is None:
            return {partition: head for partition, head in (await log.heads(connection)).items() if head}
        partition = partition_of(asked.conversation, database.partitions)
        version = await connection.fetchval(LAST_VERSION, partition, asked.conversation)
    if version is None:
        raise Missing("conversation", f"there is no {asked.conversation}")
    return {partition: version}
