"""Identifiers that sort by the time of their making."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator

from asyncpg.pgproto.pgproto import UUID  # the driver's own kind: cheaper to make and to send

_last = 0


def _random_words() -> Iterator[int]:
    """Numbers of 64 random bits, asked of the system for many at a time."""
    while True:
        yield from memoryview(os.urandom(8 * 512)).cast("Q")


_words = _random_words()


def ordered_id() -> UUID:
    """A UUIDv7 (RFC 9562) that is greater than every one this process made before."""
    global _last  # noqa: PLW0603 # one clock a process is the point
    ticks = max(time.time_ns() * 4096 // 1_000_000, _last + 1)
    _last = ticks
    return UUID(
        ((ticks >> 12) << 80 | 7 << 76 | (ticks & 4095) << 64 | 2 << 62 | next(_words) >> 2).to_bytes(16)
    )


def earlier(ordered: uuid.UUID, seconds: float) -> uuid.UUID:
    """An id that is smaller than every one that was made less than so many seconds before this one."""
    return uuid.UUID(int=max(0, (ordered.int >> 80) - round(seconds * 1_000)) << 80)


def backdated_id(seconds: float) -> uuid.UUID:
    """An :func:`ordered_id` as it would have been made so many seconds ago."""
    return uuid.UUID(int=ordered_id().int - (round(seconds * 1_000) << 80))
