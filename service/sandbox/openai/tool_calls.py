"""When the shopkeeper calls a function, and with what."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_ORDER_NUMBER = re.compile(r"\b[A-Z]{1,3}-?\d+\b")
_NUMBER = re.compile(r"\d+")
_LONGEST_ARGUMENT = 120


@dataclass(frozen=True, slots=True)
class ToolCall:
    name: str
    arguments: dict[str, Any]

    @property
    def arguments_text(self) -> str:
        """The JSON text that a ``function_call`` item carries."""
        return json.dumps(self.arguments, separators=(",", ":"), ensure_ascii=False)


def calls_for(question: str, tools: Sequence[dict[str, Any]], choice: Any) -> list[ToolCall]:
    """The functions among ``tools`` that ``question`` asks for, or that ``tool_choice`` forces.

    A function is asked for by its name, spelt with underscores or with spaces; one with "order" in its
    name also by the words "order status".
    """
    functions = [tool for tool in tools if tool["type"] == "function"]
    if choice == "none" or not functions:
        return []
    if isinstance(choice, dict):
        wanted = [tool for tool in functions if tool["name"] == choice.get("name")]
    else:
        wanted = [tool for tool in functions if _asked_for(tool["name"].lower(), question.lower())]
        if choice == "required" and not wanted:
            wanted = functions[:1]
    return [ToolCall(tool["name"], _arguments(tool, question)) for tool in wanted]


def _asked_for(name: str, question: str) -> bool:
    spoken = re.sub(r"[_-]+", " ", name)
    return name in question or spoken in question or ("order" in name and "order status" in question)


def _arguments(tool: dict[str, Any], question: str) -> dict[str, Any]:
    properties = (tool.get("parameters") or {}).get("properties") or {}
    return {name: _argument(schema, question) for name, schema in properties.items()}


def _argument(schema: Any, question: str) -> Any:
    """Something that fits the schema; for a text, the order number in the question or all of it."""
    if isinstance(schema, dict) and schema.get("enum"):
        return schema["enum"][0]
    match schema.get("type") if isinstance(schema, dict) else None:
        case "integer" | "number":
            number = _NUMBER.search(question)
            fitting: Any = int(number[0]) if number else 1
        case "boolean":
            fitting = True
        case "array":
            fitting = []
        case "object":
            fitting = {}
        case _:
            order = _ORDER_NUMBER.search(question)
            fitting = order[0] if order else question[:_LONGEST_ARGUMENT]
    return fitting
