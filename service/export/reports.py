"""A report as rows: its items, one after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any, Final, cast, get_args
from uuid import UUID

import asyncpg

from projections import views
from projections.reports import asking
from projections.reports.answers import Fields, Question, Range
from projections.reports.definitions import Report
from projections.reports.spans import Bucket
from projections.reports.sums import Scope
from projections.views import Freshness, View
from service.export.asked import Asked, Misasked
from service.export.source import Kind, Place, Row, Sheet, Slice
from service.storage.database import Database
from service.storage.reading import one_view

PAGE: Final = 1_000
"""Items that are read at a time, of the reports that have one for each conversation."""

KINDS: Final[dict[type[Any], Kind]] = {
    bool: "flag",
    int: "whole",
    float: "number",
    str: "text",
    datetime: "instant",
}


class ReportSource:
    """Items of a report. Its columns are those of the first items."""

    unit = "items"

    def __init__(
        self,
        database: Database,
        question: Question,
        sessions: View | None,
        now: datetime,
        first: list[Row],
        freshness: Freshness,
    ) -> None:
        self._place = asking.PAGED.get(question.report.name)
        self.sheet = Sheet(_columns(first) or dict.fromkeys(self._place or ("start", "end"), "text"))
        self.total, self.freshness = len(first), freshness
        self.through: Mapping[int, int] = {}
        self._database, self._question, self._sessions = database, question, sessions
        self._now, self._first = now, first

    async def slices(self, _after: Place) -> AsyncIterator[Slice]:
        """All items; a report is counted at once, so there is no going on from a place."""
        rows, done = self._first, 0
        while rows:
            done += len(rows)
            self.total = max(self.total, done)
            yield Slice([_plain(row) for row in rows], Place(after=done), done)
            if self._place is None or len(rows) < PAGE:
                return
            after = itemgetter(*self._place)(rows[-1])
            async with one_view(self._database) as connection:
                rows = await _items(connection, self._question, self._sessions, after, self._now)


async def report_source(database: Database, asked: Asked, now: datetime) -> ReportSource:
    """The source of a report. Raises :class:`Misasked`."""
    report, over = _read(asked, now)
    async with one_view(database) as connection:
        try:
            view = await views.find(connection, "analytics", asked.view)
            sessions = await views.live(connection, "sessions") if report.name == "obligations" else None
        except views.NoSuchView as error:
            raise Misasked("view", str(error)) from None
        scope = Scope(view, asked.channel, asked.account, by_channel=report.by_channel)
        question = Question(report, over, scope)
        first = await _items(connection, question, sessions, None, now)
        freshness = await views.freshness(connection, view)
    return ReportSource(database, question, sessions, now, first, freshness)


def _read(asked: Asked, now: datetime) -> tuple[Report, Range]:
    buckets = get_args(Bucket)
    if asked.bucket is not None and asked.bucket not in buckets:
        raise Misasked("bucket", f"one of {', '.join(buckets)} is expected")
    try:
        report = asking.report_named(asked.report or "")
        bucket = cast("Bucket | None", asked.bucket)
        zone = asked.zone or "UTC"
        return report, asking.over(
            report, since=asked.since, until=asked.until, tz=zone, bucket=bucket, now=now
        )
    except asking.Refused as error:
        raise Misasked(error.field, str(error).removeprefix(f"{error.field}: ")) from None
    except LookupError as error:
        raise Misasked("report", str(error)) from None


async def _items(
    connection: asyncpg.Connection, question: Question, sessions: View | None, after: Any, now: datetime
) -> list[Fields]:
    items, _ = await asking.answered(
        connection, question, sessions=sessions, after=after, limit=PAGE, now=now
    )
    return items


def _columns(rows: Iterable[Row]) -> dict[str, Kind]:
    """Each column's kind, by its values; of a mixture of numbers, that of fractions."""
    kinds: dict[str, set[Kind]] = {}
    for row in rows:
        for name, value in row.items():
            found = kinds.setdefault(name, set())
            if value is not None:
                found.add("text" if isinstance(value, UUID) else KINDS.get(type(value), "json"))
    return {
        name: found.pop() if len(found) == 1 else "number" if found == {"whole", "number"} else "json"
        for name, found in kinds.items()
    }


def _plain(row: Row) -> Row:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in row.items()}
