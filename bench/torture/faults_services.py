"""What can happen to the processes of the service."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Final

import psutil

from bench.torture.faults import Fault, Lane
from bench.torture.world import World, pick, send

GROWTH: Final = 256 * 1024
"""Bytes that a process may grow before its memory counts as used up."""

GROWS_WITHIN: Final = 4.0
BACK: Final = (1.0, 60.0)
"""Seconds by which a clock is set back."""


@asynccontextmanager
async def killed(world: World, chance: random.Random) -> AsyncIterator[int]:
    """One process that serves is gone at once."""
    victim = pick(chance, world.serving())
    yield int(victim is not None and send(victim, signal.SIGKILL))


@asynccontextmanager
async def all_killed(world: World, chance: random.Random) -> AsyncIterator[int]:
    """All processes that serve are gone at once."""
    yield sum(send(pid, signal.SIGKILL) for pid in world.serving())


@asynccontextmanager
async def parent_killed(world: World, chance: random.Random) -> AsyncIterator[int]:
    """The parent of two workers is gone, and they find out."""
    yield int(world.kill_parent())


@asynccontextmanager
async def out_of_memory(world: World, chance: random.Random) -> AsyncIterator[int]:
    """A process is killed at the moment that it has used up its memory: in the middle of work."""
    victim = pick(chance, world.serving())
    yield 0 if victim is None else int(await _killed_when_grown(victim))


async def _killed_when_grown(pid: int) -> bool:
    until = monotonic() + GROWS_WITHIN
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        bound = process.memory_info().rss + GROWTH
        while monotonic() < until:
            if process.memory_info().rss > bound:
                return send(pid, signal.SIGKILL)
            await asyncio.sleep(0.005)
    return False


@asynccontextmanager
async def held(world: World, chance: random.Random) -> AsyncIterator[int]:
    """A process stands still, and does not know it when it goes on."""
    victim = pick(chance, world.serving())
    struck = victim is not None and send(victim, signal.SIGSTOP)
    try:
        yield int(struck)
    finally:
        if victim is not None:
            send(victim, signal.SIGCONT)


@asynccontextmanager
async def restarted(world: World, chance: random.Random) -> AsyncIterator[int]:
    """Every process is asked to stop and started again, one after the other: a new version is rolled out."""
    yield await world.restart_gently()


@asynccontextmanager
async def clock_set_back(world: World, chance: random.Random) -> AsyncIterator[int]:
    """The clock of one process is behind all others."""
    place = chance.choice(world.single)
    struck = place.set_clock(-chance.uniform(*BACK))
    try:
        yield int(struck)
    finally:
        place.set_clock(0)


LANE: Final = Lane(
    "services",
    (
        Fault("a service process killed", "kill", killed, weight=10),
        Fault("all service processes killed", "kill", all_killed),
        Fault("the parent of two workers killed", "kill", parent_killed, weight=2),
        Fault("a process out of memory killed", "kill", out_of_memory, weight=2),
        Fault("a process stopped past its lease", "other", held, (2.5, 5.0), weight=3),
        Fault("every process restarted, one by one", "other", restarted),
        Fault("a process's clock set back", "other", clock_set_back, (2.0, 6.0), weight=2),
    ),
    pause=(0.2, 1.2),
    patient=True,
)
