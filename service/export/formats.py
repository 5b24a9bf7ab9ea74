"""Rows as text: NDJSON and CSV. Instants are RFC 3339 in UTC."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import orjson

from service.export.source import Row, Sheet

Text = Literal["ndjson", "csv"]
TEXTS: Final[tuple[Text, ...]] = ("ndjson", "csv")

MEDIA: Final[dict[Text, str]] = {"ndjson": "application/x-ndjson", "csv": "text/csv"}

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for a formula."""

LINE: Final = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


@dataclass(frozen=True, slots=True)
class Writing:
    """A sheet in one format: ``head`` comes once, ``rows`` makes bytes of some rows."""

    head: bytes
    rows: Callable[[list[Row]], bytes]


def writing(name: Text, sheet: Sheet) -> Writing:
    """How a sheet is written."""
    if name == "csv":
        return Writing(_lines([list(sheet.columns)]), lambda rows: _lines(_cells(sheet, row) for row in rows))
    return Writing(b"", lambda rows: b"".join(_line(sheet.spread, row) for row in rows))


def _line(spread: str | None, row: Row) -> bytes:
    if spread is not None and (members := row.get(spread)) is not None:
        row = {**row, **members}
        del row[spread]
    return orjson.dumps(row, option=LINE)


def json_text(value: Any) -> str:
    """A value as compact JSON, for a cell."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS).decode()


def _cells(sheet: Sheet, row: Row) -> list[str]:
    return [
        "" if (value := row.get(name)) is None else _cell(kind, value) for name, kind in sheet.columns.items()
    ]


def _cell(kind: str, value: Any) -> str:
    match kind:
        case "text":
            return f"'{value}" if value.startswith(FORMULA) else value
        case "json":
            return json_text(value)
        case "instant":
            return rfc3339(value)
        case "flag":
            return "true" if value else "false"
        case _:
            return str(value)


def rfc3339(instant: datetime) -> str:
    """An instant in UTC, to the microsecond where it has any."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _lines(rows: Any) -> bytes:
    """RFC 4180: quotes where they are needed, doubled within, and CRLF."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
