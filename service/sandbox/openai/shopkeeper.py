"""The model of the sandbox: a shop assistant of a few rules, who remembers what was said.

The same question at the same point of the same conversation, with the same seed, is always answered the
same. It answers from what it is given and from nothing else, so an answer that quotes an earlier message
proves that the message was in the thread.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from service.sandbox.openai.items import Item, is_from, text_of
from service.sandbox.openai.state import StoredItem
from service.sandbox.openai.tool_calls import ToolCall, calls_for

_QUOTE = 120
"""Characters of an earlier message that are quoted."""
_QUOTES = 5

_SPOKE = r"(say|said|tell|told|ask|asked|write|wrote|message|thing)"
_TELLS_NAME = re.compile(r"\b(?:my|customer's) name is (\w[\w'-]*)", re.IGNORECASE)

_TOPICS = (
    (
        r"\b(refund|returns?|send (it )?back)\b",
        "You can return anything within 30 days; the refund arrives within a week.",
        "Returns are free for 30 days. Shall I send you a label?",
    ),
    (
        r"\b(deliver\w*|ship\w*|parcel|package|arrive\w*|tracking)\b",
        "Parcels leave the same day and take two to three working days.",
        "Delivery takes two to three working days; you get a tracking link by e-mail.",
    ),
    (
        r"\b(order\w*|bought|purchase)\b",
        "I see your order; it is being packed right now.",
        "Your order is with our warehouse and leaves today.",
    ),
    (
        r"\b(prices?|costs?|how much|discount|cheap\w*)\b",
        "It is 49.90, delivery included.",
        "That one is 24.50 this week.",
    ),
    (r"\b(open|opening|hours|close[ds]?)\b", "We are open from Monday to Saturday, nine to six."),
    (
        r"\b(sizes?|colou?rs?|fits?|stock|available)\b",
        "We have it in all sizes, in blue and in green.",
        "The medium one is in stock; the large comes on Friday.",
    ),
    (
        r"\b(broken|damaged|wrong|complain\w*|angry|terrible)\b",
        "I am sorry about that. Would you like a new one, or your money back?",
    ),
    (r"\b(thanks|thank you|great|perfect|cheers)\b", "You are welcome!", "My pleasure. Anything else?"),
)
"""What to look for in a question, and the answers to choose from."""


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
    def unanswered(self) -> Sequence[Item]:
        """The new items after the last answer among them: input may hold a whole history."""
        for index in range(len(self.now) - 1, -1, -1):
            if is_from(self.now[index], "assistant"):
                return self.now[index + 1 :]
        return self.now

    @property
    def question(self) -> str:
        """What is to be answered: the unanswered messages, or else the newest one there is."""
        new = [text_of(item) for item in self.unanswered if is_from(item, "user")]
        return "\n".join(new) if new else next(self._newest_first("user"), "")

    def said_before(self) -> list[str]:
        """The customer's messages before the question, oldest first."""
        said = list(self._newest_first("user"))
        said.reverse()
        return said[: len(said) - max(1, sum(is_from(item, "user") for item in self.unanswered))]

    def told(self) -> Iterator[str]:
        """All that customer and notes (system or developer messages) said, newest first."""
        return self._newest_first("user", "system", "developer")

    def _newest_first(self, *roles: str) -> Iterator[str]:
        for item in reversed(self.now):
            if is_from(item, *roles):
                yield text_of(item)
        for index in range(len(self.earlier) - 1, self.start - 1, -1):
            if is_from(self.earlier[index].body, *roles):
                yield text_of(self.earlier[index].body)


class Shopkeeper:
    """Answers with a text, or with the function calls it needs first."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def answer(self, heard: Heard) -> str | list[ToolCall]:
        """Outputs of functions are told on; a forced choice of tools is obeyed even then."""
        outputs = [text_of(item) for item in heard.unanswered if item["type"] == "function_call_output"]
        if heard.tool_choice != "auto" or not outputs:
            calls = calls_for(heard.question, heard.tools, heard.tool_choice)
            if calls:
                return calls
        if outputs:
            return f"I looked it up: {'; '.join(outputs)}"
        question = heard.question.lower()
        for pattern, reply in _RULES:
            if pattern.search(question):
                return reply(heard)
        return self._small_talk(heard, question)

    def _small_talk(self, heard: Heard, question: str) -> str:
        for pattern, *answers in _TOPICS:
            if re.search(pattern, question):
                return answers[crc32(f"{self._seed}:{heard.turn}:{question}".encode()) % len(answers)]
        return f"Thank you for message number {heard.turn}: {_quoted(heard.question)}. What can I do for you?"


def _first(heard: Heard) -> str:
    return _earlier(heard.said_before()[:1])


def _latest(heard: Heard) -> str:
    return _earlier(heard.said_before()[-_QUOTES:])


def _earlier(said: list[str]) -> str:
    if not said:
        return "You have not said anything before this."
    return f"You said earlier: {', '.join(map(_quoted, said))}."


def _name(heard: Heard) -> str:
    for text in heard.told():
        if named := _TELLS_NAME.search(text):
            return f"Your name is {named[1]}."
    return "You have not told me your name yet."


def _greeting(heard: Heard) -> str:
    if heard.turn <= 1:
        return "Hello and welcome to the shop! How can I help you?"
    return f"Hello again! This is message number {heard.turn} of our conversation. How can I help you?"


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f'"{line}"' if len(line) <= _QUOTE else f'"{line[: _QUOTE - 1]}…"'


_RULES: tuple[tuple[re.Pattern[str], Callable[[Heard], str]], ...] = (
    (re.compile(rf"\bfirst\b.*\b{_SPOKE}\b|\b{_SPOKE}\b.*\bfirst\b", re.DOTALL), _first),
    (
        re.compile(r"\bremember\b|\bdid i (say|tell|ask|write)\b|\bi (said|told|asked) (earlier|before)\b"),
        _latest,
    ),
    (re.compile(r"\bwhat('s| is| was) my name\b|\bwho am i\b"), _name),
    (re.compile(r"^\W*(hi|hello|hey|good (morning|afternoon|evening)|hallo|hola|bonjour)\b"), _greeting),
)
