"""What it costs to load a conversation, and that its length does not matter.

The same person's kind of life, short and long, on one database: both are loaded in turns through
:func:`service.storage.log.load`, with the snapshots that appending them made.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final
from uuid import UUID, uuid4

from bench.figures import Ratio, Result, machine, quantile, ratio
from bench.rig import DATABASE, create_database, database_settings, postgres
from domain.conversation import Conversation
from domain.identity import Sender, partition_of
from domain.inbound import Message, Receipt
from domain.observe import reference_of
from domain.steps import Policy
from service.storage import log
from service.storage.database import Database
from service.storage.log import SNAPSHOT_EVERY, StreamAppend
from service.storage.vault import Vault

SHORT: Final = 100
BATCH: Final = 200
"""Events appended at a time, far from the end."""

AS_IN_LIFE: Final = 2 * SNAPSHOT_EVERY
"""Events at the end that are appended one at a time, so that the newest snapshot is where it would be."""

BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
TEXT: Final = "I ordered the blue one and got the green one, what do I do now? " * 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How long a conversation, and how often it is loaded."""

    events: int = field(default=100_000, metadata={"help": "events of the long conversation"})
    loads: int = field(default=500, metadata={"help": "times that each conversation is loaded"})
    folder: Path | None = None
    quick: bool = False


QUICK: Final = Options(loads=200, quick=True)
"""The long conversation is not shortened: its length is what is measured."""


async def measure(options: Options, say: Callable[[str], None]) -> Result:
    """Run it; ``say`` hears how far it is."""
    async with postgres(options.folder) as (folder, _, admin_url):
        database = await Database.open(await create_database(admin_url, DATABASE))
        try:
            async with database.connection() as connection:
                where = machine(folder, await database_settings(connection))
            vault = Vault(bytes(32))
            began = time.perf_counter()
            short = await live_through(database, vault, SHORT)
            long = await live_through(database, vault, options.events)
            built = time.perf_counter() - began
            say(f"{SHORT + options.events:,} events appended in {built:.1f} s")
            await _loads(database, vault, [short, long], 20)
            taken = await _loads(database, vault, [short, long], options.loads)
        finally:
            await database.close()
    return _result(options, where, taken[short], taken[long], built)


def _result(
    options: Options, where: dict[str, str], short: list[float], long: list[float], built: float
) -> Result:
    found = Result("conversation", options.quick, where)
    found.figures = {
        f"loading {SHORT} events: p50 ms": median(short) * 1e3,
        f"loading {SHORT} events: p99 ms": quantile(short, 0.99) * 1e3,
        f"loading {options.events:,} events: p50 ms": median(long) * 1e3,
        f"loading {options.events:,} events: p99 ms": quantile(long, 0.99) * 1e3,
        "appending them all: s": built,
    }
    found.ratios = [
        Ratio(
            f"loading {options.events:,} / {SHORT} events", ratio(median(long), median(short)), "at most", 2
        )
    ]
    return found


async def _loads(database: Database, vault: Vault, ids: list[UUID], times: int) -> dict[UUID, list[float]]:
    """Seconds of each load, the conversations in turns."""
    taken: dict[UUID, list[float]] = {conversation_id: [] for conversation_id in ids}
    async with database.connection() as connection:
        for conversation_id in ids * times:
            began = time.perf_counter()
            live = await log.load(connection, vault, conversation_id, database.partitions)
            taken[conversation_id].append(time.perf_counter() - began)
            assert live is not None
    return taken


async def live_through(
    database: Database, vault: Vault, events: int, *, began: datetime = BEGAN, every: timedelta = HOUR
) -> UUID:
    """Append the life of a new conversation, exactly so many events long, a turn ``every`` so often; its
    id."""
    conversation = Conversation.start(Sender("whatsapp", "100", uuid4().hex), "conv_1", began)
    key, made = vault.make(conversation.id)
    wrapped: bytes | None = made
    partition = partition_of(conversation.id, database.partitions)
    life, appended = _life(conversation, began, every), 0
    while appended < events:
        batch = min(BATCH, max(1, events - AS_IN_LIFE - appended))
        while conversation.version < appended + batch:
            next(life)
        stream = StreamAppend(partition, conversation, conversation.new_facts(), key, wrapped)
        async with database.transaction() as connection:
            refused = await log.append(connection, [stream])
        if refused:
            raise RuntimeError(f"refused: {refused}")
        wrapped, appended = None, conversation.version
    return conversation.id


def _life(conversation: Conversation, began: datetime, every: timedelta) -> Iterator[None]:
    """One event more each time: a question, its answer on its way, what became of it."""
    policy, sender = Policy(), conversation.sender
    for turn in itertools.count(1):
        now = began + turn * every
        reply_id, sent_id = f"reply-{turn}", f"wamid.sent{turn:09d}"
        conversation.observe(
            Message(
                sender=sender,
                received_at=now,
                sent_at=now,
                message_id=f"wamid.said{turn:09d}",
                kind="text",
                text=TEXT,
            ),
            now,
            policy,
        )
        yield
        conversation.attempt_draft(reply_id, now)
        yield
        conversation.record_draft(
            reply_id,
            now,
            text=TEXT,
            parts=1,
            author="bot",
            outcome="completed",
            thread_id="conv_1",
            input_tokens=900,
            output_tokens=60,
        )
        yield
        reference = reference_of(conversation.id, reply_id, 1)
        conversation.attempt_send(reply_id, 1, reference, now)
        yield
        conversation.record_sent(reply_id, 1, sent_id, now)
        yield
        for status in ("sent", "delivered", "read"):
            conversation.observe(
                Receipt(
                    sender=sender,
                    received_at=now,
                    occurred_at=now,
                    status=status,
                    message_ids=(sent_id,),
                    reference=reference,
                ),
                now,
                policy,
            )
            yield
