"""The stand-in OpenAI and servers that answer whatever a test wants, with the real SDK against them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from time import monotonic

import pytest
from aiohttp import web
from openai import AsyncOpenAI

from service.assistant import Assistant
from service.provider import client
from service.sandbox.openai.server import OpenAISandbox
from service.settings import Settings
from service.threads import Threads

KEY = "sk-secret-of-this-test"
TIMEOUT = 10.0
"""Seconds that no test is to use up."""

Connect = Callable[..., AsyncOpenAI]
Serve = Callable[[Callable[[web.Request], Awaitable[web.StreamResponse]]], Awaitable[str]]


def settings(**given: object) -> Settings:
    """Settings of this test alone: neither the environment's nor a file's."""
    return Settings(_env_file=None, **{"openai_api_key": KEY, "openai_base_url": None, **given})


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """``connect(url, **settings)`` is a client of that server; it is closed in the end."""
    async with AsyncExitStack() as stack:

        def made(url: str, **given: object) -> AsyncOpenAI:
            opened = client(settings(openai_base_url=url, **given))
            stack.push_async_callback(opened.close)
            return opened

        yield made


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """``await serve(handler)`` is the base URL of a server whose every path is that handler."""
    async with AsyncExitStack() as stack:

        async def started(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> str:
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", handler)
            runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            return f"http://127.0.0.1:{runner.addresses[0][1]}/v1"

        yield started


@pytest.fixture
async def sandbox() -> AsyncIterator[OpenAISandbox]:
    stand_in = OpenAISandbox(seed=1)
    stand_in.url = await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture
def sdk(sandbox: OpenAISandbox, connect: Connect) -> AsyncOpenAI:
    return connect(sandbox.url)


@pytest.fixture
def threads(sdk: AsyncOpenAI) -> Threads:
    return Threads(sdk, timeout=TIMEOUT)


@pytest.fixture
def assistant(sdk: AsyncOpenAI) -> Assistant:
    return assistant_of(sdk)


def assistant_of(sdk: AsyncOpenAI, **given: object) -> Assistant:
    return Assistant(
        sdk,
        **{
            "model": "gpt-6-luna",
            "instructions": "Be brief.",
            "tools": (),
            "max_output_tokens": 256,
            "timeout": TIMEOUT,
            "clock": monotonic,
            **given,
        },
    )
