"""What arrived and is not in the log yet."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest

from service.storage import inbox
from service.storage.database import Database
from service.storage.ids import ordered_id
from service.storage.inbox import CROWD, Arrival, IgnoredRow, Inbox, InboxRow, NotDurable, QuarantineRow
from service.storage.reach import BEGINNING
from tests.storage.streams import NOW, fetchval, until


def row(partition: int = 0, conversation_id: UUID | None = None, item: bytes = b"{}") -> InboxRow:
    return InboxRow(partition, ordered_id(), conversation_id or uuid4(), "message", NOW, item)


@pytest.fixture
async def box(database: Database) -> AsyncIterator[Inbox]:
    opened = Inbox(database)
    opened.start()
    yield opened
    await opened.stop()


async def fetched(
    database: Database, partitions: list[int], over: list[UUID] | None = None, limit: int = 100
) -> list[InboxRow]:
    async with database.connection() as connection:
        return await inbox.fetch(connection, dict.fromkeys(partitions, BEGINNING), over or [], limit)


async def unreachable() -> Database:
    """A database whose server refuses every connection."""
    url = "postgresql://onethread@127.0.0.1:1/gone"
    return Database(url, await asyncpg.create_pool(url, min_size=0, max_size=2), 64)


async def test_what_was_put_is_there_once_put_returns(database: Database, box: Inbox) -> None:
    odd = row(3, item=b'{"text": "\\u0000 \xf0\x9f\x98\x80"}')
    await box.put(Arrival(rows=[odd, row(5)]))
    assert await fetched(database, [3]) == [odd]
    assert await fetchval(database, "SELECT count(*) FROM inbox") == 2


async def test_a_delivery_leaves_all_of_it_or_nothing(database: Database, box: Inbox) -> None:
    good = row()
    await box.put(Arrival(rows=[good]))
    ignored = IgnoredRow(0, uuid4(), NOW, "whatsapp", None, "account_update", "nothing to do", b"{}")
    aside = QuarantineRow(0, uuid4(), NOW, "entry[0]", "no sense", b"raw")
    with pytest.raises(NotDurable):
        await box.put(Arrival(rows=[row(), good], ignored=[ignored], quarantined=[aside]))
    tables = ("inbox", "ignored", "quarantine")
    counts = "SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
    async with database.connection() as connection:
        assert tuple(await connection.fetchrow(counts) or ()) == (1, 0, 0)
    await box.put(Arrival(rows=[row()], ignored=[ignored], quarantined=[aside]))
    async with database.connection() as connection:
        assert tuple(await connection.fetchrow(counts) or ()) == (2, 1, 1)
        assert await connection.fetchval("SELECT body FROM quarantine") == b"raw"


async def test_many_deliveries_at_once_are_few_commits_and_all_there(database: Database, box: Inbox) -> None:
    rows = [row(n % 64) for n in range(500)]
    await asyncio.gather(*(box.put(Arrival(rows=[r])) for r in rows))
    async with database.connection() as connection:
        stored = await connection.fetch("SELECT id, xmin::text FROM inbox")
    assert {r["id"] for r in stored} == {r.id for r in rows}
    assert len({r["xmin"] for r in stored}) < 20


async def test_rows_come_out_in_the_order_of_their_arrival_with_a_limit_for_each_partition(
    database: Database, box: Inbox
) -> None:
    """Whatever the order of their commits."""
    rows = [row(n % 3) for n in range(30)]
    for one in random.Random(7).sample(rows, 30):
        await box.put(Arrival(rows=[one]))
    assert await fetched(database, [1]) == rows[1::3]
    some = await fetched(database, [0, 2], limit=4)
    assert [r for r in some if r.partition == 0] == rows[0::3][:4]
    assert [r for r in some if r.partition == 2] == rows[2::3][:4]
    assert await fetched(database, []) == []


async def test_conversations_to_be_passed_over_do_not_hold_up_the_others(
    database: Database, box: Inbox
) -> None:
    waiting = uuid4()
    rows = [row(7, waiting) for _ in range(20)] + [row(7) for _ in range(3)]
    await box.put(Arrival(rows=rows))
    assert await fetched(database, [7], [waiting, uuid4()], limit=5) == rows[20:]


async def test_a_row_is_deleted_by_its_whole_key(database: Database, box: Inbox) -> None:
    same = ordered_id()
    here, there = (InboxRow(p, same, uuid4(), "message", NOW, b"{}") for p in (1, 2))
    await box.put(Arrival(rows=[here, there]))
    async with database.connection() as connection:
        await inbox.delete(connection, [here])
        await inbox.delete(connection, [])
        assert await inbox.count(connection) == 1
    assert await fetched(database, [1, 2]) == [there]


async def test_with_the_database_gone_a_delivery_is_refused_at_once() -> None:
    database = await unreachable()
    box = Inbox(database, patience=3.0)
    box.start()
    began = time.monotonic()
    with pytest.raises(NotDurable):
        await box.put(Arrival(rows=[row()]))
    assert time.monotonic() - began < 3.0
    await box.stop()
    await database.close()


async def test_with_a_database_that_does_not_answer_a_delivery_is_refused_after_the_patience() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"postgresql://onethread@127.0.0.1:{server.sockets[0].getsockname()[1]}/silent"
    database = Database(url, await asyncpg.create_pool(url, min_size=0, max_size=2), 64)
    box = Inbox(database, patience=0.2)
    box.start()
    began = time.monotonic()
    with pytest.raises(NotDurable):
        await box.put(Arrival(rows=[row()]))
    assert 0.2 <= time.monotonic() - began < 2.0
    server.close()
    await box.stop()
    await database.close()


async def test_its_connection_is_kept_for_as_long_as_it_is_open_and_given_back_at_the_end(
    database: Database,
) -> None:
    box = Inbox(database)
    box.start()
    for _ in range(3):
        await box.put(Arrival(rows=[row()]))
    assert database.pool.get_size() - database.pool.get_idle_size() == 1
    await box.stop()
    assert database.pool.get_size() == database.pool.get_idle_size()


async def test_a_refused_row_costs_neither_the_next_nor_a_connection(database: Database, box: Inbox) -> None:
    twice = row()
    await box.put(Arrival(rows=[twice]))
    for _ in range(20):
        with pytest.raises(NotDurable):
            await box.put(Arrival(rows=[twice]))
    await box.put(Arrival(rows=[row()]))
    assert database.pool.get_size() - database.pool.get_idle_size() == 1


async def test_a_crowd_is_one_until_shortly_after_it_is_committed(database: Database, box: Inbox) -> None:
    await box.put(Arrival(rows=[row()]))
    assert not box.crowded
    putting = asyncio.gather(*(box.put(Arrival(rows=[row()])) for _ in range(2 * CROWD)))
    await asyncio.sleep(0)
    assert box.crowded
    await putting
    assert box.crowded

    async def gone() -> bool:
        return not box.crowded

    await until(gone)


async def test_too_many_waiting_deliveries_are_told_to_come_again(database: Database) -> None:
    box = Inbox(database, most_waiting=2)
    kept = [asyncio.create_task(box.put(Arrival(rows=[row()]))) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(NotDurable, match="Full"):
        await box.put(Arrival(rows=[row()]))
    box.start()
    await asyncio.gather(*kept)
    await box.stop()
    assert await fetchval(database, "SELECT count(*) FROM inbox") == 2


async def test_deliveries_go_through_again_after_their_connections_were_killed(
    database: Database, box: Inbox
) -> None:
    await box.put(Arrival(rows=[row()]))
    async with database.connection() as connection:
        mine = await connection.fetchval("SELECT pg_backend_pid()")
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> $1",
            mine,
        )

    async def accepted() -> bool:
        try:
            await box.put(Arrival(rows=[row()]))
        except NotDurable:
            return False
        return True

    await until(accepted)


async def test_a_kept_connection_that_was_closed_meanwhile_costs_no_delivery(
    database: Database, box: Inbox
) -> None:
    await box.put(Arrival(rows=[row()]))
    other = await asyncpg.connect(database.url)
    killed = await other.fetch(
        "SELECT pid, pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await other.close()
    assert killed

    async def noticed() -> bool:
        return database.pool.get_size() == 0

    await until(noticed)
    await box.put(Arrival(rows=[row()]))
    assert await fetchval(database, "SELECT count(*) FROM inbox") == 2


def test_ids_of_one_process_sort_by_the_time_of_their_making() -> None:
    ids = [ordered_id() for _ in range(20_000)]
    assert ids == sorted(set(ids))
    assert {(i.version, i.variant) for i in ids} == {(7, "specified in RFC 4122")}
    assert abs((ids[-1].int >> 80) / 1000 - time.time()) < 5
