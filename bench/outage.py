"""What an outage of OpenAI costs: answers come later, and nothing else changes.

Known senders write at a steady rate before and during it, new ones arrive while it lasts, and a console looks
at the sessions all along. Afterwards every turn must be answered once: the log is read back and compared with
what the stand-ins accepted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Final
from uuid import UUID

from bench import load, recording
from bench.backlog import OWED, until_caught_up, until_nothing_owed
from bench.figures import Ratio, Result, machine, quantile, ratio, windowed_quantile
from bench.judge import Report, Violation
from bench.load import Customers, Outcome
from bench.rig import APP_SECRET, Rig, rig
from domain.identity import Sender

ACCOUNT: Final = "106540352242922"
TEXT: Final = "Is anybody there?"
WINDOW: Final = 5.0
"""Seconds of which one p99 is taken; the median of the windows is compared."""

CONNECTIONS: Final = 16
LOOK_EVERY: Final = 2.0
"""Seconds between two looks at the session view, as of a console that is open all the time."""

PAGE: Final = 100
PATIENCE: Final = 600.0
"""Seconds for all answers after the outage, at most."""

DRAFTED: Final = "SELECT count(*) FROM events WHERE type = 'ReplyDrafted'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How long and how much; durations are seconds."""

    seconds: int = field(default=300, metadata={"help": "seconds for which OpenAI is away"})
    before: int = field(default=60, metadata={"help": "seconds that are measured before it"})
    known: int = field(default=200, metadata={"help": "people who are known when it begins"})
    new: int = field(default=50, metadata={"help": "people who first write while it lasts; 100 at most"})
    rate: int = field(default=100, metadata={"help": "messages a second of the known ones"})
    effect: str = field(
        default="down",
        metadata={
            "help": "what a request to OpenAI meets: a reset connection, or one that is never answered",
            "choices": ("down", "hang_before"),
        },
    )
    patience: float = field(
        default=60.0,
        metadata={"help": "ONETHREAD_THREAD_PATIENCE: seconds until a new person is bound locally"},
    )
    folder: Path | None = None
    quick: bool = False


QUICK: Final = Options(seconds=20, before=10, known=100, new=20, patience=5.0, quick=True)


@dataclass(slots=True)
class Course:
    """What happened. ``away`` is from when until when, in seconds since the steady load began; ``seen`` is
    after how many seconds each new person was in the session view; ``answered`` are replies written before,
    during and after it.
    """

    steady: Outcome
    newcomers: Outcome
    away: tuple[float, float]
    seen: list[float]
    owed: int
    answered: tuple[int, int, int]
    settled_after: float
    report: Report


async def measure(options: Options, say: Callable[[str], None]) -> Result:
    """Run it; ``say`` hears how far it is."""
    if options.new > PAGE:
        raise ValueError(f"new: {PAGE} at most, so that one page of sessions shows them all")
    say("starting PostgreSQL, the service and the stand-ins")
    async with rig(options.folder, thread_patience=str(options.patience)) as running:
        where = machine(running.folder, running.settings)
        return _result(options, where, await _play(running, options, say))


async def _play(running: Rig, options: Options, say: Callable[[str], None]) -> Course:
    known = Customers(options.known, APP_SECRET, "known", text=TEXT)
    new = Customers(options.new, APP_SECRET, "new", first=options.known, text=TEXT)
    await load.run(running.port, iter(known.write(known.count)), connections=CONNECTIONS, seconds=PATIENCE)
    await _until_answered(running)
    say(f"{options.known} people are known and answered; they go on, {options.rate} messages a second")
    answered = [await running.database.fetchval(DRAFTED)]
    began = time.monotonic()
    steady = asyncio.create_task(_steady(running, known, options))
    seen: dict[UUID, float] = {}
    console = asyncio.create_task(_look(running, new, seen))
    try:
        await asyncio.sleep(options.before)
        answered.append(await running.database.fetchval(DRAFTED))
        rule = {"operation": "*", "effect": options.effect}
        await running.steer("POST", f"{running.openai_url}/_sandbox/faults", rule)
        away = time.monotonic()
        say(f"OpenAI is away for {options.seconds} s; {new.count} new people write")
        newcomers = await load.run(
            running.port, iter(new.write(new.count)), connections=1, seconds=PATIENCE, rate=new.count
        )
        await asyncio.sleep(away + options.seconds - time.monotonic())
        seen_after = [at - away for at in seen.values()]
        owed = await running.database.fetchval(OWED)
        answered.append(await running.database.fetchval(DRAFTED))
        back = time.monotonic()
        await running.steer("DELETE", f"{running.openai_url}/_sandbox/faults")
        say(f"OpenAI is back; {owed} conversations owe an answer, {len(seen_after)} new people were seen")
        outcome = await steady
        await _until_answered(running)
    finally:
        console.cancel()
        steady.cancel()
        await asyncio.gather(console, steady, return_exceptions=True)
    settled_after = time.monotonic() - back
    say(f"everything was answered {settled_after:.1f} s later; reading it back")
    answered.append(await running.database.fetchval(DRAFTED))
    acknowledged = {known.message_id(n) for n in range(known.count + outcome.acknowledged)}
    acknowledged |= {new.message_id(n) for n in range(newcomers.acknowledged)}
    return Course(
        steady=outcome,
        newcomers=newcomers,
        away=(away - began, back - began),
        seen=seen_after,
        owed=owed,
        answered=(answered[1] - answered[0], answered[2] - answered[1], answered[3] - answered[2]),
        settled_after=settled_after,
        report=await _check(running, acknowledged),
    )


async def _steady(running: Rig, known: Customers, options: Options) -> Outcome:
    seconds = float(options.before + options.seconds)
    return await load.run(
        running.port, known.writing(), connections=CONNECTIONS, seconds=seconds, rate=options.rate
    )


async def _until_answered(running: Rig) -> None:
    await until_caught_up(running, PATIENCE)
    await until_nothing_owed(running, PATIENCE)
    await until_caught_up(running, PATIENCE)


async def _look(running: Rig, new: Customers, seen: dict[UUID, float]) -> None:
    """Look at the sessions that have been quiet for longest: new people, who wrote once, are among them."""
    wanted = {Sender("whatsapp", ACCOUNT, new.sender_id(n)).conversation_id for n in range(new.count)}
    while True:
        page = await running.api("/api/v1/sessions", status="active", limit=str(PAGE))
        now = time.monotonic()
        for item in page["items"]:
            if (conversation_id := UUID(item["conversation_id"])) in wanted:
                seen.setdefault(conversation_id, now)
        await asyncio.sleep(LOOK_EVERY)


async def _check(running: Rig, acknowledged: set[str]) -> Report:
    """The whole history, as :mod:`bench.judge` judges it."""
    meta = await running.steer("GET", f"{running.graph_url}/_sandbox/state")
    openai = await running.steer("GET", f"{running.openai_url}/_sandbox/state")
    report = await recording.check(
        running.database,
        running.vault,
        acknowledged=acknowledged,
        sends=[SimpleNamespace(**send) for send in meta["sends"]],
        live_threads={found["id"]: found["metadata"] for found in openai["conversations"]},
    )
    if len(meta["sends"]) < meta["sends_total"]:
        forgotten = "the stand-in for Meta has forgotten sends: fewer people or messages, please"
        report.violations.append(Violation("G5", "not known", forgotten))
    return report


def _result(options: Options, where: dict[str, str], course: Course) -> Result:
    steady, (away, back) = course.steady, course.away
    before = [v for at, v in zip(steady.moments, steady.latencies, strict=True) if at < away]
    during = [v for at, v in zip(steady.moments, steady.latencies, strict=True) if away <= at < back]
    windows = [
        windowed_quantile(steady.moments, steady.latencies, 0.99, begin=begin, end=end, width=WINDOW)
        for begin, end in ((0.0, away), (away, back))
    ]
    found = Result("outage", options.quick, where)
    found.figures = {
        "messages acknowledged": steady.acknowledged + course.newcomers.acknowledged,
        "known people, before: p50 ms": quantile(before, 0.5) * 1e3,
        "known people, before: p99 ms, median of windows": windows[0] * 1e3,
        "known people, before: p99 ms, all together": quantile(before, 0.99) * 1e3,
        "known people, during: p50 ms": quantile(during, 0.5) * 1e3,
        "known people, during: p99 ms, median of windows": windows[1] * 1e3,
        "known people, during: p99 ms, all together": quantile(during, 0.99) * 1e3,
        "new people: in the session view after s, half of them": quantile(course.seen, 0.5),
        "new people: in the session view after s, the last": max(course.seen, default=0.0),
        "replies written before": course.answered[0],
        "replies written during": course.answered[1],
        "conversations that owed an answer at its end": course.owed,
        "replies written after": course.answered[2],
        "everything answered after s": course.settled_after,
        "conversations read back": course.report.conversations,
    }
    found.ratios = [
        Ratio("acknowledgement p99 during / before", ratio(windows[1], windows[0]), "at most", 1.2),
        Ratio("new people seen / who wrote", ratio(len(course.seen), options.new), "at least", 1),
        Ratio(
            "acknowledged messages in the log",
            ratio(course.report.messages, course.report.acknowledged),
            "at least",
            1,
        ),
    ]
    failed = steady.failed + course.newcomers.failed
    refused = [f"{failed} requests were not acknowledged"] if failed else []
    found.violations = [*refused, *map(str, course.report.violations)]
    return found
