"""Functions of ours that the model may call: registered by configuration, recorded, always answered."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any, Final
from uuid import UUID

import structlog

from domain.conversation import Conversation
from domain.state import thread_kind
from service import history
from service.assistant import Assistant, Draft, ToolCall
from service.conversations import Conversations, Entry
from service.settings import FunctionTool, SettingsError
from service.threads import storable

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
        await self._called(conversation.id, reply_id, draft)
        outputs = {
            call.call_id: await self._run(conversation.id, reply_id, call) for call in draft.tool_calls
        }
        if thread_kind(conversation.state.thread_id) == "openai":
            return await self._assistant.answer_tools(conversation.state.thread_id, outputs, **who)
        return await self._assistant.answer_tools_alone(draft, outputs, **who)

    async def interrupted(self, conversation_id: UUID, reply_id: str) -> None:
        """Whoever ran the calls that have not returned is gone: they are not available, and not run again."""
        now = self._clock()

        def command(c: Conversation) -> None:
            tools = c.state.draft.tools if c.state.draft else {}
            for call_id in [call_id for call_id, returned in tools.items() if not returned]:
                c.return_tool(
                    reply_id, now, call_id=call_id, output=history.INTERRUPTED, failed=True, latency_ms=0
                )

        await self._conversations.persist(conversation_id, command)

    async def _called(self, conversation_id: UUID, reply_id: str, draft: Draft) -> None:
        """All calls of an answer are on record together, since the thread waits for all of them."""
        now = self._clock()

        def command(c: Conversation) -> None:
            known = c.state.draft.tools if c.state.draft else {}
            for call in draft.tool_calls:
                if call.call_id in known:
                    continue
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
            output = result if isinstance(result, str) else json.dumps(result)
            return storable(output)[:LONGEST_OUTPUT], False
        except (Exception, SystemExit) as error:  # noqa: BLE001 # whatever a function raises, the model must be answered
            logger.warning("function failed", function=call.name, error=type(error).__name__)
            return json.dumps({"error": f"{call.name} is not available"}), True


async def _invoke(call: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    if inspect.iscoroutinefunction(call):
        return await call(**arguments)
    return await _in_a_thread(call, arguments)


async def _in_a_thread(call: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """Run a function in a thread of its own. One that never returns keeps nobody else from a thread, as it
    would in the loop's pool, nor the process from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if future.done():  # nobody waits any more
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def run() -> None:
        result, error = None, None
        try:
            result = call(**arguments)
        except BaseException as raised:  # noqa: BLE001 # a thread has nobody else to tell
            error = raised
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name="function", daemon=True).start()
    return await future
