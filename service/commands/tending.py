"""``onethread doctor``: is everything as it should be, and if not, what to do."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from typing import Annotated, Final

import aiohttp
import asyncpg
import orjson
from cyclopts import Parameter

from domain.identity import Channel
from projections import views
from projections.sessions import Sessions
from service.commands.showing import lines
from service.doctor import database, installation, providers
from service.doctor.findings import Finding, State, ok, warning, wrong
from service.opening import database_url
from service.secrets import Secrets, load_secrets, sandboxed
from service.settings import Settings, SettingsError, load_config_file, load_settings

SIGNS: Final[dict[State, str]] = {
    "ok": "[green]ok     [/]",
    "warning": "[yellow]warning[/]",
    "wrong": "[red]wrong  [/]",
}
MOST_ACCOUNTS: Final = 50
"""Accounts that are looked at, those that are configured first."""

Account = tuple[Channel, str, str]
"""Channel, account and the node that sends for it."""


def doctor(*, as_json: Annotated[bool, Parameter(name="--json")] = False) -> int:
    """Check settings, secrets, database, Meta, OpenAI and the webhook, and say what to do.

    Shows no secret. Meta and OpenAI are asked, not told anything; the webhook is posted one signed delivery
    of nothing, which is recorded as ignored. Exit status 1 when something is wrong.

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
            lines.print(SIGNS[finding.state], end=" ")
            lines.print(f"{finding.about}: {finding.found}", markup=False)
            if finding.advice:
                lines.print(f"        {finding.advice}", markup=False)
    return int(any(finding.state == "wrong" for finding in findings))


async def _examine() -> list[Finding]:
    try:
        settings = load_settings()
        config = load_config_file()
        played = sandboxed(settings)
        secrets = load_secrets(settings, config, played)
    except SettingsError as error:
        return [wrong("settings", line, "see docs/configuration.md") for line in str(error).splitlines()]
    findings = [*installation.settings(settings, played), *installation.data_directory(settings.data_dir)]
    accounts: list[Account] = [(a.channel, a.account_id, a.node or a.account_id) for a in config.accounts]
    found, written_to = await _database(settings, secrets)
    findings += found
    known = {account[:2] for account in accounts}
    accounts += [account for account in written_to if account[:2] not in known]
    if not played.meta:
        findings += await providers.meta(settings, secrets, accounts[:MOST_ACCOUNTS])
    if not played.openai:
        findings += await providers.openai(settings)
    findings += await _service(settings)
    base = getattr(settings, "public_url", None) or f"http://{settings.host}:{settings.port}"
    return findings + await providers.webhook(str(base), secrets)


async def _database(settings: Settings, secrets: Secrets) -> tuple[list[Finding], list[Account]]:
    """What there is to find, and the accounts that people have written to."""
    embedded = settings.database_url is None
    try:
        async with database_url(settings) as url:
            connection = await asyncpg.connect(url, timeout=5)
            try:
                findings = await database.look(connection, settings, secrets.master_key, embedded=embedded)
                return findings, await _written_to(connection)
            finally:
                await connection.close()
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        advice = "check ONETHREAD_DATABASE_URL and that the server runs and lets this user in"
        return [wrong("database", f"not reachable: {type(error).__name__}", advice)], []


async def _written_to(connection: asyncpg.Connection) -> list[Account]:
    if await connection.fetchval("SELECT to_regclass('projection_views')") is None:
        return []
    try:
        live = await views.live(connection, Sessions.name)
    except views.NoSuchView:
        return []
    rows = await connection.fetch(
        f"SELECT DISTINCT channel, account_id FROM {live.table(Sessions.states)} LIMIT {MOST_ACCOUNTS}"
    )
    return [(row[0], row[1], row[1]) for row in rows]


async def _service(settings: Settings) -> list[Finding]:
    address = f"http://{settings.host}:{settings.port}/health"
    try:
        timeout = aiohttp.ClientTimeout(total=3)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(address) as answer:
            health = await answer.json()
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return [warning("service", f"nothing answers at {address}", "onethread serve")]
    ill = [name for name, part in health.get("components", {}).items() if part.get("status") != "ok"]
    if ill:
        return [warning("service", f"running, not well: {', '.join(ill)}", f"look at {address}")]
    return [ok("service", "running, and well")]
