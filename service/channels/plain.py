"""The commonest delivery, one plain WhatsApp text, read in one step.

Reading was the largest part of acknowledging a delivery, and most deliveries are of this shape.
Whatever departs from it by a single member, an empty string or an odd timestamp is left to the
general reading, which gives the same result; a test holds the two against each other.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from domain.identity import Sender
from domain.inbound import Message

_Text = Annotated[str, msgspec.Meta(min_length=1)]
_Seconds = Annotated[str, msgspec.Meta(min_length=10, max_length=10)]
"""Seconds between 2001 and 2286; the general reading knows what to make of others."""


class _Shape(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing but what is named."""


class _Body(_Shape):
    body: _Text


class _Message(_Shape):
    sender: _Text = msgspec.field(name="from")
    id: _Text
    timestamp: _Seconds
    text: _Body
    type: Literal["text"]


class _Profile(_Shape):
    name: _Text


class _Contact(_Shape):
    profile: _Profile
    wa_id: _Text


class _Metadata(_Shape):
    display_phone_number: str
    phone_number_id: _Text


class _Value(_Shape):
    messaging_product: str
    metadata: _Metadata
    contacts: Annotated[list[_Contact], msgspec.Meta(min_length=1, max_length=1)]
    messages: Annotated[list[_Message], msgspec.Meta(min_length=1, max_length=1)]


class _Change(_Shape):
    value: _Value
    field: Literal["messages"]


class _Entry(_Shape):
    id: str
    changes: Annotated[list[_Change], msgspec.Meta(min_length=1, max_length=1)]


class _Plain(_Shape):
    object: Literal["whatsapp_business_account"]
    entry: Annotated[list[_Entry], msgspec.Meta(min_length=1, max_length=1)]


_MISSING: Final = {f.name: f.default for f in fields(Message) if f.default is not MISSING}
"""What such a message has nothing of."""

_decode = msgspec.json.Decoder(_Plain).decode
_EARLIEST = 1_072_915_200


def read_plain_text(body: bytes, received_at: datetime) -> Message | None:
    """The message of a delivery that is one plain WhatsApp text, or None for any other."""
    if b"\\" in body and b"\\u0000" in body:  # the search for one byte is the faster by far
        return None
    try:
        value = _decode(body).entry[0].changes[0].value
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    message, contact = value.messages[0], value.contacts[0]
    if contact.wa_id != message.sender or not message.timestamp.isdecimal():
        return None
    seconds = int(message.timestamp)
    if seconds < _EARLIEST:
        return None
    return _made(
        sender=Sender("whatsapp", value.metadata.phone_number_id, message.sender),
        received_at=received_at,
        profile_name=contact.profile.name,
        message_id=message.id,
        kind="text",
        sent_at=datetime.fromtimestamp(seconds, UTC),
        text=message.text.body,
    )


def _made(**given: Any) -> Message:
    """A message without its constructor, which sets each field of a frozen object for itself."""
    made = object.__new__(Message)
    made.__dict__.update({**_MISSING, **given})
    return made
