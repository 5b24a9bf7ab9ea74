"""Items: what callers write, as the service stores it and lists it again."""

from __future__ import annotations

from typing import Any

from service.sandbox.openai import errors
from service.sandbox.openai.ids import PREFIXES

Item = dict[str, Any]
"""An item as JSON. Stored ones have an ``id``."""

TYPES = (
    "additional_tools",
    "agent_message",
    "apply_patch_call",
    "apply_patch_call_output",
    "code_interpreter_call",
    "compaction",
    "compaction_trigger",
    "computer_call",
    "computer_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "file_search_call",
    "function_call",
    "function_call_output",
    "image_generation_call",
    "item_reference",
    "local_shell_call",
    "local_shell_call_output",
    "mcp_approval_request",
    "mcp_approval_response",
    "mcp_call",
    "mcp_list_tools",
    "message",
    "multi_agent_call",
    "multi_agent_call_output",
    "program",
    "program_output",
    "reasoning",
    "shell_call",
    "shell_call_output",
    "tool_search_call",
    "tool_search_output",
    "web_search_call",
)
ROLES = ("assistant", "system", "developer", "user")
PARTS = (
    "input_text",
    "input_image",
    "input_audio",
    "output_text",
    "refusal",
    "input_file",
    "computer_screenshot",
    "summary_text",
    "encrypted_content",
)
WRITTEN_PARTS = ("input_text", "input_image", "input_file", "scoped_content", "input_audio")
ANSWERED_PARTS = ("output_text", "refusal")
MESSAGE_MEMBERS = {"type", "id", "role", "content", "status"}

_REQUIRED = {
    "function_call": ("call_id", "name", "arguments"),
    "function_call_output": ("call_id", "output"),
    "item_reference": ("id",),
    "reasoning": ("summary",),
}

_ITEM_OVERHEAD = 4
_OPAQUE_PART = 85
"""Tokens of an image or file, whose content is never looked at."""


def parse_items(path: str, values: list[Any]) -> list[Item]:
    """The items as they would be stored, but for the ids.

    An item keeps the ``id`` its caller gave. Raises :class:`~errors.ApiError` for the first fault.
    """
    return [_parse(f"{path}[{index}]", value) for index, value in enumerate(values)]


def user_message(text: str) -> Item:
    """What a bare string as ``input`` stands for."""
    return _message("user", [{"type": "input_text", "text": text}])


def output_message(
    parts: list[dict[str, Any]], *, status: str = "completed", phase: str | None = None
) -> Item:
    message = _message("assistant", parts)
    message["status"] = status
    if phase is not None:
        message["phase"] = phase
    return message


def output_text(text: str) -> dict[str, Any]:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def function_call(call_id: str, name: str, arguments: str) -> Item:
    return {
        "type": "function_call",
        "status": "completed",
        "arguments": arguments,
        "call_id": call_id,
        "name": name,
    }


def text_of(item: Item) -> str:
    """All that an item says, for the shopkeeper and for counting."""
    match item["type"]:
        case "message":
            return " ".join(map(_said, item["content"]))
        case "function_call":
            return f"{item['name']} {item['arguments']}"
        case "function_call_output":
            output = item["output"]
            return output if isinstance(output, str) else " ".join(map(_said, output))
        case _:
            return ""


def is_from(item: Item, *roles: str) -> bool:
    return item["type"] == "message" and item["role"] in roles


def tokens_in(text: str) -> int:
    """Four characters to a token: near enough for growth, limits and prices."""
    return -(-len(text) // 4)


def tokens_of(item: Item) -> int:
    """Tokens of an item in a rendered prompt."""
    tokens = _ITEM_OVERHEAD + tokens_in(text_of(item))
    if item["type"] == "message":
        tokens += _OPAQUE_PART * sum(1 for part in item["content"] if not _said(part))
    return tokens


def _said(part: Any) -> str:
    if not isinstance(part, dict):
        return ""
    said = part.get("text") or part.get("refusal")
    return said if isinstance(said, str) else ""


def _parse(path: str, value: Any) -> Item:
    if not isinstance(value, dict):
        raise errors.wrong_type(path, "an input item", value)
    kind = value.get("type", "message")
    if kind not in TYPES:
        raise errors.not_among(path, kind if isinstance(kind, str) else "", TYPES)
    item = _parse_message(path, value) if kind == "message" else _parse_other(path, kind, value)
    if value.get("id") is not None:
        item["id"] = _checked_id(path, kind, value["id"])
    return item


def _parse_message(path: str, value: dict[str, Any]) -> Item:
    role = value.get("role", "")
    if role not in ROLES:
        raise errors.not_among(path, role, ROLES)
    known = MESSAGE_MEMBERS | {"phase"} if role == "assistant" else MESSAGE_MEMBERS
    for member in value:
        if member not in known:
            raise errors.unknown(f"{path}.{member}")
    if value.get("content") is None:
        raise errors.missing(f"{path}.content")
    message = _message(role, _parse_content(f"{path}.content", role, value["content"]))
    if (phase := value.get("phase")) is not None:
        if phase not in ("commentary", "final_answer"):
            raise errors.not_among(f"{path}.phase", phase, ("commentary", "final_answer"))
        message["phase"] = phase
    return message


def _parse_content(path: str, role: str, content: Any) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [output_text(content) if role == "assistant" else {"type": "input_text", "text": content}]
    if not isinstance(content, list):
        raise errors.wrong_type(path, "one of a string or array of objects", content)
    return [_parse_part(f"{path}[{index}]", role, part) for index, part in enumerate(content)]


def _parse_part(path: str, role: str, part: Any) -> dict[str, Any]:
    if not isinstance(part, dict):
        raise errors.wrong_type(path, "an object", part)
    kind = part.get("type", "")
    if kind not in PARTS:
        raise errors.not_among(f"{path}.type", kind, PARTS)
    allowed = ANSWERED_PARTS if role == "assistant" else WRITTEN_PARTS
    if kind not in allowed:
        raise errors.not_among(path, kind, allowed)
    if kind in ("input_text", "output_text"):
        _require_text(path, part, "text")
        return output_text(part["text"]) if kind == "output_text" else {"type": kind, "text": part["text"]}
    if kind == "refusal":
        _require_text(path, part, "refusal")
    return dict(part)


def _require_text(path: str, part: dict[str, Any], member: str) -> None:
    if member not in part:
        raise errors.missing(f"{path}.{member}")
    if not isinstance(part[member], str):
        raise errors.wrong_type(f"{path}.{member}", "a string", part[member])


def _parse_other(path: str, kind: str, value: dict[str, Any]) -> Item:
    for member in _REQUIRED.get(kind, ()):
        if value.get(member) is None:
            raise errors.missing(f"{path}.{member}")
    for member in ("call_id", "name", "arguments"):
        if value.get(member) is not None and not isinstance(value[member], str):
            raise errors.wrong_type(f"{path}.{member}", "a string", value[member])
    if kind == "function_call_output" and not isinstance(value["output"], str | list):
        raise errors.wrong_type(f"{path}.output", "one of a string or array of objects", value["output"])
    item = {name: member for name, member in value.items() if name != "id"}
    if kind in ("function_call", "function_call_output"):
        item["status"] = value.get("status") or "completed"
    return item


def _checked_id(path: str, kind: str, value: Any) -> str:
    if not isinstance(value, str):
        raise errors.wrong_type(f"{path}.id", "a string", value)
    prefix = PREFIXES.get(kind, "")
    if not value.startswith(prefix):
        raise errors.wrong_id_prefix(f"{path}.id", value, prefix)
    return value


def _message(role: str, content: list[dict[str, Any]]) -> Item:
    return {"type": "message", "status": "completed", "role": role, "content": content}
