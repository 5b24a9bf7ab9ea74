"""Every report equals a naive count over the raw timelines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.projections.oracle.conftest import World
from tests.projections.oracle.reports import REPORTS, Asked, answer
from tests.projections.oracle.traffic import ACCOUNTS, AUTUMN, BERLIN, KATHMANDU, SPRING, Course

pytestmark = pytest.mark.asyncio(loop_scope="session")

END: Final = AUTUMN + timedelta(days=66)
CLOCKS_PUT_BACK: Final = datetime(2026, 10, 25, 1, tzinfo=UTC)

BESIDE: Final = {
    "obligations": {"channel", "account_id", "waited_seconds", "why"},
    "top-senders": {"channel", "account_id"},
}
"""Members of items that are no numbers of the log."""


def read(told: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    """Members of an answer, instants and ids read as what they are compared with."""
    return {
        name: datetime.fromisoformat(value)
        if isinstance(like.get(name), datetime)
        else UUID(value)
        if isinstance(like.get(name), UUID)
        else value
        for name, value in told.items()
    }


def agree(report: str, told: dict[str, Any], expected: tuple[list[dict[str, Any]], dict[str, Any]]) -> None:
    """The answer is exactly what was counted: every number there is, in every item."""
    items, totals = expected
    assert len(told["items"]) == len(items)
    for got, wanted in zip(told["items"], items, strict=True):
        rest = {name: value for name, value in got.items() if name not in BESIDE.get(report, ())}
        assert read(rest, wanted) == wanted
    assert read(told["totals"], totals) == totals


@pytest.mark.parametrize("bucket", ["day", "week", "month", "none"])
@pytest.mark.parametrize("zone", [BERLIN, KATHMANDU], ids=lambda zone: zone.key)
@pytest.mark.parametrize("report", REPORTS)
async def test_a_report_of_nine_weeks_is_what_was_counted(
    world: World, report: str, zone: ZoneInfo, bucket: str
) -> None:
    asked = Asked(AUTUMN, END, zone, bucket)
    agree(report, await world.ask(report, asked), answer(report, world.things, asked))


@pytest.mark.parametrize("zone", [BERLIN, KATHMANDU], ids=lambda zone: zone.key)
@pytest.mark.parametrize("report", REPORTS)
async def test_hours_around_the_change_of_the_clocks_are_what_was_counted(
    world: World, report: str, zone: ZoneInfo
) -> None:
    around = timedelta(hours=49, minutes=7)
    asked = Asked(CLOCKS_PUT_BACK - around, CLOCKS_PUT_BACK + around, zone, "hour")
    agree(report, await world.ask(report, asked), answer(report, world.things, asked))


@pytest.mark.parametrize(("channel", "account"), [(None, ACCOUNTS[1][1]), ("whatsapp", None), ACCOUNTS[2]])
@pytest.mark.parametrize("report", REPORTS)
async def test_a_channel_and_an_account_have_their_own_numbers(
    world: World, report: str, channel: str | None, account: str | None
) -> None:
    asked = Asked(AUTUMN, END, BERLIN, "week", channel, account)
    agree(report, await world.ask(report, asked), answer(report, world.things, asked))


ZONES: Final = (BERLIN, KATHMANDU, ZoneInfo("America/New_York"), ZoneInfo("Pacific/Chatham"), ZoneInfo("UTC"))
ALL_OR_ONE: Final = st.sampled_from([(None, None), (None, None), ("instagram", None), ACCOUNTS[0]])
DAYS: Final = 40


@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    seed=st.integers(0, 10_000),
    begins=st.sampled_from([SPRING, AUTUMN]),
    zone=st.sampled_from(ZONES),
    bucket=st.sampled_from(["hour", "day", "week", "month", "none"]),
    whose=ALL_OR_ONE,
    moments=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
    exactly=st.booleans(),
)
async def test_whatever_happens_whenever_is_asked_about_the_reports_are_what_was_counted(
    growing: World,
    seed: int,
    begins: datetime,
    zone: ZoneInfo,
    bucket: str,
    whose: tuple[str | None, str | None],
    moments: tuple[int, int],
    exactly: bool,
) -> None:
    """Ranges begin and end anywhere, or exactly when something counts: that is in the range it begins."""
    await growing.add(Course(seed, people=5, begins=begins, days=DAYS, prefix=f"{begins:%m}"))
    if exactly:
        times = sorted({t.at for t in growing.things if begins <= t.at < begins + timedelta(days=DAYS)})
        picked = [times[moment * len(times) // (10**6 + 1)] for moment in moments]
    else:
        picked = [begins + moment * timedelta(days=DAYS) / 10**6 for moment in moments]
    begin, end = sorted(picked)
    asked = Asked(begin, end + timedelta(microseconds=begin == end), zone, bucket, *whose)
    for report in REPORTS:
        agree(report, await growing.ask(report, asked), answer(report, growing.things, asked))
