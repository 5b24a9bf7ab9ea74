"""Inbox to log: what arrived becomes events, many conversations in one commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, cast
from uuid import UUID

import asyncpg
import msgspec
import structlog

from domain.conversation import Conversation
from domain.events import Fact, IdentityLinked
from domain.inbound import ITEM_TYPES
from domain.state import REMEMBERED_KEYS
from domain.steps import Policy
from service.binding import Binder, Binding, LocalBinder
from service.conversations import Conversations, Entry
from service.newcomers import Newcomers, Parcel
from service.storage import inbox, log
from service.storage.database import Database
from service.storage.ids import ordered_id
from service.storage.inbox import IgnoredRow, InboxRow, QuarantineRow
from service.storage.log import Refusal
from service.storage.reach import Reach
from service.storage.vault import message_key
from service.storage.writer import Change, LogWriter, Written, outcomes

LARGEST_BATCH: Final = 40
"""Inbox rows of one partition taken at a time."""

KEEPING_UP: Final = timedelta(milliseconds=200)
"""How far behind the log may be for replies to be as important."""

GIVE_WAY: Final = 96
"""Rows or conversations after which others get the processor for a moment: some three milliseconds."""

OUTGROWS_MEMORY: Final = REMEMBERED_KEYS // 4
"""Rows of one conversation whose keys it may have forgotten before the last of them: a row records four at
most. The log cannot tell a copy from its original either, while neither is in it."""

UNFIT: Final = (asyncpg.DataError, TypeError, ValueError)
"""What the log raises where something cannot be stored, whoever tries and however often."""

DECODERS: Final = {name: msgspec.json.Decoder(item) for name, item in ITEM_TYPES.items()}

ERASED: Final = "the person has been erased"
"""Why something is ignored that nothing is kept of."""

logger = structlog.get_logger()


Work = tuple[Parcel, Entry, Change, Written]


class Intake:
    """Takes inbox rows of the partitions it is told to; one run at a time.

    A conversation that conflicts, or whose outcome is unknown, keeps its rows and is read again in
    the next run. A row that the domain or the log cannot take goes to quarantine; nothing stops the others.
    """

    def __init__(
        self,
        database: Database,
        conversations: Conversations,
        writer: LogWriter,
        binder: Binder | LocalBinder,
        policy: Policy,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._conversations = conversations
        self._writer = writer
        self._binder = binder
        self._newcomers = Newcomers(database, binder)
        self._policy = policy
        self._clock = clock
        self._reach = Reach()
        self.behind = timedelta(0)
        """How long the oldest row of the newest batch had waited."""
        self._repeated: dict[UUID, set[str]] = {}
        """Unique keys that the log refused as duplicates, by conversation, until they are recorded."""
        self._suspect: set[UUID] = set()
        """Conversations that the log could not take several rows of: it is given them one by one."""

    async def run(self, partitions: Collection[int]) -> int:
        """Take one batch; how many inbox rows were seen. Zero means that there is nothing to do now."""
        passing_over = set(self._binder.binding)
        past = self._reach.begin(partitions, passing_over)
        async with self._database.connection() as connection:
            rows = await inbox.fetch(connection, past, passing_over, LARGEST_BATCH)
        self._reach.saw(rows, passing_over)
        if not rows:
            self.behind = timedelta(0)
            return 0
        self.behind = self._clock() - min(row.received_at for row in rows)
        parcels = await self._sorted(rows)
        known = await self._conversations.get_many(parcels)
        await self._settle_bindings(known)
        fresh = [parcel for key, parcel in parcels.items() if key not in known]
        ready = [parcel for parcel in fresh if parcel.conversation_id in self._binder.bound]
        unmet = [parcel for parcel in fresh if parcel.conversation_id not in self._binder.bound]
        if ready:
            ready = await self._newcomers.sort_out(ready)
        await asyncio.gather(self._record([parcels[key] for key in known]), self._begin(ready))
        if unmet:  # only now: what has just been recorded may say who they are
            await self._bind(await self._newcomers.sort_out(unmet))
        return len(rows)

    async def _sorted(self, rows: Sequence[InboxRow]) -> dict[UUID, Parcel]:
        parcels: dict[UUID, Parcel] = {}
        broken: list[tuple[InboxRow, str]] = []
        for number, row in enumerate(rows, 1):
            if number % GIVE_WAY == 0:
                await asyncio.sleep(0)
            try:
                item = DECODERS[row.type].decode(row.item)
            except (msgspec.MsgspecError, KeyError) as error:
                broken.append((row, f"inbox row cannot be decoded: {type(error).__name__}"))
                continue
            parcel = parcels.setdefault(row.conversation_id, Parcel(row.conversation_id))
            if parcel.rows and row.conversation_id in self._suspect:
                continue
            parcel.rows.append(row)
            parcel.items.append(item)
        await self._set_aside(broken)
        return parcels

    # Known conversations

    async def _record(self, parcels: list[Parcel]) -> None:
        # Locks are taken in one order; whoever holds one of them waits for the writer only.
        held: list[asyncio.Lock] = []
        work: list[Work] = []
        try:
            for number, parcel in enumerate(sorted(parcels, key=lambda p: p.conversation_id), 1):
                if number % GIVE_WAY == 0:
                    await asyncio.sleep(0)
                entry = await self._conversations.take(parcel.conversation_id)
                held.append(entry.lock)
                change = await self._decide(parcel, entry)
                if change is not None:  # to be committed while the next are decided
                    work.append((parcel, entry, change, self._writer.submit(change)))
            await self._settle(work)
        except BaseException:
            # What is submitted may be in the log or not, and memory is ahead of it until then.
            for parcel, _, _, written in work:
                written.cancel()
                self._conversations.forget(parcel.conversation_id)
            raise
        finally:
            for lock in held:
                lock.release()

    async def _decide(self, parcel: Parcel, entry: Entry, binding: Binding | None = None) -> Change | None:
        conversation = entry.live.conversation
        if entry.live.key is None:
            of_old = await self._newcomers.after_erasure(parcel, conversation, self._policy)
            await self._ignore(of_old, ERASED)
            return None
        if conversation.state.left:
            await self._newcomers.part_with_others(parcel, conversation)
            if not parcel.rows:
                return None
        refused = self._observe(conversation, parcel)
        if refused is not None:
            self._conversations.forget(parcel.conversation_id)
            await self._set_aside([refused])
            return None
        events = conversation.new_facts()
        return self._writer.change(
            entry.live,
            events,
            owed_before=entry.owes,
            done=parcel.rows,
            bound_attempt=binding.attempt_id if binding else None,
            links=_links(conversation, events),
        )

    def _observe(self, conversation: Conversation, parcel: Parcel) -> tuple[InboxRow, str] | None:
        """The row that the conversation cannot take, if there is one, and why."""
        now = self._clock()
        known = set(self._repeated.get(parcel.conversation_id, ()))
        outgrows = len(parcel.rows) > OUTGROWS_MEMORY
        for row, item in zip(parcel.rows, parcel.items, strict=True):
            before = len(conversation.pending_events)
            try:
                conversation.observe(item, now, self._policy, known=known)
            except Exception as error:
                logger.exception("item refused by the domain", conversation=str(parcel.conversation_id))
                return row, f"cannot be taken in: {type(error).__name__}"
            if outgrows:
                known |= _keys(cast("list[Fact]", conversation.pending_events[before:]))
        return None

    async def _settle(self, work: list[Work]) -> list[Refusal | BaseException | None]:
        """Wait until all of it is written or refused, and draw the consequences; what became of each."""
        results = await outcomes([written for *_, written in work])
        for number, ((parcel, entry, change, _), result) in enumerate(zip(work, results, strict=True), 1):
            if number % GIVE_WAY == 0:
                await asyncio.sleep(0)
            if result is None:
                self._repeated.pop(parcel.conversation_id, None)
                self._suspect.discard(parcel.conversation_id)
                self._conversations.settled(entry, change.stream.events)
                continue
            self._conversations.forget(parcel.conversation_id)
            if isinstance(result, Refusal) and result.fault == "duplicate":
                await self._learn_repeated(parcel, change)
            elif isinstance(result, UNFIT):
                await self._unfit(parcel, result)
        return results

    async def _unfit(self, parcel: Parcel, error: BaseException) -> None:
        """The log cannot take what the rows say. Where there are several, find out which."""
        name = type(error).__name__
        logger.warning("rows refused by the log", conversation=str(parcel.conversation_id), error=name)
        if len(parcel.rows) > 1:
            self._suspect.add(parcel.conversation_id)
        else:
            await self._set_aside([(row, f"cannot be recorded: {name}") for row in parcel.rows])

    async def _learn_repeated(self, parcel: Parcel, change: Change) -> None:
        conversation_id = parcel.conversation_id
        keys = {
            message_key(conversation_id, event.unique_key): event.unique_key
            for event in change.stream.events
            if event.unique_key is not None
        }
        async with self._database.connection() as connection:
            held = await log.held_keys(connection, change.stream.partition, conversation_id, list(keys))
        repeated = self._repeated.setdefault(conversation_id, set())
        repeated.update(keys[digest] for digest in held)

    # People we have not met

    async def _bind(self, parcels: list[Parcel]) -> None:
        for parcel in parcels:
            if parcel.starter is None:
                await self._ignore(parcel, "about a person who has no conversation")
            elif parcel.sender is None:
                await self._set_aside([(row, "linked to a person who never wrote") for row in parcel.rows])
            else:
                self._binder.begin(parcel.conversation_id, waiting_since=parcel.rows[0].received_at)

    async def _begin(self, parcels: list[Parcel]) -> None:
        work: list[Work] = []
        for parcel in parcels:
            binding = self._binder.bound[parcel.conversation_id]
            starter, sender = parcel.starter, parcel.sender
            if starter is None or sender is None:  # what it was to begin with has been set aside
                await self._binder.taken(parcel.conversation_id, won=False)
                continue
            conversation = Conversation.start(
                sender,
                binding.thread_id,
                self._clock(),
                first=starter,
                conversation_id=parcel.conversation_id,
            )
            entry = self._conversations.begin(conversation)
            change = await self._decide(parcel, entry, binding)
            if change is not None:
                work.append((parcel, entry, change, self._writer.submit(change)))
        for (parcel, entry, *_), result in zip(work, await self._settle(work), strict=True):
            if result is None:
                self._conversations.add(entry.live)
                await self._binder.taken(parcel.conversation_id, won=True)

    async def _settle_bindings(self, known: dict[UUID, Entry]) -> None:
        """Bindings of conversations that have begun meanwhile: by this thread, or by another one."""
        for conversation_id in known.keys() & self._binder.bound.keys():
            thread_id = self._binder.bound[conversation_id].thread_id
            won = known[conversation_id].live.conversation.state.thread_id == thread_id
            await self._binder.taken(conversation_id, won=won)

    # What is set aside

    async def _ignore(self, parcel: Parcel, reason: str) -> None:
        ignored = [
            IgnoredRow(
                row.partition,
                ordered_id(),
                row.received_at,
                item.sender.channel,
                item.sender.account_id,
                row.type,
                reason,
                b"" if reason == ERASED else row.item,
            )
            for row, item in zip(parcel.rows, parcel.items, strict=True)
        ]
        if not ignored:
            return
        async with self._database.transaction() as connection:
            await inbox.delete(connection, parcel.rows)
            await inbox.insert_ignored(connection, ignored)

    async def _set_aside(self, rows: list[tuple[InboxRow, str]]) -> None:
        if not rows:
            return
        quarantined = [
            QuarantineRow(
                row.partition,
                ordered_id(),
                row.received_at,
                "inbox",
                reason,
                row.item,
                row.type,
                row.conversation_id,
            )
            for row, reason in rows
        ]
        async with self._database.transaction() as connection:
            await inbox.delete(connection, [row for row, _ in rows])
            await inbox.insert_quarantined(connection, quarantined)


def _keys(facts: Iterable[Fact]) -> set[str]:
    return {key for fact in facts if (key := fact.unique_key) is not None}


def _links(conversation: Conversation, events: list[Fact]) -> list[UUID]:
    return [
        conversation.sender.known_as(event.linked_id).conversation_id
        for event in events
        if type(event) is IdentityLinked
    ]
