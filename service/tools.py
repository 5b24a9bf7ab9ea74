"""Functions of ours that the model may call: registered by configuration, recorded, always answered."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any, Final
from uuid import UUID

import structlog

from domain.conversation import Conversation
from domain.state import thread_kind
from service.assistant import Assistant, Draft, ToolCall
from service.conversations import Conversations, Entry
from service.settings import FunctionTool, SettingsError

LONGEST_OUTPUT: Final = 20_000
"""Characters of a function's result that the model is told."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Function:
    """A registered function. It gets the call's arguments by name, and ``conversation_id`` if it asks."""

    name: str
    call: Callable[..., Any]
    timeout: float
    definition: dict[str, Any]


def load_functions(configured: Sequence[FunctionTool]) -> dict[str, Function]:
    """Import what ``onethread.toml`` names. Raises :class:`SettingsError` naming what cannot be."""
    functions: dict[str, Function] = {}
    for tool in configured:
        module_name, _, attribute = tool.function.partition(":")
        try:
            call = getattr(importlib.import_module(module_name), attribute)
        except (ImportError, AttributeError) as error:
            raise SettingsError(f"functions: {tool.function}: {error}") from None
        name = tool.name or attribute
        definition = {
            "type": "function",
            "name": name,
            "description": tool.description or inspect.getdoc(call) or "",
            "parameters": tool.parameters,
            "strict": tool.strict,
        }
        functions[name] = Function(name, call, tool.timeout, definition)
    return functions


class Tools:
    """Runs calls outside transactions. Each call and each result is an event, so that a crash between
    them leaves a call that is known and gets an answer, even if only that the function is unavailable."""

    def __init__(
        self,
        functions: Mapping[str, Function],
        assistant: Assistant,
        conversations: Conversations,
        clock: Callable[[], datetime],
    ) -> None:
        self._functions = functions
        self._assistant = assistant
        self._conversations = conversations
        self._clock = clock

    async def answer(self, entry: Entry, reply_id: str, draft: Draft, who: Mapping[str, str]) -> Draft:
        """Run every call of ``draft`` and give the model the results; what it says then."""
        conversation = entry.live.conversation
        outputs: dict[str, str] = {}
        for call in draft.tool_calls:
            await self._called(conversation.id, reply_id, call, draft)
            outputs[call.call_id] = await self._run(conversation.id, reply_id, call)
        if thread_kind(conversation.state.thread_id) == "openai":
            return await self._assistant.answer_tools(conversation.state.thread_id, outputs, **who)
        return await self._assistant.answer_tools_alone(draft, outputs, **who)

    async def _called(self, conversation_id: UUID, reply_id: str, call: ToolCall, draft: Draft) -> None:
        now = self._clock()

        def command(c: Conversation) -> None:
            if c.state.draft is None or call.call_id not in c.state.draft.tools:
                c.call_tool(
                    reply_id,
                    now,
                    call_id=call.call_id,
                    name=call.name,
                    arguments=call.arguments,
                    response_id=draft.response_id,
                    last_item_id=draft.last_item_id,
                )

        await self._conversations.persist(conversation_id, command)

    async def _run(self, conversation_id: UUID, reply_id: str, call: ToolCall) -> str:
        began = perf_counter()
        output, failed = await self._result(conversation_id, call)
        latency_ms = round((perf_counter() - began) * 1000)
        now = self._clock()

        def command(c: Conversation) -> None:
            c.return_tool(
                reply_id, now, call_id=call.call_id, output=output, failed=failed, latency_ms=latency_ms
            )

        await self._conversations.persist(conversation_id, command)
        return output

    async def _result(self, conversation_id: UUID, call: ToolCall) -> tuple[str, bool]:
        function = self._functions.get(call.name)
        if function is None:
            return json.dumps({"error": f"there is no function {call.name}"}), True
        try:
            arguments = json.loads(call.arguments or "{}")
            if "conversation_id" in inspect.signature(function.call).parameters:
                arguments["conversation_id"] = str(conversation_id)
            async with asyncio.timeout(function.timeout):
                result = await _invoke(function.call, arguments)
            return (result if isinstance(result, str) else json.dumps(result))[:LONGEST_OUTPUT], False
        except Exception as error:  # noqa: BLE001 # whatever a function raises, the model must be answered
            logger.warning("function failed", function=call.name, error=type(error).__name__)
            return json.dumps({"error": f"{call.name} is not available"}), True


async def _invoke(call: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    if inspect.iscoroutinefunction(call):
        return await call(**arguments)
    return await asyncio.to_thread(call, **arguments)
