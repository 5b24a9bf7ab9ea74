"""When the webhook hears what became of a send: after its answer, or before."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable

from service.sandbox.meta.background import Background
from service.sandbox.meta.dial import Dial
from service.sandbox.meta.errors import GraphError
from service.sandbox.meta.ledger import Send
from service.sandbox.meta.people import Person
from service.sandbox.meta.receipts import planned, receipt
from service.sandbox.meta.updates import Update
from service.sandbox.meta.webhooks import Webhooks

_EARLY_SECONDS = 2.0
"""How long a send waits for its own receipts to be posted, where they are to be early."""


class Reporting:
    """Posts the receipts of sends as far as ``dial()`` lets it."""

    def __init__(
        self,
        *,
        webhooks: Webhooks,
        dial: Callable[[], Dial],
        clock: Callable[[], float],
        chance: random.Random,
    ) -> None:
        self._webhooks = webhooks
        self._dial = dial
        self._clock = clock
        self._chance = chance
        self._background = Background()

    async def stop(self) -> None:
        await self._background.stop()

    async def report(self, send: Send, person: Person, failure: GraphError | None) -> None:
        """Begin to report a send to ``person``; return when its answer may be given."""
        kinds = planned(send, self._dial(), self._chance)
        account, ids = person.account, tuple(person.ids)

        def told(kind: str) -> Update:
            return receipt(send, kind, account=account, person=ids, at=self._clock(), failure=failure)

        if self._chance.random() < self._dial().early_statuses:
            await self._tell_now([told(kind) for kind in kinds])
        else:
            self._background.spawn(self._tell(kinds, told))

    async def _tell(self, kinds: list[str], told: Callable[[str], Update]) -> None:
        for kind in kinds:
            await asyncio.sleep(self._dial().receipt_pause)
            self._webhooks.submit(told(kind))

    async def _tell_now(self, updates: list[Update]) -> None:
        deliveries = [self._webhooks.submit(update) for update in updates]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_EARLY_SECONDS):
                for delivery in deliveries:
                    await delivery.attempted.wait()
