"""A circuit breaker for the provider: while it fails, one call probes, and no other is made.

https://martinfowler.com/bliki/CircuitBreaker.html
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from service.provider import (
    OutcomeUnknown,
    ProviderBusy,
    ProviderFault,
    QuotaExhausted,
    Rejected,
    Unreachable,
)

State = Literal["closed", "open", "half_open"]

_LEAST_WAIT: Final = 0.05
_MOST_DOUBLINGS: Final = 32
_LONGEST_ASKED_FOR: Final = 600.0


@dataclass(frozen=True, slots=True)
class BreakerStatus:
    """For health and metrics. ``open_for`` is in seconds since it opened (0: closed), ``cause`` the code of
    the newest fault that counted, ``probes`` how many calls were let through while it was not closed."""

    state: State
    open_for: float
    cause: str | None
    probes: int


class Breaker:
    """No clock and no waiting of its own: ``now`` is in monotonic seconds, and never goes back.

    A caller asks :meth:`allows`, makes its call, and tells :meth:`success` or :meth:`fault`. After
    ``threshold`` faults in a row that speak of the provider, it opens. After a pause one probe is let
    through: its success closes the breaker, its fault makes the next pause twice as long. ``pause`` is the
    first and the longest in seconds, ``helpless_pause`` the same for where somebody has to act first.
    Pauses are varied by a quarter either way by ``draw`` (from 0 to 1), so that processes do not probe
    together, and are never shorter than the provider asked for, up to ten minutes. A probe of which nothing
    was heard for ``probe_patience`` seconds is taken to be lost.
    """

    def __init__(
        self,
        *,
        threshold: int = 5,
        pause: tuple[float, float] = (1.0, 60.0),
        helpless_pause: tuple[float, float] = (30.0, 300.0),
        probe_patience: float = 30.0,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._threshold = threshold
        self._pause = pause
        self._helpless_pause = helpless_pause
        self._probe_patience = probe_patience
        self._draw = draw
        self._faults = 0
        self._pauses = 0
        self._probes = 0
        self._cause: str | None = None
        self._opened_at: float | None = None
        self._next_probe = 0.0
        self._probing = False

    def allows(self, now: float) -> bool:
        """Whether a call may be made now. A yes of a breaker that is not closed makes the call its probe."""
        if self._opened_at is None:
            return True
        if now < self._next_probe:
            return False
        self._probing = True
        self._probes += 1
        self._next_probe = now + self._probe_patience
        return True

    def wait(self, now: float) -> float:
        """Seconds after which to ask again; 0 where a call may be made. Asking this changes nothing.

        While a probe is under way, no longer than the first pause: its success frees everybody.
        """
        if self._opened_at is None or now >= self._next_probe:
            return 0.0
        left = self._next_probe - now
        return max(_LEAST_WAIT, min(left, self._pause[0]) if self._probing else left)

    def success(self, now: float) -> None:
        """A call was answered. Where that was not the probe, but a call begun before the breaker opened, it
        is reason enough to probe at once."""
        if self._probing or self._opened_at is None:
            self._close()
        else:
            self._next_probe = min(self._next_probe, now)

    def fault(self, fault: ProviderFault, now: float) -> None:
        """A call failed. A fault that is about one thread or request is an answer all the same: a success."""
        if not _is_about_provider(fault):
            self.success(now)
            return
        self._cause = fault.code
        self._faults += 1
        if self._opened_at is None:
            if self._faults >= self._threshold:
                self._opened_at = now
                self._pause_for(fault, now)
        elif self._probing:
            self._pause_for(fault, now)
        else:  # of a call that was begun before: no reason for a longer pause than it asks for
            self._next_probe = max(self._next_probe, now + _asked_for(fault))

    def status(self, now: float) -> BreakerStatus:
        """How things stand."""
        if self._opened_at is None:
            return BreakerStatus("closed", 0.0, self._cause if self._faults else None, 0)
        state: State = "half_open" if self._probing or now >= self._next_probe else "open"
        return BreakerStatus(state, now - self._opened_at, self._cause, self._probes)

    def _pause_for(self, fault: ProviderFault, now: float) -> None:
        self._probing = False
        first, longest = self._helpless_pause if _needs_somebody(fault) else self._pause
        step = min(first * 2 ** min(self._pauses, _MOST_DOUBLINGS), longest)
        self._pauses += 1
        self._next_probe = now + max(step * (0.75 + self._draw() / 2), _asked_for(fault))

    def _close(self) -> None:
        self._faults = self._pauses = self._probes = 0
        self._opened_at = None
        self._probing = False


def _is_about_provider(fault: ProviderFault) -> bool:
    return isinstance(fault, ProviderBusy | OutcomeUnknown | Unreachable) or _needs_somebody(fault)


def _needs_somebody(fault: ProviderFault) -> bool:
    """Out of quota; or the key is not taken, which is refused to every conversation alike."""
    return isinstance(fault, QuotaExhausted) or (isinstance(fault, Rejected) and fault.status == 401)


def _asked_for(fault: ProviderFault) -> float:
    asked = fault.retry_after if isinstance(fault, ProviderBusy) else None
    return min(asked or 0.0, _LONGEST_ASKED_FOR)
