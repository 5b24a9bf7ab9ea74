"""Who has been silent for so long that the policy forgets them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.conversation import Conversation
from domain.steps import Policy, Rest
from projections import sessions, views
from service.storage import log
from service.storage.database import Database
from service.storage.vault import Vault

AT_ONCE: Final = 200
"""Conversations that are looked at together."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Finds the silent. The live session view says who may be, the log decides."""

    database: Database
    vault: Vault
    policy: Policy

    async def silent(self, partitions: Collection[int], before: datetime) -> AsyncIterator[UUID]:
        """Conversations of these partitions in which nothing has been recorded since an instant, with which
        nobody is at and in which nothing is owed."""
        place: tuple[int, UUID] | None = None
        while True:
            async with self.database.connection() as connection:
                view = await views.live(connection, sessions.Sessions.name)
                page = await sessions.quiet(connection, view, partitions, before, place, AT_ONCE)
                found = await log.load_many(
                    connection, self.vault, [key for _, key in page], self.database.partitions
                )
            for conversation_id, live in found.items():
                if self.may_go(live.conversation, before):
                    yield conversation_id
            if len(page) < AT_ONCE:
                return
            place = page[-1]

    def may_go(self, conversation: Conversation, before: datetime) -> bool:
        """Whether a conversation is silent since an instant, and nobody waits for anything in it."""
        return (
            conversation.modified_on < before
            and conversation.state.answered_by == "bot"
            and not conversation.state.erased
            and not conversation.awaiting_reply
            and isinstance(conversation.next_step(self.policy), Rest)
        )
