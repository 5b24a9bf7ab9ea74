"""The kinds of message of WhatsApp.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import orjson

from domain.inbound import Attachment
from service.channels.content import UNSUPPORTED, Content
from service.channels.wire import Object, identifier, record, text

_IDENTITY = frozenset(
    {
        "id",
        "timestamp",
        "from",
        "from_user_id",
        "from_parent_user_id",
        "to",
        "to_user_id",
        "to_parent_user_id",
    }
)
_HELD = _IDENTITY | {"type", "context", "referral", "group_id"}
_MEDIA_FIELDS = frozenset({"id", "url", "link", "mime_type", "sha256", "filename", "caption"})
_REPLIES = frozenset({"button_reply", "list_reply", "nfm_reply", "call_permission_reply"})


def message_content(message: Object, errors: Any = None) -> Content:
    """What a message holds. ``errors`` are those that stand beside it in its delivery: they
    explain why an interactive message can come without its content."""
    kind = text(message.get("type")) or _kind_of_untyped(message)
    reader = _READERS.get(kind)
    if reader is None or (kind == "interactive" and errors and not message.get("interactive")):
        return _unsupported(message, errors)
    content = reader(message)
    extra = {
        key: value
        for key, value in message.items()
        if key not in _HELD and (key != kind or not isinstance(value, dict | list | None))
    }
    context = record(message.get("context"))
    if product := context.get("referred_product"):
        extra["referred_product"] = product
    if not extra:
        return content
    return Content(
        content.kind, content.text, content.attachments, content.payload, {**extra, **(content.details or {})}
    )


def _kind_of_untyped(message: Object) -> str:
    return next((kind for kind in _READERS if kind in message), UNSUPPORTED)


def _unsupported(message: Object, errors: Any) -> Content:
    details = {key: value for key, value in message.items() if key not in _IDENTITY}
    if errors and "errors" not in details:
        details["errors"] = errors
    return Content(UNSUPPORTED, details=details)


def _text(message: Object) -> Content:
    body = message.get("text")
    return Content("text", text(body) or text(record(body).get("body")))


def _media(message: Object, *, field: str, kind: str) -> Content:
    media = record(message.get(field))
    if not media:
        return Content(kind)
    attachment = Attachment(
        kind=kind,
        media_id=identifier(media.get("id")),
        url=text(media.get("url")) or text(media.get("link")),
        mime_type=text(media.get("mime_type")),
        sha256=text(media.get("sha256")),
        filename=text(media.get("filename")),
        details={key: value for key, value in media.items() if key not in _MEDIA_FIELDS} or None,
    )
    return Content(kind, text(media.get("caption")), (attachment,))


def _location(message: Object) -> Content:
    location = record(message.get("location"))
    attachment = Attachment(
        kind="location",
        url=text(location.get("url")),
        title=text(location.get("name")),
        details={key: value for key, value in location.items() if key not in ("url", "name")} or None,
    )
    return Content("location", attachments=(attachment,))


def _contacts(message: Object) -> Content:
    return Content(
        "contacts", attachments=(Attachment(kind="contacts", details={"contacts": message.get("contacts")}),)
    )


def _order(message: Object) -> Content:
    order = record(message.get("order"))
    products = {key: value for key, value in order.items() if key != "text"}
    return Content("order", text(order.get("text")), (Attachment(kind="order", details=products or None),))


def _button(message: Object) -> Content:
    """A tap on a quick reply of a template."""
    button = record(message.get("button"))
    return Content("button", text(button.get("text")), payload=identifier(button.get("payload")))


def _interactive(message: Object) -> Content:
    """An answer to an interactive message, named by its sub-type; and in echoes, what was asked."""
    interactive = record(message.get("interactive"))
    name = text(interactive.get("type")) or next(
        (key for key in interactive if key in _REPLIES), "interactive"
    )
    answer = interactive.get(name)
    if not isinstance(answer, dict):
        asked = text(record(interactive.get("body")).get("text"))
        return Content(name if name in _REPLIES else "interactive", asked, details=interactive or None)
    title = text(answer.get("title")) or text(answer.get("body"))
    rest = {
        key: value for key, value in answer.items() if key not in ("title", "body", "id", "response_json")
    }
    payload = identifier(answer.get("id")) or _response(answer.get("response_json"))
    return Content(name, title, payload=payload, details=rest or None)


def _response(answer: Any) -> str | None:
    """What a flow was answered with: JSON in a string, and now and then JSON itself."""
    if isinstance(answer, dict | list):
        return orjson.dumps(answer).decode()
    return text(answer)


def _named(message: Object, *, kind: str) -> Content:
    return Content(kind, details=record(message.get(kind)) or None)


_READERS: dict[str, Callable[[Object], Content]] = {
    "text": _text,
    "image": partial(_media, field="image", kind="image"),
    "video": partial(_media, field="video", kind="video"),
    "audio": partial(_media, field="audio", kind="audio"),
    "voice": partial(_media, field="voice", kind="audio"),
    "document": partial(_media, field="document", kind="document"),
    "sticker": partial(_media, field="sticker", kind="sticker"),
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": _button,
    "order": _order,
    "template": partial(_named, kind="template"),
    "request_welcome": partial(_named, kind="request_welcome"),
}
