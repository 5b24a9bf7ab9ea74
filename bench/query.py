"""How fast a year of conversations is asked: timelines, the session board, search and every report.

The log is written straight into its tables and the projections are built by the machinery of rebuilds. Then a
service of its own process is asked over one connection, in turns with the bare query of the same page.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from bench import load
from bench.archive import ENDED, YEAR
from bench.asking import Ask, Connection, Taken, in_turns
from bench.backlog import until_caught_up, until_nothing_owed
from bench.figures import Ratio, Result, machine, ratio
from bench.load import Customers
from bench.rig import APP_SECRET, TOKEN, Rig, rig
from bench.whole import exported, streamed
from bench.year import Year, lived
from domain.identity import partition_of
from projections.reports.definitions import REPORTS
from service.storage.reading import TIMELINE_DOWN

PAGE: Final = 50
PARTITIONS: Final = 64
DEEP: Final = 0.9
"""The share of the long conversation that is newer than a deep page."""

SOME: Final = 1_000
"""Conversations whose timelines are read in turns."""

RARE: Final = "kaleidoscope"
RARELY: Final = 5
WRITING: Final = 500
"""People who write now, so that some sessions are active."""

PATIENCE: Final = 300.0

NEWEST: Final = "timeline, newest 50"
FIRST: Final = "long timeline, first page"
FURTHER: Final = "long timeline, a page deep in it"
BARE: Final = ", bare asyncpg"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How much; durations are seconds."""

    events: int = field(default=2_000_000, metadata={"help": "events in the log"})
    conversations: int = field(default=50_000, metadata={"help": "conversations that they are of"})
    long: int = field(default=100_000, metadata={"help": "events of one of them"})
    rounds: int = field(default=4, metadata={"help": "times that each thing is asked its share"})
    seconds: float = field(default=2.0, metadata={"help": "seconds that each thing is asked in all"})
    stream: int = field(default=1_000_000, metadata={"help": "events that are streamed"})
    keep: Path | None = field(
        default=None,
        metadata={
            "help": "a folder in which the log stays, to be asked again without building it",
            "type": Path,
        },
    )
    folder: Path | None = None
    quick: bool = False


QUICK: Final = Options(
    events=60_000, conversations=1_500, long=5_000, rounds=2, seconds=0.2, stream=50_000, quick=True
)


async def measure(options: Options, say: Say) -> Result:
    """Run it; ``say`` hears how far it is."""
    began, found = time.perf_counter(), Result("query", options.quick, {})
    years: list[Year] = []

    async def fill(url: str, master: bytes) -> None:
        years.append(
            await lived(
                url, master, events=options.events, conversations=options.conversations, long=options.long,
                some=SOME, keep=options.keep, say=say,
            )
        )  # fmt: skip

    async with rig(options.folder, keep=options.keep, fill=fill) as running:
        (year,) = years
        found.figures |= {"events in the log": year.events, "building it all: s": time.perf_counter() - began}
        if year.fresh:
            await _written_now(running)
        found.machine = machine(running.folder, running.settings)
        async with Connection.to(running.port, TOKEN) as connection:
            deep = await _walked(connection, year.long, options.long, found)
            say(f"the long timeline has been walked through, {len(deep)} deep pages are known")
            taken = await in_turns(_asked(running, connection, year, deep), options.rounds, options.seconds)
            say("everything has been asked")
            await _rare_found(connection, found)
        _tell(found, taken)
        await _memory(found, running, options, say)
    return found


async def _written_now(running: Rig) -> None:
    """Some people write as the year has ended, a few with the rare word; everything comes to rest."""
    crowd = Customers(WRITING, APP_SECRET, "now", first=70_000_000)
    few = Customers(RARELY, APP_SECRET, "rare", first=80_000_000, text=f"Do you have a {RARE} in stock?")
    requests = [*crowd.write(WRITING), *few.write(RARELY)]
    outcome = await load.run(running.port, iter(requests), connections=8, seconds=PATIENCE)
    if outcome.acknowledged != len(requests):
        raise RuntimeError(f"{outcome.acknowledged} of {len(requests)} messages were acknowledged")
    await until_nothing_owed(running, PATIENCE)
    await until_caught_up(running, PATIENCE)


# The long conversation


async def _walked(connection: Connection, long: UUID, events: int, found: Result) -> list[tuple[str, int]]:
    """Cursors of pages past :data:`DEEP` of the long timeline, each with the version it is below of; that
    the pages are all of it, each version once, is checked by the way."""
    path, seen, cursor = _timeline(long), 0, None
    deep: list[tuple[str, int]] = []
    following = events
    while True:
        query = {"order": "desc"} if cursor is None else {"order": "desc", "cursor": cursor}
        page = orjson.loads(await connection.ask(connection.get(path, **query)))
        versions = [item["version"] for item in page["items"]]
        if versions != list(range(following, following - len(versions), -1)):
            found.violations.append(f"the page of version {following} is not what follows")
        seen, following = seen + len(versions), following - len(versions)
        cursor = page["next_cursor"]
        if cursor is None:
            break
        if seen >= DEEP * events:
            deep.append((cursor, versions[-1]))
    if seen != events:
        found.violations.append(f"the pages of the long timeline have {seen:,} of {events:,} events")
    return deep


def _timeline(conversation_id: UUID) -> str:
    return f"/api/v1/conversations/{conversation_id}/timeline"


# What is asked


def _asked(running: Rig, connection: Connection, year: Year, deep: list[tuple[str, int]]) -> dict[str, Ask]:
    return {
        **_pages(running, connection, year, deep),
        **{name: _always(connection, path, query) for name, path, query in _lists(year)},
    }


def _always(connection: Connection, path: str, query: dict[str, str]) -> Ask:
    return partial(connection.timed, connection.get(path, **query))


def _pages(running: Rig, connection: Connection, year: Year, deep: list[tuple[str, int]]) -> dict[str, Ask]:
    """Pages of timelines, and the bare query of each: the same pages in the same order."""
    top = 2**31 - 1
    newest = [connection.get(_timeline(one), order="desc") for one in year.others]
    path = _timeline(year.long)
    further = [connection.get(path, order="desc", cursor=cursor) for cursor, _ in deep]
    bare = partial(_bare, running.database)
    return {
        NEWEST: _each(connection.timed, newest, 1),
        NEWEST + BARE: _each(bare, [(one, top) for one in year.others], 1),
        FIRST: partial(connection.timed, connection.get(path, order="desc")),
        FIRST + BARE: partial(bare, (year.long, top)),
        FURTHER: _each(connection.timed, further, 2),
        FURTHER + BARE: _each(bare, [(year.long, below) for _, below in deep], 2),
    }


def _each(ask: Callable[[Any], Any], things: list[Any], seed: int) -> Ask:
    """Asks for one after the other, in an order by chance."""
    mixed = random.Random(seed).sample(things, len(things))
    turns = count()
    return lambda: ask(mixed[next(turns) % len(mixed)])


async def _bare(connection: asyncpg.Connection, page: tuple[UUID, int]) -> float:
    """Seconds that the query of a page takes past the service: rows as they are stored, nothing opened."""
    conversation_id, below = page
    began = time.perf_counter()
    await connection.fetch(
        TIMELINE_DOWN, partition_of(conversation_id, PARTITIONS), conversation_id, 0, below, None, None, None,
        PAGE + 1,
    )  # fmt: skip
    return time.perf_counter() - began


def _lists(year: Year) -> list[tuple[str, str, dict[str, str]]]:
    """Everything that is not a timeline: name, path, query."""
    boards = {
        "all": {"status": "all"},
        "active": {"status": "active"},
        "expired": {"status": "expired"},
        "of one channel": {"status": "all", "channel": "instagram"},
    }
    searches = {
        "a rare word": {"q": RARE},
        "a common word": {"q": "warehouse"},
        "a phrase": {"q": '"change the address of my order"'},
        "two words of a channel": {"q": "size delivery", "channel": "messenger"},
        "in the long conversation": {"q": "green", "conversation": str(year.long)},
    }
    whole = {"from": _text(ENDED - YEAR), "to": _text(ENDED)}
    return [
        *(
            (f"board, {name}", "/api/v1/sessions", {"order": "desc", **query})
            for name, query in boards.items()
        ),
        *((f"search, {name}", "/api/v1/search", query) for name, query in searches.items()),
        *(
            (f"report by {bucket}, {name}", f"/api/v1/analytics/{name}", whole | {"bucket": bucket})
            for bucket in ("month", "day")
            for name, report in REPORTS.items()
            if report.bucket != "none"
        ),
        *(
            (f"report of the year, {name}", f"/api/v1/analytics/{name}", whole)
            for name, report in REPORTS.items()
            if report.bucket == "none"
        ),
    ]


def _text(instant: Any) -> str:
    return str(instant.isoformat())


async def _rare_found(connection: Connection, found: Result) -> None:
    page = orjson.loads(await connection.ask(connection.get("/api/v1/search", q=RARE, author="customer")))
    if len(page["items"]) != RARELY:
        found.violations.append(f"{len(page['items'])} of {RARELY} messages with the rare word were found")


# What came of it

GOALS: Final = {
    "board": 10,
    "search": 50,
    "report by month": 50,
    "report by day": 50,
    "report of the year": 50,
}
"""Milliseconds, at the 99th percentile, of the slowest of each kind."""


def _tell(found: Result, taken: dict[str, Taken]) -> None:
    for name, each in taken.items():
        if each.refused:
            found.violations.append(f"{name}: {each.refused}")
        found.figures[f"{name}: p50 ms"] = each.ms(0.5)
        found.figures[f"{name}: p99 ms of {len(each.seconds):,}"] = each.ms(0.99)
    found.ratios += [
        Ratio(f"{name}: p99 ms", taken[name].ms(0.99), "at most", 5) for name in (NEWEST, FURTHER)
    ]
    for kind, goal in GOALS.items():
        of_kind = {name: each for name, each in taken.items() if name.startswith(f"{kind},")}
        slowest = max(of_kind, key=lambda name: of_kind[name].ms(0.99))
        found.ratios.append(
            Ratio(f"{slowest} (the slowest): p99 ms", taken[slowest].ms(0.99), "at most", goal)
        )
    found.ratios += [
        Ratio(f"{name} / bare asyncpg", _halves(taken, name, name + BARE), "at most", 2)
        for name in (NEWEST, FIRST, FURTHER)
    ]
    found.ratios.append(Ratio("a page deep / the first", _halves(taken, FURTHER, FIRST), "at most", 1.5))


def _halves(taken: dict[str, Taken], over: str, under: str) -> float:
    """One p50 by another."""
    return ratio(taken[over].ms(0.5), taken[under].ms(0.5))


async def _memory(found: Result, running: Rig, options: Options, say: Say) -> None:
    there = int(await running.database.fetchval("SELECT sum(head)::bigint FROM partitions"))
    stream = await streamed(running, min(options.stream, there), PATIENCE)
    say(f"{stream.events:,} events streamed")
    export = await exported(running, PATIENCE)
    say(f"{export.events:,} events exported")
    if export.events != there:
        found.violations.append(f"{export.events:,} of {there:,} events were exported")
    found.figures |= {
        "streaming: events/s": stream.rate,
        "exporting: events/s": export.rate,
    }
    found.ratios += [
        Ratio("service while it streams: peak resident MiB", stream.peak, "at most", 300),
        Ratio("export: peak resident MiB", export.peak, "at most", 300),
    ]
