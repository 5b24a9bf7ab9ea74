"""A transaction that stays open for hours keeps every dead row; no batch may have to pass over them.

Counted is how many pages a statement touches: that is the same on every machine, however busy it is.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, Final

import asyncpg
import pytest

from projections import runner, views
from service.storage import inbox
from service.storage.database import Database
from service.storage.ids import earlier, ordered_id
from service.storage.log import HEADS
from service.storage.reach import BEGINNING
from tests.storage.streams import NOW, connected
from tests.storage.witness import installed

BATCHES: Final = 5_000
FEW: Final = 8
"""Pages that a statement may touch more than at first: indexes get deeper."""

DEEPER: Final = 3
"""The same for each look into one partition, where all 64 are looked into."""

APPEND: Final = """
append_events(ARRAY[0]::smallint[], ARRAY[gen_random_uuid()], ARRAY[1], ARRAY['ConversationStarted'],
              ARRAY[now()], ARRAY[NULL]::bytea[], ARRAY['{}'], ARRAY[NULL]::bytea[])
"""
MOVE: Final = """
UPDATE projection_ledger SET position = position + 1, applied = applied + 1
WHERE view_id = {view} AND partition = 0 AND position = n - 1
"""


@pytest.fixture
async def held(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database of which another transaction holds a snapshot."""
    async with connected(database.url) as holder, connected(database.url) as connection:
        await holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM events")
        yield connection


async def pages(connection: asyncpg.Connection, statement: str, *arguments: object) -> int:
    """How many pages a statement touches. What it changes is taken back."""
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(runner.WRITING)
    try:
        explained = await connection.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", *arguments
        )
    finally:
        await transaction.rollback()
    plan: dict[str, Any] = json.loads(explained)[0]["Plan"]
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])


async def repeat(connection: asyncpg.Connection, statement: str, times: int = BATCHES) -> None:
    await connection.execute(f"DO $$ BEGIN FOR n IN 1..{times} LOOP {statement}; END LOOP; END $$")


async def test_an_append_and_a_look_at_the_heads_cost_the_same_after_thousands_of_them(
    held: asyncpg.Connection,
) -> None:
    statements = (f"SELECT * FROM {APPEND}", HEADS)
    await repeat(held, f"PERFORM * FROM {APPEND}", 10)
    before = [await pages(held, statement) for statement in statements]
    await repeat(held, f"PERFORM * FROM {APPEND}")
    after = [await pages(held, statement) for statement in statements]
    assert after[0] <= before[0] + FEW
    assert after[1] <= before[1] + 64 * DEEPER
    assert await held.fetchval("SELECT head FROM partitions WHERE partition = 0") == BATCHES + 10


async def test_a_checkpoint_costs_the_same_after_it_was_moved_thousands_of_times(
    database: Database, held: asyncpg.Connection
) -> None:
    view = await installed(database)

    async def cost(position: int) -> list[int]:
        move = ([position], [position + 1], [1], [0], [0])
        every = (
            list(range(64)),
            *([*given, *[at] * 63] for given, at in zip(move, (0, 1, 1, 0, 0), strict=True)),
        )
        return [
            await pages(held, runner.ADVANCE, view.id, [0], *move),
            await pages(held, runner.POSITIONS, view.id, [0]),
            await pages(held, runner.LOCK_CHECKPOINT, view.id, 0),
            await pages(held, views.LAG, view.id),
            await pages(held, runner.ADVANCE, view.id, *every),
        ]

    before = await cost(0)
    await repeat(held, MOVE.format(view=view.id))
    after = await cost(BATCHES)
    assert [late <= early + FEW for early, late in zip(before[:3], after[:3], strict=True)] == [True] * 3
    assert [late <= early + 64 * DEEPER for early, late in zip(before[3:], after[3:], strict=True)] == [
        True
    ] * 2
    row = await held.fetchrow(
        "SELECT position, applied FROM projection_checkpoints WHERE view_id = $1 AND partition = 0", view.id
    )
    assert row is not None
    assert tuple(row) == (BATCHES, BATCHES)


async def test_a_look_into_the_inbox_passes_over_nothing_that_was_taken(held: asyncpg.Connection) -> None:
    rows = [inbox.InboxRow(0, ordered_id(), ordered_id(), "message", NOW, b"{}") for _ in range(BATCHES)]
    await inbox.insert(held, rows)
    await inbox.delete(held, rows)
    again = inbox.InboxRow(0, ordered_id(), ordered_id(), "message", NOW, b"{}")
    await inbox.insert(held, [again])
    assert await inbox.fetch(held, {0: rows[-1].id}, [], 100) == [again]
    assert await pages(held, inbox.FETCH, [0], [], 100, [earlier(again.id, 0)]) <= FEW
    assert await pages(held, inbox.FETCH, [0], [], 100, [BEGINNING]) > 10 * FEW
