"""A load generator that costs little: requests built beforehand, over connections that are kept."""

from __future__ import annotations

import asyncio
import gc
import hmac
import json
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final, cast

from bench.figures import quantile

PATH: Final = "/webhooks/whatsapp"
TEXT: Final = "Where is my parcel? I ordered it last week and nobody could tell me. " * 5
"""Makes a delivery of about 800 bytes."""

HUNG_AFTER: Final = 30.0
"""Seconds that no server should need for an answer."""

OK: Final = b"HTTP/1.1 200"
ANSWER: Final = b"HTTP/1.1 "


@dataclass(slots=True)
class Outcome:
    """What a run measured.

    ``latencies`` are seconds from a request to its 200, in order of the answers; ``moments`` are when those
    requests were due, in seconds since the run began. ``refused`` counts other answers, ``broken``
    connections that ended with a request unanswered. ``cpu`` is what this process spent, in seconds.
    """

    acknowledged: int = 0
    refused: int = 0
    broken: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    latencies: array[float] = field(default_factory=lambda: array("d"))
    moments: array[float] = field(default_factory=lambda: array("d"))

    @property
    def rate(self) -> float:
        """Acknowledgements a second."""
        return self.acknowledged / self.seconds if self.seconds else 0.0

    @property
    def failed(self) -> int:
        """Requests that were not acknowledged."""
        return self.refused + self.broken

    def quantile(self, share: float) -> float:
        """Of the latencies, in seconds; 0 where there are none."""
        return quantile(self.latencies, share)


def whatsapp_body(sender: str, message_id: str, text: str, at: int) -> bytes:
    """A delivery of one WhatsApp text, as Meta posts it."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"},
        "contacts": [{"profile": {"name": f"Customer {sender}"}, "wa_id": sender}],
        "messages": [
            {"from": sender, "id": message_id, "timestamp": str(at), "text": {"body": text}, "type": "text"}
        ],
    }
    entry = {"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def request_of(body: bytes, secret: bytes) -> bytes:
    """The bytes of one signed POST."""
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature-256: sha256={hmac.digest(secret, body, 'sha256').hex()}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass(slots=True)
class Customers:
    """People who write in turns, each message with an id of its own.

    ``first`` is the number of the first of them: different numbers are different people.
    """

    count: int
    secret: bytes
    prefix: str
    first: int = 0
    text: str = TEXT
    written: int = 0

    def message_id(self, number: int) -> str:
        """The provider's id of the message with this number, counted from 0."""
        return f"wamid.{self.prefix}{number:012d}"

    def sender_id(self, number: int) -> str:
        """The WhatsApp id of who writes the message with this number."""
        return f"49151{self.first + number % self.count:08d}"

    def write(self, count: int) -> list[bytes]:
        """Requests with the next ``count`` messages."""
        now = int(time.time())
        numbers = range(self.written, self.written + count)
        self.written += count
        return [
            request_of(whatsapp_body(self.sender_id(n), self.message_id(n), self.text, now), self.secret)
            for n in numbers
        ]

    def writing(self) -> Iterator[bytes]:
        """Requests without end, each dated when it is asked for; dearer than to write them beforehand."""
        while True:
            yield from self.write(1)


class _Connection(asyncio.Protocol):
    """One request after the other: at once, or each ``every`` seconds from ``due`` on.

    Where an answer comes after the next request was due, that one goes out at once and its latency counts
    from when it was due: a server that stalls cannot hide it by being asked less.
    """

    def __init__(
        self,
        source: Iterator[bytes],
        outcome: Outcome,
        began: float,
        seconds: float,
        due: float,
        every: float,
    ) -> None:
        self._source = source
        self._outcome = outcome
        self._began = began
        self._until = began + seconds
        self._due = due
        self._every = every
        self._since = 0.0
        self._asking = False
        self._loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._next(time.perf_counter())

    def _next(self, now: float) -> None:
        if not self._every:
            self._ask(now, now)
            return
        due, self._due = self._due, self._due + self._every
        if due > now:
            self._loop.call_later(due - now, self._ask_on_time)
        else:
            self._ask(due, now)

    def _ask_on_time(self) -> None:
        now = time.perf_counter()
        self._ask(now, now)

    def _ask(self, since: float, now: float) -> None:
        request = next(self._source, None) if now < self._until else None
        if request is None:
            self._transport.close()
            return
        self._since = since
        self._asking = True
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        place = data.find(ANSWER)
        if place < 0 or not self._asking:
            return  # the rest of an answer that has been counted
        now = time.perf_counter()
        self._asking = False
        outcome = self._outcome
        if data.startswith(OK, place):
            outcome.acknowledged += 1
            outcome.latencies.append(now - self._since)
            outcome.moments.append(self._since - self._began)
        else:
            outcome.refused += 1
        self._next(now)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._outcome.broken += self._asking
        if not self.done.done():
            self.done.set_result(None)


async def run(
    port: int,
    source: Iterator[bytes],
    *,
    connections: int,
    seconds: float,
    rate: float | None = None,
    hung_after: float = HUNG_AFTER,
) -> Outcome:
    """Send for ``seconds`` or until the requests end; ``rate`` a second in all, or as fast as it goes.

    A request is answered before its connection sends the next. Raises :class:`TimeoutError` where an answer
    is missing ``hung_after`` seconds past the end.
    """
    outcome = Outcome()
    every = connections / rate if rate else 0.0
    collecting = gc.isenabled()
    gc.disable()  # the requests that wait to be sent would be walked again and again
    spent, began = time.process_time(), time.perf_counter()
    made: list[tuple[asyncio.Transport, _Connection]] = []
    try:
        async with asyncio.timeout(seconds + hung_after):
            for number in range(connections):
                due = began + number * every / connections
                connect = partial(_Connection, source, outcome, began, seconds, due, every)
                made.append(await asyncio.get_running_loop().create_connection(connect, "127.0.0.1", port))
            await asyncio.gather(*(connection.done for _, connection in made))
    finally:
        for transport, _ in made:
            transport.abort()
        if collecting:
            gc.enable()
    outcome.seconds = time.perf_counter() - began
    outcome.cpu = time.process_time() - spent
    return outcome
