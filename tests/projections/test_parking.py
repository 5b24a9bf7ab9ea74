"""An event that a fold cannot take parks its conversation until it is mended; everything else goes on."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import pytest

from projections import views
from projections.projection import Rules
from projections.runner import Overtaken, Runner, drain
from service.storage.database import Database
from service.storage.feed import LogFeed
from service.storage.vault import Vault
from tests.storage.witness import Witness, exact, fetch, fill, installed, runner_of, witnessed

ALL: Final = range(64)


async def ledger(database: Database) -> list[tuple[Any, ...]]:
    return await fetch(
        database,
        "SELECT sum(position)::int, sum(applied)::int, sum(ignored)::int, sum(parked)::int "
        "FROM projection_checkpoints",
    )


async def parked(database: Database) -> list[tuple[Any, ...]]:
    return await fetch(
        database,
        "SELECT conversation_id, version, type, error, events::int FROM projection_parked "
        "ORDER BY parked_at, conversation_id",
    )


@pytest.fixture
async def log(database: Database) -> Database:
    await installed(database)
    return database


async def test_a_conversation_that_cannot_be_folded_is_parked_and_the_others_go_on(
    log: Database, vault: Vault
) -> None:
    ids = await fill(log, vault, 6, partitions=1)
    witness = Witness()
    witness.fails_at = {(ids[2], 2), (ids[4], 1)}
    assert await drain(await runner_of(log, witness), ALL) == 18
    assert await ledger(log) == [(18, 12 - 3, 6, 3)]
    found = {row[0]: row[1:] for row in await parked(log)}
    assert found.keys() == {ids[2], ids[4]}
    assert found[ids[2]][:2] == (2, "MessageReceived")
    assert found[ids[2]][2].startswith("ZeroDivisionError: the fold has a defect (fold, line ")
    assert found[ids[2]][3] == 1
    assert found[ids[4]][3] == 2
    assert len(await witnessed(log)) == 9


async def test_what_was_taken_before_the_fault_stays_and_what_comes_later_waits(
    log: Database, vault: Vault
) -> None:
    (broken,) = await fill(log, vault, 1, partitions=1)
    witness = Witness()
    witness.fails_at = {(broken, 2)}
    runner = await runner_of(log, witness)
    await drain(runner, ALL)
    async with log.connection() as connection:
        table = (await views.live(connection, "witness")).table("witness")
    assert await fetch(log, f"SELECT events::int, last_version::int FROM {table}") == [(1, 1)]
    await _more(log, broken)
    await drain(runner, ALL)
    assert [row[4] for row in await parked(log)] == [2]
    assert await ledger(log) == [(4, 1, 1, 2)]


async def _more(log: Database, conversation_id: UUID) -> None:
    async with log.transaction() as connection:
        await connection.execute(
            "INSERT INTO events "
            "SELECT partition, 4, conversation_id, 4, type, recorded_at, NULL, data, sealed "
            "FROM events WHERE conversation_id = $1 AND version = 2",
            conversation_id,
        )


async def test_a_parked_conversation_is_taken_up_again_after_the_fix_and_nothing_is_missing(
    log: Database, vault: Vault
) -> None:
    ids = await fill(log, vault, 5, partitions=1)
    witness = Witness()
    witness.fails_at = {(ids[0], 1), (ids[3], 2)}
    runner = await runner_of(log, witness)
    await drain(runner, ALL)
    assert not await runner.take_up(0, ids[3])
    assert len(await parked(log)) == 2
    witness.fails_at = {(ids[0], 2)}
    assert await runner.take_up(0, ids[3])
    assert not await runner.take_up(0, ids[0])
    assert [row[:2] + row[4:] for row in await parked(log)] == [(ids[0], 2, 1)]
    witness.fails_at = set()
    assert await runner.take_up(0, ids[0])
    with pytest.raises(LookupError, match="not parked"):
        await runner.take_up(0, ids[0])
    assert await parked(log) == []
    await exact(log)


async def test_a_runner_that_still_believes_it_parked_writes_nothing_and_reads_again(
    log: Database, vault: Vault
) -> None:
    (broken,) = await fill(log, vault, 1, partitions=1)
    witness = Witness()
    witness.fails_at = {(broken, 2)}
    stale = await runner_of(log, witness)
    await drain(stale, ALL)
    assert await (await runner_of(log)).take_up(0, broken)
    witness.fails_at = set()
    await _more(log, broken)
    with pytest.raises(Overtaken):
        await stale.run(ALL)
    await drain(stale, ALL)
    await exact(log)


async def test_an_event_that_cannot_be_read_parks_its_conversation(log: Database, vault: Vault) -> None:
    ids = await fill(log, vault, 3, partitions=1)
    async with log.connection() as connection:
        await connection.execute(
            "UPDATE events SET data = '{\"kind\": 7}' WHERE conversation_id = $1 AND version = 2", ids[1]
        )
    await drain(await runner_of(log), ALL)
    assert [row[:3] for row in await parked(log)] == [(ids[1], 2, "MessageReceived")]
    assert await ledger(log) == [(9, 5, 3, 1)]


async def test_a_runner_that_starts_again_knows_who_is_parked(log: Database, vault: Vault) -> None:
    (broken,) = await fill(log, vault, 1, partitions=1)
    witness = Witness()
    witness.fails_at = {(broken, 2)}
    await drain(await runner_of(log, witness), ALL)
    await _more(log, broken)
    await drain(await runner_of(log), ALL)
    assert await ledger(log) == [(4, 1, 1, 2)]
    assert [row[4] for row in await parked(log)] == [2]


async def test_an_as_of_view_takes_what_was_recorded_by_then_and_ignores_the_rest(
    log: Database, vault: Vault
) -> None:
    (only,) = await fill(log, vault, 1, partitions=1)
    async with log.connection() as connection:
        await connection.execute(
            "UPDATE events SET recorded_at = recorded_at + interval '1 day' WHERE version > 1"
        )
        instant = await connection.fetchval("SELECT recorded_at FROM events WHERE version = 1")
        view = await views.create(connection, Witness(), "then", Rules(as_of=instant), "following")
    await drain(Runner(log.pool, LogFeed(), Witness(), view), ALL)
    assert await fetch(log, f"SELECT conversation_id, events::int FROM {view.table('witness')}") == [
        (only, 1)
    ]
    assert await fetch(
        log,
        "SELECT applied::int, ignored::int FROM projection_checkpoints "
        f"WHERE view_id = {view.id} AND position > 0",
    ) == [(1, 2)]
