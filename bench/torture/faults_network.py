"""What can happen between the processes: to the way to the database, to OpenAI, to Meta."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Literal

from bench.torture.faults import Begin, Fault, Lane
from bench.torture.proxy import Mode, Proxy
from bench.torture.world import World

Far = Literal["database", "openai", "meta"]
FARS: Final[dict[Far, str]] = {"database": "PostgreSQL", "openai": "OpenAI", "meta": "Meta"}


def _ways(world: World, chance: random.Random, far: Far) -> list[Proxy]:
    """From one place, mostly; else from all."""
    places = world.places if chance.random() < 0.3 else [chance.choice(world.places)]
    return [getattr(place, far) for place in places]


def turned(far: Far, mode: Mode) -> Begin:
    """Connections suffer this."""

    @asynccontextmanager
    async def begin(world: World, chance: random.Random) -> AsyncIterator[int]:
        ways = _ways(world, chance, far)
        for way in ways:
            way.turn(mode)
        try:
            yield len(ways)
        finally:
            for way in ways:
                way.turn("open")
                if mode in {"deaf", "torn"}:
                    way.cut()  # what was lost on them cannot be made up for

    return begin


def cut(far: Far) -> Begin:
    """Connections are reset; new ones may be made at once."""

    @asynccontextmanager
    async def begin(world: World, chance: random.Random) -> AsyncIterator[int]:
        yield sum([way.cut() for way in _ways(world, chance, far)])

    return begin


def half_open(far: Far) -> Begin:
    """The far side of every connection is gone and nobody tells; new ones may be made at once."""

    @asynccontextmanager
    async def begin(world: World, chance: random.Random) -> AsyncIterator[int]:
        ways = _ways(world, chance, far)
        struck = sum([way.orphan() for way in ways])
        try:
            yield struck
        finally:
            for way in ways:
                way.cut()

    return begin


def _faults(far: Far) -> list[Fault]:
    name = f"the way to {FARS[far]}"
    return [
        Fault(f"{name} cut", "other", cut(far)),
        Fault(f"{name} shut", "other", turned(far, "shut"), (0.5, 3.0)),
        Fault(f"{name} stalled", "other", turned(far, "stalled"), (0.5, 4.0)),
        Fault(f"{name} slow", "other", turned(far, "slow"), (0.5, 3.0)),
        Fault(f"{name} without answers", "other", turned(far, "deaf"), (0.5, 3.0)),
        Fault(f"{name} broken off in an answer", "other", turned(far, "torn"), (0.2, 1.0)),
        Fault(f"{name} half open", "other", half_open(far), (0.5, 6.0)),
    ]


LANES: Final = (
    Lane("to the database", tuple(_faults("database")), pause=(0.5, 4.0)),
    Lane("to the providers", (*_faults("openai"), *_faults("meta")), pause=(0.5, 3.0)),
)
