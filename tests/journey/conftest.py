"""The whole service in one process, between the two stand-ins: real HTTP on every side."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import aiohttp
import asyncpg
import pytest
from aiohttp import web

from domain.events import Fact
from domain.identity import Sender
from service.app import Service, start_service
from service.instants import utc_now
from service.sandbox.meta import Account, Dial, MetaSandbox, Speaker
from service.sandbox.openai import OpenAISandbox
from service.secrets import Sandboxed, load_secrets
from service.serve import LARGEST_HEADER
from service.settings import ConfigFile, Settings
from service.storage import log
from service.storage.database import Database
from service.web.front import put_in_front
from service.web.server import build_app

APP_SECRET = "journey-app-secret"
NOWHERE = "http://127.0.0.1:1"

WHATSAPP = Account(channel="whatsapp", account_id="106540352242922")
MESSENGER = Account(channel="messenger", account_id="682498171943165")
INSTAGRAM = Account(channel="instagram", account_id="17841400008460056")

F = TypeVar("F", bound=Fact)


@dataclass(slots=True)
class Answer:
    """What the service's own API answered."""

    status: int
    json: Any


class Journey:
    """A service and the world around it. The service can end and begin again, the world stays."""

    service: Service
    url: str
    token: str

    def __init__(
        self,
        openai: OpenAISandbox,
        meta: MetaSandbox,
        database_url: str,
        configured: Settings,
        config: ConfigFile,
    ) -> None:
        self.openai, self.meta = openai, meta
        self._database_url, self._configured, self._config = database_url, configured, config
        self._stack = AsyncExitStack()

    async def begin(self) -> None:
        """Start a service on the database; Meta posts to it from now on."""
        self._stack = stack = AsyncExitStack()
        secrets = load_secrets(self._configured, self._config, Sandboxed(meta=False, openai=False))
        database = await Database.open(self._database_url)
        stack.push_async_callback(database.close)
        self.service = await start_service(stack, self._configured, self._config, secrets, database, utc_now)
        runner = web.AppRunner(
            build_app(self.service),
            access_log=None,
            max_line_size=LARGEST_HEADER,
            max_field_size=LARGEST_HEADER,
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        put_in_front(runner, 75.0)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url, self.token = f"http://127.0.0.1:{runner.addresses[0][1]}", secrets.api_token
        self.meta.webhooks.url = self.url

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[Journey]:
        """One more service on the same database; they share the partitions, and Meta posts to the newer."""
        other = Journey(self.openai, self.meta, self._database_url, self._configured, self._config)
        await other.begin()
        try:
            await self.until(lambda: {len(w.service.workers.mine) for w in (self, other)} == {32})
            yield other
        finally:
            await other.end()

    async def end(self) -> None:
        """Stop the service, as SIGTERM does."""
        await self._unplug()
        await self._stack.aclose()

    async def crash(self) -> None:
        """Cut the service off its database in the middle of whatever it does, and be rid of it: nothing
        that it learns from here on is recorded, and its leases run out on their own."""
        self.service.database.pool.terminate()
        await self._unplug()
        await self.service.workers.stop(0)
        await self._stack.aclose()

    async def _unplug(self) -> None:
        """Let nothing more come in. What the kernel has connected already is accepted in a few turns of
        the loop; a listener that is closed before would leave it behind."""
        if self.meta.webhooks.url == self.url:
            self.meta.webhooks.url = NOWHERE
        for _ in range(10):
            await asyncio.sleep(0)

    def person(self, name: str, account: Account = WHATSAPP) -> Speaker:
        return speaker(account, name)

    async def events(self, who: Speaker) -> list[Fact]:
        """Everything in the log of this person's conversation."""
        return await self.events_of(conversation_id(who))

    async def events_of(self, conversation: UUID) -> list[Fact]:
        database = self.service.database
        async with database.connection() as connection:
            live = await log.load(connection, self.service.vault, conversation, database.partitions)
            return [] if live is None else await log.read_stream(connection, live)

    async def of_type(self, who: Speaker, event_class: type[F]) -> list[F]:
        """The events of one class in this person's conversation."""
        return [event for event in await self.events(who) if isinstance(event, event_class)]

    async def until_recorded(self, who: Speaker, event_class: type[F], count: int = 1) -> list[F]:
        """The events of one class, once they are that many."""
        found: list[F] = []

        async def recorded() -> bool:
            found[:] = await self.of_type(who, event_class)
            return len(found) >= count

        await self.until(recorded)
        return found

    async def types(self, who: Speaker) -> list[str]:
        return [type(event).__name__ for event in await self.events(who)]

    async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        async with self.service.database.connection() as connection:
            return list(await connection.fetch(statement, *arguments))

    async def until(self, condition: Callable[[], Any], *, within: float = 30.0) -> None:
        """Wait for a condition, sync or async; fail with its name when it does not come."""
        try:
            async with asyncio.timeout(within):
                while True:
                    held = condition()
                    if asyncio.iscoroutine(held):
                        held = await held
                    if held:
                        return
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pytest.fail(f"did not come true within {within} s")

    async def until_answered(self, who: Speaker, count: int = 1, *, within: float = 30.0) -> list[str]:
        """The texts that reached a person, once they are that many."""
        sends = await self.meta.wait_for_answers(who, count, within=within)
        return [send.text for send in sends]

    async def ask(self, path: str, *, method: str = "GET", **query: str) -> Answer:
        """One request to the service's own API, with the token."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, f"{self.url}{path}", params=query) as answer,
        ):
            return Answer(answer.status, json.loads(await answer.read()))

    async def deliver(self, body: bytes | dict[str, Any]) -> int:
        """Post a webhook body, rightly signed; the status."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return (await self.meta.post("/webhooks/whatsapp", raw))[0]

    async def until_rest(self, *, within: float = 30.0) -> None:
        """Wait until the inbox is empty and nothing is owed."""

        async def rests() -> bool:
            rows = await self.fetch("SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM owed) AS n")
            return rows[0]["n"] == 0

        await self.meta.wait_until_settled(within=within)
        await self.until(rests, within=within)


def speaker(account: Account, name: str) -> Speaker:
    return Speaker(account=account, sender_id=name, name=f"Person {name}")


def conversation_id(who: Speaker) -> UUID:
    return Sender(who.account.channel, who.account.account_id, who.sender_id).conversation_id


@asynccontextmanager
async def journey(
    url: str, folder: Path, *, dial: Dial | None = None, config: ConfigFile | None = None, **settings: Any
) -> AsyncIterator[Journey]:
    """A service on a database of its own, with quick settings unless said otherwise."""
    async with AsyncExitStack() as stack:
        openai = OpenAISandbox(seed=1, latency=(0.0, 0.0))
        openai_url = await openai.start()
        stack.push_async_callback(openai.stop)
        meta = MetaSandbox(
            webhook_url=NOWHERE,
            app_secret=APP_SECRET,
            accounts=[WHATSAPP, MESSENGER, INSTAGRAM],
            dial=dial,
            history=None,
        )
        await meta.start()
        stack.push_async_callback(meta.stop)
        given: dict[str, Any] = {
            "_env_file": None,
            "data_dir": folder,
            "meta_app_secret": APP_SECRET,
            "meta_verify_token": "verify",
            "meta_access_token": "token",
            "openai_api_key": "key",
            "openai_base_url": openai_url,
            "graph_url": meta.graph_url,
            "reply_delay": 0.05,
            "retry_base": 0.05,
            "retry_cap": 0.5,
            "settle_seconds": 1.0,
            "draft_timeout": 2.0,
            "create_timeout": 2.0,
            "send_timeout": 2.0,
            "lease_seconds": 2.0,
        }
        configured = Settings(**{**given, **settings})
        world = Journey(openai, meta, url, configured, config or ConfigFile())
        await world.begin()
        stack.push_async_callback(world.end)
        yield world


@pytest.fixture
async def world(fresh_url: str, tmp_path: Path) -> AsyncIterator[Journey]:
    async with journey(fresh_url, tmp_path) as running:
        yield running
