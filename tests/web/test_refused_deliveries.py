"""Deliveries that nobody signed are counted by the hour, and nothing of them is kept."""

from __future__ import annotations

from datetime import UTC, datetime

import asyncpg
import pytest

from service.storage.database import Database, Unavailable
from service.storage.refusals import Refusals

NOON = datetime(2026, 11, 2, 12, 59, 59, tzinfo=UTC)
SELECT = "SELECT hour, path, reason, n FROM webhook_refusals ORDER BY path, reason"


async def test_refusals_add_up_by_the_hour_whoever_counts(database: Database) -> None:
    first, second = Refusals(), Refusals()
    for _ in range(3):
        first.count("/webhooks/whatsapp", "signature")
    second.count("/webhooks/whatsapp", "signature")
    second.count("/webhooks/messenger", "signature")
    for counted in (first, second, first):
        await counted.write(database, NOON)
    hour = NOON.replace(minute=0, second=0)
    async with database.connection() as connection:
        assert [tuple(row) for row in await connection.fetch(SELECT)] == [
            (hour, "/webhooks/messenger", "signature", 1),
            (hour, "/webhooks/whatsapp", "signature", 4),
        ]


async def test_what_could_not_be_written_is_written_the_next_time(admin_url: str, database: Database) -> None:
    away = Database(
        "", await asyncpg.create_pool(admin_url.replace("/postgres?", "/nowhere?"), min_size=0), 64
    )
    counted = Refusals()
    counted.count("/webhooks/whatsapp", "signature")
    with pytest.raises((Unavailable, asyncpg.PostgresError)):
        await counted.write(away, NOON)
    await counted.write(database, NOON)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT sum(n)::int FROM webhook_refusals") == 1
