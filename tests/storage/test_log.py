"""The log's promises, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

from domain.conversation import Conversation
from domain.events import MessageReceived
from domain.identity import Sender, partition_of
from domain.inbound import Message
from domain.steps import Policy
from service.storage import log
from service.storage.database import Database
from service.storage.log import StreamAppend
from service.storage.vault import Vault

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def message(sender: Sender, message_id: str, text: str = "hello") -> Message:
    return Message(sender=sender, received_at=NOW, message_id=message_id, kind="text", sent_at=NOW, text=text)


def started(vault: Vault, name: str | None = None, *messages: str) -> StreamAppend:
    sender = Sender("whatsapp", "100", name or uuid4().hex)
    conversation = Conversation.start(sender, "conv_1", NOW)
    for message_id in messages:
        conversation.observe(message(sender, message_id), NOW, Policy())
    key, wrapped = vault.make(conversation.id)
    return StreamAppend(
        partition_of(conversation.id, 64), conversation, conversation.collect_events(), key, wrapped
    )


async def append(database: Database, *batch: StreamAppend) -> dict[object, log.Refusal]:
    async with database.transaction() as connection:
        return dict(await log.append(connection, batch))


async def test_a_batch_of_many_conversations_is_appended_and_each_reads_back_as_it_was(
    database: Database, vault: Vault
) -> None:
    batch = [started(vault, None, f"m{n}", f"n{n}") for n in range(50)]
    assert await append(database, *batch) == {}
    async with database.connection() as connection:
        for stream in batch:
            live = await log.load(connection, vault, stream.conversation.id, 64)
            assert live is not None
            assert live.conversation.state == stream.conversation.state
            assert await log.read_stream(connection, live) == stream.events


async def test_a_conflict_in_one_conversation_does_not_fail_the_others(
    database: Database, vault: Vault
) -> None:
    first, second = started(vault, "same"), started(vault, "same")
    others = [started(vault) for _ in range(5)]
    assert await append(database, first) == {}
    refused = await append(database, others[0], second, *others[1:])
    assert refused == {second.conversation.id: log.Refusal("version")}
    async with database.connection() as connection:
        for other in others:
            assert await log.load(connection, vault, other.conversation.id, 64) is not None


async def test_a_message_id_is_in_its_conversation_at_most_once_for_ever(
    database: Database, vault: Vault
) -> None:
    stream = started(vault, "p", "m1")
    await append(database, stream)
    c = stream.conversation
    c.state.keys.clear()
    c.observe(message(c.sender, "m1"), NOW, Policy())
    again = StreamAppend(stream.partition, c, c.collect_events(), stream.key)
    refused = await append(database, again, started(vault, "q", "m1"))
    assert refused[c.id].fault == "duplicate"
    async with database.connection() as connection:
        count = await connection.fetchval("SELECT count(*) FROM events WHERE type = 'MessageReceived'")
    assert count == 2


async def test_positions_are_dense_and_in_commit_order_under_concurrent_writers_and_rollbacks(
    database: Database, vault: Vault
) -> None:
    async def write(worker: int) -> None:
        for n in range(15):
            try:
                async with database.transaction() as connection:
                    await log.append(connection, [started(vault) for _ in range(4)])
                    if (n + worker) % 4 == 0:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                pass

    await asyncio.gather(*(write(worker) for worker in range(8)))
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT p.head, count(e.*) AS n, coalesce(max(e.position), 0) AS top FROM partitions p "
            "LEFT JOIN events e USING (partition) GROUP BY p.partition, p.head"
        )
    assert sum(row["n"] for row in rows) > 0
    assert all(row["head"] == row["n"] == row["top"] for row in rows)


async def test_texts_are_not_in_the_database_in_the_clear(database: Database, vault: Vault) -> None:
    sender = Sender("whatsapp", "100", "4915112345678")
    c = Conversation.start(sender, "conv_1", NOW)
    c.observe(message(sender, "wamid.secret", "a very private word"), NOW, Policy())
    key, wrapped = vault.make(c.id)
    await append(database, StreamAppend(partition_of(c.id, 64), c, c.collect_events(), key, wrapped))
    async with database.connection() as connection:
        raw = str(await connection.fetch("SELECT events::text FROM events"))
    for personal in ("private", "4915112345678", "wamid.secret", b"private".hex(), b"wamid.secret".hex()):
        assert personal not in raw


async def test_loading_goes_through_a_snapshot_and_few_events(database: Database, vault: Vault) -> None:
    stream = started(vault, "long")
    await append(database, stream)
    c = stream.conversation
    for n in range(200):
        c.observe(message(c.sender, f"m{n}"), NOW, Policy())
        await append(database, StreamAppend(stream.partition, c, c.collect_events(), stream.key))
    async with database.connection() as connection:
        version = await connection.fetchval("SELECT version FROM snapshots")
        live = await log.load(connection, vault, c.id, 64)
        assert version == 192
        assert live is not None
        assert (live.conversation.version, live.conversation.state) == (201, c.state)
        events = await log.read_stream(connection, live, after=199)
    assert [type(event) for event in events] == [MessageReceived, MessageReceived]
