"""Customers who write at a steady rate, and what is noted of what they say."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from bench.history import Said
from bench.processes import ACCOUNTS, conversation_id
from bench.recording import sender_key, token
from service.sandbox.meta import MetaSandbox, Speaker
from service.sandbox.meta.updates import Update

MOST_UNSETTLED: Final = 3_000
"""Messages on their way at once: in a long outage people stop writing."""

NEW: Final = 0.03
"""The share of deliveries that begin with somebody never seen."""

WORDS: Final = (
    "Where is my parcel?",
    "Hello?",
    "It is order 4711.",
    "Grüße aus Köln ☺",
    "ok",
    "and then? " * 30,
)


@dataclass(slots=True)
class People:
    """Says things through the stand-in for Meta, ``rate`` messages a second, and notes each in ``said``.

    Half of the deliveries are a message or three of one person, the others many of one or of several: as the
    channels batch them. Now and then somebody new comes, and the first things they say come at once in
    several deliveries.
    """

    meta: MetaSandbox
    chance: random.Random
    rate: float
    first: int
    known: list[Speaker] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    acknowledged: int = 0
    _ids: dict[str, UUID] = field(default_factory=dict)
    _unsettled: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def talk(self) -> None:
        """Go on until cancelled; then wait for what is on its way."""
        for _ in range(self.first):
            self._meet()
        due = time.monotonic()
        try:
            while True:
                if self._unsettled < MOST_UNSETTLED:
                    due += self._burst() / self.rate
                pause = due - time.monotonic()
                if pause < 0:
                    due = time.monotonic()  # what an outage held up is not said all at once
                await asyncio.sleep(max(0.005, pause))
        finally:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _meet(self) -> Speaker:
        number = len(self.known)
        account = self.chance.choice(ACCOUNTS)
        speaker = Speaker(account=account, sender_id=f"4915{number:08d}", name=f"Person {number}")
        self.known.append(speaker)
        return speaker

    def _burst(self) -> int:
        """Say something; how many messages."""
        roll = self.chance.random()
        if roll < NEW:
            somebody = self._meet()
            counts = [self.chance.randint(1, 3) for _ in range(4)]
            for count in counts:
                self._deliver([somebody] * count)
            return sum(counts)
        somebody = self.chance.choice(self.known)
        if roll < 0.5:
            return self._deliver([somebody] * self.chance.randint(1, 3))
        if roll < 0.8:
            return self._deliver([somebody] * self.chance.randint(10, 50))
        together = [one for one in self.known if one.account.channel == somebody.account.channel]
        few = self.chance.sample(together, min(4, len(together)))
        return self._deliver([self.chance.choice(few) for _ in range(self.chance.randint(10, 60))])

    def _deliver(self, speakers: list[Speaker]) -> int:
        first, now = len(self.said), time.monotonic()
        tokens = [token(number) for number in range(first, first + len(speakers))]
        updates = [
            self.meta.utterance(who, f"{self.chance.choice(WORDS)} {word}")
            for who, word in zip(speakers, tokens, strict=True)
        ]
        said = [
            Said(update.message_id or "", str(self._conversation(who)), now, None, _key(who), word)
            for who, update, word in zip(speakers, updates, tokens, strict=True)
        ]
        self.said += said
        self._unsettled += len(said)
        task = asyncio.create_task(self._carry(updates, said))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return len(said)

    async def _carry(self, updates: list[Update], said: list[Said]) -> None:
        try:
            if await self.meta.say_together(*updates) is not None:
                now = time.monotonic()
                for one in said:
                    one.acknowledged_at = now
                self.acknowledged += len(said)
        finally:
            self._unsettled -= len(said)

    def _conversation(self, who: Speaker) -> UUID:
        key = _key(who)
        if key not in self._ids:
            self._ids[key] = conversation_id(who)
        return self._ids[key]


def _key(who: Speaker) -> str:
    return sender_key(who.account.account_id, who.sender_id)
