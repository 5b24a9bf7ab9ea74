"""Sessions of the console at rest: nothing that is kept lets anybody in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import asyncpg

IDLE: Final = timedelta(hours=1)
LASTS: Final = timedelta(hours=12)
"""A session ends after so long without a request, and after so long whatever happens."""

SEEN_EVERY: Final = timedelta(minutes=1)
"""How exactly the last request is noted."""

FIND: Final = """
SELECT token_mark, last_seen_at FROM console_sessions
WHERE digest = $1 AND started_at > $2 AND last_seen_at > $3
"""
SEEN: Final = "UPDATE console_sessions SET last_seen_at = $2 WHERE digest = $1"
BEGIN: Final = """
INSERT INTO console_sessions (digest, token_mark, started_at, last_seen_at) VALUES ($1, $2, $3, $3)
"""
END: Final = "DELETE FROM console_sessions WHERE digest = $1"
SWEEP: Final = "DELETE FROM console_sessions WHERE started_at <= $1 OR last_seen_at <= $2"


async def begin(connection: asyncpg.Connection, digest: bytes, token_mark: bytes, now: datetime) -> None:
    """Keep a new session, and no longer those that are over."""
    await connection.execute(SWEEP, now - LASTS, now - IDLE)
    await connection.execute(BEGIN, digest, token_mark, now)


async def find(connection: asyncpg.Connection, digest: bytes, now: datetime) -> bytes | None:
    """The mark of the token that a session was begun with; None where it is over, or never was."""
    row = await connection.fetchrow(FIND, digest, now - LASTS, now - IDLE)
    if row is None:
        return None
    if now - row["last_seen_at"] >= SEEN_EVERY:
        await connection.execute(SEEN, digest, now)
    return bytes(row["token_mark"])


async def end(connection: asyncpg.Connection, digest: bytes) -> None:
    """Whoever has it is signed out."""
    await connection.execute(END, digest)
