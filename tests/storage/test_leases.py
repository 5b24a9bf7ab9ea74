"""Who works on which partitions."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from service.storage import leases
from service.storage.database import Database
from service.storage.leases import Worker
from tests.storage.streams import connected, until

ALL = set(range(64))
LONG, SHORT = 60.0, 0.25


def worker(n: int = 0) -> Worker:
    return Worker(uuid4(), "host", 1000 + n)


async def rebalance(database: Database, who: Worker, seconds: float = LONG) -> set[int]:
    async with database.connection() as connection:
        return await leases.rebalance(connection, who, seconds)


async def holders(database: Database) -> dict[int, object]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT partition, worker_id FROM leases WHERE until > now()")
    return {row["partition"]: row["worker_id"] for row in rows}


async def test_a_lone_worker_holds_everything(database: Database) -> None:
    alone = worker()
    assert await rebalance(database, alone) == ALL
    assert await rebalance(database, alone) == ALL
    assert set(await holders(database)) == ALL


@pytest.mark.parametrize("count", [2, 3, 4, 5])
async def test_workers_share_the_partitions_fairly(database: Database, count: int) -> None:
    workers = [worker(n) for n in range(count)]
    held: dict[Worker, set[int]] = {}
    for _ in range(3):
        for who in workers:
            held[who] = await rebalance(database, who)
    assert set().union(*held.values()) == ALL
    assert sum(map(len, held.values())) == 64
    share = -(-64 // count)
    assert all(share - count < len(partitions) <= share for partitions in held.values())
    assert await holders(database) == {p: who.worker_id for who, mine in held.items() for p in mine}


async def test_a_worker_keeps_what_it_holds_while_others_come(database: Database) -> None:
    first, second = worker(1), worker(2)
    before = await rebalance(database, first)
    assert await rebalance(database, second) == set()
    after = await rebalance(database, first)
    assert after < before
    assert len(after) == 32
    assert await rebalance(database, second) == ALL - after


async def test_the_partitions_of_a_silent_worker_are_taken_once_its_leases_ran_out(
    database: Database,
) -> None:
    silent, other = worker(1), worker(2)
    assert await rebalance(database, silent, SHORT) == ALL
    taken = await rebalance(database, other, SHORT)
    assert taken == set()

    async def took_over() -> bool:
        return await rebalance(database, other, SHORT) == ALL

    await until(took_over)
    assert set((await holders(database)).values()) == {other.worker_id}
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT min(epoch) FROM leases") == 2


async def test_a_worker_that_leaves_gives_everything_back_at_once(database: Database) -> None:
    leaving, staying = worker(1), worker(2)
    await rebalance(database, leaving)
    await rebalance(database, staying)
    async with database.connection() as connection:
        await leases.leave(connection, leaving)
    assert await rebalance(database, staying) == ALL
    async with database.connection() as connection:
        owners = await leases.owners(connection)
        assert [(owner.worker_id, owner.partitions) for owner in owners] == [(staying.worker_id, 64)]
        await leases.leave(connection, staying)
        assert not await leases.anybody(connection, LONG)


async def test_claimers_that_race_get_different_partitions(database: Database) -> None:
    workers = [worker(n) for n in range(5)]
    held: list[set[int]] = []
    for _ in range(6):
        held = await asyncio.gather(*(rebalance(database, who) for who in workers))
        assert sum(map(len, held)) == len(set().union(*held))
    assert set().union(*held) == ALL


async def test_workers_that_wake_together_after_an_outage_do_not_fail_each_other(fresh_url: str) -> None:
    """The database was away for longer than their leases; both come back at the same moment."""
    workers = [worker(n) for n in range(2)]
    async with connected(fresh_url) as first, connected(fresh_url) as second:
        for _ in range(4):
            await asyncio.gather(
                *(leases.rebalance(c, who, LONG) for c, who in zip((first, second), workers, strict=True))
            )
            await first.execute("UPDATE workers SET seen_at = now() - interval '1 hour'")
            await first.execute("UPDATE leases SET until = now() - interval '1 hour'")


async def test_whoever_has_not_been_seen_for_long_is_forgotten(database: Database) -> None:
    gone, here = worker(1), worker(2)
    await rebalance(database, gone)
    async with database.connection() as connection:
        await connection.execute("UPDATE workers SET seen_at = now() - interval '5 minutes'")
        assert not await leases.anybody(connection, LONG)
    await rebalance(database, here)
    async with database.connection() as connection:
        assert [owner.worker_id for owner in await leases.owners(connection)] == [here.worker_id]
        assert await leases.anybody(connection, LONG)
