"""Time cut into buckets, and each bucket into whole months, days and hours of UTC and the rest.

Spans are half-open: from their first instant, up to their second. Buckets follow the clocks of a time zone:
a day is as long as its clocks make it, a week begins on Monday. The range cuts the first and the last bucket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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


Unit = Literal["month", "day", "hour"]
UNITS: Final[tuple[Unit, ...]] = get_args(Unit)
"""What sums are kept of, by the calendar of UTC; the largest first."""


class Piece(NamedTuple):
    """Part of a span that is whole in a unit, or (None) is not. ``sign``: -1 where it is to be taken away."""

    unit: Unit | None
    since: datetime
    until: datetime
    sign: int = 1


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
        instant = _up(span.since + offset, "hour") - offset
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


def added(span: Span, units: Sequence[Unit] = UNITS) -> list[Piece]:
    """The few pieces that add up to a span, where what is counted adds up.

    Each end is put at the nearest whole of the largest unit, and what that is off is added or taken away in
    smaller ones: a day of Berlin is a day of UTC and the hour before it, without its last.
    """
    if span.since >= span.until:
        return []
    if not units:
        return [Piece(None, *span)]
    unit, *finer = units
    if 2 * (span.until - span.since) < _SHORTEST[unit]:
        return added(span, finer)
    since, until = _nearest(span.since, unit), _nearest(span.until, unit)
    if since >= until:
        return added(span, finer)
    if (since, until) == span:
        return [Piece(unit, since, until)]
    return [
        Piece(unit, since, until),
        *added(Span(span.since, since), finer),
        *_taken_away(added(Span(since, span.since), finer)),
        *added(Span(until, span.until), finer),
        *_taken_away(added(Span(span.until, until), finer)),
    ]


def _taken_away(pieces: list[Piece]) -> list[Piece]:
    return [piece._replace(sign=-piece.sign) for piece in pieces]


def tiled(span: Span, units: Sequence[Unit] = UNITS) -> list[Piece]:
    """The pieces of a span in the order of time, each as large as can be: together they are the span."""
    if span.since >= span.until:
        return []
    if not units:
        return [Piece(None, *span)]
    unit, *finer = units
    if span.until - span.since < _SHORTEST[unit]:
        return tiled(span, finer)
    since, until = _up(span.since, unit), floor(span.until, unit)
    if since >= until:
        return tiled(span, finer)
    return [
        *tiled(Span(span.since, since), finer),
        Piece(unit, since, until),
        *tiled(Span(until, span.until), finer),
    ]


def wholes(piece: Piece) -> Iterator[datetime]:
    """The beginning of each hour, day or month of a piece that is whole in that."""
    assert piece.unit is not None, "this is whole in nothing"
    start = piece.since
    while start < piece.until:
        yield start
        start = _after(start, piece.unit)


def _after(start: datetime, unit: Unit) -> datetime:
    return floor(start + 31 * DAY, unit) if unit == "month" else start + _SHORTEST[unit]


def _nearest(instant: datetime, unit: Unit) -> datetime:
    below, above = floor(instant, unit), _up(instant, unit)
    return above if above - instant < instant - below else below


def floor(instant: datetime, unit: Unit) -> datetime:
    """The beginning of the hour, day or month of UTC that an instant is in."""
    match unit:
        case "hour":
            return instant.replace(minute=0, second=0, microsecond=0)
        case "day":
            return instant.replace(hour=0, minute=0, second=0, microsecond=0)
        case "month":
            return instant.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _up(instant: datetime, unit: Unit) -> datetime:
    below = floor(instant, unit)
    if below == instant:
        return instant
    return _after(below, unit)
