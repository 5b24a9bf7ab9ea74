"""What a copy of the database must hold: hashes of the log by partition, and of the keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import asyncpg

LOG: Final = """
SELECT p.partition, count(e.position) AS n, coalesce(sum(hashtextextended(concat_ws('|',
           e.position, e.conversation_id, e.version, e.type, extract(epoch FROM e.recorded_at),
           coalesce(encode(e.message_key, 'hex'), '-'), e.data::text, coalesce(encode(e.sealed, 'hex'), '-')
       ), 0)), 0)::text AS hash
FROM unnest($1::smallint[], $2::bigint[]) AS p (partition, head)
LEFT JOIN events e ON e.partition = p.partition AND e.position <= p.head
GROUP BY p.partition
"""
"""Of columns one by one, and of none as a session's settings would write it: two servers must agree."""

KEYS: Final = """
SELECT count(*) AS n, coalesce(sum(hashtextextended(concat_ws('|',
           partition, conversation_id, coalesce(encode(wrapped, 'hex'), '-')
       ), 0)), 0)::text AS hash
FROM keys
"""

Hashes = dict[int, tuple[int, str]]
"""partition -> (events, hash of them)"""


async def of_log(connection: asyncpg.Connection, upto: Mapping[int, int]) -> Hashes:
    """The hash of each partition of the log, up to a position."""
    rows = await connection.fetch(LOG, list(upto), list(upto.values()))
    return {row["partition"]: (row["n"], row["hash"]) for row in rows}


async def of_keys(connection: asyncpg.Connection) -> tuple[int, str]:
    """How many conversations have a key, or had one, and the hash of the wrapped keys."""
    row = await connection.fetchrow(KEYS)
    assert row is not None, "an aggregate gives one row"
    return row["n"], row["hash"]
