"""Retention: of the customers who came in a bucket, how many wrote again in each later one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import accumulate, zip_longest
from typing import Final

import asyncpg

from projections.presence import NEVER
from projections.reports.answers import Fields, Question
from projections.reports.people import Hours, Interval, laid_out, who
from projections.reports.spans import UNITS, Span

COHORTS: Final = "array_agg(width_bucket(p.came, $23::timestamptz[]) - 1) AS cohorts"
IN_RANGE: Final = "p.came >= $24 AND p.came < $25"


async def answer(connection: asyncpg.Connection, question: Question) -> tuple[list[Fields], Fields]:
    """A cohort for each bucket: ``senders`` who came in it, and ``returned``, of these those who wrote again
    1, 2, … buckets later, as far as the range goes.

    In the totals ``observed`` are the senders of the cohorts that are old enough for each ``returned``.
    """
    spans, scope = question.spans(), question.scope
    counts = [[0] * (len(spans) - cohort) for cohort in range(len(spans))]
    if spans:
        given = [*laid_out(_pieces(spans)), [span.since for span in spans], *question.whole]
        statement = who(scope.view, COHORTS, IN_RANGE)
        for bucket, cohorts in await connection.fetch(statement, scope.channel, scope.account, *given):
            for cohort, n in Counter(cohorts).items():
                if cohort <= bucket:
                    counts[cohort][bucket - cohort] += n
    items = [
        {"start": span.since, "end": span.until, "senders": back[0], "returned": back[1:]}
        for span, back in zip(spans, counts, strict=True)
    ]
    return items, _totals(items)


def _pieces(spans: list[Span]) -> Iterator[tuple[int, Hours, list[Interval]]]:
    for bucket, hours in enumerate(map(Hours.of, spans)):
        yield bucket, hours, [(piece, NEVER, hours.first) for piece in hours.pieces(UNITS)]


def _totals(items: list[Fields]) -> Fields:
    """Of all cohorts: of each distance, those of them that the range shows."""
    came = [item["senders"] for item in items]
    returned = list(map(sum, zip_longest(*(item["returned"] for item in items), fillvalue=0)))
    observed = list(accumulate(came))[-2::-1]
    return {
        "senders": sum(came),
        "returned": returned,
        "observed": observed,
        "returned_share": [back / of if of else None for back, of in zip(returned, observed, strict=True)],
    }
