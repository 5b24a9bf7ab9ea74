"""Rebuilding read models: how fast a year of events is folded again, and what that costs those who write.

A log is written straight into its tables; every projection is filled from it by worker processes, each in
turn, into a view of other rules than the live one's, so that nothing but the rebuild is measured. Then a
service with a log of its own takes messages at a steady rate, without a rebuild and while all is rebuilt.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import asyncpg
import psutil

from bench import archive, load, stock_projection
from bench.backlog import until_caught_up
from bench.figures import Ratio, Result, machine, ratio
from bench.load import Customers, Outcome
from bench.rig import APP_SECRET, DATABASE, TOKEN, Rig, create_database, database_settings, postgres, rig
from projections import lifecycle, views
from projections.catalogue import PROJECTIONS
from projections.projection import Projection
from service.rebuilding import Coordinator
from service.storage.database import Database
from service.storage.feed import LogFeed
from service.storage.vault import Vault

MASTER: Final = bytes(range(32))
EVENTS_OF_A_PERSON: Final = 40
CONNECTIONS: Final = 16
SESSION_HOURS: Final = 24.0
"""Said, and so another rule than the live view's: there is nothing to compare with."""

LOOK_EVERY: Final = 0.1
CAUGHT_UP_WITHIN: Final = 900.0
MIB: Final = 2**20

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How much."""

    events: int = field(default=1_000_000, metadata={"help": "events that are folded again"})
    stock: int = field(default=20_000, metadata={"help": "events that the stock ProjectionRunner folds"})
    beside: int = field(
        default=200_000, metadata={"help": "events in the log of the service that takes messages"}
    )
    rate: int = field(default=100, metadata={"help": "messages a second meanwhile"})
    folder: Path | None = None
    quick: bool = False


QUICK: Final = Options(events=100_000, stock=4_000, beside=40_000, quick=True)


@dataclass(slots=True)
class Peaks:
    """The most memory that each kind of process had resident at any look, in MiB."""

    worker: float = 0.0
    coordinator: float = 0.0

    async def watch(self) -> None:
        """Look until cancelled."""
        me = psutil.Process()
        while True:
            for child in me.children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    if "service.filling" in child.cmdline():
                        self.worker = max(self.worker, child.memory_info().rss / MIB)
            self.coordinator = max(self.coordinator, me.memory_info().rss / MIB)
            await asyncio.sleep(LOOK_EVERY)


async def measure(options: Options, say: Say) -> Result:
    """Run it; ``say`` hears how far it is."""
    found = Result("rebuild", options.quick, {})
    async with postgres(options.folder) as (folder, _, admin_url):
        stock = await asyncio.to_thread(
            stock_projection.rebuilt, await create_database(admin_url, "stock"), options.stock
        )
        say(f"stock ProjectionRunner: {stock:,.0f} events a second")
        found.figures["stock ProjectionRunner: events/s"] = stock
        await _speeds(found, await create_database(admin_url, DATABASE), folder, options, stock, say)
    await _beside(found, options, say)
    return found


async def _speeds(found: Result, url: str, folder: Path, options: Options, stock: float, say: Say) -> None:
    database = await Database.open(url)
    peaks = Peaks()
    try:
        async with database.connection() as connection:
            found.machine = machine(folder, await database_settings(connection))
            await views.install(connection, PROJECTIONS, views.Rules())
        await archive.write(
            url, MASTER, events=options.events, conversations=options.events // EVENTS_OF_A_PERSON,
            partitions=database.partitions, say=say,
        )  # fmt: skip
        events = await _events(url)
        watching = asyncio.create_task(peaks.watch())
        took: dict[str, float] = {}
        for projection in PROJECTIONS:
            took[projection.name] = await _rebuilt(database, projection)
            speed = events / took[projection.name]
            found.figures[f"{projection.name}: events/s"] = speed
            say(f"{projection.name}: {speed:,.0f} events a second")
        watching.cancel()
    finally:
        await database.close()
    together = events / sum(took.values())
    found.figures |= {
        "events in the log": events,
        "all projections, one after the other: events/s": together,
        "worker: peak resident MiB": peaks.worker,
    }
    found.ratios += [
        Ratio("sessions: events/s", events / took["sessions"], "at least", 100_000),
        Ratio("sessions / stock ProjectionRunner", ratio(events / took["sessions"], stock), "at least", 60),
        Ratio("all projections: events/s", together, "at least", 20_000),
        Ratio("peak resident MiB of a worker", peaks.worker, "at most", 300),
    ]


async def _events(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT sum(head) FROM partitions"))
    finally:
        await connection.close()


async def _rebuilt(database: Database, projection: Projection) -> float:
    """Seconds from the order until the view is full, indexed and summed up."""
    coordinator = Coordinator(database, LogFeed(Vault(MASTER)), MASTER)
    began = time.perf_counter()
    async with database.connection() as connection:
        live = await views.live(connection, projection.name)
        rules = replace(live.rules, session_hours=SESSION_HOURS)
        view = await lifecycle.order(
            connection, projection, rules, into="again", promote=False, unattended=False
        )
    await coordinator.rebuild(view)
    return time.perf_counter() - began


# Those who write meanwhile


async def _beside(found: Result, options: Options, say: Say) -> None:
    async with rig(options.folder) as running:
        await archive.write(
            running_url(running), _master(running), events=options.beside,
            conversations=options.beside // EVENTS_OF_A_PERSON, partitions=64, say=say,
        )  # fmt: skip
        await until_caught_up(running, CAUGHT_UP_WITHIN)
        say("the service has caught up with its log")
        customers = Customers(200, APP_SECRET, "rebuild", first=90_000_000)
        await load.run(
            running.port, customers.writing(), connections=CONNECTIONS, seconds=5, rate=options.rate
        )
        before = await load.run(
            running.port, customers.writing(), connections=CONNECTIONS, seconds=15, rate=options.rate
        )
        async with _rebuilding(running) as took:
            during = await _while_rebuilt(running, customers, options.rate)
        found.figures |= {
            "acknowledgement p99 without a rebuild: ms": before.quantile(0.99) * 1e3,
            "acknowledgement p99 during one: ms": during.quantile(0.99) * 1e3,
            "seconds of it": took[0],
        }
        found.ratios.append(
            Ratio(
                "acknowledgement p99 during / without a rebuild",
                ratio(during.quantile(0.99), before.quantile(0.99)), "at most", 1.5,
            )
        )  # fmt: skip
        if before.failed or during.failed:
            found.violations.append(f"{before.failed + during.failed} messages were not acknowledged")


def running_url(running: Rig) -> str:
    """The address of the database of a service."""
    return running.admin_url.replace("/postgres?", f"/{DATABASE}?")


def _master(running: Rig) -> bytes:
    from service.storage.vault import decode_master_key

    return decode_master_key((running.folder / "master.key").read_text().strip())


@asynccontextmanager
async def _rebuilding(running: Rig) -> AsyncIterator[list[float]]:
    """Every projection is ordered anew; how long it takes to its last promotion."""
    took, began = [0.0], time.perf_counter()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    for projection in PROJECTIONS:
        url = f"http://127.0.0.1:{running.port}/api/v1/projections/{projection.name}/rebuild"
        async with running.session.post(url, json={}, headers=headers, raise_for_status=True):
            pass
    yield took
    took[0] = time.perf_counter() - began


async def _while_rebuilt(running: Rig, customers: Customers, rate: int) -> Outcome:
    """Write, a few seconds at a time, until nothing is being rebuilt."""
    together = Outcome()
    while any(item["rebuild"] for item in (await running.api("/api/v1/projections"))["items"]):
        part = await load.run(
            running.port, customers.writing(), connections=CONNECTIONS, seconds=2, rate=rate
        )
        together.acknowledged += part.acknowledged
        together.refused += part.refused
        together.broken += part.broken
        together.latencies.extend(part.latencies)
    return together
