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
from projections.reports import people, populations
from projections.reports.obligations import NOT_KNOWN, TOTALS, WAITING
from projections.reports.spans import UNITS, Span, added
from projections.reports.sums import ROLLUPS, SPREADS, SUMMED, Scope, laid_out, read
from projections.summing import sum_up
from projections.views import View
from service.storage.database import Database
from tests.storage.streams import connected

BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
ODD: Final = timedelta(minutes=7)
FILL: Final = (
    """
    INSERT INTO {facts}
    SELECT n % 64, md5((n % 500)::text)::uuid, n, measure,
           CASE WHEN n % 99 = 0 AND measure = 'turn' THEN 'waiting' ELSE (n % 50)::text END,
           timestamptz '2026-01-01Z' + n * interval '10 minutes', 'whatsapp', '1', 1
    FROM generate_series(1, 6000) n, unnest(ARRAY['message_in', 'turn', 'session', 'delivery']) AS measure
    """,
    """
    INSERT INTO {presence}
    SELECT DISTINCT ON (partition, conversation_id, date_trunc('hour', at, 'UTC'))
           partition, conversation_id, date_trunc('hour', at, 'UTC'), at - interval '3 days', 1, at, channel,
           account_id
    FROM {facts} WHERE measure = 'message_in'
    """,
)


@pytest.fixture
async def view(database: Database) -> View:
    async with database.connection() as connection:
        await views.install(connection, [Analytics()], Rules())
        view = await views.live(connection, "analytics")
        names = {name: view.table(f"analytics_{name}") for name in ("facts", "presence")}
        for statement in FILL:
            await connection.execute(statement.format(**names))
        for table in Analytics.tables:
            if table.summed_from:
                await sum_up(connection, view, table)
        await connection.execute("ANALYZE")
    return view


def statements(view: View) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
    scope = Scope(view)
    spans = [
        Span(BEGIN + n * timedelta(days=2) + ODD, BEGIN + (n + 1) * timedelta(days=2) + ODD) for n in range(3)
    ]
    cut_up = [(bucket, piece) for bucket, span in enumerate(spans) for piece in added(span)]
    whose: tuple[Any, ...] = (["message_in", "response_bot"], None, None)
    for together in (True, False):
        given = laid_out(cut_up, (unit for unit, _, _ in ROLLUPS))
        parts = read(scope, ROLLUPS, together=together)
        yield f"sums {together}", SUMMED.format(parts=parts, dim=scope.dim), (*whose, *given)
        cut_up = [(bucket, piece) for bucket, span in enumerate(spans) for piece in added(span, UNITS[:2])]
        given = laid_out(cut_up, (unit for unit, _, _ in SPREADS))
        yield f"spreads {together}", read(scope, SPREADS, together=together), (*whose, *given)
        cut_up = [(bucket, piece) for bucket, span in enumerate(spans) for piece in added(span)]
    hours = [(bucket, people.Hours.of(span)) for bucket, span in enumerate(spans)]
    looked_at = [(n, each, [(piece, BEGIN, BEGIN) for piece in each.pieces(UNITS)]) for n, each in hours]
    who = people.COUNTED.format(who=people.who(view, "count(*) AS n"))
    yield "who", who, (None, None, *people.laid_out(looked_at))
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
        await connection.execute("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off")
        for name, statement, arguments in statements(view):
            plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *arguments))
            scans[name] = [table for table in scanned(plan[0]["Plan"]) if table.startswith("analytics")]
    assert {name: tables for name, tables in scans.items() if tables} == {}
    assert len(scans) == 9
