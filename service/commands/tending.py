"""``onethread doctor``: is everything as it should be, and if not, what to do."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

import aiohttp
import asyncpg
import orjson
from cyclopts import Parameter
from rich.console import Console

from service import serve as running
from service.secrets import load_secrets, sandboxed
from service.settings import Settings, SettingsError, load_config_file, load_settings
from service.storage.migrate import known_migrations

State = Literal["ok", "note", "bad"]
SIGNS: dict[State, str] = {"ok": "[green]ok  [/]", "note": "[yellow]note[/]", "bad": "[red]bad [/]"}

console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; ``advice`` says what to do about it."""

    about: str
    state: State
    found: str
    advice: str = ""


def doctor(*, as_json: Annotated[bool, Parameter(name="--json")] = False) -> int:
    """Check settings, secrets, database and what is connected, and say what to do.

    Shows no secret. Exit status 1 when something is bad.

    Parameters
    ----------
    as_json
        Print JSON for programs.
    """
    findings = asyncio.run(_examine())
    if as_json:
        sys.stdout.write(orjson.dumps([asdict(finding) for finding in findings]).decode() + "\n")
    else:
        for finding in findings:
            advice = f"\n      {finding.advice}" if finding.advice else ""
            console.print(f"{SIGNS[finding.state]} {finding.about}: {finding.found}{advice}")
    return int(any(finding.state == "bad" for finding in findings))


async def _examine() -> list[Finding]:
    try:
        settings = load_settings()
        config = load_config_file()
        played = sandboxed(settings)
        load_secrets(settings, config, played)
    except SettingsError as error:
        return [Finding("settings", "bad", str(error), "see .env.example for every variable")]
    findings = [Finding("settings", "ok", "all can be read")]
    for name, is_played, variables in (
        (
            "Meta",
            played.meta,
            "ONETHREAD_META_APP_SECRET, ONETHREAD_META_VERIFY_TOKEN, ONETHREAD_META_ACCESS_TOKEN",
        ),
        ("OpenAI", played.openai, "OPENAI_API_KEY"),
    ):
        if is_played:
            findings.append(Finding(name, "note", "played by the sandbox", f"set {variables} to connect it"))
    if not played.meta:
        findings.append(_meta(settings))
    looks: list[Callable[[Settings], Awaitable[list[Finding]]]] = [_database, _service]
    for look in looks:
        findings += await look(settings)
    return findings


def _meta(settings: Settings) -> Finding:
    missing = [
        variable
        for variable, value in (
            ("ONETHREAD_META_VERIFY_TOKEN", settings.meta_verify_token),
            ("ONETHREAD_META_ACCESS_TOKEN", settings.meta_access_token),
        )
        if value is None
    ]
    if missing:
        return Finding("Meta", "note", f"no {', '.join(missing)}", "without them no handshake, or no sending")
    return Finding("Meta", "ok", "secret and tokens are set")


async def _database(settings: Settings) -> list[Finding]:
    try:
        async with running.database_url(settings) as url:
            connection = await asyncpg.connect(url, timeout=5)
            try:
                return await _server(connection, embedded=settings.database_url is None)
            finally:
                await connection.close()
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        advice = "check ONETHREAD_DATABASE_URL and that the server runs and lets this user in"
        return [Finding("database", "bad", f"not reachable: {type(error).__name__}", advice)]


async def _server(connection: asyncpg.Connection, *, embedded: bool) -> list[Finding]:
    version = await connection.fetchval("SHOW server_version")
    kind = "embedded PostgreSQL" if embedded else "PostgreSQL"
    findings = [Finding("database", "ok", f"{kind} {version}")]
    if int(await connection.fetchval("SHOW server_version_num")) < 150_000:
        findings.append(Finding("database", "bad", f"PostgreSQL {version}", "version 15 or newer is needed"))
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        if await connection.fetchval(f"SHOW {name}") != "on":
            advice = f"set {name} = on, or acknowledged messages can be lost"
            findings.append(Finding("durability", "bad", f"{name} is not on", advice))
    findings.append(await _schema(connection))
    return findings


async def _schema(connection: asyncpg.Connection) -> Finding:
    known = len(known_migrations())
    if await connection.fetchval("SELECT to_regclass('migrations')") is None:
        return Finding("schema", "note", "empty", "onethread migrate, or the first start, makes it")
    applied = await connection.fetchval("SELECT count(*) FROM migrations")
    if applied < known:
        return Finding("schema", "note", f"{known - applied} migrations to apply", "onethread migrate")
    return Finding("schema", "ok", f"{applied} migrations applied")


async def _service(settings: Settings) -> list[Finding]:
    address = f"http://{settings.host}:{settings.port}/health"
    try:
        timeout = aiohttp.ClientTimeout(total=3)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(address) as answer:
            health = await answer.json()
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return [Finding("service", "note", f"nothing answers at {address}", "onethread serve")]
    state: State = "ok" if health.get("status") == "ok" else "note"
    ill = [name for name, part in health.get("components", {}).items() if part.get("status") != "ok"]
    found = f"running, {health.get('status')}" + (f": {', '.join(ill)}" if ill else "")
    return [Finding("service", state, found)]
