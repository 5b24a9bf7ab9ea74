"""One table of what the HTTP surface answers: routes, checks and their description all come from it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from uuid import UUID

import orjson
from aiohttp import web

from projections.views import GONE
from service.storage.access_tokens import Scope
from service.web.bodies import JSON
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
    ``also`` are further statuses with the same body; ``said`` is what a status means, where its name does
    not say it. ``checked``: parameters that are not declared are refused. ``token``: a token is needed, or a
    session; ``scope`` says of which scope. ``limited``: too many requests from one address are refused.
    ``guessable``: needs no token, but something that may not be tried often; 403 is a wrong try.
    """

    method: Literal["GET", "POST", "DELETE"]
    path: str
    name: str
    summary: str
    handler: Callable[[Arguments], Awaitable[object]]
    answer: Any = None
    status: int = 200
    also: tuple[int, ...] = ()
    said: Mapping[int, str] = field(default_factory=dict)
    media: tuple[str, ...] = (JSON,)
    """The media types of the answer: each is one that may be asked for."""
    body: Any = None
    """The type of the request's body, where one is read."""
    body_media: tuple[str, ...] = (JSON,)
    """The media types that the body is taken in."""
    parameters: tuple[Parameter[Any], ...] = ()
    problems: tuple[int, ...] = ()
    token: bool = True
    scope: Scope | None = None
    limited: bool = True
    guessable: bool = False
    checked: bool = True
    patience: float | None = PATIENCE

    @property
    def needs(self) -> Scope | None:
        """The scope that it takes: where none is declared the least to read, and the most to do something."""
        if not self.token:
            return None
        return self.scope or ("read" if self.method == "GET" else "administer")

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """Check, answer, and be done in time."""
        arguments = read_arguments(request, self.parameters) if self.checked else Arguments(request)
        try:
            value = await within(self.patience, self.handler(arguments))
        except GONE:
            value = await self._again(arguments)
        if isinstance(value, web.StreamResponse):
            return value
        return json_response(value, self.status)

    async def _again(self, arguments: Arguments) -> object:
        """The answer from the view that there is now. Raises :class:`Problem` 404 where there is none."""
        if self.method == "GET":
            with suppress(*GONE):
                try:
                    return await within(self.patience, self.handler(arguments))
                except Problem as problem:
                    if problem.field == "view":
                        raise Problem(404, problem.detail, field="view") from None
                    raise
        raise Problem(
            404, "view: it has just been dropped; GET /api/v1/projections has those there are", field="view"
        )


def json_response(value: object, status: int = 200) -> web.Response:
    """A value as JSON, with instants in RFC 3339 and in UTC."""
    body = orjson.dumps(value, option=orjson.OPT_UTC_Z, default=_plain)
    return web.Response(body=body, status=status, content_type=JSON)


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
