"""How long an acknowledged message takes to be seen in the session view, while many are written.

A steady rate goes through the whole service. Beside it some people write now and then, and each of their
messages is looked for in the table of the view from the moment it is acknowledged.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg

from bench import load
from bench.asking import Connection
from bench.backlog import Mark, backlog, until_caught_up
from bench.figures import Ratio, Result, machine, quantile
from bench.load import Customers
from bench.rig import APP_SECRET, DATABASE, TOKEN, Rig, database_url, rig
from domain.identity import Sender, partition_of
from projections import views

ACCOUNT: Final = "106540352242922"
"""The one that :mod:`bench.load` writes to."""

CONNECTIONS: Final = 64
PARTITIONS: Final = 64
LOOK_EVERY: Final = 0.002
PATIENCE: Final = 120.0
WARMING: Final = 3.0
"""Seconds of the rate before anything is counted."""

SEEN: Final = """
SELECT s.conversation_id, s.total_messages
FROM unnest($1::smallint[], $2::uuid[]) AS wanted (partition, conversation_id)
JOIN {table} s ON s.partition = wanted.partition AND s.conversation_id = wanted.conversation_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How much and how long; durations are seconds."""

    rate: int = field(default=1_000, metadata={"help": "messages a second"})
    seconds: float = field(default=30.0, metadata={"help": "seconds for which that is held"})
    senders: int = field(default=2_000, metadata={"help": "people who write them, in turns"})
    samples: int = field(default=20, metadata={"help": "messages a second that are looked for, of others"})
    folder: Path | None = None
    quick: bool = False


QUICK: Final = Options(rate=300, seconds=5.0, senders=200, quick=True)


@dataclass(slots=True)
class Watch:
    """Which messages are looked for, and how long each took from its acknowledgement, in seconds.

    A conversation shows a message when it counts as many as had been written in it by then.
    """

    lags: list[float] = field(default_factory=list)
    _waiting: dict[UUID, list[tuple[int, float]]] = field(default_factory=dict)

    def acknowledged(self, conversation_id: UUID, written: int, at: float) -> None:
        """From here on a message is looked for: the ``written``-th of its conversation."""
        self._waiting.setdefault(conversation_id, []).append((written, at))

    def shown(self, conversation_id: UUID, messages: int, at: float) -> None:
        """The view counted so many messages at an instant."""
        waiting = self._waiting.pop(conversation_id, [])
        self.lags += [at - since for written, since in waiting if written <= messages]
        if left := [each for each in waiting if each[0] > messages]:
            self._waiting[conversation_id] = left

    @property
    def waiting(self) -> list[UUID]:
        """Conversations with a message that has not been seen."""
        return list(self._waiting)


async def measure(options: Options, say: Callable[[str], None]) -> Result:
    """Run it; ``say`` hears how far it is."""
    async with rig(options.folder) as running:
        found = Result("lag", options.quick, machine(running.folder, running.settings))
        crowd = Customers(options.senders, APP_SECRET, "crowd")
        watched = Customers(10 * options.samples, APP_SECRET, "watched", first=options.senders)
        for people in (crowd, watched):
            await _meet(running, people)
        say(f"{options.senders + watched.count:,} people are known")
        await _load(running, crowd, options.rate, WARMING)
        await _sampled(running, crowd, watched, options, found)
    return found


async def _meet(running: Rig, people: Customers) -> None:
    """Everybody writes once, so that whoever writes later is known."""
    outcome = await load.run(running.port, iter(people.write(people.count)), connections=16, seconds=PATIENCE)
    if outcome.acknowledged != people.count:
        raise RuntimeError(f"{outcome.acknowledged} of {people.count} first messages were acknowledged")
    await until_caught_up(running, PATIENCE)


async def _load(running: Rig, crowd: Customers, rate: int, seconds: float) -> load.Outcome:
    requests = crowd.write(int(rate * seconds * 1.05) + CONNECTIONS)
    return await load.run(running.port, iter(requests), connections=CONNECTIONS, seconds=seconds, rate=rate)


async def _sampled(
    running: Rig, crowd: Customers, watched: Customers, options: Options, found: Result
) -> None:
    watch, mark = Watch(), await Mark.now(running.database)
    # The service's own queries have connections of theirs: ours looks for nothing else.
    eye = await asyncpg.connect(database_url(running.admin_url, DATABASE))
    try:
        looking = asyncio.create_task(_look(eye, watch))
        writing = asyncio.create_task(_write(running, watched, watch, options))
        outcome = await _load(running, crowd, options.rate, options.seconds)
        sent = await writing
        left = await backlog(running)
        await _until_all_seen(watch)
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
    finally:
        await eye.close()
    await until_caught_up(running, PATIENCE)
    _, logged = await mark.since(running.database)
    if outcome.failed:
        found.violations.append(f"{outcome.failed} messages were not acknowledged")
    if logged != outcome.acknowledged + sent:
        found.violations.append(f"{outcome.acknowledged + sent} acknowledged, {logged} in the log")
    if len(watch.lags) != sent:
        found.violations.append(f"{sent} messages were looked for, {len(watch.lags)} seen")
    _tell(found, watch, outcome, left.inbox, left.lag, options)


async def _write(running: Rig, watched: Customers, watch: Watch, options: Options) -> int:
    """Write so many a second, each when it is due or as soon as the one before is acknowledged; how many."""
    told = [0] * watched.count
    began, sent = time.perf_counter(), 0
    async with Connection.to(running.port, TOKEN) as connection:
        while (due := sent / options.samples) < options.seconds:
            await asyncio.sleep(began + due - time.perf_counter())
            number = watched.written
            (request,) = watched.write(1)
            await connection.ask(request)
            at = time.perf_counter()
            who = number % watched.count
            told[who] += 1
            sender = Sender("whatsapp", ACCOUNT, watched.sender_id(number))
            watch.acknowledged(sender.conversation_id, 1 + told[who], at)
            sent += 1
    return sent


async def _look(connection: asyncpg.Connection, watch: Watch) -> None:
    """Look for what is waited for, again and again, until cancelled."""
    view = await views.live(connection, "sessions")
    statement = SEEN.format(table=view.table("sessions"))
    while True:
        if waiting := watch.waiting:
            partitions = [partition_of(each, PARTITIONS) for each in waiting]
            rows = await connection.fetch(statement, partitions, waiting)
            at = time.perf_counter()
            for row in rows:
                watch.shown(row["conversation_id"], row["total_messages"], at)
        await asyncio.sleep(LOOK_EVERY)


async def _until_all_seen(watch: Watch) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while watch.waiting:
                await asyncio.sleep(LOOK_EVERY * 10)


def _tell(found: Result, watch: Watch, outcome: load.Outcome, inbox: int, lag: int, options: Options) -> None:
    found.figures = {
        "messages a second, acknowledged": outcome.rate,
        "acknowledgement: p99 ms": outcome.quantile(0.99) * 1e3,
        "messages looked for": len(watch.lags),
        "acknowledged to visible: p50 ms": quantile(watch.lags, 0.5) * 1e3,
        "acknowledged to visible: p99 ms": quantile(watch.lags, 0.99) * 1e3,
        "acknowledged to visible: longest ms": max(watch.lags, default=0.0) * 1e3,
        "rows left in the inbox": inbox,
        "events that the slowest projection was behind": lag,
    }
    found.ratios = [
        Ratio("acknowledged to visible: p99 ms", quantile(watch.lags, 0.99) * 1e3, "at most", 250),
        Ratio("messages a second / wanted", outcome.rate / options.rate, "at least", 0.97),
    ]
