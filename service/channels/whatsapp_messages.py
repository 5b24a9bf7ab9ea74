"""What people write on WhatsApp, and what the business writes to them.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from domain.inbound import Echo, Edit, Message, Reaction, Unclassified, Unsend
from service.channels.delivery import Ignored
from service.channels.pieces import About, Outcome, own_message_id
from service.channels.whatsapp_content import message_content
from service.channels.whatsapp_people import People, read_system
from service.channels.wire import Object, UnreadableError, flag, identifier, instant, record, text

SMB_APP_ID = "smb"
"""The app id of echoes of what somebody wrote in the WhatsApp Business app on the phone."""


def read_message(people: People, value: Object, message: Object, _path: str) -> Outcome:
    """A message, or what happened to an earlier one or to the person."""
    kind = message.get("type")
    ids = [message.get("from"), message.get("from_user_id")]
    if kind == "system":
        ids.append(record(message.get("system")).get("customer"))
    about = people.find(ids, message.get("from_parent_user_id"))
    if about is None:
        return _from_nobody(people, message)
    at = instant(message.get("timestamp"), people.received_at)
    reader = _EVENTS.get(kind) if isinstance(kind, str) else None
    if reader is not None:
        return reader(about, at, message)
    content = message_content(message, value.get("errors"))
    context = record(message.get("context"))
    referral = message.get("referral")
    return Message(
        **about,
        message_id=identifier(message.get("id")) or own_message_id(about["sender"], message),
        kind=content.kind,
        sent_at=at,
        text=content.text,
        attachments=content.attachments,
        payload=content.payload,
        reply_to=identifier(context.get("id")),
        forwarded=flag(context.get("forwarded")) or flag(context.get("frequently_forwarded")),
        group_id=identifier(message.get("group_id")),
        referral=referral if isinstance(referral, dict) else None,
        details=content.details,
    )


def _from_nobody(people: People, message: Object) -> Ignored:
    """A notice of a new user id may leave out the previous one, and every other id with it; the
    field ``user_id_update`` tells the same with both. In a message that is a fault."""
    if message.get("type") != "system":
        raise UnreadableError("names no sender")
    return Ignored(
        channel="whatsapp",
        account_id=people.account_id,
        field="system",
        reason="names nobody that it is about",
        payload=message,
    )


def _read_reaction(about: About, at: datetime, message: Object) -> Outcome:
    reaction = record(message.get("reaction"))
    emoji = text(reaction.get("emoji"))
    target = _target(reaction.get("message_id"), ".reaction")
    return Reaction(**about, message_id=target, reacted_at=at, emoji=emoji, removed=emoji is None)


def _read_edit(about: About, at: datetime, message: Object) -> Outcome:
    edit = record(message.get("edit"))
    now = message_content(record(edit.get("message")))
    return Edit(
        **about, message_id=_target(edit.get("original_message_id"), ".edit"), edited_at=at, text=now.text
    )


def _read_revoke(about: About, at: datetime, message: Object) -> Outcome:
    target = _target(record(message.get("revoke")).get("original_message_id"), ".revoke")
    return Unsend(**about, message_id=target, unsent_at=at)


def _target(named: Any, where: str) -> str:
    message_id = identifier(named)
    if message_id is None:
        raise UnreadableError("names no message", where)
    return message_id


def read_echo(people: People, _value: Object, echo: Object, _path: str) -> Outcome:
    """What the business wrote. On standby the body of the send call stands in ``message``.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/smb_message_echoes
    """
    sent = echo["message"] if isinstance(echo.get("message"), dict) else echo
    about = people.about(
        (echo.get("to"), sent.get("to"), echo.get("to_user_id"), sent.get("recipient")),
        echo.get("to_parent_user_id"),
    )
    at = instant(echo.get("timestamp"), people.received_at)
    kind = text(sent.get("type"))
    if kind in _EVENTS:
        return Unclassified(**about, update=f"message_echoes.{kind}", occurred_at=at, details=echo)
    content = message_content(sent)
    return Echo(
        **about,
        message_id=identifier(echo.get("id")) or own_message_id(about["sender"], echo),
        kind=content.kind,
        sent_at=at,
        text=content.text,
        attachments=content.attachments,
        app_id=SMB_APP_ID,
        reference=text(sent.get("biz_opaque_callback_data")),
    )


_EVENTS: dict[str, Callable[[About, datetime, Object], Outcome]] = {
    "reaction": _read_reaction,
    "edit": _read_edit,
    "revoke": _read_revoke,
    "system": read_system,
}
"""Types that are no message: something happened to an earlier one, or to the person."""
