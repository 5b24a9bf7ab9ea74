"""One webhook body of any of the three channels, turned into what it says."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from domain.identity import Channel
from service.channels import messenger, whatsapp
from service.channels.delivery import Delivery, Malformed
from service.channels.pieces import set_repeats_aside, visit
from service.channels.plain import read_plain_text
from service.channels.wire import UnreadableError, decode

CHANNEL_OF_OBJECT: dict[str, Channel] = {
    "page": "messenger",
    "instagram": "instagram",
    "whatsapp_business_account": "whatsapp",
}


def parse_delivery(body: bytes, received_at: datetime) -> Delivery:
    """Everything that a body says, whatever its bytes are. Raises nothing.

    Each update of it comes out exactly once: as an item, as an ignored update, or as a malformed
    piece with its path. A body that says nothing at all is one malformed piece, so that it is on
    record. Where a timestamp is missing or unusable, ``received_at`` (aware) stands in for it.
    """
    plain = read_plain_text(body, received_at)
    return Delivery(items=[plain]) if plain is not None else read_delivery(body, received_at)


def read_delivery(body: bytes, received_at: datetime) -> Delivery:
    """As :func:`parse_delivery`, for every shape there is."""
    delivery = Delivery()
    try:
        _read(delivery, decode(body), received_at)
    except UnreadableError as error:
        delivery.malformed.append(Malformed(path=error.where, reason=error.reason))
    if len(delivery.items) > 1:
        set_repeats_aside(delivery)
    elif not (delivery.items or delivery.ignored or delivery.malformed):
        delivery.malformed.append(Malformed(path="", reason="holds no update"))
    return delivery


def _read(delivery: Delivery, tree: Any, received_at: datetime) -> None:
    if not isinstance(tree, dict):
        raise UnreadableError("not a JSON object")
    kind = tree.get("object")
    channel = CHANNEL_OF_OBJECT.get(kind) if isinstance(kind, str) else None
    if channel is None:
        raise UnreadableError("names none of the objects " + ", ".join(CHANNEL_OF_OBJECT), "object")
    entries = tree.get("entry")
    if entries is None:
        raise UnreadableError("missing", "entry")
    if channel == "whatsapp":
        visit(delivery, entries, "entry", partial(whatsapp.read_entry, delivery, received_at))
    else:
        visit(delivery, entries, "entry", partial(messenger.read_entry, delivery, channel, received_at))
