"""A stand-in OpenAI of one's own for each test, and two ways to talk to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from openai import AsyncOpenAI
from openai_probes import HandClock

from service.sandbox.openai import OpenAISandbox


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncIterator[OpenAISandbox]:
    made = OpenAISandbox(seed=7, clock=clock)
    yield made
    await made.stop()


@pytest.fixture
async def url(sandbox: OpenAISandbox) -> str:
    return await sandbox.start()


@pytest.fixture
async def client(url: str) -> AsyncIterator[AsyncOpenAI]:
    """The real SDK, which does not retry on its own."""
    async with AsyncOpenAI(api_key="any", base_url=url, max_retries=0, timeout=20) as made:
        yield made


@pytest.fixture
async def http(url: str) -> AsyncIterator[aiohttp.ClientSession]:
    """Plain HTTP with a key, for what the SDK hides. Paths begin with ``/v1`` or ``/_sandbox``."""
    base = url.removesuffix("/v1")
    async with aiohttp.ClientSession(base, headers={"Authorization": "Bearer any"}) as session:
        yield session
