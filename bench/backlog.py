"""How far the service is: what waits in the inbox, what is in the log, what the session view shows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

import asyncpg

from bench.rig import Rig

HEADS: Final = "SELECT array_agg(partition), array_agg(head) FROM partitions"
PAST: Final = """
SELECT count(*) AS events, count(*) FILTER (WHERE e.type = 'MessageReceived') AS messages
FROM unnest($1::smallint[], $2::bigint[]) AS since (partition, head)
JOIN events e ON e.partition = since.partition AND e.position > since.head
"""
INBOX: Final = "SELECT count(*) FROM inbox"
WAITING: Final = "SELECT EXISTS (SELECT FROM inbox)"
OWED: Final = "SELECT count(*) FROM owed"

LOOK_EVERY: Final = 0.05


@dataclass(frozen=True, slots=True)
class Backlog:
    """Rows in the inbox, and events that the projection furthest behind has not taken in."""

    inbox: int
    lag: int

    def __bool__(self) -> bool:
        return bool(self.inbox or self.lag)


async def backlog(rig: Rig) -> Backlog:
    """What there is now."""
    inbox = await rig.database.fetchval(INBOX)
    projections = (await rig.api("/api/v1/projections"))["items"]
    return Backlog(int(inbox), max(int(item["lag_events"]) for item in projections))


async def until_caught_up(rig: Rig, within: float) -> None:
    """Wait until all that was acknowledged is in the log and seen by every projection.

    Replies may still be owed. Raises :class:`TimeoutError` that says what is left after so many seconds.
    """
    left = await backlog(rig)
    try:
        async with asyncio.timeout(within):
            while left:
                await asyncio.sleep(LOOK_EVERY)
                rig.service.check()
                left = await backlog(rig)
    except TimeoutError:
        raise TimeoutError(f"{left} is left after {within:g} s") from None


async def until_logged(rig: Rig, within: float) -> None:
    """Wait until the inbox is empty. Raises :class:`TimeoutError`."""
    async with asyncio.timeout(within):
        while await rig.database.fetchval(WAITING):
            rig.service.check()
            await asyncio.sleep(LOOK_EVERY)


async def until_nothing_owed(rig: Rig, within: float) -> None:
    """Wait until every turn is answered. Raises :class:`TimeoutError` that says how many are not."""
    owed = await rig.database.fetchval(OWED)
    try:
        async with asyncio.timeout(within):
            while owed:
                await asyncio.sleep(LOOK_EVERY * 4)
                rig.service.check()
                owed = await rig.database.fetchval(OWED)
    except TimeoutError:
        raise TimeoutError(f"{owed} conversations owe an answer after {within:g} s") from None


class Mark:
    """A place in the log, to count from."""

    def __init__(self, partitions: list[int], heads: list[int]) -> None:
        self._partitions = partitions
        self._heads = heads

    @classmethod
    async def now(cls, connection: asyncpg.Connection) -> Mark:
        """The end of the log as it is."""
        row = await connection.fetchrow(HEADS)
        assert row is not None
        return cls(*row)

    async def since(self, connection: asyncpg.Connection) -> tuple[int, int]:
        """Events past the mark, and how many of them are customers' messages."""
        row = await connection.fetchrow(PAST, self._partitions, self._heads)
        assert row is not None
        return row["events"], row["messages"]


async def seen_in_sessions(rig: Rig) -> int:
    """Messages that ``/api/v1/sessions`` counts, over all conversations."""
    total, query = 0, {"status": "all", "limit": "100"}
    while True:
        page = await rig.api("/api/v1/sessions", **query)
        total += sum(int(item["total_message_count"]) for item in page["items"])
        if page["next_cursor"] is None:
            return total
        query["cursor"] = page["next_cursor"]
