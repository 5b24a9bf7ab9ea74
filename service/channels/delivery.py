"""What one webhook delivery comes to: items, ignored updates, and pieces that made no sense."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain.identity import Channel
from domain.inbound import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """An update that is understood and needs nothing done: recorded with its reason.

    ``field`` names it in the provider's words (``account_update``, ``comments``, …).
    """

    channel: Channel
    account_id: str | None
    field: str
    reason: str
    payload: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """A body, or a piece of one, that parses to nothing sensible: bound for quarantine.

    ``path`` says where in the body (``entry[0].messaging[2]``; empty for the whole), ``reason``
    what is wrong with it. The raw bytes of the delivery are kept by the caller.
    """

    path: str
    reason: str


@dataclass(slots=True)
class Delivery:
    """Everything that one body said, in the order in which it said it."""

    items: list[Item] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    malformed: list[Malformed] = field(default_factory=list)
