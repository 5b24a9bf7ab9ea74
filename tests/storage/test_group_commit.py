"""Whoever waits while one batch commits forms the next batch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from service.storage.group_commit import Full, GroupCommit

BAD, LOST = -1, -2


class Gate:
    """A commit that takes until it is let go, and notes what it was given."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.entered = asyncio.Event()
        self.open = asyncio.Event()

    async def commit(self, units: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(units))
        self.entered.set()
        await self.open.wait()
        if BAD in units:
            raise ZeroDivisionError
        if LOST in units:
            raise ConnectionError
        return [unit * 10 for unit in units]


@pytest.fixture
async def gate() -> Gate:
    return Gate()


@pytest.fixture
async def commits(gate: Gate) -> AsyncIterator[GroupCommit[int, int]]:
    group: GroupCommit[int, int] = GroupCommit(
        gate.commit, most_waiting=5, largest_batch=3, fatal=(ConnectionError,)
    )
    group.start()
    yield group
    gate.open.set()
    await group.stop()


async def test_a_lone_unit_waits_for_nobody(gate: Gate, commits: GroupCommit[int, int]) -> None:
    gate.open.set()
    assert await commits.submit(1) == 10
    assert gate.batches == [[1]]


async def test_what_comes_while_a_batch_commits_forms_the_next_batches_in_order(
    gate: Gate, commits: GroupCommit[int, int]
) -> None:
    first = commits.submit(1)
    await gate.entered.wait()
    others = [commits.submit(n) for n in (2, 3, 4, 5, 6)]
    assert commits.waiting == 5
    gate.open.set()
    assert await asyncio.gather(first, *others) == [10, 20, 30, 40, 50, 60]
    assert gate.batches == [[1], [2, 3, 4], [5, 6]]
    assert commits.waiting == 0


async def test_one_too_many_is_told_at_once(gate: Gate, commits: GroupCommit[int, int]) -> None:
    first = commits.submit(1)
    await gate.entered.wait()
    held = [commits.submit(n) for n in range(2, 7)]
    with pytest.raises(Full):
        await commits.submit(7)
    gate.open.set()
    await asyncio.gather(first, *held)
    assert await commits.submit(7) == 70


async def test_a_unit_that_cannot_be_committed_fails_alone(
    gate: Gate, commits: GroupCommit[int, int]
) -> None:
    first = commits.submit(1)
    await gate.entered.wait()
    others = [commits.submit(n) for n in (2, BAD, 3, 4)]
    gate.open.set()
    assert await first == 10
    answers = await asyncio.gather(*others, return_exceptions=True)
    assert [a if isinstance(a, int) else type(a) for a in answers] == [20, ZeroDivisionError, 30, 40]
    assert gate.batches == [[1], [2, BAD, 3], [2], [BAD], [3], [4]]


async def test_an_error_that_is_nobodys_fault_reaches_each_of_its_batch_and_nobody_else(
    gate: Gate, commits: GroupCommit[int, int]
) -> None:
    first = commits.submit(1)
    await gate.entered.wait()
    lost = [commits.submit(n) for n in (2, LOST, 3)]
    after = commits.submit(4)
    gate.open.set()
    assert await first == 10
    answers = await asyncio.gather(*lost, return_exceptions=True)
    assert [type(answer) for answer in answers] == [ConnectionError] * 3
    assert await after == 40
    assert gate.batches == [[1], [2, LOST, 3], [4]]


async def test_whoever_waits_for_longer_than_the_patience_is_told_and_the_others_are_not() -> None:
    gate = Gate()
    group: GroupCommit[int, int] = GroupCommit(gate.commit, most_waiting=5, largest_batch=3, patience=0.08)
    group.start()
    in_commit = group.submit(1)
    await gate.entered.wait()
    waiting = group.submit(2)
    for late in (in_commit, waiting):
        with pytest.raises(TimeoutError):
            await late
    gate.open.set()
    assert await group.submit(3) == 30
    await group.stop()


async def test_somebody_who_stops_waiting_does_no_harm_to_the_others(
    gate: Gate, commits: GroupCommit[int, int]
) -> None:
    in_commit = commits.submit(1)
    await gate.entered.wait()
    waiting, other = commits.submit(2), commits.submit(3)
    in_commit.cancel()
    waiting.cancel()
    gate.open.set()
    assert await other == 30
    assert await commits.submit(4) == 40


async def test_stopping_commits_what_waits(gate: Gate, commits: GroupCommit[int, int]) -> None:
    first = commits.submit(1)
    await gate.entered.wait()
    others = [commits.submit(n) for n in (2, 3, 4, 5)]
    stopping = asyncio.create_task(commits.stop())
    await asyncio.sleep(0)
    gate.open.set()
    await stopping
    assert await asyncio.gather(first, *others) == [10, 20, 30, 40, 50]


async def test_stopping_lets_a_batch_that_is_being_committed_end(
    gate: Gate, commits: GroupCommit[int, int]
) -> None:
    last = commits.submit(1)
    await gate.entered.wait()
    stopping = asyncio.create_task(commits.stop())
    for _ in range(5):
        await asyncio.sleep(0)
    gate.open.set()
    await stopping
    assert await last == 10


async def test_what_comes_before_the_start_is_committed_after_it() -> None:
    gate = Gate()
    gate.open.set()
    group: GroupCommit[int, int] = GroupCommit(gate.commit, most_waiting=5, largest_batch=3)
    early = [group.submit(1), group.submit(2)]
    group.start()
    assert await asyncio.gather(*early) == [10, 20]
    assert gate.batches == [[1, 2]]
    await group.stop()


async def test_stopping_what_never_started_is_nothing() -> None:
    await GroupCommit(Gate().commit, most_waiting=1, largest_batch=1).stop()
