"""Posting to webhooks as Meta does: signed, in parallel, again and again until the answer is 200."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import aiohttp

from service.sandbox.meta.background import Background
from service.sandbox.meta.dial import Dial
from service.sandbox.meta.lanes import Lanes, Turn
from service.sandbox.meta.ledger import Attempt, Delivery, Ledger
from service.sandbox.meta.updates import PATHS, Channel, Update, encode, envelope, signature

_OVERTAKING_SECONDS = 1.0
"""How long a reordered delivery waits for one to let by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """A delivery that is not answered 200 is posted again at once, then after ``base`` seconds, then
    after ``factor`` times as long each, ``cap`` at most, until ``give_up_after`` seconds have passed.
    One answer may take ``patience`` seconds.

    Meta waits 5 s for Messenger and keeps on for an hour there, for 7 days on WhatsApp:
    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
    """

    base: float = 1.0
    factor: float = 2.0
    cap: float = 60.0
    give_up_after: float = 3600.0
    patience: float = 5.0

    def pause(self, attempts: int) -> float:
        """Seconds to wait after so many attempts."""
        if attempts <= 1:
            return 0.0
        return min(self.cap, self.base * self.factor ** min(attempts - 2, 64))


_Lane = tuple[str, str]
"""An account, and a person who wrote to it."""


@dataclass(slots=True)
class _Batch:
    """A delivery that still takes updates, until ``closing`` fires."""

    delivery: Delivery
    closing: asyncio.TimerHandle


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fate:
    """What a delivery meets on its way."""

    hold_back: float | None
    reordered: bool
    forged: bool
    copied: bool
    beside: bool


class Webhooks:
    """Delivers updates to the service at ``url``, misbehaving as far as ``dial()`` says.

    ``url`` may be set anew at any time; what is pending goes there from then on.
    """

    def __init__(
        self,
        *,
        url: str,
        app_secret: str,
        ledger: Ledger,
        dial: Callable[[], Dial],
        clock: Callable[[], float],
        retry: RetryPolicy,
        concurrency: int,
        seed: int,
    ) -> None:
        self.url = url
        self._app_secret = app_secret
        self._ledger = ledger
        self._dial = dial
        self._clock = clock
        self._retry = retry
        self._slots = asyncio.Semaphore(concurrency)
        self._chance = random.Random(seed)
        self._lanes = Lanes()
        self._batches: dict[Channel, _Batch] = {}
        self._open: set[Delivery] = set()
        self._background = Background()
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._retry.patience),
            connector=aiohttp.TCPConnector(limit=0),
        )

    async def stop(self) -> None:
        """Post nothing more; what is pending is given up."""
        for batch in self._batches.values():
            batch.closing.cancel()
        self._batches.clear()
        try:
            await self._background.stop()
        finally:
            for delivery in list(self._open):
                self._end(delivery, None)
            self._lanes = Lanes()
            if self._session is not None:
                await self._session.close()

    def submit(self, update: Update) -> Delivery:
        """Post an update, alone or in a batch; the delivery that carries it."""
        batch = self._batches.get(update.account.channel)
        if batch is not None and (_about_same(batch, update) or self._happens(self._dial().batches)):
            batch.delivery.updates.append(update)
            if len(batch.delivery.updates) >= self._dial().batch_size:
                self._close_batch(update.account.channel)
            return batch.delivery
        if batch is None and self._happens(self._dial().batches):
            return self._open_batch(update)
        return self.submit_together(update)

    def submit_together(self, *updates: Update) -> Delivery:
        """Post these updates, of one channel, in one body."""
        delivery = self._begin(updates)
        self._dispatch(delivery)
        return delivery

    def _begin(self, updates: Sequence[Update]) -> Delivery:
        delivery = Delivery(updates[0].account.channel, list(updates))
        self._open.add(delivery)
        self._ledger.open_delivery(delivery)
        return delivery

    def _end(self, delivery: Delivery, acknowledged_at: float | None) -> None:
        self._open.discard(delivery)
        self._ledger.close_delivery(delivery, acknowledged_at=acknowledged_at)

    def _open_batch(self, update: Update) -> Delivery:
        channel = update.account.channel
        delivery = self._begin([update])
        closing = asyncio.get_running_loop().call_later(self._dial().batch_wait, self._close_batch, channel)
        self._batches[channel] = _Batch(delivery, closing)
        return delivery

    def _close_batch(self, channel: Channel) -> None:
        batch = self._batches.pop(channel)
        batch.closing.cancel()
        self._dispatch(batch.delivery)

    def _dispatch(self, delivery: Delivery) -> None:
        delivery.body = encode(envelope(delivery.updates, sent_at=self._clock()))
        lanes = [_lane(update) for update in delivery.updates]
        self._background.spawn(self._carry(delivery, lanes, self._lanes.queue(lanes), self._draw()))

    def _draw(self) -> _Fate:
        """Decide as a delivery is submitted, so that the same seed and order have the same outcome."""
        dial = self._dial()
        return _Fate(
            hold_back=dial.hold_back if self._happens(dial.late) else None,
            reordered=self._happens(dial.reordering),
            forged=self._happens(dial.bad_signatures),
            copied=self._happens(dial.duplicates),
            beside=self._happens(0.5),
        )

    async def _carry(self, delivery: Delivery, lanes: list[_Lane], turn: Turn, fate: _Fate) -> None:
        try:
            await turn.come()
            await self._hold(turn, fate)
            if fate.forged:
                await self._post(delivery, "forged")
            if fate.copied and fate.beside:
                self._background.spawn(self._copy(delivery))
            acknowledged = await self._insist(delivery, turn)
        finally:
            self._lanes.leave(turn, lanes)
        self._end(delivery, self._clock() if acknowledged else None)
        if fate.copied and not fate.beside:
            await self._copy(delivery)

    async def _hold(self, turn: Turn, fate: _Fate) -> None:
        if fate.hold_back is not None:
            turn.pass_on()
            await asyncio.sleep(fate.hold_back)
        elif fate.reordered:
            turn.pass_on()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(turn.overtaken(), _OVERTAKING_SECONDS)

    async def _insist(self, delivery: Delivery, turn: Turn) -> bool:
        """Post until the answer is 200, or the time for it is over."""
        started = asyncio.get_running_loop().time()
        attempts = 0
        while True:
            status = await self._post(delivery, "genuine")
            turn.pass_on()
            if status == 200:
                return True
            attempts += 1
            pause = self._retry.pause(attempts)
            if asyncio.get_running_loop().time() + pause - started > self._retry.give_up_after:
                return False
            await asyncio.sleep(pause)

    async def _copy(self, delivery: Delivery) -> None:
        await self._post(delivery, "copy")

    async def repeat(self, delivery: Delivery) -> int | None:
        """Post the same bytes once more; the status of the answer."""
        return await self._post(delivery, "copy")

    async def _post(self, delivery: Delivery, role: str) -> int | None:
        secret = self._app_secret if role != "forged" else self._app_secret + "?"
        error = None
        async with self._slots:
            try:
                status, _ = await self.post(PATHS[delivery.channel], delivery.body, secret=secret)
            except (aiohttp.ClientError, TimeoutError, OSError) as failure:
                status, error = None, type(failure).__name__
        self._ledger.record_attempt(
            delivery, Attempt(at=self._clock(), status=status, role=role, error=error)
        )
        return status

    async def post(self, path: str, body: bytes, *, secret: str | None = None) -> tuple[int, str]:
        """Post these bytes once, on no record, signed with ``secret`` or the app secret; status and text.

        Raises :class:`aiohttp.ClientError` or :class:`TimeoutError` where no answer comes.
        """
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": signature(body, secret or self._app_secret),
        }
        async with self._open_session().post(
            self.url.rstrip("/") + path, data=body, headers=headers, allow_redirects=False
        ) as answer:
            return answer.status, await answer.text(errors="replace")

    async def handshake(self, path: str, verify_token: str) -> bool:
        """Whether the callback passes the check that Meta makes when it is configured: 200 and the bare
        challenge for the right token, 403 for a wrong one.

        https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests
        """
        challenge = str(self._chance.randrange(10**9, 10**10))
        try:
            right = await self._challenge(path, challenge, verify_token)
            wrong = await self._challenge(path, challenge, verify_token + "?")
        except (aiohttp.ClientError, TimeoutError):
            return False
        return right == (200, challenge) and wrong[0] == 403

    async def _challenge(self, path: str, challenge: str, token: str) -> tuple[int, str]:
        query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": token}
        async with self._open_session().get(
            self.url.rstrip("/") + path, params=query, allow_redirects=False
        ) as answer:
            return answer.status, await answer.text(errors="replace")

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the stand-in has not been started")
        return self._session

    def _happens(self, probability: float) -> bool:
        # No draw where nothing can happen: turning one knob leaves the draws of the others alone.
        return probability > 0 and self._chance.random() < probability


def _lane(update: Update) -> _Lane:
    return update.account.account_id, update.former_id or update.person[0]


def _about_same(batch: _Batch, update: Update) -> bool:
    return any(_lane(waiting) == _lane(update) for waiting in batch.delivery.updates)
