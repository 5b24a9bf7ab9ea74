"""Reports of sums: the numbers of each bucket and of the whole range."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import asyncpg

from projections.measures import Measure
from projections.reports.definitions import Report
from projections.reports.numbers import (
    IGNORED,
    QUARANTINED,
    REFUSED,
    RETURNING,
    SENDERS,
    Number,
    Sums,
    total,
)
from projections.reports.outside import arrivals
from projections.reports.people import distinct_senders
from projections.reports.spans import Bucket, Span, cut
from projections.reports.sums import Scope, sums

OUTSIDE: Final = frozenset({QUARANTINED, IGNORED, REFUSED})
DISTINCT: Final = frozenset({SENDERS, RETURNING})

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Range:
    """When: a span, cut into buckets by the clocks of a zone."""

    whole: Span
    zone: ZoneInfo
    bucket: Bucket

    def spans(self) -> list[Span]:
        """The buckets. Raises :class:`~projections.reports.spans.TooManyBuckets`."""
        return cut(*self.whole, self.zone, self.bucket)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a report, over when, of whom."""

    report: Report
    over: Range
    scope: Scope

    @property
    def whole(self) -> Span:
        """The range."""
        return self.over.whole

    def spans(self) -> list[Span]:
        """The buckets."""
        return self.over.spans()


async def answer(connection: asyncpg.Connection, question: Question) -> tuple[list[Fields], Fields]:
    """An item for each bucket, and the totals, of a report that has nothing but numbers of sums."""
    numbers = question.report.numbers
    each = [number for number in numbers if not number.whole]
    spans = question.spans()
    found, overall = await gathered(connection, question.scope, spans, question.whole, each)
    at_once = [number for number in numbers if number.whole]
    if at_once:
        whole = question.whole
        overall.take((await gathered(connection, question.scope, [whole], whole, at_once))[1])
    items = [
        {"start": span.since, "end": span.until, **{n.name: n.value(sums) for n in each}}
        for span, sums in zip(spans, found, strict=True)
    ]
    return items, {number.name: total(number, overall) for number in numbers}


async def gathered(
    connection: asyncpg.Connection,
    scope: Scope,
    spans: Sequence[Span],
    whole: Span,
    numbers: Iterable[Number],
) -> tuple[list[Sums], Sums]:
    """What these numbers are computed from: for each of the spans that make up the whole, and for that."""
    needed = {measure for number in numbers for measure in number.measures}
    summed = needed - OUTSIDE - DISTINCT
    if RETURNING in needed:
        summed.add(Measure.SENDER_NEW)
    asked = [whole] if list(spans) == [whole] else [*spans, whole]
    found = await sums(connection, scope, asked, summed)
    if needed & OUTSIDE:
        told = [
            *(await arrivals(connection, asked[:-1], scope.channel, scope.account)),
            *(await arrivals(connection, [whole], scope.channel, scope.account)),
        ]
        for tallies, more in zip(found, told, strict=True):
            tallies.update(more)
    if needed & DISTINCT:
        counts = await distinct_senders(connection, scope, asked)
        for tallies, count in zip(found, counts, strict=True):
            _add_senders(tallies, count)
    return found[: len(spans)], found[-1]


def _add_senders(tallies: Sums, count: int) -> None:
    new = sum(n for n, _ in tallies.get(Measure.SENDER_NEW, {}).values())
    tallies[SENDERS] = {"": (count, 0)}
    tallies[RETURNING] = {"": (count - new, 0)}
