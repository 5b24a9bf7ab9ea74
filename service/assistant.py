"""Answers: a customer's turn goes to the model, a draft of the reply comes back.

https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from openai import AsyncOpenAI

from service.provider import Answer, OutcomeUnknown, answer_to, nonsense, plain_code
from service.threads import Item, Said, message, storable

Outcome = Literal["completed", "incomplete", "refused", "empty", "failed"]

_UNFINISHED: Final = ("queued", "in_progress")


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer. Cached and written ones are part of the input, reasoning of the output."""

    input_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the model wants run. ``arguments`` is JSON text, or what the model took for it."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the model made of a turn.

    Where there are ``tool_calls``, the answer is still to come: each has to be answered, or the thread
    takes no further message. ``incomplete`` keeps the text as far as it got, ``refused`` the words of the
    refusal; ``failed`` has no text, and says why in ``failure_code``, as ``incomplete`` does. ``model`` is
    what the provider resolved ours to. ``last_item_id`` is the newest item of the thread, where this
    answer wrote any. ``remembered``: the provider showed that it knows the thread; where it did not, it
    answered without any memory. ``asked`` is what was put to the model where there is no thread.
    """

    text: str
    outcome: Outcome
    tool_calls: tuple[ToolCall, ...] = ()
    response_id: str | None = None
    request_id: str | None = None
    model: str | None = None
    usage: Usage | None = None
    latency_ms: int = 0
    last_item_id: str | None = None
    remembered: bool = False
    failure_code: str | None = None
    asked: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)


class Assistant:
    """The model with its instructions and tools, which go with every turn: the provider keeps neither.

    ``tools`` are as the provider wants them: functions, hosted tools and MCP servers alike. ``timeout`` is
    in seconds and for a whole answer; ``clock`` gives monotonic seconds.

    Every method takes ``safety_identifier``, a hash of the sender of at most 128 characters, so that the
    provider can block one person rather than all, and ``conversation_key``, which finds the prompt cache of
    this conversation again; all raise :class:`~service.provider.ProviderFault`.
    https://developers.openai.com/api/docs/guides/safety-checks
    """

    def __init__(
        self,
        client: AsyncOpenAI,
        *,
        model: str,
        instructions: str,
        tools: Sequence[Mapping[str, Any]] = (),
        max_output_tokens: int,
        timeout: float,
        clock: Callable[[], float],
    ) -> None:
        self._responses = client.responses.with_raw_response
        self._timeout = timeout
        self._clock = clock
        self._always: dict[str, Any] = {
            "model": model,
            "instructions": storable(instructions),
            "max_output_tokens": max_output_tokens,
            "truncation": "auto",
        }
        if tools:
            self._always["tools"] = [dict(tool) for tool in tools]

    async def draft(
        self, thread_id: str, said: Sequence[str | Said], *, safety_identifier: str, conversation_key: str
    ) -> Draft:
        """The answer to everything in ``said``, a message each, as one turn on the thread.
        A plain text is the customer's."""
        turn = [message(Said("user", each) if isinstance(each, str) else each) for each in said]
        return await self._on_thread(thread_id, turn, safety_identifier, conversation_key)

    async def answer_tools(
        self,
        thread_id: str,
        outputs: Mapping[str, str],
        said: Sequence[str] = (),
        *,
        safety_identifier: str,
        conversation_key: str,
    ) -> Draft:
        """What the model says to the results of its calls, ``{call_id: output}``.

        ``said`` may add what the customer wrote since: so one request heals a thread and goes on in it.
        """
        turn = [_output(call_id, output) for call_id, output in outputs.items()]
        turn += [message(Said("user", text)) for text in said]
        return await self._on_thread(thread_id, turn, safety_identifier, conversation_key)

    async def draft_alone(
        self, history: Sequence[Said], *, safety_identifier: str, conversation_key: str
    ) -> Draft:
        """The answer to a history that ends with the customer's turn, without a thread.

        Nothing is kept at the provider, and every compatible server can do it.
        """
        turn = [message(said) for said in history]
        return await self._alone(turn, safety_identifier, conversation_key)

    async def answer_tools_alone(
        self, draft: Draft, outputs: Mapping[str, str], *, safety_identifier: str, conversation_key: str
    ) -> Draft:
        """What the model says to the results of the calls of ``draft``, which was made without a thread.

        Raises ``KeyError`` where a call has no output.
        """
        turn = list(draft.asked)
        for call in draft.tool_calls:
            turn += [_call(call), _output(call.call_id, outputs[call.call_id])]
        return await self._alone(turn, safety_identifier, conversation_key)

    async def _on_thread(
        self, thread_id: str, turn: list[dict[str, Any]], safety_identifier: str, conversation_key: str
    ) -> Draft:
        return await self._ask(
            thread_id,
            conversation=thread_id,
            input=turn,
            safety_identifier=safety_identifier,
            prompt_cache_key=conversation_key,
        )

    async def _alone(
        self, turn: Sequence[Mapping[str, Any]], safety_identifier: str, conversation_key: str
    ) -> Draft:
        draft = await self._ask(
            None,
            store=False,
            input=turn,
            safety_identifier=safety_identifier,
            prompt_cache_key=conversation_key,
        )
        return replace(draft, asked=tuple(turn))

    async def _ask(self, thread_id: str | None, **turn: Any) -> Draft:
        began = self._clock()
        # In ``extra_body`` everything goes out as it is. The SDK looks through arguments for fields to
        # rename, which costs more than all the rest of a long turn.
        call = self._responses.create(extra_body={**self._always, **turn})
        answer = await answer_to(call, within=self._timeout)
        return _draft(answer, thread_id, latency_ms=round((self._clock() - began) * 1000))


def read_back(items: Sequence[Item]) -> Draft | None:
    """The answer that a thread holds, where the answer to the request for it was lost.

    ``items`` are all that followed the last known item. What was put in last is what was answered: the
    customer's messages, or outputs of functions. None where nothing came after it, and no call waits for
    its output; what no input precedes belongs to an earlier turn.
    """
    made = _after_last_input(items)
    answered = {item.call_id for item in items if item.type == "function_call_output"}
    waiting = tuple(call for call in _calls(items) if call.call_id not in answered)
    if not made and not waiting:
        return None
    cut = any(item.status == "incomplete" for item in made)
    text, outcome = _spoken(made, waiting, incomplete=cut)
    return Draft(text=text, outcome=outcome, tool_calls=waiting, last_item_id=items[-1].id, remembered=True)


def _draft(answer: Answer, thread_id: str | None, *, latency_ms: int) -> Draft:
    body = answer.body
    status = body.get("status")
    if status in _UNFINISHED:
        raise OutcomeUnknown(f"response_{status}", 200)
    failed = status not in ("completed", "incomplete", None)
    items = [] if failed else _output_items(body)
    calls = _calls(items)
    text, outcome = _spoken(items, calls, incomplete=status == "incomplete")
    remembered = thread_id is not None and _thread_of(body) == thread_id
    return Draft(
        text=text,
        outcome="failed" if failed else outcome,
        tool_calls=calls,
        response_id=_text(body.get("id")),
        request_id=answer.request_id,
        model=_text(body.get("model")),
        usage=_usage(body.get("usage")),
        latency_ms=latency_ms,
        last_item_id=items[-1].id if items and remembered else None,
        remembered=remembered,
        failure_code=_failure_code(body) if failed or outcome == "incomplete" else None,
    )


def _spoken(items: Sequence[Item], calls: Sequence[ToolCall], *, incomplete: bool) -> tuple[str, Outcome]:
    """What the customer is to read of an output, and what kind of answer that is."""
    messages = _addressed([item for item in items if item.type == "message" and item.role != "user"])
    if refusal := _joined(item.refusal for item in messages):
        return refusal, "refused"
    text = _joined(item.text for item in messages)
    if incomplete:
        return text, "incomplete"
    return text, "completed" if text or calls else "empty"


def _addressed(messages: Sequence[Item]) -> Sequence[Item]:
    """Of messages with phases, those that are the answer: some models say it twice, or think aloud before."""
    for phase in ("final_answer", None):
        if chosen := [message for message in messages if message.phase == phase]:
            return chosen
    return messages


def _joined(texts: Iterable[str]) -> str:
    """Paragraphs, of which identical ones stand once."""
    return "\n\n".join(dict.fromkeys(text for text in map(str.strip, texts) if text))


def _calls(items: Sequence[Item]) -> tuple[ToolCall, ...]:
    return tuple(
        ToolCall(item.call_id, item.name or "", item.arguments or "")
        for item in items
        if item.type == "function_call" and item.call_id
    )


def _after_last_input(items: Sequence[Item]) -> Sequence[Item]:
    for at in range(len(items) - 1, -1, -1):
        if items[at].type == "function_call_output" or items[at].role not in (None, "assistant"):
            return items[at + 1 :]
    return ()


def _output_items(body: Mapping[str, Any]) -> list[Item]:
    output = body.get("output")
    if not isinstance(output, list):
        raise nonsense()
    return [Item.of(raw) for raw in output if isinstance(raw, dict)]


def _thread_of(body: Mapping[str, Any]) -> str | None:
    named = body.get("conversation")
    return _text(named.get("id") if isinstance(named, dict) else named)


def _failure_code(body: Mapping[str, Any]) -> str:
    for member, word in (("error", "code"), ("incomplete_details", "reason")):
        details = body.get(member)
        if isinstance(details, dict) and (code := plain_code(details.get(word))):
            return code
    return plain_code(body.get("status")) or "failed"


def _usage(usage: Any) -> Usage | None:
    if not isinstance(usage, dict):
        return None
    read, written = usage.get("input_tokens_details"), usage.get("output_tokens_details")
    return Usage(
        input_tokens=_count(usage, "input_tokens"),
        cached_tokens=_count(read, "cached_tokens"),
        cache_write_tokens=_count(read, "cache_write_tokens"),
        output_tokens=_count(usage, "output_tokens"),
        reasoning_tokens=_count(written, "reasoning_tokens"),
    )


def _count(counts: Any, name: str) -> int:
    count = counts.get(name) if isinstance(counts, dict) else None
    return count if isinstance(count, int) and count > 0 else 0


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _call(call: ToolCall) -> dict[str, Any]:
    return {
        "type": "function_call",
        "call_id": call.call_id,
        "name": call.name,
        "arguments": call.arguments,
    }


def _output(call_id: str, output: str) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call_id, "output": storable(output)}
