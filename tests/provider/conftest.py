"""The stand-in OpenAI and servers that answer whatever a test wants, with the real SDK against them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from time import monotonic

import pytest
from aiohttp import web
from openai import AsyncOpenAI

from service.assistant import Assistant
from service.provider import ProviderFault, answer_to, client
from service.sandbox.openai.server import OpenAISandbox
from service.settings import Settings
from service.threads import Threads

TIMEOUT = 10.0
"""Seconds that no test is to use up."""

SECRET = "My card is 4111 1111 1111 1111, please help."
"""What customers say. Providers quote it in their messages."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ENVIRONMENT = (
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "OPENAI_ORG_ID",
    "OPENAI_PROJECT_ID",
    "OPENAI_CUSTOM_HEADERS",
)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """Settings of this test alone, neither the environment's nor a file's."""
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    return lambda **given: Settings(_env_file=None, **given)


@pytest.fixture
async def connect(settings: Callable[..., Settings]) -> AsyncIterator[Callable[..., AsyncOpenAI]]:
    """``connect(url, **settings)`` is a client of that server; it is closed in the end."""
    async with AsyncExitStack() as stack:

        def connected(url: str, **given: object) -> AsyncOpenAI:
            made = client(settings(**{"openai_base_url": url, "openai_api_key": "sk-of-this-test", **given}))
            stack.push_async_callback(made.close)
            return made

        yield connected


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Handler], Awaitable[str]]]:
    """``await serve(handler)`` is the base URL of a server whose every path is that handler, which is
    cancelled when its client goes."""
    async with AsyncExitStack() as stack:

        async def started(handler: Handler) -> str:
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", handler)
            runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            return f"http://127.0.0.1:{runner.addresses[0][1]}/v1"

        yield started


@pytest.fixture
def serve_answer(serve: Callable[[Handler], Awaitable[str]]) -> Callable[..., Awaitable[str]]:
    """``await serve_answer(status, body, headers)`` is a server that always answers so."""

    async def started(status: int, body: object, headers: dict[str, str] | None = None) -> str:
        async def handler(_request: web.Request) -> web.Response:
            if isinstance(body, str):
                return web.Response(status=status, text=body, content_type="text/html", headers=headers)
            return web.json_response(body, status=status, headers=headers)

        return await serve(handler)

    return started


@pytest.fixture
def fault_of() -> Callable[..., Awaitable[ProviderFault]]:
    """``await fault_of(sdk)`` is the fault that a question meets; it holds neither the words nor the key, and
    nothing that can be reached from it does."""

    async def met(sdk: AsyncOpenAI, within: float = TIMEOUT) -> ProviderFault:
        call = sdk.responses.with_raw_response.create(model="gpt-6-luna", input=SECRET)
        with pytest.raises(ProviderFault) as caught:
            await answer_to(call, within=within)
        fault = caught.value
        assert fault.__cause__ is None
        assert fault.__context__ is None
        held = f"{fault} {fault!r} {vars(fault)} {fault.args}"
        assert SECRET not in held
        assert sdk.api_key not in held
        return fault

    return met


@pytest.fixture
async def sandbox() -> AsyncIterator[OpenAISandbox]:
    stand_in = OpenAISandbox(seed=1)
    yield stand_in
    await stand_in.stop()


@pytest.fixture
async def sdk(sandbox: OpenAISandbox, connect: Callable[..., AsyncOpenAI]) -> AsyncOpenAI:
    return connect(await sandbox.start())


@pytest.fixture
def threads(sdk: AsyncOpenAI) -> Threads:
    return Threads(sdk, timeout=TIMEOUT)


@pytest.fixture
def assistant_of() -> Callable[..., Assistant]:
    """An assistant of a client, with whatever the test wants to be different."""

    def made(sdk: AsyncOpenAI, **given: object) -> Assistant:
        usual = {"model": "gpt-6-luna", "instructions": "Be brief.", "max_output_tokens": 256}
        return Assistant(sdk, **{**usual, "timeout": TIMEOUT, "clock": monotonic, **given})

    return made


@pytest.fixture
def assistant(sdk: AsyncOpenAI, assistant_of: Callable[..., Assistant]) -> Assistant:
    return assistant_of(sdk)
