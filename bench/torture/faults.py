"""What goes wrong, and when: each fault begins, lasts, and ends; a seeded schedule draws them.

Faults are drawn in *lanes*. Those of one lane follow each other, those of different lanes overlap.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Final, Literal

from bench.torture.world import World

Kind = Literal["kill", "other"]

Begin = Callable[[World, random.Random], AbstractAsyncContextManager[int]]
"""Begins a fault; it lasts as long as the block. The block is given how many it struck: 0 where there was
nothing to strike."""

READY_WITHIN: Final = 20.0


@dataclass(frozen=True, slots=True)
class Fault:
    """``hold`` is how long it lasts, in seconds, at least and at most; ``weight`` how often it is drawn."""

    name: str
    kind: Kind
    begin: Begin
    hold: tuple[float, float] = (0.0, 0.0)
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Lane:
    """Faults that follow each other, ``pause`` seconds apart, at least and at most. Where ``patient``, the
    next waits until messages can be taken again, so that it strikes something at work."""

    name: str
    faults: tuple[Fault, ...]
    pause: tuple[float, float]
    patient: bool = False


@dataclass(slots=True)
class Struck:
    """What happened: how often each fault struck, by kind; and what could not be tried, with the reason."""

    kills: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, str] = field(default_factory=dict)

    def note(self, fault: Fault, struck: int) -> None:
        """Count what a fault struck. A kill counts for every process that it killed, others count once."""
        if fault.kind == "kill":
            self.kills[fault.name] += struck
        elif struck:
            self.others[fault.name] += 1


async def run_lane(world: World, lane: Lane, seed: str, struck: Struck, enough: asyncio.Event) -> None:
    """Draw fault after fault until there is ``enough``; the last one is ended."""
    chance = random.Random(f"{seed}/{lane.name}")
    weights = [fault.weight for fault in lane.faults]
    while not enough.is_set():
        fault = chance.choices(lane.faults, weights)[0]
        lasts, then = chance.uniform(*fault.hold), chance.uniform(*lane.pause)
        if lane.patient:
            await world.until_ready(READY_WITHIN)
        async with fault.begin(world, random.Random(chance.random())) as hit:
            if hit:
                await _wait(enough, lasts)
        struck.note(fault, hit)
        await _wait(enough, then)


async def _wait(enough: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await enough.wait()
    except TimeoutError:
        pass
