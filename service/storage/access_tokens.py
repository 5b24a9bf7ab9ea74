"""Tokens at rest: their digests, what they may, and when they were last used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import asyncpg

from service.storage.reading import Instant

Scope = Literal["read", "operate", "administer"]
SCOPES: Final[tuple[Scope, ...]] = ("read", "operate", "administer")
"""Each may all that those before it may."""

NAME_PATTERN: Final = r"[a-z][a-z0-9._-]{0,63}"
"""What tokens may be called. No colon, which sets the command line's users apart (``cli:ada``)."""

LIVE: Final = """
SELECT name, scope, digest, expires_at FROM access_tokens
WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1)
"""
LIST: Final = """
SELECT name, scope, created_at, created_by, expires_at, last_used_at, revoked_at
FROM access_tokens ORDER BY created_at, name
"""
ADD: Final = """
INSERT INTO access_tokens (name, scope, digest, created_at, created_by, expires_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO NOTHING
"""
REVOKE: Final = """
UPDATE access_tokens SET revoked_at = coalesce(revoked_at, $2) WHERE name = $1
RETURNING name, scope, created_at, created_by, expires_at, last_used_at, revoked_at
"""
USED: Final = """
UPDATE access_tokens t SET last_used_at = u.at
FROM unnest($1::text[], $2::timestamptz[]) AS u (name, at)
WHERE t.name = u.name AND (t.last_used_at IS NULL OR t.last_used_at < u.at)
"""


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A token that counts, as it is looked up."""

    name: str
    scope: Scope
    digest: bytes
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is told of. ``created_at`` and ``created_by`` are null for the one of the configuration,
    ``owner``, whose uses are not noted either. ``last_used_at`` is right to the minute."""

    name: str
    scope: Scope
    created_at: Instant | None = None
    created_by: str | None = None
    expires_at: Instant | None = None
    last_used_at: Instant | None = None
    revoked_at: Instant | None = None


async def live(connection: asyncpg.Connection, now: datetime) -> list[StoredToken]:
    """Those that are neither revoked nor expired."""
    return [StoredToken(**dict(row)) for row in await connection.fetch(LIVE, now)]


async def listed(connection: asyncpg.Connection) -> list[Token]:
    """All that there ever were, oldest first."""
    return [Token(**dict(row)) for row in await connection.fetch(LIST)]


async def add(connection: asyncpg.Connection, token: Token, digest: bytes) -> bool:
    """Keep a new one; False where the name was given before."""
    done = await connection.execute(
        ADD, token.name, token.scope, digest, token.created_at, token.created_by, token.expires_at
    )
    return bool(done == "INSERT 0 1")


async def revoke(connection: asyncpg.Connection, name: str, now: datetime) -> Token | None:
    """It counts no more; None where there is none of that name. Once revoked it stays as it is."""
    row = await connection.fetchrow(REVOKE, name, now)
    return None if row is None else Token(**dict(row))


async def used(connection: asyncpg.Connection, uses: Mapping[str, datetime]) -> None:
    """Note when tokens were used."""
    await connection.execute(USED, list(uses), list(uses.values()))
