"""The HTTP surface of a real service, on a real port, over a database of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import orjson
import pytest
from aiohttp import web
from yarl import URL

from service.app import Service, start_service
from service.secrets import Sandboxed, load_secrets
from service.settings import ConfigFile, Settings
from service.storage import log
from service.storage.database import Database
from service.storage.log import StreamAppend
from service.web.operations import OPERATIONS, Operation
from service.web.server import build_app
from tests.web.people import NOW, Person

TOKEN = "the-token-of-this-test"
APP_SECRET = "the-app-secret-of-this-test"
NOWHERE = "http://127.0.0.1:9"
LONGEST_LINE = 32_768


class Clock:
    """The service's time: it stands still until it is set."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass(slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass(slots=True)
class Api:
    """A client of one service, and the service itself."""

    service: Service
    clock: Clock
    url: str
    operations: tuple[Operation, ...]
    session: aiohttp.ClientSession = field(repr=False)

    async def send(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        data: bytes | BytesIO | None = None,
    ) -> Answer:
        """One request, exactly as given, its query included."""
        address = URL(self.url + path, encoded=True)
        async with self.session.request(method, address, headers=headers, data=data) as response:
            return Answer(response.status, dict(response.headers), await response.read())

    async def ask(self, path: str, *, method: str = "GET", **query: Any) -> Answer:
        """One request with the token."""
        given = {name: str(value) for name, value in query.items() if value is not None}
        full = str(URL(path).with_query(given)) if given else path
        return await self.send(full, method=method, headers={"Authorization": f"Bearer {TOKEN}"})

    async def get(self, path: str, **query: Any) -> Any:
        """What is answered to a request that must succeed, checked against its description."""
        answer = await self.ask(path, **query)
        assert answer.status == 200, answer.body
        self.check(path, answer)
        return answer.json

    def check(self, path: str, answer: Answer) -> None:
        """The answer has every member that is described, of the type described, and no other."""
        described = next(o for o in self.operations if o.method == "GET" and _matches(o.path, path)).answer
        value = msgspec.json.decode(answer.body, type=described)
        assert msgspec.to_builtins(value, str_keys=True).keys() == answer.json.keys()
        assert orjson.loads(msgspec.json.encode(value)) == answer.json

    async def all_pages(self, path: str, **query: Any) -> list[Any]:
        """The items of every page to the end."""
        items: list[Any] = []
        cursor = None
        while True:
            page = await self.get(path, cursor=cursor, **query)
            assert len(page["items"]) <= int(query.get("limit", 50))
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items
            assert page["items"], "only the last page may be empty"

    async def append(self, *people: Person) -> None:
        """Put what happened to these people into the log."""
        streams = [person.taken(self.service.vault) for person in people]
        await append(self.service.database, *streams)

    async def caught_up(self) -> None:
        """Wait until the projections have everything."""
        async with asyncio.timeout(90):
            while any(  # projections tell nobody that they have moved
                p["lag_events"] for p in (await self.get("/api/v1/projections"))["items"]
            ):
                await asyncio.sleep(0.02)


async def append(database: Database, *streams: StreamAppend) -> None:
    async with database.transaction() as connection:
        assert await log.append(connection, streams) == {}


def _matches(template: str, path: str) -> bool:
    wanted, given = template.split("/"), path.partition("?")[0].split("/")
    return len(wanted) == len(given) and all(
        w == g or w.startswith("{") for w, g in zip(wanted, given, strict=True)
    )


def settings(folder: Path, **more: Any) -> Settings:
    given: dict[str, Any] = {
        "_env_file": None,
        "data_dir": folder,
        "api_token": TOKEN,
        "meta_app_secret": APP_SECRET,
        "meta_verify_token": "verify",
        "meta_access_token": "token",
        "openai_api_key": "key",
        "openai_base_url": NOWHERE,
        "graph_url": NOWHERE,
        "create_timeout": 1.0,
        "thread_patience": 3600.0,
        **more,
    }
    return Settings(**given)


@asynccontextmanager
async def running(url: str, folder: Path, **more: Any) -> AsyncIterator[Api]:
    """A service over a database, with more settings, and a client of it. Nobody answers at OpenAI and at
    Meta."""
    async with AsyncExitStack() as stack:
        configured = settings(folder, **more)
        secrets = load_secrets(configured, ConfigFile(), Sandboxed(meta=False, openai=False))
        database = await Database.open(url)
        stack.push_async_callback(database.close)
        clock = Clock()
        service = await start_service(stack, configured, ConfigFile(), secrets, database, clock)
        app = build_app(service)
        runner = web.AppRunner(
            app, access_log=None, max_line_size=LONGEST_LINE, max_field_size=LONGEST_LINE, shutdown_timeout=1
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        session = await stack.enter_async_context(
            aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar()
            )  # a cookie is sent where a test says so
        )
        address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield Api(service, clock, address, app[OPERATIONS], session)


@pytest.fixture
async def api(fresh_url: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running(fresh_url, tmp_path) as started:
        yield started
