"""Meta, on this machine: a Graph API to send to, and deliveries to a webhook."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from typing import Any, Self

from aiohttp import web

from service.sandbox.faults import TRANSPORT_EFFECTS, FaultDial
from service.sandbox.faults_http import Wire, fault_routes
from service.sandbox.meta.control import Control
from service.sandbox.meta.dial import Dial
from service.sandbox.meta.errors import PRESETS
from service.sandbox.meta.graph import Graph
from service.sandbox.meta.ledger import Delivery, Ledger, Send
from service.sandbox.meta.people import People
from service.sandbox.meta.reporting import Reporting
from service.sandbox.meta.speech import AnyContent, Speaker, Text, update
from service.sandbox.meta.updates import Account, Update, message_id
from service.sandbox.meta.webhooks import RetryPolicy, Webhooks

GRAPH_VERSION = "v26.0"


class MetaSandbox:
    """A stand-in for Meta. What people say through it is posted, signed, to the service whose address
    is ``webhook_url`` (``/webhooks/whatsapp`` and ``/webhooks/messenger`` below it); what the service
    sends to :attr:`graph_url` is judged and answered as Meta would, and reported by receipts.

    ``access_token`` is the token that sends need; with None any will do. ``history`` bounds what is
    remembered (None: nothing is forgotten), ``clock`` gives epoch seconds. ``dial`` may be set anew at
    any time, ``faults`` takes rules for the operations ``send``, ``mark_read`` and ``typing``.
    """

    def __init__(
        self,
        *,
        webhook_url: str,
        app_secret: str,
        verify_token: str = "",
        access_token: str | None = None,
        accounts: Iterable[Account] = (),
        dial: Dial | None = None,
        retry: RetryPolicy | None = None,
        history: int | None = 10_000,
        clock: Callable[[], float] = time.time,
        concurrency: int = 16,
        seed: int = 0,
    ) -> None:
        self.dial = dial or Dial()
        self.clock = clock
        self.ledger = Ledger(history)
        self.people = People(history)
        self.faults = FaultDial(
            dict.fromkeys(("send", "mark_read", "typing"), TRANSPORT_EFFECTS), presets=PRESETS, seed=seed
        )
        for account in accounts:
            self.people.register(account)
        self._verify_token = verify_token
        self._wire = Wire()
        self._runner: web.AppRunner | None = None
        self._url = ""
        self._said = 0
        self.webhooks = Webhooks(
            url=webhook_url,
            app_secret=app_secret,
            ledger=self.ledger,
            dial=lambda: self.dial,
            clock=clock,
            retry=retry or RetryPolicy(),
            concurrency=concurrency,
            seed=seed,
        )
        chance = random.Random(seed)
        self._reporting = Reporting(
            webhooks=self.webhooks, dial=lambda: self.dial, clock=clock, chance=chance
        )
        self._graph = Graph(
            people=self.people,
            ledger=self.ledger,
            reporting=self._reporting,
            faults=self.faults,
            wire=self._wire,
            dial=lambda: self.dial,
            clock=clock,
            access_token=access_token,
            chance=chance,
        )
        self.registration = self._graph.registration

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen (port 0: any that is free); the base URL, without the version.

        Raises ``OSError`` where the port cannot be had.
        """
        self._wire.resume()
        app = web.Application()
        app.add_routes([*Control(self).routes(), *fault_routes(self.faults), *self._graph.routes()])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        await self.webhooks.start()
        self._url = f"http://{host}:{runner.addresses[0][1]}"
        return self._url

    async def stop(self) -> None:
        """Hang up on everybody, and give up what is not delivered. What is known stays, for a later start."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        self._wire.stop()
        await runner.cleanup()
        try:
            await self._reporting.stop()
        finally:
            await self.webhooks.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """Where it listens; empty before the start."""
        return self._url

    @property
    def graph_url(self) -> str:
        """What to set in place of ``https://graph.facebook.com/v26.0``."""
        return f"{self._url}/{GRAPH_VERSION}"

    def utterance(
        self,
        speaker: Speaker,
        content: AnyContent | str,
        *,
        at: float | None = None,
        message_id: str | None = None,
    ) -> Update:
        """What Meta would post when ``speaker`` does this ``at`` an instant (now), with an id of its own.

        Raises :class:`~service.sandbox.meta.speech.CannotSayError` where the channel has no such thing.
        """
        now = self.clock()
        self._said += 1
        return update(
            speaker,
            Text(content) if isinstance(content, str) else content,
            message_id=message_id or self._new_id(speaker, now),
            at=now if at is None else at,
        )

    def _new_id(self, speaker: Speaker, now: float) -> str:
        account = speaker.account
        return message_id(account.channel, "said", account.account_id, speaker.sender_id, self._said, now)

    def speak(self, update: Update) -> Delivery:
        """A person does something: it opens their window, and is on its way to the webhook."""
        self.people.heard(update)
        return self.webhooks.submit(update)

    async def say(
        self, speaker: Speaker, content: AnyContent | str, *, at: float | None = None
    ) -> tuple[str, float | None]:
        """Say something and wait for the acknowledgement: the message id, and when (None: given up)."""
        said = self.utterance(speaker, content, at=at)
        return said.message_id or "", await self.speak(said).settled()

    async def say_together(self, *updates: Update) -> float | None:
        """Several updates of one channel in one signed POST; when it was acknowledged (None: given up)."""
        for one in updates:
            self.people.heard(one)
        return await self.webhooks.submit_together(*updates).settled()

    async def post(self, path: str, body: bytes, *, secret: str | None = None) -> tuple[int, str]:
        """Post any bytes to a webhook once, rightly signed unless ``secret`` says otherwise; the answer."""
        return await self.webhooks.post(path, body, secret=secret)

    async def repeat(self, message_id: str) -> int | None:
        """Post the delivery that carried this message once more; the status of the answer.

        Raises :class:`KeyError` where no delivery in the history did.
        """
        for delivery in self.ledger.deliveries:
            if any(one.message_id == message_id and one.by_person for one in delivery.updates):
                return await self.webhooks.repeat(delivery)
        raise KeyError(message_id)

    async def handshake(self, path: str) -> bool:
        """Whether a callback passes the check that Meta makes when it is configured."""
        return await self.webhooks.handshake(path, self._verify_token)

    def answers(self, speaker: Speaker) -> list[Send]:
        """What reached this person, in order, as far as the history goes back."""
        person = self.people.find(speaker.account.account_id, speaker.sender_id)
        return list(person.answers) if person else []

    async def wait_for_answers(self, speaker: Speaker, count: int, *, within: float = 30.0) -> list[Send]:
        """What reached this person, once it is ``count`` sends or more.

        Raises :class:`TimeoutError` that says how many there were after so many seconds.
        """
        person = self.people.meet(speaker.account, speaker.ids)
        try:
            await person.changes.until(lambda: person.answered >= count, within=within)
        except TimeoutError:
            raise TimeoutError(f"{person.answered} of {count} answers after {within:g} s") from None
        return list(person.answers)

    def block(self, speaker: Speaker) -> None:
        """Make a person unreachable from now on: they blocked the account, or left."""
        self.people.meet(speaker.account, speaker.ids).reachable = False

    async def wait_until_settled(self, *, within: float = 30.0) -> None:
        """Return once every delivery is acknowledged or given up.

        Raises :class:`TimeoutError` that says how many are pending after so many seconds.
        """
        try:
            await self.ledger.changes.until(lambda: self.ledger.pending == 0, within=within)
        except TimeoutError:
            raise TimeoutError(f"{self.ledger.pending} deliveries pending after {within:g} s") from None

    def dump(self) -> dict[str, Any]:
        """The whole history as JSON values: sends, calls, and deliveries with bodies and attempts."""
        return self.ledger.dump()
