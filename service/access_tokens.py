"""Tokens are made and revoked, by a request or by a command."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final, Literal

import asyncpg

from service.keyring import OWNER, digest_of, new_token
from service.storage import access_tokens
from service.storage.access_tokens import NAME_PATTERN, Scope, Token

MOST_DAYS: Final = 3650


class RefusedToken(Exception):
    """Why not: what was given is ``malformed``, stands ``against`` what there is, or is ``missing`` there.
    ``field`` is what was at fault."""

    def __init__(self, why: Literal["malformed", "against", "missing"], field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.why, self.field = why, field


def check_name(name: str) -> None:
    """Raises :class:`RefusedToken` for what no token is called."""
    if not re.fullmatch(NAME_PATTERN, name):
        raise RefusedToken(
            "malformed", "name", "1 to 64 of a-z, 0-9, dot, - and _ are expected, a letter first"
        )


async def create(
    connection: asyncpg.Connection, name: str, scope: Scope, *, days: int | None, by: str, now: datetime
) -> tuple[Token, str]:
    """What is told of a new token, and the token. Nobody can show it again. Raises :class:`RefusedToken`."""
    check_name(name)
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise RefusedToken("malformed", "days", f"a number from 1 to {MOST_DAYS} is expected")
    secret = new_token()
    expires_at = None if days is None else now + timedelta(days=days)
    token = Token(name, scope, created_at=now, created_by=by, expires_at=expires_at)
    if name == OWNER or not await access_tokens.add(connection, token, digest_of(secret)):
        raise RefusedToken(
            "against", "name", "it was given before, and the audit says by it who acted; take another"
        )
    return token, secret


async def revoke(connection: asyncpg.Connection, name: str, now: datetime) -> Token:
    """The token, which counts no more. Raises :class:`RefusedToken`."""
    if name == OWNER:
        raise RefusedToken(
            "against", "name", "that one is of the configuration: set another ONETHREAD_API_TOKEN"
        )
    revoked = await access_tokens.revoke(connection, name, now)
    if revoked is None:
        raise RefusedToken("missing", "name", "there is no such token")
    return revoked


async def listed(connection: asyncpg.Connection) -> list[Token]:
    """All that there ever were, that of the configuration first."""
    return [Token(OWNER, "administer"), *await access_tokens.listed(connection)]
