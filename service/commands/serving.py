"""Commands that run something: the service, the sandbox, the migrations."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from typing import Annotated, Final

import asyncpg
import uvloop
from cyclopts import Parameter
from cyclopts.validators import Number

from service import serve as running
from service.commands.showing import lines
from service.opening import database_url
from service.ports import free_ports
from service.sandbox.run import SandboxOptions, StandIns, run_sandbox
from service.secrets import Sandboxed, Secrets, load_secrets, sandboxed
from service.settings import ConfigFile, Settings, SettingsError, load_config_file, load_settings
from service.storage.migrate import migrate as apply_migrations
from service.telemetry import configure_logging

MOST_A_SECOND: Final = 10_000.0
Port = Annotated[int, Parameter(validator=Number(gte=0, lte=65_535))]


def serve(
    *,
    workers: int | None = None,
    host: str | None = None,
    port: int | None = None,
    share_port: Annotated[bool, Parameter(show=False)] = False,
) -> None:
    """Run the service until it is told to stop.

    Settings come from the environment, .env and onethread.toml. Without credentials the sandbox plays
    OpenAI, Meta and the customers.

    Parameters
    ----------
    workers
        Processes on one port, which share the partitions (ONETHREAD_WORKERS).
    host
        Address to listen on (ONETHREAD_HOST).
    port
        Port to listen on (ONETHREAD_PORT).
    share_port
        Let other processes of this user listen on the same port.
    """
    given = {"workers": workers, "host": host, "port": port}
    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    configure_logging(settings.log_format)
    try:
        uvloop.run(_serve(settings, load_config_file(), share_port=share_port))
    except asyncio.CancelledError:  # by a second signal
        sys.exit(running.IMPATIENT)


async def _serve(settings: Settings, config: ConfigFile, *, share_port: bool) -> None:
    played = sandboxed(settings)
    secrets = load_secrets(settings, config, played)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(database_url(settings))
        settings = await _with_sandbox(stack, settings, secrets, played, url)
        _introduce(settings, secrets, played)
        if settings.workers == 1:
            await running.run_process(settings, config, secrets, url, share_port=share_port)
            return
        stop = running.stop_on_signals(running.STOP_WITHIN + running.LAST_CHILDREN)
        environment = running.child_environment(settings, secrets, url)
        children = [
            running.Child(f"worker {n}", ["serve", "--share-port"], environment)
            for n in range(1, settings.workers + 1)
        ]
        await running.run_children(children, stop)


async def _with_sandbox(
    stack: AsyncExitStack, settings: Settings, secrets: Secrets, played: Sandboxed, url: str
) -> Settings:
    if not played:
        return settings
    openai_port, graph_port = free_ports(2)
    changed = running.played_by_sandbox(
        settings,
        played,
        openai_url=f"http://127.0.0.1:{openai_port}/v1",
        graph_url=f"http://127.0.0.1:{graph_port}/v26.0",
    )
    arguments = ["sandbox", "--openai-port", str(openai_port), "--graph-port", str(graph_port)]
    if not (played.meta and played.openai):
        # Customers of the sandbox must not run up a bill at a real provider.
        arguments += ["--customers", "0"]
    child = running.Child("sandbox", arguments, running.child_environment(changed, secrets, url))
    await stack.enter_async_context(running.beside(child))
    return changed


def _introduce(settings: Settings, secrets: Secrets, played: Sandboxed) -> None:
    address = f"http://{settings.host}:{settings.port}"
    lines.print(f"Onethread at {address}   (health: {address}/health)")
    if secrets.made_token:
        kept = settings.data_dir / "api.token"
        lines.print(f"API token, shown this once and kept in {kept}: {secrets.api_token}")
    for name, is_played in (("Meta", played.meta), ("OpenAI", played.openai)):
        if is_played:
            lines.print(f"{name} is played by the sandbox: no credentials are set")
    if played.openai and not played.meta:
        lines.print("The sandbox's model answers customers of the real Meta: set OPENAI_API_KEY")


def sandbox(
    *,
    openai_port: Port = 8788,
    graph_port: Port = 8789,
    customers: Annotated[int, Parameter(validator=Number(gte=0, lte=10_000))] = 12,
    rate: float = 0.5,
    seed: int = 1,
    url: str | None = None,
) -> None:
    """Play OpenAI, Meta and talking customers for any Onethread.

    Point the service at it with OPENAI_BASE_URL=http://127.0.0.1:8788/v1 and
    ONETHREAD_GRAPH_URL=http://127.0.0.1:8789/v26.0; both must know the same app secret.

    Parameters
    ----------
    openai_port
        Port of the stand-in for OpenAI.
    graph_port
        Port of the stand-in for Meta's Graph API.
    customers
        People who write at the same time; 0 for none.
    rate
        Things they say a second, together.
    seed
        The same seed has the same people say the same things.
    url
        Address of the Onethread that they write to; else the configured host and port.
    """
    if not 0 < rate <= MOST_A_SECOND:
        raise SettingsError(f"rate: more than 0 and at most {MOST_A_SECOND:g} a second are expected")
    settings = load_settings()
    configure_logging(settings.log_format)
    played = Sandboxed(meta=True, openai=True)
    secrets = load_secrets(settings, ConfigFile(), played)
    options = SandboxOptions(
        webhook_url=url or f"http://{settings.host}:{settings.port}",
        app_secret=secrets.app_secret.decode(),
        verify_token=secrets.verify_token.decode(),
        openai_port=openai_port,
        graph_port=graph_port,
        customers=customers,
        rate=rate,
        seed=seed,
    )
    uvloop.run(_sandbox(options))


async def _sandbox(options: SandboxOptions) -> None:
    stop = running.stop_on_signals()
    task = asyncio.create_task(run_sandbox(options, started=_sandbox_started))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for either in (task, stopping):
        either.cancel()
    await asyncio.gather(task, stopping, return_exceptions=True)
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error


def _sandbox_started(running_now: StandIns) -> None:
    where = f"OpenAI at {running_now.openai_url}, Graph API at {running_now.graph_url}"
    lines.print(f"sandbox: {where}")


def migrate() -> None:
    """Bring the database's schema up to date, and say what was applied."""
    settings = load_settings()
    for name in asyncio.run(_migrate(settings)):
        lines.print(f"applied {name}")
    lines.print("the schema is up to date")


async def _migrate(settings: Settings) -> list[str]:
    async with database_url(settings) as url:
        connection = await asyncpg.connect(url)
        try:
            return await apply_migrations(connection)
        finally:
            await connection.close()
