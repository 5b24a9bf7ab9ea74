"""Ids as OpenAI makes them: opaque to callers, but readable to whoever debugs.

A conversation is ``conv_`` and 48 hexadecimal digits; the last 16 come back in every id that is made
in it: at the end of an item that was added, at the start of what a response made. All of it is
observed, none of it promised by OpenAI.
"""

from __future__ import annotations

import random
import string

_TAIL = 16
_CALL_ALPHABET = string.ascii_letters + string.digits

PREFIXES = {
    "message": "msg",
    "function_call": "fc",
    "function_call_output": "fc",
    "reasoning": "rs",
}
"""What a caller's own id of an item must begin with, by type; other types are not checked."""


class IdMint:
    """Makes ids from a seed and the time, so that two runs of a test make the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def conversation(self, now: float) -> str:
        return f"conv_{self._stamp(now)}{self._hex(_TAIL)}"

    def request(self) -> str:
        return f"req_{self._hex(32)}"

    def call(self) -> str:
        return "call_" + "".join(self._random.choices(_CALL_ALPHABET, k=24))

    def tail(self) -> str:
        """The mark of a response that belongs to no conversation."""
        return self._hex(_TAIL)

    def added_item(self, kind: str, conversation_id: str, now: float) -> str:
        return f"{_prefix(kind)}_{self._stamp(now)}{tail_of_conversation(conversation_id)}"

    def made(self, kind: str, tail: str, now: float) -> str:
        """The id of a ``response``, or of an item of a response."""
        return f"{_prefix(kind)}_{tail}00{self._stamp(now)}"

    def _stamp(self, now: float) -> str:
        return f"{int(now):08x}{self._hex(24)}"

    def _hex(self, digits: int) -> str:
        return f"{self._random.getrandbits(4 * digits):0{digits}x}"


def tail_of_conversation(conversation_id: str) -> str:
    return conversation_id[-_TAIL:]


def tail_of_response(response_id: str) -> str:
    """A response that continues another one carries its mark on."""
    return response_id.removeprefix("resp_")[:_TAIL]


def _prefix(kind: str) -> str:
    if kind == "response":
        return "resp"
    if kind == "function_call_output":
        return "fco"
    return PREFIXES.get(kind, "item")
