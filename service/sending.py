"""Drafted to sent: one part at a time, on record before and after, never repeated blindly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Final
from uuid import UUID

import structlog

from domain.conversation import Conversation
from domain.events import ReplyDrafted
from domain.observe import reference_of
from domain.state import HANDED_OVER, OVERTAKEN, Turn
from domain.steps import SendReply
from service.channels.graph import GraphClient, Sent
from service.channels.pacing import Pacing
from service.channels.refusals import SendRefused, SendUnknown
from service.channels.texts import split_text
from service.conversations import Conversations, Entry
from service.storage import log
from service.storage.database import Database

LONGEST_WAIT: Final = 5.0
"""Seconds after which to look again: somebody else's trial may have shown that the account is well."""

logger = structlog.get_logger()


class Sending:
    """Performs one :class:`~domain.steps.SendReply`.

    An attempt is recorded before the channel is called. Where the call's outcome stays unknown, the step's
    ``not_before`` gives the echo or the status that carries its reference the time to come first.
    """

    def __init__(
        self,
        *,
        database: Database,
        conversations: Conversations,
        graph: GraphClient,
        pacing: Pacing,
        clock: Callable[[], datetime],
        still_mine: Callable[[int], bool],
    ) -> None:
        self._database = database
        self._conversations = conversations
        self._graph = graph
        self._pacing = pacing
        self._clock = clock
        self._still_mine = still_mine
        self._typing: set[asyncio.Task[None]] = set()

    async def step(self, entry: Entry, step: SendReply) -> float:
        """Send the next part, or say why not; the seconds after which to look again."""
        conversation = entry.live.conversation
        wait = self._pacing.wait_for(conversation.sender, monotonic())
        if wait > 0:
            return min(wait, LONGEST_WAIT)
        now = self._clock()
        reply = conversation.state.outgoing[0]
        author = reply.author
        closes = conversation.window_of(author)
        if closes is not None and now >= closes:
            await self._give_up(conversation.id, step, "window_closed", None)
            return 0.0
        if conversation.state.answered_by == "person" and author != "person":
            await self._give_up(conversation.id, step, HANDED_OVER if reply.turn else OVERTAKEN, None)
            return 0.0
        self._pacing.sent(conversation.sender, monotonic())  # at once, lest others be let through as well
        text = await self._text(entry, step)
        reference = reference_of(conversation.id, step.reply_id, step.part)
        await self._conversations.act(
            conversation.id, lambda c: c.attempt_send(step.reply_id, step.part, reference, now)
        )
        if not self._still_mine(entry.live.partition):
            return 0.0
        return await self._send(conversation, step, text, reference)

    async def _text(self, entry: Entry, step: SendReply) -> str:
        async with self._database.connection() as connection:
            events = await log.read_stream(
                connection, entry.live, after=step.version - 1, through=step.version
            )
        drafted = events[0]
        if not isinstance(drafted, ReplyDrafted):
            raise TypeError(f"version {step.version} is no ReplyDrafted")
        return split_text(entry.live.conversation.sender.channel, drafted.text)[step.part - 1]

    async def _send(self, conversation: Conversation, step: SendReply, text: str, reference: str) -> float:
        to = conversation.sender
        closed = conversation.window_closes_at
        late = closed is not None and self._clock() >= closed  # then only a person's words have come so far
        try:
            sent = await self._graph.send_text(to, text, reference=reference, human_agent=late)
        except SendUnknown as unknown:
            logger.warning("send outcome unknown", conversation=str(conversation.id), reason=unknown.reason)
            return 0.0
        except SendRefused as refused:
            self._pacing.refused(to, refused, monotonic())
            return await self._refused(conversation.id, step, refused)
        self._pacing.accepted(to, monotonic())
        await self._record(conversation.id, step, sent)
        return 0.0

    async def _record(self, conversation_id: UUID, step: SendReply, sent: Sent) -> None:
        now = self._clock()
        await self._conversations.persist(
            conversation_id, lambda c: c.record_sent(step.reply_id, step.part, sent.message_id, now)
        )

    async def _refused(self, conversation_id: UUID, step: SendReply, refused: SendRefused) -> float:
        logger.warning(
            "send refused",
            conversation=str(conversation_id),
            disposition=refused.disposition,
            code=refused.code,
            subcode=refused.subcode,
        )
        if refused.disposition in {"final", "window_closed"}:
            reason = "refused" if refused.disposition == "final" else "window_closed"
            await self._give_up(conversation_id, step, reason, refused)
            return 0.0
        now = self._clock()
        await self._conversations.persist(
            conversation_id,
            lambda c: c.defer_send(
                step.reply_id,
                step.part,
                now,
                code=refused.code,
                subcode=refused.subcode,
                retry_after=refused.retry_after,
            ),
        )
        return 0.0

    async def _give_up(
        self, conversation_id: UUID, step: SendReply, reason: str, refused: SendRefused | None
    ) -> None:
        now = self._clock()
        code, subcode = (refused.code, refused.subcode) if refused else (None, None)
        await self._conversations.persist(
            conversation_id,
            lambda c: c.fail_send(step.reply_id, step.part, reason, now, code=code, subcode=subcode),
        )

    def show_typing(self, conversation: Conversation, turn: Turn) -> None:
        """Mark the customer's message as read and show that an answer is being written; nobody waits."""
        task = asyncio.create_task(self._graph.show_typing(conversation.sender, turn.last_message_id))
        self._typing.add(task)
        task.add_done_callback(self._typing.discard)

    async def stop(self) -> None:
        """Drop what is only for show."""
        for task in self._typing:
            task.cancel()
        await asyncio.gather(*self._typing, return_exceptions=True)
