"""Webhook bodies that no person of the stand-in sends, as Meta posts them."""

from __future__ import annotations

import time
from typing import Any

from tests.journey.conftest import INSTAGRAM, MESSENGER, WHATSAPP

APP_ID = 682498171943999
"""Of an app that is not ours."""


def seconds(ago: float = 0.0) -> str:
    """A timestamp of WhatsApp."""
    return str(int(time.time() - ago))


def milliseconds(ago: float = 0.0) -> int:
    """A timestamp of Messenger and Instagram."""
    return round((time.time() - ago) * 1000)


def value(**parts: Any) -> dict[str, Any]:
    """The ``value`` of a change: ``contacts``, ``messages``, ``statuses``, …"""
    metadata = {"display_phone_number": "15550783881", "phone_number_id": WHATSAPP.account_id}
    return {"messaging_product": "whatsapp", "metadata": metadata, **parts}


def whatsapp(*values: dict[str, Any], field: str = "messages") -> dict[str, Any]:
    changes = [{"field": field, "value": each} for each in values]
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": changes}]}


def said(sender: str | None, text: str = "Hello", **fields: Any) -> dict[str, Any]:
    """One text message on WhatsApp; a field given as None is left out."""
    message = {
        "from": sender,
        "id": f"wamid.{sender}.{text[:20]}",
        "timestamp": seconds(),
        "type": "text",
        "text": {"body": text},
        **fields,
    }
    return {name: part for name, part in message.items() if part is not None}


def status(state: str, message_id: str, recipient: str, **fields: Any) -> dict[str, Any]:
    return {"id": message_id, "status": state, "timestamp": seconds(), "recipient_id": recipient, **fields}


def event(sender: str, recipient: str = MESSENGER.account_id, **payload: Any) -> dict[str, Any]:
    """One event of ``messaging``."""
    parties = {"sender": {"id": sender}, "recipient": {"id": recipient}}
    return {**parties, "timestamp": milliseconds(), **payload}


def page(
    *events: dict[str, Any], key: str = "messaging", account: str = MESSENGER.account_id
) -> dict[str, Any]:
    kind = "instagram" if account == INSTAGRAM.account_id else "page"
    return {"object": kind, "entry": [{"id": account, "time": milliseconds(), key: list(events)}]}


def echo(person: str, mid: str, text: str = "A colleague here", **message: Any) -> dict[str, Any]:
    """What somebody of the business wrote."""
    body = {"is_echo": True, "app_id": APP_ID, "mid": mid, "text": text, **message}
    return event(MESSENGER.account_id, person, message=body)
