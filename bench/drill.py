"""Backup and restore, for real: copies taken under load, brought back on other servers, and served.

``make drill`` says of each step whether it holds; exit status 1 where one does not.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import asyncpg
import uvloop

from bench.processes import ACCOUNTS, ROOT, Running, conversation_id, running, speaker
from bench.talk import Talk
from projections import lifecycle, proof, views
from projections.catalogue import PROJECTIONS
from projections.projection import Projection
from projections.runner import Runner, drain
from service.sandbox.faults import HangAfter, Rule, Slow
from service.sandbox.meta import Speaker
from service.storage import fingerprint, log
from service.storage.database import Database
from service.storage.embedded import PROGRAMS, EmbeddedPostgres
from service.storage.feed import LogFeed
from service.storage.fingerprint import Hashes
from service.storage.vault import Vault

KINDS = ("logical", "physical")

OF_THE_OTHER_SERVER = (".s.PGSQL.5432.lock", ".handle_pids.json")
"""What pg_basebackup copies of an embedded server, and no server starts beside: its socket is in its data."""

ERASED = speaker(ACCOUNTS[0], "491700000001")
"""Somebody whom the copies know, and who is erased after they were made."""

OWED_BEFORE = """
SELECT count(*) FROM owed WHERE step IN ('draft', 'send')
"""


@dataclass(slots=True)
class Step:
    """One thing that was looked at."""

    name: str
    holds: bool
    found: str


@dataclass(slots=True)
class Report:
    """What a drill found, in order."""

    steps: list[Step] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def note(self, name: str, *, holds: bool, found: object) -> None:
        self.steps.append(Step(name, holds, str(found)))

    @property
    def passed(self) -> bool:
        return bool(self.steps) and all(step.holds for step in self.steps)


@dataclass(slots=True)
class Source:
    """What the drill knows of the service that the copies are of."""

    world: Running
    copies: Path
    certificates: Path
    people: list[Speaker] = field(default_factory=list)


async def drill(seconds: float, say: Callable[[str], None] = lambda _line: None) -> Report:
    """Take both copies under load, lose the service, and bring each back."""
    report = Report()
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(running(send_timeout="2"))
        source = _source(world)
        stack.callback(shutil.rmtree, source.copies.parent, ignore_errors=True)
        await world.meta.say(ERASED, "My name is Unmistakable")
        world.meta.faults.add(Rule("send", HangAfter(), text="parcel", probability=0.2))
        world.openai.faults.add(Rule("responses.create", Slow(0.3)))
        async with Talk(world) as talk:
            await asyncio.sleep(seconds / 2)
            await _copy(source, report, say)
            await asyncio.sleep(seconds / 2)
            source.people = list(talk.people)
        world.meta.faults.clear()
        world.openai.faults.clear()
        await world.until_rest()
        await _erase(source)
        say("the service is lost")
        world.kill()
        for kind in KINDS:
            say(f"bringing the {kind} copy back")
            await _bring_back(source, kind, report)
    return report


def _source(world: Running) -> Source:
    folder = Path(tempfile.mkdtemp(prefix="onethread-drill-"))
    folder.chmod(0o755)  # as root, the servers run as another user
    (folder / "copies").mkdir()
    return Source(world, folder / "copies", folder / "certificates")


# Copying


async def _copy(source: Source, report: Report, say: Callable[[str], None]) -> None:
    url = source.world.database_url
    began = time.monotonic()
    await _onethread(source.world.environment, url, "backup", str(source.copies / "logical"))
    report.seconds["logical copy"] = round(time.monotonic() - began, 1)
    say("the logical copy is taken")
    began = time.monotonic()
    await _program("pg_basebackup", f"--dbname={url}", f"--pgdata={source.copies / 'postgres'}",
                   "--wal-method=stream", "--checkpoint=fast")  # fmt: skip
    report.seconds["physical copy"] = round(time.monotonic() - began, 1)
    say("the physical copy is taken")


async def _erase(source: Source) -> None:
    world = source.world
    await _onethread(world.environment, world.database_url, "erase", str(conversation_id(ERASED)), "--yes")
    await _onethread(world.environment, world.database_url, "certificates", f"--out={source.certificates}")


# Bringing back


async def _bring_back(source: Source, kind: str, report: Report) -> None:
    began = time.monotonic()
    async with _another_server(source, kind) as (server, url):
        world = _beside(source.world, server)
        if kind == "physical":
            copied = await _state(url)
            arguments = ["--in-place"]
        else:
            copied = _promised(source.copies / "logical")
            arguments = [str(source.copies / "logical")]
        told = await _onethread(
            world.environment, url, "restore", *arguments, f"--erased={source.certificates}", "--json"
        )
        report.seconds[f"{kind} restore"] = round(time.monotonic() - began, 1)
        await _compare(source, kind, url, copied, json.loads(told), report)
        await _verify(world, kind, url, report)
        await _serve(source, world, kind, report)


@asynccontextmanager
async def _another_server(source: Source, kind: str) -> AsyncIterator[tuple[Path, str]]:
    folder = source.copies.parent / kind
    folder.mkdir()
    if kind == "physical":
        shutil.move(source.copies / "postgres", folder / "postgres")
        for name in OF_THE_OTHER_SERVER:
            (folder / "postgres" / name).unlink(missing_ok=True)
        if os.geteuid() == 0:
            for path in (folder / "postgres", *(folder / "postgres").rglob("*")):
                shutil.chown(path, "pgserver", "pgserver")
    postgres = EmbeddedPostgres(folder)
    url = await postgres.url()
    try:
        yield folder, url
    finally:
        await asyncio.to_thread(postgres.stop)


def _beside(lost: Running, folder: Path) -> Running:
    """A service in the place of the lost one, with the master key, which was kept apart."""
    key = (lost.folder / "master.key").read_text().strip()
    (folder / "master.key").write_text(key)
    environment = {**lost.environment, "ONETHREAD_DATA_DIR": str(folder), "ONETHREAD_MASTER_KEY": key}
    return replace(lost, folder=folder, environment=environment, process=None, logs=[], arguments=())


async def _compare(
    source: Source, kind: str, url: str, copied: Hashes, told: dict[str, int], report: Report
) -> None:
    heads = {partition: events for partition, (events, _) in copied.items()}
    before, after = await _hashes(source.world.database_url, heads), await _hashes(url, heads)
    report.note(
        f"{kind}: the log, by partition",
        holds=before == copied == after,
        found=f"{sum(heads.values())} events",
    )
    keys, held = await _keys(source.world.database_url), await _keys(url)
    apart = [key for key in held if keys.get(key) != held[key]]
    report.note(
        f"{kind}: the keys", holds=not apart and bool(held), found=f"{len(held)} keys, {len(apart)} apart"
    )
    report.note(f"{kind}: erased again", holds=told["erased_again"] == 1, found=told)
    erased = conversation_id(ERASED)
    connection = await asyncpg.connect(url)
    try:
        live = await log.load(connection, source.world.vault, erased, 64)
        owed = await connection.fetchval(OWED_BEFORE)
        waiting = await connection.fetchval("SELECT count(*) FROM inbox")
    finally:
        await connection.close()
    gone = live is not None and live.key is None and live.conversation.state.erased
    report.note(f"{kind}: the erased stay unreadable", holds=gone, found="no key" if gone else "readable")
    report.note(
        f"{kind}: nothing is left owed or waiting",
        holds=owed == waiting == 0,
        found=f"{told['given_up']} given up",
    )


async def _verify(world: Running, kind: str, url: str, report: Report) -> None:
    """What ``onethread projections verify`` does, without starting a process for each."""
    database = await Database.open(url)
    try:
        for projection in PROJECTIONS:
            rows, proven = await _fold_anew(database, projection, world.vault)
            report.note(f"{kind}: {projection.name} equals a fresh fold", holds=proven, found=f"{rows} rows")
    finally:
        await database.close()


async def _fold_anew(database: Database, projection: Projection, vault: Vault) -> tuple[int, bool]:
    everything = range(database.partitions)
    async with database.connection() as connection:
        live = await views.live(connection, projection.name)
        fresh = await views.create(connection, projection, "drill", live.rules, "following")
    for view in (live, fresh):
        await drain(Runner(database.pool, LogFeed(vault), projection, view), everything)
    async with database.connection() as connection:
        found = await proof.compare(connection, projection, live, fresh)
        inexact = [*await proof.inexact(connection, live), *await proof.inexact(connection, fresh)]
        await lifecycle.drop(connection, projection, fresh)
    return found.rows, found.equal and not found.apart and not inexact


async def _serve(source: Source, world: Running, kind: str, report: Report) -> None:
    sent_before = len(world.meta.ledger.sends)
    world.start()
    try:
        await world.until_ready()
        await asyncio.sleep(1)  # what it would wrongly do by itself, it does in its first moments
        unasked = len(world.meta.ledger.sends) - sent_before
        report.note(f"{kind}: ready, and sends nothing unasked", holds=unasked == 0, found=f"{unasked} sends")
        people = source.people[:10]
        await asyncio.gather(*(world.meta.say(who, "Are you back?") for who in people))
        await world.until_rest()
        sends = Counter(send.recipient for send in list(world.meta.ledger.sends)[sent_before:])
        right = len(sends) == len(people) and set(sends.values()) == {1}
        report.note(
            f"{kind}: each new message is answered once", holds=right, found=f"{sends.total()} answers"
        )
    except TimeoutError:
        report.note(
            f"{kind}: it serves", holds=False, found=f"not at rest: {world.logs[-1].read_text()[-500:]}"
        )
    finally:
        with suppress(subprocess.TimeoutExpired):
            report.note(f"{kind}: stops", holds=await world.stop() == 0, found="status 0")
        world.kill()


# Looks and programs


def _promised(folder: Path) -> Hashes:
    manifest = json.loads((folder / "manifest.json").read_text())
    return {int(partition): (events, hashed) for partition, (events, hashed) in manifest["log"].items()}


async def _state(url: str) -> Hashes:
    connection = await asyncpg.connect(url)
    try:
        return await fingerprint.of_log(connection, await log.heads(connection))
    finally:
        await connection.close()


async def _hashes(url: str, heads: dict[int, int]) -> Hashes:
    connection = await asyncpg.connect(url)
    try:
        return await fingerprint.of_log(connection, heads)
    finally:
        await connection.close()


async def _keys(url: str) -> dict[object, bytes | None]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT conversation_id, wrapped FROM keys")
    finally:
        await connection.close()
    return {row["conversation_id"]: row["wrapped"] for row in rows}


async def _onethread(environment: dict[str, str], url: str, *arguments: str) -> bytes:
    return await _checked(
        [sys.executable, "-m", "service", *arguments], {**environment, "ONETHREAD_DATABASE_URL": url}
    )


async def _program(name: str, *arguments: str) -> bytes:
    return await _checked([str(PROGRAMS / name), *arguments], dict(os.environ))


async def _checked(command: list[str], environment: dict[str, str]) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, complaint = await process.communicate()
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode or 1, command[1:4], complaint.decode()[-2000:])
    return output


def main() -> None:
    """Run a drill from the command line and print what it found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of load, around the copies")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    given = parser.parse_args()
    report = uvloop.run(drill(given.seconds, say=lambda line: print(line, file=sys.stderr)))
    if given.json:
        print(json.dumps(asdict(report), indent=2))
    else:
        for step in report.steps:
            print(f"{'holds' if step.holds else 'FAILS':6} {step.name}: {step.found}")
        print(", ".join(f"{name} {seconds} s" for name, seconds in report.seconds.items()))
    sys.exit(0 if report.passed else 1)


if __name__ == "__main__":
    main()
