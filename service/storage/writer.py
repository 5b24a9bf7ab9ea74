"""Appends to the log and all that must be true with it, by group commit.

Everything that follows from new events is in their transaction: the inbox rows that they
came from go, what the conversation owes is noted, its thread is marked as bound, its aliases lead to
it. One commit serves every conversation that is waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from domain.conversation import Conversation
from domain.events import Fact
from domain.steps import DraftReply, Policy, Rest, SendReply
from service.storage import identities, inbox, log, owed, register
from service.storage.database import Database, Unavailable
from service.storage.group_commit import GroupCommit
from service.storage.inbox import InboxRow
from service.storage.log import Live, Refusal, StreamAppend

LARGEST_BATCH: Final = 400
MOST_WAITING: Final = 100_000
"""No bound in practice: callers are workers that wait for their own append."""


@dataclass(slots=True)
class Change:
    """New events of one conversation and what goes with them."""

    stream: StreamAppend
    owes: tuple[str, datetime] | None
    """The step owed after these events and since when; None for nothing."""
    owed_before: bool
    done: list[InboxRow] = field(default_factory=list)
    bound_attempt: UUID | None = None
    """The thread attempt whose thread these events bind."""
    links: list[UUID] = field(default_factory=list)
    """Conversation ids that the person's other ids would have had."""


Written = asyncio.Future[Refusal | None]
"""None once it is in the log, or why it is not."""


class LogWriter:
    """The one way into the log. :meth:`write` returns once the events are committed."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self._database = database
        self._policy = policy
        self._commits: GroupCommit[Change, Refusal | None] = GroupCommit(
            self._commit, most_waiting=MOST_WAITING, largest_batch=LARGEST_BATCH, fatal=(Unavailable,)
        )
        self.start, self.stop = self._commits.start, self._commits.stop

    def change(
        self,
        live: Live,
        events: list[Fact],
        *,
        owed_before: bool,
        done: list[InboxRow] | None = None,
        bound_attempt: UUID | None = None,
        links: list[UUID] | None = None,
    ) -> Change:
        """Put a change together; ``events`` are what the conversation has just recorded."""
        if live.key is None:
            raise ValueError("the conversation's key is destroyed")
        stream = StreamAppend(live.partition, live.conversation, events, live.key, live.wrapped_key)
        owes = _owes(live.conversation, self._policy)
        return Change(stream, owes, owed_before, done or [], bound_attempt, links or [])

    async def write(self, change: Change) -> Refusal | None:
        """Append; None when it is in the log for good, else why nothing of it is.

        Raises :class:`~service.storage.database.Unavailable` when the outcome is unknown: read
        the conversation again before deciding anything.
        """
        return await self._commits.submit(change)

    def submit(self, change: Change) -> Written:
        """As :meth:`write`, for whoever does not wait at once."""
        return self._commits.submit(change)

    async def _commit(self, changes: Sequence[Change]) -> Sequence[Refusal | None]:
        async with self._database.transaction() as connection:
            refused = await log.append(connection, [change.stream for change in changes])
            accepted = [c for c in changes if c.stream.conversation.id not in refused]
            await self._follow(connection, accepted)
        return [refused.get(change.stream.conversation.id) for change in changes]

    async def _follow(self, connection: asyncpg.Connection, accepted: list[Change]) -> None:
        await inbox.delete(connection, [row for change in accepted for row in change.done])
        at = [(c.stream.partition, c.stream.conversation.id) for c in accepted]
        begun = [
            (*where, change.owes[1], change.owes[0])
            for where, change in zip(at, accepted, strict=True)
            if change.owes and not change.owed_before
        ]
        await owed.mark(connection, begun)
        settled = [
            where
            for where, change in zip(at, accepted, strict=True)
            if change.owed_before and not change.owes
        ]
        await owed.clear(connection, settled)
        bound = [(c.stream.partition, c.bound_attempt) for c in accepted if c.bound_attempt is not None]
        await register.bound(connection, bound)
        links = [(alias, c.stream.conversation.id) for c in accepted for alias in c.links]
        await identities.link(connection, links, self._database.partitions)


async def outcomes(futures: Sequence[Written]) -> list[Refusal | BaseException | None]:
    """What :meth:`LogWriter.write` would have answered or raised for each."""
    results: list[Refusal | BaseException | None] = []
    for future in futures:
        try:
            results.append(await future)
        except Exception as error:  # noqa: BLE001 # handed to the caller, each with its change
            results.append(error)
    return results


def _owes(conversation: Conversation, policy: Policy) -> tuple[str, datetime] | None:
    step = conversation.next_step(policy)
    match step:
        case Rest():
            return None
        case DraftReply():
            turn = conversation.state.unanswered or (
                conversation.state.draft and conversation.state.draft.turn
            )
            return "draft", turn.since if turn else step.not_before
        case SendReply():
            return "send", conversation.modified_on
