"""What Meta tells a webhook, and the exact bytes and signature it comes with."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

Channel = Literal["messenger", "instagram", "whatsapp"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)

OBJECTS: dict[Channel, str] = {
    "messenger": "page",
    "instagram": "instagram",
    "whatsapp": "whatsapp_business_account",
}
"""The ``object`` of a delivery."""

PATHS: dict[Channel, str] = {
    "messenger": "/webhooks/messenger",
    "instagram": "/webhooks/messenger",
    "whatsapp": "/webhooks/whatsapp",
}
"""Where deliveries go, below the address of the service. Instagram shares Messenger's callback."""

_ESCAPES = str.maketrans({"/": "\\/", "<": "\\u003c", "%": "\\u0025", "@": "\\u0040"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A business account. ``account_id`` is the page id, the Instagram account id or WhatsApp's
    ``phone_number_id``; ``business_id`` (the WhatsApp Business Account) and ``display_number`` are
    WhatsApp's. With an ``access_token`` of its own, sends must carry that one.
    """

    channel: Channel
    account_id: str
    name: str = ""
    business_id: str = "102290129340398"
    display_number: str = "15550783881"
    access_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One thing to tell about one person: a ``value`` of WhatsApp's ``changes``, or an event of
    ``messaging``. ``at`` is when it happened, in epoch seconds.

    ``person`` holds every id the person goes by, the one to answer to first. ``message_id`` is the
    id of the message it is or is about. ``by_person`` tells what people do from what becomes of sends;
    ``former_id`` is an id that the person has given up.
    """

    account: Account
    person: tuple[str, ...]
    kind: str
    content: dict[str, Any]
    at: float
    message_id: str | None = None
    text: str | None = None
    by_person: bool = False
    former_id: str | None = None


def envelope(updates: Sequence[Update], *, sent_at: float) -> dict[str, Any]:
    """The body of one delivery of these updates, all of one ``object``, with an entry per account.

    Messages of one person that follow each other on WhatsApp share one ``value``.
    """
    channel = updates[0].account.channel
    by_account: dict[Account, list[Update]] = {}
    for update in updates:
        by_account.setdefault(update.account, []).append(update)
    entries = [_entry(account, own, sent_at) for account, own in by_account.items()]
    return {"object": OBJECTS[channel], "entry": entries}


def _entry(account: Account, updates: list[Update], sent_at: float) -> dict[str, Any]:
    if account.channel == "whatsapp":
        return {"id": account.business_id, "changes": _changes(updates)}
    events = [update.content for update in updates]
    return {"id": account.account_id, "time": milliseconds(sent_at), "messaging": events}


def _changes(updates: Iterable[Update]) -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = []
    last: Update | None = None
    for update in updates:
        if last is not None and last.person == update.person and _are_messages(last, update):
            changes[-1]["value"]["messages"] += update.content["messages"]
        else:
            changes.append({"field": "messages", "value": _copied(update.content)})
        last = update
    return changes


def _are_messages(*updates: Update) -> bool:
    return all("contacts" in update.content and "messages" in update.content for update in updates)


def _copied(value: dict[str, Any]) -> dict[str, Any]:
    return {key: list(part) if isinstance(part, list) else part for key, part in value.items()}


def whatsapp_value(account: Account, **parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The ``value`` of a change of the field ``messages``: ``contacts``, ``messages`` and ``statuses``."""
    metadata = {"display_phone_number": account.display_number, "phone_number_id": account.account_id}
    return {
        "messaging_product": "whatsapp",
        "metadata": metadata,
        **{key: part for key, part in parts.items() if part},
    }


def milliseconds(instant: float) -> int:
    return round(instant * 1000)


def encode(payload: Any) -> bytes:
    """JSON in Meta's escaped form: ASCII only, with lower-case escapes, and ``/ < % @`` escaped as well.

    https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads
    """
    return json.dumps(payload, separators=(",", ":")).translate(_ESCAPES).encode("ascii")


def signature(body: bytes, app_secret: str) -> str:
    """The ``X-Hub-Signature-256`` of exactly these bytes."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def message_id(channel: Channel, *parts: object) -> str:
    """A message id in the channel's form; the same parts give the same id."""
    digest = hashlib.sha512("\x1f".join(map(str, parts)).encode()).digest()
    if channel == "whatsapp":
        return "wamid.HBgL" + base64.b64encode(digest[:30]).decode()
    return "m_" + base64.urlsafe_b64encode(digest[:48]).decode()
