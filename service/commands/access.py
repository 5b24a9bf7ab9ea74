"""``onethread tokens`` and ``onethread audit``: who may ask, and who did what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Final

from cyclopts import App, Parameter
from rich import box
from rich.table import Table

from service import access_tokens
from service.access_tokens import RefusedToken
from service.commands.offline import opened
from service.commands.recording import acting_user, on_record
from service.commands.showing import console, print_json
from service.instants import utc_now
from service.settings import SettingsError
from service.storage import audit as trail
from service.storage.access_tokens import Scope, Token
from service.storage.audit import Audited

Json = Annotated[bool, Parameter(name="--json")]

MOST_ROWS: Final = 10_000


app: Final = App(name="tokens", help="Who may use the API and the console: tokens with a name and a scope.")


@app.default
@app.command(name="list")
def list_(*, as_json: Json = False) -> None:
    """Every token there ever was; none of them can be shown again.

    Parameters
    ----------
    as_json
        Print JSON for programs.
    """
    found = asyncio.run(_list())
    if as_json:
        print_json({"items": [asdict(token) for token in found]})
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("name", "scope", "made", "by", "last used", "expires", "revoked"):
        table.add_column(column)
    for token in found:
        times = (token.last_used_at, token.expires_at, token.revoked_at)
        by = token.created_by or "the configuration"
        table.add_row(token.name, token.scope, _when(token.created_at), by, *map(_when, times))
    console.print(table)


async def _list() -> list[Token]:
    async with opened() as there, there.database.connection() as connection:
        return await access_tokens.listed(connection)


def _when(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M}"


@app.command
def create(name: str, /, *, scope: Scope, days: int | None = None, as_json: Json = False) -> None:
    """Make a token and show it, this once. It counts within seconds.

    Parameters
    ----------
    name
        What the audit calls whoever uses it; never given twice.
    scope
        read: look; operate: also answer customers, link, try again; administer: everything.
    days
        Days that it counts; else until it is revoked.
    as_json
        Print JSON for programs.
    """
    token, secret = asyncio.run(_create(name, scope, days))
    if as_json:
        print_json({**asdict(token), "token": secret})
    else:
        console.print(f"{token.name} may {token.scope}. Its token, shown this once:", markup=False)
        console.print(secret, markup=False, soft_wrap=True)


async def _create(name: str, scope: Scope, days: int | None) -> tuple[Token, str]:
    async with _refusals_told(), opened() as there:
        access_tokens.check_name(name)
        async with (
            on_record(there.database, "tokens create", name),
            there.database.connection() as connection,
        ):
            return await access_tokens.create(
                connection, name, scope, days=days, by=acting_user(), now=utc_now()
            )


@app.command
def revoke(name: str, /) -> None:
    """Have a token count no more, anywhere, within seconds; sessions begun with it end too.

    Parameters
    ----------
    name
        The token.
    """
    asyncio.run(_revoke(name))
    console.print(f"{name} counts no more", markup=False)


async def _revoke(name: str) -> None:
    async with _refusals_told(), opened() as there:
        access_tokens.check_name(name)
        async with (
            on_record(there.database, "tokens revoke", name),
            there.database.connection() as connection,
        ):
            await access_tokens.revoke(connection, name, utc_now())


@asynccontextmanager
async def _refusals_told() -> AsyncIterator[None]:
    try:
        yield
    except RefusedToken as refused:
        raise SettingsError(str(refused)) from None


def audit(*, actor: str | None = None, limit: int = 50, as_json: Json = False) -> None:
    """What was done by API, console and command line, the newest first; refusals are counted by the hour.

    Parameters
    ----------
    actor
        Only of this token, or of this user (cli:ada).
    limit
        Rows at most.
    as_json
        Print JSON for programs.
    """
    if not 1 <= limit <= MOST_ROWS:
        raise SettingsError(f"limit: a number from 1 to {MOST_ROWS} is expected")
    found = asyncio.run(_audit(actor, limit))
    if as_json:
        print_json({"items": [asdict(row) for row in found]})
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("at", "actor", "via", "address", "what", "of", "outcome", "times"):
        table.add_column(column)
    for row in found:
        table.add_row(
            f"{row.at:%Y-%m-%d %H:%M:%S}", row.actor, row.via, row.address, f"{row.method} {row.route}",
            row.subject, "unknown" if row.outcome is None else str(row.outcome), f"{row.times:,}",
        )  # fmt: skip
    console.print(table)


async def _audit(actor: str | None, limit: int) -> list[Audited]:
    async with opened() as there, there.database.connection() as connection:
        return await trail.listed(connection, after=None, actor=actor, limit=limit, descending=True)
