"""``/v1/responses``: a turn of the model, with or without a conversation.

https://platform.openai.com/docs/api-reference/responses
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from aiohttp import web

from service.sandbox.faults import Effect, HangAfter, ResetAfter, StreamEnds, StreamError, Trickle
from service.sandbox.faults_http import Wire
from service.sandbox.openai import errors, schema, stream
from service.sandbox.openai.answers import JSON, Answer, Outcome, limited, outcome_of, usage_of
from service.sandbox.openai.calls import Call, answer
from service.sandbox.openai.ids import tail_of_conversation, tail_of_response
from service.sandbox.openai.items import Item, is_from, parse_items, tokens_in, tokens_of, user_message
from service.sandbox.openai.models import Model, find_model
from service.sandbox.openai.shopkeeper import Heard, Shopkeeper
from service.sandbox.openai.state import CallLedger, Conversation, KeptResponse, State, StoredItem

ConversationSupport = Literal["kept", "ignored", "absent"]

_SAMPLING = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
_REQUESTS_PER_MINUTE, _TOKENS_PER_MINUTE = 10_000, 2_000_000


@dataclass(slots=True)
class Behaviour:
    """What can be set from outside, also while the stand-in runs.

    ``latency`` is how long a response takes, drawn between the two, in seconds. ``context_window`` is the
    tokens a prompt may have. ``conversations``: OpenAI keeps them; ``ignored`` is a server that creates
    them but takes no notice of ``conversation`` in a response and does not echo it; ``absent`` one whose
    ``/v1/conversations`` is 404 as well (vLLM, Ollama).
    """

    latency: tuple[float, float] = (0.0, 0.0)
    context_window: int = 922_000
    conversations: ConversationSupport = "kept"


@dataclass(slots=True)
class Turn:
    """A turn between its checks and its end. It holds the lock of its conversation."""

    answer: Answer
    conversation: Conversation | None
    given: list[StoredItem]
    tail: str
    prompt_tokens: int


@dataclass(slots=True)
class _Prompt:
    """What the model reads: ``earlier[start:]``, then ``now``."""

    earlier: Sequence[StoredItem]
    start: int
    tokens: int
    user_turns: int


class Responses:
    """The handlers; each raises :class:`~errors.ApiError` as the real endpoint refuses."""

    def __init__(self, state: State, behaviour: Behaviour, wire: Wire, seed: int) -> None:
        self._state = state
        self._behaviour = behaviour
        self._wire = wire
        self._shopkeeper = Shopkeeper(seed)
        self._random = random.Random(seed)

    async def create(self, call: Call) -> web.StreamResponse:
        """Input and output are appended together when the response is complete, and only then: also
        where the client has gone by that time, and also with ``store: false``.

        An incomplete response is appended, a failed one is not. What the real service does there is not
        known; this is what its open reimplementation does.
        """
        request = call.body()
        schema.check(request, schema.CREATE_RESPONSE, required=schema.CREATE_RESPONSE_REQUIRED)
        turn = self._begin(request, call.effect)
        try:
            if request.get("stream"):
                return await self._stream(call, turn)
            await self._think()
            return answer(self._finish(turn), headers=_limits(turn.prompt_tokens))
        finally:
            if turn.conversation is not None:
                turn.conversation.busy = False

    async def retrieve(self, call: Call) -> web.Response:
        return answer(self._state.response(call.path("response_id")).body)

    async def delete(self, call: Call) -> web.Response:
        response_id = call.path("response_id")
        self._state.delete_response(response_id)
        return answer({"id": response_id, "object": "response", "deleted": True})

    async def count_tokens(self, call: Call) -> web.Response:
        """How many input tokens such a response would read; nothing is locked or stored."""
        request = call.body()
        schema.check(request, schema.COUNT_TOKENS)
        conversation = self._conversation(request)
        given = _given(request)
        earlier = self._earlier(request, conversation)
        tokens = _fixed_tokens(request) + sum(map(tokens_of, given)) + _tokens(earlier, conversation)
        return answer({"object": "response.input_tokens", "input_tokens": tokens})

    def _begin(self, request: JSON, effect: Effect | None) -> Turn:
        """Every check, in the real order: server state, then capabilities, then the rendered history.

        The answer is thought up here, so that what is read is what was there when the lock was taken.
        """
        conversation = self._conversation(request)
        if conversation is not None and conversation.is_locked(self._state.clock()):
            raise errors.conversation_locked()
        earlier = self._earlier(request, conversation)
        if not request["input"] and conversation is None and not request.get("previous_response_id"):
            raise errors.nothing_to_answer()
        model = _capable_model(request)
        tail = self._tail(request, conversation)
        given = self._state.to_give(conversation, _given(request), tail)
        now = [item.body for item in given]
        ledger = CallLedger(item.body for item in earlier) if conversation is None else conversation.ledger
        ledger.check(now)
        prompt = self._render(request, earlier, conversation, now)
        begun = self._state.clock()
        answer_begun = Answer(
            self._state.ids.made("response", tail, begun),
            int(begun),
            request,
            model,
            None if conversation is None else conversation.id,
            self._outcome(request, prompt, now, effect),
        )
        if conversation is not None:
            conversation.busy = True
        return Turn(answer_begun, conversation, given, tail, prompt.tokens)

    def _outcome(self, request: JSON, prompt: _Prompt, now: list[Item], effect: Effect | None) -> Outcome:
        heard = Heard(
            earlier=prompt.earlier,
            start=prompt.start,
            now=now,
            turn=prompt.user_turns,
            tools=request.get("tools") or (),
            tool_choice=request.get("tool_choice") or "auto",
        )
        outcome = outcome_of(self._shopkeeper.answer(heard), effect, self._state.ids)
        return limited(outcome, request.get("max_output_tokens"))

    def _finish(self, turn: Turn) -> JSON:
        """Store what belongs together at once, and give the ended response."""
        now = self._state.clock()
        ids = self._state.ids
        bodies = [
            {"id": ids.made(item["type"], turn.tail, now), **item} for item in turn.answer.outcome.output
        ]
        made = [StoredItem(body, tokens_of(body)) for body in bodies]
        ended = turn.answer
        ended.output = bodies
        if ended.outcome.error is None:
            cached = 0 if turn.conversation is None else turn.conversation.last_prompt
            writes = not ended.model.samples
            ended.usage = usage_of(turn.prompt_tokens, bodies, cached, writes=writes)
        response = ended.ended(now)
        self._state.responses_made += 1
        if turn.conversation is not None:
            turn.conversation.responses += 1
            turn.conversation.last_prompt = turn.prompt_tokens
            if ended.outcome.error is None:
                self._state.attach(turn.conversation, [*turn.given, *made])
        if response["store"]:
            self._state.keep_response(KeptResponse(response, turn.given, made))
        return response

    async def _stream(self, call: Call, turn: Turn) -> web.StreamResponse:
        """The opening at once, the rest when the response has ended; a client that went stops nothing."""
        framing = stream.EventFraming()
        headers = {"content-type": stream.CONTENT_TYPE, "cache-control": "no-cache"}
        sent = web.StreamResponse(headers=headers | _limits(turn.prompt_tokens))
        with contextlib.suppress(ConnectionError):
            await sent.prepare(call.request)
            for event in stream.opening(turn.answer.in_progress()):
                await sent.write(framing.frame(event))
        await self._think()
        events = self._events(call, turn)
        pause = call.effect.seconds if isinstance(call.effect, Trickle) else 0.0
        with contextlib.suppress(ConnectionError):
            for event in events:
                await self._wire.pause(pause)
                await sent.write(framing.frame(event))
            if not isinstance(call.effect, HangAfter | ResetAfter):
                await sent.write_eof()
        return sent

    def _events(self, call: Call, turn: Turn) -> list[JSON]:
        """What follows the opening of a stream, as far as the effect of the call lets it come."""
        if isinstance(call.effect, StreamError):
            return [stream.error(call.effect.code, call.effect.message, nested=call.effect.nested)]
        response = self._finish(turn)
        options = turn.answer.request.get("stream_options") or {}
        obfuscated = options.get("include_obfuscation") is not False
        events = [*stream.saying(response["output"], obfuscated=obfuscated), stream.closing(response)]
        if isinstance(call.effect, HangAfter | ResetAfter):
            return events[: len(events) // 2]
        return events[:-1] if isinstance(call.effect, StreamEnds) else events

    async def _think(self) -> None:
        await self._wire.pause(self._random.uniform(*self._behaviour.latency))

    def _conversation(self, request: JSON) -> Conversation | None:
        """The conversation of a request, where this server keeps any."""
        named = request.get("conversation")
        if named is None or self._behaviour.conversations != "kept":
            return None
        if request.get("previous_response_id") is not None:
            raise errors.both_conversation_and_previous()
        return self._state.conversation(named["id"] if isinstance(named, dict) else named)

    def _earlier(self, request: JSON, conversation: Conversation | None) -> Sequence[StoredItem]:
        if request.get("prompt") is not None:
            raise errors.prompt_not_found(str(request["prompt"].get("id", "")))
        if conversation is not None:
            return conversation.entries
        previous = request.get("previous_response_id")
        return [] if previous is None else self._state.context_of(previous)

    def _tail(self, request: JSON, conversation: Conversation | None) -> str:
        if conversation is not None:
            return tail_of_conversation(conversation.id)
        previous = request.get("previous_response_id")
        return self._state.ids.tail() if previous is None else tail_of_response(previous)

    def _render(
        self,
        request: JSON,
        earlier: Sequence[StoredItem],
        conversation: Conversation | None,
        now: Sequence[Item],
    ) -> _Prompt:
        """What fits into the window: all, or with ``truncation: auto`` without the oldest items."""
        tokens = _fixed_tokens(request) + sum(map(tokens_of, now)) + _tokens(earlier, conversation)
        turns = sum(is_from(item, "user") for item in now)
        turns += (
            sum(is_from(item.body, "user") for item in earlier)
            if conversation is None
            else conversation.user_turns
        )
        start = 0
        while tokens > self._behaviour.context_window:
            if request.get("truncation") != "auto" or start == len(earlier):
                raise errors.context_too_long()
            tokens -= earlier[start].tokens
            turns -= is_from(earlier[start].body, "user")
            start += 1
        return _Prompt(earlier, start, tokens, turns)


def _given(request: JSON) -> list[Item]:
    given: Any = request.get("input") or []
    return [user_message(given)] if isinstance(given, str) else parse_items("input", given)


def _tokens(earlier: Sequence[StoredItem], conversation: Conversation | None) -> int:
    return sum(item.tokens for item in earlier) if conversation is None else conversation.tokens


def _fixed_tokens(request: JSON) -> int:
    """Of what is sent with every turn: instructions and tools."""
    tools = request.get("tools")
    return tokens_in(request.get("instructions") or "") + (len(orjson.dumps(tools)) // 4 if tools else 0)


def _capable_model(request: JSON) -> Model:
    model = find_model(request["model"])
    if model is None:
        raise errors.model_not_found(request["model"])
    for name in _SAMPLING:
        if request.get(name) is not None and not model.samples:
            raise errors.unsupported(name)
    if "message.output_text.logprobs" in (request.get("include") or ()) and not model.samples:
        raise errors.no_logprobs("include")
    if request.get("top_logprobs") and not model.samples:
        raise errors.no_logprobs("top_logprobs")
    if request.get("background"):
        raise errors.not_simulated("background")
    if ((request.get("text") or {}).get("format") or {}).get("type", "text") != "text":
        raise errors.not_simulated("text.format")
    return model


def _limits(tokens: int) -> dict[str, str]:
    """What is left of the rate limits. Resets are durations, not instants."""
    return {
        "x-ratelimit-limit-requests": str(_REQUESTS_PER_MINUTE),
        "x-ratelimit-remaining-requests": str(_REQUESTS_PER_MINUTE - 1),
        "x-ratelimit-reset-requests": "6ms",
        "x-ratelimit-limit-tokens": str(_TOKENS_PER_MINUTE),
        "x-ratelimit-remaining-tokens": str(max(0, _TOKENS_PER_MINUTE - tokens)),
        "x-ratelimit-reset-tokens": f"{tokens * 60_000 // _TOKENS_PER_MINUTE}ms",
    }
