"""A log with people to export, made by the domain itself."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson
import pytest

from domain.identity import Channel
from domain.inbound import Attachment, Echo, Edit, Item, Message, Reaction, Receipt, Standby, Unsend
from domain.steps import Policy
from service.export.asked import Asked
from service.export.formats import Text, writing
from service.export.source import Place, Row
from service.export.sources import source_of
from service.storage import log
from service.storage.database import Database
from service.storage.vault import Vault
from tests.web.conftest import api  # noqa: F401 # a fixture
from tests.web.people import NOW, Person, at


class Exporting:
    """A database, its keys, and exports of it."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database, self.vault = database, vault

    async def append(self, *people: Person) -> None:
        async with self.database.transaction() as connection:
            assert await log.append(connection, [person.taken(self.vault) for person in people]) == {}

    async def rows(self, what: str, *, size: int = 2_000, **asked: Any) -> list[Row]:
        """The rows as NDJSON has them."""
        return [
            orjson.loads(line) for line in (await self.text("ndjson", what, size=size, **asked)).splitlines()
        ]

    async def text(self, name: Text, what: str, *, size: int = 2_000, **asked: Any) -> bytes:
        source = await source_of(self.database, self.vault, Asked(what=what, **asked), size=size, now=NOW)  # type: ignore[arg-type]
        written = writing(name, source.sheet)
        rows = [written.rows(part.rows) async for part in source.slices(Place())]
        return b"".join([written.head, *rows])

    async def faults(self, what: str, **asked: Any) -> list[tuple[str, str]]:
        source = await source_of(self.database, self.vault, Asked(what=what, **asked), now=NOW)  # type: ignore[arg-type]
        return [tuple(fault) async for part in source.slices(Place()) for fault in part.faults]

    async def execute(self, statement: str, *arguments: object) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(statement, *arguments)


@pytest.fixture
def exporting(database: Database, vault: Vault) -> Exporting:
    return Exporting(database, vault)


def said(person: Person, message_id: str, text: str | None, when: float, **fields: Any) -> Person:
    """The person says something under an id that the test knows."""
    fields = {"kind": "text", **fields}
    return told(person, Message, when, message_id=message_id, text=text, sent_at=at(when), **fields)


def told(person: Person, item: type[Item], when: float, **fields: Any) -> Person:
    """The channel tells something about the person."""
    sender = person.conversation.sender
    person.conversation.observe(item(sender=sender, received_at=at(when), **fields), at(when), Policy())
    return person


def answered(person: Person, text: str, when: float, message_id: str | None = None) -> Person:
    """The bot answers, under an id that the test knows."""
    conversation = person.conversation
    reply_id = drafted(person, text, when)
    conversation.attempt_send(reply_id, 1, "reference", at(when))
    conversation.record_sent(reply_id, 1, message_id or uuid4().hex, at(when))
    return person


def drafted(person: Person, text: str, when: float) -> str:
    conversation = person.conversation
    reply_id = conversation.attempt_draft(uuid4().hex, at(when))
    thread_id = conversation.state.thread_id
    conversation.record_draft(
        reply_id, at(when), text=text, parts=1, author="bot", outcome="completed", thread_id=thread_id
    )
    return reply_id


def whole_story(name: str = "49170", channel: Channel = "whatsapp", account: str = "100") -> Person:
    """Somebody to whom nearly everything happens."""
    person = Person(name, channel=channel, account=account, name="Ada <b>Lovelace</b>", met=at(0))
    said(person, "m1", "=HYPERLINK(1)", 1)
    answered(person, 'Good morning,\n"Ada"', 2, "r1")
    told(person, Receipt, 4, status="read", occurred_at=at(4), message_ids=("r1",))
    told(person, Receipt, 5, status="delivered", occurred_at=at(3), message_ids=("r1",))
    said(person, "m2", "helo", 6, reply_to="m1")
    told(person, Edit, 7, message_id="m2", edited_at=at(7), text="hello")
    photo = Attachment(
        kind="image", filename="cat.jpg", mime_type="image/jpeg", url="https://cdn.invalid/cat"
    )
    said(person, "m3", None, 8, kind="image", attachments=(photo,))
    said(person, "m4", "a secret", 9)
    told(person, Unsend, 10, message_id="m4", unsent_at=at(10))
    reply_id = drafted(person, "It is a cat", 11)
    person.conversation.attempt_send(reply_id, 1, "reference", at(11))
    person.conversation.fail_send(reply_id, 1, "window_closed", at(12), code=131047, subcode=None)
    told(person, Reaction, 13, message_id="r1", reacted_at=at(13), emoji="❤")
    person.is_handed_over(at(14))
    told(person, Echo, 15, message_id="e1", kind="text", sent_at=at(15), text="A person here")
    told(person, Standby, 16, message_id="s1", kind="text", sent_at=at(16), text="to the other app")
    person.conversation.hand_back("operator", at(17))
    said(person, "m5", "next day", 60 * 30)
    drafted(person, "being sent", 60 * 30 + 1)
    return person
