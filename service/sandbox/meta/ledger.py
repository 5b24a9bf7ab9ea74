"""What went over the wire, in both directions: counted for ever, kept as far as the history reaches."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import Any

from service.sandbox.meta.changes import Changes
from service.sandbox.meta.updates import Channel, Update


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A message that the stand-in accepted. ``reference`` is what the sender attached to find it by;
    ``failure`` is the code with which it is reported as failed afterwards.
    """

    channel: Channel
    account: str
    recipient: str
    text: str
    reference: str | None
    message_id: str
    at: float
    failure: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One POST. ``status`` is None where no answer came, ``error`` then says why. ``role`` is
    ``genuine``, ``copy`` (of a delivery that is or was posted anyway) or ``forged``.
    """

    at: float
    status: int | None
    role: str
    error: str | None = None


@dataclass(slots=True, eq=False)
class Delivery:
    """One webhook body and what became of it."""

    channel: Channel
    updates: list[Update]
    body: bytes = b""
    attempts: list[Attempt] = field(default_factory=list)
    acknowledged_at: float | None = None
    abandoned: bool = False
    attempted: asyncio.Event = field(default_factory=asyncio.Event)
    """The first genuine attempt is over, whatever its outcome."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """It is acknowledged or given up."""

    async def settled(self) -> float | None:
        """When it was answered 200 (epoch seconds), once that is so; None where it was given up."""
        await self.over.wait()
        return self.acknowledged_at

    def as_json(self) -> dict[str, Any]:
        return {
            "channel": self.channel,
            "body": json.loads(self.body) if self.body else None,
            "message_ids": [update.message_id for update in self.updates],
            "kinds": [update.kind for update in self.updates],
            "attempts": [asdict(attempt) for attempt in self.attempts],
            "acknowledged_at": self.acknowledged_at,
            "abandoned": self.abandoned,
        }


DELIVERY_COUNTS = (
    "posted",  # POSTs of any kind
    "acknowledged",  # deliveries answered 200
    "refused",  # genuine POSTs with another answer, or none
    "retried",  # genuine POSTs after the first of their delivery
    "pending",  # deliveries not answered 200 yet
    "abandoned",  # deliveries given up
    "copies",  # POSTs of a delivery beyond those it needed
    "forged",  # POSTs with a wrong signature
    "forged_refused",  # of those, the ones answered 401
)


class Ledger:
    """The last ``history`` sends and deliveries (None: all), and counts of everything. ``changes`` tells
    whenever something was recorded.
    """

    def __init__(self, history: int | None) -> None:
        self.sends: deque[Send] = deque(maxlen=history)
        self.deliveries: deque[Delivery] = deque(maxlen=history)
        self.sent = 0
        self._calls: Counter[tuple[str, str]] = Counter()
        self._counts: Counter[str] = Counter()
        self.changes = Changes()

    def record_send(self, send: Send) -> None:
        self.sends.append(send)
        self.sent += 1
        self.changes.notify()

    def record_call(self, operation: str, outcome: str) -> None:
        """A call of the Graph API; ``outcome`` is its status, or ``reset`` or ``hung``."""
        self._calls[operation, outcome] += 1
        self.changes.notify()

    def open_delivery(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        self._counts["pending"] += 1

    def record_attempt(self, delivery: Delivery, attempt: Attempt) -> None:
        retry = any(earlier.role == "genuine" for earlier in delivery.attempts)
        delivery.attempts.append(attempt)
        self._counts["posted"] += 1
        if attempt.role == "copy":
            self._counts["copies"] += 1
        elif attempt.role == "forged":
            self._counts["forged"] += 1
            self._counts["forged_refused"] += attempt.status == 401
        else:
            self._counts["retried"] += retry
            self._counts["refused"] += attempt.status != 200
            delivery.attempted.set()
        self.changes.notify()

    def close_delivery(self, delivery: Delivery, *, acknowledged_at: float | None) -> None:
        delivery.acknowledged_at = acknowledged_at
        delivery.abandoned = acknowledged_at is None
        self._counts["pending"] -= 1
        self._counts["abandoned" if delivery.abandoned else "acknowledged"] += 1
        delivery.over.set()
        self.changes.notify()

    @property
    def pending(self) -> int:
        return self._counts["pending"]

    def counts(self) -> dict[str, int]:
        return {name: self._counts[name] for name in DELIVERY_COUNTS}

    def calls(self) -> dict[str, dict[str, int]]:
        """How often each operation was called, by outcome."""
        by_operation: dict[str, dict[str, int]] = {}
        for (operation, outcome), number in sorted(self._calls.items()):
            by_operation.setdefault(operation, {})[outcome] = number
        return by_operation

    def state(self, *, last: int | None = None) -> dict[str, Any]:
        """Sends in order (the ``last`` ones), calls by operation and outcome, and how deliveries fare."""
        sends = list(self.sends)
        shown = sends if last is None else sends[max(0, len(sends) - last) :]
        return {
            "sends": [asdict(send) for send in shown],
            "sends_total": self.sent,
            "calls": self.calls(),
            "deliveries": self.counts(),
        }

    def dump(self) -> dict[str, Any]:
        """The whole history as JSON values: the state, and each delivery with its body and attempts."""
        return {**self.state(), "history": [delivery.as_json() for delivery in self.deliveries]}
