"""People whose conversations the domain itself makes, event by event, at the times that a test gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from domain.conversation import Conversation
from domain.identity import Channel, Sender, partition_of
from domain.inbound import IdentityChange, Message
from domain.steps import Policy
from service.storage.log import StreamAppend
from service.storage.vault import ConversationKey, Vault

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def at(minutes: float) -> datetime:
    """So many minutes from the beginning."""
    return NOW + minutes * MINUTE


class Person:
    """A person, and what has happened in their conversation that is not in the log yet."""

    def __init__(
        self,
        sender_id: str,
        *,
        channel: Channel = "whatsapp",
        account: str = "100",
        name: str | None = None,
        met: datetime = NOW,
    ) -> None:
        sender = Sender(channel, account, sender_id)
        first = self._message(sender, "", met, name)
        self.conversation = Conversation.start(sender, f"conv_{uuid4().hex}", met, first=first)
        self._key: ConversationKey | None = None

    @property
    def id(self) -> UUID:
        return self.conversation.id

    @property
    def path(self) -> str:
        return f"/api/v1/conversations/{self.id}"

    def taken(self, vault: Vault) -> StreamAppend:
        """What the log is to take."""
        wrapped = None
        if self._key is None:
            self._key, wrapped = vault.make(self.id)
        partition = partition_of(self.id, 64)
        return StreamAppend(partition, self.conversation, self.conversation.new_facts(), self._key, wrapped)

    def says(
        self, text: str, when: datetime, *, name: str | None = None, sent: datetime | None = None
    ) -> Person:
        message = self._message(self.conversation.sender, text, when, name, sent)
        self.conversation.observe(message, when, Policy())
        return self

    def is_answered(self, text: str, when: datetime) -> Person:
        conversation = self.conversation
        reply_id = conversation.attempt_draft(uuid4().hex, when)
        thread_id = conversation.state.thread_id
        conversation.record_draft(
            reply_id, when, text=text, parts=1, author="bot", outcome="completed", thread_id=thread_id
        )
        conversation.attempt_send(reply_id, 1, "reference", when)
        conversation.record_sent(reply_id, 1, f"wamid.{uuid4().hex}", when)
        return self

    def is_not_answered(self, reason: str, when: datetime) -> Person:
        self.conversation.give_up(uuid4().hex, reason, when)
        return self

    def moves(self, thread_id: str, reason: str, when: datetime) -> Person:
        left = self.conversation.state.thread_id
        self.conversation.rebind(thread_id, reason, when, leaving=left, last_item_id=None, seeded_turns=0)
        return self

    def is_handed_over(self, when: datetime) -> Person:
        self.conversation.hand_over("operator", when)
        return self

    def is_erased(self, when: datetime) -> Person:
        self.conversation.erase("operator", uuid4().hex, when)
        return self

    def goes_by(self, sender_id: str, when: datetime) -> Person:
        change = IdentityChange(
            sender=self.conversation.sender,
            received_at=when,
            current_id=sender_id,
            changed_at=when,
            reason="user_changed_number",
        )
        self.conversation.observe(change, when, Policy())
        return self

    @staticmethod
    def _message(
        sender: Sender, text: str, when: datetime, name: str | None, sent: datetime | None = None
    ) -> Message:
        fields: dict[str, Any] = {"kind": "text", "text": text, "profile_name": name}
        return Message(
            sender=sender,
            received_at=when,
            message_id=f"wamid.{uuid4().hex}",
            sent_at=sent or when,
            **fields,
        )
