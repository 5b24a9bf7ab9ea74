"""The search for the highest rate that is sustained, and what counts as sustained."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

ON_RATE: Final = 0.97
"""Share of the asked rate that must have been acknowledged; less, and it is another rate that was tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One rate, held for ``seconds``.

    ``inbox`` and ``lag`` are what was left the moment the sending ended; ``events`` is what the log gained
    up to then. ``logged`` and ``seen`` count the trial's messages in the log and in the session view once
    the service had caught up.
    """

    rate: float
    seconds: float
    acknowledged: int
    failed: int
    inbox: int
    lag: int
    events: int
    logged: int
    seen: int

    @property
    def reached(self) -> float:
        """Acknowledgements a second."""
        return self.acknowledged / self.seconds if self.seconds else 0.0

    def faults(self) -> list[str]:
        """Why the rate was not sustained, in words; none where it was.

        What is left at the end must be less than one second brings: messages for the inbox, events for the
        projections.
        """
        a_second_of_events = self.events / self.seconds if self.seconds else 0.0
        found = {
            f"{self.failed} requests failed": self.failed > 0,
            f"only {self.reached:.0f} a second were acknowledged": self.reached < ON_RATE * self.rate,
            f"{self.inbox} rows were left in the inbox": self.inbox >= self.rate,
            f"the projections were {self.lag} events behind": self.lag >= max(1.0, a_second_of_events),
            f"{self.acknowledged} were acknowledged, {self.logged} are in the log": (
                self.acknowledged != self.logged
            ),
            f"{self.acknowledged} were acknowledged, the session view shows {self.seen}": (
                self.acknowledged != self.seen
            ),
        }
        return [fault for fault, holds in found.items() if holds]

    @property
    def sustained(self) -> bool:
        """Whether the service keeps up with the rate."""
        return not self.faults()


class Ramp:
    """Which rate to try next: up or down by ``step`` until one rate holds and a higher does not, then the
    middle between them, until they are within ``fine`` of each other or ``most`` rates were tried."""

    def __init__(self, start: float, *, step: float = 1.3, fine: float = 1.05, most: int = 8) -> None:
        self._start = start
        self._step = step
        self._fine = fine
        self._left = most
        self.held: float | None = None
        self.failed: float | None = None

    def next(self) -> float | None:
        """The rate to try; None when the search is over."""
        if self._left == 0:
            return None
        if self.held is None:
            return self._start if self.failed is None else self.failed / self._step
        if self.failed is None:
            return self.held * self._step
        if self.failed / self.held <= self._fine:
            return None
        return math.sqrt(self.held * self.failed)

    def tell(self, rate: float, *, sustained: bool) -> None:
        """How the try went."""
        self._left -= 1
        if sustained:
            self.held = rate if self.held is None else max(rate, self.held)
        else:
            self.failed = rate if self.failed is None else min(rate, self.failed)
