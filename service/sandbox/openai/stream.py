"""A response as server-sent events.

https://platform.openai.com/docs/api-reference/responses-streaming has the events. Each is an ``event:``
line, a ``data:`` line and an empty line; there is no ``[DONE]``, the terminal event is the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

from service.sandbox.openai.items import Item

JSON = dict[str, Any]

CONTENT_TYPE = "text/event-stream; charset=utf-8"

_PIECES = re.compile(r"\s*\S+\s*")


class EventFraming:
    """Numbers events from 0 and puts them into bytes."""

    def __init__(self) -> None:
        self._next = 0

    def frame(self, event: JSON) -> bytes:
        numbered = {"type": event["type"], "sequence_number": self._next, **event}
        self._next += 1
        return b"event: %s\ndata: %s\n\n" % (event["type"].encode(), orjson.dumps(numbered))


def opening(response: JSON) -> list[JSON]:
    """Before the model has said anything; ``response`` is in progress."""
    return [
        {"type": "response.created", "response": response},
        {"type": "response.in_progress", "response": response},
    ]


def saying(output: list[Item], *, obfuscated: bool) -> Iterator[JSON]:
    """The output items, piece by piece. ``obfuscated``: deltas carry padding, as is the default."""
    for index, item in enumerate(output):
        yield {"type": "response.output_item.added", "output_index": index, "item": _begun(item)}
        if item["type"] == "message":
            for part_index, part in enumerate(item["content"]):
                at = {"item_id": item["id"], "output_index": index, "content_index": part_index}
                yield from _part(part, at, obfuscated=obfuscated)
        elif item["type"] == "function_call":
            yield from _arguments(item, index, obfuscated=obfuscated)
        yield {"type": "response.output_item.done", "output_index": index, "item": item}


def closing(response: JSON) -> JSON:
    """The terminal event of a response that ended."""
    return {"type": f"response.{response['status']}", "response": response}


def error(code: str, message: str, *, nested: bool) -> JSON:
    """The terminal event of a stream that broke, in either of the two shapes that occur."""
    detail = {"code": code, "message": message, "param": None}
    if nested:
        return {"type": "error", "error": {"type": "server_error", **detail}}
    return {"type": "error", **detail}


def _begun(item: Item) -> Item:
    begun = {**item, "status": "in_progress"}
    if item["type"] == "message":
        begun["content"] = []
    elif item["type"] == "function_call":
        begun["arguments"] = ""
    return begun


def _part(part: JSON, at: JSON, *, obfuscated: bool) -> Iterator[JSON]:
    kind, member = ("refusal", "refusal") if part["type"] == "refusal" else ("output_text", "text")
    logprobs: JSON = {"logprobs": []} if kind == "output_text" else {}
    yield {"type": "response.content_part.added", **at, "part": {**part, member: ""}}
    for piece in _pieces(part[member]):
        delta = {"type": f"response.{kind}.delta", **at, "delta": piece, **logprobs}
        yield _padded(delta, obfuscated=obfuscated)
    yield {"type": f"response.{kind}.done", **at, member: part[member], **logprobs}
    yield {"type": "response.content_part.done", **at, "part": part}


def _arguments(item: Item, index: int, *, obfuscated: bool) -> Iterator[JSON]:
    at = {"item_id": item["id"], "output_index": index}
    for piece in _pieces(item["arguments"]):
        delta = {"type": "response.function_call_arguments.delta", **at, "delta": piece}
        yield _padded(delta, obfuscated=obfuscated)
    yield {
        "type": "response.function_call_arguments.done",
        **at,
        "arguments": item["arguments"],
        "name": item["name"],
    }


def _pieces(text: str) -> list[str]:
    return _PIECES.findall(text) if text.strip() else [text] * bool(text)


def _padded(delta: JSON, *, obfuscated: bool) -> JSON:
    """Padding hides the length of a delta from who watches the line; here it fills to 16."""
    if not obfuscated:
        return delta
    return {**delta, "obfuscation": "x" * (-len(delta["delta"]) % 16)}
