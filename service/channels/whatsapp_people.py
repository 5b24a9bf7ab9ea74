"""Who is meant in a WhatsApp update, where any id may be missing, and who goes by a new id.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any

from domain.identity import Sender
from domain.inbound import IdentityChange, Unclassified
from service.channels.pieces import About, Outcome
from service.channels.wire import Object, UnreadableError, identifier, instant, record, records, text

_IDS_OF_CONTACT = ("wa_id", "user_id", "parent_user_id")
_LISTS = ("messages", "message_echoes", "statuses", "user_preferences", "user_id_update")
_IDS = ("to", "to_user_id", "from", "from_user_id", "recipient_id", "recipient_user_id", "wa_id", "user_id")


class People:
    """The contacts of one value, matched to the ids that its messages and statuses carry."""

    def __init__(self, account_id: str, received_at: datetime, value: Object, contacts: list[Object]) -> None:
        self.account_id = account_id
        self.received_at = received_at
        self._value = value
        self._contacts = contacts
        self._by_id: dict[str | None, Object] = {}
        for contact in reversed(contacts):
            self._by_id.update(dict.fromkeys(map(identifier, map(contact.get, _IDS_OF_CONTACT)), contact))
        self._by_id.pop(None, None)

    @classmethod
    def of(cls, value: Object, business_account_id: str | None, received_at: datetime) -> People:
        """Raises :class:`UnreadableError` where the value names no account."""
        account_id = account_of(value) or business_account_id
        if account_id is None:
            raise UnreadableError("names no account", ".value.metadata")
        return cls(account_id, received_at, value, records(value.get("contacts")))

    def of_copies(self, copies: Object) -> People:
        """The people of a value within this one, which may bring its own contacts."""
        contacts = records(copies.get("contacts")) or self._contacts
        return People(self.account_id, self.received_at, copies, contacts)

    def about(self, ids: Iterable[Any], parent: Any = None) -> About:
        """As :meth:`find`; raises :class:`UnreadableError` where nobody is named."""
        about = self.find(ids, parent)
        if about is None:
            raise UnreadableError("names no person")
        return about

    def find(self, ids: Iterable[Any], parent: Any = None) -> About | None:
        """The person that these ids and the matching contact name, if any does.

        Their sender id is the first of ``ids`` that is there, else the contact's phone number or
        user id; the parent id, which linked portfolios share, only where there is nothing else.
        All others are aliases.
        """
        known = dict.fromkeys(map(identifier, ids))
        parent_id = identifier(parent)
        contact = self._contact(known, parent_id)
        known[identifier(contact.get("wa_id"))] = None
        known[identifier(contact.get("user_id"))] = None
        known[parent_id] = None
        known[identifier(contact.get("parent_user_id"))] = None
        names = [name for name in known if name is not None]
        if not names:
            return None
        profile = record(contact.get("profile"))
        return {
            "sender": Sender("whatsapp", self.account_id, names[0]),
            "received_at": self.received_at,
            "aliases": tuple(names[1:]),
            "profile_name": text(profile.get("name")),
            "username": text(profile.get("username")),
        }

    def _contact(self, given: Iterable[str | None], parent_id: str | None) -> Object:
        """The contact that shares an id. A lone contact is also the one meant where no id is
        given, and where it cannot be anybody else's; two people are never taken for one."""
        for name in (*given, parent_id):
            if name in self._by_id:
                return self._by_id[name]
        if len(self._contacts) != 1:
            return {}
        nameless = parent_id is None and not any(given)
        return self._contacts[0] if nameless or self._is_about_one_person else {}

    @cached_property
    def _is_about_one_person(self) -> bool:
        pieces = [piece for name in _LISTS for piece in records(self._value.get(name))]
        if len(pieces) < 2:
            return True
        named = {next(filter(None, (identifier(piece.get(key)) for key in _IDS)), None) for piece in pieces}
        return len(named) == 1 and None not in named


def account_of(value: Any) -> str | None:
    """The phone number id that a value is about; a handover has it in its recipient."""
    fields = record(value)
    number = record(fields.get("metadata")).get("phone_number_id")
    return identifier(number) or identifier(record(fields.get("recipient")).get("phone_number_id"))


def read_system(about: About, at: datetime, message: Object) -> Outcome:
    """A change of number or user id, or another notice about the person.

    The text of the notice names both ids, and the person's own profile name among them, so it is
    never searched for an id: that would let people pass for somebody else.
    """
    system = record(message.get("system"))
    update = text(system.get("type")) or "system"
    number = identifier(system.get("wa_id")) or identifier(system.get("new_wa_id"))
    user_id = identifier(system.get("user_id"))
    current = {"user_changed_number": number or user_id, "user_changed_user_id": user_id}.get(update)
    if current is None or current == about["sender"].sender_id:
        return Unclassified(**about, update=update, occurred_at=at, details=message)
    about["aliases"] = _also(about, current, number, user_id, system.get("parent_user_id"))
    return IdentityChange(**about, current_id=current, changed_at=at, reason=update)


def read_user_id_update(people: People, update: Object, _path: str) -> Outcome:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids"""
    ids, parents = record(update.get("user_id")), record(update.get("parent_user_id"))
    previous, current = identifier(ids.get("previous")), identifier(ids.get("current"))
    if previous is None or current is None or previous == current:
        raise UnreadableError("names no previous and current id", ".user_id")
    about = people.about((previous, update.get("wa_id")), parents.get("previous"))
    about["aliases"] = _also(about, current, parents.get("current"))
    at = instant(update.get("timestamp"), people.received_at)
    return IdentityChange(**about, current_id=current, changed_at=at, reason="user_id_update")


def _also(about: About, current: str, *others: Any) -> tuple[str, ...]:
    """All ids of a person but the one they had and the one they have now."""
    known = dict.fromkeys((*about["aliases"], *map(identifier, others)))
    return tuple(name for name in known if name not in (None, current, about["sender"].sender_id))
