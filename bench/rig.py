"""What a benchmark of the running service needs: PostgreSQL, one service process, the stand-ins in another.

The stand-ins of :mod:`bench.processes` live in the process that gives the load; here nothing but the load
generator does, so that it is never what is measured.
"""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import aiohttp
import asyncpg
import psutil

from service.ports import free_ports
from service.serve import PARENT
from service.storage.embedded import EmbeddedPostgres
from service.storage.vault import Vault, decode_master_key, kept_secret

ROOT: Final = Path(__file__).resolve().parent.parent
APP_SECRET: Final = b"a-secret-of-the-benchmark"
TOKEN: Final = "a-token-of-the-benchmark"

DATABASE: Final = "onethread"
STARTS_WITHIN: Final = 60.0
STOPS_WITHIN: Final = 30.0

QUIET_META: Final = {"duplicates": 0.0, "batches": 0.0, "strangers": True}
"""Meta on a good day, and senders that it has not heard of: they write to the service past it."""

Fill = Callable[[str, bytes], Awaitable[None]]

LEASE_SECONDS: Final = "120"
"""Longer than any pause, so that a process that is held still finds its leases when it goes on."""


@dataclass(slots=True)
class Process:
    """A process of the benchmark's own. What it prints goes to ``log``."""

    name: str
    log: Path
    _process: subprocess.Popen[bytes]

    @classmethod
    def start(
        cls, name: str, arguments: list[str], folder: Path, environment: Mapping[str, str] = os.environ
    ) -> Self:
        """Run Python with these arguments. It ends by itself should this process be gone."""
        log = folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=folder,
                env={**environment, "PYTHONPATH": _python_path(), PARENT: str(os.getpid())},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return cls(name, log, process)

    @property
    def pid(self) -> int:
        """Its id."""
        return self._process.pid

    @property
    def cpu(self) -> float:
        """Seconds of processor time spent so far."""
        spent = psutil.Process(self.pid).cpu_times()
        return float(spent.user + spent.system)

    def check(self) -> None:
        """Raise :class:`RuntimeError` with the end of its log where it has ended."""
        if self._process.poll() is not None:
            tail = self.log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise RuntimeError(f"{self.name} ended with status {self._process.returncode}:\n{tail}")

    def hold(self) -> None:
        """Have it stand still, until :meth:`go_on`."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it run again."""
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it: gently first, then by force."""
        self.go_on()
        self._process.terminate()
        try:
            self._process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _python_path() -> str:
    return os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))


@dataclass(slots=True)
class Rig:
    """Everything running. ``openai_url`` and ``graph_url`` are the stand-ins' addresses without version."""

    folder: Path
    admin_url: str
    port: int
    openai_url: str
    graph_url: str
    service: Process
    stand_ins: Process
    postmaster: int
    session: aiohttp.ClientSession
    database: asyncpg.Connection
    settings: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    async def api(self, path: str, **query: str) -> Any:
        """What the service's API answers. Raises ``aiohttp.ClientResponseError`` where that is no 2xx."""
        url = f"http://127.0.0.1:{self.port}{path}"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with self.session.get(url, params=query, headers=headers, raise_for_status=True) as answer:
            return await answer.json()

    async def steer(self, method: str, url: str, body: Any = None) -> Any:
        """What a stand-in's control route answers."""
        async with self.session.request(method, url, json=body, raise_for_status=True) as answer:
            return await answer.json(content_type=None)

    @contextmanager
    def held(self) -> Iterator[None]:
        """The machine for somebody else: service and stand-ins stand still in the block."""
        self.service.hold()
        self.stand_ins.hold()
        try:
            yield
        finally:
            self.stand_ins.go_on()
            self.service.go_on()

    @property
    def vault(self) -> Vault:
        """The keys, to read the log with."""
        return Vault(decode_master_key((self.folder / "master.key").read_text().strip()))

    def cpu(self) -> dict[str, float]:
        """Seconds of processor time spent so far, by whom; ``machine`` is everybody's together."""
        postgres = psutil.Process(self.postmaster)
        spent = 0.0
        for process in (postgres, *postgres.children()):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                spent += times.user + times.system + times.children_user + times.children_system
        everybody = psutil.cpu_times()
        return {
            "service": self.service.cpu,
            "PostgreSQL": spent,
            "stand-ins": self.stand_ins.cpu,
            "machine": sum(everybody) - everybody.idle - getattr(everybody, "iowait", 0.0),
        }


@asynccontextmanager
async def postgres(
    folder: Path | None = None, *, keep: Path | None = None
) -> AsyncIterator[tuple[Path, EmbeddedPostgres, str]]:
    """A new embedded server in a new folder below ``folder`` (the system's temporary one): the folder, the
    server and its URL. Both are gone afterwards, unless the folder is one to ``keep``, with what it holds."""
    made = keep or Path(tempfile.mkdtemp(prefix="onethread-bench-", dir=folder))
    server = EmbeddedPostgres(made)
    try:
        yield made, server, await server.url()
    finally:
        await asyncio.to_thread(server.stop)
        if keep is None:
            shutil.rmtree(made, ignore_errors=True)


def database_url(admin_url: str, name: str) -> str:
    """The address of another database on the same server."""
    return admin_url.replace("/postgres?", f"/{name}?")


async def create_database(admin_url: str, name: str) -> str:
    """A new, empty database; its address."""
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    return database_url(admin_url, name)


async def database_settings(connection: asyncpg.Connection) -> dict[str, str]:
    """What decides how dear a commit is. Raises :class:`RuntimeError` where commits are not durable."""
    names = ("server_version", "fsync", "synchronous_commit", "wal_sync_method", "shared_buffers")
    values = {name: str(await connection.fetchval(f"SHOW {name}")) for name in names}
    if values["fsync"] != "on" or values["synchronous_commit"] != "on":
        raise RuntimeError("the benchmark is about durable commits: fsync and synchronous_commit must be on")
    return values


@asynccontextmanager
async def rig(
    folder: Path | None = None, *, keep: Path | None = None, fill: Fill | None = None, **settings: str
) -> AsyncIterator[Rig]:
    """A service that is ready. ``settings`` are variables of it, without their prefix.

    ``fill`` is given the address of its database, which is empty unless it was kept, and its master key,
    before it starts.
    """
    async with AsyncExitStack() as stack:
        made, server, admin_url = await stack.enter_async_context(postgres(folder, keep=keep))
        url = await _database(admin_url)
        if fill is not None:
            master, _ = kept_secret(made / "master.key", base64.b64encode(os.urandom(32)))
            await fill(url, decode_master_key(master.decode().strip()))
        port, openai_port, graph_port = free_ports(3)
        openai_url, graph_url = f"http://127.0.0.1:{openai_port}", f"http://127.0.0.1:{graph_port}"
        environment = _environment(made, url, port, openai_url, graph_url, settings)
        arguments = ["-m", "service", "sandbox", "--customers", "0"]
        arguments += ["--openai-port", str(openai_port), "--graph-port", str(graph_port)]
        stand_ins = Process.start("stand-ins", arguments, made, environment)
        stack.push_async_callback(asyncio.to_thread, stand_ins.stop)
        service = Process.start("service", ["-m", "service", "serve"], made, environment)
        stack.push_async_callback(asyncio.to_thread, service.stop)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        await answering(stand_ins, session, f"{openai_url}/_sandbox/counts")
        await answering(stand_ins, session, f"{graph_url}/_sandbox/dial")
        await answering(service, session, f"http://127.0.0.1:{port}/readyz")
        database = await asyncpg.connect(url)
        stack.push_async_callback(database.close)
        values = await database_settings(database)
        assert server.pid is not None
        made_rig = Rig(
            made,
            admin_url,
            port,
            openai_url,
            graph_url,
            service,
            stand_ins,
            server.pid,
            session,
            database,
            values,
            environment,
        )
        await made_rig.steer("POST", f"{graph_url}/_sandbox/dial", QUIET_META)
        yield made_rig


async def _database(admin_url: str) -> str:
    """The address of the service's database, made where it is not there."""
    try:
        return await create_database(admin_url, DATABASE)
    except asyncpg.DuplicateDatabaseError:
        return database_url(admin_url, DATABASE)


@asynccontextmanager
async def no_op_server(running: Rig) -> AsyncIterator[int]:
    """The baseline, :mod:`bench.noop`, in a process of its own; its port."""
    (port,) = free_ports(1)
    process = Process.start("no-op", ["-m", "bench.noop", str(port)], running.folder)
    try:
        await answering(process, running.session, f"http://127.0.0.1:{port}/")
        yield port
    finally:
        await asyncio.to_thread(process.stop)


def _environment(
    folder: Path, url: str, port: int, openai_url: str, graph_url: str, settings: Mapping[str, str]
) -> dict[str, str]:
    ours = ("ONETHREAD_", "OPENAI_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {
        **inherited,
        "ONETHREAD_DATABASE_URL": url,
        "ONETHREAD_DATA_DIR": str(folder),
        "ONETHREAD_PORT": str(port),
        "ONETHREAD_SANDBOX": "off",
        "ONETHREAD_API_TOKEN": TOKEN,
        "ONETHREAD_RATE_LIMIT": "0",
        "ONETHREAD_META_APP_SECRET": APP_SECRET.decode(),
        "ONETHREAD_META_VERIFY_TOKEN": "verify",
        "ONETHREAD_META_ACCESS_TOKEN": "token",
        "ONETHREAD_GRAPH_URL": f"{graph_url}/v26.0",
        "ONETHREAD_LEASE_SECONDS": LEASE_SECONDS,
        "ONETHREAD_LOG_FORMAT": "json",
        "OPENAI_API_KEY": "key",
        "OPENAI_BASE_URL": f"{openai_url}/v1",
        **{f"ONETHREAD_{name.upper()}": value for name, value in settings.items()},
    }


async def answering(process: Process, session: aiohttp.ClientSession, url: str) -> None:
    """Wait until a process answers a GET with 200. Raises :class:`TimeoutError`, or what
    :meth:`Process.check` raises."""
    async with asyncio.timeout(STARTS_WITHIN):
        while True:
            process.check()
            with suppress(aiohttp.ClientError):
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.05)
