"""The stand-in OpenAI as an HTTP server."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from aiohttp import web

from service.sandbox.faults import (
    ANSWER_EFFECTS,
    STATE_EFFECTS,
    TRANSPORT_EFFECTS,
    Effect,
    Fault,
    FaultDial,
    LockFor,
    LoseConversation,
)
from service.sandbox.faults_http import Severed, Wire
from service.sandbox.openai import errors
from service.sandbox.openai.calls import Call, Handler, answer
from service.sandbox.openai.control import Control, RequestCounts
from service.sandbox.openai.conversations import Conversations
from service.sandbox.openai.ids import IdMint
from service.sandbox.openai.models import MODELS
from service.sandbox.openai.responses import Behaviour, ConversationSupport, Responses
from service.sandbox.openai.state import Clock, State

_CONVERSATION = "/v1/conversations/{conversation_id}"
_ITEM = _CONVERSATION + "/items/{item_id}"

_OF_A_CONVERSATION = (*TRANSPORT_EFFECTS, *STATE_EFFECTS)
OPERATIONS: dict[str, tuple[type[Effect], ...]] = {
    "conversations.create": TRANSPORT_EFFECTS,
    "conversations.retrieve": _OF_A_CONVERSATION,
    "conversations.update": _OF_A_CONVERSATION,
    "conversations.delete": _OF_A_CONVERSATION,
    "items.create": _OF_A_CONVERSATION,
    "items.list": _OF_A_CONVERSATION,
    "items.retrieve": _OF_A_CONVERSATION,
    "items.delete": _OF_A_CONVERSATION,
    "responses.create": (*_OF_A_CONVERSATION, *ANSWER_EFFECTS),
    "responses.retrieve": TRANSPORT_EFFECTS,
    "responses.delete": TRANSPORT_EFFECTS,
    "responses.input_tokens": _OF_A_CONVERSATION,
    "models.list": TRANSPORT_EFFECTS,
}
"""What the fault dial knows, and which effects mean something to it."""

_INVALID_URL = "invalid_url"
_MAX_BODY = 32 * 1024 * 1024
_SHUTDOWN = 2.0
"""Seconds for handlers to notice that the server stops; pauses and hangs end at once."""


class OpenAISandbox:
    """A server that behaves as OpenAI's conversations and responses do, errors included.

    What it holds is kept through ``stop`` and a later ``start``, so that an outage can be played, and is
    lost with the object. ``seed`` decides ids, latencies, answers and the draws of faults; ``clock`` is
    what it writes on things and measures locks by. The rest is described at :class:`Behaviour`.
    ``keep_responses`` bounds how many responses can be retrieved or continued.

    Steering it from this process: ``faults``, ``state()`` and ``behaviour``; from another: ``/_sandbox``.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        latency: tuple[float, float] = (0.0, 0.0),
        context_window: int = 922_000,
        conversations: ConversationSupport = "kept",
        keep_responses: int = 2_000,
        clock: Clock = time.time,
    ) -> None:
        self.behaviour = Behaviour(latency, context_window, conversations)
        self.faults = FaultDial(OPERATIONS, presets=errors.PRESETS, seed=seed)
        self._ids = IdMint(seed)
        self._state = State(self._ids, clock, keep_responses)
        self._counts = RequestCounts()
        self._control = Control(self._state, self.faults, self.behaviour, self._counts)
        self._wire = Wire()
        self._conversations = Conversations(self._state)
        self._responses = Responses(self._state, self.behaviour, self._wire, seed)
        self._runner: web.AppRunner | None = None

    def state(self) -> dict[str, Any]:
        """What ``GET /_sandbox/state`` answers."""
        return self._control.state()

    def counts(self) -> dict[str, Any]:
        """What ``GET /_sandbox/counts`` answers."""
        return self._control.counts()

    def app(self) -> web.Application:
        """A new application over the same state, to be run by whoever wants to."""
        app = web.Application(client_max_size=_MAX_BODY)
        app.on_response_prepare.append(self._add_headers)
        app.add_routes(self._control.routes())
        conversations, responses = self._conversations, self._responses
        for method, path, operation, handler in (
            ("POST", "/v1/conversations", "conversations.create", conversations.create),
            ("GET", _CONVERSATION, "conversations.retrieve", conversations.retrieve),
            ("POST", _CONVERSATION, "conversations.update", conversations.update),
            ("DELETE", _CONVERSATION, "conversations.delete", conversations.delete),
            ("POST", _CONVERSATION + "/items", "items.create", conversations.create_items),
            ("GET", _CONVERSATION + "/items", "items.list", conversations.list_items),
            ("GET", _ITEM, "items.retrieve", conversations.retrieve_item),
            ("DELETE", _ITEM, "items.delete", conversations.delete_item),
            ("POST", "/v1/responses", "responses.create", responses.create),
            ("POST", "/v1/responses/input_tokens", "responses.input_tokens", responses.count_tokens),
            ("GET", "/v1/responses/{response_id}", "responses.retrieve", responses.retrieve),
            ("DELETE", "/v1/responses/{response_id}", "responses.delete", responses.delete),
            ("GET", "/v1/models", "models.list", _list_models),
            ("*", "/{path:.*}", _INVALID_URL, _refuse_url),
        ):
            app.router.add_route(method, path, partial(self._serve, operation, handler))
        return app

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, on a free port where ``port`` is 0, and give the base URL, ``/v1`` included.

        Raises ``OSError`` where the port cannot be had.
        """
        if self._runner is not None:
            raise RuntimeError("the sandbox is running already")
        self._wire.resume()
        runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=_SHUTDOWN)
        await runner.setup()
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        return f"http://{host}:{runner.addresses[0][1]}/v1"

    async def stop(self) -> None:
        """End hanging and waiting requests and close. Does nothing where it does not run."""
        runner, self._runner = self._runner, None
        if runner is not None:
            self._wire.stop()
            await runner.cleanup()

    async def _serve(self, operation: str, handler: Handler, request: web.Request) -> web.StreamResponse:
        self._counts.add(operation, "received")
        call = Call(request, await request.read())
        fault = Fault()
        if operation in OPERATIONS:
            fault = self.faults.fault_for(
                operation, conversation=call.conversation_id(), text=call.newest_text()
            )
            call.effect = fault.effect
        response = await self._wire.carry_out(request, fault, partial(self._answer, operation, handler, call))
        outcome = response.outcome if isinstance(response, Severed) else str(response.status)
        self._counts.add(operation, outcome)
        return response

    async def _answer(self, operation: str, handler: Handler, call: Call) -> web.StreamResponse:
        if self.behaviour.conversations == "absent" and call.request.path.startswith("/v1/conversations"):
            return web.Response(status=404, text="404 page not found")
        try:
            if operation != _INVALID_URL:
                _require_key(call.request)
            self._strike_conversation(call)
            return await handler(call)
        except errors.ApiError as error:
            return answer(error.body, status=error.status, headers=error.headers)

    def _strike_conversation(self, call: Call) -> None:
        conversation = self._state.conversations.get(call.conversation_id() or "")
        if conversation is None:
            return
        match call.effect:
            case LoseConversation():
                self._state.delete_conversation(conversation.id, lost=True)
            case LockFor(seconds=seconds):
                conversation.locked_until = self._state.clock() + seconds
            case _:
                pass

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        if request.path.startswith("/v1/"):
            response.headers.setdefault("x-request-id", self._ids.request())
            response.headers.setdefault("openai-version", "2020-10-01")


def _require_key(request: web.Request) -> None:
    """Any key will do, but there has to be one."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise errors.no_key()


async def _list_models(_call: Call) -> web.Response:
    return answer({"object": "list", "data": [model.as_json() for model in MODELS.values()]})


async def _refuse_url(call: Call) -> web.Response:
    raise errors.invalid_url(call.request.method, call.request.path)
