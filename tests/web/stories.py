"""Stories of the domain put into the log of a running service."""

from __future__ import annotations

from uuid import UUID

from domain.identity import Sender, partition_of
from service.storage.log import StreamAppend
from service.storage.vault import ConversationKey, Vault
from tests.domain.story import PERSON, Story
from tests.web.conftest import Api, append


class Told:
    """A story, and how much of it is in the log."""

    def __init__(self, person: Sender = PERSON) -> None:
        self.story = Story(person)
        self._key: ConversationKey | None = None
        self._recorded = 0

    @property
    def id(self) -> UUID:
        return self.story.c.id

    @property
    def path(self) -> str:
        return f"/api/v1/conversations/{self.id}"

    def taken(self, vault: Vault) -> StreamAppend:
        """What the log is to take: all that has happened since the last time."""
        wrapped = None
        if self._key is None:
            self._key, wrapped = vault.make(self.id)
        news = self.story.facts[self._recorded :]
        self._recorded += len(news)
        return StreamAppend(partition_of(self.id, 64), self.story.c, news, self._key, wrapped)


async def tell(api: Api, *told: Told) -> None:
    """Put what happened into the log."""
    await append(api.service.database, *(one.taken(api.service.vault) for one in told))
