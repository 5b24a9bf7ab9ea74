"""What a channel can tell us, in one vocabulary for all channels.

A delivery is parsed into these items; the :class:`~domain.conversation.Conversation` decides what
each of them means. Instants are aware and in UTC. ``received_at`` is when the delivery reached us.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal

from domain.identity import Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Something that came with a message. ``details`` holds what has no field of its own
    (coordinates of a location, cards of contacts, lines of an order, …)."""

    kind: str
    url: str | None = None
    media_id: str | None = None
    mime_type: str | None = None
    sha256: str | None = None
    filename: str | None = None
    title: str | None = None
    details: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that one delivery says about one person.

    ``aliases`` are further ids of the same person that the delivery carries (business-scoped user
    id, parent id, phone number), the sender's own id not among them.
    """

    TYPE: ClassVar[str]
    starts_conversation: ClassVar[bool] = True
    """Whether a person we have never seen gets a conversation by it. Receipts do not: they
    are about messages that some other system sent."""

    sender: Sender
    received_at: datetime
    aliases: tuple[str, ...] = ()
    profile_name: str | None = None
    username: str | None = None


@dataclass(frozen=True, kw_only=True)
class Message(Item):
    """The person wrote, sent, tapped or ordered something. To be answered."""

    TYPE = "message"

    message_id: str
    kind: str
    sent_at: datetime
    text: str | None = None
    attachments: tuple[Attachment, ...] = ()
    payload: str | None = None
    reply_to: str | None = None
    reply_to_story: dict[str, Any] | None = None
    forwarded: bool = False
    group_id: str | None = None
    referral: dict[str, Any] | None = None
    details: dict[str, Any] | None = None
    """What the provider sent that no field holds; the whole payload of an unsupported kind."""


@dataclass(frozen=True, kw_only=True)
class Edit(Item):
    """The person corrected an earlier message. ``revision`` counts corrections where known."""

    TYPE = "edit"

    message_id: str
    edited_at: datetime
    text: str | None = None
    revision: int | None = None


@dataclass(frozen=True, kw_only=True)
class Unsend(Item):
    """The person took an earlier message back."""

    TYPE = "unsend"

    message_id: str
    unsent_at: datetime


@dataclass(frozen=True, kw_only=True)
class Reaction(Item):
    """The person reacted to a message, or took the reaction away (``removed``)."""

    TYPE = "reaction"

    message_id: str
    reacted_at: datetime
    emoji: str | None = None
    reaction: str | None = None
    removed: bool = False


@dataclass(frozen=True, kw_only=True)
class Referral(Item):
    """The person came through a link, a code or an advertisement, without writing yet."""

    TYPE = "referral"

    referred_at: datetime
    source: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class OptIn(Item):
    """The person agreed to be written to, by a plugin or a request for notifications."""

    TYPE = "optin"

    opted_at: datetime
    details: dict[str, Any] = field(default_factory=dict)


ReceiptStatus = str
"""``sent``, ``delivered``, ``read``, ``played``, ``failed``; others as the provider names them."""


@dataclass(frozen=True, kw_only=True)
class Receipt(Item):
    """What became of messages that were sent to the person.

    Either ``message_ids`` are named, or everything up to ``watermark`` is meant. ``reference`` is
    the correlation reference that a send of ours carried, where the provider gives it back.
    """

    TYPE = "receipt"
    starts_conversation = False

    status: ReceiptStatus
    occurred_at: datetime
    message_ids: tuple[str, ...] = ()
    watermark: datetime | None = None
    reference: str | None = None
    error_code: int | None = None
    error_title: str | None = None
    details: dict[str, Any] | None = None
    """Price category and the like; nothing personal."""


@dataclass(frozen=True, kw_only=True)
class Echo(Item):
    """The business wrote to the person: this service, another app, or a human in an inbox.

    ``sender`` is the person written to. ``reference`` is what our own sends carry.
    """

    TYPE = "echo"

    message_id: str
    kind: str
    sent_at: datetime
    text: str | None = None
    attachments: tuple[Attachment, ...] = ()
    app_id: str | None = None
    reference: str | None = None


@dataclass(frozen=True, kw_only=True)
class Standby(Item):
    """A copy of something in a thread that another app owns. Recorded, never answered."""

    TYPE = "standby"

    message_id: str
    kind: str
    sent_at: datetime
    text: str | None = None
    from_business: bool = False
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ControlChange(Item):
    """Thread control moved between apps. ``lost``: we may not answer; ``gained``: we may again;
    ``requested``: another app asks for it."""

    TYPE = "control"

    change: Literal["lost", "gained", "requested"]
    changed_at: datetime
    app_id: str | None = None
    metadata: str | None = None


@dataclass(frozen=True, kw_only=True)
class IdentityChange(Item):
    """The person goes by a new id from now on; ``sender`` is who they were before."""

    TYPE = "identity"

    current_id: str
    changed_at: datetime
    reason: str
    """The provider's name for it: ``user_changed_number``, ``user_changed_user_id``, …"""


@dataclass(frozen=True, kw_only=True)
class Unclassified(Item):
    """About a known person, but nothing this service acts on (account linking, feedback, …)."""

    TYPE = "unclassified"
    starts_conversation = False

    update: str
    """The provider's name for it."""
    occurred_at: datetime
    details: dict[str, Any] = field(default_factory=dict)


ITEM_TYPES: dict[str, type[Item]] = {
    item.TYPE: item
    for item in (
        Message,
        Edit,
        Unsend,
        Reaction,
        Referral,
        OptIn,
        Receipt,
        Echo,
        Standby,
        ControlChange,
        IdentityChange,
        Unclassified,
    )
}
