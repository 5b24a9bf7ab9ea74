"""What people can send, and how each channel puts it on the wire."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from typing import Any, assert_never

import msgspec

from service.sandbox.meta.updates import Account, Update, milliseconds, whatsapp_value


class Content(msgspec.Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True):
    """One thing that a person does. Its kind is also the ``kind`` of its JSON form."""

    @property
    def kind(self) -> str:
        return str(self.__struct_config__.tag)


class Text(Content, frozen=True, tag="text"):
    text: str
    reply_to: str | None = None


class Image(Content, frozen=True, tag="image"):
    caption: str | None = None


class Location(Content, frozen=True, tag="location"):
    latitude: float
    longitude: float
    name: str | None = None


class Button(Content, frozen=True, tag="button"):
    """A tap on a button: WhatsApp's reply buttons, or a postback."""

    title: str
    payload: str


class Reaction(Content, frozen=True, tag="reaction"):
    message_id: str
    emoji: str


class Edit(Content, frozen=True, tag="edit"):
    """Another text for an earlier message; ``revision`` counts from 1."""

    message_id: str
    text: str
    revision: int = 1


class Unsend(Content, frozen=True, tag="unsend"):
    message_id: str


class NumberChange(Content, frozen=True, tag="number_change"):
    """The person has a new WhatsApp number, given as digits."""

    number: str


AnyContent = Text | Image | Location | Button | Reaction | Edit | Unsend | NumberChange


class CannotSayError(ValueError):
    """The channel has no such thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A person as one business account sees them.

    ``sender_id`` is the page-scoped or Instagram-scoped id, or the WhatsApp number as digits.
    ``user_id`` is WhatsApp's business-scoped user id; where it is the ``sender_id`` too, payloads show
    no number, as for people with a username whom the business does not know.
    """

    account: Account
    sender_id: str
    name: str = ""
    user_id: str | None = None
    username: str | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        others = (self.user_id,) if self.user_id not in (None, self.sender_id) else ()
        return (self.sender_id, *(other for other in others if other))

    @property
    def number(self) -> str | None:
        """The WhatsApp number, where payloads show it."""
        return None if self.sender_id == self.user_id else self.sender_id

    def renumbered(self, number: str) -> Speaker:
        """The same person with a new number; the business-scoped id stays."""
        return replace(self, sender_id=number)


def update(speaker: Speaker, content: AnyContent, *, message_id: str, at: float) -> Update:
    """What Meta posts when ``speaker`` does this at ``at`` (epoch seconds).

    Raises :class:`CannotSayError` where the channel has no such thing.
    """
    whatsapp = speaker.account.channel == "whatsapp"
    body = (
        _on_whatsapp(speaker, content, message_id, at)
        if whatsapp
        else _on_messenger(speaker, content, message_id, at)
    )
    new_ids = (content.number,) if isinstance(content, NumberChange) else ()
    return Update(
        account=speaker.account,
        person=(*new_ids, *speaker.ids),
        kind=content.kind,
        content=body,
        at=at,
        message_id=message_id,
        text=_text_of(content),
        by_person=True,
        former_id=speaker.sender_id if new_ids else None,
    )


def _text_of(content: AnyContent) -> str | None:
    match content:
        case Text(text=text) | Edit(text=text) | Image(caption=text) | Button(title=text):
            return text
        case _:
            return None


def _on_whatsapp(speaker: Speaker, content: AnyContent, message_id: str, at: float) -> dict[str, Any]:
    if isinstance(content, NumberChange) and speaker.number is None:
        raise CannotSayError("a person whose number is not shown has none to change")
    message = {"id": message_id, "timestamp": str(int(at)), **_whatsapp_content(speaker, content, message_id)}
    if speaker.number is not None:
        message = {"from": speaker.number, **message}
    if speaker.user_id is not None:
        message["from_user_id"] = speaker.user_id
    if isinstance(content, NumberChange):
        return whatsapp_value(speaker.account, messages=[message])
    return whatsapp_value(speaker.account, contacts=[contact(speaker)], messages=[message])


def contact(speaker: Speaker) -> dict[str, Any]:
    """The entry of ``contacts`` that goes with a WhatsApp message."""
    profile = {"name": speaker.name, "username": speaker.username}
    ids = {"wa_id": speaker.number, "user_id": speaker.user_id}
    return {"profile": _given(profile), **_given(ids)}


def _given(fields: dict[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in fields.items() if value}


def _whatsapp_content(speaker: Speaker, content: AnyContent, message_id: str) -> dict[str, Any]:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages"""
    kind: str = content.kind
    part: dict[str, Any]
    match content:
        case Text():
            part = {"body": content.text}
        case Image():
            part = {**_media(message_id), **_given({"caption": content.caption})}
        case Location():
            place = {"latitude": content.latitude, "longitude": content.longitude}
            part = {**place, **_given({"name": content.name})}
        case Button():
            kind, reply = "interactive", {"id": content.payload, "title": content.title}
            part = {"type": "button_reply", "button_reply": reply}
        case Reaction():
            part = {"message_id": content.message_id, "emoji": content.emoji}
        case Edit():
            edited = {"type": "text", "text": {"body": content.text}}
            part = {"original_message_id": content.message_id, "message": edited}
        case Unsend():
            kind, part = "revoke", {"original_message_id": content.message_id}
        case NumberChange():
            body = f"{speaker.name} changed from {speaker.sender_id} to {content.number}"
            kind = "system"
            part = {"body": body, "wa_id": content.number, "type": "user_changed_number"}
        case _:
            assert_never(content)
    return {**_whatsapp_context(speaker, content), "type": kind, kind: part}


def _whatsapp_context(speaker: Speaker, content: AnyContent) -> dict[str, Any]:
    if isinstance(content, Text) and content.reply_to:
        return {"context": {"from": speaker.account.display_number, "id": content.reply_to}}
    return {}


def _media(message_id: str) -> dict[str, str]:
    digest = hashlib.sha256(message_id.encode()).digest()
    media_id = str(int.from_bytes(digest[:6]) + 10**15)
    return {
        "id": media_id,
        "mime_type": "image/jpeg",
        "sha256": base64.b64encode(digest).decode(),
        "url": f"https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid={media_id}",
    }


def _on_messenger(speaker: Speaker, content: AnyContent, message_id: str, at: float) -> dict[str, Any]:
    return {
        "sender": {"id": speaker.sender_id},
        "recipient": {"id": speaker.account.account_id},
        "timestamp": milliseconds(at),
        **_messenger_content(speaker, content, message_id),
    }


def _messenger_content(speaker: Speaker, content: AnyContent, message_id: str) -> dict[str, Any]:
    """https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/"""
    kind = "message"
    part: dict[str, Any]
    match content:
        case Text():
            reply_to = {"reply_to": {"mid": content.reply_to}} if content.reply_to else {}
            part = {"mid": message_id, "text": content.text, **reply_to}
        case Image():
            attachment = {
                "type": "image",
                "payload": {"url": f"https://scontent.xx.fbcdn.net/v/{message_id}.jpg"},
            }
            part = {"mid": message_id, **_given({"text": content.caption}), "attachments": [attachment]}
        case Location() if speaker.account.channel == "messenger":
            place = {"coordinates": {"lat": content.latitude, "long": content.longitude}}
            part = {"mid": message_id, "attachments": [{"type": "location", "payload": place}]}
        case Button():
            kind, part = "postback", {"mid": message_id, "title": content.title, "payload": content.payload}
        case Reaction():
            kind = "reaction"
            part = {"mid": content.message_id, "action": "react", "reaction": "other", "emoji": content.emoji}
        case Edit():
            kind = "message_edit"
            part = {"mid": content.message_id, "text": content.text, "num_edit": content.revision}
        case Unsend():
            part = {"mid": content.message_id, "is_deleted": True}
        case _:
            raise CannotSayError(f"{speaker.account.channel} has no {content.kind!r}")
    return {kind: part}
