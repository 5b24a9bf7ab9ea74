"""Asking the service one thing after the other, over a connection that is kept, and for how long it takes."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import urlencode

from bench.figures import quantile

LEAST: Final = 5
"""Times that a thing is asked in a turn, however long it takes."""

LARGEST_HEAD: Final = 2**16
PATIENCE: Final = 60.0
"""Seconds that no answer should need."""

Ask = Callable[[], Awaitable[float]]
"""Asks once: the seconds until the whole answer was there."""


class Refused(Exception):
    """An answer that is no 200."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection, one request at a time: written as bytes, its answer read to the end, not parsed."""

    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    _token: str

    @classmethod
    @asynccontextmanager
    async def to(cls, port: int, token: str) -> AsyncIterator[Self]:
        """A connection for the block."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=LARGEST_HEAD)
        try:
            yield cls(reader, writer, token)
        finally:
            writer.transport.abort()

    def get(self, path: str, **query: str | int) -> bytes:
        """The bytes of a GET."""
        target = f"{path}?{urlencode(query)}" if query else path
        return (
            f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self._token}\r\n\r\n"
        ).encode()

    async def ask(self, request: bytes) -> bytes:
        """The body of the answer. Raises :class:`Refused` where it is no 200, and :class:`TimeoutError`."""
        async with asyncio.timeout(PATIENCE):
            self._writer.write(request)
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
            body = await self._reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200"):
            raise Refused(f"{request.split(b' ', 2)[1].decode()}: {body[:500].decode(errors='replace')}")
        return body

    async def timed(self, request: bytes) -> float:
        """Seconds from a request until its whole answer is there."""
        began = time.perf_counter()
        await self.ask(request)
        return time.perf_counter() - began


@dataclass(slots=True)
class Taken:
    """How long the answers to one question took, in seconds."""

    seconds: list[float] = field(default_factory=list)
    refused: str | None = None
    """What was answered in place of a page; it was not asked again."""

    def ms(self, share: float) -> float:
        """The quantile in milliseconds; 0 where nothing was asked."""
        return quantile(self.seconds, share) * 1e3


async def in_turns(asked: dict[str, Ask], rounds: int, seconds: float) -> dict[str, Taken]:
    """Ask each thing for its share of ``seconds`` in every round, so that a bad moment of the machine is
    nobody's alone. The first round, of :data:`LEAST` each, only warms up."""
    taken = {name: Taken() for name in asked}
    with _uncollected():
        for turn in range(rounds + 1):
            for name, ask in asked.items():
                await _turn(ask, taken[name], seconds / rounds if turn else 0.0)
                if not turn:
                    taken[name].seconds.clear()
    return taken


async def _turn(ask: Ask, taken: Taken, seconds: float) -> None:
    until, least = time.perf_counter() + seconds, len(taken.seconds) + LEAST
    try:
        while taken.refused is None and (len(taken.seconds) < least or time.perf_counter() < until):
            taken.seconds.append(await ask())
    except Refused as error:
        taken.refused = str(error)


@contextmanager
def _uncollected() -> Iterator[None]:
    """A collection in the process that asks is no one's latency."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
