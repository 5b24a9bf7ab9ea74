"""Routes below ``/_sandbox`` by which other processes watch the stand-in and make people talk.

They need no key. A request that cannot be used is answered 400
``{"error": {"field": "account", "message": …}}``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
from aiohttp import web

from service.sandbox.faults import field_at_fault
from service.sandbox.meta.speech import AnyContent, CannotSayError, Content, Speaker, Text
from service.sandbox.meta.updates import PATHS, Channel

if TYPE_CHECKING:
    from service.sandbox.meta.sandbox import MetaSandbox

Handler = Callable[[web.Request], Awaitable[web.Response]]
Shape = TypeVar("Shape", bound=msgspec.Struct)
Name = Annotated[str, msgspec.Meta(min_length=1)]


class Say(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person does something: writes ``text``, or the ``content`` of some other kind. ``at`` is when,
    in epoch seconds (now); the answer waits ``within`` seconds for the acknowledgement.
    """

    channel: Channel
    account: Name
    customer: Name
    text: str | None = None
    content: AnyContent | None = None
    name: str = ""
    user_id: str | None = None
    username: str | None = None
    at: float | None = None
    message_id: str | None = None
    within: Annotated[float, msgspec.Meta(gt=0, le=600)] = 30.0


class Repeat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The delivery that carried this message is to be posted once more."""

    message_id: Name


class BadRequestError(Exception):
    """A control request cannot be used; ``field`` names what is wrong with it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason


class Control:
    """What can be seen and done from outside."""

    def __init__(self, sandbox: MetaSandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_sandbox/state", _guarded(self.state)),
            web.get("/_sandbox/history", _guarded(self.history)),
            web.get("/_sandbox/dial", _guarded(self.show_dial)),
            web.post("/_sandbox/dial", _guarded(self.turn_dial)),
            web.post("/_sandbox/say", _guarded(self.say)),
            web.post("/_sandbox/repeat", _guarded(self.repeat)),
            web.post("/_sandbox/handshake", _guarded(self.handshake)),
        ]

    async def state(self, request: web.Request) -> web.Response:
        """``?last=N`` leaves out all but the latest N sends."""
        return web.json_response(self._sandbox.ledger.state(last=_last(request)))

    async def history(self, _request: web.Request) -> web.Response:
        return web.json_response(self._sandbox.dump())

    async def show_dial(self, _request: web.Request) -> web.Response:
        return web.json_response(msgspec.to_builtins(self._sandbox.dial))

    async def turn_dial(self, request: web.Request) -> web.Response:
        """Any settings of the dial; those not given stay. The answer is the whole dial."""
        try:
            self._sandbox.dial = self._sandbox.dial.turned(msgspec.json.decode(await request.read()))
        except msgspec.DecodeError as error:
            raise _named(error) from None
        return await self.show_dial(request)

    async def say(self, request: web.Request) -> web.Response:
        """Answered 200 with the message id once the delivery is acknowledged, else 504."""
        asked = await _decoded(request, Say)
        content = _content(asked)
        speaker = Speaker(
            account=self._sandbox.people.account_for(asked.account, asked.channel),
            sender_id=asked.customer,
            name=asked.name,
            user_id=asked.user_id,
            username=asked.username,
        )
        if speaker.account.channel != asked.channel:
            raise BadRequestError("channel", f"account {asked.account} is on {speaker.account.channel}")
        try:
            update = self._sandbox.utterance(speaker, content, at=asked.at, message_id=asked.message_id)
        except CannotSayError as error:
            raise BadRequestError("content", str(error)) from None
        delivery = self._sandbox.speak(update)
        try:
            acknowledged_at = await asyncio.wait_for(delivery.settled(), asked.within)
        except TimeoutError:
            acknowledged_at = None
        said = {"message_id": update.message_id, "acknowledged_at": acknowledged_at}
        if acknowledged_at is not None:
            return web.json_response(said)
        return web.json_response({**said, "error": {"field": "", "message": "not acknowledged"}}, status=504)

    async def repeat(self, request: web.Request) -> web.Response:
        """The status with which the copy was answered (null: none came)."""
        asked = await _decoded(request, Repeat)
        try:
            status = await self._sandbox.repeat(asked.message_id)
        except KeyError:
            raise BadRequestError("message_id", "no delivery in the history carried it") from None
        return web.json_response({"status": status})

    async def handshake(self, _request: web.Request) -> web.Response:
        """Whether each callback passes Meta's check of the verify token."""
        checked = {path: await self._sandbox.handshake(path) for path in sorted(set(PATHS.values()))}
        return web.json_response(checked)


def _guarded(handler: Handler) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        try:
            _check_query(request)
            return await handler(request)
        except BadRequestError as error:
            return web.json_response({"error": {"field": error.field, "message": error.reason}}, status=400)

    return answer


def _check_query(request: web.Request) -> None:
    known = {"last"} if request.path.endswith("/state") else set()
    for name in request.query:
        if name not in known:
            raise BadRequestError(name, "unknown parameter")


def _last(request: web.Request) -> int | None:
    given = request.query.get("last")
    if given is None:
        return None
    if not re.fullmatch(r"\d{1,9}", given):
        raise BadRequestError("last", "must be a whole number, 0 or more")
    return int(given)


def _content(asked: Say) -> AnyContent:
    match asked.text, asked.content:
        case str(text), None:
            return Text(text)
        case None, Content() as content:
            return content
        case _:
            raise BadRequestError("text", "give either text or content")


async def _decoded(request: web.Request, shape: type[Shape]) -> Shape:
    try:
        return msgspec.json.decode(await request.read(), type=shape)
    except msgspec.DecodeError as error:
        raise _named(error) from None


def _named(error: msgspec.DecodeError) -> BadRequestError:
    return BadRequestError(*field_at_fault(error))
