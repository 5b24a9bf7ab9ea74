"""Instants are read alike wherever they are written."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from service import instants
from service.instants import read_instant, read_zone


@pytest.mark.parametrize(
    ("text", "zone", "instant"),
    [
        ("2026-11-24T08:00Z", None, datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("2026-11-24T08:00+01:00", None, datetime(2026, 11, 24, 7, tzinfo=UTC)),
        ("2026-11-24t08:00:30.5 01:00", None, datetime(2026, 11, 24, 7, 0, 30, 500_000, tzinfo=UTC)),
        ("2026-11-24", "Europe/Berlin", datetime(2026, 11, 23, 23, tzinfo=UTC)),
        ("2026-06-24T08:00", "Europe/Berlin", datetime(2026, 6, 24, 6, tzinfo=UTC)),
        ("2026-06-24T08:00:01", "Asia/Kathmandu", datetime(2026, 6, 24, 2, 15, 1, tzinfo=UTC)),
        ("2026-06-24T08:00Z", "Asia/Kathmandu", datetime(2026, 6, 24, 8, tzinfo=UTC)),
        # Clocks are put back: the hour is there twice, and the first is meant. Put forward: it is not there.
        ("2026-10-25T02:30", "Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-03-29T02:30", "Europe/Berlin", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_day_or_a_time_is_read_by_its_offset_or_by_the_clocks_of_a_zone(
    text: str, zone: str | None, instant: datetime
) -> None:
    assert read_instant(text, None if zone is None else read_zone(zone)) == instant


@pytest.mark.parametrize(
    "text",
    ["2026-11-24Z", "24.11.2026", "2026-11-24T8:00Z", "2026-11-24T08Z", "2026-02-30T00:00Z", "now", ""],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="instant"):
        read_instant(text)


def test_without_an_offset_and_a_zone_an_instant_is_refused_with_how_to_write_it() -> None:
    with pytest.raises(ValueError, match=r"2026-11-24 has no zone; write it as 2026-11-24T08:00Z"):
        read_instant("2026-11-24")


@pytest.fixture
def _no_zones(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without time zones: neither files of the system nor the package."""
    monkeypatch.setattr(instants, "available_timezones", set)
    instants._zones.cache_clear()
    yield
    instants._zones.cache_clear()


@pytest.mark.usefixtures("_no_zones")
def test_a_machine_without_time_zones_is_told_apart_from_a_zone_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="install the Python package tzdata"):
        read_zone("Europe/Berlin")


def test_a_zone_that_there_is_not_is_refused() -> None:
    assert zoneinfo.available_timezones()
    for name in ("Mars/Olympus", "", "../etc/passwd", "europe/berlin"):
        with pytest.raises(ValueError, match="IANA name"):
            read_zone(name)
