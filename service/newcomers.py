"""People who write for the first time, or seem to: perhaps somebody we know under another id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from domain.identity import Sender, partition_of
from domain.inbound import Item
from service.binding import Binder, LocalBinder
from service.storage import identities, inbox
from service.storage.database import Database
from service.storage.inbox import InboxRow


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
        """The identity that the conversation has its id from, if the rows name it."""
        names = (name for item in self.items for name in _names(item))
        return next((name for name in names if name.conversation_id == self.conversation_id), None)

    @property
    def other_ids(self) -> list[UUID]:
        """The conversation ids that the other ids in the rows stand for, in order."""
        named = dict.fromkeys(name.conversation_id for item in self.items for name in _names(item))
        return [conversation_id for conversation_id in named if conversation_id != self.conversation_id]


def _names(item: Item) -> Iterator[Sender]:
    yield item.sender
    yield from map(item.sender.known_as, item.aliases)


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
        homes = await self._homes(parcels)
        links: list[tuple[UUID, UUID]] = []
        new: list[Parcel] = []
        for parcel in sorted(parcels, key=lambda parcel: parcel.rows[0].id):
            own = parcel.conversation_id
            leads_to = (homes.get(named, own) for named in (own, *parcel.other_ids))
            home = next((found for found in leads_to if found != own), own)
            if home != own:
                await self._forward(parcel, home)
                continue
            new.append(parcel)
            if parcel.starter is not None:
                mine = [named for named in (own, *parcel.other_ids) if named not in homes]
                homes |= dict.fromkeys(mine, own)
                links += [(named, own) for named in mine if named != own]
        if links:
            async with self._database.connection() as connection:
                await identities.link(connection, sorted(links), self._database.partitions)
        return new

    async def _homes(self, parcels: list[Parcel]) -> dict[UUID, UUID]:
        """Where ids lead: to the conversation that they are linked to, or that they have begun, or that
        is about to begin with them here."""
        partitions = self._database.partitions
        others = {named for parcel in parcels for named in parcel.other_ids}
        asked = others.union(parcel.conversation_id for parcel in parcels)
        async with self._database.connection() as connection:
            linked = await identities.resolve(connection, asked, partitions)
            begun = await identities.existing(connection, others, partitions) if others else set()
        about_to_begin = self._binder.binding | self._binder.bound.keys()
        return {named: named for named in about_to_begin} | linked | {named: named for named in begun}

    async def _forward(self, parcel: Parcel, home: UUID) -> None:
        partitions = self._database.partitions
        partition = partition_of(home, partitions)
        moved = [
            InboxRow(partition, row.id, home, row.type, row.received_at, row.item) for row in parcel.rows
        ]
        async with self._database.transaction() as connection:
            await inbox.delete(connection, parcel.rows)
            await inbox.insert(connection, moved)
            await identities.link(connection, [(parcel.conversation_id, home)], partitions)
        await self._binder.taken(parcel.conversation_id, won=False)
