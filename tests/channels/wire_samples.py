"""Webhook bodies as the channels post them: documented shapes, invented people."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from domain.identity import Channel, Sender
from domain.inbound import Item
from service.channels.delivery import Delivery
from service.channels.envelope import parse_delivery

RECEIVED_AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SENT_AT = datetime(2026, 11, 24, 11, 58, 30, 250_000, tzinfo=UTC)
SENT_MS = 1_795_521_510_250
SENT_SECONDS = SENT_AT.replace(microsecond=0)
SENT_S = "1795521510"

PAGE = "200000000000001"
PSID = "7000000000000001"
NUMBER = "300000000000001"
BUSINESS = "400000000000001"
PHONE = "4915550001"
USER_ID = "DE.90000000000000000001"
PARENT_ID = "DE.ENT.90000000000000000009"

WOMAN = Sender("messenger", PAGE, PSID)
MAN = Sender("whatsapp", NUMBER, PHONE)


def encoded(tree: Any) -> bytes:
    """As the wire has it: everything beyond ASCII escaped."""
    return json.dumps(tree).encode("ascii")


def parse(tree: Any) -> Delivery:
    return parse_delivery(encoded(tree), RECEIVED_AT)


def only_item(delivery: Delivery) -> Item:
    assert not delivery.malformed
    assert not delivery.ignored
    assert len(delivery.items) == 1
    return delivery.items[0]


def event(sender: Any = PSID, recipient: Any = PAGE, at: Any = SENT_MS, **payload: Any) -> dict[str, Any]:
    parties = {"sender": {"id": sender}, "recipient": {"id": recipient}}
    named = {side: party for side, party in parties.items() if party["id"] is not None}
    return {**named, **({} if at is None else {"timestamp": at}), **payload}


def echo(**message: Any) -> dict[str, Any]:
    return event(sender=PAGE, recipient=PSID, message={"mid": "m_echo", "is_echo": True, **message})


def page(*events: Any, account: Any = PAGE, key: str = "messaging", kind: str = "page") -> dict[str, Any]:
    return {"object": kind, "entry": [{"id": account, "time": SENT_MS + 900, key: list(events)}]}


def page_changes(*changes: Any, account: Any = "0", kind: str = "page") -> dict[str, Any]:
    return page(*changes, account=account, key="changes", kind=kind)


def sender_on(channel: Channel) -> Sender:
    return Sender(channel, PAGE, PSID)


def contact(
    wa_id: Any = PHONE, user_id: Any = None, name: str | None = "Some Body", username: str | None = None
) -> dict[str, Any]:
    profile = {"name": name, "username": username}
    fields = {"wa_id": wa_id, "user_id": user_id}
    return {
        "profile": {key: text for key, text in profile.items() if text is not None},
        **{key: value for key, value in fields.items() if value is not None},
    }


def wa(kind: Any = "text", content: Any = None, **fields: Any) -> dict[str, Any]:
    """One message; a field given as None is left out."""
    message = {"from": PHONE, "id": "wamid.1", "timestamp": SENT_S, "type": kind, **fields}
    if isinstance(kind, str) and content is not None:
        message[kind] = content
    return {name: field for name, field in message.items() if field is not None}


def wa_text(body: Any = "hello", **fields: Any) -> dict[str, Any]:
    return wa("text", {"body": body}, **fields)


def status(state: str = "delivered", **fields: Any) -> dict[str, Any]:
    return {"id": "wamid.sent", "status": state, "timestamp": SENT_S, "recipient_id": PHONE, **fields}


def value(**parts: Any) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "4930555", "phone_number_id": NUMBER},
        **parts,
    }


def change(field: Any = "messages", **parts: Any) -> dict[str, Any]:
    return {"field": field, "value": value(**parts)}


def whatsapp(*changes: Any, account: Any = BUSINESS) -> dict[str, Any]:
    return {"object": "whatsapp_business_account", "entry": [{"id": account, "changes": list(changes)}]}


def wa_messages(*messages: Any, contacts: Any = None, **parts: Any) -> dict[str, Any]:
    known = [contact()] if contacts is None else contacts
    return whatsapp(change(contacts=known, messages=list(messages), **parts))
