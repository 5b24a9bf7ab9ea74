"""People who write for the first time, or seem to: perhaps known under another id, perhaps erased."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid4

from domain.conversation import Conversation
from domain.identity import Sender, afresh, begins_afresh, partition_of
from domain.inbound import Item, Message
from domain.observe import answers_to, is_of_another, keys_of
from domain.steps import Policy
from service.binding import Binder, LocalBinder
from service.storage import identities, inbox, log
from service.storage.database import Database
from service.storage.ids import backdated_id
from service.storage.inbox import InboxRow
from service.storage.reach import MARGIN
from service.storage.vault import message_key

LATELY: Final = MARGIN / 2
"""Seconds ago that a row may have come and be taken before all that comes after it."""


@dataclass(slots=True)
class Parcel:
    """The inbox rows of one conversation, with what they say."""

    conversation_id: UUID
    rows: list[InboxRow] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)

    @property
    def starter(self) -> Item | None:
        """The first item that a conversation can begin with."""
        return next((item for item in self.items if item.starts_conversation), None)

    @property
    def sender(self) -> Sender | None:
        """The identity that the conversation has its id from, if the rows name it; after an erasure, the one
        that the person came back with."""
        if begins_afresh(self.conversation_id):
            return self.starter.sender if self.starter is not None else None
        names = (name for item in self.items for name in _names(item))
        return next((name for name in names if name.conversation_id == self.conversation_id), None)

    @property
    def other_ids(self) -> list[UUID]:
        """The conversation ids that the other ids in the rows stand for, in order."""
        named = dict.fromkeys(name.conversation_id for item in self.items for name in _names(item))
        return [conversation_id for conversation_id in named if conversation_id != self.conversation_id]


def _names(item: Item) -> Iterator[Sender]:
    for name in (item.sender, *map(item.sender.known_as, item.aliases)):
        yield name
        yield from name.spellings


def _moved(rows: Sequence[InboxRow], home: UUID, partitions: int) -> list[InboxRow]:
    """Rows as they wait for ``home``, in their order. One that came long ago would be behind what looks into
    its new partition reach back to, and later ones would be taken first: it counts as come lately."""
    partition = partition_of(home, partitions)
    return [
        row._replace(partition=partition, id=max(row.id, backdated_id(LATELY)), conversation_id=home)
        for row in rows
    ]


class Newcomers:
    """Decides who the unknown are, before anything is begun for them.

    A new person's ids are noted as theirs at first sight, in the database, so that a message by another
    of them that is taken in meanwhile, by whichever process, goes the same way. Of several new people
    that turn out to be one, the first to arrive is who they are.
    """

    def __init__(self, database: Database, binder: Binder | LocalBinder) -> None:
        self._database = database
        self._binder = binder

    async def sort_out(self, parcels: list[Parcel]) -> list[Parcel]:
        """Those who are nobody else; the rows of the others have moved to where they belong."""
        homes, ends = await self._homes(parcels)
        links: list[tuple[UUID, UUID]] = []
        new: list[Parcel] = []
        for parcel in sorted(parcels, key=lambda parcel: parcel.rows[0].id):
            own = parcel.conversation_id
            named = (own, *parcel.other_ids)
            # By way of the conversations that were erased: they know what is a copy of theirs.
            leads_to = (homes[each] for each in named if each in homes and ends[each] != own)
            home = next((found for found in leads_to if found != own), own)
            if home != own:
                await self._forward(parcel, home)
                continue
            new.append(parcel)
            if parcel.starter is not None:
                mine = [each for each in named if each not in homes]
                homes |= dict.fromkeys(mine, own)
                ends |= dict.fromkeys(mine, own)
                links += [(each, own) for each in mine if each != own]
        if links:
            async with self._database.connection() as connection:
                await identities.link(connection, sorted(links), self._database.partitions)
        return new

    async def after_erasure(self, parcel: Parcel, erased: Conversation, policy: Policy) -> Parcel:
        """What of a parcel for an erased conversation is about what was erased. The rest moves on to the
        conversation that the person has begun since, or begins by writing now."""
        keys = [keys_of(erased, item, policy) for item in parcel.items]
        partitions, own = self._database.partitions, parcel.conversation_id
        digests = {message_key(own, key) for each in keys for key in each}
        async with self._database.connection() as connection:
            held = set(await log.held_keys(connection, partition_of(own, partitions), own, list(digests)))
            leads_to = await identities.resolve(connection, [own], partitions)
        begun = own in leads_to
        of_old, later = Parcel(own), Parcel(own)
        for row, item, mine in zip(parcel.rows, parcel.items, keys, strict=True):
            copied = answers_to(erased, item) or any(message_key(own, key) in held for key in mine)
            begun = begun or (isinstance(item, Message) and not copied)
            part = of_old if copied or not begun else later
            part.rows.append(row)
            part.items.append(item)
        if later.rows:
            await self._forward(later, leads_to.get(own) or afresh(uuid4()))
        return of_old

    async def part_with_others(self, parcel: Parcel, conversation: Conversation) -> None:
        """Leave in a parcel what is of the person of a conversation. What is of whoever has got their old
        number since moves on to that person's own."""
        others = [is_of_another(conversation, item) for item in parcel.items]
        if not any(others):
            return
        mine, theirs = Parcel(parcel.conversation_id), Parcel(parcel.conversation_id)
        for row, item, another in zip(parcel.rows, parcel.items, others, strict=True):
            part = theirs if another else mine
            part.rows.append(row)
            part.items.append(item)
        partitions = self._database.partitions
        for sender in dict.fromkeys(item.sender for item in theirs.items):
            async with self._database.transaction() as connection:
                number = sender.conversation_id
                home = await identities.give(connection, number, conversation.id, afresh(uuid4()), partitions)
                rows = [r for r, i in zip(theirs.rows, theirs.items, strict=True) if i.sender == sender]
                await inbox.move(connection, rows, _moved(rows, home, partitions))
        parcel.rows, parcel.items = mine.rows, mine.items

    async def _homes(self, parcels: list[Parcel]) -> tuple[dict[UUID, UUID], dict[UUID, UUID]]:
        """Where ids lead: to the conversation that they are linked to, or that they have begun, or that
        is about to begin with them here; and where they lead in the end, past those that were erased."""
        partitions = self._database.partitions
        others = {named for parcel in parcels for named in parcel.other_ids}
        asked = others.union(parcel.conversation_id for parcel in parcels)
        async with self._database.connection() as connection:
            linked = await identities.hops(connection, asked, partitions)
            known = others | linked.keys()
            begun = await identities.existing(connection, known, partitions) if known else set()
        about_to_begin = self._binder.binding | self._binder.bound.keys()
        homes = {named: named for named in about_to_begin} | linked | {named: named for named in begun}
        # A number that is somebody else's by now leads to them, whoever began with it.
        homes |= {named: end for named, end in linked.items() if begins_afresh(end)}
        return homes, {named: identities.end_of(homes, named) for named in homes}

    async def _forward(self, parcel: Parcel, home: UUID) -> None:
        """Move rows to ``home``, or to where somebody else let them lead at the same time: the first link
        stands."""
        partitions, own = self._database.partitions, parcel.conversation_id
        async with self._database.transaction() as connection:
            await identities.link(connection, [(own, home)], partitions)
            home = (await identities.resolve(connection, [own], partitions))[own]
            await inbox.move(connection, parcel.rows, _moved(parcel.rows, home, partitions))
        await self._binder.taken(parcel.conversation_id, won=False)
