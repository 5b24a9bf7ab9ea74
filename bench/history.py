"""What happened in a run, as plain data: what was said and acknowledged, the log, the sends, the threads, the
ledgers. :mod:`bench.judge` says what is wrong with it, :mod:`bench.recording` reads it from a run.

It can be written to a file and judged again (:func:`kept`, :func:`opened`).
"""

from __future__ import annotations

from pathlib import Path

import msgspec


class Said(msgspec.Struct):
    """A message of a customer. ``said_at`` and ``acknowledged_at`` (None: it never was) are seconds by one
    clock; ``conversation`` is the one it belongs to (None: nobody noted it)."""

    message_id: str
    conversation: str | None
    said_at: float
    acknowledged_at: float | None


class Event(msgspec.Struct):
    """One event of the log, with what can be judged of it."""

    conversation: str
    version: int
    partition: int
    position: int
    type: str
    message_id: str | None = None
    sender: str | None = None
    thread_id: str | None = None
    previous_thread_id: str | None = None
    seeded_turns: int | None = None
    reply_id: str | None = None
    answers_through: int | None = None
    parts: int | None = None
    part: int | None = None
    reference: str | None = None
    author: str | None = None
    reason: str | None = None


class Send(msgspec.Struct):
    """A message that Meta accepted, in the order of acceptance; ``recipient`` as in :attr:`Event.sender`."""

    reference: str | None
    recipient: str


class Thread(msgspec.Struct):
    """A thread that is there at OpenAI, and the attempt that asked for it (None: it does not say)."""

    thread_id: str
    attempt: str | None


class Attempt(msgspec.Struct):
    """A thread that was asked for, as the register has it."""

    attempt: str
    conversation: str
    state: str
    thread_id: str | None


class Ledger(msgspec.Struct):
    """How far a live view is in a partition."""

    view: str
    partition: int
    position: int
    applied: int
    ignored: int
    parked: int


class Verified(msgspec.Struct):
    """What comparing a live view with a fresh fold of the log found."""

    view: str
    equal: bool
    found: str


class History(msgspec.Struct):
    """Everything, after it came to rest. ``answers`` counts how the webhook answered signed deliveries,
    ``forged`` how forged ones, by status; ``verified`` is empty where nobody looked. Where not ``complete``,
    more was said than ``said`` holds."""

    said: list[Said] = []
    complete: bool = True
    events: list[Event] = []
    sends: list[Send] = []
    threads: list[Thread] = []
    attempts: list[Attempt] = []
    heads: dict[int, int] = {}
    ledgers: list[Ledger] = []
    verified: list[Verified] = []
    answers: dict[str, int] = {}
    forged: dict[str, int] = {}
    inbox: int = 0
    owed: int = 0
    quarantined: int = 0


def kept(history: History, path: Path) -> None:
    """Write it to a file."""
    path.write_bytes(msgspec.json.encode(history))


def opened(path: Path) -> History:
    """Read it from a file."""
    return msgspec.json.decode(path.read_bytes(), type=History)
