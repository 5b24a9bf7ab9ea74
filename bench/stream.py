"""What a reader of everything that was ever recorded costs: memory of the service, and events a second.

A log is written straight into its tables beside a running service, whose views are told that they have it, so
that nothing but the stream and the export is measured. Each is read once from the beginning to the end of the
log, with texts.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
import psutil

from bench import archive
from bench.figures import Ratio, Result, machine
from bench.processes import TOKEN, Running, running
from bench.rig import database_settings

EVENTS_OF_A_PERSON: Final = 40
PARTITIONS: Final = 64
LOOK_EVERY: Final = 0.05
MIB: Final = 2**20
MOST_MIB: Final = 300

HAVE_IT_ALL: Final = """
UPDATE projection_checkpoints c SET position = p.head, ignored = p.head - c.applied - c.parked
FROM partitions p WHERE p.partition = c.partition
"""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How much."""

    events: int = field(default=1_000_000, metadata={"help": "events in the log"})
    folder: Path | None = None
    quick: bool = False


QUICK: Final = Options(events=20_000, quick=True)


async def measure(options: Options, say: Say) -> Result:
    """Run it; ``say`` hears how far it is."""
    found = Result("stream", options.quick, {})
    async with running() as world:
        async with world.database() as connection:
            found.machine = machine(world.folder, await database_settings(connection))
        await _write(world, options.events, say)
        async with world.database() as connection:
            await connection.execute(HAVE_IT_ALL)
            events = await connection.fetchval("SELECT sum(head)::bigint FROM partitions")
        found.figures["events in the log"] = events
        for name, path, mark in (
            ("stream", "/api/v1/stream?from=beginning&text=true", b"\nevent: "),
            ("export", "/api/v1/export/events", b"\n"),
        ):
            await _read(world, found, (name, path, mark), events, say)
    return found


async def _write(world: Running, events: int, say: Say) -> None:
    master = base64.b64decode((world.folder / "master.key").read_text().strip())
    await archive.write(
        world.database_url, master, events=events, conversations=max(1, events // EVENTS_OF_A_PERSON),
        partitions=PARTITIONS, say=say,
    )  # fmt: skip


async def _read(world: Running, found: Result, what: tuple[str, str, bytes], events: int, say: Say) -> None:
    name, path, mark = what
    peak = Peak(world)
    watching = asyncio.create_task(peak.watch())
    began = time.perf_counter()
    seen = await _count(f"{world.url}{path}", mark, events)
    took = time.perf_counter() - began
    watching.cancel()
    say(f"{name}: {seen:,} events in {took:.1f} s, {peak.mib:.0f} MiB at most")
    if seen < events:
        found.violations.append(f"{name}: {events - seen} events are missing")
    found.figures |= {f"{name}: events/s": seen / took, f"{name}: MiB before": peak.before}
    found.ratios.append(Ratio(f"{name}: peak resident MiB", peak.mib, "at most", MOST_MIB))


async def _count(url: str, mark: bytes, events: int) -> int:
    """How many marks there are in the answer, up to so many."""
    seen, rest = 0, b""
    timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=timeout) as session,
        session.get(url) as answer,
    ):
        answer.raise_for_status()
        async for chunk in answer.content.iter_any():
            part = rest + chunk
            seen += part.count(mark)
            rest = part[len(part) - len(mark) + 1 :] if len(mark) > 1 else b""
            if seen >= events:
                break
    return seen


class Peak:
    """The most memory that a process of the service had resident at any look, in MiB."""

    def __init__(self, world: Running) -> None:
        assert world.process is not None
        main = psutil.Process(world.process.pid)
        children = [child for child in main.children() if "serve" in " ".join(child.cmdline())]
        self._processes = [main, *children]
        self.mib = self.before = max(map(_resident, self._processes))

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            with suppress(psutil.NoSuchProcess):
                self.mib = max(self.mib, *map(_resident, self._processes))
            await asyncio.sleep(LOOK_EVERY)


def _resident(process: psutil.Process) -> float:
    return float(process.memory_info().rss / MIB)
