"""Every thread ever asked for is on record, whatever became of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

import asyncpg
import pytest

from service.storage import register
from tests.storage.streams import NOW, connected

SECOND = timedelta(seconds=1)
DEADLINE = NOW + 10 * SECOND
CONVERSATION = uuid4()


@pytest.fixture
async def connection(fresh_url: str) -> AsyncIterator[asyncpg.Connection]:
    async with connected(fresh_url) as opened:
        yield opened


async def asked(connection: asyncpg.Connection, conversation_id: UUID = CONVERSATION) -> UUID:
    attempt = uuid4()
    await register.ask(connection, 3, attempt, conversation_id, "start", NOW, DEADLINE)
    return attempt


async def created(connection: asyncpg.Connection) -> UUID:
    attempt = await asked(connection)
    await register.created(connection, 3, attempt, "conv_1", NOW + SECOND)
    return attempt


async def doomed(connection: asyncpg.Connection) -> register.Doomed:
    attempt = await created(connection)
    await register.unused(connection, 3, attempt, NOW + 2 * SECOND)
    found = await register.doomed(connection, [3], NOW + 2 * SECOND, 10)
    assert [thread.attempt_id for thread in found] == [attempt]
    return found[0]


async def state(connection: asyncpg.Connection, attempt: UUID) -> str:
    return str(await connection.fetchval("SELECT state FROM threads WHERE attempt_id = $1", attempt))


async def sweep(connection: asyncpg.Connection, now: datetime, abandoned_before: datetime = NOW) -> None:
    await register.sweep(connection, [3], now, abandoned_before)


async def test_an_attempt_is_asked_created_and_bound(connection: asyncpg.Connection) -> None:
    attempt = await asked(connection)
    assert await state(connection, attempt) == "asked"
    await register.created(connection, 3, attempt, "conv_1", NOW)
    assert await state(connection, attempt) == "created"
    await register.bound(connection, [(3, attempt)])
    assert await state(connection, attempt) == "bound"
    row = await connection.fetchrow("SELECT * FROM threads")
    assert row
    assert (row["thread_id"], row["conversation_id"], row["purpose"]) == ("conv_1", CONVERSATION, "start")


@pytest.mark.parametrize("outcome", ["refused", "lost"])
async def test_an_attempt_that_gave_no_thread_is_refused_or_lost(
    connection: asyncpg.Connection, outcome: Literal["refused", "lost"]
) -> None:
    attempt = await asked(connection)
    await register.settle(connection, 3, attempt, outcome, NOW)
    assert await state(connection, attempt) == outcome


async def test_an_answer_that_came_is_not_settled_away(connection: asyncpg.Connection) -> None:
    attempt = await created(connection)
    await register.settle(connection, 3, attempt, "lost", NOW)
    assert await state(connection, attempt) == "created"


async def test_nobody_asks_again_while_an_answer_may_still_come(connection: asyncpg.Connection) -> None:
    async def pending(now: datetime) -> datetime | None:
        return await register.pending_until(connection, 3, CONVERSATION, now)

    assert await pending(NOW) is None
    attempt = await asked(connection)
    await register.ask(connection, 3, uuid4(), CONVERSATION, "rebind", NOW, DEADLINE + SECOND)
    assert await pending(NOW) == DEADLINE + SECOND
    assert await pending(DEADLINE + SECOND) is None
    assert await register.pending_until(connection, 3, uuid4(), NOW) is None
    assert await register.pending_until(connection, 4, CONVERSATION, NOW) is None
    await register.settle(connection, 3, attempt, "refused", NOW)
    assert await pending(NOW) == DEADLINE + SECOND


async def test_an_attempt_past_its_deadline_is_swept_as_lost(connection: asyncpg.Connection) -> None:
    attempt = await asked(connection)
    await sweep(connection, DEADLINE)
    assert await state(connection, attempt) == "asked"
    await register.sweep(connection, [4], DEADLINE + SECOND, NOW)
    assert await state(connection, attempt) == "asked"
    await sweep(connection, DEADLINE + SECOND)
    assert await state(connection, attempt) == "lost"
    assert await register.counts(connection) == {"lost": 1}


async def test_an_answer_later_than_the_deadline_is_still_taken_down_and_then_deleted(
    connection: asyncpg.Connection,
) -> None:
    attempt = await asked(connection)
    await sweep(connection, DEADLINE + SECOND)
    await register.created(connection, 3, attempt, "conv_late", DEADLINE + 2 * SECOND)
    assert await state(connection, attempt) == "created"
    await sweep(connection, DEADLINE + 9 * SECOND, DEADLINE + 3 * SECOND)
    assert await state(connection, attempt) == "deleting"


async def test_a_thread_that_nobody_bound_is_swept_for_deletion(connection: asyncpg.Connection) -> None:
    attempt = await created(connection)
    await sweep(connection, NOW + 5 * SECOND, NOW + SECOND)
    assert await state(connection, attempt) == "created"
    await sweep(connection, NOW + 5 * SECOND, NOW + 2 * SECOND)
    assert await state(connection, attempt) == "deleting"


async def test_a_bound_thread_is_never_given_up_or_swept(connection: asyncpg.Connection) -> None:
    attempt = await created(connection)
    await register.bound(connection, [(3, attempt)])
    await register.unused(connection, 3, attempt, NOW)
    await sweep(connection, NOW + timedelta(days=365), NOW + timedelta(days=364))
    assert await state(connection, attempt) == "bound"
    assert await register.doomed(connection, [3], NOW + timedelta(days=365), 10) == []


async def test_a_thread_that_lost_its_race_is_deleted_at_once(connection: asyncpg.Connection) -> None:
    thread = await doomed(connection)
    assert (thread.partition, thread.thread_id, thread.attempts) == (3, "conv_1", 0)
    await register.deleted(connection, thread, NOW + 3 * SECOND)
    assert await state(connection, thread.attempt_id) == "deleted"
    assert await register.doomed(connection, [3], NOW + timedelta(days=1), 10) == []


async def test_a_deletion_that_fails_is_tried_again_after_growing_pauses(
    connection: asyncpg.Connection,
) -> None:
    thread = await doomed(connection)
    now = NOW + 2 * SECOND
    for pause in (1, 3, 7, 15, 31, 63, 127, 255, 511, 599, 599):
        await register.delete_failed(connection, thread, now)
        assert await register.doomed(connection, [3], now + timedelta(seconds=pause - 0.5), 10) == []
        now += pause * SECOND
        assert len(await register.doomed(connection, [3], now, 10)) == 1
    assert await state(connection, thread.attempt_id) == "deleting"


async def test_a_deletion_that_never_succeeds_does_not_stop_the_others(
    connection: asyncpg.Connection,
) -> None:
    """A thousand failures are a week of a revoked key, at one in ten minutes."""
    await doomed(connection)
    await connection.execute("UPDATE threads SET attempts = 1100")
    other = await created(connection)
    await register.unused(connection, 3, other, NOW)
    found = await register.doomed(connection, [3], NOW + timedelta(days=1), 10)
    assert len(found) == 2


async def test_the_longest_waiting_deletions_come_first_and_only_those_of_the_partitions(
    connection: asyncpg.Connection,
) -> None:
    attempts = []
    for age in (1, 3, 2):
        attempt = await created(connection)
        await register.unused(connection, 3, attempt, NOW - age * SECOND)
        attempts.append(attempt)
    found = await register.doomed(connection, [3], NOW, 2)
    assert [thread.attempt_id for thread in found] == [attempts[1], attempts[2]]
    assert await register.doomed(connection, [1, 2], NOW, 2) == []


async def test_threads_are_counted_by_state(connection: asyncpg.Connection) -> None:
    await asked(connection)
    await created(connection)
    await created(connection)
    assert await register.counts(connection) == {"asked": 1, "created": 2}
    await register.bound(connection, [])


async def test_a_state_that_is_none_is_refused_by_the_table(connection: asyncpg.Connection) -> None:
    await asked(connection)
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute("UPDATE threads SET state = 'forgotten'")
