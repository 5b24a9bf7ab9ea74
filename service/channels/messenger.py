"""Messenger and Instagram: one envelope, one ``messaging`` event for each update.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal

from domain.identity import Channel, Sender
from domain.inbound import (
    ControlChange,
    Echo,
    Edit,
    Message,
    OptIn,
    Reaction,
    Receipt,
    Referral,
    Unclassified,
    Unsend,
)
from service.channels.content import Content
from service.channels.delivery import Delivery, Ignored
from service.channels.messenger_content import message_content, order_content, postback_content
from service.channels.pieces import About, Outcome, as_standby, own_message_id, visit
from service.channels.wire import Object, UnreadableError, flag, identifier, instant, record, text, whole

INBOX_APP_IDS = frozenset({"263902037430900", "26390203743090", "1217981644879628"})
"""The apps through which people answer by hand: the page inbox (two spellings are documented) and
the Instagram inbox."""

MESSAGING_FIELDS = frozenset(
    {
        "message_deliveries",
        "message_echoes",
        "message_edits",
        "message_reactions",
        "message_reads",
        "messages",
        "messaging_account_linking",
        "messaging_feedback",
        "messaging_game_plays",
        "messaging_handovers",
        "messaging_handover",
        "messaging_optins",
        "messaging_payments",
        "messaging_policy_enforcement",
        "messaging_postbacks",
        "messaging_referral",
        "messaging_referrals",
        "messaging_seen",
        "response_feedback",
        "send_cart",
        "standby",
    }
)
"""Fields whose ``changes[].value`` is a messaging event: the dashboard's test button posts them so."""

_ENVELOPE = frozenset({"sender", "recipient", "timestamp", "prior_message", "is_self"})
_ABOUT_THE_APP = {
    "app_roles": "which role an app has, not about a person",
    "policy_enforcement": "the provider warns or blocks the page; somebody has to look into it",
    "policy-enforcement": "the provider warns or blocks the page; somebody has to look into it",
}


@dataclass(frozen=True, slots=True)
class _Mailbox:
    """Where events arrive. The account is unknown where the provider's test button wrote "0"."""

    channel: Channel
    account_id: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class _Event:
    """One messaging event. ``sender`` is the person, whichever side it came from."""

    sender: Sender
    from_business: bool
    received_at: datetime
    at: datetime
    name: str
    body: Object
    whole: Object

    def about(self) -> About:
        return {
            "sender": self.sender,
            "received_at": self.received_at,
            "aliases": (),
            "profile_name": None,
            "username": None,
        }

    def message_id(self) -> str:
        return identifier(self.body.get("mid")) or own_message_id(self.sender, self.whole)

    def target(self) -> str:
        """The earlier message that the event is about."""
        mid = identifier(self.body.get("mid"))
        if mid is None:
            raise UnreadableError("names no message", f".{self.name}")
        return mid


def read_entry(delivery: Delivery, channel: Channel, received_at: datetime, entry: Object, path: str) -> None:
    """File every update of one entry: its events, its copies on standby, its changes."""
    if all(entry.get(key) is None for key in ("messaging", "standby", "changes")):
        raise UnreadableError("has none of messaging, standby and changes")
    account_id = identifier(entry.get("id"))
    mailbox = _Mailbox(channel, None if account_id == "0" else account_id, received_at)
    visit(delivery, entry.get("messaging"), f"{path}.messaging", partial(_read_event, mailbox))
    visit(delivery, entry.get("standby"), f"{path}.standby", partial(_read_standby, mailbox))
    visit(delivery, entry.get("changes"), f"{path}.changes", partial(_read_change, mailbox))


def _read_standby(mailbox: _Mailbox, event: Object, path: str) -> Outcome:
    return as_standby(_read_event(mailbox, event, path))


def _read_change(mailbox: _Mailbox, change: Object, path: str) -> Outcome:
    field, value = text(change.get("field")), change.get("value")
    if field is None:
        raise UnreadableError("names no field", ".field")
    if field in MESSAGING_FIELDS and isinstance(value, dict):
        outcome = _read_event(mailbox, value, path)
        return as_standby(outcome) if field == "standby" else outcome
    return Ignored(
        channel=mailbox.channel,
        account_id=mailbox.account_id,
        field=field,
        reason="public activity or an account's affairs, no conversation",
        payload=value,
    )


def _read_event(mailbox: _Mailbox, event: Object, _path: str) -> Outcome:
    name = _name_of(event)
    body = event[name]
    reader = _READERS.get(name)
    if reader is not None and not isinstance(body, dict):
        raise UnreadableError("not an object", f".{name}")
    account_id, sender_id, from_business = _parties(
        mailbox, event, is_echo=name == "message" and flag(body.get("is_echo"))
    )
    if name in _ABOUT_THE_APP:
        return Ignored(
            channel=mailbox.channel,
            account_id=account_id,
            field=name.replace("-", "_"),
            reason=_ABOUT_THE_APP[name],
            payload=body,
        )
    if sender_id is None:
        return _without_sender(mailbox, account_id, name, body)
    if account_id is None:
        raise UnreadableError("names no account")
    read = _Event(
        sender=Sender(mailbox.channel, account_id, sender_id),
        from_business=from_business,
        received_at=mailbox.received_at,
        at=instant(event.get("timestamp"), mailbox.received_at),
        name=name,
        body=body if isinstance(body, dict) else {name: body},
        whole=event,
    )
    if reader is None or (from_business and name in _ONLY_BY_A_PERSON):
        return _unclassified(read)
    return reader(read)


def _name_of(event: Object) -> str:
    """What kind of event it is: the key that is not part of every event, one we act on first."""
    for name in _READERS:
        if event.get(name) is not None:
            return name
    for name, body in event.items():
        if name not in _ENVELOPE and body is not None:
            return name
    raise UnreadableError("names no event")


def _parties(mailbox: _Mailbox, event: Object, *, is_echo: bool) -> tuple[str | None, str | None, bool]:
    """The account, the person, and whether the business is the one who acted.

    The business is also the one where the account itself is the sender and the mark of an echo is
    missing: a bot that took this for a customer would answer itself.
    """
    sent_by = identifier(record(event.get("sender")).get("id"))
    sent_to = identifier(record(event.get("recipient")).get("id"))
    account_id = mailbox.account_id or (sent_by if is_echo else sent_to)
    from_business = is_echo or (sent_by == account_id and sent_to not in (None, account_id))
    if not from_business:
        return account_id, sent_by, False
    others = (party for party in (sent_to, sent_by) if party not in (None, account_id))
    return account_id, next(others, sent_to), True


def _without_sender(mailbox: _Mailbox, account_id: str | None, name: str, body: Any) -> Ignored:
    """Events that come without a person by design; from all others that is a fault.

    An edit numbered 0 is Instagram's notice of a message that was never edited. A plugin's
    ``user_ref`` stands for somebody who has not written yet.
    """
    fields = record(body)
    if name not in _READERS:
        reason = "names no person, and nothing here acts on it"
    elif name == "message_edit" and whole(fields.get("num_edit")) == 0:
        reason = "an edit numbered 0 of nobody's message"
    elif name in ("optin", "referral") and "user_ref" in fields:
        reason = "a plugin's user_ref names nobody until they write"
    else:
        raise UnreadableError("names no sender")
    return Ignored(channel=mailbox.channel, account_id=account_id, field=name, reason=reason, payload=body)


def _read_message(event: _Event) -> Outcome:
    message = event.body
    if flag(message.get("is_deleted")):
        if event.from_business:
            return _unclassified(event)
        return Unsend(**event.about(), message_id=event.target(), unsent_at=event.at)
    content = message_content(message)
    if not event.from_business:
        return _message(event, content)
    return Echo(
        **event.about(),
        message_id=event.message_id(),
        kind=content.kind,
        sent_at=event.at,
        text=content.text,
        attachments=content.attachments,
        app_id=identifier(message.get("app_id")),
        reference=text(message.get("metadata")),
    )


def _read_postback(event: _Event) -> Outcome:
    return _message(event, postback_content(event.body))


def _read_order(event: _Event) -> Outcome:
    return _message(event, order_content(event.body))


def _message(event: _Event, content: Content) -> Message:
    reply_to = record(event.body.get("reply_to"))
    story = reply_to.get("story")
    beside = {key: value for key, value in event.whole.items() if key not in _ENVELOPE and key != event.name}
    if prior := event.whole.get("prior_message"):
        beside["prior_message"] = prior
    referral = event.body.get("referral") or beside.pop("referral", None)
    return Message(
        **event.about(),
        message_id=event.message_id(),
        kind=content.kind,
        sent_at=event.at,
        text=content.text,
        attachments=content.attachments,
        payload=content.payload,
        reply_to=identifier(reply_to.get("mid")),
        reply_to_story=story if isinstance(story, dict) else None,
        referral=referral if isinstance(referral, dict) else None,
        details={**(content.details or {}), **beside} or None,
    )


def _read_edit(event: _Event) -> Outcome:
    return Edit(
        **event.about(),
        message_id=event.target(),
        edited_at=event.at,
        text=text(event.body.get("text")),
        revision=whole(event.body.get("num_edit")),
    )


def _read_reaction(event: _Event) -> Outcome:
    return Reaction(
        **event.about(),
        message_id=event.target(),
        reacted_at=event.at,
        emoji=text(event.body.get("emoji")),
        reaction=text(event.body.get("reaction")),
        removed=event.body.get("action") == "unreact",
    )


def _read_referral(event: _Event) -> Outcome:
    return Referral(
        **event.about(), referred_at=event.at, source=text(event.body.get("source")), details=event.body
    )


def _read_optin(event: _Event) -> Outcome:
    return OptIn(**event.about(), opted_at=event.at, details=event.body)


def _read_receipt(event: _Event, *, status: str) -> Outcome:
    """A delivery names messages, a moment up to which all arrived, or both; so does a read, whose
    moment Instagram replaces by one message."""
    named = event.body.get("mids")
    mids = [*named] if isinstance(named, list) else []
    mids.append(event.body.get("mid"))
    message_ids = tuple(mid for mid in map(identifier, mids) if mid is not None)
    watermark = instant(event.body.get("watermark"), None)
    if not message_ids and watermark is None:
        raise UnreadableError("names neither a message nor a watermark", f".{event.name}")
    return Receipt(
        **event.about(),
        status=status,
        occurred_at=event.at,
        message_ids=message_ids,
        watermark=watermark,
    )


def _read_control(event: _Event, *, change: Literal["lost", "gained", "requested"]) -> Outcome:
    """Control passed to the app that hears of it (``gained``), taken from it, or asked of it.

    A pass is documented as told to the app that is given the thread, and we do not know our own
    app id, so a pass heard in ``messaging`` is a gain, except where the new owner is an inbox,
    which is never us. What is heard on standby is the loss of another's thread
    (:func:`as_standby`). ``app_id`` names the new owner, so that who does know can correct it.
    https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messaging_handovers
    """
    named = event.body.get("requested_owner_app_id" if change == "requested" else "new_owner_app_id")
    app_id = identifier(named)
    return ControlChange(
        **event.about(),
        change="lost" if change == "gained" and app_id in INBOX_APP_IDS else change,
        changed_at=event.at,
        app_id=app_id,
        metadata=text(event.body.get("metadata")),
    )


def _unclassified(event: _Event) -> Unclassified:
    return Unclassified(**event.about(), update=event.name, occurred_at=event.at, details=event.body)


_READERS: dict[str, Callable[[_Event], Outcome]] = {
    "message": _read_message,
    "postback": _read_postback,
    "message_edit": _read_edit,
    "reaction": _read_reaction,
    "delivery": partial(_read_receipt, status="delivered"),
    "read": partial(_read_receipt, status="read"),
    "optin": _read_optin,
    "order": _read_order,
    "pass_thread_control": partial(_read_control, change="gained"),
    "take_thread_control": partial(_read_control, change="lost"),
    "request_thread_control": partial(_read_control, change="requested"),
    "referral": _read_referral,
}
_ONLY_BY_A_PERSON = frozenset(
    {"postback", "message_edit", "reaction", "delivery", "read", "optin", "order", "referral"}
)
"""Where the business is the one who did it, it says nothing about the person."""
