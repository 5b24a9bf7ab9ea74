"""Whether an hour of steady work ends as it began: rate, latency, memory, dead rows.

All the while another transaction holds a snapshot, as a forgotten report or a backup does, so that nothing
that dies can be cleaned away; at the end it lets go.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, linear_regression
from typing import Final

import asyncpg
import psutil

from bench import load
from bench.backlog import backlog, until_caught_up
from bench.figures import Ratio, Result, machine, ratio, windowed_quantile
from bench.load import Customers, Outcome
from bench.rig import APP_SECRET, DATABASE, Rig, database_url, rig

CONNECTIONS: Final = 64
PATIENCE: Final = 300.0
WINDOW: Final = 10.0
"""Seconds over which a p99 is taken; the figure of a quarter is the median of its windows."""

SPREAD: Final = 200
"""Looks in a run, at most one a second."""

CLEANED: Final = 0.2
"""Share of dead rows that PostgreSQL tolerates by its defaults before it cleans a table."""

MESSAGES: Final = "SELECT count(*) FROM events WHERE type = 'MessageReceived'"
LOGGED: Final = "SELECT sum(head)::bigint FROM partitions"
DEAD: Final = """
SELECT coalesce(sum(n_dead_tup), 0)::bigint AS dead, coalesce(sum(n_live_tup), 0)::bigint AS live,
       pg_database_size(current_database()) AS size
FROM pg_stat_user_tables
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How much and how long."""

    rate: int = field(default=1_000, metadata={"help": "messages a second, half of what is sustained"})
    seconds: float = field(default=3_600.0, metadata={"help": "seconds for which that is held"})
    senders: int = field(default=2_000, metadata={"help": "people who write them, in turns"})
    folder: Path | None = None
    quick: bool = False


QUICK: Final = Options(rate=200, seconds=12.0, senders=200, quick=True)


@dataclass(frozen=True, slots=True)
class Look:
    """How things were at a moment: seconds since the beginning, events in the log, MiB of the service,
    dead and living rows, MiB of the database."""

    at: float
    logged: int
    memory: float
    dead: int
    live: int
    size: float


@dataclass(slots=True)
class Soaked:
    """What a run saw. ``after`` is how it was when the snapshot was gone and the dead were cleaned away."""

    outcome: Outcome
    looks: list[Look]
    after: Look
    behind: int

    def quarter(self, number: int) -> tuple[float, float]:
        """From when to when the quarter lasts, 1 to 4."""
        whole = self.looks[-1].at
        return (number - 1) * whole / 4, number * whole / 4

    def rate(self, number: int) -> float:
        """Events a second into the log, in a quarter."""
        begin, end = self.quarter(number)
        within = [look for look in self.looks if begin <= look.at <= end]
        return ratio(within[-1].logged - within[0].logged, within[-1].at - within[0].at)

    def p99(self, number: int) -> float:
        """Seconds of an acknowledgement, in a quarter."""
        begin, end = self.quarter(number)
        width = min(WINDOW, (end - begin) / 2)
        return windowed_quantile(
            self.outcome.moments, self.outcome.latencies, 0.99, begin=begin, end=end, width=width
        )

    def growth(self) -> float:
        """By what share of itself the service's memory grows in an hour, from the second quarter on."""
        later = [look for look in self.looks if look.at >= self.quarter(1)[1]]
        slope = linear_regression([look.at for look in later], [look.memory for look in later]).slope
        return slope * 3_600 / fmean(look.memory for look in later)


async def measure(options: Options, say: Callable[[str], None]) -> Result:
    """Run it; ``say`` hears how far it is."""
    async with rig(options.folder) as running:
        found = Result("soak", options.quick, machine(running.folder, running.settings))
        people = Customers(options.senders, APP_SECRET, "soak")
        await load.run(running.port, iter(people.write(people.count)), connections=16, seconds=PATIENCE)
        await until_caught_up(running, PATIENCE)
        say(f"{options.senders:,} people are known; {options.rate:,} messages a second from now on")
        soaked = await _soak(running, people, options, say)
    _tell(found, soaked, options)
    return found


@asynccontextmanager
async def _held(running: Rig) -> AsyncIterator[None]:
    """A snapshot of the database, held in the block."""
    holder = await asyncpg.connect(database_url(running.admin_url, DATABASE))
    try:
        await holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM partitions")
        yield
    finally:
        await holder.close()


async def _soak(running: Rig, people: Customers, options: Options, say: Callable[[str], None]) -> Soaked:
    looks: list[Look] = []
    before = await running.database.fetchval(MESSAGES)
    async with _held(running):
        began = time.monotonic()
        looking = asyncio.create_task(_keep_looking(running, began, options.seconds, looks, say))
        outcome = await load.run(
            running.port,
            people.writing(),
            connections=CONNECTIONS,
            seconds=options.seconds,
            rate=options.rate,
        )
        await looking
        behind = await backlog(running)
        await until_caught_up(running, PATIENCE)
    logged = await running.database.fetchval(MESSAGES) - before
    if logged != outcome.acknowledged:
        raise RuntimeError(f"{outcome.acknowledged} were acknowledged, {logged} are in the log")
    return Soaked(outcome, looks, await _cleaned(running, began), behind.inbox)


async def _look(running: Rig, began: float) -> Look:
    row = await running.database.fetchrow(DEAD)
    assert row is not None
    return Look(
        at=time.monotonic() - began,
        logged=await running.database.fetchval(LOGGED),
        memory=psutil.Process(running.service.pid).memory_info().rss / 2**20,
        dead=row["dead"],
        live=row["live"],
        size=row["size"] / 2**20,
    )


async def _keep_looking(
    running: Rig, began: float, seconds: float, looks: list[Look], say: Callable[[str], None]
) -> None:
    every = max(1.0, seconds / SPREAD)
    while (now := time.monotonic() - began) < seconds:
        running.service.check()
        looks.append(await _look(running, began))
        if len(looks) % (SPREAD // 20) == 0:
            say(f"{now:,.0f} s: {looks[-1].memory:.0f} MiB, {looks[-1].dead:,} dead rows")
        await asyncio.sleep(min(every, seconds - now))


async def _cleaned(running: Rig, began: float) -> Look:
    """How it is when all that is dead was cleaned away, which PostgreSQL does by itself in a while."""
    await running.database.execute("VACUUM")
    return await _look(running, began)


def _tell(found: Result, soaked: Soaked, options: Options) -> None:
    outcome, looks = soaked.outcome, soaked.looks
    found.figures = {
        "messages acknowledged": outcome.acknowledged,
        "messages a second": outcome.rate,
        **{f"events a second, quarter {n}": soaked.rate(n) for n in (1, 4)},
        **{f"acknowledgement p99 ms, quarter {n}": soaked.p99(n) * 1e3 for n in (1, 4)},
        "service: MiB, first": looks[0].memory,
        "service: MiB, last": looks[-1].memory,
        "service: MiB, most": max(look.memory for look in looks),
        "service: growth of memory in an hour, %": soaked.growth() * 100,
        "dead rows, the snapshot held": looks[-1].dead,
        "dead rows, the snapshot gone": soaked.after.dead,
        "living rows": soaked.after.live,
        "database MiB": looks[-1].size,
        "rows left in the inbox": soaked.behind,
    }
    found.ratios = _ratios(soaked, looks, options)
    if outcome.failed:
        found.violations.append(f"{outcome.failed} messages were not acknowledged")


def _ratios(soaked: Soaked, looks: Sequence[Look], options: Options) -> list[Ratio]:
    return [
        Ratio("messages a second / wanted", soaked.outcome.rate / options.rate, "at least", 0.97),
        Ratio(
            "events a second, last / first quarter", ratio(soaked.rate(4), soaked.rate(1)), "at least", 0.95
        ),
        Ratio(
            "acknowledgement p99, last / first quarter", ratio(soaked.p99(4), soaked.p99(1)), "at most", 1.2
        ),
        Ratio("memory at the end / after a quarter", _grown(looks), "at most", 1.05),
        Ratio(
            "1 + dead rows / living rows, the snapshot gone",
            1 + ratio(soaked.after.dead, soaked.after.live),
            "at most",
            1 + CLEANED,
        ),
    ]


def _grown(looks: Sequence[Look]) -> float:
    """Memory of the last looks by that of as many at the end of the first quarter."""
    few = max(1, len(looks) // 20)
    quarter = len(looks) // 4
    return ratio(
        fmean(look.memory for look in looks[-few:]),
        fmean(look.memory for look in looks[quarter : quarter + few]),
    )
