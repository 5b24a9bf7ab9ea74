"""One round: customers write, people of the business are at work, faults strike, everything comes to rest,
and the history is judged."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench import history, recording
from bench.history import History, Verified
from bench.judge import Report, Violation, judge
from bench.torture import faults_network, faults_postgres, faults_providers, faults_services
from bench.torture.desk import Desk
from bench.torture.faults import Lane, Struck, run_lane
from bench.torture.people import People
from bench.torture.world import World, world
from projections.catalogue import PROJECTIONS
from service.rebuilding import Coordinator
from service.sandbox.meta import Dial
from service.storage.database import Database
from service.storage.feed import LogFeed
from service.storage.vault import Vault
from service.workforce import Failed

LANES: Final = (
    faults_services.LANE,
    faults_postgres.LANE,
    *faults_network.LANES,
    *faults_providers.LANES,
)

HABITS: Final = Dial(
    duplicates=0.1,
    reordering=0.1,
    late=0.01,
    hold_back=3.0,
    bad_signatures=0.01,
    early_statuses=0.1,
    read_without_delivered=0.1,
)
"""What Meta does on any day: copies, late and out of order."""

STATE: Final = {
    "leases": "SELECT l.*, w.pid, w.seen_at, now() FROM leases l LEFT JOIN workers w USING (worker_id)",
    "workers": "SELECT * FROM workers",
    "inbox": "SELECT partition, conversation_id, type, count(*), min(id::text) FROM inbox GROUP BY 1, 2, 3",
    "owed": "SELECT * FROM owed",
    "sessions": "SELECT pid, state, wait_event, xact_start, query FROM pg_stat_activity WHERE query <> ''",
}
"""What to look at where a round does not come to rest."""

LOOK_EVERY: Final = 0.2
SAY_EVERY: Final = 15.0
VERIFIERS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How hard. A round goes on until it has so many ``kills``, ``others`` (further faults) and acknowledged
    ``messages``, and people of the business have ``handled`` and ``erased`` so many conversations, for
    ``longest`` seconds at most; then it may take ``rest`` seconds to come to rest. ``people`` are known at
    its beginning, ``rate`` is messages a second. Where not ``verify``, the ledgers are checked and no view
    is folded afresh.
    """

    seed: int = 1
    kills: int = 60
    others: int = 60
    messages: int = 12_000
    handled: int = 30
    erased: int = 15
    longest: float = 420.0
    rest: float = 480.0
    people: int = 80
    rate: float = 800.0
    singles: int = 2
    verify: bool = True
    lanes: tuple[Lane, ...] = LANES


@dataclass(slots=True)
class Result:
    """What one round came to. ``seconds`` are those of load and faults, ``resting`` those after."""

    seed: int
    seconds: float = 0.0
    resting: float = 0.0
    struck: Struck = field(default_factory=Struck)
    met: dict[str, int] = field(default_factory=dict)
    """Requests that met a fault of a stand-in's dial, and deliveries that had to be posted again."""
    report: Report = field(default_factory=Report)
    unclean: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return self.struck.kills.total()

    @property
    def others(self) -> int:
        return self.struck.others.total()


Say = Callable[[str], None]


async def torture(profile: Profile, *, say: Say = lambda _line: None, keep: Path | None = None) -> Result:
    """Run one round; its history and the logs of all processes are kept in the folder ``keep``."""
    result = Result(profile.seed)
    async with world(seed=profile.seed, dial=HABITS, singles=profile.singles) as running:
        people = People(running.meta, random.Random(profile.seed), profile.rate, profile.people)
        if running.postgres.no_small_disk:
            reason = running.postgres.no_small_disk
            result.struck.skipped[faults_postgres.DISK_FULL.name] = reason
            say(f"skipped: {faults_postgres.DISK_FULL.name}: {reason}")
        desk = Desk(f"http://127.0.0.1:{running.port}", people, str(profile.seed), asyncio.Event())
        await _load(profile, running, people, desk, result, say)
        began = time.monotonic()
        rested = await running.until_rest(profile.rest, say)
        result.resting = time.monotonic() - began
        if keep is not None and not rested:
            await _keep_state(keep / str(profile.seed), running)
        found = await _history(running, people, desk, verify=rested and profile.verify, say=say)
        result.unclean = running.unclean
        result.met = _met(running)
        if keep is not None:
            _keep(keep / str(profile.seed), found, running)
    result.report = judge(found)
    result.report.violations += [Violation("G2", "no clean stop", line) for line in result.unclean]
    return result


async def _load(
    profile: Profile, running: World, people: People, desk: Desk, result: Result, say: Say
) -> None:
    enough, struck, seed = desk.enough, result.struck, str(profile.seed)
    began = told = time.monotonic()
    idle = asyncio.create_task(faults_postgres.idle_in_transaction(running))
    talking, working = asyncio.create_task(people.talk()), asyncio.create_task(desk.work())
    lanes = [
        asyncio.create_task(run_lane(running, lane, seed, struck, enough), name=lane.name)
        for lane in profile.lanes
    ]
    try:
        while not _enough(profile, people, desk, result) and time.monotonic() - began < profile.longest:
            await asyncio.sleep(LOOK_EVERY)
            for lane in lanes:
                if lane.done():
                    await lane
            if time.monotonic() - told > SAY_EVERY:
                told = time.monotonic()
                say(
                    f"{told - began:4.0f} s: {people.acknowledged:,} acknowledged of {len(people.said):,}, "
                    f"{result.kills} kills, {result.others} other faults, "
                    f"{desk.handled} handed back, {desk.erased} erased, {len(desk.rebuilds)} rebuilds"
                )
    finally:
        enough.set()
        await asyncio.gather(*lanes)
        result.seconds = time.monotonic() - began
        idle.cancel()
        talking.cancel()
        running.heal()
        await asyncio.gather(talking, idle, return_exceptions=True)
        await running.until_ready()
        await working


def _enough(profile: Profile, people: People, desk: Desk, result: Result) -> bool:
    return (
        people.acknowledged >= profile.messages
        and desk.handled >= profile.handled
        and desk.erased >= profile.erased
        and result.kills >= profile.kills
        and result.others >= profile.others
    )


async def _history(running: World, people: People, desk: Desk, *, verify: bool, say: Say) -> History:
    found = History(said=people.said)
    desk.note(found)
    if verify:
        say("at rest; folding the log afresh")
        found.verified = await _verified(running)
    async with running.database() as connection:
        await recording.read_log(connection, Vault(running.master_key), found)
        await recording.read_words(connection, _elsewhere(running), found)
    recording.read_sends(running.meta.ledger.sends, found)
    live = {thread["id"]: thread["metadata"] for thread in running.openai.state()["conversations"]}
    recording.read_threads(live, found)
    recording.read_answers(running.meta.ledger.deliveries, found)
    return found


def _elsewhere(running: World) -> dict[str, bytes]:
    """Where words could be but for the database: at OpenAI, and in what the services logged."""
    logs = {f"log {log.name}": log.read_bytes() for log in running.folder.glob("*.log")}
    return {"OpenAI": json.dumps(running.openai.state()).encode(), **logs}


async def _verified(running: World) -> list[Verified]:
    """Each live view compared with a fresh fold of the log, by the service's own means."""
    found = []
    database = await Database.open(running.postgres.url)
    vault = Vault(running.master_key)
    try:
        coordinator = Coordinator(database, LogFeed(vault), running.master_key, workers=VERIFIERS)
        for projection in PROJECTIONS:
            try:
                proof = await coordinator.verify(projection)
            except Failed as failed:
                found.append(Verified(projection.name, False, str(failed)))
            else:
                found.append(Verified(projection.name, proof.proven, proof.comparison.said()))
    finally:
        await database.close()
    return found


def _keep(folder: Path, found: History, running: World) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    history.kept(found, folder / "history.json")
    for log in running.folder.glob("*.log"):
        shutil.copy(log, folder)


async def _keep_state(folder: Path, running: World) -> None:
    """What the database says where it does not come to rest."""
    folder.mkdir(parents=True, exist_ok=True)
    async with running.database() as connection:
        for name, statement in STATE.items():
            rows = await connection.fetch(statement)
            text = "\n".join(json.dumps(dict(row), default=str) for row in rows)
            (folder / f"{name}.jsonl").write_text(text + "\n")


def _met(running: World) -> dict[str, int]:
    counts = running.meta.ledger.counts()
    met = {name: counts[name] for name in ("retried", "copies", "forged")}
    for name, calls in (
        ("Meta", running.meta.ledger.calls()),
        ("OpenAI", running.openai.counts()["requests"]),
    ):
        for outcomes in calls.values():
            for outcome in ("reset", "hung"):
                met[f"{name} {outcome}"] = met.get(f"{name} {outcome}", 0) + outcomes.get(outcome, 0)
    return met
