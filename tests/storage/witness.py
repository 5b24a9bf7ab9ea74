"""A projection that writes down what it is given, and what it should have been given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg

from projections.projection import RecordedEvent
from service.storage.database import Database
from service.storage.vault import Vault
from tests.storage.streams import NOW, append, begun


class Witness:
    """A projection that writes down every event it is given, and fails when it is told to."""

    name = "witness"
    version = 1
    handles = frozenset({"ConversationStarted", "MessageReceived"})
    tables = """
    CREATE TABLE IF NOT EXISTS witnessed
        (n bigserial, partition smallint, position bigint, PRIMARY KEY (partition, position))
    """

    def __init__(self) -> None:
        self.fails_at: int | None = None
        self.forgotten = 0

    async def fold(self, connection: asyncpg.Connection, events: Sequence[RecordedEvent]) -> None:
        for event in events:
            await connection.execute(
                "INSERT INTO witnessed (partition, position) VALUES ($1, $2)", event.partition, event.position
            )
            if event.position == self.fails_at:
                raise ZeroDivisionError

    def forget(self) -> None:
        self.forgotten += 1


async def fetch(database: Database, statement: str) -> list[tuple[Any, ...]]:
    async with database.connection() as connection:
        return [tuple(row) for row in await connection.fetch(statement)]


async def checkpoints(database: Database) -> dict[int, tuple[int, int, int]]:
    rows = await fetch(
        database,
        "SELECT partition, position, applied, ignored FROM projection_checkpoints WHERE position > 0",
    )
    return {row[0]: row[1:] for row in rows}


async def fill(database: Database, vault: Vault, count: int, partitions: int = 64) -> None:
    """Conversations of three events each, one of which the witness ignores."""
    lives = [begun(vault, "m1") for _ in range(count)]
    for n, live in enumerate(lives):
        live.partition = n % partitions
        live.conversation.hand_over("kim", NOW)
    await append(database, *lives)


async def exact(database: Database) -> None:
    """Each event of the log was taken once, and the checkpoints say so."""
    log_has = await fetch(
        database,
        "SELECT partition, max(position), count(*) FILTER (WHERE type <> 'HandedOver'), "
        "count(*) FILTER (WHERE type = 'HandedOver') FROM events GROUP BY partition",
    )
    assert await checkpoints(database) == {row[0]: row[1:] for row in log_has}
    given = await fetch(database, "SELECT partition, position FROM witnessed ORDER BY partition, position")
    assert given == await fetch(
        database,
        "SELECT partition, position FROM events WHERE type <> 'HandedOver' ORDER BY partition, position",
    )
    assert await fetch(database, "SELECT partition, position FROM witnessed ORDER BY partition, n") == given
