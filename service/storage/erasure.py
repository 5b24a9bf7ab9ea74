"""What an erasure destroys and blanks in the database, and what it leaves owed at the model provider."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

CERTIFICATE: Final = """
SELECT certificate_id FROM erasures WHERE partition = $1 AND conversation_id = $2
"""
DESTROY_KEY: Final = """
UPDATE keys SET wrapped = NULL, destroyed_at = $3 WHERE partition = $1 AND conversation_id = $2
"""
CERTIFY: Final = """
INSERT INTO erasures (partition, conversation_id, certificate_id, erased_at) VALUES ($1, $2, $3, $4)
"""
DELETE_SNAPSHOT: Final = "DELETE FROM snapshots WHERE partition = $1 AND conversation_id = $2"
DELETE_INBOX: Final = "DELETE FROM inbox WHERE partition = $1 AND conversation_id = $2 RETURNING id"
DELETE_OWED: Final = "DELETE FROM owed WHERE partition = $1 AND conversation_id = $2"
DELETE_LINK: Final = "DELETE FROM identities WHERE partition = $1 AND alias_id = $2"
BLANK_QUARANTINE: Final = """
UPDATE quarantine SET body = '', state = 'retried', retried_at = $3
WHERE conversation_id = $1
   OR EXISTS (SELECT FROM unnest($2::bytea[]) AS named (id) WHERE position(named.id IN body) > 0)
"""
BLANK_IGNORED: Final = """
UPDATE ignored SET payload = ''
WHERE EXISTS (SELECT FROM unnest($1::bytea[]) AS named (id) WHERE position(named.id IN payload) > 0)
"""
DOOM_RESPONSES: Final = """
INSERT INTO doomed_responses (partition, response_id, conversation_id, changed_at)
SELECT DISTINCT e.partition, e.data->>'response_id', e.conversation_id, $3::timestamptz
FROM events e
WHERE e.partition = $1 AND e.conversation_id = $2 AND e.data->>'response_id' IS NOT NULL
ON CONFLICT DO NOTHING
"""
DOOM_RESPONSE: Final = """
INSERT INTO doomed_responses (partition, response_id, conversation_id, changed_at)
VALUES ($1, $3, $2, $4) ON CONFLICT DO NOTHING
"""
RESPONSES: Final = """
SELECT partition, response_id, conversation_id, attempts FROM doomed_responses
WHERE partition = ANY ($1::smallint[])
  AND changed_at + make_interval(secs => least(600, power(2, least(attempts, 10))) - 1) <= $2
ORDER BY changed_at LIMIT $3
"""
RESPONSE_DELETED: Final = "DELETE FROM doomed_responses WHERE partition = $1 AND response_id = $2"
RESPONSE_KEPT: Final = """
UPDATE doomed_responses SET attempts = attempts + 1, changed_at = $3
WHERE partition = $1 AND response_id = $2
"""
EVERYBODY: Final = """
SELECT conversation_id, certificate_id, erased_at FROM erasures ORDER BY erased_at, conversation_id
"""
SINCE: Final = "SELECT conversation_id FROM erasures WHERE erased_at > $1"
STANDING: Final = """
SELECT (SELECT count(*) FROM erasure_requests WHERE done_at IS NULL) AS requests,
       count(*) AS owed, min(e.erased_at) AS since
FROM (SELECT partition, conversation_id FROM threads WHERE state = 'deleting'
      UNION ALL SELECT partition, conversation_id FROM doomed_responses) o
JOIN erasures e ON e.partition = o.partition AND e.conversation_id = o.conversation_id
"""
WAITING: Final = "SELECT EXISTS (SELECT FROM inbox WHERE partition = $1 AND conversation_id = $2)"
OWED_AT_PROVIDER: Final = """
SELECT (SELECT count(*) FROM threads
        WHERE partition = $1 AND conversation_id = $2
          AND (state IN ('created', 'deleting') OR (state = 'asked' AND deadline > $3)))
     + (SELECT count(*) FROM doomed_responses WHERE partition = $1 AND conversation_id = $2)
"""

BLANKED: Final = ("inbox", "ignored", "quarantine", "snapshots", "keys")
"""Tables whose old row versions may hold what was erased."""


@dataclass(frozen=True, slots=True)
class DoomedResponse:
    """An answer that the provider keeps and is to delete."""

    partition: int
    response_id: str
    conversation_id: UUID
    attempts: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left to do: ``requests`` from outside that are not done, and threads and answers of erased
    people that the provider is still to delete, since when (None where there are none)."""

    requests: int
    owed: int
    since: datetime | None


async def standing(connection: asyncpg.Connection) -> Standing:
    """What is left to do, in all partitions."""
    row = await connection.fetchrow(STANDING)
    assert row is not None, "it counts"
    return Standing(*row.values())


async def is_waiting(connection: asyncpg.Connection, partition: int, conversation_id: UUID) -> bool:
    """Whether something that arrived for a conversation is not in the log yet."""
    return bool(await connection.fetchval(WAITING, partition, conversation_id))


async def certificate(connection: asyncpg.Connection, partition: int, conversation_id: UUID) -> UUID | None:
    """The certificate of an erasure that is done; None where there was none."""
    found: UUID | None = await connection.fetchval(CERTIFICATE, partition, conversation_id)
    return found


async def destroy_key(
    connection: asyncpg.Connection, partition: int, conversation_id: UUID, now: datetime
) -> None:
    """From this on the personal fields of every event are unreadable."""
    await connection.execute(DESTROY_KEY, partition, conversation_id, now)


async def blank(
    connection: asyncpg.Connection, conversation_id: UUID, named: Collection[str], now: datetime
) -> None:
    """Empty what was set aside and names the person by one of their ids, whole deliveries included: what
    these say of other people goes with them."""
    ids = [f'"{each}"'.encode() for each in named]
    await connection.execute(BLANK_QUARANTINE, conversation_id, ids, now)
    await connection.execute(BLANK_IGNORED, ids)


async def settle(
    connection: asyncpg.Connection, partition: int, conversation_id: UUID, certificate_id: UUID, now: datetime
) -> int:
    """Take away what hangs on the conversation and note its answers to be deleted at the provider; how many
    rows of the inbox went with it.

    After the append in the same transaction: the partition is then locked, and intake adds nothing.
    """
    waited = await connection.fetch(DELETE_INBOX, partition, conversation_id)
    for statement in (DELETE_SNAPSHOT, DELETE_OWED, DELETE_LINK):
        await connection.execute(statement, partition, conversation_id)
    await connection.execute(DOOM_RESPONSES, partition, conversation_id, now)
    await connection.execute(CERTIFY, partition, conversation_id, certificate_id, now)
    return len(waited)


async def doom_response(
    connection: asyncpg.Connection, partition: int, conversation_id: UUID, response_id: str, now: datetime
) -> None:
    """An answer that came when the person was erased already: to be deleted."""
    await connection.execute(DOOM_RESPONSE, partition, conversation_id, response_id, now)


async def responses(
    connection: asyncpg.Connection, partitions: Collection[int], now: datetime, limit: int
) -> list[DoomedResponse]:
    """Answers whose deletion is due, with growing pauses after failures."""
    rows = await connection.fetch(RESPONSES, list(partitions), now, limit)
    return [DoomedResponse(*row.values()) for row in rows]


async def response_deleted(connection: asyncpg.Connection, response: DoomedResponse) -> None:
    """The provider has it no more."""
    await connection.execute(RESPONSE_DELETED, response.partition, response.response_id)


async def response_kept(connection: asyncpg.Connection, response: DoomedResponse, now: datetime) -> None:
    """Not this time."""
    await connection.execute(RESPONSE_KEPT, response.partition, response.response_id, now)


async def erased_since(connection: asyncpg.Connection, instant: datetime) -> list[UUID]:
    """Conversations erased after an instant, by whichever process."""
    return [row["conversation_id"] for row in await connection.fetch(SINCE, instant)]


async def everybody(connection: asyncpg.Connection) -> list[tuple[UUID, UUID, datetime]]:
    """Who was erased, by which certificate and when, oldest first."""
    return [(row[0], row[1], row[2]) for row in await connection.fetch(EVERYBODY)]


async def owed_at_provider(
    connection: asyncpg.Connection, partition: int, conversation_id: UUID, now: datetime
) -> int:
    """How many threads and answers of an erased conversation the provider may still hold."""
    return int(await connection.fetchval(OWED_AT_PROVIDER, partition, conversation_id, now))


async def vacuum(connection: asyncpg.Connection, touched: Collection[str]) -> None:
    """Have the server drop old row versions, outside any transaction. Where an older transaction can still
    see them they stay until the server's own vacuum comes by."""
    for table in dict.fromkeys((*BLANKED, *touched)):
        await connection.execute(f"VACUUM {table}")
