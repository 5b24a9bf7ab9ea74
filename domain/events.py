"""Every fact of a conversation: one class each, one business sentence each. What people do is in ``acts``.

The stored type of an event is its class name; a stored name is never changed or reused. A field
marked :data:`~domain.erasure.Personal` is sealed under the conversation's key. New fields come
with a default; a change of meaning raises ``class_version`` and adds an ``upcast_vN_vN+1``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from eventsourcing.domain import Aggregate

from domain.acts import ConversationErased, CustomerLinked, CustomerUnlinked, HandedBack, HandedOver
from domain.erasure import Personal
from domain.fact import Fact
from domain.inbound import Attachment

__all__ = [
    "EVENT_TYPES", "ConversationErased", "ConversationStarted", "CustomerLinked", "CustomerUnlinked",
    "DeliveryReported", "DraftAttempted", "DraftFailed", "DuplicateReceived", "EchoReceived", "Fact",
    "HandedBack", "HandedOver", "IdentityLinked", "MessageEdited", "MessageReceived", "MessageUnsent",
    "OptInReceived", "PartSent", "ProfileChanged", "ReactionReceived", "ReferralReceived", "ReplyAttempted",
    "ReplyDeferred", "ReplyDrafted", "ReplyFailed", "ReplySent", "StandbyReceived", "ThreadRebound",
    "ToolCalled", "ToolReturned", "UpdateNoted",
]  # fmt: skip


class ConversationStarted(Fact, Aggregate.Created):
    """A person we had never met wrote to us, and their conversation was bound to a thread."""

    channel: str
    account_id: str
    sender_id: Personal[str]
    thread_id: str
    display_name: Personal[str | None] = None
    username: Personal[str | None] = None


class MessageReceived(Fact):
    """The customer said something.

    ``session`` counts this person's sessions from 1, ``session_message`` the messages within it;
    ``late`` says that a message sent later had been recorded before.
    """

    class_version: ClassVar[int] = 2

    message_id: Personal[str]
    kind: str
    sent_at: datetime
    session: int
    session_message: int
    received_at: datetime | None = None
    late: bool = False
    text: Personal[str | None] = None
    attachments: Personal[tuple[Attachment, ...]] = ()
    payload: Personal[str | None] = None
    reply_to: Personal[str | None] = None
    reply_to_story: Personal[dict[str, Any] | None] = None
    forwarded: bool = False
    group_id: Personal[str | None] = None
    entry_source: str | None = None
    referral: Personal[dict[str, Any] | None] = None
    details: Personal[dict[str, Any] | None] = None

    @property
    def unique_key(self) -> str:
        return self.message_id

    @property
    def counts_from(self) -> datetime:
        """When it was said, for sessions and windows: a time in the future counts as that of receipt."""
        return min(self.sent_at, self.received_at or self.timestamp)

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        """Version 1 knew nothing of sessions: such a message counts as the first of the first."""
        state |= {"session": 1, "session_message": 1}


class MessageEdited(Fact):
    """The customer corrected a message."""

    message_id: Personal[str]
    edited_at: datetime
    text: Personal[str | None] = None
    revision: int | None = None

    @property
    def unique_key(self) -> str:
        return f"edit:{self.message_id}:{self.revision or self.edited_at.isoformat()}"


class MessageUnsent(Fact):
    """The customer took a message back."""

    message_id: Personal[str]
    unsent_at: datetime

    @property
    def unique_key(self) -> str:
        return f"unsend:{self.message_id}"


class ReactionReceived(Fact):
    """The customer reacted to a message, or took the reaction away."""

    message_id: Personal[str]
    reacted_at: datetime
    emoji: Personal[str | None] = None
    reaction: str | None = None
    removed: bool = False

    @property
    def unique_key(self) -> str:
        return f"reaction:{self.message_id}:{self.reacted_at}:{self.removed}:{self.emoji or self.reaction}"


class ReferralReceived(Fact):
    """The customer came through a link, a code or an advertisement."""

    referred_at: datetime
    source: str | None = None
    details: Personal[dict[str, Any] | None] = None

    @property
    def unique_key(self) -> str:
        return f"referral:{self.referred_at.isoformat()}"


class OptInReceived(Fact):
    """The customer agreed to be written to."""

    opted_at: datetime
    details: Personal[dict[str, Any] | None] = None

    @property
    def unique_key(self) -> str:
        return f"optin:{self.opted_at.isoformat()}"


class StandbyReceived(Fact):
    """Something was said in a thread that another app owns; it is not ours to answer."""

    message_id: Personal[str]
    kind: str
    sent_at: datetime
    text: Personal[str | None] = None
    from_business: bool = False
    attachments: Personal[tuple[Attachment, ...]] = ()

    @property
    def unique_key(self) -> str:
        return f"standby:{self.message_id}"


class EchoReceived(Fact):
    """A person of the business, or another app, wrote to the customer."""

    message_id: Personal[str]
    kind: str
    sent_at: datetime
    text: Personal[str | None] = None
    attachments: Personal[tuple[Attachment, ...]] = ()
    app_id: str | None = None

    @property
    def unique_key(self) -> str:
        return self.message_id


class UpdateNoted(Fact):
    """The provider told something about the customer that asks for no act of ours."""

    update: str
    occurred_at: datetime
    details: Personal[dict[str, Any] | None] = None

    @property
    def unique_key(self) -> str:
        return f"update:{self.update}:{self.occurred_at.isoformat()}"


class DuplicateReceived(Fact):
    """The provider delivered again what the log already held; kept as evidence, never acted on."""

    duplicate_of: Personal[str]
    update: str
    received_at: datetime


class ProfileChanged(Fact):
    """The customer goes by another name now."""

    display_name: Personal[str | None] = None
    username: Personal[str | None] = None


class IdentityLinked(Fact):
    """Another id turned out to be the same person; the conversation and its thread stay."""

    linked_id: Personal[str]
    reason: str
    replaces_sender: bool = False
    changed_at: datetime | None = None

    @property
    def unique_key(self) -> str:
        return f"identity:{self.linked_id}:{self.reason}:{self.changed_at or ''}"


class ThreadRebound(Fact):
    """The conversation moved to another thread, which was told what had been said so far."""

    thread_id: str
    previous_thread_id: str
    reason: str
    last_item_id: str | None = None
    seeded_turns: int = 0


class DraftAttempted(Fact):
    """An answer to everything up to ``answers_through`` is about to be asked for.

    Recorded before the model is called, so that whoever comes after a crash knows to look into
    the thread before asking again.
    """

    reply_id: str
    answers_through: int
    thread_id: str
    attempt: int


class DraftFailed(Fact):
    """No answer came of it, and it is known that none will; ``code`` says why."""

    reply_id: str
    code: str
    status: int | None = None


class ToolCalled(Fact):
    """The model asked for a function to be run."""

    reply_id: str
    call_id: str
    name: str
    arguments: Personal[str]
    response_id: str | None = None
    last_item_id: str | None = None


class ToolReturned(Fact):
    """The function's result, or why there is none, is what the model will be told."""

    reply_id: str
    call_id: str
    output: Personal[str]
    failed: bool = False
    latency_ms: int = 0


class ReplyDrafted(Fact):
    """The answer to the customer's turn is written; it is not sent yet."""

    reply_id: str
    text: Personal[str]
    parts: int
    author: str
    outcome: str
    answers_through: int
    thread_id: str
    actor: str | None = None
    response_id: str | None = None
    request_id: str | None = None
    model: str | None = None
    input_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    latency_ms: int | None = None
    last_item_id: str | None = None
    recovered: bool = False

    @property
    def unique_key(self) -> str:
        return f"reply:{self.reply_id}"


class ReplyAttempted(Fact):
    """A part of the reply is about to be sent; recorded before, since a repeat would be seen."""

    reply_id: str
    part: int
    reference: str
    attempt: int


class ReplyDeferred(Fact):
    """The channel refused a part for the time being: known not sent, to be tried again."""

    reply_id: str
    part: int
    code: int | None = None
    subcode: int | None = None
    retry_after: float | None = None


class PartSent(Fact):
    """The channel accepted one part of a longer reply."""

    reply_id: str
    part: int
    message_id: Personal[str]

    @property
    def unique_key(self) -> str:
        return f"part:{self.reply_id}:{self.part}"


class ReplySent(Fact):
    """The channel accepted the whole reply."""

    reply_id: str
    message_ids: Personal[tuple[str, ...]]
    evidence: str = "answer"

    @property
    def unique_key(self) -> str:
        return f"sent:{self.reply_id}"


class ReplyFailed(Fact):
    """The customer will not get this reply; ``reason`` says why, and operators are told."""

    reply_id: str
    reason: str
    code: int | None = None
    subcode: int | None = None
    answers_through: int = 0

    @property
    def unique_key(self) -> str:
        return f"failed:{self.reply_id}"


class DeliveryReported(Fact):
    """The channel told what became of messages sent to the customer.

    ``status`` may arrive in any order and before the send itself is recorded; what is known of a
    message is the highest status ever reported for it.
    """

    status: str
    occurred_at: datetime
    message_ids: Personal[tuple[str, ...]] = ()
    watermark: datetime | None = None
    reply_id: str | None = None
    error_code: int | None = None
    error_title: str | None = None
    details: dict[str, Any] | None = None

    @property
    def unique_key(self) -> str:
        subject = ",".join(self.message_ids) or str(self.watermark)
        return f"receipt:{self.status}:{subject}"


EVENT_TYPES: dict[str, type[Fact]] = dict(sorted((f.__name__, f) for f in Fact.__subclasses__()))
"""Stored type -> class. Decoding an unknown type is an error, never a guess."""
