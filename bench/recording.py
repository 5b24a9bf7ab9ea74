"""Reads the history of a run: the log from the database, the rest from the stand-ins."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import asyncpg

from bench.history import Attempt, Event, History, Ledger, Said, Send, Thread
from bench.judge import Report, judge
from domain import events as e
from service.sandbox.meta.ledger import Delivery
from service.storage import log
from service.storage.vault import Vault

AT_ONCE: Final = 200
AT_REST_WITHIN: Final = 60.0
PLACES: Final = """
SELECT version, partition, position FROM events
WHERE partition = $1 AND conversation_id = $2 ORDER BY version LIMIT $3
"""
ATTEMPTS: Final = "SELECT attempt_id, conversation_id, state, thread_id FROM threads"
LEDGERS: Final = """
SELECT v.projection || ' ' || v.name AS view, c.partition, c.position, c.applied, c.ignored, c.parked
FROM projection_checkpoints c JOIN projection_views v ON v.id = c.view_id
WHERE v.state = 'live'
"""
LEFT: Final = """
SELECT (SELECT count(*) FROM inbox) AS inbox, (SELECT count(*) FROM owed) AS owed,
       (SELECT count(*) FROM quarantine) AS quarantined
"""
FIELDS: Final = (
    "message_id", "thread_id", "previous_thread_id", "seeded_turns", "reply_id", "answers_through",
    "parts", "part", "reference", "author", "reason",
)  # fmt: skip


async def read_log(connection: asyncpg.Connection, vault: Vault, history: History) -> None:
    """Add all that the database knows, as it is at one moment."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await _read_log(connection, vault, history)


async def _read_log(connection: asyncpg.Connection, vault: Vault, history: History) -> None:
    partitions = await connection.fetchval("SELECT count(*) FROM partitions")
    ids = [row[0] for row in await connection.fetch("SELECT conversation_id FROM keys")]
    for start in range(0, len(ids), AT_ONCE):
        lives = await log.load_many(connection, vault, ids[start : start + AT_ONCE], partitions)
        for live in lives.values():
            facts = await log.read_stream(connection, live)
            places = await connection.fetch(PLACES, live.partition, live.conversation.id, len(facts))
            history.events += [
                _event(fact, place["partition"], place["position"])
                for fact, place in zip(facts, places, strict=True)
            ]
    history.heads = await log.heads(connection)
    history.attempts = [
        Attempt(str(row["attempt_id"]), str(row["conversation_id"]), row["state"], row["thread_id"])
        for row in await connection.fetch(ATTEMPTS)
    ]
    history.ledgers = [Ledger(*row.values()) for row in await connection.fetch(LEDGERS)]
    left = await connection.fetchrow(LEFT)
    assert left is not None
    history.inbox, history.owed, history.quarantined = left.values()


def _event(fact: e.Fact, partition: int, position: int) -> Event:
    known: dict[str, Any] = {name: getattr(fact, name, None) for name in FIELDS}
    event = Event(
        str(fact.originator_id), fact.originator_version, partition, position, type(fact).__name__, **known
    )
    if isinstance(fact, e.ConversationStarted):
        event.sender = sender_key(fact.account_id, fact.sender_id)
    return event


def sender_key(account_id: str, sender_id: str) -> str:
    """Whom a message is from or for."""
    return f"{account_id}:{sender_id}"


def read_sends(sends: Iterable[Any], history: History) -> None:
    """Add what the stand-in for Meta accepted, in order."""
    history.sends += [Send(send.reference, sender_key(send.account, send.recipient)) for send in sends]


def read_threads(live: Mapping[str, Mapping[str, str]], history: History) -> None:
    """Add the threads that are there at the stand-in for OpenAI, by id, with their metadata."""
    history.threads += [Thread(thread_id, found.get("attempt")) for thread_id, found in live.items()]


def read_answers(deliveries: Iterable[Delivery], history: History) -> None:
    """Add how the webhook answered."""
    answers: Counter[str] = Counter()
    forged: Counter[str] = Counter()
    for attempt in (attempt for delivery in deliveries for attempt in delivery.attempts):
        counted = forged if attempt.role == "forged" else answers
        counted["none" if attempt.status is None else str(attempt.status)] += 1
    history.answers, history.forged = dict(answers), dict(forged)


async def check(
    connection: asyncpg.Connection,
    vault: Vault,
    *,
    acknowledged: Collection[str],
    sends: Iterable[Any],
    live_threads: Mapping[str, Mapping[str, str]],
) -> Report:
    """Judge a run of which only this is known, after everything has come to rest.

    ``acknowledged`` are the ids of customers' messages that were answered 200; others may have been said.
    """
    said = [Said(message_id, None, 0.0, 0.0) for message_id in acknowledged]
    async with asyncio.timeout(AT_REST_WITHIN):
        while True:  # what comes again and again may come once more between a look and the next
            history = History(said=said, complete=False)
            await read_log(connection, vault, history)
            if not history.inbox:
                break
            await asyncio.sleep(0.05)
    read_sends(sends, history)
    read_threads(live_threads, history)
    return judge(history)
