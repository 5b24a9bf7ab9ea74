"""Owed to drafted: one answer to the customer's turn, asked for on the conversation's own thread."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Final
from uuid import UUID

import structlog

from domain import state
from domain.conversation import Conversation
from domain.state import Turn, thread_kind
from domain.steps import DraftReply, Policy
from service import history
from service.assistant import Assistant, Draft, read_back
from service.binding import Provider, local_thread
from service.channels.texts import split_text
from service.conversations import Conversations, Entry
from service.provider import (
    ContextExceeded,
    CursorGone,
    NoConversations,
    OutcomeUnknown,
    ProviderBusy,
    ProviderFault,
    QuotaExhausted,
    ThreadGone,
    ThreadLocked,
    ThreadPoisoned,
    Unreachable,
)
from service.rebinding import Rebinding, turn_of
from service.storage import erasure
from service.storage.database import Database
from service.threads import Said, Threads
from service.tools import Tools

MOST_TOOL_ROUNDS: Final = 8
"""Rounds of function calls in one turn, so that a model cannot go on calling for ever."""

REBOUND_BY: Final[tuple[tuple[type[ProviderFault], str], ...]] = (
    (ThreadGone, "thread_gone"),
    (ThreadPoisoned, "thread_poisoned"),
    (ContextExceeded, "context_exceeded"),
    (CursorGone, "cursor_lost"),
)
"""Faults of a thread that a new one mends."""

PASSING: Final = (ProviderBusy, Unreachable, QuotaExhausted)
"""Faults that wrote nothing and will pass. Outputs that a thread waits for are offered again after them."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftingRules:
    """The configured limits of drafting; durations in seconds."""

    fallback_after: float
    fallback_text: str
    lock_patience: float
    identifier_key: bytes
    """Keys the hash by which the provider can tell end users apart."""


class Drafting:
    """Performs one :class:`~domain.steps.DraftReply`; each outside call stands between two commits.

    :meth:`step` returns the seconds after which to look at the conversation again; 0 for at once.
    """

    def __init__(
        self,
        *,
        database: Database,
        conversations: Conversations,
        assistant: Assistant,
        threads: Threads,
        rebinding: Rebinding,
        provider: Provider,
        tools: Tools,
        policy: Policy,
        rules: DraftingRules,
        clock: Callable[[], datetime],
        show_typing: Callable[[Conversation, Turn], None],
    ) -> None:
        self._database = database
        self._conversations = conversations
        self._assistant = assistant
        self._threads = threads
        self._rebinding = rebinding
        self._provider = provider
        self._tools = tools
        self._policy = policy
        self._rules = rules
        self._clock = clock
        self._show_typing = show_typing
        self._locked_since: dict[UUID, float] = {}

    async def step(self, entry: Entry, step: DraftReply) -> float:
        """Bring the owed draft one step further. Raises what the stores raise."""
        conversation = entry.live.conversation
        turn = turn_of(conversation)
        if turn is None:
            return 0.0
        if await self._closed(conversation, turn):
            return 0.0
        now = monotonic()
        if not self._provider.breaker.allows(now):
            return min(self._provider.breaker.wait(now) or 0.05, self._until_fallback(turn))
        try:
            return await self._ask(entry, step, turn)
        except ProviderFault as fault:
            return await self._faulted(entry, fault)

    # What ends a turn without an answer of the model's

    async def _closed(self, conversation: Conversation, turn: Turn) -> bool:
        now = self._clock()
        closes = conversation.window_closes_at
        if closes is not None and now >= closes:
            await self._conversations.act(
                conversation.id, lambda c: c.give_up(_reply_id(c), "window_closed", now)
            )
            return True
        if self._rules.fallback_text and self._until_fallback(turn) <= 0:
            text = self._rules.fallback_text
            parts = len(split_text(conversation.sender.channel, text))
            await self._conversations.act(
                conversation.id, lambda c: c.fall_back(_reply_id(c), text, parts, now)
            )
            logger.warning("fallback sent instead of an answer", conversation=str(conversation.id))
            return True
        return False

    def _until_fallback(self, turn: Turn) -> float:
        if not self._rules.fallback_text:
            return float("inf")
        due = turn.since + timedelta(seconds=self._rules.fallback_after)
        return max(0.0, (due - self._clock()).total_seconds())

    # Asking

    async def _ask(self, entry: Entry, step: DraftReply, turn: Turn) -> float:
        if step.recover:
            return await self._recover(entry)
        if step.rebind and (step.rebind != "provider_back" or self._provider.stateful):
            await self._rebinding.rebind(entry, step.rebind, turn)
            return 0.0
        conversation_id = entry.live.conversation.id
        now = self._clock()
        reply_id = await self._conversations.act(
            conversation_id, lambda c: c.attempt_draft(_reply_id(c), now)
        )
        entry = await self._conversations.get(conversation_id)
        turn = turn_of(entry.live.conversation) or turn  # with what has come since we were called
        said = await self._said(entry, turn)
        if not said:
            await self._unsay(conversation_id, reply_id)
            return 0.0
        self._show_typing(entry.live.conversation, turn)
        draft = await self._call(entry, said, turn)
        return await self._take(await self._conversations.get(conversation_id), reply_id, draft)

    async def _said(self, entry: Entry, turn: Turn) -> list[Said]:
        async with self._database.connection() as connection:
            return await history.unanswered(connection, entry.live, turn, self._policy.context_budget)

    async def _unsay(self, conversation_id: UUID, reply_id: str) -> None:
        """The customer has taken back all that was to be answered."""
        now = self._clock()

        def command(c: Conversation) -> None:
            c.fail_draft(reply_id, "unsent", now)
            if c.state.unanswered is None:
                c.give_up(reply_id, "unsent", now)

        await self._conversations.persist(conversation_id, command)

    async def _call(self, entry: Entry, said: list[Said], turn: Turn) -> Draft:
        conversation = entry.live.conversation
        who = self._identifiers(conversation)
        if thread_kind(conversation.state.thread_id) == "openai":
            return await self._assistant.draft(conversation.state.thread_id, said, **who)
        async with self._database.connection() as connection:
            past, _ = await history.past(connection, entry.live, turn.first, self._policy.context_budget)
        return await self._assistant.draft_alone([*past, *said], **who)

    def _identifiers(self, conversation: Conversation) -> dict[str, str]:
        digest = hmac.new(self._rules.identifier_key, conversation.id.bytes, hashlib.sha256).hexdigest()
        return {"safety_identifier": digest, "conversation_key": conversation.id.hex}

    async def _take(self, entry: Entry, reply_id: str, draft: Draft) -> float:
        """Record what came of an attempt, running the functions that the model asks for."""
        self._provider.breaker.success(monotonic())
        conversation_id = entry.live.conversation.id
        self._locked_since.pop(conversation_id, None)
        if thread_kind(entry.live.conversation.state.thread_id) == "openai" and not draft.remembered:
            return await self._not_remembered(entry, reply_id)
        rounds = 0
        while draft.tool_calls and rounds < MOST_TOOL_ROUNDS:
            rounds += 1
            draft = await self._tools.answer(
                entry, reply_id, draft, self._identifiers(entry.live.conversation)
            )
        if draft.tool_calls or draft.outcome in {"empty", "failed"} or not draft.text:
            code = (
                "too_many_tool_rounds" if draft.tool_calls else f"draft_{draft.failure_code or draft.outcome}"
            )
            await self._fail(conversation_id, reply_id, code)
            return 0.0
        await self._record(conversation_id, reply_id, draft)
        return 0.0

    async def _record(
        self, conversation_id: UUID, reply_id: str, draft: Draft, *, recovered: bool = False
    ) -> None:
        now = self._clock()
        usage = draft.usage

        def command(c: Conversation) -> bool:
            c.record_draft(
                reply_id,
                now,
                text=draft.text,
                parts=len(split_text(c.sender.channel, draft.text)),
                author="bot",
                outcome=draft.outcome,
                thread_id=c.state.thread_id,
                response_id=draft.response_id,
                request_id=draft.request_id,
                model=draft.model,
                input_tokens=usage.input_tokens if usage else None,
                cached_tokens=usage.cached_tokens if usage else None,
                cache_write_tokens=usage.cache_write_tokens if usage else None,
                output_tokens=usage.output_tokens if usage else None,
                reasoning_tokens=usage.reasoning_tokens if usage else None,
                latency_ms=draft.latency_ms,
                last_item_id=draft.last_item_id,
                recovered=recovered,
            )
            return True

        if await self._conversations.persist(conversation_id, command) is None and draft.response_id:
            await self._unrecorded(conversation_id, draft.response_id)

    async def _unrecorded(self, conversation_id: UUID, response_id: str) -> None:
        """An answer that nobody waits for any more: of an erased person, the provider is to delete it."""
        current = (await self._conversations.get(conversation_id)).live
        if current.key is None:
            async with self._database.connection() as connection:
                await erasure.doom_response(
                    connection, current.partition, conversation_id, response_id, self._clock()
                )

    async def _fail(self, conversation_id: UUID, reply_id: str, code: str, status: int | None = None) -> None:
        now = self._clock()
        await self._conversations.persist(
            conversation_id, lambda c: c.fail_draft(reply_id, code, now, status=status)
        )

    # Outcomes that are not answers

    async def _recover(self, entry: Entry) -> float:
        """Look for the outcome of an earlier attempt in the thread before asking again."""
        conversation = entry.live.conversation
        draft = conversation.state.draft
        if draft is None:
            return 0.0
        if thread_kind(conversation.state.thread_id) != "openai":
            await self._fail(conversation.id, draft.reply_id, "outcome_lost")
            return 0.0
        items = await self._threads.since(conversation.state.thread_id, conversation.state.last_item_id)
        self._provider.breaker.success(monotonic())
        found = read_back(items)
        if found is None and draft.tools:
            return await self._answer_calls(entry, draft)
        if found is None:
            await self._fail(conversation.id, draft.reply_id, "not_in_thread")
        elif found.tool_calls or not found.text:
            return await self._take(entry, draft.reply_id, found)
        else:
            await self._record(conversation.id, draft.reply_id, found, recovered=True)
        return 0.0

    async def _answer_calls(self, entry: Entry, draft: state.Draft) -> float:
        """The thread waits for the results of calls that were recorded: give it what there is."""
        await self._tools.interrupted(entry.live.conversation.id, draft.reply_id)
        async with self._database.connection() as connection:
            outputs = await history.tool_outputs(connection, entry.live, draft)
        conversation = entry.live.conversation
        thread_id = conversation.state.thread_id
        answered = await self._assistant.answer_tools(thread_id, outputs, **self._identifiers(conversation))
        return await self._take(entry, draft.reply_id, answered)

    async def _not_remembered(self, entry: Entry, reply_id: str) -> float:
        """The server answered without the thread: from now on the log is the memory."""
        self._provider.stateful = False
        conversation_id = entry.live.conversation.id
        await self._fail(conversation_id, reply_id, "thread_ignored")
        await self._rebinding.bind(entry, local_thread(), "thread_ignored", 0)
        return 0.0

    async def _faulted(self, entry: Entry, fault: ProviderFault) -> float:
        """Note what a fault says about the attempt; the conversation's own back-off comes after."""
        conversation = entry.live.conversation
        self._provider.breaker.fault(fault, monotonic())
        logger.warning(
            "draft failed", conversation=str(conversation.id), code=fault.code, status=fault.status
        )
        if isinstance(fault, NoConversations):
            self._provider.stateful = False
            return 0.0
        current = (await self._conversations.get(conversation.id)).live.conversation
        pause = self._policy.retry_base if _owes_outputs(current) else 0.0
        if isinstance(fault, ThreadLocked):
            return await self._locked(conversation, pause)
        if isinstance(fault, OutcomeUnknown) or (pause and isinstance(fault, PASSING)):
            return pause
        if current.state.draft is not None and current.state.draft.open:
            await self._fail(conversation.id, current.state.draft.reply_id, fault.code, fault.status)
        for kind, reason in REBOUND_BY:
            if isinstance(fault, kind):
                return await self._rebinding.mend(conversation.id, reason)
        return 0.0 if current.state.draft is not None else self._policy.retry_base

    async def _locked(self, conversation: Conversation, pause: float) -> float:
        """Somebody, perhaps our own lost request, is at work on the thread: its outcome comes first."""
        since = self._locked_since.setdefault(conversation.id, monotonic())
        if monotonic() - since <= self._rules.lock_patience:
            return pause
        self._locked_since.pop(conversation.id, None)
        current = (await self._conversations.get(conversation.id)).live.conversation
        if current.state.draft is not None and current.state.draft.open:
            await self._fail(conversation.id, current.state.draft.reply_id, "thread_locked")
        return await self._rebinding.mend(conversation.id, "thread_locked")


def _owes_outputs(conversation: Conversation) -> bool:
    """Whether the thread takes nothing but the outputs of functions now."""
    draft = conversation.state.draft
    return draft is not None and draft.open and bool(draft.tools)


def _reply_id(conversation: Conversation) -> str:
    """A new id for a reply: a turn that a person gave back unanswered gets another than it had."""
    return f"r{conversation.version + 1}"
