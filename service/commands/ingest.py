"""``onethread ingest``: webhook bodies from files, by the same path as over HTTP."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import orjson
import uvloop
from cyclopts import Parameter
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from projections import views
from projections.catalogue import PROJECTIONS
from projections.runner import Runner, drain
from service import readmodels
from service.binding import LocalBinder
from service.channels.envelope import parse_delivery
from service.commands.showing import console, errors
from service.conversations import Conversations
from service.instants import utc_now
from service.intake import Intake
from service.opening import database_url, open_database
from service.secrets import Secrets, load_secrets, sandboxed
from service.settings import Settings, SettingsError, load_config_file, load_settings, policy_of
from service.storage import inbox, leases
from service.storage.database import Database, Unavailable
from service.storage.feed import LogFeed
from service.storage.inbox import Inbox
from service.storage.vault import Vault
from service.storage.writer import LogWriter
from service.telemetry import configure_logging
from service.web.webhooks import arrival_of

PATIENT_ROUNDS: Final = 10
"""Rounds of intake without progress after which the rest is left to a running service."""

AT_ONCE: Final = 500
"""Deliveries put into the inbox together."""


@dataclass(slots=True)
class Tally:
    """What came of the bodies."""

    deliveries: int = 0
    items: int = 0
    ignored: int = 0
    quarantined: int = 0


def ingest(
    files: list[str],
    /,
    *,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Take webhook bodies in from files, as if they had been posted.

    Each file holds one JSON body, or one on each line (NDJSON). Bodies are not checked for a
    signature: whoever can read the master key may write. Copies of what is known are recognised.
    While a service runs, it takes them further. Otherwise they are recorded here, new people are bound
    to local threads, and what is owed is done when a service runs.

    Parameters
    ----------
    files
        Files to read; - for standard input.
    as_json
        Print the outcome as JSON.
    """
    settings = load_settings()
    configure_logging(settings.log_format, sys.stderr)
    tally = uvloop.run(_ingest(settings, files))
    if as_json:
        sys.stdout.write(orjson.dumps(tally).decode() + "\n")
    else:
        console.print(
            f"{tally.deliveries} deliveries: {tally.items} items taken in, {tally.ignored} ignored, "
            f"{tally.quarantined} in quarantine"
        )


async def _ingest(settings: Settings, files: list[str]) -> Tally:
    config = load_config_file()
    secrets = load_secrets(settings, config, sandboxed(settings))
    total, tally = _size(files), Tally()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(database_url(settings))
        database = await open_database(url)
        stack.push_async_callback(database.close)
        taker = Inbox(database)
        taker.start()
        stack.push_async_callback(taker.stop)
        with _progress() as progress:
            task = progress.add_task("ingest", total=total or None, rate="")
            for bodies, size in _batches(files):
                await _put(taker, database, bodies, tally)
                progress.update(task, advance=size)
                speed = progress.tasks[0].finished_speed or progress.tasks[0].speed or 0
                progress.update(task, rate=f"{tally.deliveries:,} deliveries, {speed / 1e6:.1f} MB/s")
        await _record(settings, secrets, database)
    return tally


def _size(files: list[str]) -> int:
    try:
        for name in files:
            if Path(name).is_dir():
                raise SettingsError(f"{name}: is a folder; name the files in it")
        return sum(Path(name).stat().st_size for name in files if name != "-")
    except OSError as error:
        raise SettingsError(f"{error.filename}: {error.strerror}") from None


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
        disable=not sys.stderr.isatty(),
    )


async def _put(taker: Inbox, database: Database, bodies: list[bytes], tally: Tally) -> None:
    now = utc_now()
    waiting = []
    for body in bodies:
        delivery = parse_delivery(body, now)
        tally.deliveries += 1
        tally.items += len(delivery.items)
        tally.ignored += len(delivery.ignored)
        tally.quarantined += len(delivery.malformed)
        waiting.append(taker.put(arrival_of(delivery, body, now, database.partitions)))
    await asyncio.gather(*waiting)


def _batches(files: list[str]) -> Iterator[tuple[list[bytes], int]]:
    """Bodies, some at a time, with how many bytes of the files they were."""
    for name in files:
        batch: list[bytes] = []
        size = 0
        for body in _bodies(name):
            batch.append(body)
            size += len(body) + 1
            if len(batch) >= AT_ONCE:
                yield batch, size
                batch, size = [], 0
        if batch:
            yield batch, size


def _bodies(name: str) -> Iterator[bytes]:
    """One body where the whole file is one; else each line that is not blank is one."""
    if name == "-":
        stream: io.BufferedIOBase = io.BytesIO(sys.stdin.buffer.read())
    else:
        stream = Path(name).open("rb")  # noqa: SIM115 # closed below, whichever stream it is
    with stream:
        first = stream.readline()
        if not _is_json(first):
            yield first + stream.read()
            return
        for line in (first, *iter(stream.readline, b"")):
            if line.strip():
                yield line.rstrip(b"\r\n")


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


async def _record(settings: Settings, secrets: Secrets, database: Database) -> None:
    """Take the inbox into the log, unless a running service does."""
    async with database.connection() as connection:
        if await leases.anybody(connection, settings.lease_seconds):
            return
    policy = policy_of(settings)
    async with database.connection() as connection:
        await readmodels.install(connection, settings)
        live = [(projection, await views.live(connection, projection.name)) for projection in PROJECTIONS]
    async with AsyncExitStack() as stack:
        vault = Vault(secrets.master_key)
        writer = LogWriter(database, policy)
        writer.start()
        stack.push_async_callback(writer.stop)
        binder = LocalBinder()
        conversations = Conversations(database, vault, writer, policy)
        intake = Intake(database, conversations, writer, binder, policy, utc_now)
        everything = range(database.partitions)
        stuck = 0
        left = await _left(database)
        while left and stuck < PATIENT_ROUNDS:
            await intake.run(everything)
            before, left = left, await _left(database)
            stuck = stuck + 1 if left >= before else 0
        if left:
            raise Unavailable(f"{left} items stay in the inbox; a running service takes them further")
        for projection, view in live:
            await drain(Runner(database.pool, LogFeed(vault), projection, view), everything)


async def _left(database: Database) -> int:
    async with database.connection() as connection:
        return await inbox.count(connection)
