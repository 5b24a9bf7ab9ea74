"""The fault dial: what goes wrong at a stand-in, when, and how often.

Each stand-in (OpenAI, Meta) has one :class:`FaultDial`. It holds :class:`Rule`\\ s in order. A request
asks the dial with its operation name, and where it has them its conversation and its text::

    dial = FaultDial({"send": TRANSPORT_EFFECTS, "typing": TRANSPORT_EFFECTS}, seed=7)
    dial.add(Rule("send", Refuse(500), times=2))
    dial.add(Rule("send", HangAfter(), text="parcel", probability=0.1))
    fault = dial.fault_for("send", conversation=recipient, text=text)

What the answer means on the wire is carried out by :mod:`service.sandbox.faults_http`, which also has
the routes that let other processes turn the dial.

As JSON a rule is ``{"operation": "send", "effect": {"kind": "refuse", "status": 500}, "times": 2}``; the
kind of an effect is its class name in snake case. An effect without parameters, or a preset of the
stand-in, may be given by its bare name: ``"effect": "hang_after"``.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

EVERY_OPERATION = "*"
"""Matches each operation of the stand-in; only for effects that every operation understands."""

Seconds = Annotated[float, msgspec.Meta(ge=0)]


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


class Effect(msgspec.Struct, frozen=True, tag_field="kind", tag=_snake, forbid_unknown_fields=True):
    """What a matching request meets instead of, or besides, its ordinary answer."""


class Down(Effect, frozen=True):
    """The connection is reset; nothing is done and nothing answered."""


class Refuse(Effect, frozen=True):
    """Nothing is done; the answer is this status, JSON body (none at all where null) and headers."""

    status: Annotated[int, msgspec.Meta(ge=400, le=599)]
    body: Any = None
    headers: dict[str, str] = {}


class Slow(Effect, frozen=True):
    """The request waits first, then goes on as usual, or to the effect of the next matching rule."""

    seconds: Seconds


class HangBefore(Effect, frozen=True):
    """Nothing is ever done or answered; the connection stays open until the client or server goes."""


class HangAfter(Effect, frozen=True):
    """The work is done, then the connection stays open without an answer, as with HangBefore."""


class ResetAfter(Effect, frozen=True):
    """The work is done, then the connection is reset without an answer."""


class Trickle(Effect, frozen=True):
    """The work is done; the answer arrives in ``pieces``, with this many seconds before each."""

    seconds: Seconds = 0.2
    pieces: Annotated[int, msgspec.Meta(ge=1)] = 10


class Nonsense(Effect, frozen=True):
    """Nothing is done; the answer is 200 with this body (text is sent as HTML, the rest as JSON)."""

    body: Any = "<html><body>Welcome to this hotel's network.</body></html>"


class NonsenseAfter(Effect, frozen=True):
    """The work is done; the answer is 200 with this body, as with Nonsense."""

    body: Any = "<html><body>Welcome to this hotel's network.</body></html>"


class LoseConversation(Effect, frozen=True):
    """The conversation is deleted just before the request is looked at."""


class LockFor(Effect, frozen=True):
    """The conversation is locked for this long, from just before the request is looked at."""

    seconds: Seconds


class Incomplete(Effect, frozen=True):
    """The response ends ``incomplete``: with ``text``, or half of the ordinary answer where null, or
    without any message where empty.
    """

    reason: str = "max_output_tokens"
    text: str | None = None


class Failed(Effect, frozen=True):
    """The response ends ``failed``, with this error and no output."""

    code: str = "server_error"
    message: str = "The model failed to generate a response."


class Refusal(Effect, frozen=True):
    """The message holds a ``refusal`` part in place of text."""

    text: str = "I'm sorry, but I cannot help with that."


class EmptyOutput(Effect, frozen=True):
    """The response is ``completed`` and holds no output item."""


class Phases(Effect, frozen=True):
    """Two messages: one of phase ``commentary``, then the answer as ``final_answer``."""

    commentary: str = "Let me check that for you."


class UnknownItem(Effect, frozen=True):
    """An output item of a type nobody knows comes before the ordinary answer."""

    type: str = "hologram_call"


class Says(Effect, frozen=True):
    """The model answers this text, whatever was asked."""

    text: str


class Calls(Effect, frozen=True):
    """The model calls this function, whether or not it was offered."""

    name: str
    arguments: dict[str, Any] = {}


class StreamEnds(Effect, frozen=True):
    """The work is done; a stream is closed cleanly without its terminal event."""


class StreamError(Effect, frozen=True):
    """A stream ends with an ``error`` event, flat or nested (both are seen); nothing is stored."""

    nested: bool = False
    code: str = "server_error"
    message: str = "The server had an error while processing your request."


TransportEffect = (
    Down | Refuse | Slow | HangBefore | HangAfter | ResetAfter | Trickle | Nonsense | NonsenseAfter
)
StateEffect = LoseConversation | LockFor
AnswerEffect = (
    Incomplete
    | Failed
    | Refusal
    | EmptyOutput
    | Phases
    | UnknownItem
    | Says
    | Calls
    | StreamEnds
    | StreamError
)

TRANSPORT_EFFECTS: tuple[type[Effect], ...] = TransportEffect.__args__
"""What any HTTP endpoint can suffer."""
STATE_EFFECTS: tuple[type[Effect], ...] = StateEffect.__args__
"""What the conversation of a request can suffer."""
ANSWER_EFFECTS: tuple[type[Effect], ...] = AnswerEffect.__args__
"""What the answer of a model can look like."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which requests meet an effect. Every condition that is given must hold.

    ``conversation`` is an id (for Meta: of the recipient), ``text`` a fragment of what is sent. The
    first ``skip`` matching requests pass; then ``times`` of them (null: all, until cleared) meet the
    effect, each with ``probability``.
    """

    operation: str
    effect: TransportEffect | StateEffect | AnswerEffect
    conversation: str | None = None
    text: str | None = None
    times: Annotated[int, msgspec.Meta(ge=1)] | None = None
    skip: Annotated[int, msgspec.Meta(ge=0)] = 0
    probability: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0


@dataclass(frozen=True, slots=True)
class Fault:
    """What one request meets: ``delay`` seconds first, then ``effect`` (none: all is well)."""

    delay: float = 0.0
    effect: Effect | None = None


class RuleError(ValueError):
    """A rule cannot be used. ``field`` names what is wrong with it, as in ``effect.seconds``."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason


@dataclass(slots=True)
class _Placed:
    rule: Rule
    matched: int = 0
    fired: int = 0

    def matches(self, operation: str, conversation: str | None, text: str | None) -> bool:
        rule = self.rule
        return (
            rule.operation in (operation, EVERY_OPERATION)
            and (rule.times is None or self.fired < rule.times)
            and (rule.conversation is None or rule.conversation == conversation)
            and (rule.text is None or (text is not None and rule.text in text))
        )


class FaultDial:
    """The rules of one stand-in, in the order in which they were added.

    ``operations`` names each operation with the effects it understands; ``presets`` are effects that
    JSON may name. The draws of ``probability`` come from ``seed``: the same requests in the same order
    meet the same faults.
    """

    def __init__(
        self,
        operations: Mapping[str, Collection[type[Effect]]],
        *,
        presets: Mapping[str, Effect] | None = None,
        seed: int = 0,
    ) -> None:
        self._operations = operations
        self._presets = dict(presets or {})
        self._random = random.Random(seed)
        self._placed: list[_Placed] = []

    def add(self, rule: Rule) -> Rule:
        """Put a rule behind the others. Raises :class:`RuleError` where it can never take effect."""
        if rule.operation == EVERY_OPERATION:
            understood = all(type(rule.effect) in effects for effects in self._operations.values())
        elif rule.operation in self._operations:
            understood = type(rule.effect) in self._operations[rule.operation]
        else:
            known = ", ".join((*self._operations, EVERY_OPERATION))
            raise RuleError("operation", f"unknown operation {rule.operation!r}; known are {known}")
        if not understood:
            kind = rule.effect.__struct_config__.tag
            raise RuleError("effect", f"{kind!r} means nothing to operation {rule.operation!r}")
        self._placed.append(_Placed(rule))
        return rule

    def add_json(self, body: bytes) -> Rule:
        """Put the rule that ``body`` describes behind the others.

        Raises :class:`RuleError` naming the field at fault.
        """
        try:
            described = msgspec.json.decode(body)
            if isinstance(described, dict) and isinstance(described.get("effect"), str):
                described["effect"] = self._named(described["effect"])
            rule = msgspec.convert(described, Rule)
        except msgspec.DecodeError as error:
            raise RuleError(*field_at_fault(error)) from None
        return self.add(rule)

    def clear(self) -> None:
        """Take all rules away; requests that already met one keep it."""
        self._placed.clear()

    def fault_for(self, operation: str, *, conversation: str | None = None, text: str | None = None) -> Fault:
        """What this request meets: the delays of matching ``Slow`` rules, up to and including the
        first other effect.
        """
        delay = 0.0
        for placed in self._placed:
            if not (placed.matches(operation, conversation, text) and self._strikes(placed)):
                continue
            if not isinstance(placed.rule.effect, Slow):
                return Fault(delay, placed.rule.effect)
            delay += placed.rule.effect.seconds
        return Fault(delay)

    def describe(self) -> list[dict[str, Any]]:
        """Each rule as JSON values, with how many requests it ``matched`` and for how many it ``fired``."""
        return [
            {**msgspec.to_builtins(placed.rule), "matched": placed.matched, "fired": placed.fired}
            for placed in self._placed
        ]

    def _named(self, name: str) -> Any:
        preset = self._presets.get(name)
        return {"kind": name} if preset is None else msgspec.to_builtins(preset)

    def _strikes(self, placed: _Placed) -> bool:
        placed.matched += 1
        if placed.matched <= placed.rule.skip:
            return False
        if placed.rule.probability < 1 and self._random.random() >= placed.rule.probability:
            return False
        placed.fired += 1
        return True


def field_at_fault(error: msgspec.DecodeError) -> tuple[str, str]:
    """Which field msgspec complains of (``effect.seconds``; empty for the whole), and what of it.

    Its message ends with the place (``- at `$.effect` ``) and names an absent or surplus field there.
    """
    reason, _, place = str(error).partition(" - at `$")
    path = place.rstrip("`").lstrip(".")
    named = re.search(r"(?:missing required|contains unknown) field `(\w+)`", reason)
    return ".".join(part for part in (path, named[1] if named else "") if part), reason
