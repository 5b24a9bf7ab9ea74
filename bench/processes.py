"""Onethread as it runs: real processes on an embedded PostgreSQL, to be loaded, paused and killed."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg
import psutil

from service.ports import free_ports
from service.sandbox.meta import Account, Dial, MetaSandbox, RetryPolicy, Speaker
from service.sandbox.openai import OpenAISandbox
from service.storage.vault import Vault, decode_master_key

APP_SECRET = "a-secret-of-the-harness"
TOKEN = "a-token-of-the-harness"
ROOT = Path(__file__).resolve().parent.parent

ACCOUNTS = (
    Account(channel="whatsapp", account_id="106540352242922"),
    Account(channel="messenger", account_id="682498171943165"),
    Account(channel="instagram", account_id="17841400008460056"),
)


@dataclass(slots=True)
class Running:
    """A service in processes of its own, between stand-ins that live here."""

    folder: Path
    port: int
    openai: OpenAISandbox
    meta: MetaSandbox
    environment: dict[str, str]
    arguments: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    logs: list[Path] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_url(self) -> str:
        return f"postgresql://postgres:@/postgres?host={self._socket_folder()}"

    def _socket_folder(self) -> str:
        lines = (self.folder / "postgres" / "postmaster.pid").read_text().splitlines()
        return lines[4]

    def start(self) -> None:
        """Start the service, without waiting for it."""
        log = self.folder / f"service-{len(self.logs)}.log"
        self.logs.append(log)
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "service", "serve", *self.arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """kill -9 the service's main process; children of it end by themselves."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def kill_child(self, chance: Any) -> bool:
        """kill -9 one of the worker processes; False where there is none."""
        if self.process is None or self.process.poll() is not None:
            return False
        children = [
            child
            for child in psutil.Process(self.process.pid).children()
            if "serve" in " ".join(child.cmdline())
        ]
        if not children:
            return False
        with suppress(psutil.NoSuchProcess):
            chance.choice(children).kill()
        return True

    def kill_postgres(self) -> bool:
        """kill -9 the postmaster; False where it is not there at this moment."""
        with suppress(OSError, ValueError, IndexError):
            pid = int((self.folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])
            os.kill(pid, signal.SIGKILL)
            return True
        return False

    async def until_ready(self, within: float = 60.0) -> None:
        """Wait until messages can be taken."""
        async with asyncio.timeout(within), aiohttp.ClientSession() as session:
            while True:
                with suppress(aiohttp.ClientError, TimeoutError):
                    async with session.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.05)

    async def stop(self, within: float = 30.0) -> int:
        """Ask the service to stop and wait for it; its exit status."""
        if self.process is None or self.process.poll() is not None:
            return -1
        self.process.terminate()
        return await asyncio.to_thread(self.process.wait, within)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection of the harness's own."""
        connection = await asyncpg.connect(self.database_url)
        try:
            yield connection
        finally:
            await connection.close()

    @property
    def vault(self) -> Vault:
        """The keys, for the checker to read the log with."""
        return Vault(decode_master_key((self.folder / "master.key").read_text().strip()))

    async def until_rest(self, within: float = 120.0) -> None:
        """Wait until every delivery is settled, the inbox is empty and nothing is owed."""
        await self.meta.wait_until_settled(within=within)
        statement = "SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM owed)"
        async with asyncio.timeout(within):
            while True:
                with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    async with self.database() as connection:
                        if await connection.fetchval(statement) == 0:
                            return
                await asyncio.sleep(0.1)


@asynccontextmanager
async def running(
    *, workers: int = 1, dial: Dial | None = None, seed: int = 1, **settings: str
) -> AsyncIterator[Running]:
    """A service that is started and ready. ``settings`` are variables without their prefix."""
    async with AsyncExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="onethread-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        (port,) = free_ports(1)
        openai = OpenAISandbox(seed=seed, latency=(0.01, 0.1))
        openai_url = await openai.start()
        stack.push_async_callback(openai.stop)
        meta = MetaSandbox(
            webhook_url=f"http://127.0.0.1:{port}",
            app_secret=APP_SECRET,
            accounts=ACCOUNTS,
            dial=dial,
            retry=RetryPolicy(base=0.1, cap=1.0, give_up_after=300.0),
            history=None,
            seed=seed,
        )
        await meta.start()
        stack.push_async_callback(meta.stop)
        environment = {
            **os.environ,
            "ONETHREAD_DATA_DIR": str(folder),
            "ONETHREAD_PORT": str(port),
            "ONETHREAD_SANDBOX": "off",
            "ONETHREAD_API_TOKEN": TOKEN,
            "ONETHREAD_RATE_LIMIT": "0",
            "ONETHREAD_META_APP_SECRET": APP_SECRET,
            "ONETHREAD_META_VERIFY_TOKEN": "verify",
            "ONETHREAD_META_ACCESS_TOKEN": "token",
            "ONETHREAD_GRAPH_URL": meta.graph_url,
            "OPENAI_API_KEY": "key",
            "OPENAI_BASE_URL": openai_url,
            "ONETHREAD_REPLY_DELAY": "0.2",
            "ONETHREAD_RETRY_BASE": "0.2",
            "ONETHREAD_RETRY_CAP": "2",
            "ONETHREAD_LEASE_SECONDS": "2",
            "ONETHREAD_SETTLE_SECONDS": "6",
            **{f"ONETHREAD_{name.upper()}": value for name, value in settings.items()},
        }
        environment.pop("ONETHREAD_DATABASE_URL", None)
        world = Running(folder, port, openai, meta, environment, ("--workers", str(workers)))
        stack.callback(_end_postgres, world)
        stack.callback(world.kill)
        world.start()
        await world.until_ready()
        yield world


def _end_postgres(world: Running) -> None:
    world.kill_postgres()


def speaker(account: Account, name: str) -> Speaker:
    return Speaker(account=account, sender_id=name, name=f"Person {name}")


def conversation_id(who: Speaker) -> UUID:
    from domain.identity import Sender

    return Sender(who.account.channel, who.account.account_id, who.sender_id).conversation_id
