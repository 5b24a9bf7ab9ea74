"""A projection that writes down what it is given, and what it should have been given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from projections import views
from projections.projection import Changes, RecordedEvent, Rules, Table
from projections.runner import Runner
from projections.tables import state_table
from projections.views import View
from service.storage.database import Database
from service.storage.feed import LogFeed
from service.storage.vault import Vault
from tests.storage.streams import NOW, append, begun


@dataclass(slots=True)
class Seen:
    """What was seen of one conversation."""

    partition: int
    conversation_id: UUID
    events: int = 0
    last_version: int = 0


class Witness:
    """A projection that writes down every event it is given, and fails when it is told to.

    ``fails_at``: versions that it cannot take. ``repeats_at``: a position whose row it asks for in a way
    that the database must refuse.
    """

    name = "witness"
    version = 1
    handles = frozenset({"ConversationStarted", "MessageReceived"})
    personal = False
    parameters = frozenset({"session_hours"})
    state = Seen
    states = state_table("witness", Seen)
    tables: tuple[Table, ...] = (
        Table(
            "witnessed",
            {"partition": "smallint", "position": "bigint", "conversation_id": "uuid"},
            ("partition", "position"),
        ),
        Table("witness_totals", {"type": "text", "n": "bigint"}, ("type",), sums=("n",)),
    )

    def __init__(self) -> None:
        self.fails_at: set[tuple[UUID, int]] = set()
        self.repeats_at: int | None = None

    def fold(self, state: Seen, event: RecordedEvent, _rules: Rules, changes: Changes, /) -> None:
        """Write the event down."""
        state.events += 1
        state.last_version = event.version
        key = (event.partition, event.position)
        changes.append("witnessed", key, (*key, event.conversation_id))
        if event.position == self.repeats_at:
            changes.append("witnessed", (*key, "again"), (*key, event.conversation_id))
        changes.add("witness_totals", (event.type,), 1)
        if (event.conversation_id, event.version) in self.fails_at:
            raise ZeroDivisionError("the fold has a defect")


async def installed(database: Database, witness: Witness | None = None) -> View:
    """The live view of a witness."""
    async with database.connection() as connection:
        await views.install(connection, [witness or Witness()], Rules())
        return await views.live(connection, "witness")


async def runner_of(database: Database, witness: Witness | None = None) -> Runner:
    """A runner of the live view."""
    async with database.connection() as connection:
        live = await views.live(connection, "witness")
    return Runner(database.pool, LogFeed(), witness or Witness(), live)


async def fetch(database: Database, statement: str) -> list[tuple[Any, ...]]:
    async with database.connection() as connection:
        return [tuple(row) for row in await connection.fetch(statement)]


async def witnessed(database: Database) -> list[tuple[Any, ...]]:
    """What the live view holds."""
    async with database.connection() as connection:
        live = await views.live(connection, "witness")
    return await fetch(
        database, f"SELECT partition, position FROM {live.table('witnessed')} ORDER BY partition, position"
    )


async def checkpoints(database: Database) -> dict[int, tuple[int, int, int]]:
    rows = await fetch(
        database,
        "SELECT c.partition, c.position, c.applied, c.ignored FROM projection_checkpoints c "
        "JOIN projection_views v ON v.id = c.view_id "
        "WHERE c.position > 0 AND v.projection = 'witness' AND v.state = 'live'",
    )
    return {row[0]: row[1:] for row in rows}


async def fill(database: Database, vault: Vault, count: int, partitions: int = 64) -> list[UUID]:
    """Conversations of three events each, one of which the witness ignores; their ids."""
    lives = [begun(vault, "m1") for _ in range(count)]
    for n, live in enumerate(lives):
        live.partition = n % partitions
        live.conversation.hand_over("kim", NOW)
    await append(database, *lives)
    return [live.conversation.id for live in lives]


async def exact(database: Database) -> None:
    """Each event of the log was taken once, and the checkpoints and sums say so."""
    log_has = await fetch(
        database,
        "SELECT partition, max(position), count(*) FILTER (WHERE type <> 'HandedOver'), "
        "count(*) FILTER (WHERE type = 'HandedOver') FROM events GROUP BY partition",
    )
    assert await checkpoints(database) == {row[0]: row[1:] for row in log_has}
    assert await witnessed(database) == await fetch(
        database,
        "SELECT partition, position FROM events WHERE type <> 'HandedOver' ORDER BY partition, position",
    )
    async with database.connection() as connection:
        live = await views.live(connection, "witness")
    assert await fetch(
        database, f"SELECT type, n FROM {live.table('witness_totals')} ORDER BY 1"
    ) == await fetch(
        database, "SELECT type, count(*) FROM events WHERE type <> 'HandedOver' GROUP BY 1 ORDER BY 1"
    )
    assert await fetch(
        database, f"SELECT conversation_id, events, last_version FROM {live.table('witness')} ORDER BY 1"
    ) == await fetch(
        database,
        "SELECT conversation_id, count(*), max(version) FROM events WHERE type <> 'HandedOver' "
        "GROUP BY 1 ORDER BY 1",
    )
