"""Busiest hours: what came in by weekday and hour, as the clocks of a zone show them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Final

import asyncpg

from projections.facts import SLOTS
from projections.measures import Measure
from projections.reports.answers import Fields, Question
from projections.reports.spans import DAY, EARLIEST, HOUR, Span, stretches
from projections.reports.sums import spreads

COUNTED: Final = {"messages": Measure.MESSAGE_IN, "sessions": Measure.SESSION}

LOCAL: Final = """
SELECT (extract(isodow FROM local)::integer - 1) * 24 + extract(hour FROM local)::integer AS slot, measure,
       count(*) AS n
FROM (
    SELECT (r.at AT TIME ZONE 'UTC') + s.ahead AS local, r.measure
    FROM unnest($4::interval[], $5::timestamptz[], $6::timestamptz[]) AS s (ahead, since, until)
    JOIN {table} r ON r.at >= s.since AND r.at < s.until
    WHERE r.measure = ANY ($1::text[])
      AND ($2::text IS NULL OR r.channel = $2) AND ($3::text IS NULL OR r.account_id = $3)
) AS told GROUP BY slot, measure
"""
"""Of stretches whose clocks are not whole hours ahead: of these there are no sums."""

Stretch = tuple[Span, timedelta]


async def answer(connection: asyncpg.Connection, question: Question) -> tuple[list[Fields], Fields]:
    """An item for each of the 168 hours of a week, Monday (1) first. An hour that the clocks show twice
    counts as one, one that they jump over has nothing."""
    found = stretches(*question.whole, question.over.zone)
    counts: Counter[tuple[int, str]] = Counter()
    await _by_sums(connection, question, [each for each in found if not each[1] % HOUR], counts)
    await _by_facts(connection, question, [each for each in found if each[1] % HOUR], counts)
    items = [
        {
            "weekday": slot // 24 + 1,
            "hour": slot % 24,
            **{name: counts[slot, measure] for name, measure in COUNTED.items()},
        }
        for slot in range(SLOTS)
    ]
    return items, {name: sum(item[name] for item in items) for name in COUNTED}


async def _by_sums(
    connection: asyncpg.Connection, question: Question, found: list[Stretch], counts: Counter[tuple[int, str]]
) -> None:
    measures = [str(measure) for measure in COUNTED.values()]
    told = await spreads(connection, question.scope, [span for span, _ in found], measures)
    for (_, ahead), by_measure in zip(found, told, strict=True):
        for measure, held in by_measure.items():
            for slot, n in zip(held.sizes, held.counts, strict=True):
                counts[(slot + ahead // HOUR) % SLOTS, measure] += n


async def _by_facts(
    connection: asyncpg.Connection, question: Question, found: list[Stretch], counts: Counter[tuple[int, str]]
) -> None:
    scope = question.scope
    statement = LOCAL.format(table=scope.view.table("analytics_facts"))
    bounds = [
        [ahead for _, ahead in found],
        [span.since for span, _ in found],
        [span.until for span, _ in found],
    ]
    given = (list(COUNTED.values()), scope.channel, scope.account, *bounds)
    if found:
        for slot, measure, n in await connection.fetch(statement, *given):
            counts[slot, measure] += n


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
