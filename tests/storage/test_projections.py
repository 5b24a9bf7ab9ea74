"""The live loop of a projection: every event once, rows and checkpoint together."""

from __future__ import annotations

import asyncio
from typing import Final

import asyncpg
import pytest

from projections import runner as loop
from projections import views
from projections.projection import Rules
from projections.runner import BATCH, FEWEST, TOGETHER, Overtaken, drain
from service.storage.database import Database
from service.storage.vault import Vault
from tests.storage.witness import Witness, checkpoints, exact, fill, installed, runner_of, witnessed

ALL: Final = range(64)


@pytest.fixture
async def log(database: Database) -> Database:
    await installed(database)
    return database


async def test_every_event_is_applied_or_ignored_once_and_counted(log: Database, vault: Vault) -> None:
    await fill(log, vault, 100)
    runner = await runner_of(log)
    assert await drain(runner, ALL) == 300
    await exact(log)
    assert await runner.run(ALL) == 0
    assert all(
        position == applied + ignored for position, applied, ignored in (await checkpoints(log)).values()
    )


async def test_more_than_a_batch_of_one_partition_is_taken_in_pieces(log: Database, vault: Vault) -> None:
    await fill(log, vault, 200, partitions=1)
    runner = await runner_of(log)
    assert await runner.run([0]) == BATCH
    assert (await checkpoints(log))[0][0] == BATCH
    assert await drain(runner, [0]) == 600 - BATCH
    await exact(log)


async def test_a_batch_of_all_partitions_together_is_bounded_too(log: Database, vault: Vault) -> None:
    await fill(log, vault, 600)
    runner = await runner_of(log)
    batches = []
    while taken := await runner.run(ALL):
        batches.append(taken)
    assert sum(batches) == 1800
    assert max(batches) <= max(TOGETHER, len(ALL) * FEWEST)
    await exact(log)


async def test_only_the_partitions_asked_for_are_brought_forward(log: Database, vault: Vault) -> None:
    await fill(log, vault, 8, partitions=4)
    runner = await runner_of(log)
    await drain(runner, [1, 3])
    assert set(await checkpoints(log)) == {1, 3}
    assert await drain(runner, []) == 0
    await drain(runner, ALL)
    await exact(log)


async def test_another_runner_goes_on_from_the_checkpoints(log: Database, vault: Vault) -> None:
    await fill(log, vault, 20)
    await drain(await runner_of(log), ALL)
    await fill(log, vault, 20)
    assert await drain(await runner_of(log), ALL) == 60
    await exact(log)


async def test_two_runners_at_once_on_the_same_partitions_take_every_event_once(
    log: Database, vault: Vault
) -> None:
    written = asyncio.Event()
    overtaken = 0

    async def write() -> None:
        for _ in range(15):
            await fill(log, vault, 12, partitions=3)
        written.set()

    async def follow() -> None:
        nonlocal overtaken
        runner = await runner_of(log)
        while True:
            last = written.is_set()
            try:
                taken = await runner.run([0, 1, 2])
            except Overtaken:
                overtaken += 1
                continue
            if last and not taken:
                return

    async with asyncio.timeout(60):
        await asyncio.gather(write(), follow(), follow(), follow())
    await exact(log)
    assert overtaken


async def test_who_was_overtaken_has_written_nothing_and_reads_again(log: Database, vault: Vault) -> None:
    await fill(log, vault, 4, partitions=1)
    slow, fast = await runner_of(log), await runner_of(log)
    await slow.run([0])
    await fill(log, vault, 4, partitions=1)
    await drain(fast, [0])
    await fill(log, vault, 4, partitions=1)
    with pytest.raises(Overtaken):
        await slow.run([0])
    assert (await checkpoints(log))[0][0] == 24
    assert await slow.run([0]) == 12
    await exact(log)


async def test_being_overtaken_in_one_partition_writes_nothing_in_the_others(
    log: Database, vault: Vault
) -> None:
    slow, fast = await runner_of(log), await runner_of(log)
    await slow.run([0, 1])
    await fill(log, vault, 4, partitions=2)
    await fast.run([1])
    with pytest.raises(Overtaken):
        await slow.run([0, 1])
    assert set(await checkpoints(log)) == {1}
    await drain(slow, [0, 1])
    await exact(log)


async def test_rows_and_checkpoint_roll_back_together(log: Database, vault: Vault) -> None:
    await fill(log, vault, 4, partitions=1)
    witness = Witness()
    runner = await runner_of(log, witness)
    witness.repeats_at = 7
    with pytest.raises(asyncpg.UniqueViolationError):
        await runner.run([0])
    assert await checkpoints(log) == {}
    assert await witnessed(log) == []
    witness.repeats_at = None
    assert await drain(runner, [0]) == 12
    await exact(log)


async def test_a_runner_that_is_cancelled_in_the_middle_takes_nothing_twice(
    log: Database, vault: Vault
) -> None:
    await fill(log, vault, 60, partitions=1)
    runner = await runner_of(log)
    for turns in range(0, 60, 3):
        task = asyncio.create_task(runner.run([0]))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await drain(runner, [0])
    await exact(log)


@pytest.mark.parametrize("missing", [1, 4, 11])
async def test_a_position_that_is_missing_from_the_log_is_an_error_and_is_never_skipped(
    log: Database, vault: Vault, missing: int
) -> None:
    await fill(log, vault, 5, partitions=1)
    async with log.connection() as connection:
        await connection.execute("DELETE FROM events WHERE partition = 0 AND position = $1", missing)
    runner = await runner_of(log)
    for _ in range(2):
        with pytest.raises(LookupError, match="only 14 are in the log"):
            await runner.run([0])
    assert await checkpoints(log) == {}
    assert await witnessed(log) == []


async def test_the_table_refuses_a_checkpoint_whose_counts_do_not_add_up(log: Database) -> None:
    async with log.connection() as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute("UPDATE projection_ledger SET position = 5, applied = 3, ignored = 1")


async def test_a_fold_of_another_version_gets_a_view_of_its_own_and_the_live_one_stays(
    log: Database, vault: Vault
) -> None:
    await fill(log, vault, 4, partitions=1)
    await drain(await runner_of(log), [0])
    newer = Witness()
    newer.version = 2
    async with log.connection() as connection:
        for _ in range(2):
            await views.install(connection, [newer], Rules())
        there = await views.every(connection)
    assert [(view.version, view.state, view.promote) for view in there] == [
        (1, "live", False),
        (2, "filling", True),
    ]
    await exact(log)


async def test_a_view_that_was_dropped_is_brought_no_further(log: Database, vault: Vault) -> None:
    await fill(log, vault, 8)
    runner = await runner_of(log)
    async with log.connection() as connection:
        await connection.execute("DELETE FROM projection_ledger")
    assert await runner.run(range(64)) == 0


async def test_a_checkpoint_moves_only_from_where_it_was_believed_to_be(log: Database) -> None:
    async with log.connection() as connection:
        view = await views.live(connection, "witness")
        move = (view.id, [3], [0], [5], [3], [2], [0])
        assert [row[0] for row in await connection.fetch(loop.ADVANCE, *move)] == [3]
        assert await connection.fetch(loop.ADVANCE, *move) == []
        assert await connection.fetch(loop.ADVANCE, view.id + 1, *move[1:]) == []
