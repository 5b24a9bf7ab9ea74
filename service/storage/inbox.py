"""The inbox: durable rows of what arrived and is not yet in the log, by group commit."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from service.storage.database import Database, Unavailable
from service.storage.group_commit import Full, GroupCommit

MOST_WAITING: Final = 2_000
"""Deliveries held at most; the next is told to come again (503)."""

LARGEST_BATCH: Final = 500

CROWD: Final = 24
"""Deliveries waiting at once that make a crowd: more than a steady stream leaves during one commit."""

RECENTLY: Final = 0.01
"""Seconds for which a crowd that was just committed counts as one: the next is on its way."""

COPY_FROM: Final = 24
"""Rows from which on COPY is worth its second round trip."""

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
SELECT i.* FROM unnest($1::smallint[], $4::uuid[]) AS mine (partition, past)
CROSS JOIN LATERAL (
    SELECT partition, id, conversation_id, type, received_at, item FROM inbox i
    WHERE i.partition = mine.partition AND i.id > mine.past AND NOT (i.conversation_id = ANY ($2::uuid[]))
    ORDER BY i.id LIMIT $3
) i
"""
DELETE: Final = """
DELETE FROM inbox i USING unnest($1::smallint[], $2::uuid[]) AS done (partition, id)
WHERE i.partition = done.partition AND i.id = done.id
"""
TAKE_OUT: Final = f"{DELETE.rstrip()} RETURNING i.id"
COUNT: Final = "SELECT count(*) FROM inbox"


class InboxRow(NamedTuple):
    """One item of a delivery, encoded, bound for one conversation."""

    partition: int
    id: UUID
    conversation_id: UUID
    type: str
    received_at: datetime
    item: bytes


class IgnoredRow(NamedTuple):
    """An update that needs nothing done, with the reason."""

    partition: int
    id: UUID
    received_at: datetime
    channel: str
    account_id: str | None
    field: str
    reason: str
    payload: bytes


class QuarantineRow(NamedTuple):
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


NOT_DURABLE: Final = (NotDurable, Full, TimeoutError, Unavailable, asyncpg.PostgresError)
"""What a delivery that could not be made durable in time ends with, cancelled ones aside."""


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
        self.start = self._commits.start
        self._connection: asyncpg.Connection | None = None
        self._kept = AsyncExitStack()
        self._crowd_left = float("-inf")

    async def stop(self) -> None:
        """Make durable what is waiting, then end."""
        await self._commits.stop()
        await self._let_go()

    @property
    def crowded(self) -> bool:
        """Whether so many deliveries wait to be acknowledged that other work should step back."""
        return self._commits.unsettled >= CROWD or monotonic() - self._crowd_left < RECENTLY

    async def put(self, arrival: Arrival) -> None:
        """Make a delivery durable. Raises :class:`NotDurable` after the patience, or at once when
        too many are waiting already."""
        try:
            await self.submit(arrival)
        except NOT_DURABLE as error:
            raise NotDurable(type(error).__name__) from error

    def submit(self, arrival: Arrival) -> asyncio.Future[None]:
        """As :meth:`put`, for whoever does not wait at once: done once it is durable, or fails with one of
        :data:`NOT_DURABLE`. Raises :class:`Full` when too many are waiting already."""
        return self._commits.submit(arrival)

    async def _commit(self, arrivals: Sequence[Arrival]) -> Sequence[None]:
        rows = [row for arrival in arrivals for row in arrival.rows]
        ignored = [row for arrival in arrivals for row in arrival.ignored]
        quarantined = [row for arrival in arrivals for row in arrival.quarantined]
        if not ignored and not quarantined:
            await self._insert(rows)
        else:
            async with self._database.transaction() as connection:
                await insert(connection, rows)
                await insert_ignored(connection, ignored)
                await insert_quarantined(connection, quarantined)
        if len(arrivals) >= CROWD:
            self._crowd_left = monotonic()
        return [None] * len(arrivals)

    async def _insert(self, rows: Sequence[InboxRow]) -> None:
        """Over a connection that is kept: to take one out of the pool and give it back costs half as much
        time as a lone row needs to be committed."""
        if self._connection is not None and _is_lost(self._connection):
            await self._let_go()
        try:
            if self._connection is None:
                self._connection = await self._kept.enter_async_context(self._database.connection())
            await insert(self._connection, rows)
        except BaseException as error:
            self._connection = None
            await self._kept.__aexit__(type(error), error, error.__traceback__)  # says what it means
            raise

    async def _let_go(self) -> None:
        self._connection = None
        await self._kept.aclose()


def _is_lost(connection: asyncpg.Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # the pool has taken it back, as it does when the server closes one
        return True


async def insert(connection: asyncpg.Connection, rows: Sequence[InboxRow]) -> None:
    """Add rows, in one statement."""
    if len(rows) >= COPY_FROM:
        await connection.copy_records_to_table("inbox", records=rows, columns=InboxRow._fields)
    elif rows:
        await connection.execute(INSERT, *zip(*rows, strict=True))


async def insert_ignored(connection: asyncpg.Connection, rows: Sequence[IgnoredRow]) -> None:
    """Add rows, in one statement."""
    if rows:
        await connection.execute(INSERT_IGNORED, *zip(*rows, strict=True))


async def insert_quarantined(connection: asyncpg.Connection, rows: Sequence[QuarantineRow]) -> None:
    """Add rows, in one statement."""
    if rows:
        await connection.execute(INSERT_QUARANTINE, *zip(*rows, strict=True))


async def fetch(
    connection: asyncpg.Connection,
    past: Mapping[int, UUID],
    passing_over: Collection[UUID],
    limit: int,
) -> list[InboxRow]:
    """The oldest rows of each partition past an id, at most ``limit`` from each, in order; without those of
    the conversations to be passed over."""
    rows = await connection.fetch(FETCH, list(past), list(passing_over), limit, list(past.values()))
    return [InboxRow(*row.values()) for row in rows]


async def delete(connection: asyncpg.Connection, rows: Sequence[InboxRow]) -> None:
    """Take rows out: they are in the log, or set aside."""
    if rows:
        await connection.execute(DELETE, [row.partition for row in rows], [row.id for row in rows])


async def move(connection: asyncpg.Connection, rows: Sequence[InboxRow], to: Sequence[InboxRow]) -> None:
    """Put others in the place of rows, one for each, in the caller's transaction. Rows that are not there any
    more stay gone: another process was at it as well, and has moved or even recorded them."""
    there = await connection.fetch(TAKE_OUT, [row.partition for row in rows], [row.id for row in rows])
    ids = {row["id"] for row in there}
    await insert(connection, [new for row, new in zip(rows, to, strict=True) if row.id in ids])


async def count(connection: asyncpg.Connection) -> int:
    """How many rows wait."""
    return int(await connection.fetchval(COUNT))
