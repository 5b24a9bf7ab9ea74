"""Where buckets begin, by the clock on the wall of a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

MINUTE: Final = timedelta(minutes=1)


def buckets(begin: datetime, end: datetime, zone: ZoneInfo, bucket: str) -> list[tuple[datetime, datetime]]:
    """The pieces of [begin, end), half-open and in UTC; the first and the last may be less than whole."""
    if bucket == "none":
        return [(begin, end)]
    cuts = _hours(begin, end, zone) if bucket == "hour" else _days(begin, end, zone, bucket)
    return list(pairwise([begin, *(cut for cut in cuts if begin < cut < end), end]))


def _hours(begin: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """Minutes in which the clock shows another hour than in the one before, or has been changed."""
    first = begin.replace(second=0, microsecond=0) - MINUTE
    minutes = [first + n * MINUTE for n in range((end - first) // MINUTE + 2)]
    return [b for a, b in pairwise(minutes) if _shown(a, zone) != _shown(b, zone)]


def _shown(minute: datetime, zone: ZoneInfo) -> tuple[int, int, timedelta | None]:
    local = minute.astimezone(zone)
    return local.day, local.hour, local.utcoffset()


def _days(begin: datetime, end: datetime, zone: ZoneInfo, bucket: str) -> list[datetime]:
    first, last = begin.astimezone(zone).date(), end.astimezone(zone).date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 2)]
    return [_midnight(day, zone) for day in days if _begins(day, bucket)]


def _begins(day: date, bucket: str) -> bool:
    return (
        bucket == "day"
        or (bucket == "week" and day.isoweekday() == 1)
        or (bucket == "month" and day.day == 1)
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day begins there."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
