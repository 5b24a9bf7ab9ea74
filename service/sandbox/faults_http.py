"""Faults on the wire, and the routes by which other processes turn the dial.

A handler of a stand-in asks its dial, then lets :meth:`Wire.carry_out` do or prevent the work::

    fault = self._dial.fault_for("send", conversation=recipient, text=text)
    return await self._wire.carry_out(request, fault, work)

The server must not cancel handlers of clients that went (aiohttp's default), so that work which was
begun is finished, as it is at the real services.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from service.sandbox.faults import (
    Down,
    Effect,
    Fault,
    FaultDial,
    HangAfter,
    HangBefore,
    Nonsense,
    NonsenseAfter,
    Refuse,
    ResetAfter,
    RuleError,
    Trickle,
)

Work = Callable[[], Awaitable[web.StreamResponse]]
"""Does what was asked and gives the answer; a stream of it may already be on its way."""

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER on, zero seconds: closing sends RST rather than FIN."""

_LOOK_FOR_CLIENT = 0.05
"""Seconds between looks whether the client of a hanging request is still there; aiohttp has no event."""


class Severed(web.Response):
    """Stands in for an answer that was never given; ``outcome`` is ``reset`` or ``hung``."""

    def __init__(self, outcome: str) -> None:
        super().__init__()
        self.outcome = outcome


class Wire:
    """Carries faults out. One for each running server: :meth:`stop` ends whatever waits or hangs."""

    def __init__(self) -> None:
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End all waits at once; hanging connections are reset."""
        self._stopping.set()

    def resume(self) -> None:
        """Let waits last again, before the server starts anew."""
        self._stopping.clear()

    async def pause(self, seconds: float) -> None:
        """Wait this long, or until the server stops."""
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)

    async def carry_out(self, request: web.Request, fault: Fault, work: Work) -> web.StreamResponse:
        """Answer ``request`` by ``work``, or by what ``fault`` makes of it.

        Effects that are not of the wire (a lost conversation, the shape of an answer) are the work's
        own business. An exception of ``work`` passes, unless the fault keeps its outcome from the client.
        """
        await self.pause(fault.delay)
        if (prevented := await self.prevent(request, fault.effect)) is not None:
            return prevented
        if isinstance(fault.effect, HangAfter | ResetAfter):
            with contextlib.suppress(web.HTTPException):
                await work()
            return await self.sever(request, hang=isinstance(fault.effect, HangAfter))
        if isinstance(fault.effect, NonsenseAfter):
            with contextlib.suppress(web.HTTPException):
                await work()
            return _nonsense(fault.effect.body)
        answer = await work()
        if isinstance(fault.effect, Trickle) and isinstance(answer, web.Response):
            return await self._trickle(request, answer, fault.effect)
        return answer

    async def prevent(self, request: web.Request, effect: Effect | None) -> web.Response | None:
        """The answer of an effect under which no work is done; None where work is to be done."""
        match effect:
            case Down():
                return await self.sever(request, hang=False)
            case HangBefore():
                return await self.sever(request, hang=True)
            case Refuse():
                return _refusal(effect)
            case Nonsense():
                return _nonsense(effect.body)
            case _:
                return None

    async def sever(self, request: web.Request, *, hang: bool) -> Severed:
        """Reset the connection; where ``hang``, only after client or server has had enough of it."""
        if hang:
            while not (_client_gone(request) or self._stopping.is_set()):
                await self.pause(_LOOK_FOR_CLIENT)
        reset(request)
        return Severed("hung" if hang else "reset")

    async def _trickle(
        self, request: web.Request, answer: web.Response, effect: Trickle
    ) -> web.StreamResponse:
        body = answer.body if isinstance(answer.body, bytes) else b""
        slow = web.StreamResponse(status=answer.status, headers=answer.headers)
        slow.content_length = len(body)
        size = max(1, -(-len(body) // effect.pieces))
        with contextlib.suppress(ConnectionError):
            await slow.prepare(request)
            for start in range(0, len(body), size):
                await self.pause(effect.seconds)
                await slow.write(body[start : start + size])
            await slow.write_eof()
        return slow


def reset(request: web.Request) -> None:
    """Reset the connection of a request, so that its client sees ECONNRESET, not an orderly end."""
    transport = request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()


def fault_routes(dial: FaultDial, prefix: str = "/_sandbox/faults") -> list[web.RouteDef]:
    """Routes to add a rule (POST, JSON), to see all (GET) and to clear all (DELETE). They need no key.

    A bad rule is answered 400 ``{"error": {"field": "effect.seconds", "message": …}}``.
    """

    async def add(request: web.Request) -> web.Response:
        try:
            dial.add_json(await request.read())
        except RuleError as error:
            return _json(400, {"error": {"field": error.field, "message": error.reason}})
        return _json(201, {"rules": dial.describe()})

    async def show(_request: web.Request) -> web.Response:
        return _json(200, {"rules": dial.describe()})

    async def clear(_request: web.Request) -> web.Response:
        dial.clear()
        return _json(200, {"rules": []})

    return [web.post(prefix, add), web.get(prefix, show), web.delete(prefix, clear)]


def _client_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def _refusal(effect: Refuse) -> web.Response:
    if effect.body is None:
        return web.Response(status=effect.status, headers=effect.headers)
    return _json(effect.status, effect.body, effect.headers)


def _nonsense(body: Any) -> web.Response:
    return web.Response(text=body, content_type="text/html") if isinstance(body, str) else _json(200, body)


def _json(status: int, body: Any, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/json", headers=headers
    )
