"""What waits for an erased person's conversation moves on to the one after it, whoever is at it, and once."""

from __future__ import annotations

from uuid import UUID, uuid4

import msgspec

from domain.conversation import Conversation
from domain.identity import partition_of
from service.binding import LocalBinder
from service.intake import DECODERS
from service.newcomers import Newcomers, Parcel
from service.storage import inbox
from service.storage.database import Database
from service.storage.ids import earlier, ordered_id
from service.storage.inbox import InboxRow
from service.storage.reach import MARGIN, QUICK, Reach
from tests.storage.streams import NOW, POLICY, fetchval, message, person


def erased() -> Conversation:
    conversation = Conversation.start(person(), "conv_1", NOW)
    conversation.erase("somebody", str(uuid4()), NOW)
    return conversation


def row_for(conversation: Conversation, message_id: str, row_id: UUID | None = None) -> InboxRow:
    """A message of the person, come in again after the erasure."""
    item = msgspec.json.encode(message(person("4915"), message_id))
    partition = partition_of(conversation.id, 64)
    return InboxRow(partition, row_id or ordered_id(), conversation.id, "message", NOW, item)


def parcel_for(conversation: Conversation, *rows: InboxRow) -> Parcel:
    items = [DECODERS["message"].decode(row.item) for row in rows]
    return Parcel(conversation.id, list(rows), items)


async def test_two_processes_that_move_the_same_message_on_move_it_once(database: Database) -> None:
    conversation = erased()
    parcel = parcel_for(conversation, row_for(conversation, "said later"))
    async with database.connection() as connection:
        await inbox.insert(connection, parcel.rows)
    newcomers = Newcomers(database, LocalBinder())
    for _ in range(2):  # the second has read it before the first was done
        assert (await newcomers.after_erasure(parcel, conversation, POLICY)).rows == []
    assert await fetchval(database, "SELECT count(*) FROM inbox") == 1


async def test_a_message_that_is_recorded_meanwhile_does_not_come_back(database: Database) -> None:
    conversation = erased()
    parcel = parcel_for(conversation, row_for(conversation, "said later"))
    newcomers = Newcomers(database, LocalBinder())
    assert (await newcomers.after_erasure(parcel, conversation, POLICY)).rows == []
    assert await fetchval(database, "SELECT count(*) FROM inbox") == 0


async def test_what_waited_for_long_is_taken_before_what_was_said_since(database: Database) -> None:
    conversation, newcomers = erased(), Newcomers(database, LocalBinder())
    now = ordered_id()
    waited = [row_for(conversation, f"m{n}", earlier(now, 3 * MARGIN - n)) for n in range(3)]
    await moved_on(database, newcomers, conversation, *waited[:2])
    reach = await a_reach(database)  # of whoever has the partition that they wait in now
    await moved_on(database, newcomers, conversation, *waited[2:], row_for(conversation, "m3"))
    rows = await looked(database, reach)
    assert [message_id(row) for row in rows] == ["m0", "m1", "m2", "m3"]


async def moved_on(
    database: Database, newcomers: Newcomers, conversation: Conversation, *rows: InboxRow
) -> None:
    async with database.connection() as connection:
        await inbox.insert(connection, rows)
    await newcomers.after_erasure(parcel_for(conversation, *rows), conversation, POLICY)


async def a_reach(database: Database) -> Reach:
    """One that looks back no further than it must: a snapshot is held, and a look takes long."""
    reach = Reach(Ticking())
    there = range(64)
    past = reach.begin(there, ())
    async with database.connection() as connection:
        newest = await connection.fetchrow("SELECT * FROM inbox ORDER BY id LIMIT 1")
    assert newest is not None
    assert past
    reach.saw([InboxRow(*newest.values())._replace(id=ordered_id())], ())
    return reach


class Ticking:
    """A clock by which a look takes more than it may."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 2 * QUICK
        return self.now


async def looked(database: Database, reach: Reach) -> list[InboxRow]:
    async with database.connection() as connection:
        return await inbox.fetch(connection, reach.begin(range(64), ()), (), 100)


def message_id(row: InboxRow) -> str:
    return str(DECODERS["message"].decode(row.item).message_id)
