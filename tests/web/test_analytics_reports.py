"""Reports over HTTP: parts that add up, one answer by either way, and refusals that name the field."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any, Final

import pytest
import pytest_asyncio

from projections import views
from projections.facts import HISTOGRAMS
from projections.measures import Measure
from projections.reports.definitions import REPORTS
from projections.reports.numbers import NO_SIZES, Amount, Count, Parts, Percentiles
from projections.reports.people import distinct_senders
from projections.reports.spans import Span
from projections.reports.sums import Scope, sums
from service.web.parameters import CHANNEL
from tests.projections.oracle.conftest import empty_world
from tests.projections.oracle.traffic import AUTUMN, Course
from tests.web.conftest import Answer, Api

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH: Final = "/api/v1/analytics"
END: Final = AUTUMN + timedelta(days=48)
OF_SUMS: Final = [report for report in REPORTS.values() if not report.special]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    async with empty_world(admin_url, tmp_path_factory.mktemp("reports")) as world:
        await world.add(Course(seed=6, people=60, days=40))
        yield world.api


async def asked(api: Api, report: str, **given: Any) -> Any:
    query = {"from": AUTUMN.isoformat(), "to": END.isoformat(), **given}
    return await api.get(f"{PATH}/{report}", **query)


# Answers


@pytest.mark.parametrize("report", REPORTS)
async def test_an_answer_says_what_was_asked_and_how_fresh_it_is(api: Api, report: str) -> None:
    told = await asked(api, report, tz="Europe/Berlin")
    assert (told["report"], told["tz"], told["view"]) == (report, "Europe/Berlin", "v2")
    assert (told["from"], told["to"]) == ("2026-09-21T00:00:00Z", "2026-11-08T00:00:00Z")
    assert told["bucket"] == REPORTS[report].bucket
    assert told["freshness"] == {"lag_events": 0, "lag_seconds": 0.0}


async def test_without_a_range_it_is_the_last_thirty_days_by_utc_days(api: Api) -> None:
    api.clock.now = AUTUMN + timedelta(days=32, hours=1)
    told = await api.get(f"{PATH}/messages")
    assert (told["from"], told["to"]) == ("2026-09-23T01:00:00Z", "2026-10-23T01:00:00Z")
    assert (told["tz"], told["bucket"], len(told["items"])) == ("UTC", "day", 31)
    assert told["items"][1]["start"] == "2026-09-24T00:00:00Z"


async def test_an_empty_range_has_no_items_and_nothing_in_its_totals(api: Api) -> None:
    for report in OF_SUMS:
        told = await asked(api, report.name, to=AUTUMN.isoformat())
        assert told["items"] == []
        for number in report.numbers:
            if isinstance(number, Count | Amount):
                assert not told["totals"][number.name], number.name


@pytest.mark.parametrize("bucket", ["hour", "day", "week", "month", "none"])
@pytest.mark.parametrize("tz", ["UTC", "Europe/Berlin", "Asia/Kathmandu"])
async def test_buckets_add_up_to_the_totals_but_for_distinct_people(api: Api, bucket: str, tz: str) -> None:
    for report in OF_SUMS:
        told = await asked(api, report.name, tz=tz, bucket=bucket)
        items, totals = told["items"], told["totals"]
        assert [a["end"] for a, _ in pairwise(items)] == [b["start"] for _, b in pairwise(items)]
        for number in report.numbers:
            name = number.name
            if number.whole or name in {"senders", "returning_senders"}:
                continue
            said = [item[name] for item in items]
            if isinstance(number, Count | Amount):
                assert sum(value or 0 for value in said) == (totals[name] or 0), name
            elif isinstance(number, Parts):
                added = sum((Counter(parts) for parts in said), Counter())
                assert added == Counter(totals[name]), name
            elif isinstance(number, Percentiles):
                count = totals[name]["count"]
                assert count == sum(totals[name]["distribution"].values())
                assert count == sum(each["count"] for each in said)
        assert totals.get("senders", 0) <= sum(item.get("senders", 0) for item in items)


async def test_totals_are_the_same_however_a_range_is_cut(api: Api) -> None:
    for report in OF_SUMS:
        [first, *others] = [
            (await asked(api, report.name, bucket=bucket, tz=tz))["totals"]
            for bucket, tz in (("day", "UTC"), ("none", "UTC"), ("hour", "Asia/Kathmandu"))
        ]
        assert others == [first] * 2


OF_FACTS: Final = """
SELECT measure, dim, count(*) AS n, sum(amount)::bigint AS amount FROM {facts}
WHERE at >= $1 AND at < $2 AND ($3::text IS NULL OR channel = $3) GROUP BY measure, dim
"""
WHO: Final = """
SELECT count(DISTINCT conversation_id) FROM {facts}
WHERE measure = 'message_in' AND at >= $1 AND at < $2 AND ($3::text IS NULL OR channel = $3)
"""


async def test_what_days_and_hours_say_is_what_the_facts_say(api: Api) -> None:
    dice = Random(8)
    spans = [span(dice) for _ in range(60)]
    async with api.service.database.connection() as connection:
        view = await views.live(connection, "analytics")
        facts = view.table("analytics_facts")
        for channel in (None, "messenger"):
            scope = Scope(view, channel)
            for one, said, who in zip(
                spans,
                await sums(connection, scope, spans, list(Measure)),
                await distinct_senders(connection, scope, spans),
                strict=True,
            ):
                told: dict[str, dict[str, tuple[int, int]]] = {measure: {} for measure in Measure}
                for row in await connection.fetch(OF_FACTS.format(facts=facts), *one, channel):
                    told[row["measure"]][row["dim"]] = (row["n"], row["amount"])
                assert {m: dims for m, dims in said.items() if m not in HISTOGRAMS} == {
                    m: dims for m, dims in told.items() if m not in HISTOGRAMS
                }
                for measure in HISTOGRAMS:
                    by_size = sorted((int(dim), n) for dim, (n, _) in told[measure].items())
                    held = said.sizes.get(measure, NO_SIZES)
                    assert list(zip(held.sizes, held.counts, strict=True)) == by_size
                    assert held.n == sum(n for n, _ in told[measure].values())
                    assert held.amount == sum(amount for _, amount in told[measure].values())
                assert who == await connection.fetchval(WHO.format(facts=facts), *one, channel)


def span(dice: Random) -> Span:
    """From minutes to weeks, from a full day, a full hour or any instant."""
    unit = dice.choice((timedelta(days=1), timedelta(hours=1), timedelta(microseconds=1)))
    since = AUTUMN + unit * dice.randrange(timedelta(days=30) // unit)
    unit = dice.choice((timedelta(days=1), timedelta(hours=1), timedelta(minutes=7, microseconds=1)))
    return Span(since, since + unit * dice.randrange(1, 200 if unit < timedelta(days=1) else 20))


async def test_nothing_is_counted_twice_at_a_boundary_instant(api: Api) -> None:
    """Messages fall on midnights of three zones: each is on one side only."""
    for tz in ("UTC", "Europe/Berlin", "Asia/Kathmandu"):
        whole = (await asked(api, "messages", tz=tz))["totals"]["messages_in"]
        days = (await asked(api, "messages", tz=tz))["items"]
        cut = datetime.fromisoformat(days[20]["start"]).isoformat()
        before = (await asked(api, "messages", to=cut))["totals"]["messages_in"]
        after = (await asked(api, "messages", **{"from": cut}))["totals"]["messages_in"]
        assert before + after == whole
        assert before == sum(day["messages_in"] for day in days[:20])


async def test_a_day_on_which_clocks_change_has_their_hours(api: Api) -> None:
    told = await asked(api, "messages", tz="Europe/Berlin")
    lengths = {
        item["start"]: datetime.fromisoformat(item["end"]) - datetime.fromisoformat(item["start"])
        for item in told["items"]
    }
    assert lengths["2026-10-24T22:00:00Z"] == timedelta(hours=25)


async def test_a_channel_and_an_account_narrow_every_report(api: Api) -> None:
    for report in REPORTS:
        if report == "delivery-health":
            continue
        whole = (await asked(api, report))["totals"]
        name = next(name for name in ("messages_in", "sessions", "senders", "messages", "turns", "calls",
                                      "replies", "known", "each_bot") if name in whole)  # fmt: skip
        by_channel = [
            (await asked(api, report, channel=channel))["totals"][name] for channel in CHANNEL.schema["enum"]
        ]
        by_account = (await asked(api, report, account="209114835562013"))["totals"][name]
        if isinstance(whole[name], dict):
            by_channel = [each["count"] for each in by_channel]
            assert sum(by_channel) == whole[name]["count"]
        else:
            assert sum(each or 0 for each in by_channel) == whole[name]
            assert 0 < (by_account or 0) < whole[name]


async def test_what_cannot_be_known_of_a_channel_is_null(api: Api) -> None:
    told = (await asked(api, "delivery-health"))["totals"]
    narrowed = (await asked(api, "delivery-health", channel="whatsapp"))["totals"]
    assert told["quarantined"] > 0
    assert told["bad_signatures"] > 0
    assert (narrowed["quarantined"], narrowed["bad_signatures"]) == (None, None)
    assert narrowed["quarantined_by_reason"] is None
    assert 0 < narrowed["ignored"] < told["ignored"]


async def test_top_senders_and_obligations_are_read_in_pages(api: Api) -> None:
    given = {"from": AUTUMN.isoformat(), "to": END.isoformat()}
    for report in ("top-senders", "obligations"):
        whole = (await asked(api, report, limit=100))["items"]
        pages = await api.all_pages(f"{PATH}/{report}", limit=7, **given)
        ids = [(item["conversation_id"], item.get("version")) for item in pages]
        assert ids == [(item["conversation_id"], item.get("version")) for item in whole]
        assert len(ids) > 7
    most = [item["messages"] for item in (await asked(api, "top-senders"))["items"]]
    assert most == sorted(most, reverse=True)


async def test_retention_is_a_triangle(api: Api) -> None:
    told = await asked(api, "retention")
    items, totals = told["items"], told["totals"]
    assert [len(item["returned"]) for item in items] == list(range(len(items) - 1, -1, -1))
    assert totals["senders"] == sum(item["senders"] for item in items)
    for item in items:
        assert all(back <= item["senders"] for back in item["returned"])
    assert all(0 <= share <= 1 for share in totals["returned_share"] if share is not None)


# Refusals

BAD: Final = [
    ("from", {"from": "2026-11-02T00:00:00Z", "to": "2026-11-01T00:00:00Z"}),
    ("from", {"from": "1969-12-31T23:59:59Z", "to": "2026-11-01T00:00:00Z"}),
    ("to", {"to": "2200-01-01T00:00:01Z"}),
    ("from", {"from": "yesterday"}),
    ("to", {"to": "2026-11-01"}),
    *(
        ("tz", {"tz": name})
        for name in ("Berlin", "", "europe/berlin", "../../etc/passwd", "UTC+1", "x" * 999)
    ),
    *(("bucket", {"bucket": name}) for name in ("year", "", "Day")),
    ("bucket", {"bucket": "hour", "from": "2020-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}),
    ("view", {"view": "nobody"}),
    ("view", {"view": "x\x00"}),
    ("channel", {"channel": "sms"}),
    ("account", {"account": ""}),
    ("limit", {"limit": "10"}),
    ("cursor", {"cursor": "bnVsbA"}),
    ("of", {"of": "1"}),
]
BAD_CELLS: Final = [
    ("messages", cell)
    for cell in ("", "x", "/", "total", "total/", "/messages_in", "total/nothing", "total/messages_in/text",
                 "2026-09-21/messages_in", "2026-09-21T00:00:00.000001Z/messages_in", "total/in_by_kind",
                 "9999-12-31T23:59:59-12:00/messages_in", "noon/messages_in", "x" * 9999, "total/\x00")
] + [
    ("journey", "2026-09-21T00:00:00Z/paths/direct"),
    ("retention", "total/returned"),
    ("retention", "total/returned/0"),
    ("retention", "total/returned/99"),
    ("retention", "total/returned/١"),
    ("retention", "total/start"),
    ("busiest-hours", "8-0/messages"),
    ("busiest-hours", "1-0/nothing"),
    ("obligations", "total/nothing"),
    ("top-senders", "somebody/messages"),
    ("top-senders", "total/start"),
]  # fmt: skip


def is_refused(answer: Answer, field: str) -> bool:
    return answer.status == 400 and answer.json["field"] == field and field in answer.json["detail"]


@pytest.mark.parametrize(("field", "given"), BAD)
async def test_what_cannot_be_asked_is_refused_and_named(api: Api, field: str, given: dict[str, str]) -> None:
    answer = await api.ask(f"{PATH}/overview", **given)
    assert is_refused(answer, field), answer.body


@pytest.mark.parametrize(("report", "cell"), BAD_CELLS)
async def test_a_cell_that_there_is_not_is_refused_and_named(api: Api, report: str, cell: str) -> None:
    given = {"from": AUTUMN.isoformat(), "to": END.isoformat(), "cell": cell}
    answer = await api.ask(f"{PATH}/{report}/explain", **given)
    assert is_refused(answer, "cell"), answer.body


async def test_an_unknown_report_is_not_there_and_those_that_are_get_named(api: Api) -> None:
    for path in (f"{PATH}/nothing", f"{PATH}/nothing/explain", f"{PATH}/Overview"):
        answer = await api.ask(path)
        assert (answer.status, answer.json["field"]) == (404, "report")
        assert all(report in answer.json["detail"] for report in REPORTS)


async def test_a_report_of_the_whole_range_is_not_cut(api: Api) -> None:
    for report in ("busiest-hours", "obligations", "top-senders"):
        assert is_refused(await api.ask(f"{PATH}/{report}", bucket="day"), "bucket")
        await asked(api, report, bucket="none")


async def test_a_cursor_of_another_question_is_refused(api: Api) -> None:
    given = {"from": AUTUMN.isoformat(), "to": END.isoformat(), "limit": "3"}
    cursor = (await asked(api, "top-senders", limit=3))["next_cursor"]
    assert (await api.ask(f"{PATH}/top-senders", **given, cursor=cursor)).status == 200
    assert is_refused(await api.ask(f"{PATH}/obligations", **given, cursor=cursor), "cursor")
    assert is_refused(
        await api.ask(f"{PATH}/top-senders", **given, channel="whatsapp", cursor=cursor), "cursor"
    )


async def test_the_reports_are_an_enumeration_in_the_description(api: Api) -> None:
    paths = (await api.send("/openapi.json")).json["paths"]
    for path in ("/api/v1/analytics/{report}", "/api/v1/analytics/{report}/explain"):
        [report] = [p for p in paths[path]["get"]["parameters"] if p["in"] == "path"]
        assert report["schema"]["enum"] == list(REPORTS)
