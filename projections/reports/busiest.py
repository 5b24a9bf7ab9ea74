"""Busiest hours: what came in by weekday and hour, as the clocks of a zone show them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import asyncpg

from projections.measures import Measure
from projections.reports.answers import Fields, Question
from projections.reports.spans import DAY, EARLIEST, HOUR, Span, pieces, stretches

COUNTED: Final = {"messages": Measure.MESSAGE_IN, "sessions": Measure.SESSION}

SLOTS: Final = """
SELECT (extract(isodow FROM local)::integer - 1) * 24 + extract(hour FROM local)::integer AS slot, measure,
       sum(n)::bigint AS n
FROM ({parts}) AS parts WHERE measure = ANY ($1::text[])
GROUP BY slot, measure
"""
OF_HOURS: Final = """
SELECT (r.start AT TIME ZONE 'UTC') + s.ahead AS local, r.measure, r.n
FROM unnest(${a}::interval[], ${b}::timestamptz[], ${c}::timestamptz[]) AS s (ahead, since, until)
JOIN {table} r ON r.start >= s.since AND r.start < s.until
WHERE r.measure = ANY ($1::text[])
  AND ($2::text IS NULL OR r.channel = $2) AND ($3::text IS NULL OR r.account_id = $3)
"""
OF_FACTS: Final = """
SELECT (r.at AT TIME ZONE 'UTC') + s.ahead AS local, r.measure, 1 AS n
FROM unnest(${a}::interval[], ${b}::timestamptz[], ${c}::timestamptz[]) AS s (ahead, since, until)
JOIN {table} r ON r.at >= s.since AND r.at < s.until
WHERE r.measure = ANY ($1::text[])
  AND ($2::text IS NULL OR r.channel = $2) AND ($3::text IS NULL OR r.account_id = $3)
"""


async def answer(connection: asyncpg.Connection, question: Question) -> tuple[list[Fields], Fields]:
    """An item for each of the 168 hours of a week, Monday (1) first. An hour that the clocks show twice
    counts as one, one that they jump over has nothing."""
    scope = question.scope
    hours: list[tuple[timedelta, Span]] = []
    edges: list[tuple[timedelta, Span]] = []
    for stretch, ahead in stretches(*question.whole, question.over.zone):
        if ahead % HOUR:
            edges.append((ahead, stretch))
        else:
            cut_up = pieces(stretch)
            hours += [(ahead, span) for span in cut_up.whole_hours]
            edges += [(ahead, span) for span in cut_up.edges]
    table = scope.view.table
    hourly = OF_HOURS.format(table=table("analytics_hours"), a=4, b=5, c=6)
    odd = OF_FACTS.format(table=table("analytics_facts"), a=7, b=8, c=9)
    statement = SLOTS.format(parts=f"{hourly} UNION ALL {odd}")
    given = (list(COUNTED.values()), scope.channel, scope.account)
    rows = await connection.fetch(statement, *given, *_columns(hours), *_columns(edges))
    counts = {(row["slot"], row["measure"]): row["n"] for row in rows}
    items = [
        {
            "weekday": slot // 24 + 1,
            "hour": slot % 24,
            **{name: counts.get((slot, measure), 0) for name, measure in COUNTED.items()},
        }
        for slot in range(7 * 24)
    ]
    return items, {name: sum(item[name] for item in items) for name in COUNTED}


def _columns(spans: list[tuple[timedelta, Span]]) -> list[list[Any]]:
    """What clocks are ahead, and from when up to when."""
    return [
        [ahead for ahead, _ in spans],
        [span.since for _, span in spans],
        [span.until for _, span in spans],
    ]


def occurrences(question: Question, weekday: int, hour: int) -> list[Span]:
    """When, in the range, the clocks showed an hour of a weekday (1 is Monday)."""
    found: list[Span] = []
    for stretch, ahead in stretches(*question.whole, question.over.zone):
        # In local time, as if it were UTC: EARLIEST was a Thursday.
        monday = EARLIEST - 3 * DAY
        into = timedelta(days=weekday - 1, hours=hour)
        begin = stretch.since + ahead
        local = begin - (begin - monday - into) % (7 * DAY)
        while local < stretch.until + ahead:
            since, until = max(local - ahead, stretch.since), min(local - ahead + HOUR, stretch.until)
            if since < until:
                found.append(Span(since, until))
            local += 7 * DAY
    return found
