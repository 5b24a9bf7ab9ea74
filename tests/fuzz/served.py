"""A service on a port of its own, in a thread of its own, for drivers that are not asynchronous."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import uuid4

import aiohttp
import asyncpg
import uvloop

from service.app import Service, start_service
from service.channels.signature import HEADER, sign
from service.instants import utc_now
from service.secrets import Sandboxed, load_secrets
from service.serve import LONGEST_SILENCE, listen
from service.settings import ConfigFile
from service.storage.database import Database
from service.storage.migrate import migrate
from tests.conftest import database_url, logged
from tests.web.conftest import APP_SECRET, TOKEN, settings

T = TypeVar("T")

LOG: Final = "service.log"


@dataclass(slots=True)
class Served:
    """A running service and a way into its loop."""

    service: Service
    url: str
    session: aiohttp.ClientSession
    loop: asyncio.AbstractEventLoop
    log: Path

    def defects(self) -> list[str]:
        """The lines of the log that tell of a defect of ours."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if "Traceback" in line or '"frames"' in line or '"exception"' in line]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What a coroutine comes to in the service's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    async def post(self, body: bytes, path: str = "/webhooks/whatsapp") -> int:
        """The status that a signed delivery is answered with."""
        headers = {HEADER: sign(APP_SECRET.encode(), body), "Content-Type": "application/json"}
        async with self.session.post(self.url + path, data=body, headers=headers) as answer:
            await answer.read()
            return answer.status

    async def ask(self, path: str, *, method: str = "GET", body: Any = None) -> tuple[int, Any]:
        """What the API answers, as JSON."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with self.session.request(method, self.url + path, headers=headers, json=body) as answer:
            return answer.status, json.loads(await answer.read())

    async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        async with self.service.database.connection() as connection:
            return list(await connection.fetch(statement, *arguments))

    async def until(self, condition: Callable[[], Coroutine[Any, Any, bool]], within: float = 30.0) -> None:
        """Wait for a condition. Raises :class:`TimeoutError`."""
        async with asyncio.timeout(within):
            while not await condition():
                await asyncio.sleep(0.02)

    async def settled(self) -> None:
        """Everything that was delivered is in the log or set aside, and in every view."""

        async def rests() -> bool:
            [row] = await self.fetch("SELECT count(*) AS n FROM inbox")
            return row["n"] == 0

        async def seen() -> bool:
            _, answer = await self.ask("/api/v1/projections")
            return not any(item["lag_events"] for item in answer["items"])

        await self.until(rests)
        await self.until(seen)


@asynccontextmanager
async def running(
    url: str, folder: Path, *, longest_silence: float = LONGEST_SILENCE, **given: Any
) -> AsyncIterator[Served]:
    """A service over a database. Nobody answers at OpenAI and at Meta, so people are bound to local threads
    at once and nothing is ever sent."""
    async with AsyncExitStack() as stack:
        configured = settings(folder, thread_patience=0.0, fallback_after=3_600.0, port=0, **given)
        secrets = load_secrets(configured, ConfigFile(), Sandboxed(meta=False, openai=False))
        database = await Database.open(url)
        stack.push_async_callback(database.close)
        service = await start_service(stack, configured, ConfigFile(), secrets, database, utc_now)
        host, port = await listen(stack, service, configured, longest_silence=longest_silence)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield Served(service, f"http://{host}:{port}", session, asyncio.get_running_loop(), folder / LOG)


@asynccontextmanager
async def fresh_database(admin_url: str) -> AsyncIterator[str]:
    """An empty, migrated database, gone afterwards."""
    name = f"fuzz_{uuid4().hex}"
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
        inside = await asyncpg.connect(database_url(admin_url, name))
        try:
            await migrate(inside)
        finally:
            await inside.close()
        yield database_url(admin_url, name)
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


@contextmanager
def served(admin_url: str, folder: Path, **given: Any) -> Iterator[Served]:
    """A service for as long as the block lasts, in its own thread and over its own database."""
    ready, ended = Future[Served](), threading.Event()

    async def live() -> None:
        async with fresh_database(admin_url) as url, running(url, folder, **given) as one:
            ready.set_result(one)
            await asyncio.to_thread(ended.wait)

    with logged(folder / LOG), ThreadPoolExecutor(1, "service") as thread:
        life = thread.submit(uvloop.run, live())
        try:
            wait((ready, life), return_when=FIRST_COMPLETED)
            if not ready.done():
                life.result()
            yield ready.result()
        finally:
            ended.set()
            life.result()
