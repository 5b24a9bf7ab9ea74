"""Running it: one process, or a parent that keeps several on one port, with what they need beside them."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

import structlog
from aiohttp import web

from service.app import Service, start_service
from service.instants import Clock, utc_now
from service.opening import open_database
from service.secrets import Sandboxed, Secrets
from service.settings import ConfigFile, Settings
from service.web.front import put_in_front
from service.web.server import build_app

PARENT: Final = "ONETHREAD_PARENT"
"""Process id of the supervising parent: a child ends when it is gone."""

COLLECT_AFTER: Final = (50_000, 20, 100)
"""Allocations, young and middle collections before the next collection of each generation."""

WATCH_EVERY: Final = 0.5
LAST_CHILDREN: Final = 5.0
"""Seconds that a parent takes longer than its children."""

STOP_WITHIN: Final = 10.0
"""Seconds from being told to stop to the end: :data:`LAST_ANSWERS`, :data:`~service.app.GRACE`, and what
giving the partitions back takes."""

LAST_ANSWERS: Final = 2.0
"""Seconds that requests under way get when the process stops. A delivery cut off was not acknowledged."""

AT_ONCE: Final = 2.0
"""Seconds from a second signal to the end, whatever hangs."""

IMPATIENT: Final = 130
"""Exit status of a process that was told twice, as a shell has it of an interrupted one."""
LARGEST_HEADER: Final = 16 * 1024

LONGEST_SILENCE: Final = 75.0
"""Seconds in which a connection has to bring the whole head of its first request, or of its next. Longer than
reverse proxies keep theirs (nginx 60 s), so that they are the ones to hang up."""

logger = structlog.get_logger()


async def run_process(
    settings: Settings,
    config: ConfigFile,
    secrets: Secrets,
    url: str,
    *,
    share_port: bool = False,
    ready: Callable[[str], None] = lambda _address: None,
    clock: Clock = utc_now,
) -> None:
    """Serve until told to stop (SIGTERM, SIGINT, or the parent is gone). ``ready`` gets the address."""
    stop = stop_on_signals()
    async with AsyncExitStack() as stack:
        database = await open_database(url)
        stack.push_async_callback(database.close)
        service = await start_service(stack, settings, config, secrets, database, clock)
        host, port = await listen(stack, service, settings, share_port=share_port)
        settle_memory()
        logger.info(
            "serving", host=host, port=port, pid=os.getpid(), worker=str(service.workers.worker.worker_id)
        )
        ready(f"http://{host}:{port}")
        await stop.wait()
        logger.info("stopping")


async def listen(
    stack: AsyncExitStack,
    service: Service,
    settings: Settings,
    *,
    share_port: bool = False,
    longest_silence: float = LONGEST_SILENCE,
) -> tuple[str, int]:
    """Take connections until the stack is left. The host and the port are answered."""
    runner = web.AppRunner(
        build_app(service),
        access_log=None,
        handle_signals=False,
        shutdown_timeout=LAST_ANSWERS,
        max_line_size=LARGEST_HEADER,
        max_field_size=LARGEST_HEADER,
        keepalive_timeout=longest_silence,
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    put_in_front(runner, longest_silence)
    site = web.TCPSite(runner, settings.host, settings.port, reuse_port=share_port or None, backlog=1024)
    await site.start()
    host, port = runner.addresses[0][:2]
    return host, port


def settle_memory() -> None:
    """Keep the cyclic collector from walking, over and over, what lives as long as the process.

    Messages leave no cycles behind, so young objects die by reference count; with the interpreter's
    thresholds the old generation, all conversations in memory, would be walked several times a
    second (``docs/decisions/0005-garbage-collection.md``).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def stop_on_signals(within: float = STOP_WITHIN) -> asyncio.Event:
    """An event that is set by SIGTERM, SIGINT, or when a parent that is watched is gone.

    ``within`` seconds later the process is gone, with status 1 if it had to be cut short: a database that
    stands still, or a function that never returns, holds nobody up. A second signal cancels the task that
    asked for this, and so whatever is still being waited for; the process is then gone :data:`AT_ONCE`
    seconds later, with status :data:`IMPATIENT`.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    whole = asyncio.current_task()

    def asked() -> None:
        stop.set()
        loop.call_later(within, _cut_short)

    def signalled() -> None:
        if not stop.is_set():
            asked()
            return
        loop.call_later(AT_ONCE, os._exit, IMPATIENT)
        if whole is not None:
            whole.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, signalled)
    parent = os.environ.get(PARENT)
    if parent is not None:
        task = loop.create_task(_until_orphaned(int(parent), asked), name="watch the parent")
        stop.task = task  # type: ignore[attr-defined] # keeps the task alive as long as the event
    return stop


def _cut_short() -> None:
    logger.error("did not come to an end in time")
    sys.stdout.flush()
    os._exit(1)


async def _until_orphaned(parent: int, then: Callable[[], None]) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 # the kernel tells nobody
        await asyncio.sleep(WATCH_EVERY)
    then()


def child_environment(settings: Settings, secrets: Secrets, url: str) -> dict[str, str]:
    """What a child of this process needs to be told, besides what it inherits."""
    environment = dict(os.environ)
    environment |= {
        PARENT: str(os.getpid()),
        "ONETHREAD_DATABASE_URL": url,
        "ONETHREAD_DATA_DIR": str(settings.data_dir),
        "ONETHREAD_HOST": settings.host,
        "ONETHREAD_PORT": str(settings.port),
        "ONETHREAD_WORKERS": "1",
        "ONETHREAD_SANDBOX": "off",
        "ONETHREAD_GRAPH_URL": str(settings.graph_url),
        "ONETHREAD_META_APP_SECRET": secrets.app_secret.decode(),
        "ONETHREAD_META_VERIFY_TOKEN": secrets.verify_token.decode(),
        "ONETHREAD_LOG_FORMAT": settings.log_format,
    }
    if secrets.common_token is not None:
        environment["ONETHREAD_META_ACCESS_TOKEN"] = secrets.common_token
    if settings.openai_base_url is not None:
        environment["OPENAI_BASE_URL"] = str(settings.openai_base_url)
    if settings.openai_api_key is not None:
        environment["OPENAI_API_KEY"] = settings.openai_api_key.get_secret_value()
    return environment


class Child:
    """A child process that is started again when it dies unasked."""

    def __init__(self, name: str, arguments: list[str], environment: dict[str, str]) -> None:
        self._name = name
        self._arguments = arguments
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None

    async def keep(self) -> None:
        """Run it until cancelled, then end it; gently first."""
        try:
            while True:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "service", *self._arguments, env=self._environment
                )
                code = await self._process.wait()
                logger.warning("process ended", name=self._name, code=code)
                await asyncio.sleep(WATCH_EVERY)
        finally:
            await self._end()

    async def _end(self) -> None:
        """Ask it to stop and wait for that; kill it after :data:`STOP_WITHIN`, or when cancelled again."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_WITHIN)
        except TimeoutError:
            logger.warning("process did not stop in time", name=self._name)
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await asyncio.shield(process.wait())


async def run_children(children: list[Child], stop: asyncio.Event) -> None:
    """Keep the children running until ``stop`` is set, then end them all."""
    tasks = [asyncio.create_task(child.keep()) for child in children]
    await stop.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def beside(child: Child | None) -> AsyncIterator[None]:
    """Keep one child running for as long as the block lasts; nothing for None."""
    if child is None:
        yield
        return
    task = asyncio.create_task(child.keep())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def played_by_sandbox(settings: Settings, played: Sandboxed, openai_url: str, graph_url: str) -> Settings:
    """The settings with the stand-ins' addresses where the sandbox plays a side."""
    changes: dict[str, object] = {}
    if played.openai:
        changes |= {"openai_base_url": openai_url, "openai_api_key": "sandbox"}
    if played.meta:
        changes["graph_url"] = graph_url
    return Settings.model_validate({**settings.model_dump(), **changes})
