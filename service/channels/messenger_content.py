"""The kinds of message of Messenger and Instagram.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messages
"""

from __future__ import annotations

from typing import Any

from domain.inbound import Attachment
from service.channels.content import UNSUPPORTED, Content
from service.channels.wire import Object, flag, identifier, record, text

KNOWN_ATTACHMENTS = frozenset(
    {
        "appointment_booking",
        "audio",
        "ephemeral",
        "fallback",
        "file",
        "ig_post",
        "ig_reel",
        "image",
        "like_heart",
        "location",
        "post",
        "reel",
        "share",
        "sticker",
        "story_mention",
        "template",
        "video",
    }
)
"""Types that name the kind of a message which has no text. Any other makes it unsupported."""

_HELD = frozenset(
    {
        "mid",
        "text",
        "attachments",
        "quick_reply",
        "reply_to",
        "referral",
        "metadata",
        "seq",
        "is_echo",
        "app_id",
    }
)


def message_content(message: Object) -> Content:
    """What a ``message`` holds. A text stays a text whatever is attached to it."""
    body = text(message.get("text"))
    reply = message.get("quick_reply")
    attachments = _attachments(message.get("attachments"))
    if flag(message.get("is_unsupported")):
        kind = UNSUPPORTED
    elif isinstance(reply, dict):
        kind = "quick_reply"
    elif body is not None:
        kind = "text"
    else:
        kind = _kind_without_text(message, attachments)
    return Content(
        kind=kind,
        text=None if kind == UNSUPPORTED else body,
        attachments=attachments,
        payload=identifier(record(reply).get("payload")),
        details=_details(message, kind, attachments),
    )


def postback_content(postback: Object) -> Content:
    """What a tap on a button holds: its title as text, and the payload behind it.

    A copy on standby comes without the payload.
    """
    held = ("mid", "title", "payload", "referral")
    return Content(
        kind="postback",
        text=text(postback.get("title")),
        payload=identifier(postback.get("payload")),
        details={key: value for key, value in postback.items() if key not in held} or None,
    )


def order_content(order: Object) -> Content:
    """What a cart holds that was sent to the page (``send_cart``): its note and its products."""
    return Content(
        kind="order", text=text(order.get("note")), attachments=(Attachment(kind="order", details=order),)
    )


def _kind_without_text(message: Object, attachments: tuple[Attachment, ...]) -> str:
    if not attachments:
        return "sticker" if message.get("sticker_id") else UNSUPPORTED
    first = attachments[0]
    if first.kind == "image" and (message.get("sticker_id") or (first.details or {}).get("sticker_id")):
        return "sticker"
    return first.kind if first.kind in KNOWN_ATTACHMENTS else UNSUPPORTED


def _details(message: Object, kind: str, attachments: tuple[Attachment, ...]) -> Object | None:
    if kind == UNSUPPORTED:
        return {key: value for key, value in message.items() if key != "mid"} or None
    details = {key: value for key, value in message.items() if key not in _HELD}
    if message.get("attachments") and not attachments:
        details["attachments"] = message["attachments"]
    reply_to = {
        key: value for key, value in record(message.get("reply_to")).items() if key not in ("mid", "story")
    }
    if reply_to:
        details["reply_to"] = reply_to
    return details or None


def _attachments(listed: Any) -> tuple[Attachment, ...]:
    return tuple(_attachment(piece) for piece in listed) if isinstance(listed, list) else ()


def _attachment(piece: Any) -> Attachment:
    """One attachment. Where its payload is no object (a link preview's is null, or an opaque
    string), link and title stand beside it; older previews spell the link ``URL``."""
    if not isinstance(piece, dict):
        return Attachment(kind=UNSUPPORTED, details={"attachment": piece})
    payload = piece.get("payload")
    inside = record(payload)
    details = {key: value for key, value in inside.items() if key not in ("url", "title")}
    details |= {
        key: value for key, value in piece.items() if key not in ("type", "payload", "url", "URL", "title")
    }
    if payload is not None and not isinstance(payload, dict):
        details["payload"] = payload
    return Attachment(
        kind=text(piece.get("type")) or UNSUPPORTED,
        url=text(inside.get("url")) or text(piece.get("url")) or text(piece.get("URL")),
        title=text(inside.get("title")) or text(piece.get("title")),
        details=details or None,
    )
