"""A load generator that costs little: pre-built requests over keep-alive connections, one at a time each."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200"


@dataclass(slots=True)
class Outcome:
    """What a run measured; latencies in seconds."""

    acknowledged: int = 0
    refused: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.acknowledged / self.seconds if self.seconds else 0.0

    def quantile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def whatsapp_body(sender: str, message_id: str, text: str, at: int) -> bytes:
    """A delivery of one WhatsApp text, about 800 bytes, as Meta posts it."""
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


def request_of(path: str, body: bytes, secret: bytes) -> bytes:
    """The bytes of one signed POST."""
    signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def requests(count: int, senders: int, secret: bytes, *, prefix: str) -> list[bytes]:
    """Signed deliveries of one message each, round robin over the senders."""
    now = int(time.time())
    text = "Where is my parcel? I ordered it last week and nobody could tell me. " * 5
    return [
        request_of(
            "/webhooks/whatsapp",
            whatsapp_body(f"49151{n % senders:08d}", f"wamid.{prefix}{n:012d}", text, now),
            secret,
        )
        for n in range(count)
    ]


class _Connection(asyncio.Protocol):
    """Sends the next request when the answer to the last one is there."""

    def __init__(self, source: Iterator[bytes], outcome: Outcome, until: float, pace: float) -> None:
        self._source = source
        self._outcome = outcome
        self._until = until
        self._pace = pace
        self._sent = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        request = next(self._source, None)
        self._sent = time.perf_counter()
        if request is None or self._sent >= self._until:
            self._transport.close()
            return
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        if data.startswith(OK):
            self._outcome.acknowledged += 1
            self._outcome.latencies.append(now - self._sent)
        else:
            self._outcome.refused += 1
        if self._pace:
            delay = max(0.0, self._pace - (now - self._sent))
            asyncio.get_running_loop().call_later(delay, self._next)
        else:
            self._next()

    def connection_lost(self, _exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def run(
    port: int, source: Iterator[bytes], *, connections: int, seconds: float, rate: float | None = None
) -> Outcome:
    """Send for ``seconds`` or until the requests end; ``rate`` a second in all, or as fast as it goes."""
    outcome = Outcome()
    began = time.perf_counter()
    pace = connections / rate if rate else 0.0
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(
            lambda: _Connection(source, outcome, began + seconds, pace), "127.0.0.1", port
        )
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.done for _, connection in made))
    outcome.seconds = time.perf_counter() - began
    return outcome
