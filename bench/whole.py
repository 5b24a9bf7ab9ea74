"""Reading the whole log through the service and past it, and how much memory that takes whom."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import aiohttp
import psutil

from bench.rig import ROOT, TOKEN, Rig

LOOK_EVERY: Final = 0.05
PIECE: Final = 2**18
MIB: Final = 2**20
ENDLESS: Final = aiohttp.ClientTimeout(total=None)
EVENT: Final = b"\nevent: "


@dataclass(frozen=True, slots=True)
class Reading:
    """What came, how long it took, and the most memory that the process which sent it had resident."""

    events: int
    seconds: float
    peak: float
    """MiB."""

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds


@dataclass(slots=True)
class Count:
    """How often a mark is in what comes in pieces, cut anywhere."""

    mark: bytes
    found: int = 0
    _rest: bytes = b""

    def take(self, piece: bytes) -> None:
        """Count on."""
        joined = self._rest + piece
        self.found += joined.count(self.mark)
        kept = len(self.mark) - 1
        self._rest = joined[-kept:] if kept else b""


@asynccontextmanager
async def peak_of(pid: int) -> AsyncIterator[list[float]]:
    """The most memory, in MiB, that a process has resident at any look during the block."""
    found = [0.0]

    async def watch() -> None:
        process = psutil.Process(pid)
        with suppress(psutil.NoSuchProcess):
            while True:
                found[0] = max(found[0], process.memory_info().rss / MIB)
                await asyncio.sleep(LOOK_EVERY)

    watching = asyncio.create_task(watch())
    try:
        yield found
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def streamed(running: Rig, most: int, within: float) -> Reading:
    """The first ``most`` events out of the service's stream. Raises :class:`TimeoutError`."""
    url = f"http://127.0.0.1:{running.port}/api/v1/stream?from=beginning"
    headers = {"Authorization": f"Bearer {TOKEN}"}
    events, began = Count(EVENT), time.perf_counter()
    async with (
        asyncio.timeout(within),
        peak_of(running.service.pid) as peak,
        running.session.get(url, headers=headers, raise_for_status=True, timeout=ENDLESS) as answer,
    ):
        while events.found < most:
            piece = await answer.content.readany()
            if not piece:
                raise RuntimeError(f"the stream ended after {events.found:,} events")
            events.take(piece)
    return Reading(events.found, time.perf_counter() - began, peak[0])


async def exported(running: Rig, within: float) -> Reading:
    """All events as lines of JSON, out of ``onethread export`` in a process of its own. Raises
    :class:`TimeoutError`, and :class:`RuntimeError` with what it said where it failed."""
    began, lines = time.perf_counter(), Count(b"\n")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", "export", "events", "--format", "ndjson",
        cwd=running.folder, env={**running.environment, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, limit=PIECE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        said = asyncio.create_task(process.stderr.read())
        async with peak_of(process.pid) as peak, asyncio.timeout(within):
            while piece := await process.stdout.read(PIECE):
                lines.take(piece)
            if await process.wait():
                raise RuntimeError(f"the export failed: {(await said)[-2000:].decode(errors='replace')}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Reading(lines.found, time.perf_counter() - began, peak[0])
