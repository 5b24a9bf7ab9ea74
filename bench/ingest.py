"""How fast messages become durable, events, and sessions: as ratios to what runs beside it.

One service process with its whole pipeline, replies included, in alternating slices with a server that does
nothing, the stock `eventsourcing` application and a bare commit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.figures import Ratio, Result, machine, ratio
from bench.ramp import Ramp, Trial
from bench.rig import rig
from bench.slices import Slices, slices

LONE_PEOPLE: Final = 16
DISTURBED: Final = 0.2
"""Cores that others may take from a run which is to be quoted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How much and how long; durations are seconds."""

    senders: int = field(default=2_000, metadata={"help": "people who write, in turns"})
    connections: int = field(default=64, metadata={"help": "connections of the load generator"})
    rounds: int = field(default=5, metadata={"help": "times that each thing gets its slice"})
    slice: float = field(default=4.0, metadata={"help": "seconds of a slice at full speed"})
    lone: float = field(default=2.0, metadata={"help": "seconds of a slice with one message at a time"})
    trial: float = field(default=20.0, metadata={"help": "seconds for which a rate must hold"})
    trials: int = field(default=7, metadata={"help": "rates that are tried, at most"})
    folder: Path | None = None
    quick: bool = False


QUICK: Final = Options(senders=200, rounds=2, slice=1.0, lone=0.5, trial=3.0, trials=3, quick=True)
"""To see that it runs and about what comes out: too short to be quoted."""


async def measure(options: Options, say: Callable[[str], None]) -> Result:
    """Run it; ``say`` hears how far it is."""
    say("starting PostgreSQL, the service, the stand-ins and the no-op server")
    async with (
        rig(options.folder) as running,
        slices(
            running,
            senders=options.senders,
            lone_people=LONE_PEOPLE,
            connections=options.connections,
        ) as taken,
    ):
        where = machine(running.folder, running.settings)
        await _lone(taken, options, say)
        await _full_speed(taken, options, say)
        best = await _ramp(taken, options, say)
        return _result(taken, options, best, where)


async def _lone(taken: Slices, options: Options, say: Callable[[str], None]) -> None:
    await taken.meet(taken.lone_people)
    await taken.lone_message(0.3)
    await taken.lone_commit(0.3)
    taken.samples.clear()
    for number in range(1, options.rounds + 1):
        message = await taken.lone_message(options.lone)
        commit = await taken.lone_commit(options.lone)
        taken.samples["lone ratio"].append(ratio(message, commit))
        say(
            f"lone, {number} of {options.rounds}: "
            f"acknowledged in {message * 1e3:.2f} ms, committed in {commit * 1e3:.2f} ms"
        )


async def _full_speed(taken: Slices, options: Options, say: Callable[[str], None]) -> None:
    say(f"{options.senders} people write for the first time")
    await taken.meet(taken.customers)
    await taken.stock_saves(0.5)
    await taken.no_op(0.5)
    del taken.samples["stock"], taken.samples["no-op"]
    for number in range(1, options.rounds + 1):
        no_op = await taken.no_op(options.slice)
        acknowledged = await taken.acknowledgements(options.slice)
        stock = await taken.stock_saves(options.slice)
        taken.samples["acknowledged to no-op"].append(ratio(acknowledged, no_op))
        taken.samples["acknowledged to stock"].append(ratio(acknowledged, stock))
        say(
            f"full speed, {number} of {options.rounds}: no-op {no_op:,.0f}/s, "
            f"acknowledged {acknowledged:,.0f}/s, stock {stock:,.0f}/s"
        )


async def _ramp(taken: Slices, options: Options, say: Callable[[str], None]) -> Trial | None:
    """The best trial; beside each, the no-op server once more."""
    best: Trial | None = None
    ramp = Ramp(0.9 * taken.median("logged"), most=options.trials)
    while (rate := ramp.next()) is not None:
        taken.samples["no-op beside trials"].append(await taken.no_op(options.slice))
        trial = await taken.trial(rate, options.trial)
        faults = trial.faults()
        ramp.tell(rate, sustained=not faults)
        say(f"{rate:,.0f}/s for {trial.seconds:.0f} s: {'; '.join(faults) or 'sustained'}")
        if not faults and (best is None or trial.reached > best.reached):
            best = trial
    return best


def _result(taken: Slices, options: Options, best: Trial | None, where: dict[str, str]) -> Result:
    found = Result("ingest", options.quick, where, violations=taken.violations)
    sustained = best.reached if best else 0.0
    named = {
        "no-op server: requests/s": "no-op",
        "no-op server: p50 ms": "no-op p50",
        "no-op server: p99 ms": "no-op p99",
        "service: durable acknowledgements/s": "service",
        "service: p50 ms": "service p50",
        "service: p99 ms": "service p99",
        "service: messages into the log/s, while acknowledging": "logged meanwhile",
        "service: messages into the log/s, to the last one": "logged",
        "stock eventsourcing: messages/s": "stock",
        "lone message: acknowledged, p50 ms": "lone message p50",
        "lone row: committed, p50 ms": "lone commit p50",
        "load generator: requests/s per core that it has": "generator",
    }
    found.figures = {shown: taken.median(name) for shown, name in named.items()}
    found.figures["service: sustained messages/s"] = sustained
    if best:
        for share in ("p50", "p99"):
            found.figures[f"service: {share} ms at that rate"] = taken.median(
                f"trial {best.rate:.0f} {share}"
            )
    cores = [name for name in taken.samples if name.startswith("cores: ")]
    found.figures |= {f"cores at full speed: {name[7:]}": taken.median(name) for name in cores}
    found.ratios = [
        Ratio("acknowledgements / no-op", taken.median("acknowledged to no-op"), "at least", 0.6),
        Ratio("acknowledgements / stock eventsourcing", taken.median("acknowledged to stock"), "at least", 8),
        Ratio("sustained / no-op", ratio(sustained, taken.median("no-op beside trials")), "at least", 0.3),
        Ratio("lone acknowledgement / one commit", taken.median("lone ratio"), "at most", 3),
    ]
    if (others := taken.median("cores: others")) > DISTURBED:
        found.notes.append(f"others took {others:.1f} cores meanwhile: run it again when they are done")
    return found
