"""Time cut into buckets, and each bucket into whole days, whole hours and the rest, of UTC.

Spans are half-open: from their first instant, up to their second. Buckets follow the clocks of a time zone:
a day is as long as its clocks make it, a week begins on Monday. The range cuts the first and the last bucket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final, Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

Bucket = Literal["hour", "day", "week", "month", "none"]
BUCKETS: Final[tuple[Bucket, ...]] = get_args(Bucket)

MOST_BUCKETS: Final = 10_000
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)

SECOND: Final = timedelta(seconds=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
_SHORTEST: Final[dict[Bucket, timedelta]] = {
    "hour": HOUR,
    "day": DAY,
    "week": 7 * DAY,
    "month": 28 * DAY,
}


class Span(NamedTuple):
    """From ``since`` up to ``until``, both in UTC."""

    since: datetime
    until: datetime


class TooManyBuckets(ValueError):
    """The range has more buckets than one answer holds."""


class Pieces(NamedTuple):
    """A span by the full hours and days of UTC in it: instants in order, equal where nothing is between.

    Facts tell what is before ``first_hour`` and from ``last_hour`` on, the sums by hour what is from there up
    to ``first_day`` and from ``last_day`` on, and the sums by day the rest.
    """

    since: datetime
    first_hour: datetime
    first_day: datetime
    last_day: datetime
    last_hour: datetime
    until: datetime

    @property
    def edges(self) -> list[Span]:
        """What is less than an hour."""
        return _filled(Span(self.since, self.first_hour), Span(self.last_hour, self.until))

    @property
    def hours(self) -> list[Span]:
        """Whole hours that are less than a day."""
        return _filled(Span(self.first_hour, self.first_day), Span(self.last_day, self.last_hour))

    @property
    def days(self) -> list[Span]:
        """Whole days."""
        return _filled(Span(self.first_day, self.last_day))

    @property
    def whole_hours(self) -> list[Span]:
        """Everything that is not less than an hour."""
        return _filled(Span(self.first_hour, self.last_hour))


def cut(since: datetime, until: datetime, zone: ZoneInfo, bucket: Bucket) -> list[Span]:
    """The buckets of a range, in order: together they are the range, none is empty.

    Raises :class:`TooManyBuckets` beyond :data:`MOST_BUCKETS`.
    """
    if since >= until:
        return []
    if bucket == "none":
        return [Span(since, until)]
    if (until - since) / _SHORTEST[bucket] > MOST_BUCKETS:
        raise TooManyBuckets(f"this range has more than {MOST_BUCKETS:,} buckets of a {bucket}")
    inner = _hours(since, until, zone) if bucket == "hour" else _dates(since, until, zone, bucket)
    edges = [since, *(instant for instant in inner if since < instant < until), until]
    return [Span(a, b) for a, b in pairwise(edges) if a < b]


def _hours(since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The instants at which the clocks of a zone show a full hour, or are changed."""
    for span, offset in stretches(since, until, zone):
        yield span.since
        instant = _up(span.since + offset, HOUR) - offset
        while instant < span.until:
            yield instant
            instant += HOUR


def _dates(since: datetime, until: datetime, zone: ZoneInfo, bucket: Bucket) -> Iterator[datetime]:
    """The beginnings of the days, weeks or months that begin in a range, and of the one before."""
    day = _first_date(since.astimezone(zone).date(), bucket)
    last = until.astimezone(zone).date()
    while day <= last:
        yield midnight(day, zone)
        day = _next_date(day, bucket)


def _first_date(day: date, bucket: Bucket) -> date:
    if bucket == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if bucket == "month" else day


def _next_date(day: date, bucket: Bucket) -> date:
    if bucket == "month":
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day + (timedelta(weeks=1) if bucket == "week" else timedelta(days=1))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day in a zone; where its clocks jump over midnight, that of the jump."""
    local = datetime.combine(day, time.min, zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    before, after = local.replace(fold=1).astimezone(UTC), instant
    return _turn(before, after, lambda at: at.astimezone(zone).date() >= day)


def stretches(since: datetime, until: datetime, zone: ZoneInfo) -> list[tuple[Span, timedelta]]:
    """A range cut where the clocks of a zone are changed, each part with what they are ahead of UTC."""
    found: list[tuple[Span, timedelta]] = []
    begin, instant = since, since
    while instant < until:
        following = min(instant + DAY, until)
        offset = _ahead(instant, zone)
        # A range ends before its last instant, whose offset counts for nothing.
        if _ahead(following, zone) != offset:
            change = _turn(instant, following, _changed(zone, offset))
            if change < until:
                found.append((Span(begin, change), offset))
                begin = following = change
        instant = following
    if begin < until:
        found.append((Span(begin, until), _ahead(begin, zone)))
    return found


def _turn(before: datetime, after: datetime, reached: Callable[[datetime], bool]) -> datetime:
    """The first full second past ``before`` at which something holds that holds at ``after``."""
    low, high = (before - EARLIEST) // SECOND, -((EARLIEST - after) // SECOND)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(EARLIEST + middle * SECOND) else (middle, high)
    return EARLIEST + high * SECOND


def _changed(zone: ZoneInfo, offset: timedelta) -> Callable[[datetime], bool]:
    return lambda at: _ahead(at, zone) != offset


def _ahead(instant: datetime, zone: ZoneInfo) -> timedelta:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None, "a zone has an offset at every instant"
    return offset


def pieces(span: Span) -> Pieces:
    """A span in the largest pieces that sums are kept of."""
    since, until = span
    first_hour, last_hour = _up(since, HOUR), _down(until, HOUR)
    if first_hour >= last_hour:
        return Pieces(since, until, until, until, until, until)
    first_day, last_day = _up(first_hour, DAY), _down(last_hour, DAY)
    if first_day >= last_day:
        first_day = last_day = last_hour
    return Pieces(since, first_hour, first_day, last_day, last_hour, until)


def _filled(*spans: Span) -> list[Span]:
    return [span for span in spans if span.since < span.until]


def _down(instant: datetime, unit: timedelta) -> datetime:
    return instant - (instant - EARLIEST) % unit


def _up(instant: datetime, unit: timedelta) -> datetime:
    return instant + -(instant - EARLIEST) % unit
