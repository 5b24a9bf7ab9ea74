"""What a parameter takes, and what it makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.instants import read_instant
from service.web.parameters import KINDS, LIMIT, read_text, read_uuid

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1))  # noqa: DTZ001 # zones come after


@given(st.builds(lambda time, zone: time.replace(tzinfo=zone), TIMES, ZONES))
def test_an_instant_is_the_same_whatever_zone_it_is_written_in(instant: datetime) -> None:
    read = read_instant(instant.isoformat())
    assert read == instant
    assert read.tzinfo is UTC
    assert read_instant(instant.isoformat().replace("+", " ")) == instant


@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)?", fullmatch=True))
def test_whatever_else_is_written_is_an_instant_or_refused(text: str) -> None:
    try:
        assert read_instant(text).tzinfo is UTC
    except ValueError as error:
        assert "instant" in str(error)  # noqa: PT017 # either is right


def test_fractions_beyond_microseconds_are_cut_off() -> None:
    assert read_instant("2026-11-01T12:00:00.123456789Z") == datetime(2026, 11, 1, 12, 0, 0, 123456, UTC)
    assert read_instant("2026-11-01T12:00:00.1Z") == datetime(2026, 11, 1, 12, 0, 0, 100000, UTC)


@given(st.integers())
def test_a_limit_is_from_1_to_100(number: int) -> None:
    if 1 <= number <= 100:
        assert LIMIT.read(str(number)) == number
    else:
        with pytest.raises(ValueError, match="from 1 to 100"):
            LIMIT.read(str(number))


@given(st.text())
def test_text_is_taken_as_it_is_or_refused(text: str) -> None:
    try:
        assert read_text(text) == text
    except ValueError:
        assert not text or len(text) > 256 or any(c < " " or "\ud800" <= c <= "\udfff" for c in text)


@given(st.uuids())
def test_an_id_is_taken_in_either_case(identifier: object) -> None:
    assert read_uuid(str(identifier)) == read_uuid(str(identifier).upper()) == identifier


def test_kinds_are_a_set_however_they_are_written() -> None:
    assert KINDS.read("ReplySent,MessageReceived,ReplySent") == ("MessageReceived", "ReplySent")
