"""Asking: what may be asked of a report, and its answer, whoever asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

import asyncpg

from projections.reports import answers, busiest, obligations, retention, top_senders
from projections.reports.answers import Fields, Question, Range
from projections.reports.definitions import REPORTS, Report
from projections.reports.spans import EARLIEST, LATEST, Bucket, Span, TooManyBuckets
from projections.views import View

USUALLY: Final = timedelta(days=30)
"""How long a range is whose beginning is not given."""

PAGED: Final = {
    "obligations": ("since", "conversation_id", "version"),
    "top-senders": ("messages", "conversation_id"),
}
"""Reports whose items are read in pages, and what of an item is its place. Others have an item a bucket."""

SETTINGS: Final = """
SET LOCAL work_mem = '32MB'; SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0
"""
"""What a year has is counted in memory, by one: compiling, or starting others, takes longer than counting."""


class Refused(ValueError):
    """What cannot be asked. ``field`` is at fault; the message says what is expected."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


def report_named(name: str) -> Report:
    """A report. Raises :class:`LookupError` naming those there are."""
    if name not in REPORTS:
        raise LookupError(f"there is no report {name[:64]!r}; there are: {', '.join(REPORTS)}")
    return REPORTS[name]


def over(
    report: Report,
    *,
    since: datetime | None,
    until: datetime | None,
    tz: str,
    bucket: Bucket | None,
    now: datetime,
) -> Range:
    """When a report is asked for. Raises :class:`Refused`."""
    until = until or now
    since = since or until - USUALLY
    for field, instant in (("from", since), ("to", until)):
        if not EARLIEST <= instant <= LATEST:
            raise Refused(field, f"an instant from {EARLIEST:%Y} up to {LATEST:%Y} is expected")
    if since > until:
        raise Refused("from", "an instant that is not after to is expected")
    if report.bucket == "none" and bucket not in {None, "none"}:
        raise Refused("bucket", f"{report.name} is of the whole range, so none is expected")
    asked = Range(Span(since, until), zone_named(tz), bucket or report.bucket)
    try:
        asked.spans()
    except TooManyBuckets as error:
        raise Refused("bucket", f"{error}; take larger ones, or a shorter range") from None
    return asked


def zone_named(name: str) -> ZoneInfo:
    """A time zone. Raises :class:`Refused`."""
    if not _zones():
        raise Refused("tz", "this machine has no time zones: install the Python package tzdata")
    if name not in _zones():
        raise Refused("tz", "the IANA name of a time zone is expected, as Europe/Berlin")
    return ZoneInfo(name)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def headed(question: Question) -> Fields:
    """What an answer says of its question."""
    report, view = question.report, question.scope.view
    since, until = question.whole
    head = {
        "report": report.name,
        "from": since,
        "to": until,
        "tz": question.over.zone.key,
        "bucket": question.over.bucket,
        "view": view.name,
    }
    return {**head, "currency": view.rules.prices.currency} if report.money else head


async def answered(
    connection: asyncpg.Connection,
    question: Question,
    *,
    sessions: View | None,
    after: Any,
    limit: int,
    now: datetime,
) -> tuple[list[Fields], Fields]:
    """The items and the totals, in the caller's transaction. Of reports that are :data:`PAGED`, ``limit``
    items past the place ``after``.

    ``sessions`` is the live view of the sessions, by which obligations tell who is to answer.
    """
    await connection.execute(SETTINGS)
    name = question.report.name
    if name == "obligations":
        return await obligations.answer(connection, question.scope, sessions, after, limit, now)
    if name == "top-senders":
        return await top_senders.answer(connection, question, after, limit)
    return await OF_BUCKETS.get(name, answers.answer)(connection, question)


OF_BUCKETS: Final[
    dict[str, Callable[[asyncpg.Connection, Question], Awaitable[tuple[list[Fields], Fields]]]]
] = {"retention": retention.answer, "busiest-hours": busiest.answer}
