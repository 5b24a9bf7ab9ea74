"""Well-formed input of every target, for mutations to start from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from domain.events import EVENT_TYPES
from service.channels.envelope import parse_delivery
from service.channels.signature import sign
from service.storage.codec import encode
from service.web.cursors import write_cursor
from service.web.vectors import Vector
from tests.fuzz.targets import NOW, PARTITIONS, SECRET, SOMEBODY, facts_of

PHONE: Final = "4915550001"
PERSON: Final = "7000000000000001"
PAGE: Final = "200000000000001"
NUMBER: Final = "300000000000001"
USER: Final = "DE.90000000000000000001"
AT: Final = 1_795_521_510_250
SECONDS: Final = "1795521510"

Object = dict[str, Any]


def _event(sender: str = PERSON, recipient: str = PAGE, **payload: Any) -> Object:
    return {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": AT, **payload}


def _said(kind: str, content: Any, **fields: Any) -> Object:
    return {"from": PHONE, "id": f"wamid.{kind}", "timestamp": SECONDS, "type": kind, kind: content, **fields}


def _status(state: str, **fields: Any) -> Object:
    return {"id": "wamid.sent", "status": state, "timestamp": SECONDS, "recipient_id": PHONE, **fields}


EVENTS: Final[list[Object]] = [
    _event(message={"mid": "m_1", "text": "hi", "reply_to": {"mid": "m_0"}, "quick_reply": {"payload": "P"}}),
    _event(
        message={"mid": "m_2", "attachments": [{"type": "image", "payload": {"url": "u", "sticker_id": 9}}]}
    ),
    _event(message={"mid": "m_3", "is_deleted": True}),
    _event(PAGE, PERSON, message={"mid": "m_e", "is_echo": True, "text": "a", "metadata": "r", "app_id": 1}),
    _event(message_edit={"mid": "m_4", "text": "a", "num_edit": 1}),
    _event(postback={"title": "Start", "payload": "GO", "referral": {"ref": "r"}}),
    _event(reaction={"mid": "m_5", "action": "react", "emoji": "❤", "reaction": "love"}),
    _event(referral={"ref": "r", "source": "ADS", "ads_context_data": {"ad_title": "t"}}),
    _event(optin={"ref": "r"}),
    _event(order={"products": [{"id": 1}], "note": "n"}),
    _event(delivery={"mids": ["m_6"], "watermark": AT}),
    _event(read={"watermark": AT}),
    _event(account_linking={"status": "linked"}),
    _event(pass_thread_control={"new_owner_app_id": 5, "metadata": "m"}),
    _event(take_thread_control={"previous_owner_app_id": 5, "new_owner_app_id": 6}),
    _event(request_thread_control={"requested_owner_app_id": 5}),
    _event(app_roles={"5": ["primary_receiver"]}),
]
"""One of each kind that Messenger and Instagram post."""

MESSAGES: Final[list[Object]] = [
    _said("text", {"body": "hi"}, context={"id": "wamid.0", "forwarded": True}, referral={"source_id": "1"}),
    _said("image", {"id": "1", "mime_type": "image/png", "sha256": "s", "caption": "look"}),
    _said("audio", {"id": "1", "voice": True}),
    _said("location", {"latitude": 0.5, "longitude": 1, "name": "n", "url": "u"}),
    _said("contacts", [{"name": {"formatted_name": "A"}}]),
    _said("interactive", {"type": "button_reply", "button_reply": {"id": "b", "title": "Yes"}}),
    _said("interactive", {"type": "nfm_reply", "nfm_reply": {"response_json": "{}", "body": "b"}}),
    _said("button", {"text": "No", "payload": "NO"}),
    _said("order", {"catalog_id": "1", "product_items": [{"quantity": 1}], "text": "t"}),
    _said("reaction", {"message_id": "wamid.0", "emoji": "👍"}),
    _said("edit", {"original_message_id": "wamid.0", "message": {"type": "text", "text": {"body": "b"}}}),
    _said("revoke", {"original_message_id": "wamid.0"}),
    _said("system", {"type": "user_changed_number", "wa_id": "4915550002"}),
    _said("unsupported", None, errors=[{"code": 131051}], from_user_id=USER),
]
"""One of each kind that people post on WhatsApp."""

STATUSES: Final[list[Object]] = [
    _status("read", pricing={"billable": True}, conversation={"id": "c", "origin": {"type": "service"}}),
    _status("failed", errors=[{"code": 131047, "title": "t"}], biz_opaque_callback_data="onethread:a:b:0"),
]
CONTACT: Final[Object] = {"profile": {"name": "A", "username": "a"}, "wa_id": PHONE, "user_id": USER}


def page(*events: Any, key: str = "messaging", kind: str = "page") -> Object:
    """One entry of Messenger or Instagram."""
    return {"object": kind, "entry": [{"id": PAGE, "time": AT, key: list(events)}]}


def whatsapp(field: str = "messages", **parts: Any) -> Object:
    """One change of WhatsApp."""
    metadata = {"display_phone_number": "4930555", "phone_number_id": NUMBER}
    value = {"messaging_product": "whatsapp", "metadata": metadata, **parts}
    changes = [{"field": field, "value": value}]
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}


PLAIN: Final = whatsapp(
    contacts=[{"profile": {"name": "A"}, "wa_id": PHONE}],
    messages=[
        {"from": PHONE, "id": "wamid.1", "timestamp": SECONDS, "text": {"body": "hello"}, "type": "text"}
    ],
)
BODIES: Final[list[Object]] = [
    PLAIN,
    *(page(event) for event in EVENTS),
    *(whatsapp(messages=[message], contacts=[CONTACT]) for message in MESSAGES),
    page(*EVENTS, key="standby"),
    page({"field": "messages", "value": EVENTS[0]}, {"field": "feed", "value": {}}, key="changes"),
    page(*EVENTS, kind="instagram"),
    whatsapp(statuses=STATUSES, errors=[{"code": 1}]),
    whatsapp("smb_message_echoes", message_echoes=[{**MESSAGES[0], "to": PHONE}]),
    whatsapp("standby", standby={"messages": MESSAGES, "statuses": STATUSES}),
    whatsapp("user_preferences", user_preferences=[{"wa_id": PHONE, "value": "stop"}]),
    whatsapp("account_update", event="x"),
    whatsapp(
        "user_id_update", user_id_update=[{"wa_id": PHONE, "user_id": {"previous": "a", "current": "b"}}]
    ),
    whatsapp(
        "messaging_handovers",
        sender={"phone_number": PHONE},
        type="control_taken",
        control_taken={"new_owner_role": "escalation"},
    ),
]
"""A delivery of every shape."""


PRICES: Final = b"""currency = "USD"
[[prices]]
model = "gpt-6-luna"
input = 0.15
cached_input = 0.075
output = 0.6
from = 2026-01-01
until = 2026-12-01T00:00:00+01:00
"""
CONFIG: Final = b"""[[accounts]]
channel = "whatsapp"
account_id = "1"
access_token = "t"
[[functions]]
function = "shop:order"
timeout = 2.5
parameters = {type = "object"}
[[tools]]
type = "web_search"
"""
LONG_ANSWER: Final = (
    "Größe 38 ist da. " * 130 + "\n\n1. eins\n2. zwei https://example.org/" + "a" * 3000 + "คำ👩\u200d👧🇩🇪क्ष"
)

DELIVERIES: Final = [json.dumps(body).encode() for body in BODIES]
WORDS: Final = (
    "asc", "whatsapp", "text", "100", "2026-11-24T08:00:00Z", "2026-11-24T08:00:00.5+14:00", str(SOMEBODY),
    "MessageReceived,ReplySent", "Europe/Berlin", "day", "total/messages_in", "active", "events", "volume",
    "live", "sessions_1", '"a phrase" OR -without', "beginning", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", "2026-11-01T00:00+01:00",
)  # fmt: skip


def _stored() -> Iterator[bytes]:
    names = sorted(EVENT_TYPES)
    yield bytes([names.index("MessageReceived")]) + b'{"kind":"text","sent_at":"2025-03-01T08:30:00Z"}\n{}'
    for body in DELIVERIES:
        for item in parse_delivery(body, NOW).items:
            for name, clear, personal in map(encode, facts_of(item)):
                yield bytes([names.index(name)]) + clear + b"\n" + (personal or b"")


def _keys() -> Iterator[list[Any]]:
    yield ["2026-11-24T08:00:00Z", SOMEBODY]
    yield [SOMEBODY]
    yield ["2026-11-24T08:00:00Z", SOMEBODY, 7]
    yield [12, SOMEBODY]
    yield ["2026-11-24T08:00:00Z", SOMEBODY, 7, "messages_in"]
    yield ["0001-01-01T00:00:00+14:00", SOMEBODY]
    yield ["9999-12-31T23:59:59-14:00", SOMEBODY, 2**31]
    yield [2**63, SOMEBODY]


REFUSAL: Final = json.dumps({"error": {"message": "m", "code": 131056, "error_subcode": 33}}).encode()
USAGE: Final = b'{"1":[{"estimated_time_to_regain_access":5}]}'

SEEDS: Final[dict[str, list[bytes]]] = {
    "json_of_others": DELIVERIES,
    "delivery": DELIVERIES,
    "delivery_taken_in": DELIVERIES,
    "signature": [sign(SECRET, b"{}").encode() + b"\n{}", b"sha256=\n"],
    "reference": [f"onethread:{SOMEBODY}:r1:0".encode()],
    "graph_refusal": [USAGE + b"\n" + REFUSAL, b"60\n" + REFUSAL],
    "stored_event": [*_stored()],
    "sealed": [bytes(60)],
    "master_key": [b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="],
    "cursor": [write_cursor(b"scope", tuple(key)).encode() for key in _keys()],
    "signed_cursor": [msgspec.json.encode(key) for key in _keys()],
    "vector": [str(Vector([0] * PARTITIONS)).encode(), str(Vector([2**40])).encode()],
    "query_parameter": [word.encode() for word in WORDS],
    "cell": [b"total/messages_in", b"2026-11-24T00:00:00Z/response/p50"],
    "rebuild_as_of": [word.encode() for word in WORDS if "T" in word],
    "price_table": [PRICES],
    "config_file": [CONFIG],
    "split_answer": [LONG_ANSWER.encode()],
}
"""By target."""
