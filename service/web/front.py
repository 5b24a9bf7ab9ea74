"""The front door: deliveries are taken in before there is a request, a task or a route.

Most of what aiohttp does for a request is of no use to a delivery, and costs more than making the delivery
durable does. What is one plain POST of a known path is answered here, over the connection itself. A
connection that brings anything else, or anything that is not right, is handed over to aiohttp for good, with
every byte that was not answered: aiohttp alone decides what to make of it, and the two never read a
connection in turns.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Mapping
from email.utils import formatdate
from time import time
from typing import Final, NamedTuple, Protocol, cast

from aiohttp import web

from service.web.errors import Problem, problem_response
from service.web.shielding import HEADERS, NAME

LARGEST_HELD: Final = 64 * 1024
"""Bytes of a request that are waited for here; larger ones are aiohttp's from the start."""

WAIT_FOR_REST: Final = 1.0
"""Seconds for the rest of a request to come before aiohttp is to wait for it."""

LARGEST_HEAD: Final = 16 * 1024
MOST_FIELDS: Final = 64

_PLAIN: Final = re.compile(rb"POST (/[!-~]*) HTTP/1\.1\r\n((?:[A-Za-z0-9-]+:[\t -~]*\r\n)+)\r\n")
"""A head without continued lines, odd characters or anything that two parsers could read in two ways."""
_FIELD: Final = re.compile(rb"([A-Za-z0-9-]+):([\t -~]*)\r\n")
_NOT_HERE: Final = frozenset({b"transfer-encoding", b"content-encoding", b"expect", b"upgrade"})
_SPACE: Final = b" \t"
_LENGTH: Final = re.compile(rb"[0-9]{1,8}")


class Door(Protocol):
    """Who takes deliveries in."""

    def take(self, body: bytes, signature: str) -> asyncio.Future[None] | None:
        """What is done once the delivery is durable. None where nothing was taken and the application is to
        say why. Raises nothing."""
        ...

    def outcome(self, taken: asyncio.Future[None]) -> Problem | None:
        """What came of it: None is a delivery that is acknowledged."""
        ...


DOORS: Final[web.AppKey[Mapping[str, Door]]] = web.AppKey("doors")
"""Who takes deliveries of a path in."""


class Request(NamedTuple):
    """One whole plain POST: its target, ``X-Hub-Signature-256``, the body, and how many bytes it was."""

    target: bytes
    signature: str
    body: bytes
    length: int


class Rest(NamedTuple):
    """A plain POST of which so many bytes are not there yet, as far as is known."""

    missing: int


def read(data: bytes) -> Request | Rest | None:
    """The request that ``data`` begins with; None for whatever is not to be answered here."""
    head = _PLAIN.match(data)
    if head is None:
        unfinished = b"POST /".startswith(data[:6]) and b"\r\n\r\n" not in data
        return Rest(1) if unfinished and len(data) < LARGEST_HEAD else None
    named = _FIELD.findall(head[2])
    fields = {name.lower(): value for name, value in named}
    length = fields.get(b"content-length", b"").strip(_SPACE)
    if (
        head.end() > LARGEST_HEAD
        or len(fields) < len(named)
        or len(named) > MOST_FIELDS
        or b"host" not in fields
        or not _NOT_HERE.isdisjoint(fields)
        or fields.get(b"connection", b"keep-alive").strip(_SPACE).lower() != b"keep-alive"
        or not _LENGTH.fullmatch(length)
    ):
        return None
    begin = head.end()
    end = begin + int(length)
    if end > len(data):
        return Rest(end - len(data))
    signature = fields.get(b"x-hub-signature-256", b"").strip(_SPACE).decode("ascii")
    return Request(head[1], signature, data[begin:end], end)


class _Connection(asyncio.Protocol):
    """One connection, one delivery at a time; what comes meanwhile waits."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._transport: asyncio.Transport | None = None
        self._held = b""
        self._taken: asyncio.Future[None] | None = None
        self._by: Door | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._paused = False
        self._last = front.loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._front.connections.add(self)
        self._timer = self._front.loop.call_later(self._front.idle, self._rested)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._gone()

    def _gone(self) -> None:
        self._transport = None
        self._front.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        if self._held:
            data = self._held + data
        if self._taken is None:
            self._take(data)
        else:
            self._held = data
            if len(data) > LARGEST_HELD and self._transport is not None and not self._paused:
                self._paused = True
                self._transport.pause_reading()

    def _take(self, data: bytes) -> None:
        """Begin with the request that ``data`` begins with."""
        found = read(data)
        if isinstance(found, Request):
            door = self._front.doors.get(found.target)
            taken = door.take(found.body, found.signature) if door is not None else None
            if taken is not None:
                self._held, self._taken, self._by = data[found.length :], taken, door
                taken.add_done_callback(self._answer)
                return
        elif isinstance(found, Rest) and len(data) + found.missing <= LARGEST_HELD:
            self._wait_for_rest(data)
            return
        self._hand_over(data)

    def _answer(self, taken: asyncio.Future[None]) -> None:
        assert self._by is not None, "set with what is taken"
        problem = self._by.outcome(taken)
        transport, held = self._transport, self._held
        self._taken, self._held = None, b""
        if transport is None or transport.is_closing():
            return
        transport.write(self._front.acknowledgement() if problem is None else _said(problem))
        self._last = self._front.loop.time()
        if self._front.closing:
            transport.close()
            return
        if self._paused:
            self._paused = False
            transport.resume_reading()
        if held:
            self._take(held)

    def _wait_for_rest(self, data: bytes) -> None:
        if not self._held:
            self._front.loop.call_later(WAIT_FOR_REST, self._waited)
        self._held = data

    def _waited(self) -> None:
        if self._transport is not None and self._held and self._taken is None:
            self._hand_over(self._held)

    def _hand_over(self, data: bytes) -> None:
        """The connection is aiohttp's from here on."""
        transport = self._transport
        assert transport is not None, "data comes over a connection"
        self._gone()
        handler = self._front.server()
        transport.set_protocol(handler)
        handler.connection_made(transport)
        handler.data_received(data)

    def _rested(self) -> None:
        left = self._last + self._front.idle - self._front.loop.time()
        if self._taken is None and not self._held and left <= 0:
            self.close()
        else:
            self._timer = self._front.loop.call_later(max(1.0, left), self._rested)

    @property
    def taken(self) -> asyncio.Future[None] | None:
        """The delivery that is being answered."""
        return self._taken

    def close(self) -> None:
        """Hang up, unless an answer is on its way: then after it."""
        if self._transport is not None and self._taken is None:
            self._transport.close()


class Front:
    """Makes connections in place of an aiohttp server, and ends them with it."""

    def __init__(self, server: web.Server, doors: Mapping[str, Door], idle: float) -> None:
        self.server, self.idle = server, idle
        self.doors = {path.encode(): door for path, door in doors.items()}
        self.loop = asyncio.get_running_loop()
        self.connections: set[_Connection] = set()
        self.closing = False
        self._second = 0
        self._acknowledgement = b""

    def __call__(self) -> asyncio.Protocol:
        """A connection that is being made."""
        return _Connection(self)

    def acknowledgement(self) -> bytes:
        """The bytes of a 200."""
        second = int(time())
        if second != self._second:
            self._second = second
            self._acknowledgement = _answer("200 OK", {"Content-Type": "text/plain; charset=utf-8"}, b"ok")
        return self._acknowledgement

    def pre_shutdown(self) -> None:
        """Take nothing more in; what has been taken is answered."""
        self.closing = True
        for connection in list(self.connections):
            connection.close()
        self.server.pre_shutdown()

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 # as the server's own
        """Wait for the answers, for ``timeout`` seconds at most, then end what is left."""
        taken = [connection.taken for connection in self.connections if connection.taken is not None]
        if taken:
            await asyncio.wait(taken, timeout=timeout)
            await asyncio.sleep(0)  # the answers are written by callbacks
        await self.server.shutdown(timeout)


def put_in_front(runner: web.AppRunner, idle: float) -> None:
    """Have the application's doors asked first, on connections made from now on, which may rest for ``idle``
    seconds. The runner is set up."""
    server = runner.server
    if server is None:
        raise RuntimeError("the runner is not set up")
    front = cast("web.Server", Front(server, runner.app[DOORS], idle))
    runner._server = front  # noqa: SLF001 # a runner takes no other factory of connections


def _said(problem: Problem) -> bytes:
    response = problem_response(problem)
    assert isinstance(response.body, bytes), "a problem is told in bytes"
    return _answer(f"{response.status} {response.reason}", response.headers, response.body)


def _answer(status: str, headers: Mapping[str, str], body: bytes) -> bytes:
    known = {**HEADERS, "Server": NAME, "Date": formatdate(usegmt=True)}
    fields = {**known, **headers, "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode("ascii") + body
