"""Functions that the tests let the model call."""

from __future__ import annotations

import asyncio
import sys
import threading
from datetime import UTC, datetime

NEVER = threading.Event()
"""What a function waits for that does not return."""

CALLS: list[tuple[str, str]] = []
"""Orders that were asked about, with the conversation that asked."""


def order_status(order: str, conversation_id: str) -> str:
    """The state of an order."""
    CALLS.append((order, conversation_id))
    return f"order {order} has left the warehouse"


async def stock(order: str) -> dict[str, object]:
    """How many are left."""
    await asyncio.sleep(0)
    return {"order": order, "left": 3, "colours": ["red", "blue"]}


def broken(**_: str) -> str:
    """Raises."""
    raise LookupError("the warehouse burnt down")


def leaves(**_: str) -> str:
    """Wants the whole process to end."""
    sys.exit(1)


def stuck(**_: str) -> str:
    """Never returns, in a thread."""
    NEVER.wait()
    return "at last"


async def sleeps(**_: str) -> str:
    """Never returns, in the loop."""
    await asyncio.Event().wait()
    return "at last"


def odd(**_: str) -> object:
    """Returns what is no JSON."""
    return datetime.now(UTC)


def nothing(**_: str) -> None:
    """Returns nothing at all."""


def half(**_: str) -> str:
    """Returns half an emoji, and a zero."""
    return "cut \ud83d off\x00 here"
