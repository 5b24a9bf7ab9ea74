"""The whole service in one process, between the two stand-ins: real HTTP on every side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiohttp import web

from domain.events import Fact
from service.app import Service, start_service, utc_now
from service.sandbox.meta import Account, Dial, MetaSandbox, Speaker
from service.sandbox.openai import OpenAISandbox
from service.secrets import Sandboxed, load_secrets
from service.settings import ConfigFile, Settings
from service.storage import log
from service.storage.database import Database
from service.web.server import build_app

APP_SECRET = "journey-app-secret"

WHATSAPP = Account(channel="whatsapp", account_id="106540352242922")
MESSENGER = Account(channel="messenger", account_id="682498171943165")
INSTAGRAM = Account(channel="instagram", account_id="17841400008460056")


@dataclass(slots=True)
class Journey:
    """A service and the world around it."""

    service: Service
    openai: OpenAISandbox
    meta: MetaSandbox
    url: str
    token: str

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
    from domain.identity import Sender

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
            webhook_url="http://127.0.0.1:1",
            app_secret=APP_SECRET,
            accounts=[WHATSAPP, MESSENGER, INSTAGRAM],
            dial=dial,
            history=None,
        )
        await meta.start()
        stack.push_async_callback(meta.stop)
        quick: dict[str, Any] = {
            "reply_delay": 0.05,
            "retry_base": 0.05,
            "retry_cap": 0.5,
            "settle_seconds": 1.0,
            "draft_timeout": 2.0,
            "create_timeout": 2.0,
            "send_timeout": 2.0,
            "lease_seconds": 2.0,
        }
        configured = Settings(
            _env_file=None,
            data_dir=folder,
            meta_app_secret=APP_SECRET,
            meta_verify_token="verify",
            meta_access_token="token",
            openai_api_key="key",
            openai_base_url=openai_url,
            graph_url=meta.graph_url,
            **{**quick, **settings},
        )
        secrets = load_secrets(configured, config or ConfigFile(), Sandboxed(meta=False, openai=False))
        database = await Database.open(url)
        stack.push_async_callback(database.close)
        service = await start_service(stack, configured, config or ConfigFile(), secrets, database, utc_now)
        runner = web.AppRunner(build_app(service), access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        meta.webhooks.url = address
        yield Journey(service, openai, meta, address, secrets.api_token)


@pytest.fixture
async def world(fresh_url: str, tmp_path: Path) -> AsyncIterator[Journey]:
    async with journey(fresh_url, tmp_path) as running:
        yield running
