"""A conversation goes on in another thread, which has been told what was said so far."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog

from domain.conversation import Conversation
from domain.state import Turn
from domain.steps import Policy
from service import history
from service.binding import Binding, ThreadMaker, local_thread
from service.conversations import Conversations, Entry
from service.provider import ProviderFault
from service.storage.database import Database

logger = structlog.get_logger()


class Rebinding:
    """Makes the new thread, tells it the past, and binds the conversation to it; a thread that was made and
    could not be bound is deleted again."""

    def __init__(
        self,
        database: Database,
        conversations: Conversations,
        maker: ThreadMaker,
        policy: Policy,
        clock: Callable[[], datetime],
    ) -> None:
        self._database, self._conversations, self._maker = database, conversations, maker
        self._policy, self._clock = policy, clock

    async def rebind(self, entry: Entry, reason: str, turn: Turn) -> None:
        """Move to a new thread that knows all that was said before the turn. Raises :class:`ProviderFault`
        where none can be made."""
        conversation_id = entry.live.conversation.id
        async with self._database.connection() as connection:
            said, turns = await history.past(connection, entry.live, turn.first, self._policy.context_budget)
        binding = await self._maker.make(conversation_id, "rebind", said)
        await self.bind(entry, binding, reason, turns)

    async def mend(self, conversation_id: UUID, reason: str) -> float:
        """As :meth:`rebind`, where the thread is of no use any more; to a local one while the provider makes
        none. The seconds after which to look at the conversation again."""
        entry = await self._conversations.get(conversation_id)
        turn = turn_of(entry.live.conversation)
        if turn is None:
            return 0.0
        try:
            await self.rebind(entry, reason, turn)
        except ProviderFault as fault:
            logger.warning("thread not rebound", conversation=str(conversation_id), code=fault.code)
            await self.bind(entry, local_thread(), reason, 0)
        return 0.0

    async def bind(self, entry: Entry, binding: Binding, reason: str, turns: int) -> None:
        """Record that the conversation is bound to a thread from now on, which was told ``turns`` turns.

        Raises :class:`~domain.conversation.Refused` where somebody else rebound it since it was looked at.
        """
        conversation_id, leaving = entry.live.conversation.id, entry.live.conversation.state.thread_id
        now, last = self._clock(), binding.last_item_id

        def command(c: Conversation) -> None:
            c.rebind(binding.thread_id, reason, now, leaving=leaving, last_item_id=last, seeded_turns=turns)

        try:
            await self._conversations.act(conversation_id, command, bound_attempt=binding.attempt_id)
        except BaseException:
            # The register keeps a bound thread, whatever we believe: only an unbound one is doomed.
            await asyncio.shield(self._maker.give_up(conversation_id, binding))
            raise
        logger.info(
            "thread rebound", conversation=str(conversation_id), thread=binding.thread_id, reason=reason
        )


def turn_of(conversation: Conversation) -> Turn | None:
    """What the owed answer is to cover. An attempt whose outcome is unknown keeps what it was asked."""
    draft, unanswered = conversation.state.draft, conversation.state.unanswered
    if draft is None:
        return unanswered
    return draft.turn if draft.open else draft.turn.joined(unanswered)
