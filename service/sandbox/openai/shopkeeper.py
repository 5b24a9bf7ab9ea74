"""The model of the sandbox: a shop assistant of a few rules, who remembers what was said.

The same question at the same point of the same conversation, with the same seed, is always answered the
same. It answers from what it is given and from nothing else, so an answer that quotes an earlier message
proves that the message was in the thread.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from service.sandbox.openai.items import Item, is_from, output_message, output_text, text_of
from service.sandbox.openai.state import StoredItem

_QUOTE = 120
"""Characters of an earlier message that are quoted."""
_QUOTES = 5

_ASKS_FIRST = re.compile(r"\bfirst\b.*\b(sa(y|id)|t(e|o)l[ld]|ask(ed)?|wr[io]te|message|thing)\b"
                         r"|\b(sa(y|id)|t(e|o)l[ld]|ask(ed)?|wr[io]te|message)\b.*\bfirst\b", re.I | re.S)  # fmt: skip
_ASKS_EARLIER = re.compile(r"\bremember\b|\bdid i (say|tell|ask|write)\b|\bi (said|told|asked) (earlier|before)\b", re.I)  # fmt: skip
_ASKS_NAME = re.compile(r"\bwhat('s| is| was) my name\b|\bwho am i\b", re.I)
_TELLS_NAME = re.compile(r"\bmy name is (\w[\w'-]*)|\bcustomer's name is (\w[\w'-]*)", re.I)
_GREETS = re.compile(r"^\W*(hi|hello|hey|good (morning|afternoon|evening)|hallo|hola|bonjour)\b", re.I)
_ORDER_NUMBER = re.compile(r"\b[A-Z]{1,3}-?\d+\b")

_TOPICS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (
        re.compile(r"\b(refund|return|send (it )?back)\b", re.I),
        ("You can return anything within 30 days; the refund arrives within a week.",
         "Returns are free for 30 days. Shall I send you a label?"),
    ),
    (
        re.compile(r"\b(deliver\w*|ship\w*|parcel|package|arrive\w*|tracking)\b", re.I),
        ("Parcels leave the same day and take two to three working days.",
         "Delivery takes two to three working days; you get a tracking link by e-mail."),
    ),
    (
        re.compile(r"\b(order|bought|purchase)\b", re.I),
        ("I see your order; it is being packed right now.",
         "Your order is with our warehouse and leaves today."),
    ),
    (
        re.compile(r"\b(price|cost|how much|discount|cheap\w*)\b", re.I),
        ("It is 49.90, delivery included.", "That one is 24.50 this week."),
    ),
    (
        re.compile(r"\b(open|opening|hours|close[ds]?)\b", re.I),
        ("We are open from Monday to Saturday, nine to six.",),
    ),
    (
        re.compile(r"\b(size|colou?r|fit|stock|available)\b", re.I),
        ("We have it in all sizes, in blue and in green.", "The medium one is in stock; the large comes on Friday."),
    ),
    (
        re.compile(r"\b(broken|damaged|wrong|complain\w*|angry|terrible)\b", re.I),
        ("I am sorry about that. We will make it right: would you like a new one or your money back?",),
    ),
    (
        re.compile(r"\b(thanks|thank you|great|perfect|cheers)\b", re.I),
        ("You are welcome!", "My pleasure. Anything else?"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heard:
    """What a response is made from: ``earlier[start:]`` was in the thread, ``now`` is new.

    ``turn`` counts the messages of the customer in both.
    """

    earlier: Sequence[StoredItem]
    start: int
    now: Sequence[Item]
    turn: int
    tools: Sequence[dict[str, Any]] = ()
    tool_choice: Any = "auto"

    @property
    def question(self) -> str:
        """The customer's newest words, all messages since the last answer."""
        words = [text_of(item) for item in self.now if is_from(item, "user")]
        return "\n".join(words) if words else next(self._said_newest_first("user"), "")

    def said_before(self) -> list[str]:
        """The customer's earlier messages, oldest first."""
        said = list(self._said_newest_first("user"))
        said.reverse()
        fresh = sum(1 for item in self.now if is_from(item, "user"))
        return said if fresh else said[:-1]

    def everything_said(self) -> Iterator[str]:
        """By customer and in notes (system or developer messages), newest first."""
        for item in reversed(self.now):
            if is_from(item, "user", "system", "developer"):
                yield text_of(item)
        yield from self._said_newest_first("user", "system", "developer")

    def _said_newest_first(self, *roles: str) -> Iterator[str]:
        for index in range(len(self.earlier) - 1, self.start - 1, -1):
            if is_from(self.earlier[index].body, *roles):
                yield text_of(self.earlier[index].body)


@dataclass(frozen=True, slots=True)
class ToolCall:
    name: str
    arguments: dict[str, Any]


class Shopkeeper:
    """Answers as text, or with the tool calls it needs first."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def answer(self, heard: Heard) -> str | list[ToolCall]:
        forced = heard.tool_choice if isinstance(heard.tool_choice, dict) else None
        outputs = [text_of(item) for item in heard.now if item["type"] == "function_call_output"]
        if not (outputs and heard.tool_choice == "auto") and (calls := _wanted(heard, forced)):
            return calls
        if outputs:
            return f"I looked it up: {'; '.join(outputs)}"
        return self._say(heard)

    def _say(self, heard: Heard) -> str:
        question = heard.question
        if _ASKS_FIRST.search(question):
            return _remembered(heard.said_before()[:1])
        if _ASKS_EARLIER.search(question):
            return _remembered(heard.said_before()[-_QUOTES:])
        if _ASKS_NAME.search(question):
            return _name(heard)
        if _GREETS.search(question):
            if heard.turn == 1:
                return "Hello and welcome to the shop! How can I help you?"
            return f"Hello again! This is message {heard.turn} of our conversation. How can I help?"
        for pattern, answers in _TOPICS:
            if pattern.search(question):
                return answers[crc32(f"{self._seed}:{heard.turn}:{question}".encode()) % len(answers)]
        return f'Thank you for your message number {heard.turn}: "{_quoted(question)}". How can I help you with it?'


def _remembered(said: list[str]) -> str:
    if not said:
        return "You have not said anything before this."
    return f"You said earlier: {', '.join(chr(34) + _quoted(text) + chr(34) for text in said)}."


def _name(heard: Heard) -> str:
    for text in heard.everything_said():
        if told := _TELLS_NAME.search(text):
            return f"Your name is {told[1] or told[2]}."
    return "You have not told me your name yet."


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _QUOTE else line[: _QUOTE - 1] + "…"


def _wanted(heard: Heard, forced: dict[str, Any] | None) -> list[ToolCall]:
    functions = [tool for tool in heard.tools if tool["type"] == "function"]
    if heard.tool_choice == "none" or not functions:
        return []
    question = heard.question
    if forced is not None:
        wanted = [tool for tool in functions if tool["name"] == forced.get("name")]
    else:
        wanted = [tool for tool in functions if _asked_for(tool["name"], question)]
        if heard.tool_choice == "required":
            wanted = wanted or functions[:1]
    return [ToolCall(tool["name"], _arguments(tool, question)) for tool in wanted]


def _asked_for(name: str, question: str) -> bool:
    """By its name, spelt with underscores or spaces; an order tool also by "order status"."""
    asked = question.lower()
    spoken = re.sub(r"[_-]+", " ", name.lower())
    return name.lower() in asked or spoken in asked or ("order" in spoken and "order status" in asked)


def _arguments(tool: dict[str, Any], question: str) -> dict[str, Any]:
    properties = (tool.get("parameters") or {}).get("properties") or {}
    return {name: _argument(schema, question) for name, schema in properties.items()}


def _argument(schema: Any, question: str) -> Any:
    if not isinstance(schema, dict):
        return None
    if schema.get("enum"):
        return schema["enum"][0]
    number = re.search(r"\d+", question)
    match schema.get("type"):
        case "integer" | "number":
            return int(number[0]) if number else 1
        case "boolean":
            return True
        case "array":
            return []
        case "object":
            return {}
        case _:
            order = _ORDER_NUMBER.search(question)
            return order[0] if order else _quoted(question)


def spoken(text: str) -> Item:
    """An answer as an output item that has no id yet."""
    return output_message([output_text(text)])


def as_arguments(arguments: dict[str, Any]) -> str:
    """Arguments of a call as the JSON text that a ``function_call`` carries."""
    return json.dumps(arguments, separators=(",", ":"), ensure_ascii=False)
