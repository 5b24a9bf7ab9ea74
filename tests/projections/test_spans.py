"""Buckets tile their range, follow the clocks of a zone, and are made of months, days, hours and edges."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.reports.spans import (
    BUCKETS,
    DAY,
    HOUR,
    UNITS,
    Bucket,
    Piece,
    Span,
    TooManyBuckets,
    Unit,
    added,
    cut,
    floor,
    midnight,
    stretches,
    tiled,
    wholes,
)

BERLIN = ZoneInfo("Europe/Berlin")
NAMES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Pacific/Apia",
    "America/Havana",
    "Pacific/Chatham",
    "Africa/Monrovia",
]
ZONES = st.sampled_from([ZoneInfo(name) for name in NAMES])
INSTANTS = st.datetimes(
    datetime(1970, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)  # noqa: DTZ001 # the zone is added
)  # fmt: skip
LENGTHS = st.timedeltas(timedelta(0), timedelta(days=40)) | st.integers(0, 40).map(timedelta)
WHOLE = st.builds(lambda at: at.replace(minute=0, second=0, microsecond=0), INSTANTS)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@given(INSTANTS | WHOLE, LENGTHS, ZONES, st.sampled_from(BUCKETS))
def test_buckets_tile_their_range_and_none_is_empty(
    since: datetime, length: timedelta, zone: ZoneInfo, bucket: Bucket
) -> None:
    until = since + length
    spans = cut(since, until, zone, bucket)
    assert bool(spans) == (since < until)
    assert [a.until for a, _ in pairwise(spans)] == [b.since for _, b in pairwise(spans)]
    assert all(span.since < span.until for span in spans)
    if spans:
        assert (spans[0].since, spans[-1].until) == (since, until)


@given(INSTANTS | WHOLE, LENGTHS, ZONES)
def test_a_day_bucket_holds_the_instants_of_one_date(
    since: datetime, length: timedelta, zone: ZoneInfo
) -> None:
    spans = cut(since, since + length, zone, "day")
    dates = []
    for span in spans:
        first, last = (instant.astimezone(zone).date() for instant in (span.since, span.until - _TICK))
        assert first == last
        dates.append(first)
    assert dates == sorted(set(dates))


@given(INSTANTS | WHOLE, LENGTHS, ZONES)
def test_an_hour_bucket_holds_the_instants_of_one_hour_of_the_clock(
    since: datetime, length: timedelta, zone: ZoneInfo
) -> None:
    for span in cut(since, min(since + length, since + 5 * DAY), zone, "hour"):
        first, last = (instant.astimezone(zone) for instant in (span.since, span.until - _TICK))
        assert (first.date(), first.hour) == (last.date(), last.hour)
        assert span.until - span.since <= HOUR


SOME_UNITS = st.sampled_from([UNITS, UNITS[1:], UNITS[2:], UNITS[:2], ("month",)])
SPANS = st.builds(lambda since, length: Span(since, since + 10 * length), INSTANTS | WHOLE, LENGTHS)


def is_whole(piece: Piece) -> bool:
    return piece.unit is None or all(floor(each, piece.unit) == each for each in (piece.since, piece.until))


@given(SPANS, SOME_UNITS)
def test_the_tiles_of_a_span_are_as_large_as_can_be_and_no_instant_is_in_two(
    span: Span, units: tuple[Unit, ...]
) -> None:
    tiles = tiled(span, units)
    assert [a.until for a, _ in pairwise(tiles)] == [b.since for _, b in pairwise(tiles)]
    if span.since < span.until:
        assert (tiles[0].since, tiles[-1].until) == span
    assert all(tile.since < tile.until and is_whole(tile) for tile in tiles)
    for a, b in pairwise(units):
        smaller = [tile for tile in tiles if tile.unit == b]
        assert all(len({floor(start, a) for start in wholes(tile)}) <= 2 for tile in smaller)


@given(SPANS, SOME_UNITS)
def test_pieces_add_up_to_every_instant_of_a_span_once_and_to_no_other(
    span: Span, units: tuple[Unit, ...]
) -> None:
    pieces = added(span, units)
    assert all(piece.since < piece.until and is_whole(piece) for piece in pieces)
    ends = sorted({*span, *(end for piece in pieces for end in piece[1:3])})
    for instant in (*ends, ends[0] - _TICK, ends[-1] + _TICK):
        times = sum(piece.sign for piece in pieces if piece.since <= instant < piece.until)
        assert times == (span.since <= instant < span.until)
    assert len(pieces) <= 1 + 4 * len(units)


def test_a_day_of_berlin_is_a_day_of_utc_with_other_hours_at_its_ends() -> None:
    [day] = cut(at("2026-11-02T00:00:00+01:00"), at("2026-11-03T00:00:00+01:00"), BERLIN, "day")
    assert added(day) == [
        Piece("day", at("2026-11-02T00:00:00Z"), at("2026-11-03T00:00:00Z")),
        Piece("hour", at("2026-11-01T23:00:00Z"), at("2026-11-02T00:00:00Z")),
        Piece("hour", at("2026-11-02T23:00:00Z"), at("2026-11-03T00:00:00Z"), -1),
    ]


@given(INSTANTS, LENGTHS, ZONES)
def test_stretches_are_the_range_cut_where_the_clocks_are_changed(
    since: datetime, length: timedelta, zone: ZoneInfo
) -> None:
    found = stretches(since, since + 10 * length, zone)
    assert [a[0].until for a, _ in pairwise(found)] == [b[0].since for _, b in pairwise(found)]
    assert all(a[1] != b[1] for a, b in pairwise(found))
    for span, offset in found:
        for instant in (span.since, span.until - _TICK):
            assert instant.astimezone(zone).utcoffset() == offset


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-01", 24)], ids=str
)
def test_a_day_is_as_long_as_its_clocks_make_it(day: str, hours: int) -> None:
    since = midnight(date.fromisoformat(day), BERLIN)
    until = midnight(date.fromisoformat(day) + timedelta(1), BERLIN)
    assert until - since == hours * HOUR
    assert cut(since, until, BERLIN, "day") == [Span(since, until)]
    assert len(cut(since, until, BERLIN, "hour")) == hours


def test_a_day_without_a_midnight_begins_where_the_clocks_jump() -> None:
    sao_paulo = ZoneInfo("America/Sao_Paulo")
    assert midnight(date(2018, 11, 4), sao_paulo) == at("2018-11-04T01:00:00-02:00")
    apia = ZoneInfo("Pacific/Apia")
    assert midnight(date(2011, 12, 30), apia) == midnight(date(2011, 12, 31), apia)


def test_a_week_begins_on_monday_and_a_month_on_its_first_day() -> None:
    since, until = at("2026-10-28T10:00:00+01:00"), at("2026-11-10T09:30:00+01:00")
    weeks = [span.since for span in cut(since, until, BERLIN, "week")]
    assert weeks == [since, at("2026-11-02T00:00:00+01:00"), at("2026-11-09T00:00:00+01:00")]
    months = [span.since for span in cut(since, until, BERLIN, "month")]
    assert months == [since, at("2026-11-01T00:00:00+01:00")]


def test_a_zone_of_odd_minutes_has_days_of_odd_edges() -> None:
    kathmandu = ZoneInfo("Asia/Kathmandu")
    [day] = cut(at("2026-11-01T18:15:00Z"), at("2026-11-02T18:15:00Z"), kathmandu, "day")
    tiles = tiled(day)
    assert [tile.unit for tile in tiles] == [None, "hour", None]
    assert (tiles[1].since, tiles[1].until) == (at("2026-11-01T19:00:00Z"), at("2026-11-02T18:00:00Z"))


def test_more_buckets_than_one_answer_holds_are_refused() -> None:
    since = at("2020-01-01T00:00:00Z")
    assert len(cut(since, since + 10_000 * HOUR, BERLIN, "hour")) == 10_000
    with pytest.raises(TooManyBuckets, match="more than 10,000"):
        cut(since, since + 10_001 * HOUR, BERLIN, "hour")


_TICK = timedelta(microseconds=1)
