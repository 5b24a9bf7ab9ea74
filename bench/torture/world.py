"""Onethread on several processes and a PostgreSQL, between stand-ins, with a network that can fail."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
import asyncpg
import psutil

from bench.processes import ACCOUNTS, APP_SECRET, ROOT, TOKEN
from bench.torture.postgres import Postgres
from bench.torture.proxy import Connect, Proxy
from service.ports import free_ports
from service.sandbox.meta import Dial, MetaSandbox, RetryPolicy
from service.sandbox.openai import OpenAISandbox
from service.storage.vault import decode_master_key

SETTINGS: Final = {
    "REPLY_DELAY": "0.5",
    "RETRY_BASE": "0.2",
    "RETRY_CAP": "2",
    "LEASE_SECONDS": "2",
    "SETTLE_SECONDS": "30",
    "DRAFT_TIMEOUT": "5",
    "CREATE_TIMEOUT": "3",
    "SEND_TIMEOUT": "4",
    "THREAD_PATIENCE": "10",
    "LOCK_PATIENCE": "5",
    "RATE_LIMIT": "0",
}
"""Shorter than in life, so that a fault of some seconds is long; but for the time that a send of unknown
outcome is given, which is the default: what a repeat may cost does not get cheaper by testing faster."""

WATCH_EVERY: Final = 0.1
STARTED_AFTER: Final = 5.0
"""Seconds."""

OWING: Final = """
SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM owed) + (SELECT count(*) FROM doomed_responses)
     + (SELECT count(*) FROM threads t JOIN erasures e USING (partition, conversation_id)
        WHERE t.state IN ('created', 'deleting'))
"""
"""What is to be taken in, answered, or deleted at OpenAI for somebody who was erased."""

BEHIND: Final = """
SELECT coalesce(sum(p.head - c.position), 0)::bigint FROM partitions p
JOIN projection_checkpoints c USING (partition)
JOIN projection_views v ON v.id = c.view_id AND v.state = 'live'
"""


@dataclass(slots=True)
class Place:
    """Where a service runs: its ways to the database, to OpenAI and to Meta, and its clock."""

    name: str
    database: Proxy
    openai: Proxy
    meta: Proxy
    environment: dict[str, str]
    log: Path
    offset: Path
    pid: int | None = None

    def set_clock(self, seconds: float) -> bool:
        """Put its clock wrong by so much; False where nobody runs there."""
        self.offset.write_text(str(seconds))
        return self.pid is not None and send(self.pid, signal.SIGUSR1)


def _at_work(pid: int) -> bool:
    """Whether a process has had the time to start: before, it may end by itself for want of a database, or
    by the signal where nobody listens yet."""
    try:
        return time.time() - psutil.Process(pid).create_time() > STARTED_AFTER
    except psutil.NoSuchProcess:
        return False


def send(pid: int, number: signal.Signals) -> bool:
    """Send a process of ours a signal; False where it is gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


@dataclass(slots=True)
class World:
    """Everything. ``single`` places have one process each, with a clock of its own; ``pair`` has a parent
    that keeps two workers. All share one port. ``unclean`` tells who did not stop as asked."""

    folder: Path
    port: int
    postgres: Postgres
    openai: OpenAISandbox
    meta: MetaSandbox
    pair: Place
    single: list[Place]
    session: aiohttp.ClientSession
    unclean: list[str] = field(default_factory=list)
    _parent: subprocess.Popen[bytes] | None = None
    _nursery: asyncio.subprocess.Process | None = None
    _births: asyncio.Queue[int] = field(default_factory=asyncio.Queue)
    _deaths: dict[int, asyncio.Future[int]] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def places(self) -> list[Place]:
        """Every place."""
        return [self.pair, *self.single]

    async def start(self) -> None:
        """Start all processes, and keep them running until :meth:`stop`."""
        with (self.folder / "nursery.log").open("wb") as log:
            self._nursery = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.torture.nursery", cwd=ROOT,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip
        self._tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._keep())]

    async def stop(self) -> None:
        """End all processes, by force."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for pid in self.serving():
            send(pid, signal.SIGKILL)
        if self._parent is not None:
            self._parent.kill()
            self._parent.wait()
        if self._nursery is not None and self._nursery.returncode is None:
            self._nursery.kill()
            await self._nursery.wait()

    async def _hear(self) -> None:
        assert self._nursery is not None
        assert self._nursery.stdout is not None
        while line := await self._nursery.stdout.readline():
            what, pid, *status = line.decode().split()
            if what == "started":
                self._deaths[int(pid)] = asyncio.get_running_loop().create_future()
                self._births.put_nowait(int(pid))
            else:
                self._deaths[int(pid)].set_result(int(status[0]))

    async def _keep(self) -> None:
        while True:
            if self._parent is None or self._parent.poll() is not None:
                self._parent = self._start_pair()
            for place in self.single:
                if place.pid is None or self._deaths[place.pid].done():
                    place.pid = await self._bear(place)
            await asyncio.sleep(WATCH_EVERY)

    def _start_pair(self) -> subprocess.Popen[bytes]:
        with self.pair.log.open("ab") as output:
            arguments = ["-m", "service", "serve", "--workers", "2"]
            parent = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self.pair.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.pair.pid = parent.pid
        return parent

    async def _bear(self, place: Place) -> int:
        assert self._nursery is not None
        assert self._nursery.stdin is not None
        order = {"environment": place.environment, "log": str(place.log), "offset": str(place.offset)}
        self._nursery.stdin.write(json.dumps(order).encode() + b"\n")
        return await self._births.get()

    # Who runs

    def serving(self) -> list[int]:
        """The processes that answer on the port, or soon will."""
        pids = [place.pid for place in self.single if place.pid and not self._deaths[place.pid].done()]
        return pids + self._workers()

    def _workers(self) -> list[int]:
        if self._parent is None or self._parent.poll() is not None:
            return []
        with suppress(psutil.NoSuchProcess):
            return [child.pid for child in psutil.Process(self._parent.pid).children()]
        return []

    def kill_parent(self) -> bool:
        """kill -9 the parent of the pair, whose workers then end by themselves."""
        if self._parent is None or self._parent.poll() is not None:
            return False
        self._parent.kill()
        return True

    async def restart_gently(self, within: float = 30.0) -> int:
        """Ask every process to stop, one after the other, each once the one before is gone; how many were."""
        asked = 0
        for place in self.single:
            if place.pid and _at_work(place.pid) and send(place.pid, signal.SIGTERM):
                asked += 1
                await self._gone(place.name, self._deaths[place.pid], within)
        parent = self._parent
        if parent is not None and parent.poll() is None and self._workers():
            asked += 1
            parent.terminate()
            waited = asyncio.to_thread(parent.wait, within)
            await self._gone("pair", waited, within + 1)
        return asked

    async def _gone(self, name: str, end: Awaitable[int], within: float) -> None:
        try:
            async with asyncio.timeout(within):
                status = await end
        except (TimeoutError, subprocess.TimeoutExpired):
            self.unclean.append(f"{name} did not stop within {within:g} s")
        else:
            if status not in {0, -signal.SIGKILL}:  # another fault may have killed it meanwhile
                self.unclean.append(f"{name} ended with status {status} after SIGTERM")

    # How it is

    @property
    def master_key(self) -> bytes:
        """What the keys of the log are wrapped with."""
        return decode_master_key((self.folder / "data" / "master.key").read_text().strip())

    async def until_ready(self, within: float = 60.0) -> bool:
        """Wait until messages can be taken; False where they cannot within so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while True:
                    with suppress(aiohttp.ClientError, TimeoutError):
                        limit = aiohttp.ClientTimeout(total=2)
                        url = f"http://127.0.0.1:{self.port}/readyz"
                        async with self.session.get(url, timeout=limit) as answer:
                            if answer.status == 200:
                                return True
                    await asyncio.sleep(0.05)
        return False

    def heal(self) -> None:
        """End whatever is still wrong."""
        self.postgres.go_on()
        self.postgres.empty_disk()
        self.openai.faults.clear()
        self.meta.faults.clear()
        for pid in self.serving():
            send(pid, signal.SIGCONT)
        for place in self.places:
            for proxy in (place.database, place.openai, place.meta):
                proxy.turn("open")
        for place in self.single:
            place.set_clock(0)

    async def until_rest(self, within: float, say: Callable[[str], None]) -> bool:
        """Wait until deliveries are settled, nothing is in the inbox or owed, to the erased
        neither, and projections are caught up;
        False where that is not so within so many seconds."""
        until, told = time.monotonic() + within, time.monotonic()
        while time.monotonic() < until:
            left = await self._left()
            if left == (0, 0, 0):
                return True
            if time.monotonic() - told > 10:
                told = time.monotonic()
                say(f"left: {left[0]} deliveries, {left[1]} in inbox and owed, {left[2]} events to fold")
            await asyncio.sleep(0.2)
        return False

    async def _left(self) -> tuple[int, int, int]:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            async with self.database() as connection:
                pending = self.meta.ledger.pending
                return pending, await connection.fetchval(OWING), await connection.fetchval(BEHIND)
        return self.meta.ledger.pending, -1, -1

    @asynccontextmanager
    async def database(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection of our own, past every proxy."""
        connection = await asyncpg.connect(self.postgres.url, timeout=5)
        try:
            yield connection
        finally:
            with suppress(OSError, asyncpg.InterfaceError, TimeoutError):
                await connection.close(timeout=5)


@asynccontextmanager
async def world(*, seed: int, dial: Dial, singles: int = 2) -> AsyncIterator[World]:
    """All of it, started and ready."""
    async with AsyncExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="onethread-torture-"))
        folder.chmod(0o755)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres = Postgres(folder)
        stack.push_async_callback(postgres.stop)
        await postgres.start()
        (port,) = free_ports(1)
        openai = OpenAISandbox(seed=seed, latency=(0.01, 0.1))
        openai_url = await openai.start()
        stack.push_async_callback(openai.stop)
        meta = MetaSandbox(
            webhook_url=f"http://127.0.0.1:{port}",
            app_secret=APP_SECRET,
            accounts=ACCOUNTS,
            dial=dial,
            retry=RetryPolicy(base=0.1, cap=1.0, give_up_after=900.0),
            history=None,
            concurrency=64,
            seed=seed,
        )
        await meta.start()
        stack.push_async_callback(meta.stop)

        async def place(name: str) -> Place:
            made = await _place(name, folder, port, postgres, openai_url, meta.url)
            for proxy in (made.database, made.openai, made.meta):
                stack.push_async_callback(proxy.stop)
            return made

        pair, single = await place("pair"), [await place(f"single-{n}") for n in range(1, singles + 1)]
        session = await stack.enter_async_context(aiohttp.ClientSession())
        made = World(folder, port, postgres, openai, meta, pair, single, session)
        stack.push_async_callback(made.stop)
        await made.start()
        if not await made.until_ready(within=120):
            raise RuntimeError(f"the service does not start: {_end_of(pair.log)}{_end_of(single[0].log)}")
        yield made


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:] if log.exists() else ""


async def _place(
    name: str, folder: Path, port: int, postgres: Postgres, openai_url: str, meta_url: str
) -> Place:
    proxies = [Proxy(_to_socket(postgres)), Proxy(_to_port(openai_url)), Proxy(_to_port(meta_url))]
    ports = [await proxy.start() for proxy in proxies]
    offset = folder / f"{name}.offset"
    offset.write_text("0")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("ONETHREAD_", "OPENAI_"))}
    environment = {
        **inherited,
        "PYTHONPATH": str(ROOT),
        "ONETHREAD_DATABASE_URL": f"postgresql://postgres@127.0.0.1:{ports[0]}/postgres",
        "ONETHREAD_DATA_DIR": str(folder / "data"),
        "ONETHREAD_PORT": str(port),
        "ONETHREAD_SANDBOX": "off",
        "ONETHREAD_API_TOKEN": TOKEN,
        "ONETHREAD_META_APP_SECRET": APP_SECRET,
        "ONETHREAD_META_VERIFY_TOKEN": "verify",
        "ONETHREAD_META_ACCESS_TOKEN": "token",
        "ONETHREAD_GRAPH_URL": f"http://127.0.0.1:{ports[2]}/v26.0",
        "ONETHREAD_LOG_FORMAT": "json",
        "OPENAI_API_KEY": "key",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{ports[1]}/v1",
        **{f"ONETHREAD_{key}": value for key, value in SETTINGS.items()},
    }
    database, openai, meta = proxies
    return Place(name, database, openai, meta, environment, folder / f"{name}.log", offset)


def _to_socket(postgres: Postgres) -> Connect:
    return lambda: asyncio.open_unix_connection(postgres.socket)


def _to_port(url: str) -> Connect:
    port = int(url.removeprefix("http://127.0.0.1:").split("/")[0])
    return lambda: asyncio.open_connection("127.0.0.1", port)


def pick(chance: random.Random, pids: list[int]) -> int | None:
    """One of the processes; None where there is none."""
    return chance.choice(pids) if pids else None
