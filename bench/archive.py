"""A log of many events, written straight into its tables: a year of people who ask and are answered.

The events are what the domain's own commands record, with times of their own, sealed as in life; only the way
into the log is short: COPY, a partition at a time, positions in the order of time.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg

from domain.conversation import Conversation
from domain.events import Fact
from domain.identity import CHANNELS, Sender, partition_of
from domain.inbound import Message, Receipt
from domain.observe import reference_of
from domain.steps import Policy
from service.storage.codec import encode
from service.storage.vault import Vault, message_key

YEAR: Final = timedelta(days=365)
ENDED: Final = datetime(2026, 11, 1, tzinfo=UTC)

QUESTIONS: Final = (
    "Where is my parcel? I ordered it last week and nobody could tell me.",
    "I got the green one and ordered the blue one, what do I do now?",
    "Can I still change the address of my order? We are moving on Friday.",
    "Do you have this in size 42, and how long does delivery take?",
)
ANSWER: Final = (
    "Thank you for asking. I have looked it up: it left our warehouse and should be with you soon."
)
MODELS: Final = ("gpt-6-luna", "gpt-6-sol")

EVENTS: Final = (
    "partition", "position", "conversation_id", "version", "type", "recorded_at", "message_key", "data",
    "sealed",
)  # fmt: skip
KEYS: Final = ("partition", "conversation_id", "wrapped")

Say = Callable[[str], None]


async def write(
    url: str, master: bytes, *, events: int, conversations: int, partitions: int, say: Say
) -> None:
    """Write about so many events of so many people into the empty log of a database."""
    turns = max(1, round((events / conversations - 1) / EVENTS_OF_A_TURN))
    shares: list[list[Sender]] = [[] for _ in range(partitions)]
    for number in range(conversations):
        sender = Sender(CHANNELS[number % 3], f"{100 + number % 5}", f"49151{number:08d}")
        shares[partition_of(sender.conversation_id, partitions)].append(sender)
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(max(1, os.cpu_count() or 1)) as pool:
        tasks = [
            loop.run_in_executor(pool, _write_partition, url, master, partition, senders, turns)
            for partition, senders in enumerate(shares)
        ]
        written = 0
        for done, task in enumerate(asyncio.as_completed(tasks), 1):
            written += await task
            if done % 16 == 0:
                say(f"{written:,} events written")
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("VACUUM (ANALYZE) events")
        await connection.execute("VACUUM (ANALYZE) keys")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


def _write_partition(url: str, master: bytes, partition: int, senders: list[Sender], turns: int) -> int:
    return asyncio.run(_copied(url, Vault(master), partition, senders, turns))


async def _copied(url: str, vault: Vault, partition: int, senders: list[Sender], turns: int) -> int:
    rows: list[tuple[Any, ...]] = []
    keys: list[tuple[int, UUID, bytes]] = []
    for sender in senders:
        key, wrapped = vault.make(sender.conversation_id)
        keys.append((partition, sender.conversation_id, wrapped))
        for fact in life(sender, turns):
            name, clear, personal = encode(fact)
            version = fact.originator_version
            rows.append(
                (
                    fact.timestamp,
                    sender.conversation_id,
                    version,
                    name,
                    _message_key(fact),
                    clear.decode(),
                    None if personal is None else key.seal(version, personal),
                )
            )
    rows.sort(key=lambda row: (row[0], row[1], row[2]))
    records = [
        (partition, position, conversation, version, name, at, unique, data, sealed)
        for position, (at, conversation, version, name, unique, data, sealed) in enumerate(rows, 1)
    ]
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL synchronous_commit = off")
            await connection.copy_records_to_table("events", records=records, columns=EVENTS)
            await connection.copy_records_to_table("keys", records=keys, columns=KEYS)
    finally:
        await connection.close()
    return len(records)


def _message_key(fact: Fact) -> bytes | None:
    unique = getattr(fact, "unique_key", None)
    return None if unique is None else message_key(fact.originator_id, unique)


EVENTS_OF_A_TURN: Final = 8


def life(sender: Sender, turns: int) -> list[Fact]:
    """Everything that happens to a person who asks so often within the year: eight events a turn."""
    chance = random.Random(sender.sender_id)
    now = ENDED - YEAR + YEAR * 0.8 * chance.random()
    conversation = Conversation.start(sender, f"conv_{chance.getrandbits(96):024x}", now)
    step = (ENDED - now) / (turns + 1)
    for turn in range(turns):
        _turn(conversation, turn, now, chance)
        now += step * (0.02 if chance.random() < 0.6 else 1.5 * chance.random())
    return conversation.new_facts()


def _turn(conversation: Conversation, turn: int, now: datetime, chance: random.Random) -> None:
    sender, policy = conversation.sender, Policy()
    reply_id, sent_id = f"reply-{turn}", f"wamid.{sender.sender_id}.{turn}"
    text = chance.choice(QUESTIONS)
    message = Message(
        sender=sender, received_at=now, sent_at=now - timedelta(seconds=chance.randrange(3)),
        message_id=f"wamid.said.{sender.sender_id}.{turn}", kind="text", text=text,
    )  # fmt: skip
    conversation.observe(message, now, policy)
    moments = _moments(now, chance)
    conversation.attempt_draft(reply_id, next(moments))
    conversation.record_draft(
        reply_id, next(moments), text=ANSWER, parts=1, author="bot", outcome="completed",
        thread_id=conversation.state.thread_id, model=chance.choice(MODELS), input_tokens=300 + 90 * turn,
        cached_tokens=80 * turn, output_tokens=40 + chance.randrange(60),
        latency_ms=900 + chance.randrange(2000),
    )  # fmt: skip
    reference = reference_of(conversation.id, reply_id, 1)
    conversation.attempt_send(reply_id, 1, reference, next(moments))
    conversation.record_sent(reply_id, 1, sent_id, next(moments))
    for status in ("sent", "delivered", "read"):
        at = next(moments)
        receipt = Receipt(
            sender=sender, received_at=at, occurred_at=at, status=status, message_ids=(sent_id,),
            reference=reference,
        )  # fmt: skip
        conversation.observe(receipt, at, policy)


def _moments(now: datetime, chance: random.Random) -> Iterator[datetime]:
    for _ in itertools.count():
        now += timedelta(seconds=0.2 + 3 * chance.random())
        yield now
