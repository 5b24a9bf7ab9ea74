"""Whoever reads the log onwards sees every event once and in order, whatever the writers do."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import pytest

from domain.events import EVENT_TYPES
from domain.inbound import Edit
from projections.projection import RecordedEvent
from service.storage import log
from service.storage.database import Database
from service.storage.feed import LogFeed
from service.storage.log import Live, StoredEvent
from service.storage.vault import Vault
from tests.storage.streams import NOW, POLICY, append, begun, connected, loaded, pending, says

EVERY_TYPE = frozenset(EVENT_TYPES)

Seen = dict[int, list[StoredEvent | RecordedEvent]]


def check(seen: Sequence[StoredEvent | RecordedEvent]) -> None:
    """Positions and the versions of each conversation are dense and ascending."""
    assert [event.position for event in seen] == list(range(1, len(seen) + 1))
    versions: dict[UUID, int] = {}
    for event in seen:
        assert event.version == versions.get(event.conversation_id, 0) + 1
        versions[event.conversation_id] = event.version


async def tail(database: Database, partitions: list[int], total: int, *, by_feed: bool) -> Seen:
    """Follow the partitions until as many events were seen."""
    seen: Seen = {partition: [] for partition in partitions}
    async with asyncio.timeout(60):
        while sum(map(len, seen.values())) < total:
            async with database.connection() as connection:
                if by_feed:
                    after = {p: events[-1].position if events else 0 for p, events in seen.items()}
                    for part in await LogFeed().read(connection, after, 7, EVERY_TYPE):
                        seen[part.partition].extend(part.events)
                else:
                    for partition, events in seen.items():
                        last = events[-1].position if events else 0
                        events.extend(await log.read_partition(connection, partition, last, 7))
    return seen


@pytest.mark.parametrize("by_feed", [True, False])
async def test_a_tailing_reader_misses_nothing_while_many_write_and_some_roll_back(
    database: Database, vault: Vault, by_feed: bool
) -> None:
    writers, rounds, batch = 8, 6, 5
    chance = random.Random(7)
    two_partitions = [3, 4]

    async def write(worker: int) -> None:
        for n in range(rounds):
            while True:
                lives = [begun(vault, f"{worker}-{n}") for _ in range(batch)]
                for live in lives:
                    live.partition = two_partitions[chance.randrange(2)]
                try:
                    async with database.transaction() as connection:
                        assert await log.append(connection, [pending(live) for live in lives]) == {}
                        # Others draw their positions while this one has not committed yet.
                        await connection.execute("SELECT pg_sleep($1)", chance.random() / 200)
                        _perhaps_fail(chance)
                    break
                except ZeroDivisionError:
                    continue

    total = writers * rounds * batch * 2
    reading = asyncio.create_task(tail(database, two_partitions, total, by_feed=by_feed))
    await asyncio.gather(*(write(worker) for worker in range(writers)))
    seen = await reading
    for partition in two_partitions:
        check(seen[partition])
    async with database.connection() as connection:
        heads = await log.heads(connection)
    assert {p: heads[p] for p in two_partitions} == {p: len(events) for p, events in seen.items()}


def edit(live: Live, message_id: str) -> Edit:
    return Edit(
        sender=live.conversation.sender,
        received_at=NOW,
        message_id=message_id,
        edited_at=NOW,
        text="corrected",
    )


def _perhaps_fail(chance: random.Random) -> None:
    if chance.random() < 0.25:
        raise ZeroDivisionError


async def test_an_append_that_is_rolled_back_at_its_commit_leaves_no_hole(
    database: Database, vault: Vault
) -> None:
    async with database.connection() as connection:
        await connection.execute(
            "CREATE TABLE odd (id int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO odd VALUES (1)"
        )
    lives = [begun(vault, "a") for _ in range(3)]
    for live in lives:
        live.partition = 5
    await append(database, lives[0])

    async def fail_at_commit() -> None:
        async with database.transaction() as connection:
            assert await log.append(connection, [pending(lives[1])]) == {}
            await connection.execute("INSERT INTO odd VALUES (1)")

    with pytest.raises(asyncpg.UniqueViolationError, match="odd_id_key"):
        await fail_at_commit()
    await append(database, lives[2])
    async with database.connection() as connection:
        events = await log.read_partition(connection, 5, 0, 100)
    check(events)
    assert {event.conversation_id for event in events} == {lives[0].conversation.id, lives[2].conversation.id}


async def test_a_session_that_holds_an_old_snapshot_stops_neither_appends_nor_readers(
    database: Database, vault: Vault, admin_url: str
) -> None:
    live = begun(vault, "a")
    await append(database, live)
    async with connected(database.url) as idle, connected(admin_url) as elsewhere:
        await idle.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        await idle.execute("SELECT count(*) FROM events; CREATE TEMP TABLE kept (id int)")
        await elsewhere.execute("BEGIN; SELECT pg_current_xact_id()")
        for n in range(20):
            says(live.conversation, f"m{n}")
            await append(database, live)
        async with database.connection() as connection:
            seen = await log.read_partition(connection, live.partition, 0, 100)
        check(seen)
        assert len(seen) == 22
        assert await idle.fetchval("SELECT count(*) FROM events") == 2
        await idle.execute("ROLLBACK")
        await elsewhere.execute("ROLLBACK")


async def test_a_writer_that_has_not_committed_holds_up_its_own_partition_only(
    database: Database, vault: Vault
) -> None:
    held, same, other = (begun(vault) for _ in range(3))
    held.partition = same.partition = 1
    other.partition = 2
    async with database.transaction() as connection:
        await log.append(connection, [pending(held)])
        blocked = asyncio.create_task(append(database, same))
        assert await append(database, other) == {}
        async with database.connection() as reader:
            assert await log.read_partition(reader, 1, 0, 10) == []
        assert not blocked.done()
    assert await blocked == {}
    async with database.connection() as reader:
        events = await log.read_partition(reader, 1, 0, 10)
    assert [event.conversation_id for event in events] == [held.conversation.id, same.conversation.id]


async def test_batches_over_the_same_partitions_in_any_order_do_not_lock_each_other_out(
    database: Database, vault: Vault
) -> None:
    async def write(order: list[int]) -> None:
        for _ in range(10):
            lives = [begun(vault) for _ in order]
            for live, partition in zip(lives, order, strict=True):
                live.partition = partition
            assert await append(database, *lives) == {}

    await asyncio.gather(write([1, 2, 3]), write([3, 2, 1]), write([2, 3, 1]), write([3, 1, 2]))
    async with database.connection() as connection:
        heads = await log.heads(connection)
    assert [heads[p] for p in (1, 2, 3)] == [40, 40, 40]


async def test_spoken_events_are_read_forwards_and_backwards_in_pages(
    database: Database, vault: Vault
) -> None:
    live = begun(vault, *(f"m{n}" for n in range(9)))
    for n in range(9):
        live.conversation.observe(edit(live, f"m{n}"), NOW, POLICY)
    await append(database, live)
    known = await loaded(database, vault, live.conversation.id)
    async with database.connection() as connection:
        forwards = await log.read_spoken(connection, known, ["MessageReceived"], after=4, limit=3)
        backwards = await log.read_spoken_back(connection, known, ["MessageReceived"], before=9, limit=3)
        both = await log.read_spoken(
            connection, known, ["MessageReceived", "MessageEdited"], after=9, limit=3
        )
    assert [event.originator_version for event in forwards] == [5, 6, 7]
    assert [event.originator_version for event in backwards] == [6, 7, 8]
    assert [type(event).__name__ for event in both] == ["MessageReceived", "MessageEdited", "MessageEdited"]


async def test_a_stream_is_read_between_two_versions(database: Database, vault: Vault) -> None:
    live = begun(vault, *(f"m{n}" for n in range(9)))
    await append(database, live)
    known = await loaded(database, vault, live.conversation.id)
    async with database.connection() as connection:
        part = await log.read_stream(connection, known, after=3, through=6)
        assert [event.originator_version for event in part] == [4, 5, 6]
        assert await log.read_stream(connection, known, after=10) == []
