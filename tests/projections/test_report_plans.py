"""The statements of reports and explanations find what they need by index, whatever plan is kept for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from projections import views
from projections.analytics import Analytics
from projections.projection import Rules
from projections.reports import populations
from projections.reports.obligations import NOT_KNOWN, TOTALS, WAITING
from projections.reports.spans import Span
from projections.reports.sums import DISTINCT, OF_FACTS, OF_ROLLUP, SPANS, SUMS, Part, Scope, joined, laid_out
from projections.reports.sums import writing as who_wrote
from projections.views import View
from service.storage.database import Database
from tests.storage.streams import connected

BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
ODD: Final = timedelta(minutes=7)
FILL: Final = (
    """
    INSERT INTO {facts}
    SELECT n % 64, md5((n % 500)::text)::uuid, n, measure, CASE WHEN n % 99 = 0 THEN 'waiting' ELSE 'x' END,
           timestamptz '2026-01-01Z' + n * interval '10 minutes', 'whatsapp', '1', 1
    FROM generate_series(1, 6000) n, unnest(ARRAY['message_in', 'turn', 'session', 'delivery']) AS measure
    """,
    """
    INSERT INTO {presence}
    SELECT DISTINCT ON (partition, conversation_id, date_trunc('hour', at, 'UTC'))
           partition, conversation_id, date_trunc('hour', at, 'UTC'), version, channel, account_id, at
    FROM {facts} WHERE measure = 'message_in'
    """,
    *(
        f"""
        INSERT INTO {{{table}}}
        SELECT measure, date_trunc('{unit}', at, 'UTC'), channel, account_id, dim || version % 20, count(*), 1
        FROM {{facts}} GROUP BY 1, 2, 3, 4, 5
        """
        for table, unit in (("hours", "hour"), ("days", "day"))
    ),
)


@pytest.fixture
async def view(database: Database) -> View:
    async with database.connection() as connection:
        await views.install(connection, [Analytics()], Rules())
        view = await views.live(connection, "analytics")
        names = {name: view.table(f"analytics_{name}") for name in ("facts", "hours", "days", "presence")}
        for statement in FILL:
            await connection.execute(statement.format(**names))
        await connection.execute("ANALYZE")
    return view


def statements(view: View) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
    scope = Scope(view)
    spans = [
        Span(BEGIN + n * timedelta(days=2) + ODD, BEGIN + (n + 1) * timedelta(days=2) + ODD) for n in range(3)
    ]
    laid = laid_out(spans)
    for table, sides, statement in (
        ("days", ("first_day", "last_day"), OF_ROLLUP),
        ("hours", ("first_hour", "first_day"), OF_ROLLUP),
        ("facts", ("since", "first_hour"), OF_FACTS),
    ):
        parts = joined([Part(statement, view.table(f"analytics_{table}"), *sides)], spans, dim=scope.dim)
        yield table, SUMS.format(spans=SPANS, parts=parts), (*laid, ["message_in"], None, None)
    yield "who", DISTINCT.format(spans=SPANS, who=who_wrote(view, spans)), (*laid, None, None)
    facts = view.table("analytics_facts")
    waiting = WAITING.format(facts=facts, why=NOT_KNOWN, sessions="")
    yield "waiting", waiting, (None, None, None, None, None, 50)
    yield "how many wait", TOTALS.format(facts=facts), (None, None)
    for name, population in (
        ("events", populations.facts(scope, spans[:1], ["message_in"])),
        ("senders", populations.senders(scope, spans[0], returning=True)),
    ):
        assert population.statement is not None
        yield name, population.statement, tuple(population.arguments)


def scanned(plan: dict[str, Any]) -> Iterator[str]:
    """The tables of a plan that are read from end to end."""
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for below in plan.get("Plans", ()):
        yield from scanned(below)


async def test_no_table_of_the_analytics_is_read_from_end_to_end(database: Database, view: View) -> None:
    scans: dict[str, list[str]] = {}
    async with connected(database.url) as connection:
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        for name, statement, arguments in statements(view):
            plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *arguments))
            scans[name] = [table for table in scanned(plan[0]["Plan"]) if table.startswith("analytics")]
    assert {name: tables for name, tables in scans.items() if tables} == {}
    assert len(scans) == 8
