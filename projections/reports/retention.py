"""Retention: of the customers who came in a bucket, how many wrote again in each later one."""

from __future__ import annotations

from typing import Final

import asyncpg

from projections.reports.answers import Fields, Question
from projections.reports.sums import SPANS, laid_out, writing

COHORTS: Final = """
WITH cohort AS MATERIALIZED (
    SELECT s.bucket, f.conversation_id
    FROM {spans} JOIN {facts} f ON f.measure = 'sender_new' AND f.at >= s.since AND f.at < s.until
    WHERE ($8::text IS NULL OR f.channel = $8) AND ($9::text IS NULL OR f.account_id = $9)
)
SELECT c.bucket AS cohort, told.bucket - c.bucket AS later, count(*) AS n
FROM (
    SELECT s.bucket, who.conversation_id FROM {spans} CROSS JOIN LATERAL ({who}) AS who
) AS told
JOIN cohort c ON c.conversation_id = told.conversation_id AND c.bucket <= told.bucket
GROUP BY cohort, later
"""


async def answer(connection: asyncpg.Connection, question: Question) -> tuple[list[Fields], Fields]:
    """A cohort for each bucket: ``senders`` who came in it, and ``returned``, of these those who wrote again
    1, 2, … buckets later, as far as the range goes.

    In the totals ``observed`` are the senders of the cohorts that are old enough for each ``returned``.
    """
    spans, scope = question.spans(), question.scope
    counts: dict[tuple[int, int], int] = {}
    who = writing(scope.view, spans)
    if who:
        facts = scope.view.table("analytics_facts")
        statement = COHORTS.format(spans=SPANS, facts=facts, who=who)
        rows = await connection.fetch(statement, *laid_out(spans), scope.channel, scope.account)
        counts = {(row["cohort"], row["later"]): row["n"] for row in rows}
    last = len(spans) - 1
    items = [
        {
            "start": span.since,
            "end": span.until,
            "senders": counts.get((cohort, 0), 0),
            "returned": [counts.get((cohort, later), 0) for later in range(1, last - cohort + 1)],
        }
        for cohort, span in enumerate(spans)
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
