"""Customers talking, several at the same time, at a common rate; and what came of it."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from service.sandbox.customers import Customer, Line
from service.sandbox.meta.ledger import Delivery
from service.sandbox.meta.sandbox import MetaSandbox

_DAY = 86_400.0


class Pace:
    """Gives turns at so many a second on average, half as far apart to half as far again."""

    def __init__(self, rate: float, *, seed: int) -> None:
        self._interval = 1 / rate
        self._chance = random.Random(seed)
        self._queue = asyncio.Lock()
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for the next turn, behind those who already do."""
        async with self._queue:
            now = asyncio.get_running_loop().time()
            await asyncio.sleep(self._next - now)
            self._next = max(self._next, now) + self._interval * self._chance.uniform(0.5, 1.5)

    def charge(self) -> None:
        """Account for something said out of turn."""
        self._next += self._interval


@dataclass(frozen=True, slots=True)
class Said:
    """Something a customer did: when (``said_at``), and as of when (``dated``), in epoch seconds."""

    account: str
    customer: str
    kind: str
    text: str | None
    message_id: str
    said_at: float
    dated: float
    delivery: Delivery

    def as_json(self) -> dict[str, Any]:
        """As JSON values, with when it was acknowledged (null: not yet)."""
        shown = {name: getattr(self, name) for name in self.__slots__ if name != "delivery"}
        return {**shown, "acknowledged_at": self.delivery.acknowledged_at}


class Crowd:
    """Lets ``customers`` visit in turn, ``size`` of them at a time, and come back after the others.

    Together they say ``rate`` things a second. Who waits for an answer does so for ``patience`` seconds,
    then goes on, and counts as unanswered. The record keeps the last ``history`` things said (None: all).
    """

    def __init__(
        self,
        sandbox: MetaSandbox,
        customers: Iterable[Customer],
        *,
        size: int = 12,
        rate: float = 0.5,
        patience: float = 60.0,
        history: int | None = 10_000,
        seed: int = 0,
    ) -> None:
        self._sandbox = sandbox
        self._waiting = deque(customers)
        self._size = min(size, len(self._waiting))
        self._pace = Pace(rate, seed=seed)
        self._patience = patience
        self._visits_left: int | None = None
        self.customers: tuple[Customer, ...] = tuple(self._waiting)
        self.said: deque[Said] = deque(maxlen=history)
        self.said_total = 0
        self.unanswered = 0

    async def run(self, *, visits: int | None = None) -> None:
        """Let them talk for so many visits, or until cancelled."""
        self._visits_left = visits
        async with asyncio.TaskGroup() as present:
            for _ in range(self._size):
                present.create_task(self._come_and_go())

    def record(self) -> dict[str, Any]:
        """What was said, when it was acknowledged, and what each customer was answered; as JSON values."""
        return {
            "said": [said.as_json() for said in self.said],
            "said_total": self.said_total,
            "unanswered": self.unanswered,
            "customers": [
                {
                    "account": customer.speaker.account.account_id,
                    "channel": customer.speaker.account.channel,
                    "customer": customer.speaker.sender_id,
                    "traits": sorted(customer.traits),
                    "answers": [asdict(send) for send in self._sandbox.answers(customer.speaker)],
                }
                for customer in self.customers
            ],
        }

    async def _come_and_go(self) -> None:
        while self._admit():
            customer = self._waiting.popleft()
            await self._visit(customer)
            self._waiting.append(customer)

    def _admit(self) -> bool:
        if self._visits_left is None:
            return True
        self._visits_left -= 1
        return self._visits_left >= 0

    async def _visit(self, customer: Customer) -> None:
        for line in customer.script():
            if line.pause is None:
                await self._pace.turn()
            else:
                await asyncio.sleep(line.pause)
                self._pace.charge()
            answers = self._answered(customer)
            self._say(customer, line)
            if line.waits:
                await self._wait_for_answer(customer, answers + 1)

    def _say(self, customer: Customer, line: Line) -> None:
        now = self._sandbox.clock()
        dated = now - line.days_ago * _DAY
        update = customer.say(line.content, at=dated)
        delivery = self._sandbox.speak(update)
        account, person = update.account.account_id, update.person[0]
        self.said.append(
            Said(account, person, update.kind, update.text, update.message_id or "", now, dated, delivery)
        )
        self.said_total += 1

    async def _wait_for_answer(self, customer: Customer, count: int) -> None:
        try:
            answers = await self._sandbox.wait_for_answers(customer.speaker, count, within=self._patience)
        except TimeoutError:
            self.unanswered += 1
        else:
            customer.last_answer = answers[-1].message_id

    def _answered(self, customer: Customer) -> int:
        speaker = customer.speaker
        person = self._sandbox.people.find(speaker.account.account_id, speaker.sender_id)
        return person.answered if person else 0
