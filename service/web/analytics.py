"""Analytics: reports over the events, and the events behind each number."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from projections.reports import asking
from projections.reports import explain as explaining
from projections.reports.answers import Question, Range
from projections.reports.definitions import REPORTS, Report
from projections.reports.explain import Cell, NoSuchCell
from projections.reports.spans import BUCKETS
from projections.reports.sums import Scope
from service.storage.reading import one_view
from service.web.cursors import cut, read_cursor
from service.web.errors import Problem
from service.web.operations import Operation
from service.web.parameters import (
    ACCOUNT,
    CHANNEL,
    CURSOR,
    LARGEST_VERSION,
    LIMIT,
    LONGEST_TEXT,
    Arguments,
    Parameter,
    instant,
    optional_choice,
    optional_whole,
    read_text,
)
from service.web.report_types import ANY_REPORT, Explained
from service.web.views import VIEW, freshness_of, view_of

if TYPE_CHECKING:
    from service.app import Service

PAGE: Final = 50

REPORT_PATIENCE: Final = 60.0
"""Seconds that an answer may take which is counted from the facts of years."""


Aware = Annotated[datetime, msgspec.Meta(tz=True)]
Version = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_VERSION)]


class NoPlace(NamedTuple):
    """A place in a report that has no pages: no cursor names it."""


class Waiting(NamedTuple):
    """A place among those who wait."""

    since: Aware
    conversation_id: UUID
    version: Version


class Writing(NamedTuple):
    """A place among those who write most."""

    messages: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    conversation_id: UUID


class Listed(NamedTuple):
    """A place among the events behind a number."""

    at: Aware
    id: UUID
    version: Version
    measure: Annotated[str, msgspec.Meta(pattern="^[a-z_]*$")]


PLACES: Final[dict[str, type[tuple[Any, ...]]]] = {"obligations": Waiting, "top-senders": Writing}


def _report(name: str) -> str:
    try:
        return asking.report_named(name).name
    except LookupError as error:
        raise Problem(404, str(error), field="report") from None


REPORT: Final = Parameter(
    name="report",
    description="The report.",
    schema={"type": "string", "enum": list(REPORTS)},
    read=_report,
    where="path",
)
FROM: Final = instant("from", "The beginning of the range, in it; by default 30 days before `to`.")
TO: Final = instant("to", "The end of the range, not in it; by default now.")
TZ: Final = Parameter(
    name="tz",
    description="The time zone whose clocks buckets follow, by its IANA name.",
    schema={"type": "string", "default": "UTC", "format": "time-zone"},
    read=read_text,
    default="UTC",
)
BUCKET: Final = optional_choice(
    "bucket",
    "What the range is cut into; by default `week` in retention, `none` in reports that have no other, "
    "otherwise `day`.",
    BUCKETS,
)
ROWS: Final = replace(
    optional_whole("limit", "Items of a page at most, in reports that have pages; 50 by default.", most=100),
    pages=True,
)
LONGEST_CELL: Final = 4 * LONGEST_TEXT
CELL_PATTERN: Final = r"^[^\u0000-\u001f/]+/[^\u0000-\u001f/]+(/[^\u0000-\u001f]*)?$"


def _cell(text: str) -> str:
    if not 0 < len(text) <= LONGEST_CELL or any(c < " " or "\ud800" <= c <= "\udfff" for c in text):
        raise ValueError("row/number or row/number/part is expected, as total/messages_in")
    return text


CELL: Final[Parameter[str]] = Parameter(
    name="cell",
    description="The number to explain: `row/number`, or `row/number/part`. The row is `total` or the "
    "`start` of an item; in busiest-hours `weekday-hour`, in top-senders a `conversation_id`.",
    schema={"type": "string", "maxLength": LONGEST_CELL, "pattern": CELL_PATTERN},
    read=_cell,
    required=True,
)
ASKED: Final = (REPORT, FROM, TO, TZ, BUCKET, CHANNEL, ACCOUNT, VIEW)


class Analytics:
    """Handlers of ``/api/v1/analytics``."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def operations(self) -> list[Operation]:
        """What is answered here."""
        return [
            Operation(
                method="GET",
                path="/api/v1/analytics/{report}",
                name="getReport",
                summary="A report: numbers by time, and of the whole range",
                handler=self.report,
                answer=ANY_REPORT,
                parameters=(*ASKED, ROWS, CURSOR),
                problems=(404,),
                patience=REPORT_PATIENCE,
            ),
            Operation(
                method="GET",
                path="/api/v1/analytics/{report}/explain",
                name="explainNumber",
                summary="The events that a number of a report counts",
                handler=self.explain,
                answer=Explained,
                parameters=(*ASKED, CELL, LIMIT, CURSOR),
                problems=(404,),
                patience=REPORT_PATIENCE,
            ),
        ]

    async def report(self, arguments: Arguments) -> dict[str, Any]:
        """A report. Raises :class:`Problem` 400 naming what cannot be asked."""
        report, now = REPORTS[arguments[REPORT]], self._service.clock()
        asked = self._over(arguments, report, now)
        paged, limit = asking.PAGED.get(report.name), arguments[ROWS] or PAGE
        if paged is None and arguments[ROWS] is not None:
            raise Problem(400, f"limit: {report.name} has no pages", field="limit")
        after = read_cursor(arguments.scope, arguments[CURSOR], PLACES.get(report.name, NoPlace))
        async with one_view(self._service.database) as connection:
            scope = await _scope(connection, arguments, report)
            sessions = await view_of(connection, "sessions") if report.name == "obligations" else None
            question = Question(report, asked, scope)
            items, totals = await asking.answered(
                connection,
                question,
                sessions=sessions,
                after=after,
                limit=limit + 1,
                now=now,
            )
            fresh = await freshness_of(connection, scope.view)
        next_cursor = None
        if paged is not None:
            place = itemgetter(*paged)
            items, next_cursor = cut(arguments.scope, items, limit, place)
        return {
            **asking.headed(question),
            "items": items,
            "totals": totals,
            "next_cursor": next_cursor,
            "freshness": fresh,
        }

    async def explain(self, arguments: Arguments) -> dict[str, Any]:
        """The events behind a number. Raises :class:`Problem` 400 where there is no such number."""
        report, now = REPORTS[arguments[REPORT]], self._service.clock()
        asked = self._over(arguments, report, now)
        after = read_cursor(arguments.scope, arguments[CURSOR], Listed)
        try:
            cell = Cell.read(arguments[CELL])
            async with one_view(self._service.database) as connection:
                scope = await _scope(connection, arguments, report)
                question, limit = Question(report, asked, scope), arguments[LIMIT]
                told = await explaining.explain(connection, question, cell, after, limit + 1)
                fresh = await freshness_of(connection, scope.view)
        except NoSuchCell as error:
            raise Problem(400, f"cell: {error}", field="cell") from None
        rows, next_cursor = cut(arguments.scope, told.rows, limit, _place)
        page = replace(told, rows=rows)
        return {
            **explaining.told(question, cell, page),
            "next_cursor": next_cursor,
            "freshness": fresh,
        }

    @staticmethod
    def _over(arguments: Arguments, report: Report, now: datetime) -> Range:
        try:
            return asking.over(
                report,
                since=arguments[FROM],
                until=arguments[TO],
                tz=arguments[TZ],
                bucket=arguments[BUCKET],
                now=now,
            )
        except asking.Refused as error:
            raise Problem(400, str(error), field=error.field) from None


async def _scope(connection: asyncpg.Connection, arguments: Arguments, report: Report) -> Scope:
    view = await view_of(connection, "analytics", arguments[VIEW])
    return Scope(view, arguments[CHANNEL], arguments[ACCOUNT], by_channel=report.by_channel)


def _place(row: asyncpg.Record) -> Listed:
    return Listed(row["at"], row["conversation_id"], row["version"], row["measure"])
