"""The live loop of a projection: every event once, rows and checkpoint together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final
from uuid import uuid4

import asyncpg
import pytest

from projections import runner as loop
from projections.projection import RecordedEvent
from projections.runner import BATCH, Overtaken, Runner, drain, install
from service.storage.database import Database
from service.storage.feed import LogFeed
from service.storage.vault import Vault
from tests.storage.witness import Witness, checkpoints, exact, fetch, fill

ALL: Final = range(64)


class HoledFeed(LogFeed):
    """A log that has lost an event."""

    def __init__(self, missing: int) -> None:
        self.missing = missing

    async def read(
        self, connection: asyncpg.Connection, after: Mapping[int, int], limit: int
    ) -> list[RecordedEvent]:
        events = await super().read(connection, after, limit)
        return [event for event in events if event.position != self.missing]


@pytest.fixture
async def log(database: Database) -> Database:
    async with database.connection() as connection:
        await install(connection, [Witness()])
    return database


async def test_every_event_is_applied_or_ignored_once_and_counted(log: Database, vault: Vault) -> None:
    await fill(log, vault, 100)
    runner = Runner(log.pool, LogFeed(), Witness())
    assert await drain(runner, ALL) == 300
    await exact(log)
    assert await runner.run(ALL) == 0
    assert all(
        position == applied + ignored for position, applied, ignored in (await checkpoints(log)).values()
    )


async def test_more_than_a_batch_of_one_partition_is_taken_in_pieces(log: Database, vault: Vault) -> None:
    await fill(log, vault, 200, partitions=1)
    runner = Runner(log.pool, LogFeed(), Witness())
    assert await runner.run([0]) == BATCH
    assert (await checkpoints(log))[0][0] == BATCH
    assert await drain(runner, [0]) == 600 - BATCH
    await exact(log)


async def test_only_the_partitions_asked_for_are_brought_forward(log: Database, vault: Vault) -> None:
    await fill(log, vault, 8, partitions=4)
    runner = Runner(log.pool, LogFeed(), Witness())
    await drain(runner, [1, 3])
    assert set(await checkpoints(log)) == {1, 3}
    assert await drain(runner, []) == 0
    await drain(runner, ALL)
    await exact(log)


async def test_another_runner_goes_on_from_the_checkpoints(log: Database, vault: Vault) -> None:
    await fill(log, vault, 20)
    await drain(Runner(log.pool, LogFeed(), Witness()), ALL)
    await fill(log, vault, 20)
    assert await drain(Runner(log.pool, LogFeed(), Witness()), ALL) == 60
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
        runner = Runner(log.pool, LogFeed(), Witness())
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
    slow, fast = Runner(log.pool, LogFeed(), witness := Witness()), Runner(log.pool, LogFeed(), Witness())
    await slow.run([0])
    await fill(log, vault, 4, partitions=1)
    await drain(fast, [0])
    await fill(log, vault, 4, partitions=1)
    with pytest.raises(Overtaken):
        await slow.run([0])
    assert witness.forgotten == 1
    assert (await checkpoints(log))[0][0] == 24
    assert await slow.run([0]) == 12
    await exact(log)


async def test_being_overtaken_in_one_partition_writes_nothing_in_the_others(
    log: Database, vault: Vault
) -> None:
    slow, fast = Runner(log.pool, LogFeed(), Witness()), Runner(log.pool, LogFeed(), Witness())
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
    runner = Runner(log.pool, LogFeed(), witness)
    witness.fails_at = 7
    with pytest.raises(ZeroDivisionError):
        await runner.run([0])
    assert await checkpoints(log) == {}
    assert await fetch(log, "SELECT * FROM witnessed") == []
    assert witness.forgotten == 1
    witness.fails_at = None
    assert await drain(runner, [0]) == 12
    await exact(log)


async def test_a_runner_that_is_cancelled_in_the_middle_takes_nothing_twice(
    log: Database, vault: Vault
) -> None:
    await fill(log, vault, 60, partitions=1)
    runner = Runner(log.pool, LogFeed(), Witness())
    for turns in range(0, 60, 3):
        task = asyncio.create_task(runner.run([0]))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await drain(runner, [0])
    await exact(log)


@pytest.mark.parametrize("missing", [1, 5, 12])
async def test_a_missing_position_is_an_error_and_is_never_skipped(
    log: Database, vault: Vault, missing: int
) -> None:
    await fill(log, vault, 5, partitions=1)
    runner = Runner(log.pool, HoledFeed(missing), Witness())
    for _ in range(2):
        with pytest.raises(LookupError, match=f"partition 0: {missing} is missing"):
            await runner.run([0])
    assert await checkpoints(log) == {}
    assert await fetch(log, "SELECT * FROM witnessed") == []


async def test_a_position_deleted_from_the_log_is_an_error(log: Database, vault: Vault) -> None:
    await fill(log, vault, 5, partitions=1)
    async with log.connection() as connection:
        await connection.execute("DELETE FROM events WHERE partition = 0 AND position = 4")
    with pytest.raises(LookupError, match="4 is missing"):
        await Runner(log.pool, LogFeed(), Witness()).run([0])


async def test_an_event_that_cannot_be_read_stops_the_projection_before_it(
    log: Database, vault: Vault
) -> None:
    await fill(log, vault, 2, partitions=1)
    async with log.connection() as connection:
        await connection.execute("UPDATE events SET type = 'Nonsense' WHERE position = 5")
    with pytest.raises(Exception, match="Nonsense"):
        await drain(Runner(log.pool, LogFeed(), Witness()), [0])
    assert await checkpoints(log) == {}


async def test_the_table_refuses_a_checkpoint_whose_counts_do_not_add_up(log: Database) -> None:
    async with log.connection() as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(
                "UPDATE projection_checkpoints SET position = 5, applied = 3, ignored = 1"
            )


async def test_two_versions_of_a_projection_have_checkpoints_of_their_own(
    log: Database, vault: Vault
) -> None:
    await fill(log, vault, 4, partitions=1)
    await drain(Runner(log.pool, LogFeed(), Witness()), [0])
    newer = Witness()
    newer.version = 2
    async with log.connection() as connection:
        await install(connection, [newer])
        await connection.execute("TRUNCATE witnessed")
    assert await drain(Runner(log.pool, LogFeed(), newer), [0]) == 12
    positions = "SELECT version, position FROM projection_checkpoints WHERE partition = 0 ORDER BY version"
    assert await fetch(log, positions) == [(1, 12), (2, 12)]


async def test_a_checkpoint_moves_only_from_where_it_was_believed_to_be(log: Database) -> None:
    async with log.connection() as connection:
        move = ("witness", 1, [3], [0], [5], [3], [2])
        assert [row[0] for row in await connection.fetch(loop.ADVANCE, *move)] == [3]
        assert await connection.fetch(loop.ADVANCE, *move) == []
        assert await connection.fetch(loop.ADVANCE, str(uuid4()), *move[1:]) == []
