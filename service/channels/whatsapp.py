"""WhatsApp: ``changes`` of many fields, of which a few are about people.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from domain.inbound import ControlChange, Unclassified
from service.channels.delivery import Delivery, Ignored
from service.channels.pieces import Outcome, as_standby, file, visit
from service.channels.whatsapp_messages import read_echo, read_message
from service.channels.whatsapp_people import People, account_of, read_user_id_update
from service.channels.whatsapp_receipts import read_status
from service.channels.wire import Object, UnreadableError, identifier, instant, record, text

_IGNORED_BECAUSE = (
    ("calls", "voice calls are not handled"),
    ("history", "conversations from before the number was connected, nothing to answer"),
    ("smb_app_state_sync", "the address book of the business's phone"),
    ("group_", "the life of a group, not a person's conversation"),
    ("message_template_", "the state of a template, not about a person"),
    ("template_", "the state of a template, not about a person"),
    ("account_", "the state of the business account, not about a person"),
    ("business_", "the state of the business account, not about a person"),
    ("phone_number_", "the state of the business's number, not about a person"),
    ("security", "the state of the business account, not about a person"),
    ("errors", "a fault reported by the provider beside the messages"),
    ("messaging_handovers", "names no person"),
)
_NO_UPDATE = frozenset({"messaging_product", "metadata", "contacts"})


def read_entry(delivery: Delivery, received_at: datetime, entry: Object, path: str) -> None:
    """File every update of every change of one entry."""
    if entry.get("changes") is None:
        raise UnreadableError("has no changes")
    number = identifier(entry.get("id"))
    business_account_id = None if number == "0" else number
    read = partial(_read_change, delivery, business_account_id, received_at)
    visit(delivery, entry["changes"], f"{path}.changes", read)


def _read_change(
    delivery: Delivery, business_account_id: str | None, received_at: datetime, change: Object, path: str
) -> Outcome | None:
    field = text(change.get("field")) or "messages"
    value = change.get("value")
    reader = _FIELDS.get(field)
    if reader is None:
        return _ignored(account_of(value) or business_account_id, field, value)
    if not isinstance(value, dict):
        raise UnreadableError("not an object", ".value")
    reader(delivery, People.of(value, business_account_id, received_at), value, f"{path}.value")
    return None


def _ignored(account_id: str | None, field: str, payload: Any) -> Ignored:
    reasons = (reason for prefix, reason in _IGNORED_BECAUSE if field.startswith(prefix))
    reason = next(reasons, "nothing here acts on it")
    return Ignored(channel="whatsapp", account_id=account_id, field=field, reason=reason, payload=payload)


def _read_value(
    delivery: Delivery, people: People, value: Object, path: str, *, standby: bool = False
) -> None:
    """What a value holds: messages, statuses, echoes, and whatever else there is, to be ignored."""
    names = [name for name in value if name not in _NO_UPDATE]
    if not names:
        raise UnreadableError("holds no update", ".value")
    for name in names:
        pieces = value[name]
        reader = _READERS.get(name)
        if reader is not None:
            read = partial(reader, people, value)
            visit(delivery, pieces, f"{path}.{name}", partial(_copied, read) if standby else read)
        elif pieces not in (None, [], {}):
            file(delivery, _ignored(people.account_id, name, pieces))


def _copied(read: Callable[[Object, str], Outcome], piece: Object, path: str) -> Outcome:
    return as_standby(read(piece, path))


def _read_standby(delivery: Delivery, people: People, value: Object, path: str) -> None:
    """Copies of a conversation that another responder owns.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/standby/
    """
    copies = value.get("standby")
    if not isinstance(copies, dict):
        raise UnreadableError("not an object", ".value.standby")
    _read_value(delivery, people.of_copies(copies), copies, f"{path}.standby", standby=True)


def _read_user_id_updates(delivery: Delivery, people: People, value: Object, path: str) -> None:
    updates = value.get("user_id_update")
    pieces = [updates] if isinstance(updates, dict) else updates
    visit(delivery, pieces, f"{path}.user_id_update", partial(read_user_id_update, people))


def _read_user_preferences(delivery: Delivery, people: People, value: Object, path: str) -> None:
    read = partial(_read_user_preference, people)
    visit(delivery, value.get("user_preferences"), f"{path}.user_preferences", read)


def _read_user_preference(people: People, preference: Object, _path: str) -> Outcome:
    ids = (preference.get("wa_id"), preference.get("user_id"))
    return Unclassified(
        **people.about(ids, preference.get("parent_user_id")),
        update="user_preferences",
        occurred_at=instant(preference.get("timestamp"), people.received_at),
        details=preference,
    )


def _read_handover(delivery: Delivery, people: People, value: Object, _path: str) -> None:
    """Control of a conversation passed to us or taken from us, by another responder.

    Apps are named by id or, newer, by the role they play. The person may be left out.
    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messaging-handovers
    """
    person = record(value.get("sender"))
    ids = [person.get(key) for key in ("phone_number", "wa_id", "id", "user_id")]
    about = people.find(ids, person.get("parent_user_id"))
    if about is None:
        file(delivery, _ignored(people.account_id, "messaging_handovers", value))
        return
    update = text(value.get("type")) or "messaging_handovers"
    at = instant(value.get("timestamp"), people.received_at)
    control = record(value.get(update))
    if update in ("control_passed", "control_taken"):
        change = ControlChange(
            **about,
            change="gained" if update == "control_passed" else "lost",
            changed_at=at,
            app_id=identifier(control.get("new_owner_app_id")) or text(control.get("new_owner_role")),
            metadata=text(control.get("metadata")),
        )
        delivery.items.append(change)
    else:
        delivery.items.append(Unclassified(**about, update=update, occurred_at=at, details=value))


_READERS: dict[str, Callable[[People, Object, Object, str], Outcome]] = {
    "messages": read_message,
    "statuses": read_status,
    "message_echoes": read_echo,
}
_FIELDS: dict[str, Callable[[Delivery, People, Object, str], None]] = {
    "messages": _read_value,
    "message_echoes": _read_value,
    "smb_message_echoes": _read_value,
    "standby": _read_standby,
    "user_id_update": _read_user_id_updates,
    "user_preferences": _read_user_preferences,
    "messaging_handovers": _read_handover,
}
"""The fields that are about people. Every other one is recorded and ignored."""
