"""The log that is written straight into its tables is one that the service could have written."""

from __future__ import annotations

import pytest

from bench import archive
from domain.identity import Sender
from projections.catalogue import PROJECTIONS
from service.storage import log
from service.storage.database import Database
from service.storage.feed import LogFeed
from service.storage.vault import Vault

KEY = bytes(range(32))


def test_a_turn_is_eight_events_and_nothing_lies_in_the_future() -> None:
    facts = archive.life(Sender("whatsapp", "100", "491511"), turns=5)
    assert [fact.originator_version for fact in facts] == list(range(1, 1 + 5 * archive.EVENTS_OF_A_TURN + 1))
    assert all(fact.timestamp < archive.ENDED + archive.YEAR for fact in facts)


@pytest.fixture
async def written(fresh_url: str) -> Database:
    database = await Database.open(fresh_url)
    await archive.write(fresh_url, KEY, events=2_000, conversations=50, partitions=64, say=lambda _: None)
    return database


async def test_positions_are_dense_and_every_conversation_can_be_loaded_and_opened(written: Database) -> None:
    async with written.connection() as connection:
        rows = await connection.fetch(
            "SELECT p.head, count(e), coalesce(max(e.position), 0) FROM partitions p "
            "LEFT JOIN events e USING (partition) GROUP BY p.partition, p.head"
        )
        assert all(len(set(row.values())) == 1 for row in rows)
        assert sum(row["head"] for row in rows) == 50 * 41
        every = frozenset().union(*(projection.handles for projection in PROJECTIONS))
        slices = await LogFeed(Vault(KEY)).read(
            connection, dict.fromkeys(range(64), 0), 10_000, every, personal=True
        )
        messages = [e for part in slices for e in part.events if e.type == "MessageReceived"]
        assert len(messages) == 250
        assert {message.personal.text for message in messages} <= set(archive.QUESTIONS)
        live = await log.load(connection, Vault(KEY), messages[0].conversation_id, 64)
        assert live is not None
        assert live.conversation.version == 41
    await written.close()
