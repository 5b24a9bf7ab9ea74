"""What happened in a run, as plain data: what was said and acknowledged, what people of the business did, the
log, the sends, the threads, the ledgers. :mod:`bench.judge` says what is wrong with it,
:mod:`bench.recording` reads it from a run.

It can be written to a file and judged again (:func:`kept`, :func:`opened`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec


class Said(msgspec.Struct):
    """A message of a customer. ``said_at`` and ``acknowledged_at`` (None: it never was) are seconds by one
    clock; ``conversation`` is the one that the sender begins with, ``sender`` as in :attr:`Event.sender`
    (None: nobody noted it); ``token`` is a word of it that nobody else says."""

    message_id: str
    conversation: str | None
    said_at: float
    acknowledged_at: float | None
    sender: str | None = None
    token: str | None = None


class Wrote(msgspec.Struct):
    """A message of a person of the business; ``reply_id`` is what it was acknowledged under (None: it was
    refused, since nobody was there to be told, or the bot answered)."""

    conversation: str
    token: str
    reply_id: str | None = None


class Passed(msgspec.Struct):
    """A conversation that was handed over or back, as it was acknowledged."""

    conversation: str
    act: Literal["HandedOver", "HandedBack"]
    version: int


class Erasure(msgspec.Struct):
    """An order to erase a person. ``answered_at`` is when it was first answered 202 (None: it never was), by
    the clock of :class:`Said`; ``certificates`` are those of every such answer."""

    conversation: str
    sender: str
    asked_at: float
    answered_at: float | None = None
    certificates: list[str] = []


class Rebuild(msgspec.Struct):
    """A rebuild that was ordered; ``promoted`` where its view was seen live, else ``fault``
    may say why not."""

    projection: str
    view: str
    promoted: bool = False
    fault: str | None = None


class Event(msgspec.Struct):
    """One event of the log, with what can be judged of it. What is personal in an erased conversation is
    None, but for a ``message_id`` and a ``sender`` that the run knows from elsewhere."""

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
    certificate_id: str | None = None


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
    ``forged`` how forged ones, by status; ``asked`` how people of the business were answered, by what they
    asked for and status. ``live`` is the live view of each projection; ``words`` tells where in the database
    and at OpenAI tokens of people were found who had been erased. ``verified`` is empty where nobody looked.
    Where not ``complete``, more was said than ``said`` holds."""

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
    asked: dict[str, dict[str, int]] = {}
    written: list[Wrote] = []
    passed: list[Passed] = []
    erasures: list[Erasure] = []
    rebuilds: list[Rebuild] = []
    live: dict[str, str] = {}
    words: dict[str, list[str]] = {}


def kept(history: History, path: Path) -> None:
    """Write it to a file."""
    path.write_bytes(msgspec.json.encode(history))


def opened(path: Path) -> History:
    """Read it from a file."""
    return msgspec.json.decode(path.read_bytes(), type=History)
