"""What waits for an erased person's conversation moves on to the one after it, whoever is at it, and once."""

from __future__ import annotations

from uuid import uuid4

import msgspec

from domain.conversation import Conversation
from domain.identity import partition_of
from service.binding import LocalBinder
from service.newcomers import Newcomers, Parcel
from service.storage import inbox
from service.storage.database import Database
from service.storage.ids import ordered_id
from service.storage.inbox import InboxRow
from tests.storage.streams import NOW, POLICY, fetchval, message, person


def erased() -> Conversation:
    conversation = Conversation.start(person(), "conv_1", NOW)
    conversation.erase("somebody", str(uuid4()), NOW)
    return conversation


def parcel_for(conversation: Conversation, sender_id: str) -> Parcel:
    item = message(person(sender_id), "said later")
    partition = partition_of(conversation.id, 64)
    row = InboxRow(partition, ordered_id(), conversation.id, "message", NOW, msgspec.json.encode(item))
    return Parcel(conversation.id, [row], [item])


async def test_two_processes_that_move_the_same_message_on_move_it_once(database: Database) -> None:
    conversation = erased()
    parcel = parcel_for(conversation, "4915")
    async with database.connection() as connection:
        await inbox.insert(connection, parcel.rows)
    newcomers = Newcomers(database, LocalBinder())
    for _ in range(2):  # the second has read it before the first was done
        assert (await newcomers.after_erasure(parcel, conversation, POLICY)).rows == []
    assert await fetchval(database, "SELECT count(*) FROM inbox") == 1


async def test_a_message_that_is_recorded_meanwhile_does_not_come_back(database: Database) -> None:
    conversation = erased()
    parcel = parcel_for(conversation, "4915")
    newcomers = Newcomers(database, LocalBinder())
    assert (await newcomers.after_erasure(parcel, conversation, POLICY)).rows == []
    assert await fetchval(database, "SELECT count(*) FROM inbox") == 0
