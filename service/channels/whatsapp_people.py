"""Who is meant in a WhatsApp update, where any of a person's ids may be missing.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.identity import Sender
from service.channels.pieces import About
from service.channels.wire import Object, UnreadableError, identifier, record, records, text

_LISTS = ("messages", "message_echoes", "statuses")
_IDS_OF_PIECES = ("from", "from_user_id", "to", "to_user_id", "recipient_id", "recipient_user_id")


@dataclass(frozen=True, slots=True)
class People:
    """The contacts of one value, matched to the ids that its messages and statuses carry."""

    account_id: str
    received_at: datetime
    contacts: list[Object]
    value: Object

    @classmethod
    def of(cls, value: Object, business_account_id: str | None, received_at: datetime) -> People:
        """Raises :class:`UnreadableError` where the value names no account."""
        account_id = account_of(value) or business_account_id
        if account_id is None:
            raise UnreadableError("names no account", ".value.metadata")
        return cls(account_id, received_at, records(value.get("contacts")), value)

    def about(self, ids: Iterable[Any], parent: Any = None) -> About:
        """The person that these ids and the matching contact name.

        Their sender id is the first of ``ids`` that is there, else the contact's phone number or
        user id; the parent id, which linked portfolios share, only where there is nothing else.
        All others are aliases. Raises :class:`UnreadableError` where there is none at all.
        """
        known = dict.fromkeys(map(identifier, ids))
        parent = identifier(parent)
        contact = self._contact(known, parent)
        if contact is not None:
            known[identifier(contact.get("wa_id"))] = None
            known[identifier(contact.get("user_id"))] = None
            known[parent] = None
            known[identifier(contact.get("parent_user_id"))] = None
        else:
            known[parent] = None
        names = [name for name in known if name is not None]
        if not names:
            raise UnreadableError("names no person")
        profile = record(contact.get("profile")) if contact is not None else {}
        return About(
            sender=Sender("whatsapp", self.account_id, names[0]),
            received_at=self.received_at,
            aliases=tuple(names[1:]),
            profile_name=text(profile.get("name")),
            username=text(profile.get("username")),
        )

    def _contact(self, ids: dict[str | None, None], parent: str | None) -> Object | None:
        """The contact that shares an id. A lone contact is also the one meant where no id is
        given, and where it cannot be anybody else's; two people are never taken for one."""
        for contact in self.contacts:
            if any(
                key is not None and (key in ids or key == parent)
                for key in map(identifier, (contact.get("wa_id"), contact.get("user_id"), contact.get("parent_user_id")))
            ):
                return contact
        if len(self.contacts) != 1:
            return None
        anonymous = parent is None and not any(ids)
        return self.contacts[0] if anonymous or self._is_about_one_person() else None

    def _is_about_one_person(self) -> bool:
        pieces = [piece for name in _LISTS for piece in records(self.value.get(name))]
        return len(pieces) < 2 or len({tuple(piece.get(key) for key in _IDS_OF_PIECES) for piece in pieces}) == 1


def account_of(value: Any) -> str | None:
    """The phone number id that a value is about."""
    return identifier(record(record(value).get("metadata")).get("phone_number_id"))
