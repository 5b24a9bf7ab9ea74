"""What a call of the Send API asks for, read as Meta reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from service.sandbox.meta.errors import invalid, unsupported_type
from service.sandbox.meta.updates import Channel

Operation = Literal["send", "mark_read", "typing"]

WHATSAPP_TEXT_LIMIT = 4096
MESSENGER_TEXT_LIMIT = 2000
INSTAGRAM_TEXT_BYTES = 1000
"""Characters, characters, and bytes of UTF-8."""

REFERENCE_LIMITS: dict[Channel, int] = {"whatsapp": 512, "messenger": 1000, "instagram": 1000}
"""Characters of ``biz_opaque_callback_data`` and of ``metadata``."""

MESSAGING_TYPES = ("RESPONSE", "UPDATE", "MESSAGE_TAG")
SENDER_ACTIONS = ("typing_on", "typing_off", "mark_seen")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSend:
    """A text for a person: ``recipient`` is the id, ``given`` how the request wrote it. ``human`` where it
    is tagged as written by a human agent.
    """

    recipient: str
    text: str
    reference: str | None
    given: str
    human: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """A message marked as read, or a typing indicator. WhatsApp names the message, the others the person."""

    operation: Operation
    recipient: str | None = None
    message_id: str | None = None


def operation_of(body: Any) -> Operation:
    """Which operation a body is meant as, however malformed it is."""
    if not isinstance(body, dict):
        return "send"
    if "status" in body:
        return "typing" if "typing_indicator" in body else "mark_read"
    if "sender_action" in body:
        return "mark_read" if body["sender_action"] == "mark_seen" else "typing"
    return "send"


def recipient_of(body: Any) -> str | None:
    """Whom a body is meant for, as far as it says."""
    if not isinstance(body, dict):
        return None
    recipient = body.get("to") or body.get("recipient")
    if isinstance(recipient, dict):
        recipient = recipient.get("id")
    return recipient.removeprefix("+") if isinstance(recipient, str) else None


def text_of(body: Any) -> str | None:
    """The text of a body, as far as there is one."""
    for outer, inner in (("text", "body"), ("message", "text")):
        part = body.get(outer) if isinstance(body, dict) else None
        if isinstance(part, dict) and isinstance(part.get(inner), str):
            return str(part[inner])
    return None


def read_request(body: dict[str, Any], channel: Channel) -> TextSend | Presence:
    """What the body asks for. Raises :class:`~service.sandbox.meta.errors.GraphError` as Meta would."""
    if channel == "whatsapp":
        return _whatsapp_presence(body) if "status" in body else _whatsapp_text(body)
    return _sender_action(body, channel) if "sender_action" in body else _message(body, channel)


def _refuse(channel: Channel, what: str) -> NoReturn:
    raise invalid(channel, what)


def _whatsapp_presence(body: dict[str, Any]) -> Presence:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/typing-indicators"""
    if body["status"] != "read":
        _refuse("whatsapp", "Param status must be one of {READ}")
    if not isinstance(body.get("message_id"), str):
        _refuse("whatsapp", "The parameter message_id is required.")
    indicator = body.get("typing_indicator")
    if indicator is not None and (not isinstance(indicator, dict) or indicator.get("type") != "text"):
        _refuse("whatsapp", "Param typing_indicator['type'] must be one of {TEXT}")
    return Presence(operation=operation_of(body), message_id=body["message_id"])


def _whatsapp_text(body: dict[str, Any]) -> TextSend:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages"""
    recipient = body.get("to") or body.get("recipient")
    if not isinstance(recipient, str) or not recipient:
        _refuse("whatsapp", "The parameter to is required.")
    if body.get("type", "text") != "text":
        raise unsupported_type()
    part = body.get("text")
    if not isinstance(part, dict):
        _refuse("whatsapp", "The parameter text is required.")
    text = part.get("body")
    if not isinstance(text, str):
        _refuse("whatsapp", "Param text['body'] must be a string.")
    if not text:
        _refuse("whatsapp", "The parameter text['body'] is required.")
    if len(text) > WHATSAPP_TEXT_LIMIT:
        _refuse("whatsapp", f"Param text['body'] must be at most {WHATSAPP_TEXT_LIMIT} characters long.")
    reference = _reference(body, "biz_opaque_callback_data", "whatsapp")
    return TextSend(recipient=recipient.removeprefix("+"), text=text, reference=reference, given=recipient)


def _recipient(body: dict[str, Any], channel: Channel) -> str:
    recipient = body.get("recipient")
    if not isinstance(recipient, dict) or not isinstance(recipient.get("id"), str):
        _refuse(channel, "The parameter recipient is required.")
    return str(recipient["id"])


def _sender_action(body: dict[str, Any], channel: Channel) -> Presence:
    """https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/sender-actions"""
    if body["sender_action"] not in SENDER_ACTIONS:
        _refuse(channel, "Param sender_action must be one of {TYPING_ON, TYPING_OFF, MARK_SEEN}")
    if "message" in body:
        _refuse(channel, "Only one of message and sender_action can be given.")
    return Presence(operation=operation_of(body), recipient=_recipient(body, channel))


def _message(body: dict[str, Any], channel: Channel) -> TextSend:
    """https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages"""
    recipient = _recipient(body, channel)
    human = _human(body, channel)
    message = body.get("message")
    if not isinstance(message, dict):
        _refuse(channel, "The parameter message is required.")
    text = message.get("text")
    if not isinstance(text, str) or not text:
        _refuse(channel, "Message cannot be empty, must provide valid attachment or text")
    limit = INSTAGRAM_TEXT_BYTES if channel == "instagram" else MESSENGER_TEXT_LIMIT
    if len(text.encode(errors="surrogatepass") if channel == "instagram" else text) > limit:
        _refuse(channel, f"Length of param message[text] must be less than or equal to {limit}")
    reference = _reference(message, "metadata", channel)
    return TextSend(recipient=recipient, text=text, reference=reference, given=recipient, human=human)


def _human(body: dict[str, Any], channel: Channel) -> bool:
    """Whether the tag for humans is on it. The other tags ended on 27 April 2026."""
    kind: str = body.get("messaging_type", "RESPONSE")
    if kind not in MESSAGING_TYPES:
        _refuse(channel, f"Param messaging_type must be one of {{{', '.join(MESSAGING_TYPES)}}}")
    if kind == "MESSAGE_TAG" and body.get("tag") != "HUMAN_AGENT":
        _refuse(channel, "Param tag must be one of {HUMAN_AGENT}")
    return kind == "MESSAGE_TAG"


def _reference(holder: dict[str, Any], name: str, channel: Channel) -> str | None:
    reference = holder.get(name)
    if reference is None:
        return None
    if not isinstance(reference, str):
        _refuse(channel, f"Param {name} must be a string.")
    if len(reference) > REFERENCE_LIMITS[channel]:
        _refuse(channel, f"Param {name} must be at most {REFERENCE_LIMITS[channel]} characters long.")
    return reference
