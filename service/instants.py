"""The clock, and instants and time zones as people write them, on the command line and over HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

Clock = Callable[[], datetime]

WRITTEN: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(T(?P<time>\d\d:\d\d(:\d\d(\.\d{1,9})?)?)(?P<offset>Z|[ +-]\d\d:\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)


def utc_now() -> datetime:
    """The clock of a running service."""
    return datetime.now(UTC)


def read_instant(text: str, zone: tzinfo | None = None) -> datetime:
    """An instant in UTC, to the microsecond: a day, which is its beginning, or a day and a time with or
    without seconds (2026-11-24T08:00Z). What has no offset is by the clocks of ``zone``.

    A ``+`` that came out of a query as a space is taken for what it was. Raises :class:`ValueError` for what
    is no instant, and for one without an offset where no zone is given.
    """
    found = WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError("an instant is expected: 2026-11-24T08:00Z, 2026-11-24T08:00:30+01:00")
    if found["offset"] is None and zone is None:
        raise ValueError(f"the instant {text} has no zone; write it as 2026-11-24T08:00Z or with +01:00")
    try:
        instant = datetime.fromisoformat(text.upper().replace(" ", "+"))
        return (instant if found["offset"] else instant.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("there is no such instant") from None


def read_zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name. Raises :class:`ValueError`."""
    if not _zones():
        raise ValueError("this machine has no time zones: install the Python package tzdata")
    if name not in _zones():
        raise ValueError("the IANA name of a time zone is expected, as Europe/Berlin")
    return ZoneInfo(name)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
