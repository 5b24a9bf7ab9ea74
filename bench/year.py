"""A year of conversations in a database, one of them very long, and every projection of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg

from bench import archive
from bench.archive import ENDED, YEAR
from bench.conversation import live_through
from projections import lifecycle, views
from projections.catalogue import PROJECTIONS
from projections.projection import Projection, Rules
from service.opening import open_database
from service.prices import default_prices
from service.rebuilding import Coordinator
from service.storage.database import Database
from service.storage.feed import LogFeed
from service.storage.vault import Vault

EVENTS_OF_A_TURN: Final = 8
SESSION_HOURS: Final = 24.0
"""As by default, but said: the view has other rules than the empty live one, and takes its place unproven."""

EVENTS: Final = "SELECT sum(head)::bigint FROM partitions"
SOME: Final = """
SELECT conversation_id FROM keys WHERE conversation_id <> $1 ORDER BY md5(conversation_id::text) LIMIT $2
"""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Year:
    """What there is: how many events, the long conversation, and some of the others, by chance. ``fresh``:
    nothing has happened since."""

    events: int
    long: UUID
    others: list[UUID]
    fresh: bool


async def lived(
    url: str,
    master: bytes,
    *,
    events: int,
    conversations: int,
    long: int,
    some: int,
    say: Say,
    keep: Path | None = None,
) -> Year:
    """Fill an empty database: so many events in all, ``long`` of them of one person, and all projections.

    One that was kept is taken as it is, but for projections that are of another version than this code's.
    Raises :class:`RuntimeError` where it was filled otherwise, or not to the end.
    """
    database = await open_database(url)
    vault = Vault(master)
    note = None if keep is None else keep / "year.json"
    asked = {"events": events, "conversations": conversations, "long": long}
    try:
        if note is not None and note.exists():
            made = json.loads(note.read_text())
            if made["asked"] != asked:
                raise RuntimeError(f"{keep} holds another log: {made['asked']}")
        else:
            made = {"asked": asked, **await _written(database, vault, url, master, asked, say)}
            if note is not None:
                note.write_text(json.dumps(made))
        longest = UUID(made["longest"])
        for projection in PROJECTIONS:
            if await _build(database, vault, master, projection):
                say(f"{projection.name} is built")
        await _tidy(url)
        async with database.connection() as connection:
            there = await connection.fetchval(EVENTS)
            others = [row[0] for row in await connection.fetch(SOME, longest, some)]
    finally:
        await database.close()
    return Year(there, longest, others, there == made["written"])


async def _written(
    database: Database, vault: Vault, url: str, master: bytes, asked: dict[str, int], say: Say
) -> dict[str, Any]:
    """The log of an empty database: how many events are ``written``, and whose life is ``longest``."""
    long = asked["long"]
    async with database.connection() as connection:
        if await connection.fetchval(EVENTS):
            raise RuntimeError("this database was not filled to the end")
        await views.install(connection, PROJECTIONS, Rules(prices=default_prices()))
    await archive.write(
        url, master, events=asked["events"] - long, conversations=asked["conversations"],
        partitions=database.partitions, say=say,
    )  # fmt: skip
    every = YEAR / (long / EVENTS_OF_A_TURN + 2)
    longest = await live_through(database, vault, long, began=ENDED - YEAR, every=every)
    say(f"one conversation has {long:,} events")
    async with database.connection() as connection:
        return {"written": await connection.fetchval(EVENTS), "longest": str(longest)}


async def _build(database: Database, vault: Vault, master: bytes, projection: Projection) -> bool:
    """Fill a view by the machinery of rebuilds and have it be the live one; whether one was needed."""
    async with database.connection() as connection:
        empty = await views.live(connection, projection.name)
        if empty.version == projection.version and empty.rules.session_hours == SESSION_HOURS:
            return False
        rules = replace(empty.rules, session_hours=SESSION_HOURS)
        view = await lifecycle.order(
            connection, projection, rules, into=None, promote=True, unattended=False, despite_differences=True
        )
    coordinator = Coordinator(database, LogFeed(vault), master)
    outcome = await coordinator.rebuild(view)
    if not outcome.promoted:
        raise RuntimeError(f"{projection.name} {view.name} was not promoted")
    async with database.connection() as connection:
        await lifecycle.drop(connection, projection, empty)
    return True


async def _tidy(url: str) -> None:
    """What autovacuum would have done long before the year was over."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
