"""What OpenAI and Meta can do to us, by the dials of their stand-ins."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Literal

from bench.torture.faults import Begin, Fault, Lane
from bench.torture.world import World
from service.sandbox.faults import (
    Down,
    Effect,
    EmptyOutput,
    Failed,
    FaultDial,
    HangAfter,
    HangBefore,
    Incomplete,
    LockFor,
    LoseConversation,
    Nonsense,
    NonsenseAfter,
    ResetAfter,
    Rule,
    Slow,
    Trickle,
)
from service.sandbox.meta.errors import PRESETS as META
from service.sandbox.openai.errors import PRESETS as OPENAI

Who = Literal["OpenAI", "Meta"]

AFTER: Final = (
    ("hanging after the work", HangAfter()),
    ("hung up after the work", ResetAfter()),
    ("talking nonsense after the work", NonsenseAfter()),
)
"""Where whoever asked cannot know that it was done."""

BEFORE: Final[tuple[tuple[str, Effect], ...]] = (
    ("down", Down()),
    ("hanging", HangBefore()),
    ("slow", Slow(seconds=2.0)),
    ("very slow", Slow(seconds=6.0)),
    ("talking nonsense", Nonsense()),
    ("lying in JSON", Nonsense(body={"id": "nothing", "object": "lie"})),
    ("answering bit by bit", Trickle(seconds=0.1)),
)


def dialled(who: Who, effect: Effect, operation: str = "*", probability: float = 0.7) -> Begin:
    """Most requests meet the effect."""

    @asynccontextmanager
    async def begin(world: World, chance: random.Random) -> AsyncIterator[int]:
        dial: FaultDial = (world.openai if who == "OpenAI" else world.meta).faults
        dial.add(Rule(operation, effect, probability=probability))
        try:
            yield 1
        finally:
            dial.clear()

    return begin


def _everything(who: Who) -> list[Fault]:
    return [
        Fault(f"{who} {name}", "other", dialled(who, effect), (1.0, 5.0))
        for name, effect in (*BEFORE, *AFTER)
    ]


def _refusing(who: Who, name: str, effect: Effect) -> Fault:
    return Fault(f"{who} refusing: {name}", "other", dialled(who, effect), (0.5, 3.0))


def _answering(name: str, effect: Effect, probability: float = 0.3) -> Fault:
    begin = dialled("OpenAI", effect, "responses.create", probability)
    return Fault(f"OpenAI {name}", "other", begin, (0.5, 3.0))


LANES: Final = (
    Lane(
        "OpenAI",
        (
            *_everything("OpenAI"),
            _refusing("OpenAI", "server error", OPENAI["server_error"]),
            _refusing("OpenAI", "overloaded", OPENAI["server_is_overloaded"]),
            _refusing("OpenAI", "too many requests", OPENAI["rate_limit_exceeded"]),
            _answering("losing threads", LoseConversation(), 0.1),
            _answering("locking threads", LockFor(seconds=2.0)),
            _answering("failing to answer", Failed()),
            _answering("answering with nothing", EmptyOutput()),
            _answering("answering incompletely", Incomplete()),
        ),
        pause=(0.5, 3.0),
    ),
    Lane(
        "Meta",
        (
            *_everything("Meta"),
            _refusing("Meta", "temporary error", META["temporary"]),
            _refusing("Meta", "throughput", META["whatsapp_throughput"]),
        ),
        pause=(0.5, 3.0),
    ),
)
