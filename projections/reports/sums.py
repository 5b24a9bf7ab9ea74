"""Sums of facts over spans: from the sums by day and hour where a span has whole ones, else from facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from projections.reports.spans import Span, pieces
from projections.views import View

BY_DIM: Final = "r.dim"
BY_CHANNEL: Final = "r.channel || '/' || r.dim"

SPANS: Final = """
unnest($1::integer[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[],
       $6::timestamptz[], $7::timestamptz[])
    AS s (bucket, since, first_hour, first_day, last_day, last_hour, until)
"""
"""Buckets with their pieces. Each is looked up by itself, so that no plan depends on how many there are."""

SUMS: Final = """
SELECT s.bucket, told.measure, told.dims, told.counts, told.amounts FROM {spans} CROSS JOIN LATERAL (
    SELECT measure, array_agg(dim) AS dims, array_agg(n) AS counts, array_agg(amount) AS amounts
    FROM (
        SELECT measure, dim, sum(n)::bigint AS n, sum(amount)::bigint AS amount
        FROM ({parts}) AS parts GROUP BY measure, dim
    ) AS summed GROUP BY measure
) AS told
"""
OF_ROLLUP: Final = """
SELECT r.measure, {dim} AS dim, r.n, r.amount FROM {table} r
WHERE r.measure = ANY ($8::text[]) AND r.start >= s.{since} AND r.start < s.{until}
  AND ($9::text IS NULL OR r.channel = $9) AND ($10::text IS NULL OR r.account_id = $10)
"""
OF_FACTS: Final = """
SELECT r.measure, {dim} AS dim, 1 AS n, r.amount FROM {table} r
WHERE r.measure = ANY ($8::text[]) AND r.at >= s.{since} AND r.at < s.{until}
  AND ($9::text IS NULL OR r.channel = $9) AND ($10::text IS NULL OR r.account_id = $10)
"""
DISTINCT: Final = """
SELECT s.bucket, told.n FROM {spans} CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM ({who}) AS who
) AS told
"""
WHO: Final = "SELECT conversation_id FROM ({parts}) AS parts GROUP BY conversation_id"
PRESENT: Final = """
SELECT p.conversation_id FROM {table} p
WHERE p.hour >= s.{since} AND p.hour < s.{until}
  AND ($8::text IS NULL OR p.channel = $8) AND ($9::text IS NULL OR p.account_id = $9)
"""
WROTE: Final = """
SELECT f.conversation_id FROM {table} f
WHERE f.measure = 'message_in' AND f.at >= s.{since} AND f.at < s.{until}
  AND ($8::text IS NULL OR f.channel = $8) AND ($9::text IS NULL OR f.account_id = $9)
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose facts: of a view, and of one channel or account where those are given."""

    view: View
    channel: str | None = None
    account: str | None = None
    by_channel: bool = False
    """Dims are given with the channel and a slash before them."""

    @property
    def dim(self) -> str:
        """The SQL of a dim as it is given."""
        return BY_CHANNEL if self.by_channel else BY_DIM


@dataclass(frozen=True, slots=True)
class Part:
    """A statement that reads one of the pieces of each span, from a table."""

    statement: str
    table: str
    since: str
    until: str


def laid_out(spans: Sequence[Span]) -> list[list[Any]]:
    """The arguments of :data:`SPANS`."""
    columns = zip(*(pieces(span) for span in spans), strict=True)
    return [list(range(len(spans))), *map(list, columns)]


def joined(parts: Sequence[Part], spans: Sequence[Span], **names: str) -> str:
    """The statements of the parts that any of the spans has."""
    cut_up = [pieces(span) for span in spans]
    return " UNION ALL ".join(
        part.statement.format(table=part.table, since=part.since, until=part.until, **names)
        for part in parts
        if any(getattr(each, part.since) < getattr(each, part.until) for each in cut_up)
    )


async def sums(
    connection: asyncpg.Connection, scope: Scope, spans: Sequence[Span], measures: Sequence[str]
) -> list[dict[str, dict[str, tuple[int, int]]]]:
    """For each span the sums of each measure: how many facts of each dim, and the sum of their amounts."""
    found: list[dict[str, dict[str, tuple[int, int]]]] = [{m: {} for m in measures} for _ in spans]
    hours, facts = scope.view.table("analytics_hours"), scope.view.table("analytics_facts")
    parts = [
        Part(OF_ROLLUP, scope.view.table("analytics_days"), "first_day", "last_day"),
        Part(OF_ROLLUP, hours, "first_hour", "first_day"),
        Part(OF_ROLLUP, hours, "last_day", "last_hour"),
        Part(OF_FACTS, facts, "since", "first_hour"),
        Part(OF_FACTS, facts, "last_hour", "until"),
    ]
    reading = joined(parts, spans, dim=scope.dim)
    if not reading or not measures:
        return found
    statement = SUMS.format(spans=SPANS, parts=reading)
    whose = (list(measures), scope.channel, scope.account)
    for row in await connection.fetch(statement, *laid_out(spans), *whose):
        pairs = zip(row["counts"], row["amounts"], strict=True)
        found[row["bucket"]][row["measure"]] = dict(zip(row["dims"], pairs, strict=True))
    return found


async def distinct_senders(connection: asyncpg.Connection, scope: Scope, spans: Sequence[Span]) -> list[int]:
    """For each span, in how many conversations the customer wrote."""
    counts, who = [0] * len(spans), writing(scope.view, spans)
    if who:
        statement = DISTINCT.format(spans=SPANS, who=who)
        for row in await connection.fetch(statement, *laid_out(spans), scope.channel, scope.account):
            counts[row["bucket"]] = row["n"]
    return counts


def writing(view: View, spans: Sequence[Span]) -> str:
    """The statement that tells who wrote in a span: from the hours in which somebody did, and from messages
    where an hour is cut; empty where no span has anything in it."""
    facts = view.table("analytics_facts")
    parts = [
        Part(PRESENT, view.table("analytics_presence"), "first_hour", "last_hour"),
        Part(WROTE, facts, "since", "first_hour"),
        Part(WROTE, facts, "last_hour", "until"),
    ]
    reading = joined(parts, spans)
    return WHO.format(parts=reading) if reading else ""
