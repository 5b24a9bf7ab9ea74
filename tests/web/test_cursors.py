"""Cursors lead back to where they were made, and nowhere else."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.web.cursors import Place, cut, read_cursor, write_cursor
from service.web.errors import Problem
from service.web.timeline import VersionPlace

PLACES = st.builds(Place, st.datetimes(timezones=st.just(UTC)), st.uuids())


@given(scope=st.binary(), place=PLACES)
def test_a_cursor_leads_back_to_its_place(scope: bytes, place: Place) -> None:
    assert read_cursor(scope, write_cursor(scope, place), Place) == place


@given(scope=st.binary(), other=st.binary(), place=PLACES)
def test_a_cursor_leads_nowhere_in_another_query(scope: bytes, other: bytes, place: Place) -> None:
    if scope != other:
        with pytest.raises(Problem) as refused:
            read_cursor(other, write_cursor(scope, place), Place)
        assert (refused.value.status, refused.value.field) == (400, "cursor")


@given(
    garbage=st.text(max_size=60) | st.binary(max_size=60).map(lambda b: base64.urlsafe_b64encode(b).decode())
)
def test_garbage_is_no_cursor(garbage: str) -> None:
    with pytest.raises(Problem):
        read_cursor(b"", garbage, Place)


def test_a_cursor_has_one_spelling_only() -> None:
    cursor = write_cursor(b"", VersionPlace(7))
    for spelled in (f"{cursor}=", f"{cursor}==", f" {cursor}", f"{cursor}\n", f"{cursor}!"):
        with pytest.raises(Problem):
            read_cursor(b"", spelled, VersionPlace)


def test_a_key_of_another_shape_is_refused_though_its_digest_is_right() -> None:
    shapes: list[tuple[object, ...]] = [
        (), ("7",), (True,), (-1,), (2**31,), (1.5,), (None,), (7, 7), (UUID(int=7),),
    ]  # fmt: skip
    for key in shapes:
        with pytest.raises(Problem):
            read_cursor(b"", write_cursor(b"", key), VersionPlace)
    naive = (datetime(2026, 1, 1), uuid4())  # noqa: DTZ001 # the point
    elsewhere = (datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1))), "no id")
    for key in (naive, elsewhere):
        with pytest.raises(Problem):
            read_cursor(b"", write_cursor(b"", key), Place)


def test_only_a_page_with_more_behind_it_has_a_cursor() -> None:
    assert cut(b"", [1, 2, 3], 3, VersionPlace) == ([1, 2, 3], None)
    assert cut(b"", [], 3, VersionPlace) == ([], None)
    page, cursor = cut(b"", [1, 2, 3, 4], 3, VersionPlace)
    assert page == [1, 2, 3]
    assert read_cursor(b"", cursor, VersionPlace) == VersionPlace(3)
    assert read_cursor(b"", None, VersionPlace) is None
