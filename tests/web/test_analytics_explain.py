"""Every number of every report leads to the events it counts: as many as it says, or amounting to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

import pytest
import pytest_asyncio

from projections.reports.definitions import REPORTS
from projections.reports.numbers import Amount, Count, Number, Parts, Percentiles, Ratio
from projections.reports.top_senders import COLUMNS
from tests.projections.oracle.conftest import empty_world
from tests.projections.oracle.traffic import AUTUMN, Course
from tests.web.conftest import Api

pytestmark = pytest.mark.asyncio(loop_scope="module")

COURSE: Final = Course(seed=5, people=80, days=40)
CELLS_OF_A_REPORT: Final = 12
END: Final = AUTUMN + timedelta(days=48)
ODD: Final = timedelta(hours=7, minutes=11, microseconds=3)
ASKED: Final[tuple[dict[str, Any], ...]] = (
    {"tz": "UTC", "bucket": "day"},
    {"tz": "Europe/Berlin", "bucket": "week", "channel": "whatsapp"},
    {"tz": "Asia/Kathmandu", "bucket": "month", "since": AUTUMN + ODD, "until": END - ODD},
)

Cell = tuple[str, Any, str]
"""Its name, the number that the report says, and what of the listing is that: count, amount or number."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    async with empty_world(admin_url, tmp_path_factory.mktemp("explain")) as world:
        await world.add(COURSE)
        yield world.api


def query(report: str, asked: dict[str, Any]) -> dict[str, Any]:
    given = {"since": AUTUMN, "until": END, **asked}
    if REPORTS[report].bucket == "none":
        given.pop("bucket")
    since, until = given.pop("since"), given.pop("until")
    return {"from": since.isoformat(), "to": until.isoformat(), **given}


def cells(report: str, answer: dict[str, Any]) -> Iterator[Cell]:
    """Every number of an answer."""
    if report in SPECIAL:
        yield from SPECIAL[report](answer)
        return
    rows = [("total", answer["totals"]), *((item["start"], item) for item in answer["items"])]
    for row, said in rows:
        for number in REPORTS[report].numbers:
            if number.name in said:
                yield from (
                    (f"{row}/{name}", value, what) for name, value, what in parts(number, said[number.name])
                )


def parts(number: Number, said: Any) -> Iterator[Cell]:
    match number:
        case Count():
            yield number.name, said, "count"
        case Amount():
            yield number.name, said, "amount"
        case Ratio():
            yield number.name, said, "number"
        case Parts():
            for key, value in (said or {}).items():
                yield f"{number.name}/{key}", value, "amount" if number.amounts else "count"
        case Percentiles():
            yield number.name, said["count"], "count"
            yield f"{number.name}/p90", said["p90"], "number"
            for size, n in said.get("distribution", {}).items():
                yield f"{number.name}/{size}", n, "count"
        case _:
            raise AssertionError(number)


def of_retention(answer: dict[str, Any]) -> Iterator[Cell]:
    for row, said in [("total", answer["totals"]), *((i["start"], i) for i in answer["items"])]:
        yield f"{row}/senders", said["senders"], "count"
        for name in ("returned", "observed"):
            for later, value in enumerate(said.get(name, ()), 1):
                yield f"{row}/{name}/{later}", value, "count"


def of_busiest_hours(answer: dict[str, Any]) -> Iterator[Cell]:
    for item in [answer["totals"], *answer["items"]]:
        row = f"{item['weekday']}-{item['hour']}" if "hour" in item else "total"
        for name in ("messages", "sessions"):
            yield f"{row}/{name}", item[name], "count"


def of_obligations(answer: dict[str, Any]) -> Iterator[Cell]:
    yield "total/waiting", answer["totals"]["waiting"], "count"
    yield "total/messages", answer["totals"]["messages"], "amount"


def of_top_senders(answer: dict[str, Any]) -> Iterator[Cell]:
    yield "total/senders", answer["totals"]["senders"], "count"
    for item in [answer["totals"], *answer["items"]]:
        row = item.get("conversation_id", "total")
        for number in COLUMNS:
            yield (
                f"{row}/{number.name}",
                item[number.name],
                "amount" if isinstance(number, Amount) else "count",
            )


SPECIAL: Final = {
    "retention": of_retention,
    "busiest-hours": of_busiest_hours,
    "obligations": of_obligations,
    "top-senders": of_top_senders,
}


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked["tz"])
async def test_the_events_listed_for_a_number_are_as_many_as_it_says(
    api: Api, report: str, asked: dict[str, Any]
) -> None:
    given = query(report, asked)
    answer = await api.get(f"/api/v1/analytics/{report}", **given)
    there = list(cells(report, answer))
    assert any(value for _, value, _ in there), "there is something to explain"
    dice = Random(f"{report}{asked}")
    some = [cell for cell in there if cell[1]]
    for cell, value, what in dice.sample(some, min(CELLS_OF_A_REPORT, len(some))) + there[:1]:
        await explained(api, report, given, cell, value, what)


async def explained(api: Api, report: str, given: dict[str, Any], cell: str, value: Any, what: str) -> None:
    path = f"/api/v1/analytics/{report}/explain"
    told = await api.get(path, cell=cell, limit=100, **given)
    assert told["number"] == value, cell
    assert told[what] == value or (value is None and told[what] == 0), cell
    if told["note"] is not None:
        assert told["items"] == []
        return
    listed = list(told["items"])
    while told["next_cursor"] is not None:
        told = await api.get(path, cell=cell, limit=100, cursor=told["next_cursor"], **given)
        listed += told["items"]
    assert len(listed) == told["count"], cell
    assert sum(item["amount"] for item in listed) == told["amount"], cell
    unique = {(i["id"] or i["conversation_id"], i["version"], i["measure"]) for i in listed}
    assert len(unique) == len(listed), cell
    instants = [datetime.fromisoformat(item["at"]) for item in listed]
    assert instants == sorted(instants), cell
    assert all((item["type"] is None) == (item["id"] is not None) for item in listed)
