"""Whatever number is asked about: the events that are listed are those that were counted, and count to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from tests.projections.oracle.conftest import World, query_of
from tests.projections.oracle.figures import EACH, Pile, figures
from tests.projections.oracle.naive import Thing
from tests.projections.oracle.reports import TOP, Asked
from tests.projections.oracle.traffic import ACCOUNTS, AUTUMN, BERLIN, KATHMANDU

pytestmark = pytest.mark.asyncio(loop_scope="session")

CELLS: Final = 16
"""How many of a report are drawn, each time."""


class Cell(NamedTuple):
    """A number by its name in the answer, and the things behind it."""

    name: str
    value: Any
    things: list[Thing]


async def listed(world: World, report: str, asked: Asked, cell: Cell) -> dict[str, Any]:
    """All that is listed for a cell, from every page."""
    path = f"/api/v1/analytics/{report}/explain"
    query = {**query_of(report, asked), "cell": cell.name, "limit": "100"}
    page = await world.api.get(path, **query)
    told: dict[str, Any] = page
    while page["next_cursor"]:
        page = await world.api.get(path, **query, cursor=page["next_cursor"])
        told["items"] += page["items"]
    return told


def place(item: dict[str, Any]) -> tuple[str, int, datetime]:
    who = item["conversation_id"] or item["id"]
    return who, item["version"] or 0, datetime.fromisoformat(item["at"])


async def is_explained(world: World, report: str, asked: Asked, cell: Cell) -> None:
    told = await listed(world, report, asked, cell)
    assert told["number"] == cell.value, cell.name
    if cell.things and cell.things[0].measure == "refused":
        assert told["items"] == []
        assert told["note"], "it says why nothing is listed"
        return
    wanted = sorted((str(t.conversation), t.version, t.at) for t in cell.things)
    assert sorted(map(place, told["items"])) == wanted, cell.name
    assert told["count"] == len(wanted)
    assert told["amount"] == sum(item["amount"] for item in told["items"])
    assert all(item["type"] for item in told["items"] if item["conversation_id"])


def of_sums(report: str, world: World, asked: Asked, dice: Random) -> list[Cell]:
    """Some cells of the total, and of the buckets."""
    rows = [("total", asked.pile(world.things), True)]
    for (begin, _), pile in zip(asked.cut(), asked.piles(world.things), strict=True):
        rows.append((begin.isoformat(), pile, False))
    cells = []
    for _ in range(CELLS):
        row, pile, whole = dice.choice(rows) if dice.random() < 0.7 else rows[0]
        there = figures(report, whole=whole)
        if there:
            name, figure = dice.choice(sorted(there.items()))
            cells.append(_cell(f"{row}/{name}", figure.value(pile), pile, figure.counted, dice))
    return cells


def _cell(
    name: str, value: Any, pile: Pile, counted: Callable[[Pile, str | None], list[Thing]], dice: Random
) -> Cell:
    if not isinstance(value, dict):
        return Cell(name, value, counted(pile, None))
    if "p50" not in value:
        part = dice.choice(sorted(value)) if value else "nothing"
        return Cell(f"{name}/{part}", value.get(part, 0), counted(pile, part))
    histogram = value.get("distribution")
    if histogram and dice.random() < 0.5:
        size = dice.choice(sorted(histogram))
        return Cell(f"{name}/{size}", histogram[size], counted(pile, size))
    statistic = dice.choice(("count", "mean", "p50", "p90", "p99"))
    return Cell(f"{name}/{statistic}", value[statistic], counted(pile, None))


def of_retention(_: str, world: World, asked: Asked, dice: Random) -> list[Cell]:
    spans, piles = asked.cut(), asked.piles(world.things)
    cells = []
    for cohort in dice.sample(range(len(spans) - 1), 4):
        row, new = spans[cohort][0].isoformat(), piles[cohort].of("sender_new")
        later = dice.randrange(1, len(spans) - cohort)
        wrote = piles[cohort + later].senders()
        back = [wrote[t.conversation] for t in new if t.conversation in wrote]
        cells += [
            Cell(f"{row}/senders", len(new), new),
            Cell(f"{row}/returned/{later}", len(back), back),
        ]
    return cells


def of_busiest_hours(__: str, world: World, asked: Asked, dice: Random) -> list[Cell]:
    cells = []
    pile = asked.pile(world.things)
    for what, measure in (("messages", "message_in"), ("sessions", "session")):
        cells.append(Cell(f"total/{what}", len(pile.of(measure)), pile.of(measure)))
        for _ in range(6):
            day, hour = dice.randint(1, 7), dice.randrange(24)
            then = [t for t in pile.of(measure) if _shown(t.at, asked.zone) == (day, hour)]
            cells.append(Cell(f"{day}-{hour}/{what}", len(then), then))
    return cells


def _shown(at: datetime, zone: ZoneInfo) -> tuple[int, int]:
    local = at.astimezone(zone)
    return local.isoweekday(), local.hour


def of_obligations(_: str, world: World, asked: Asked, __: Random) -> list[Cell]:
    waiting = Pile(asked.theirs(world.things)).of("turn", dims=["waiting"])
    messages = sum(t.amount for t in waiting)
    return [Cell("total/waiting", len(waiting), waiting), Cell("total/messages", messages, waiting)]


def of_top_senders(_: str, world: World, asked: Asked, dice: Random) -> list[Cell]:
    pile = asked.pile(world.things)
    cells = []
    for who in dice.sample(sorted(pile.senders()), 5):
        theirs = Pile(t for t in pile.things if t.conversation == who)
        column, figure = dice.choice(sorted(TOP.items()))
        cells.append(Cell(f"{who}/{column}", figure.value(theirs), figure.counted(theirs, None)))
    return cells


CELLS_OF: Final = {
    **dict.fromkeys(EACH, of_sums),
    "retention": of_retention,
    "busiest-hours": of_busiest_hours,
    "obligations": of_obligations,
    "top-senders": of_top_senders,
}


@pytest.mark.parametrize(
    ("zone", "bucket", "account"),
    [(BERLIN, "day", None), (KATHMANDU, "day", None), (BERLIN, "week", ACCOUNTS[0][1])],
    ids=["Berlin", "Kathmandu", "account"],
)
@pytest.mark.parametrize("report", CELLS_OF)
async def test_the_events_behind_a_number_are_those_it_counts(
    world: World, report: str, zone: ZoneInfo, bucket: str, account: str | None
) -> None:
    begin = AUTUMN + timedelta(days=29, hours=5, minutes=20)
    days = 40 if bucket == "week" else 9
    asked = Asked(begin, begin + timedelta(days=days), zone, bucket, account=account)
    cells = CELLS_OF[report](report, world, asked, Random(f"{report}:{zone.key}:{bucket}"))
    assert any(cell.things for cell in cells), "something to explain was drawn"
    for cell in cells:
        await is_explained(world, report, asked, cell)
