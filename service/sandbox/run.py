"""Both stand-ins on their ports, and customers who talk to the Onethread they belong to."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from service.sandbox.crowd import Crowd
from service.sandbox.customers import ACCOUNTS, people
from service.sandbox.meta import Dial, MetaSandbox
from service.sandbox.openai import OpenAISandbox

DEMONSTRATION = Dial(strangers=True, receipt_pause=0.5, duplicates=0.03, batches=0.05, batch_wait=0.2)
"""A Meta that one can also write to by hand, with a few of its habits to be seen in the numbers."""

_PEOPLE_PER_SEAT = 4
"""How many know of the businesses for each who writes at the same time; the others come back later."""

_LOOK_SECONDS = 0.2
"""Between two looks whether the service is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """What the sandbox is started with.

    ``webhook_url`` is the address of Onethread (``http://127.0.0.1:8787``). ``app_secret`` signs what is
    posted to it; sends need ``access_token`` (None: any). Port 0 stands for any that is free.
    ``customers`` write at the same time (0: nobody does), ``rate`` things a second together; ``latency``
    is how many seconds the model takes, at least and at most. The same ``seed`` has the same people say
    the same things. ``history`` bounds what Meta's stand-in remembers (None: nothing is forgotten).
    """

    webhook_url: str
    app_secret: str = field(repr=False)
    verify_token: str = field(repr=False)
    access_token: str | None = field(default=None, repr=False)
    host: str = "127.0.0.1"
    openai_port: int = 0
    graph_port: int = 0
    customers: int = 12
    rate: float = 0.5
    seed: int = 1
    dial: Dial = DEMONSTRATION
    latency: tuple[float, float] = (0.3, 1.5)
    start_patience: float = 60.0
    history: int | None = 10_000


@dataclass(frozen=True, slots=True)
class StandIns:
    """The running stand-ins. ``openai_url`` and ``graph_url`` are what to set as ``OPENAI_BASE_URL`` and
    ``ONETHREAD_GRAPH_URL``.
    """

    openai: OpenAISandbox
    meta: MetaSandbox
    openai_url: str
    graph_url: str


@asynccontextmanager
async def stand_ins(options: SandboxOptions) -> AsyncIterator[StandIns]:
    """Both servers, without anybody talking. Raises ``OSError`` where a port cannot be had."""
    openai = OpenAISandbox(seed=options.seed, latency=options.latency)
    meta = MetaSandbox(
        webhook_url=options.webhook_url,
        app_secret=options.app_secret,
        verify_token=options.verify_token,
        access_token=options.access_token,
        accounts=ACCOUNTS,
        dial=options.dial,
        history=options.history,
        seed=options.seed,
    )
    try:
        openai_url = await openai.start(options.host, options.openai_port)
        await meta.start(options.host, options.graph_port)
        yield StandIns(openai, meta, openai_url, meta.graph_url)
    finally:
        try:
            await meta.stop()
        finally:
            await openai.stop()


async def let_customers_talk(options: SandboxOptions, meta: MetaSandbox) -> None:
    """Customers who talk until cancelled, once the service at ``webhook_url`` is there.

    Raises :class:`TimeoutError` where it is not, after ``start_patience`` seconds.
    """
    await _wait_for_service(options.webhook_url, options.start_patience)
    everybody = itertools.islice(people(options.seed), options.customers * _PEOPLE_PER_SEAT)
    crowd = Crowd(
        meta,
        everybody,
        size=options.customers,
        rate=options.rate,
        seed=options.seed,
        history=options.history,
    )
    await crowd.run()


async def run_sandbox(options: SandboxOptions, *, started: Callable[[StandIns], None] | None = None) -> None:
    """Both servers and the customers, until cancelled. ``started`` hears of the addresses first.

    Raises ``OSError`` where a port cannot be had, :class:`TimeoutError` where no service appears.
    """
    async with stand_ins(options) as running:
        if started is not None:
            started(running)
        if options.customers:
            await let_customers_talk(options, running.meta)
        else:
            await asyncio.Event().wait()


async def _wait_for_service(url: str, patience: float) -> None:
    livez = url.rstrip("/") + "/livez"
    try:
        async with asyncio.timeout(patience), aiohttp.ClientSession() as session:
            while True:
                if await _answers(session, livez):
                    return
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        raise TimeoutError(f"{livez} did not answer within {patience:g} s") from None


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False
