"""Identifiers that sort by the time of their making."""

from __future__ import annotations

import os
import time
from uuid import UUID

_last = 0


def ordered_id() -> UUID:
    """A UUIDv7 (RFC 9562) that is greater than every one this process made before."""
    global _last  # noqa: PLW0603 # one clock a process is the point
    ticks = max(time.time_ns() * 4096 // 1_000_000, _last + 1)
    _last = ticks
    milliseconds, fraction = divmod(ticks, 4096)
    random = int.from_bytes(os.urandom(8)) >> 2
    return UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | random)
