"""The inbox: durable rows of what arrived and is not yet in the log, by group commit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from service.storage.database import Database, Unavailable
from service.storage.group_commit import Full, GroupCommit

MOST_WAITING: Final = 2_000
"""Deliveries held at most; the next is told to come again (503)."""

LARGEST_BATCH: Final = 500

CROWD: Final = 24
"""Deliveries waiting at once that make a crowd: more than a steady stream leaves during one commit."""

INSERT: Final = """
INSERT INTO inbox (partition, id, conversation_id, type, received_at, item)
SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::bytea[])
"""
INSERT_IGNORED: Final = """
INSERT INTO ignored (partition, id, received_at, channel, account_id, field, reason, payload)
SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[],
                     $7::text[], $8::bytea[])
"""
INSERT_QUARANTINE: Final = """
INSERT INTO quarantine (partition, id, received_at, path, reason, body, item_type, conversation_id)
SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::bytea[],
                     $7::text[], $8::uuid[])
"""
FETCH: Final = """
SELECT i.* FROM unnest($1::smallint[]) AS mine (partition)
CROSS JOIN LATERAL (
    SELECT partition, id, conversation_id, type, received_at, item FROM inbox i
    WHERE i.partition = mine.partition AND NOT (i.conversation_id = ANY ($2::uuid[]))
    ORDER BY i.id LIMIT $3
) i
"""
DELETE: Final = """
DELETE FROM inbox i USING unnest($1::smallint[], $2::uuid[]) AS done (partition, id)
WHERE i.partition = done.partition AND i.id = done.id
"""
COUNT: Final = "SELECT count(*) FROM inbox"


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One item of a delivery, encoded, bound for one conversation."""

    partition: int
    id: UUID
    conversation_id: UUID
    type: str
    received_at: datetime
    item: bytes


@dataclass(frozen=True, slots=True)
class IgnoredRow:
    """An update that needs nothing done, with the reason."""

    partition: int
    id: UUID
    received_at: datetime
    channel: str
    account_id: str | None
    field: str
    reason: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A piece of a delivery that made no sense, with the raw bytes of the whole; or an inbox item
    (``item_type`` says of what type) that could not be taken in."""

    partition: int
    id: UUID
    received_at: datetime
    path: str
    reason: str
    body: bytes
    item_type: str | None = None
    conversation_id: UUID | None = None


@dataclass(slots=True)
class Arrival:
    """What one delivery leaves behind, all of it or nothing."""

    rows: list[InboxRow] = field(default_factory=list)
    ignored: list[IgnoredRow] = field(default_factory=list)
    quarantined: list[QuarantineRow] = field(default_factory=list)


class NotDurable(Exception):
    """The delivery could not be made durable in time; whether it was is unknown. Deliver it again."""


class Inbox:
    """Takes deliveries in; :meth:`put` returns once they are committed."""

    def __init__(
        self, database: Database, *, patience: float = 4.0, most_waiting: int = MOST_WAITING
    ) -> None:
        self._database = database
        self._commits: GroupCommit[Arrival, None] = GroupCommit(
            self._commit,
            most_waiting=most_waiting,
            largest_batch=LARGEST_BATCH,
            patience=patience,
            fatal=(Unavailable,),
        )
        self.start, self.stop = self._commits.start, self._commits.stop

    @property
    def crowded(self) -> bool:
        """Whether so many deliveries wait to be acknowledged that other work should step back."""
        return self._commits.unsettled >= CROWD

    async def put(self, arrival: Arrival) -> None:
        """Make a delivery durable. Raises :class:`NotDurable` after the patience, or at once when
        too many are waiting already."""
        try:
            await self._commits.submit(arrival)
        except (Full, TimeoutError, Unavailable, asyncpg.PostgresError) as error:
            raise NotDurable(type(error).__name__) from error

    async def _commit(self, arrivals: Sequence[Arrival]) -> Sequence[None]:
        rows = [row for arrival in arrivals for row in arrival.rows]
        ignored = [row for arrival in arrivals for row in arrival.ignored]
        quarantined = [row for arrival in arrivals for row in arrival.quarantined]
        if not ignored and not quarantined:
            async with self._database.connection() as connection:
                await insert(connection, rows)
        else:
            async with self._database.transaction() as connection:
                await insert(connection, rows)
                await insert_ignored(connection, ignored)
                await insert_quarantined(connection, quarantined)
        return [None] * len(arrivals)


async def insert(connection: asyncpg.Connection, rows: Sequence[InboxRow]) -> None:
    """Add rows, in one statement."""
    columns = [[getattr(row, name) for row in rows] for name in InboxRow.__slots__]
    await connection.execute(INSERT, *columns)


async def insert_ignored(connection: asyncpg.Connection, rows: Sequence[IgnoredRow]) -> None:
    """Add rows, in one statement."""
    if rows:
        columns = [[getattr(row, name) for row in rows] for name in IgnoredRow.__slots__]
        await connection.execute(INSERT_IGNORED, *columns)


async def insert_quarantined(connection: asyncpg.Connection, rows: Sequence[QuarantineRow]) -> None:
    """Add rows, in one statement."""
    if rows:
        columns = [[getattr(row, name) for row in rows] for name in QuarantineRow.__slots__]
        await connection.execute(INSERT_QUARANTINE, *columns)


async def fetch(
    connection: asyncpg.Connection, partitions: Collection[int], passing_over: Collection[UUID], limit: int
) -> list[InboxRow]:
    """The oldest rows of each partition, at most ``limit`` from each, in order; without those of
    the conversations to be passed over."""
    rows = await connection.fetch(FETCH, list(partitions), list(passing_over), limit)
    return [InboxRow(*row.values()) for row in rows]


async def delete(connection: asyncpg.Connection, rows: Sequence[InboxRow]) -> None:
    """Take rows out: they are in the log, or set aside."""
    if rows:
        await connection.execute(DELETE, [row.partition for row in rows], [row.id for row in rows])


async def count(connection: asyncpg.Connection) -> int:
    """How many rows wait."""
    return int(await connection.fetchval(COUNT))
