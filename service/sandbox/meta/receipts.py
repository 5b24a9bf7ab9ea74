"""What Meta tells about a send it accepted: statuses on WhatsApp, an echo and receipts elsewhere."""

from __future__ import annotations

import random
from typing import Any

from service.sandbox.meta.dial import Dial
from service.sandbox.meta.errors import GraphError
from service.sandbox.meta.ledger import Send
from service.sandbox.meta.updates import Account, Update, milliseconds, whatsapp_value

APP_ID = 1821152484774199
"""The app that sends, as echoes name it."""


def planned(send: Send, dial: Dial, chance: random.Random) -> list[str]:
    """The receipts that a send gets, in the order in which they happen.

    Instagram has no ``delivery`` event: there the echo is followed by ``read`` alone.
    """
    if chance.random() < dial.no_receipts:
        return []
    if send.failure is not None:
        return ["failed"]
    if send.channel == "whatsapp":
        kinds = ["sent", "delivered", "read"]
    else:
        kinds = [] if chance.random() < dial.no_echo else ["echo"]
        kinds += ["read"] if send.channel == "instagram" else ["delivered", "read"]
    if chance.random() < dial.read_without_delivered:
        kinds = [kind for kind in kinds if kind != "delivered"]
    return kinds


def receipt(
    send: Send, kind: str, *, account: Account, person: tuple[str, ...], at: float, failure: GraphError | None
) -> Update:
    """The update that tells ``kind`` about a send to ``person``."""
    if send.channel == "whatsapp":
        status = _status(send, kind, person, at, failure)
        content = whatsapp_value(account, contacts=[_contact(person)], statuses=[status])
    else:
        content = _event(send, kind, at)
    return Update(
        account=account, person=person, kind=kind, content=content, at=at, message_id=send.message_id
    )


def _status(
    send: Send, kind: str, person: tuple[str, ...], at: float, failure: GraphError | None
) -> dict[str, Any]:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status"""
    status: dict[str, Any] = {"id": send.message_id, "status": kind, "timestamp": str(int(at))}
    contact = _contact(person)
    for name, id_ in (("recipient_id", "wa_id"), ("recipient_user_id", "user_id")):
        if id_ in contact:
            status[name] = contact[id_]
    if kind != "failed":
        status["pricing"] = {
            "billable": True,
            "pricing_model": "PMP",
            "type": "regular",
            "category": "service",
        }
    elif failure is not None:
        status["errors"] = [failure.in_status()]
    if send.reference is not None:
        status["biz_opaque_callback_data"] = send.reference
    return status


def _contact(person: tuple[str, ...]) -> dict[str, str]:
    """Who it was, without the profile that comes with messages."""
    contact: dict[str, str] = {}
    for one in person:
        contact.setdefault("user_id" if "." in one else "wa_id", one)
    return contact


def _event(send: Send, kind: str, at: float) -> dict[str, Any]:
    """https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/"""
    person, business = {"id": send.recipient}, {"id": send.account}
    if kind == "echo":
        metadata = {} if send.reference is None else {"metadata": send.reference}
        message = {"is_echo": True, "app_id": APP_ID, "mid": send.message_id, "text": send.text, **metadata}
        return {
            "sender": business,
            "recipient": person,
            "timestamp": milliseconds(send.at),
            "message": message,
        }
    watermark = milliseconds(send.at)
    what: dict[str, Any] = {"read": {"watermark": watermark}}
    if kind == "delivered":
        what = {"delivery": {"mids": [send.message_id], "watermark": watermark}}
    elif send.channel == "instagram":
        what = {"read": {"mid": send.message_id}}
    return {"sender": person, "recipient": business, "timestamp": milliseconds(at), **what}
