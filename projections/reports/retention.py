"""Retention: of the customers who came in a bucket, how many wrote again in each later one."""

from __future__ import annotations

from typing import Final

import asyncpg

from projections.reports.answers import Fields, Question
from projections.reports.people import laid_out, wrote

COHORTS: Final = """
SELECT cohort, array_agg(later) AS laters, array_agg(n) AS counts FROM (
    SELECT cohort, bucket - cohort AS later, count(*) AS n FROM (
        SELECT bucket, width_bucket(came, $20::timestamptz[]) - 1 AS cohort FROM ({who}) AS who
        WHERE came >= $21 AND came < $22
    ) AS told WHERE bucket >= cohort GROUP BY cohort, bucket
) AS counted GROUP BY cohort
"""


async def answer(connection: asyncpg.Connection, question: Question) -> tuple[list[Fields], Fields]:
    """A cohort for each bucket: ``senders`` who came in it, and ``returned``, of these those who wrote again
    1, 2, … buckets later, as far as the range goes.

    In the totals ``observed`` are the senders of the cohorts that are old enough for each ``returned``.
    """
    spans, scope = question.spans(), question.scope
    counts = [[0] * (len(spans) - cohort) for cohort in range(len(spans))]
    if spans:
        given = [*laid_out(spans), [span.since for span in spans], *question.whole]
        statement = COHORTS.format(who=wrote(scope))
        for cohort, laters, those in await connection.fetch(statement, scope.channel, scope.account, *given):
            for later, n in zip(laters, those, strict=True):
                counts[cohort][later] = n
    items = [
        {"start": span.since, "end": span.until, "senders": back[0], "returned": back[1:]}
        for span, back in zip(spans, counts, strict=True)
    ]
    return items, _totals(items)


def _totals(items: list[Fields]) -> Fields:
    laters = range(1, len(items))
    returned = [sum(item["returned"][later - 1] for item in items[:-later]) for later in laters]
    observed = [sum(item["senders"] for item in items[:-later]) for later in laters]
    return {
        "senders": sum(item["senders"] for item in items),
        "returned": returned,
        "observed": observed,
        "returned_share": [back / of if of else None for back, of in zip(returned, observed, strict=True)],
    }
