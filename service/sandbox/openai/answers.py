"""Response objects: what the model said, dressed as OpenAI dresses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from service.sandbox.faults import (
    Calls,
    Effect,
    EmptyOutput,
    Failed,
    Incomplete,
    Phases,
    Refusal,
    Says,
    UnknownItem,
)
from service.sandbox.openai.ids import IdMint
from service.sandbox.openai.items import (
    Item,
    function_call,
    output_message,
    output_text,
    text_of,
    tokens_in,
)
from service.sandbox.openai.models import Model
from service.sandbox.openai.tool_calls import ToolCall

JSON = dict[str, Any]

_CACHE_MINIMUM, _CACHE_STEP = 1024, 128
"""Prompts are cached from this many tokens on, in steps of so many."""

_CHARACTERS_PER_TOKEN = 4


@dataclass(slots=True)
class Outcome:
    """What came of a turn. ``output`` items have no ids yet."""

    output: list[Item]
    incomplete: str | None = None
    error: JSON | None = None

    @property
    def status(self) -> str:
        if self.error is not None:
            return "failed"
        return "completed" if self.incomplete is None else "incomplete"


def outcome_of(answer: str | list[ToolCall], effect: Effect | None, ids: IdMint) -> Outcome:
    """The model's answer, or what a fault makes of it."""
    match effect:
        case Says(text=text):
            outcome = Outcome([_message(text)])
        case Calls(name=name, arguments=arguments):
            outcome = Outcome(_output([ToolCall(name, arguments)], ids))
        case Refusal(text=text):
            outcome = Outcome([output_message([{"type": "refusal", "refusal": text}])])
        case EmptyOutput():
            outcome = Outcome([])
        case Failed(code=code, message=message):
            outcome = Outcome([], error={"code": code, "message": message})
        case Phases(commentary=commentary):
            final = [_in_phase(item, "final_answer") for item in _output(answer, ids)]
            outcome = Outcome([_in_phase(_message(commentary), "commentary"), *final])
        case UnknownItem(type=kind):
            outcome = Outcome([{"type": kind, "status": "completed"}, *_output(answer, ids)])
        case Incomplete():
            outcome = _cut_short(answer, effect)
        case _:
            outcome = Outcome(_output(answer, ids))
    return outcome


def limited(outcome: Outcome, max_output_tokens: int | None) -> Outcome:
    """The outcome, with its messages cut where they exceed the limit."""
    if max_output_tokens is None or outcome.error is not None:
        return outcome
    left = max_output_tokens * _CHARACTERS_PER_TOKEN
    for index, item in enumerate(outcome.output):
        said = len(text_of(item))
        if said > left and item["type"] == "message":
            cut = output_message(
                [output_text(text_of(item)[:left])], status="incomplete", phase=item.get("phase")
            )
            return Outcome([*outcome.output[:index], cut], incomplete="max_output_tokens")
        left -= said
    return outcome


def usage_of(prompt_tokens: int, output: Sequence[Item], cached_prefix: int, *, writes: bool) -> JSON:
    """``prompt_tokens`` include the cached ones; ``cached_prefix`` is what an earlier prompt left in the
    cache, ``writes`` whether the model reports what it adds to it.
    """
    cached = min(cached_prefix, prompt_tokens) // _CACHE_STEP * _CACHE_STEP
    if cached < _CACHE_MINIMUM:
        cached = 0
    written = prompt_tokens - cached if writes and prompt_tokens >= _CACHE_MINIMUM else 0
    produced = sum(tokens_in(text_of(item)) for item in output)
    return {
        "input_tokens": prompt_tokens,
        "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written},
        "output_tokens": produced,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": prompt_tokens + produced,
    }


@dataclass(slots=True)
class Answer:
    """A response in the making: the request it answers and what is known before it ends."""

    id: str
    created_at: int
    request: JSON
    model: Model
    conversation_id: str | None
    outcome: Outcome
    output: list[Item] = field(default_factory=list)
    usage: JSON | None = None

    def in_progress(self) -> JSON:
        """As the first events of a stream show it."""
        return self._object(
            status="in_progress", output=[], usage=None, service_tier="auto", completed_at=None
        )

    def ended(self, now: float) -> JSON:
        """As it is answered and stored."""
        outcome = self.outcome
        response = self._object(
            status=outcome.status,
            output=self.output,
            usage=self.usage,
            service_tier=_tier(self.request.get("service_tier")),
            completed_at=int(now) if outcome.status == "completed" else None,
        )
        response["error"] = outcome.error
        if outcome.incomplete is not None:
            response["incomplete_details"] = {"reason": outcome.incomplete}
        return response

    def _object(self, **known: Any) -> JSON:
        response = {
            "id": self.id,
            "object": "response",
            "created_at": self.created_at,
            "status": known["status"],
            "completed_at": known["completed_at"],
            "background": False,
            "billing": {"payer": "developer"},
            "access_programs": None,
            "error": None,
            "incomplete_details": None,
            "model": self.model.resolved,
            "moderation": None,
            "output": known["output"],
            "service_tier": known["service_tier"],
            "tool_usage": _NO_TOOL_USAGE,
            "usage": known["usage"],
            **_echoed(self.request, samples=self.model.samples),
        }
        if self.conversation_id is not None:
            response["conversation"] = {"id": self.conversation_id}
        return response


def _echoed(request: JSON, *, samples: bool) -> JSON:
    """What a response repeats of its request, with the defaults of what was not said."""
    return {
        "instructions": request.get("instructions"),
        "max_output_tokens": request.get("max_output_tokens"),
        "max_tool_calls": request.get("max_tool_calls"),
        "metadata": request.get("metadata") or {},
        "parallel_tool_calls": request.get("parallel_tool_calls") is not False,
        "previous_response_id": request.get("previous_response_id"),
        "presence_penalty": request.get("presence_penalty") or 0.0,
        "frequency_penalty": request.get("frequency_penalty") or 0.0,
        "prompt_cache_key": request.get("prompt_cache_key"),
        "prompt_cache_retention": "in_memory" if samples else "24h",
        "reasoning": _reasoning(request.get("reasoning") or {}, samples=samples),
        "safety_identifier": request.get("safety_identifier"),
        "store": request.get("store") is not False,
        "temperature": _default(request.get("temperature"), 1.0),
        "text": {
            "format": {"type": "text"},
            "verbosity": (request.get("text") or {}).get("verbosity") or "medium",
        },
        "tool_choice": request.get("tool_choice") or "auto",
        "tools": [echoed_tool(tool) for tool in request.get("tools") or ()],
        "top_logprobs": request.get("top_logprobs") or 0,
        "top_p": _default(request.get("top_p"), 1.0 if samples else 0.98),
        "truncation": request.get("truncation") or "disabled",
        "user": request.get("user"),
    }


def echoed_tool(tool: JSON) -> JSON:
    """A tool as responses show it. Where a function does not say ``strict``, the service makes it so:
    no further properties, and every property required.
    """
    if tool["type"] != "function":
        return tool
    strict = tool.get("strict")
    parameters = tool.get("parameters")
    if strict is None and isinstance(parameters, dict):
        properties = list(parameters.get("properties") or ())
        parameters = {**parameters, "additionalProperties": False, "required": properties}
    return {
        "type": "function",
        "description": tool.get("description"),
        "name": tool["name"],
        "parameters": parameters,
        "strict": strict is not False,
    }


_NO_TOKENS = {"image_tokens": 0, "text_tokens": 0}
_NO_TOOL_USAGE: JSON = {
    "image_gen": {
        "input_tokens": 0,
        "input_tokens_details": _NO_TOKENS,
        "output_tokens": 0,
        "output_tokens_details": _NO_TOKENS,
        "total_tokens": 0,
    },
    "web_search": {"num_requests": 0},
}


def _output(answer: str | list[ToolCall], ids: IdMint) -> list[Item]:
    if isinstance(answer, str):
        return [_message(answer)]
    return [function_call(ids.call(), call.name, call.arguments_text) for call in answer]


def _message(text: str) -> Item:
    return output_message([output_text(text)])


def _in_phase(item: Item, phase: str) -> Item:
    return {**item, "phase": phase} if item["type"] == "message" else item


def _cut_short(answer: str | list[ToolCall], effect: Incomplete) -> Outcome:
    whole = answer if isinstance(answer, str) else ""
    text = whole[: len(whole) // 2] if effect.text is None else effect.text
    cut = [output_message([output_text(text)], status="incomplete")] if text else []
    return Outcome(cut, incomplete=effect.reason)


def _reasoning(asked: JSON, *, samples: bool) -> JSON:
    if samples:
        return {"context": None, "effort": None, "summary": None}
    return {
        "context": asked.get("context") or "all_turns",
        "effort": asked.get("effort") or "medium",
        "summary": asked.get("summary"),
    }


def _tier(asked: str | None) -> str:
    return {"fast": "priority", "auto": "default", None: "default"}.get(asked, asked or "default")


def _default(value: Any, default: float) -> Any:
    return default if value is None else value
