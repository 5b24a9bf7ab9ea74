"""Which conversations owe something."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from service.storage import owed
from service.storage.database import Database
from tests.storage.streams import NOW


async def test_what_is_owed_is_read_longest_waiting_first_and_by_partition(database: Database) -> None:
    ids = [uuid4() for _ in range(4)]
    ages = [3, 9, 1, 5]
    async with database.connection() as connection:
        await owed.mark(
            connection,
            [
                (n % 2, conversation, NOW - timedelta(hours=age), "draft")
                for n, (conversation, age) in enumerate(zip(ids, ages, strict=True))
            ],
        )
        assert await owed.read(connection, [0, 1]) == [ids[1], ids[3], ids[0], ids[2]]
        assert await owed.read(connection, [0]) == [ids[0], ids[2]]
        assert await owed.read(connection, [5]) == []
        assert await owed.count(connection) == 4


async def test_marking_again_changes_the_step_and_not_since_when(database: Database) -> None:
    conversation = uuid4()
    async with database.connection() as connection:
        await owed.mark(connection, [(1, conversation, NOW, "draft")])
        await owed.mark(connection, [(1, conversation, NOW + timedelta(hours=1), "send")])
        rows = await connection.fetch("SELECT since, step FROM owed")
    assert [tuple(row) for row in rows] == [(NOW, "send")]


async def test_settling_takes_out_the_one_and_nobody_else(database: Database) -> None:
    same = uuid4()
    async with database.connection() as connection:
        await owed.mark(connection, [(1, same, NOW, "draft"), (2, same, NOW, "draft")])
        await owed.clear(connection, [(1, same), (1, uuid4())])
        await owed.clear(connection, [])
        await owed.mark(connection, [])
        assert await owed.read(connection, [1]) == []
        assert await owed.read(connection, [2]) == [same]
