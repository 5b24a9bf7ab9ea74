"""Where buckets begin, by the clock on the wall of a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)


def buckets(begin: datetime, end: datetime, zone: ZoneInfo, bucket: str) -> list[tuple[datetime, datetime]]:
    """The pieces of [begin, end), half-open and in UTC; the first and the last may be less than whole."""
    cuts = (
        []
        if bucket == "none"
        else _hours(begin, end)
        if bucket == "hour"
        else _days(begin, end, zone, bucket)
    )
    if bucket == "hour":
        offset = begin.astimezone(zone).utcoffset() or timedelta()
        cuts = [cut - offset % HOUR for cut in cuts]
    edges = [begin, *(cut for cut in cuts if begin < cut < end), end]
    return list(pairwise(edges))


def _hours(begin: datetime, end: datetime) -> list[datetime]:
    first = begin.replace(minute=0, second=0, microsecond=0)
    return [first + n * HOUR for n in range((end - first) // HOUR + 3)]


def _days(begin: datetime, end: datetime, zone: ZoneInfo, bucket: str) -> list[datetime]:
    first, last = begin.astimezone(zone).date(), end.astimezone(zone).date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 2)]
    return [midnight(day, zone) for day in days if _begins(day, bucket)]


def _begins(day: date, bucket: str) -> bool:
    return (
        bucket == "day"
        or (bucket == "week" and day.isoweekday() == 1)
        or (bucket == "month" and day.day == 1)
    )


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day begins there."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
