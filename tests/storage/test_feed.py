"""What projections read, and how far behind it they are."""

from __future__ import annotations

from typing import Final

import pytest

from projections import views
from projections.runner import drain
from projections.views import Freshness, NoSuchView
from service.storage.database import Database
from service.storage.feed import LogFeed
from service.storage.vault import Vault
from tests.storage.streams import NOW, append, begun, loaded, says
from tests.storage.witness import fill, installed, runner_of

ALL: Final = range(64)


@pytest.fixture
async def log(database: Database) -> Database:
    await installed(database)
    return database


async def test_the_lag_is_what_was_not_applied_yet(log: Database, vault: Vault) -> None:
    runner = await runner_of(log)
    async with log.connection() as connection:
        view = await views.live(connection, "witness")
        assert await views.freshness(connection, view) == Freshness(0, 0.0)
        await fill(log, vault, 6, partitions=2)
        behind = await views.freshness(connection, view)
        assert behind.lag_events == 18
        assert behind.lag_seconds == pytest.approx(
            await connection.fetchval("SELECT extract(epoch FROM now() - $1)::float8", NOW), abs=5
        )
        await drain(runner, [1])
        assert (await views.freshness(connection, view)).lag_events == 9
        await drain(runner, [0])
        assert (await views.freshness(connection, view)).lag_events == 0


async def test_a_view_that_there_is_not_is_not_called_fresh(log: Database) -> None:
    async with log.connection() as connection:
        with pytest.raises(NoSuchView, match="there are: v1"):
            await views.find(connection, "witness", "v9")
        with pytest.raises(NoSuchView, match="nobody is not installed"):
            await views.live(connection, "nobody")


async def test_the_feed_gives_what_is_in_the_clear_in_order_and_nothing_personal(
    log: Database, vault: Vault
) -> None:
    live = begun(vault)
    says(live.conversation, "wamid.secret", text="private words")
    await append(log, live)
    async with log.connection() as connection:
        types = frozenset({"ConversationStarted", "MessageReceived"})
        slices = await LogFeed().read(connection, dict.fromkeys(ALL, 0), 10, types)
    events = [event for part in slices for event in part.events]
    assert [(e.partition, e.position, e.version, e.type) for e in events] == [
        (live.partition, 1, 1, "ConversationStarted"),
        (live.partition, 2, 2, "MessageReceived"),
    ]
    assert events[1].fields.sent_at == NOW
    assert "private" not in repr(events)
    assert "wamid.secret" not in repr(events)
    assert (await loaded(log, vault, live.conversation.id)).conversation == live.conversation
