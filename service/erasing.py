"""Erasure: a person becomes unreadable, in one transaction, and what they amounted to still counts.

What the model provider holds is deleted afterwards, by the sweep, for as long as it takes. Old row versions
are vacuumed away; until their pages are written over, as in the write-ahead log and in backups until those
are recycled, bytes of what was plain (deliveries not taken in yet or set aside, lexemes) can still be found
by whoever can read the server's files. docs/operating.md says what ends that.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

import asyncpg

from domain.conversation import Conversation, Refused
from domain.events import ConversationStarted, IdentityLinked, ThreadRebound
from domain.identity import partition_of
from domain.state import thread_kind
from projections import forgetting
from service.conversations import Conflict, Unknown
from service.storage import erasure, log, register
from service.storage.database import Database, Unavailable
from service.storage.feed import LogFeed
from service.storage.log import Live, StreamAppend
from service.storage.vault import Vault

TRIES: Final = 20
"""Times that somebody else may append first."""

NAMING: Final = (ConversationStarted.__name__, IdentityLinked.__name__, ThreadRebound.__name__)
MOST_NAMES: Final = 10_000
"""Far more ids and threads than a person comes to have."""


Condition = Callable[[Conversation], bool]


class Eraser:
    """Erases people from a database. Needs no running service: each process finds out by itself.

    :meth:`vacuum` is to follow.
    """

    def __init__(self, database: Database, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._database, self._vault, self._clock = database, vault, clock
        self._touched: set[str] = set()

    async def erase(
        self,
        conversation_id: UUID,
        actor: str,
        reason: str | None = None,
        *,
        only_if: Condition | None = None,
    ) -> UUID:
        """Erase the person of a conversation; the id of the certificate, the same one when asked again.

        ``only_if``: what has to hold of the conversation as the log has it then, and nothing of theirs may be
        waiting to be taken in. Raises :class:`~service.conversations.Unknown` where there is no such
        conversation, :class:`~domain.conversation.Refused` where ``only_if`` does not hold,
        :class:`~service.conversations.Conflict` where others appended first all the time.
        """
        partition = partition_of(conversation_id, self._database.partitions)
        for _ in range(TRIES):
            async with self._database.connection() as connection:
                done = await erasure.certificate(connection, partition, conversation_id)
                live = await log.load(connection, self._vault, conversation_id, self._database.partitions)
            if done is not None:
                return done
            if live is None:
                raise Unknown(str(conversation_id))
            if only_if is not None and not only_if(live.conversation):
                raise Refused("there is news of the person")
            try:
                return await self._attempt(live, actor, reason, spare_waiting=only_if is not None)
            except (Conflict, asyncpg.DeadlockDetectedError):
                continue
        raise Conflict

    async def vacuum(self) -> None:
        """Have the server drop what it keeps of old rows: once for all who have been erased just now."""
        touched, self._touched = self._touched, set()
        with suppress(asyncpg.PostgresError, Unavailable):  # the server's own comes by later
            async with self._database.connection() as connection:
                await erasure.vacuum(connection, sorted(touched))

    async def _attempt(self, live: Live, actor: str, reason: str | None, *, spare_waiting: bool) -> UUID:
        conversation, partition, now = live.conversation, live.partition, self._clock()
        if live.key is None:  # somebody else was at it just now
            raise Conflict
        certificate_id = uuid4()
        async with self._database.transaction() as connection:
            named, threads = await _named(connection, live)
            await erasure.blank(connection, conversation.id, named, now)
            await erasure.destroy_key(connection, partition, conversation.id, now)
            views = await forgetting.forget(connection, LogFeed(self._vault), partition, conversation.id)
            await self._append(connection, live, actor, certificate_id, now, reason)
            waited = await erasure.settle(connection, partition, conversation.id, certificate_id, now)
            if waited and spare_waiting:
                raise Refused("there is news of the person")
            await register.erased(connection, partition, conversation.id, threads, now)
        async with self._database.transaction() as connection:  # views that were made meanwhile
            feed = LogFeed(self._vault)
            views |= await forgetting.forget(connection, feed, partition, conversation.id, done=views)
        self._touched.update(table for tables in views.values() for table in tables)
        return certificate_id

    async def _append(
        self,
        connection: asyncpg.Connection,
        live: Live,
        actor: str,
        certificate_id: UUID,
        now: datetime,
        reason: str | None,
    ) -> None:
        assert live.key is not None, "seen to by the caller"
        conversation: Conversation = live.conversation
        conversation.erase(actor, str(certificate_id), now, reason=reason)
        stream = StreamAppend(live.partition, conversation, conversation.new_facts(), live.key)
        if await log.append(connection, [stream]):
            raise Conflict


async def _named(connection: asyncpg.Connection, live: Live) -> tuple[list[str], list[str]]:
    """Every id that the person was known by, and every thread at the provider that they were bound to."""
    names, threads = [live.conversation.state.sender_id], []
    for fact in await log.read_spoken(connection, live, NAMING, after=0, limit=MOST_NAMES):
        match fact:
            case ConversationStarted():
                names.append(fact.sender_id)
                threads.append(fact.thread_id)
            case IdentityLinked():
                names.append(fact.linked_id)
            case ThreadRebound():
                threads.append(fact.thread_id)
            case _:
                pass
    kept = [thread for thread in threads if thread_kind(thread) == "openai"]
    return list(dict.fromkeys(names)), list(dict.fromkeys(kept))
