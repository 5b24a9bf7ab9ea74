"""Full-text search over the view ``timelines``: the newest rows with the words asked for, page by page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from projections.timelines import ROWS, Timelines, searchable
from projections.views import View

FETCHED: Final = 2
"""What a row costs that is fetched for its words, in rows that are looked through in the order of time: about
a microsecond against half of one."""

FEW: Final = 2_000
"""Rows that match, up to which all of them are fetched and sorted."""

SOON: Final = 16_000
"""Rows that are looked through before it is asked whether few match."""

WIDER: Final = 8
"""How many times as many rows are looked through next."""

WIDEST: Final = 100_000
"""Rows that are looked through whatever is estimated."""

SETTLE: Final = """
SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true),
       set_config('max_parallel_workers_per_gather', '0', true)
"""
PARSE: Final = """
SELECT asked::text AS query, numnode(asked) AS nodes
FROM websearch_to_tsquery($1::text::regconfig, $2) AS asked
"""
WORDS: Final = "words @@ $1::text::tsquery"
MATCH: Final = f"""
    {WORDS} AND ($2::text IS NULL OR channel = $2) AND ($3::text IS NULL OR account_id = $3)
    AND ($4::text IS NULL OR author = $4) AND ($5::text IS NULL OR kind = $5)
    AND ($6::text[] IS NULL OR type = ANY ($6))
"""
WITHIN: Final = """
    ($7::timestamptz IS NULL OR recorded_at >= $7) AND ($8::timestamptz IS NULL OR recorded_at < $8)
"""
PLACE: Final = f"""
    {WITHIN}
    AND ($9::timestamptz IS NULL OR (recorded_at, conversation_id, version) < ($9, $10::uuid, $11::integer))
"""
NEWEST_FIRST: Final = "ORDER BY recorded_at DESC, conversation_id DESC, version DESC"
COLUMNS: Final = ", ".join(name for name in ROWS.columns if name != "words")

ESTIMATES: Final = f"""
EXPLAIN (FORMAT JSON)
SELECT 1 FROM {{table}} WHERE words IS NOT NULL AND {PLACE}
UNION ALL SELECT 1 FROM {{table}} WHERE {WORDS}
UNION ALL SELECT 1 FROM {{table}} WHERE {PLACE} AND {MATCH}
"""
BY_TIME: Final = f"""
SELECT {COLUMNS} FROM (
    SELECT * FROM {{table}} WHERE words IS NOT NULL AND {PLACE} {NEWEST_FIRST} LIMIT $13
) newest WHERE {MATCH} {NEWEST_FIRST} LIMIT $12
"""
BY_WORDS: Final = f"""
WITH found AS MATERIALIZED (SELECT {COLUMNS} FROM {{table}} WHERE {PLACE} AND {MATCH} LIMIT $13)
SELECT *, (SELECT count(*) FROM found) FROM found {NEWEST_FIRST} LIMIT $12
"""
IN_ONE: Final = f"""
SELECT {COLUMNS} FROM {{table}}
WHERE partition = $9::smallint AND conversation_id = $10::uuid AND ($11::integer IS NULL OR version < $11)
  AND {WITHIN} AND {MATCH}
ORDER BY version DESC LIMIT $12
"""
PROFILES: Final = """
SELECT s.partition, s.conversation_id, s.profile_version
FROM unnest($1::smallint[], $2::uuid[]) AS wanted (partition, conversation_id)
JOIN {table} s ON s.partition = wanted.partition AND s.conversation_id = wanted.conversation_id
"""


class Place(NamedTuple):
    """A place in what was found."""

    recorded_at: datetime
    conversation_id: UUID
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows: all that is not None narrows.

    ``since`` and ``until`` are a half-open interval of when they were recorded; ``conversation`` is a
    partition and an id; ``after`` is the place where the page before ended.
    """

    channel: str | None = None
    account_id: str | None = None
    author: str | None = None
    kind: str | None = None
    types: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    conversation: tuple[int, UUID] | None = None
    after: Place | None = None

    def arguments(self, query: str) -> list[Any]:
        """The arguments of a statement, the limit not among them."""
        place = self.after or (None, None, None)
        return [
            query,
            self.channel,
            self.account_id,
            self.author,
            self.kind,
            self.types,
            self.since,
            self.until,
            *(place if self.conversation is None else (*self.conversation, place[2])),
        ]


class Row(NamedTuple):
    """What the view holds of one event, its words aside. ``at``: when it happened, by the provider's time."""

    partition: int
    conversation_id: UUID
    version: int
    type: str
    kind: str | None
    author: str
    channel: str
    account_id: str
    recorded_at: datetime
    at: datetime

    @property
    def place(self) -> Place:
        """Where it stands in what was found."""
        return Place(self.recorded_at, self.conversation_id, self.version)


async def parse(connection: asyncpg.Connection, view: View, question: str) -> str | None:
    """A question as a tsquery of the view's language; ``"…"``, ``OR`` and ``-`` mean what they do on the web.

    None where it has no word that is searched: signs, operators and stop words only.
    """
    row = await connection.fetchrow(PARSE, view.rules.language, searchable(question))
    assert row is not None, "one row, always"
    query: str = row["query"]
    return query if row["nodes"] else None


async def find(
    connection: asyncpg.Connection, view: View, query: str, wanted: Wanted, limit: int
) -> list[Row]:
    """The newest ``limit`` rows that match, in the caller's transaction, whose settings it changes."""
    await connection.execute(SETTLE)
    arguments = wanted.arguments(query)
    if wanted.conversation is not None:
        return _rows(await connection.fetch(_in(IN_ONE, view), *arguments, limit))
    there, having, matching = await _estimates(connection, view, arguments)
    checked = False
    for window in _windows(max(matching, FEW), having, there, limit):
        if window > SOON and not checked:
            # Words that go together, or are not in the statistics, are other than estimated.
            rows = await connection.fetch(_in(BY_WORDS, view), *arguments, limit, FEW)
            if not rows or rows[0][-1] < FEW:
                return _rows(rows)
            checked = True
        rows = await connection.fetch(_in(BY_TIME, view), *arguments, limit, window)
        if len(rows) == limit:
            return _rows(rows)
    return _rows(await connection.fetch(_in(BY_WORDS, view), *arguments, limit, None))


async def _estimates(
    connection: asyncpg.Connection, view: View, arguments: list[Any]
) -> tuple[int, int, int]:
    """Of how many rows there are, how many may have the words, and how many match, by statistics."""
    plan = json.loads(await connection.fetchval(_in(ESTIMATES, view), *arguments))
    there, having, matching = (part["Plan Rows"] for part in plan[0]["Plan"]["Plans"])
    return int(there), int(having), int(matching)


def _windows(matching: int, having: int, there: int, limit: int) -> list[int]:
    """How many of the newest rows to look through for a page, then how many if it is not in these, and so on.

    The first hold a page of words that are used as ever; of words that have gone out of use lately, the next.
    None where they cost more than to fetch and sort all that have the words.
    """
    windows: list[int] = []
    window = 4 * limit * there // matching + 1_000
    while window <= max(FETCHED * having, WIDEST) and window < WIDER * there:
        windows.append(window)
        window *= WIDER
    return windows


def _rows(records: list[asyncpg.Record]) -> list[Row]:
    return [Row(*record[: len(Row._fields)]) for record in records]


async def profiles(
    connection: asyncpg.Connection, view: View, rows: list[Row]
) -> list[tuple[int, UUID, int]]:
    """``(partition, conversation, version)`` of the event with the newest name of each conversation."""
    wanted = {row.conversation_id: row.partition for row in rows}
    statement = PROFILES.replace("{table}", view.table(Timelines.states))
    return [tuple(row) for row in await connection.fetch(statement, list(wanted.values()), list(wanted))]


def _in(statement: str, view: View) -> str:
    return statement.replace("{table}", view.table(ROWS))
