"""Looking into the stand-in OpenAI from the test that runs it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from service.sandbox.openai import OpenAISandbox

MODEL = "gpt-6-luna"


class HandClock:
    """Stands still unless moved."""

    def __init__(self) -> None:
        self.now = 1_790_239_012.0

    def __call__(self) -> float:
        return self.now


async def until(condition: Callable[[], bool], within: float = 10.0) -> None:
    """Wait for a condition; failing it in time fails the test."""
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.005)


def live(sandbox: OpenAISandbox, conversation_id: str) -> dict[str, Any]:
    """A conversation as the state dump shows it."""
    return next(one for one in sandbox.state()["conversations"] if one["id"] == conversation_id)


def texts(sandbox: OpenAISandbox, conversation_id: str) -> list[str]:
    """What the messages of a conversation say, oldest first."""
    items = live(sandbox, conversation_id)["items"]
    return [item["content"][0]["text"] for item in items if item["type"] == "message"]


def requests(sandbox: OpenAISandbox, operation: str) -> dict[str, int]:
    """How often an operation was asked for, and how that ended."""
    counted: dict[str, int] = sandbox.counts()["requests"].get(operation, {})
    return counted
