"""Conversations on their way into a real log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg

from domain.conversation import Conversation
from domain.identity import Sender, partition_of
from domain.inbound import Message
from domain.steps import Policy
from service.storage import log
from service.storage.database import Database
from service.storage.log import Live, Refusal, StreamAppend
from service.storage.vault import Vault

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
POLICY = Policy()


def person(name: str | None = None) -> Sender:
    return Sender("whatsapp", "100", name or uuid4().hex)


def message(sender: Sender, message_id: str, text: str = "hello", at: datetime = NOW) -> Message:
    return Message(sender=sender, received_at=at, message_id=message_id, kind="text", sent_at=at, text=text)


def says(conversation: Conversation, *message_ids: str, text: str = "hello") -> Conversation:
    for message_id in message_ids:
        conversation.observe(message(conversation.sender, message_id, text), NOW, POLICY)
    return conversation


def begun(vault: Vault, *message_ids: str, sender: Sender | None = None, partitions: int = 64) -> Live:
    """A conversation that is not in the log yet, with what was said in it."""
    conversation = says(Conversation.start(sender or person(), "conv_1", NOW), *message_ids)
    key, wrapped = vault.make(conversation.id)
    return Live(partition_of(conversation.id, partitions), conversation, key, wrapped)


def pending(live: Live) -> StreamAppend:
    """What the conversation has recorded since the last append."""
    assert live.key is not None
    stream = StreamAppend(
        live.partition, live.conversation, live.conversation.new_facts(), live.key, live.wrapped_key
    )
    live.wrapped_key = None
    return stream


async def append(database: Database, *lives: Live) -> dict[UUID, Refusal]:
    """Append what these conversations recorded, in one batch."""
    return await append_streams(database, *(pending(live) for live in lives))


async def append_streams(database: Database, *streams: StreamAppend) -> dict[UUID, Refusal]:
    async with database.transaction() as connection:
        return await log.append(connection, streams)


async def loaded(database: Database, vault: Vault, conversation_id: UUID) -> Live:
    async with database.connection() as connection:
        live = await log.load(connection, vault, conversation_id, database.partitions)
    assert live is not None
    return live


async def fetchval(database: Database, statement: str, *arguments: object) -> object:
    async with database.connection() as connection:
        return await connection.fetchval(statement, *arguments)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection outside every pool."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def until(condition: Callable[[], Awaitable[bool]], *, within: float = 10.0) -> None:
    """Wait for something to come true; a TimeoutError where it does not."""
    async with asyncio.timeout(within):
        while not await condition():  # what is waited for is in the database
            await asyncio.sleep(0.005)
