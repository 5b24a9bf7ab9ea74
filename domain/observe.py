"""What each item of a delivery means for a conversation that has begun."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from domain import events as e
from domain import inbound as i
from domain.state import CHANNEL, remembered
from domain.steps import Policy

if TYPE_CHECKING:
    from domain.conversation import Conversation

REFERENCE = "onethread"
"""What the correlation reference of every send of ours begins with."""


def reference_of(conversation_id: object, reply_id: str, part: int) -> str:
    """What a send carries so that its echo and its receipts can be told from everybody else's."""
    return f"{REFERENCE}:{conversation_id}:{reply_id}:{part}"


class Reference(NamedTuple):
    """What a send of ours was about."""

    conversation_id: str
    reply_id: str
    part: int


def read_reference(reference: str | None) -> Reference | None:
    """What a reference of ours says; None for anybody else's."""
    pieces = (reference or "").split(":")
    if len(pieces) != 4 or pieces[0] != REFERENCE or not (pieces[3].isascii() and pieces[3].isdigit()):
        return None
    return Reference(pieces[1], pieces[2], int(pieces[3]))


def _ours(c: Conversation, reference: str | None) -> Reference | None:
    """The reference, if it is of a send in this very conversation: reply ids are its own."""
    own = read_reference(reference)
    return own if own is not None and own.conversation_id == str(c.id) else None


def observe(c: Conversation, item: i.Item, now: datetime, policy: Policy, *, known: Collection[str]) -> None:
    """Record what ``item`` says, or that it has been said before."""
    _profile(c, item, now)
    _aliases(c, item, now, known)
    event_class, fields = _fact(c, item, policy)
    fact = c.fact(event_class, now, **fields)
    key = fact.unique_key
    if key is not None and (remembered(key) in c.state.keys or key in known):
        update = event_class.__name__
        c.record(e.DuplicateReceived, now, duplicate_of=key, update=update, received_at=item.received_at)
        return
    c.accept(fact)
    _consequences(c, item, now)


def keys_of(c: Conversation, item: i.Item, policy: Policy) -> set[str]:
    """Unique keys by which an item shows that it repeats, or is about, what the conversation holds."""
    event_class, fields = _fact(c, item, policy)
    found = {c.fact(event_class, item.received_at, **fields).unique_key, getattr(item, "message_id", None)}
    return {key for key in found if key is not None}


_DONE_AT: dict[type[i.Item], str] = {
    i.Message: "sent_at",
    i.Edit: "edited_at",
    i.Unsend: "unsent_at",
    i.Reaction: "reacted_at",
    i.Referral: "referred_at",
    i.IdentityChange: "changed_at",
}
"""When a person did what an item tells of. Others are about what was sent to them, earlier perhaps."""


def is_of_another(c: Conversation, item: i.Item) -> bool:
    """Whether an item is of whoever has got a number that the person of the conversation gave up before."""
    left_at, when = c.state.left.get(item.sender.sender_id), _DONE_AT.get(type(item))
    if left_at is None or when is None or getattr(item, when) <= left_at:
        return False
    return not any(alias == c.state.sender_id or alias in c.state.aliases for alias in item.aliases)


def answers_to(c: Conversation, item: i.Item) -> bool:
    """Whether an item carries the reference of a send in this conversation."""
    return _ours(c, getattr(item, "reference", None)) is not None


def _profile(c: Conversation, item: i.Item, now: datetime) -> None:
    name, username = item.profile_name or c.state.display_name, item.username or c.state.username
    if (name, username) != (c.state.display_name, c.state.username):
        c.record(e.ProfileChanged, now, display_name=name, username=username)


def _aliases(c: Conversation, item: i.Item, now: datetime, known: Collection[str]) -> None:
    if not item.aliases and item.sender.sender_id == c.state.sender_id:
        return
    for alias in dict.fromkeys((item.sender.sender_id, *item.aliases)):
        if alias == c.state.sender_id or alias in c.state.aliases:
            continue
        fact = c.fact(e.IdentityLinked, now, linked_id=alias, reason="seen_together")
        if fact.unique_key not in known:
            c.accept(fact)


_COPIED: dict[type[i.Item], tuple[type[e.Fact], tuple[str, ...]]] = {
    i.Edit: (e.MessageEdited, ("message_id", "edited_at", "text", "revision")),
    i.Unsend: (e.MessageUnsent, ("message_id", "unsent_at")),
    i.Reaction: (e.ReactionReceived, ("message_id", "reacted_at", "emoji", "reaction", "removed")),
    i.Referral: (e.ReferralReceived, ("referred_at", "source", "details")),
    i.OptIn: (e.OptInReceived, ("opted_at", "details")),
    i.Standby: (
        e.StandbyReceived,
        ("message_id", "kind", "sent_at", "text", "from_business", "attachments"),
    ),
    i.Unclassified: (e.UpdateNoted, ("update", "occurred_at", "details")),
}
"""Items that are facts as they stand."""


def _fact(c: Conversation, item: i.Item, policy: Policy) -> tuple[type[e.Fact], dict[str, Any]]:
    match item:
        case i.Message():
            return e.MessageReceived, _message(c, item, policy)
        case i.Receipt():
            return e.DeliveryReported, _receipt(c, item)
        case i.Echo():
            return _echo(c, item)
        case i.IdentityChange():
            return e.IdentityLinked, {
                "linked_id": item.current_id,
                "reason": item.reason,
                "replaces_sender": item.sender.sender_id == c.state.sender_id,
                "changed_at": item.changed_at,
            }
        case i.ControlChange():
            return e.UpdateNoted, {
                "update": f"thread_control_{item.change}",
                "occurred_at": item.changed_at,
                "details": {"app_id": item.app_id, "metadata": item.metadata},
            }
        case _:
            event_class, names = _COPIED[type(item)]
            return event_class, _same(item, *names)


def _same(item: i.Item, *names: str) -> dict[str, Any]:
    return {name: getattr(item, name) for name in names}


def _message(c: Conversation, item: i.Message, policy: Policy) -> dict[str, Any]:
    state = c.state
    effective = min(item.sent_at, item.received_at)
    latest = state.latest_sent_at
    begins = latest is None or effective - latest > policy.session_length
    return {
        "message_id": item.message_id,
        "kind": item.kind,
        "sent_at": item.sent_at,
        "received_at": item.received_at,
        "session": state.session + 1 if begins else state.session,
        "session_message": 1 if begins else state.session_messages + 1,
        "late": latest is not None and effective < latest,
        "text": item.text,
        "attachments": item.attachments,
        "payload": item.payload,
        "reply_to": item.reply_to,
        "reply_to_story": item.reply_to_story,
        "forwarded": item.forwarded,
        "group_id": item.group_id,
        "entry_source": _entry_source(item.referral) if item.referral else None,
        "referral": item.referral,
        "details": item.details,
    }


def _entry_source(referral: dict[str, Any]) -> str | None:
    source = referral.get("source") or referral.get("source_type")
    return source[:64] if isinstance(source, str) else None


def _receipt(c: Conversation, item: i.Receipt) -> dict[str, Any]:
    own = _ours(c, item.reference)
    reply_id = own.reply_id if own else _reply_of(c, item.message_ids)
    return {
        **_same(
            item, "status", "occurred_at", "message_ids", "watermark", "error_code", "error_title", "details"
        ),
        "reply_id": reply_id,
    }


def _reply_of(c: Conversation, message_ids: tuple[str, ...]) -> str | None:
    known = [*c.state.outgoing, *([c.state.last_sent] if c.state.last_sent else [])]
    return next((reply.reply_id for reply in known if set(reply.message_ids) & set(message_ids)), None)


def _echo(c: Conversation, item: i.Echo) -> tuple[type[e.Fact], dict[str, Any]]:
    own = _ours(c, item.reference)
    reply_id = own.reply_id if own else _reply_of(c, (item.message_id,))
    if reply_id is None:
        return e.EchoReceived, _same(item, "message_id", "kind", "sent_at", "text", "attachments", "app_id")
    return e.DeliveryReported, {
        "status": "sent",
        "occurred_at": item.sent_at,
        "message_ids": (item.message_id,),
        "reply_id": reply_id,
    }


def _consequences(c: Conversation, item: i.Item, now: datetime) -> None:
    if isinstance(item, i.Receipt | i.Echo):
        own = _ours(c, item.reference)
        message_id = item.message_id if isinstance(item, i.Echo) else next(iter(item.message_ids), None)
        if own and message_id:
            kind = "echo" if isinstance(item, i.Echo) else "receipt"
            c.record_sent(own.reply_id, own.part, message_id, now, evidence=kind)
    elif isinstance(item, i.ControlChange):
        actor = f"{CHANNEL}{item.app_id or 'unknown'}"
        if item.change == "lost" and c.state.answered_by == "bot":
            c.hand_over(actor, now, reason="thread control passed on")
        elif item.change == "gained" and (c.state.taken_by or "").startswith(CHANNEL):
            c.hand_back(actor, now, reason="thread control given")
