"""Reads the history of a run: the log from the database, the rest from the stand-ins."""

from __future__ import annotations

import asyncio
import io
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from bench.history import Attempt, Event, History, Ledger, Said, Send, Thread
from bench.judge import Report, judge
from domain import events as e
from service.sandbox.meta.ledger import Delivery
from service.storage import log
from service.storage.log import Live
from service.storage.vault import Vault, message_key

AT_ONCE: Final = 200
TOKEN: Final = re.compile(rb"kw[0-9]{8}x")
"""How a token looks, in whatever it is found; :func:`token` makes them."""

AT_REST_WITHIN: Final = 60.0
PLACES: Final = """
SELECT version, partition, position, message_key FROM events
WHERE partition = $1 AND conversation_id = $2 ORDER BY version LIMIT $3
"""
ATTEMPTS: Final = "SELECT attempt_id, conversation_id, state, thread_id FROM threads"
LEDGERS: Final = """
SELECT v.projection || ' ' || v.name AS view, c.partition, c.position, c.applied, c.ignored, c.parked
FROM projection_checkpoints c JOIN projection_views v ON v.id = c.view_id
WHERE v.state = 'live'
"""
LIVE: Final = "SELECT projection, name FROM projection_views WHERE state = 'live'"
TABLES: Final = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
LEFT: Final = """
SELECT (SELECT count(*) FROM inbox) AS inbox, (SELECT count(*) FROM owed) AS owed,
       (SELECT count(*) FROM quarantine) AS quarantined
"""
FIELDS: Final = (
    "message_id", "thread_id", "previous_thread_id", "seeded_turns", "reply_id", "answers_through",
    "parts", "part", "reference", "author", "reason", "certificate_id",
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
            known = _known_of(live, history)
            history.events += [_event(fact, place, known) for fact, place in zip(facts, places, strict=True)]
    history.heads = await log.heads(connection)
    history.attempts = [
        Attempt(str(row["attempt_id"]), str(row["conversation_id"]), row["state"], row["thread_id"])
        for row in await connection.fetch(ATTEMPTS)
    ]
    history.ledgers = [Ledger(*row.values()) for row in await connection.fetch(LEDGERS)]
    history.live = {row["projection"]: row["name"] for row in await connection.fetch(LIVE)}
    left = await connection.fetchrow(LEFT)
    assert left is not None
    history.inbox, history.owed, history.quarantined = left.values()


@dataclass(frozen=True, slots=True)
class _Known:
    """What the run knows of an erased conversation from elsewhere: who it was with, and which messages they
    said, by the digests that the log keeps."""

    sender: str | None
    messages: Mapping[bytes, str]


def _known_of(live: Live, history: History) -> _Known | None:
    """None where the conversation can be read."""
    if live.key is not None:
        return None
    of = str(live.conversation.id)
    sender = next((erasure.sender for erasure in history.erasures if erasure.conversation == of), None)
    ids = [said.message_id for said in history.said if said.sender == sender]
    return _Known(sender, {message_key(live.conversation.id, each): each for each in ids})


def _event(fact: e.Fact, place: asyncpg.Record, known: _Known | None) -> Event:
    fields: dict[str, Any] = {name: getattr(fact, name, None) for name in FIELDS}
    event = Event(
        str(fact.originator_id),
        fact.originator_version,
        place["partition"],
        place["position"],
        type(fact).__name__,
        **fields,
    )
    if isinstance(fact, e.ConversationStarted):
        event.sender = known.sender if known else sender_key(fact.account_id, fact.sender_id)
    if known is not None:
        event.message_id = known.messages.get(place["message_key"])
    return event


def token(number: int) -> str:
    """A word that nobody says but in the text that it is made for."""
    return f"kw{number:08d}x"


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


async def read_words(
    connection: asyncpg.Connection, elsewhere: Mapping[str, bytes], history: History
) -> None:
    """Add where words of erased people are still found: in a table, as a dump shows it, or ``elsewhere``."""
    wanted = _unspeakable(history)
    found: defaultdict[str, set[str]] = defaultdict(set)
    await connection.execute("SET bytea_output = 'escape'")
    for row in await connection.fetch(TABLES):
        dump = io.BytesIO()
        await connection.copy_from_table(row["relname"], output=dump)
        _look(dump.getvalue(), f"table {row['relname']}", wanted, found)
    for place, held in elsewhere.items():
        _look(held, place, wanted, found)
    history.words = {token: sorted(places) for token, places in found.items()}


def _unspeakable(history: History) -> set[str]:
    """The tokens of erased people, but for those of messages that are in a conversation which is not: said,
    or delivered once more, after the erasure. What people of the business wrote to them went with them."""
    erased = {event.conversation for event in history.events if event.type == "ConversationErased"}
    senders = {each.sender for each in history.erasures if each.conversation in erased}
    alive = {event.message_id for event in history.events if event.conversation not in erased}
    said = (one.token for one in history.said if one.sender in senders and one.message_id not in alive)
    written = (one.token for one in history.written if one.conversation in erased)
    return {token for token in (*said, *written) if token is not None}


def _look(held: bytes, place: str, wanted: Collection[str], found: Mapping[str, set[str]]) -> None:
    for token in {match.group().decode() for match in TOKEN.finditer(held)}.intersection(wanted):
        found[token].add(place)


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
