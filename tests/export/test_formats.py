"""NDJSON and CSV as other programs read them."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.inbound import Attachment
from service.export.formats import rfc3339, writing
from service.export.source import Sheet

SHEET = Sheet(
    {"text": "text", "count": "whole", "at": "instant", "late": "flag", "more": "json"}, spread="more"
)
AT = datetime(2026, 11, 1, 12, 0, 0, 250, tzinfo=UTC)


def cells(*rows: dict[str, Any]) -> list[list[str]]:
    """What a reader of CSV makes of rows, the head first."""
    written = writing("csv", SHEET)
    text = (written.head + written.rows(list(rows))).decode()
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_a_row_of_csv_has_a_cell_for_each_column_of_the_head() -> None:
    row = {"text": "hello", "count": 3, "at": AT, "late": False, "more": {"a": [1]}}
    assert cells(row, {}) == [
        ["text", "count", "at", "late", "more"],
        ["hello", "3", "2026-11-01T12:00:00.000250Z", "false", '{"a":[1]}'],
        ["", "", "", "", ""],
    ]


def test_csv_quotes_by_rfc_4180() -> None:
    written = writing("csv", SHEET).rows([{"text": 'a "quoted", \nword'}])
    assert written == b'"a ""quoted"", \nword",,,,\r\n'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_a_spreadsheet_would_take_for_a_formula_gets_an_apostrophe(start: str) -> None:
    assert cells({"text": f"{start}1+1"})[1][0] == f"'{start}1+1"
    assert cells({"text": f"1{start}"})[1][0] == f"1{start}"


def test_numbers_below_zero_stay_numbers() -> None:
    assert cells({"count": -3})[1][1] == "-3"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_any_text_comes_back_from_csv_as_it_was_but_for_that_apostrophe(text: str) -> None:
    (found, *_) = cells({"text": text, "count": 1})[1]
    assert found in {text, f"'{text}"}
    assert not found.startswith(("=", "+", "-", "@"))


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), max_size=5))
def test_a_row_of_ndjson_is_one_line_whatever_was_written(texts: list[str]) -> None:
    lines = writing("ndjson", SHEET).rows([{"text": text} for text in texts]).split(b"\n")
    assert lines.pop() == b""
    assert [orjson.loads(line)["text"] for line in lines] == texts


def test_ndjson_shows_the_members_of_the_spread_column_as_the_rows_own() -> None:
    line = writing("ndjson", SHEET).rows([{"text": "a", "more": {"at": AT, "b": None}}])
    assert orjson.loads(line) == {"text": "a", "at": "2026-11-01T12:00:00.000250Z", "b": None}


def test_attachments_are_json_in_both() -> None:
    row = {"more": (Attachment(kind="image", filename="a.jpg"),)}
    (found,) = orjson.loads(cells(row)[1][4])
    assert (found["kind"], found["filename"], found["url"]) == ("image", "a.jpg", None)


def test_an_instant_is_in_utc_wherever_it_was_told() -> None:
    there = datetime(2026, 11, 1, 17, 45, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    assert rfc3339(there) == "2026-11-01T12:00:00Z"
