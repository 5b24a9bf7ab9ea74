"""A network of our own on loopback: what goes through it can be cut, held up, slowed down or lost.

One :class:`Proxy` stands between a client and a server. The bytes are never changed; they are late, they
stop, or the connection ends.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Literal

Mode = Literal["open", "shut", "stalled", "slow", "deaf", "torn"]
"""``open``: all is well. ``shut``: connections are reset as they come. ``stalled``: nothing moves, in neither
direction. ``slow``: few bytes a second. ``deaf``: what the client says arrives, and it hears nothing back.
``torn``: the next answer is broken off in the middle."""

Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]

PIECE: Final = 64 * 1024
SLOW_PIECE: Final = 512
SLOW_PAUSE: Final = 0.01
RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER on, zero seconds: closing sends RST rather than FIN."""


class Proxy:
    """Listens on a port of 127.0.0.1 and carries every connection to where ``connect`` leads."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._mode: Mode = "open"
        self._moving = asyncio.Event()
        self._moving.set()
        self._links: set[_Link] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen; the port."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Cut every connection and listen no more."""
        if self._server is not None:
            self._server.close()
        self._moving.set()
        self.cut()

    @property
    def mode(self) -> Mode:
        """What happens to connections at this moment."""
        return self._mode

    def turn(self, mode: Mode) -> None:
        """Have this happen to every connection, old and new, from now on."""
        self._mode = mode
        if mode == "stalled":
            self._moving.clear()
        else:
            self._moving.set()
        if mode == "shut":
            self.cut()

    def cut(self) -> int:
        """Reset every connection, on both sides; how many there were."""
        links = list(self._links)
        for link in links:
            link.reset()
        return len(links)

    def orphan(self) -> int:
        """The far side of every connection is gone, and the near one is not told; how many there were. Each
        stays so until :meth:`cut`."""
        links = [link for link in self._links if not link.orphaned]
        for link in links:
            link.orphan()
        return len(links)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = _Link(writer)
        self._links.add(link)
        try:
            await self._moving.wait()
            if self._mode == "shut":
                return
            with suppress(OSError):
                there, back = await self._connect()
                link.far = back
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._pump(link, reader, back, answers=False))
                    both.create_task(self._pump(link, there, writer, answers=True))
        except* (OSError, RuntimeError, _Ended):
            pass  # uvloop says RuntimeError of what has been closed
        finally:
            link.reset()
            self._links.discard(link)

    async def _pump(
        self, link: _Link, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        while True:
            data = await source.read(SLOW_PIECE if self._mode == "slow" else PIECE)
            await self._moving.wait()
            if link.orphaned:
                await link.forgotten.wait()
            if not data:
                raise _Ended
            if answers and self._mode == "deaf":
                link.lossy = True
            if answers and link.lossy:
                continue
            if answers and self._mode == "torn" and len(data) > 1:
                sink.write(data[: len(data) // 2])
                raise _Ended
            sink.write(data)
            await sink.drain()
            if self._mode == "slow":
                await asyncio.sleep(SLOW_PAUSE)


class _Ended(Exception):
    """One side has closed."""


class _Link:
    """One connection. ``lossy``: an answer on it was lost, so that nothing after it can be understood."""

    def __init__(self, near: asyncio.StreamWriter) -> None:
        self.near = near
        self.far: asyncio.StreamWriter | None = None
        self.orphaned = False
        self.lossy = False
        self.forgotten = asyncio.Event()

    def orphan(self) -> None:
        self.orphaned = True
        if self.far is not None:
            _reset(self.far)

    def reset(self) -> None:
        self.forgotten.set()
        _reset(self.near)
        if self.far is not None:
            _reset(self.far)


def _reset(writer: asyncio.StreamWriter) -> None:
    if writer.transport.is_closing():
        return
    connection = writer.get_extra_info("socket")
    if connection is not None and connection.family == socket.AF_INET:
        with suppress(OSError, ValueError):  # where it is closed already
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    writer.transport.abort()
