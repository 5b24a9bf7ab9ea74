"""``/_sandbox``: how tests, benchmarks and people steer the stand-in and look inside. No key is asked for."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web

from service.sandbox.faults import FaultDial, field_at_fault
from service.sandbox.faults_http import fault_routes
from service.sandbox.openai.calls import answer
from service.sandbox.openai.errors import ApiError
from service.sandbox.openai.responses import Behaviour
from service.sandbox.openai.state import State


class _Lock(msgspec.Struct, forbid_unknown_fields=True):
    seconds: Annotated[float, msgspec.Meta(ge=0)]


class _Behaviour(msgspec.Struct, forbid_unknown_fields=True):
    latency: tuple[Annotated[float, msgspec.Meta(ge=0)], Annotated[float, msgspec.Meta(ge=0)]] | None = None
    context_window: Annotated[int, msgspec.Meta(ge=1)] | None = None
    conversations: Literal["kept", "ignored", "absent"] | None = None


class RequestCounts:
    """Requests by operation: how many were ``received``, and the outcome of each that has one.

    An outcome is the status, or ``reset`` or ``hung`` where the client got none.
    """

    def __init__(self) -> None:
        self._counts: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, operation: str, outcome: str) -> None:
        self._counts[operation][outcome] += 1

    def as_json(self) -> dict[str, dict[str, int]]:
        return {operation: dict(outcomes) for operation, outcomes in self._counts.items()}


class Control:
    """The routes. Bad input is answered 400 with the field named."""

    def __init__(self, state: State, dial: FaultDial, behaviour: Behaviour, counts: RequestCounts) -> None:
        self._state = state
        self._dial = dial
        self._behaviour = behaviour
        self._counts = counts

    def routes(self) -> list[web.RouteDef]:
        return [
            *fault_routes(self._dial),
            web.get("/_sandbox/counts", self._show_counts),
            web.get("/_sandbox/state", self._show_state),
            web.patch("/_sandbox/behaviour", self._behave),
            web.post("/_sandbox/conversations/{conversation_id}/lose", self._lose),
            web.post("/_sandbox/conversations/{conversation_id}/lock", self._lock),
        ]

    def counts(self) -> dict[str, Any]:
        """Cheap, however much is stored."""
        state = self._state
        return {
            "conversations": {
                "created": state.created,
                "live": len(state.conversations),
                "deleted": state.deleted,
                "lost": state.lost,
            },
            "responses": state.responses_made,
            "requests": self._counts.as_json(),
        }

    def state(self) -> dict[str, Any]:
        """The counts; each live conversation with its items, oldest first; orphaned items."""
        now = self._state.clock()
        conversations = [
            {
                **conversation.as_json(),
                "locked": conversation.is_locked(now),
                "responses": conversation.responses,
                "tokens": conversation.tokens,
                "items": [entry.body for entry in conversation.entries],
            }
            for conversation in self._state.conversations.values()
        ]
        orphans = [item.body for item in self._state.orphans()]
        return {"counts": self.counts(), "conversations": conversations, "orphaned_items": orphans}

    async def _show_counts(self, _request: web.Request) -> web.Response:
        return answer(self.counts())

    async def _show_state(self, _request: web.Request) -> web.Response:
        return answer(self.state())

    async def _behave(self, request: web.Request) -> web.Response:
        """Change latency, context window or the keeping of conversations, whichever are given."""
        try:
            changes = msgspec.json.decode(await request.read(), type=_Behaviour)
        except msgspec.DecodeError as error:
            return _refusal(error)
        for name in ("latency", "context_window", "conversations"):
            if (value := getattr(changes, name)) is not None:
                setattr(self._behaviour, name, value)
        return answer(msgspec.to_builtins(self._behaviour))

    async def _lose(self, request: web.Request) -> web.Response:
        """The conversation vanishes; its items become orphans."""
        try:
            self._state.delete_conversation(request.match_info["conversation_id"], lost=True)
        except ApiError as error:
            return answer(error.body, status=error.status)
        return answer({"lost": True})

    async def _lock(self, request: web.Request) -> web.Response:
        """``{"seconds": 5}``: responses are refused as locked for so long; 0 unlocks."""
        try:
            lock = msgspec.json.decode(await request.read(), type=_Lock)
            conversation = self._state.conversation(request.match_info["conversation_id"])
        except msgspec.DecodeError as error:
            return _refusal(error)
        except ApiError as error:
            return answer(error.body, status=error.status)
        conversation.locked_until = self._state.clock() + lock.seconds
        return answer({"locked_until": conversation.locked_until})


def _refusal(error: msgspec.DecodeError) -> web.Response:
    field, reason = field_at_fault(error)
    return answer({"error": {"field": field, "message": reason}}, status=400)
