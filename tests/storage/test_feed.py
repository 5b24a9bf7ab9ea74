"""What projections read, and how far behind it they are."""

from __future__ import annotations

from typing import Final

import pytest

from projections.runner import Runner, drain, freshness, install
from service.storage.database import Database
from service.storage.feed import LogFeed
from service.storage.vault import Vault
from tests.storage.streams import NOW, append, begun, loaded, says
from tests.storage.witness import Witness, fill

ALL: Final = range(64)


@pytest.fixture
async def log(database: Database) -> Database:
    async with database.connection() as connection:
        await install(connection, [Witness()])
    return database


async def test_the_lag_is_what_was_not_applied_yet(log: Database, vault: Vault) -> None:
    witness = Witness()
    runner = Runner(log.pool, LogFeed(), witness)
    async with log.connection() as connection:
        fresh = await freshness(connection, witness, NOW)
        assert (fresh.lag_events, fresh.lag_seconds, fresh.as_of) == (0, 0.0, NOW)
        await fill(log, vault, 6, partitions=2)
        behind = await freshness(connection, witness, NOW)
        assert behind.lag_events == 18
        assert behind.lag_seconds == pytest.approx(
            await connection.fetchval("SELECT extract(epoch FROM now() - $1)::float8", NOW), abs=5
        )
        await drain(runner, [1])
        assert (await freshness(connection, witness, NOW)).lag_events == 9
        await drain(runner, [0])
        assert (await freshness(connection, witness, NOW)).lag_events == 0


async def test_a_projection_that_was_never_installed_is_not_called_fresh(
    database: Database, vault: Vault
) -> None:
    await fill(database, vault, 2)
    unknown = Witness()
    unknown.version = 99
    async with database.connection() as connection:
        await install(connection, [Witness()])
        with pytest.raises(LookupError, match="witness"):
            await freshness(connection, unknown, NOW)


async def test_the_feed_gives_what_is_in_the_clear_in_order_and_nothing_personal(
    log: Database, vault: Vault
) -> None:
    live = begun(vault)
    says(live.conversation, "wamid.secret", text="private words")
    await append(log, live)
    async with log.connection() as connection:
        events = await LogFeed().read(connection, dict.fromkeys(ALL, 0), 10)
    assert [(e.partition, e.position, e.version, e.type) for e in events] == [
        (live.partition, 1, 1, "ConversationStarted"),
        (live.partition, 2, 2, "MessageReceived"),
    ]
    assert events[1].fields["sent_at"] == NOW
    assert "private" not in repr(events)
    assert "wamid.secret" not in repr(events)
    assert (await loaded(log, vault, live.conversation.id)).conversation == live.conversation
