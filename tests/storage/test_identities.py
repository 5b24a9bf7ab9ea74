"""Every id of a person leads to their one conversation."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from service.storage import identities
from service.storage.database import Database
from service.storage.vault import Vault
from tests.storage.streams import append, begun


async def test_an_alias_leads_to_its_conversation_and_an_unknown_id_nowhere(database: Database) -> None:
    alias, other, conversation = uuid4(), uuid4(), uuid4()
    async with database.connection() as connection:
        await identities.link(connection, [(alias, conversation), (other, conversation)], 64)
        found = await identities.resolve(connection, [alias, other, uuid4(), conversation], 64)
        assert found == {alias: conversation, other: conversation}
        assert await identities.resolve(connection, [], 64) == {}


async def test_the_first_link_of_an_alias_stands(database: Database) -> None:
    alias, first, second = uuid4(), uuid4(), uuid4()
    async with database.connection() as connection:
        await identities.link(connection, [(alias, first)], 64)
        await identities.link(connection, [(alias, second), (alias, first)], 64)
        await identities.link(connection, [], 64)
        assert await identities.resolve(connection, [alias], 64) == {alias: first}


async def test_an_alias_linked_twice_in_one_go_or_by_two_at_once_leads_to_one(database: Database) -> None:
    alias = uuid4()
    targets = [uuid4() for _ in range(6)]

    async def link(*pairs: int) -> None:
        async with database.connection() as connection:
            await identities.link(connection, [(alias, targets[n]) for n in pairs], 64)

    await asyncio.gather(link(0, 1), link(2, 3), link(4, 5))
    async with database.connection() as connection:
        found = await identities.resolve(connection, [alias], 64)
    assert found[alias] in {targets[0], targets[2], targets[4]}


async def test_conversations_that_have_begun_are_told_from_those_that_have_not(
    database: Database, vault: Vault
) -> None:
    live = begun(vault)
    await append(database, live)
    async with database.connection() as connection:
        known = await identities.existing(connection, [live.conversation.id, uuid4()], 64)
    assert known == {live.conversation.id}
