"""Conversations in memory, and the one way to change them: decide, append, go on or start over."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final, TypeVar
from uuid import UUID

from domain.conversation import Conversation, Refused
from domain.events import Fact
from domain.identity import partition_of
from domain.steps import Policy, Rest
from service.storage import log
from service.storage.database import Database, Unavailable
from service.storage.log import Live
from service.storage.vault import Vault
from service.storage.writer import LogWriter

T = TypeVar("T")

MOST_IN_MEMORY: Final = 20_000
"""About 4 kB each; the one unused for longest goes first."""


class Conflict(Exception):
    """Somebody else appended first, or the outcome is unknown: read again, decide again."""


class Unknown(Exception):
    """There is no such conversation."""


@dataclass(slots=True)
class Entry:
    """A conversation in memory. Whoever holds ``lock`` may change it and must append what changed."""

    live: Live
    owes: bool
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Conversations:
    """Loads conversations when asked and keeps those that are busy.

    ``committed`` is called after every append with the conversation and its new events.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        writer: LogWriter,
        policy: Policy,
        *,
        most_in_memory: int = MOST_IN_MEMORY,
    ) -> None:
        self._database = database
        self._vault = vault
        self._writer = writer
        self._policy = policy
        self._most = most_in_memory
        self._entries: OrderedDict[UUID, Entry] = OrderedDict()
        self._committed: list[Callable[[Entry, list[Fact]], None]] = []

    def on_commit(self, callback: Callable[[Entry, list[Fact]], None]) -> None:
        """Be told of every append of this process, after it is committed."""
        self._committed.append(callback)

    async def get_many(self, ids: Collection[UUID]) -> dict[UUID, Entry]:
        """Those of the conversations that exist, loading in one round trip what is not in memory."""
        found: dict[UUID, Entry] = {}
        missing: list[UUID] = []
        for conversation_id in ids:
            entry = self._entries.get(conversation_id)
            if entry is None:
                missing.append(conversation_id)
            else:
                self._entries.move_to_end(conversation_id)
                found[conversation_id] = entry
        if missing:
            async with self._database.connection() as connection:
                loaded = await log.load_many(connection, self._vault, missing, self._database.partitions)
            for conversation_id, live in loaded.items():
                found[conversation_id] = self.add(live)
        return found

    async def get(self, conversation_id: UUID) -> Entry:
        """One conversation. Raises :class:`Unknown`."""
        entry = self._entries.get(conversation_id)
        if entry is None:
            entry = (await self.get_many([conversation_id])).get(conversation_id)
        if entry is None:
            raise Unknown(str(conversation_id))
        return entry

    def begin(self, conversation: Conversation) -> Entry:
        """A conversation that has just begun and is not in the log yet; not kept until it is."""
        key, wrapped = self._vault.make(conversation.id)
        partition = partition_of(conversation.id, self._database.partitions)
        return Entry(Live(partition, conversation, key, wrapped), owes=False)

    def add(self, live: Live) -> Entry:
        """Keep a conversation in memory; the entry that is there already wins."""
        conversation_id = live.conversation.id
        entry = self._entries.get(conversation_id)
        if entry is None:
            owes = not isinstance(live.conversation.next_step(self._policy), Rest)
            entry = self._entries[conversation_id] = Entry(live, owes)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)
        return entry

    def forget(self, conversation_id: UUID) -> None:
        """Drop what is in memory; the next look reads the log."""
        self._entries.pop(conversation_id, None)

    def forget_partitions(self, partitions: Collection[int]) -> None:
        """Drop every conversation of partitions that another process works on now."""
        gone = [i for i, entry in self._entries.items() if entry.live.partition in partitions]
        for conversation_id in gone:
            del self._entries[conversation_id]

    async def act(
        self,
        conversation_id: UUID,
        command: Callable[[Conversation], T],
        *,
        bound_attempt: UUID | None = None,
    ) -> T:
        """Run a command on a conversation and append what it records.

        Raises what the command raises, then nothing is recorded; :class:`Conflict` when somebody
        else was first or the outcome of the commit is unknown; :class:`Unknown`.
        """
        entry = await self.take(conversation_id)
        try:
            result = command(entry.live.conversation)
            events = entry.live.conversation.new_facts()
            if events:
                await self._append(entry, events, bound_attempt)
        except BaseException:
            # Whatever it was, a cancellation included, memory may be ahead of the log.
            self.forget(conversation_id)
            raise
        finally:
            entry.lock.release()
        return result

    async def persist(self, conversation_id: UUID, command: Callable[[Conversation], T]) -> T | None:
        """As :meth:`act`, for what has happened already outside and must not be lost: tried again
        through conflicts and outages. None when the command does not fit any more."""
        pause = 0.01
        while True:
            try:
                return await self.act(conversation_id, command)
            except Refused:
                return None
            except (Conflict, Unavailable):
                await asyncio.sleep(pause)
                pause = min(1.0, pause * 2)

    async def take(self, conversation_id: UUID) -> Entry:
        """A conversation as the log has it, with its lock taken: to be released by the caller.
        Raises :class:`Unknown`."""
        while True:
            entry = await self.get(conversation_id)
            await entry.lock.acquire()
            # Whoever held it before may have had to drop it.
            if self._entries.get(conversation_id) is entry:
                return entry
            entry.lock.release()

    async def _append(self, entry: Entry, events: list[Fact], bound_attempt: UUID | None) -> None:
        change = self._writer.change(entry.live, events, owed_before=entry.owes, bound_attempt=bound_attempt)
        if await self._writer.write(change) is not None:
            raise Conflict
        self.settled(entry, events)

    def settled(self, entry: Entry, events: list[Fact]) -> None:
        """Note that an entry's new events are committed."""
        entry.live.wrapped_key = None
        entry.owes = not isinstance(entry.live.conversation.next_step(self._policy), Rest)
        for callback in self._committed:
            callback(entry, events)
