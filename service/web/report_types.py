"""What reports answer with, described from their definitions: a type for each, told apart by its name."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec

from domain.identity import Channel
from projections.reports.definitions import REPORTS, Report
from projections.reports.numbers import Distribution, Number, Percentiles
from projections.reports.spans import Bucket
from projections.reports.top_senders import COLUMNS
from service.storage.reading import Instant
from service.web.operations import Freshness

Member = tuple[str, Any]

BOUNDS: Final[list[Member]] = [("start", Instant), ("end", Instant)]
WHO: Final[list[Member]] = [("conversation_id", UUID), ("channel", Channel), ("account_id", str)]

SPECIAL_ITEMS: Final[dict[str, list[Member]]] = {
    "retention": [*BOUNDS, ("senders", int), ("returned", list[int])],
    "busiest-hours": [("weekday", int), ("hour", int), ("messages", int), ("sessions", int)],
    "obligations": [
        *WHO,
        ("version", int),
        ("since", Instant),
        ("waited_seconds", float),
        ("messages", int),
        ("why", str | None),
    ],
}
SPECIAL_TOTALS: Final[dict[str, list[Member]]] = {
    "retention": [
        ("senders", int),
        ("returned", list[int]),
        ("observed", list[int]),
        ("returned_share", list[float | None]),
    ],
    "busiest-hours": [("messages", int), ("sessions", int)],
    "obligations": [("waiting", int), ("messages", int), ("oldest", Instant | None)],
}


def _described(number: Number, kind: Any) -> Member:
    return number.name, Annotated[kind, msgspec.Meta(description=number.meaning)]


def _items(report: Report) -> list[Member]:
    if report.name == "top-senders":
        return [*WHO, *(_described(number, number.kind) for number in COLUMNS)]
    if report.special:
        return SPECIAL_ITEMS[report.name]
    return [*BOUNDS, *(_described(number, number.kind) for number in report.numbers if not number.whole)]


def _totals(report: Report) -> list[Member]:
    if report.name == "top-senders":
        return [("senders", int), *(_described(number, number.kind) for number in COLUMNS)]
    if report.special:
        return SPECIAL_TOTALS[report.name]
    return [
        _described(number, Distribution if isinstance(number, Percentiles) else number.kind)
        for number in report.numbers
    ]


def _answer(report: Report) -> type[msgspec.Struct]:
    name = report.name.title().replace("-", "")
    item = _struct(f"{name}Item", _items(report), f"One row of the report {report.name}.")
    totals = _struct(f"{name}Totals", _totals(report), f"The whole of the report {report.name}.")
    currency: list[Member] = [("currency", str)] if report.money else []
    return msgspec.defstruct(
        f"{name}Report",
        [
            ("from_", Instant),
            ("to", Instant),
            ("tz", str),
            ("bucket", Bucket),
            ("view", str),
            *currency,
            ("items", list[item]),  # type: ignore[valid-type] # a type made at run time
            ("totals", totals),
            ("next_cursor", str | None),
            ("freshness", Freshness),
        ],
        tag_field="report",
        tag=report.name,
        kw_only=True,
        forbid_unknown_fields=True,
        rename={"from_": "from"},
        namespace={"__doc__": report.meaning},
    )


def _struct(name: str, members: list[Member], said: str) -> type[msgspec.Struct]:
    return msgspec.defstruct(
        name, members, kw_only=True, forbid_unknown_fields=True, namespace={"__doc__": said}
    )


REPORT_TYPES: Final = tuple(_answer(report) for report in REPORTS.values())
ANY_REPORT: Any = REPORT_TYPES[0]
for _further in REPORT_TYPES[1:]:
    ANY_REPORT = ANY_REPORT | _further


class ExplainedItem(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An event that a number counts; where ``type`` is null, the row ``id`` of the quarantine or of what
    was ignored."""

    conversation_id: UUID | None
    version: int | None
    type: str | None
    id: UUID | None
    at: Instant
    measure: str
    dim: str
    amount: int


class Explained(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The events behind a number. A count is their ``count``, an amount the sum of their ``amount``; of a
    share they are what is below the line, of percentiles what was measured."""

    report: str
    cell: str
    view: str
    number: int | float | None
    count: int
    amount: int
    note: str | None
    items: list[ExplainedItem]
    next_cursor: str | None
    freshness: Freshness
