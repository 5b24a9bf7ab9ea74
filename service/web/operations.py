"""One table of what the HTTP surface answers: routes, checks and their description all come from it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

import orjson
from aiohttp import web

from service.web.errors import Problem
from service.web.parameters import Arguments, Parameter, read_arguments

PATIENCE: Final = 15.0
"""Seconds after which a request is answered 503, whatever it still waits for."""

OPERATIONS: Final[web.AppKey[tuple[Operation, ...]]] = web.AppKey("operations")
"""The table that an application was built from."""

_abandoned: set[asyncio.Task[object]] = set()


@dataclass(frozen=True, slots=True)
class Freshness:
    """How far behind the log an answer is. Zero where it was read from the log itself."""

    lag_events: int
    lag_seconds: float


OF_THE_LOG: Final = Freshness(0, 0.0)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method on one path. ``handler`` answers with a value of the type ``answer``, sent as JSON, or
    with a response of its own; it may raise :class:`~service.web.errors.Problem` of the statuses
    ``problems``.

    ``answer`` is any type that msgspec can describe, None for a response of another media type.
    ``also`` are further statuses with the same body. ``checked``: parameters that are not declared are
    refused. ``token``: the bearer token of the API is needed.
    """

    method: Literal["GET", "POST", "DELETE"]
    path: str
    name: str
    summary: str
    handler: Callable[[Arguments], Awaitable[object]]
    answer: Any = None
    status: int = 200
    also: tuple[int, ...] = ()
    media: str = "application/json"
    further_media: tuple[str, ...] = ()
    """Others that the same may be answered in, where a parameter says so."""
    body: Any = None
    """The type of the request's body, sent as JSON, where one is read."""
    parameters: tuple[Parameter[Any], ...] = ()
    problems: tuple[int, ...] = ()
    token: bool = True
    checked: bool = True
    patience: float | None = PATIENCE

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """Check, answer, and be done in time."""
        arguments = read_arguments(request, self.parameters) if self.checked else Arguments(request)
        value = await within(self.patience, self.handler(arguments))
        if isinstance(value, web.StreamResponse):
            return value
        return json_response(value, self.status)


def json_response(value: object, status: int = 200) -> web.Response:
    """A value as JSON, with instants in RFC 3339 and in UTC."""
    body = orjson.dumps(value, option=orjson.OPT_UTC_Z, default=_plain)
    return web.Response(body=body, status=status, content_type="application/json")


def _plain(value: object) -> str:
    if isinstance(value, UUID):  # asyncpg has a subclass of its own
        return str(value)
    raise TypeError(type(value).__name__)


async def within(patience: float | None, answer: Awaitable[object]) -> object:
    """The answer, if it comes in time. Raises :class:`Problem` 503 where it does not.

    What takes too long is cancelled and not waited for: a database server that stands still would keep
    even the cancellation waiting.
    """
    if patience is None:
        return await answer
    task = asyncio.create_task(_awaited(answer))
    try:
        await asyncio.wait({task}, timeout=patience)
    finally:
        if not task.done():
            task.cancel()
            _abandoned.add(task)
            task.add_done_callback(_forget)
    if task.done():
        return task.result()
    raise Problem(503, "this took too long, try again", headers={"Retry-After": "1"})


async def _awaited(answer: Awaitable[object]) -> object:
    return await answer


def _forget(task: asyncio.Task[object]) -> None:
    _abandoned.discard(task)
    if not task.cancelled():
        task.exception()
