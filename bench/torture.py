"""kill -9, again and again, under load; afterwards everything acknowledged must be there, once.

``make torture`` runs it long; the tests run it short. Seeded: the same seed kills in the same order.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field

import uvloop

from bench import history
from bench.processes import ACCOUNTS, Running, running, speaker
from service.sandbox.meta import Dial, Speaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How hard. ``pause`` is the time in seconds between two kills, at least and at most."""

    seed: int = 1
    service_kills: int = 20
    postgres_kills: int = 20
    people: int = 40
    rate: float = 25.0
    pause: tuple[float, float] = (0.5, 2.5)
    workers: int = 2
    dial: Dial = field(default_factory=lambda: Dial(duplicates=0.1, reordering=0.1, batches=0.1))


@dataclass(slots=True)
class Result:
    """The figures of one run."""

    seed: int
    kills: dict[str, int]
    seconds: float
    report: history.Report


async def torture(profile: Profile, *, say: Callable[[str], None] = lambda _line: None) -> Result:
    """Run the profile and check the history."""
    chance = random.Random(profile.seed)
    began = time.monotonic()
    async with running(workers=profile.workers, seed=profile.seed, dial=profile.dial) as world:
        people = [speaker(chance.choice(ACCOUNTS), f"4915{n:07d}") for n in range(profile.people)]
        acknowledged: set[str] = set()
        talking = asyncio.create_task(_talk(world, people, profile.rate, acknowledged, chance.random()))
        kills = await _kill(world, profile, chance, say)
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
        say("no more kills: waiting for everything to come to rest")
        if world.process is None or world.process.poll() is not None:
            world.start()
        await world.until_ready()
        await world.until_rest(within=240)
        report = await _check(world, acknowledged)
    return Result(profile.seed, kills, time.monotonic() - began, report)


async def _talk(
    world: Running, people: list[Speaker], rate: float, acknowledged: set[str], seed: float
) -> None:
    """People write at a steady rate; what is acknowledged is noted whenever that is."""
    chance = random.Random(seed)
    waiting: set[asyncio.Task[None]] = set()

    async def say(who: Speaker, number: int) -> None:
        message_id, at = await world.meta.say(who, f"This is remark {number}")
        if at is not None:
            acknowledged.add(message_id)

    number = 0
    try:
        while True:
            number += 1
            task = asyncio.create_task(say(chance.choice(people), number))
            waiting.add(task)
            task.add_done_callback(waiting.discard)
            await asyncio.sleep(chance.expovariate(rate))
    finally:
        await asyncio.gather(*waiting, return_exceptions=True)


async def _kill(
    world: Running, profile: Profile, chance: random.Random, say: Callable[[str], None]
) -> dict[str, int]:
    plan = ["service"] * profile.service_kills + ["postgres"] * profile.postgres_kills
    chance.shuffle(plan)
    kills = {"service": 0, "worker": 0, "postgres": 0}
    for victim in plan:
        await asyncio.sleep(chance.uniform(*profile.pause))
        with suppress(TimeoutError):
            await world.until_ready(within=60)
        await asyncio.sleep(chance.uniform(0, profile.pause[0]))
        if victim == "postgres":
            kills["postgres"] += world.kill_postgres()
        elif profile.workers > 1 and chance.random() < 0.5 and world.kill_child(chance):
            kills["worker"] += 1
        else:
            world.kill()
            kills["service"] += 1
            await asyncio.sleep(chance.uniform(0, 0.3))
            world.start()
        say(f"killed {victim}: {sum(kills.values())} of {len(plan)}")
    return kills


async def _check(world: Running, acknowledged: set[str]) -> history.Report:
    threads = {
        conversation["id"]: conversation["metadata"] for conversation in world.openai.state()["conversations"]
    }
    async with world.database() as connection:
        return await history.check(
            connection,
            world.vault,
            acknowledged=acknowledged,
            sends=list(world.meta.ledger.sends),
            live_threads=threads,
        )


def main() -> None:
    """Run one profile from the command line and print its figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--service-kills", type=int, default=20)
    parser.add_argument("--postgres-kills", type=int, default=20)
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--rate", type=float, default=25.0, help="messages a second")
    parser.add_argument("--workers", type=int, default=2)
    profile = Profile(**vars(parser.parse_args()))
    result = uvloop.run(torture(profile, say=lambda line: print(line, file=sys.stderr)))
    print(json.dumps(asdict(result), indent=2))
    sys.exit(1 if result.report.violations else 0)


if __name__ == "__main__":
    main()
