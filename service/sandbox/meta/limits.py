"""Rate limits of the Send APIs."""

from __future__ import annotations

from collections.abc import Callable, Hashable

PAIR_BURST = 45
PAIR_PER_SECOND = 1 / 6
"""WhatsApp, to one person: a burst that is borrowed from the next minutes, then one each 6 s.

https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput#pair-rate-limits
"""

_KEPT = 10_000
"""Levels kept at most; the one longest unused goes first, and is taken as full from then on."""


class Allowance:
    """A level for each key that fills by ``per_second`` up to ``burst``; every send takes one off."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._levels: dict[Hashable, tuple[float, float]] = {}

    def take(self, key: Hashable, *, burst: float, per_second: float) -> bool:
        """Whether one more is allowed now; if so, it is taken."""
        now = self._clock()
        level, at = self._levels.pop(key, (burst, now))
        level = min(burst, level + (now - at) * per_second)
        allowed = level >= 1
        self._levels[key] = (level - 1 if allowed else level, now)
        if len(self._levels) > _KEPT:
            del self._levels[next(iter(self._levels))]
        return allowed
