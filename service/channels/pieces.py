"""A delivery is walked piece by piece, and what fails in one piece stays in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any, TypedDict

import orjson

from domain.identity import Sender
from domain.inbound import ControlChange, Echo, Item, Message, Standby
from service.channels.delivery import Delivery, Ignored, Malformed
from service.channels.wire import Object, UnreadableError

Outcome = Item | Ignored
"""What one update comes to when it can be read."""


class About(TypedDict):
    """The fields that every item has: whom it is about, and when the delivery reached us."""

    sender: Sender
    received_at: datetime
    aliases: tuple[str, ...]
    profile_name: str | None
    username: str | None


def visit(delivery: Delivery, pieces: Any, path: str, read: Callable[[Object, str], Outcome | None]) -> None:
    """Read each object of a list, given its path, and file what it comes to.

    ``read`` answers None where it has filed everything itself. An absent list holds nothing; a
    list that is none, and each piece that cannot be read, is filed as malformed, and the others
    are read all the same.
    """
    if pieces is None:
        return
    if not isinstance(pieces, list):
        delivery.malformed.append(Malformed(path=path, reason="not a list"))
        return
    for index, piece in enumerate(pieces):
        where = f"{path}[{index}]"
        if not isinstance(piece, dict):
            delivery.malformed.append(Malformed(path=where, reason="not an object"))
            continue
        try:
            outcome = read(piece, where)
        except UnreadableError as error:
            delivery.malformed.append(Malformed(path=where + error.where, reason=error.reason))
        except Exception as error:  # noqa: BLE001  an update that trips a rule of ours must not make the provider send its neighbours again for days
            delivery.malformed.append(Malformed(path=where, reason=f"unexpected {type(error).__name__}"))
        else:
            file(delivery, outcome)


def file(delivery: Delivery, outcome: Outcome | None) -> None:
    """Put an outcome where it belongs."""
    if isinstance(outcome, Item):
        delivery.items.append(outcome)
    elif outcome is not None:
        delivery.ignored.append(outcome)


def own_message_id(sender: Sender, event: Object) -> str:
    """A stable id for a message that the provider gave none: every copy derives the same one.

    It covers the account, the sender and the event with its timestamp; nothing about when or with
    what else a copy arrived enters.
    """
    identity = [sender.channel, sender.account_id, sender.sender_id, event]
    return "own:" + sha256(orjson.dumps(identity, option=orjson.OPT_SORT_KEYS)).hexdigest()


def as_standby(outcome: Outcome) -> Outcome:
    """The same thing, seen in a thread that another app owns: to be recorded, never answered."""
    if isinstance(outcome, Message | Echo):
        return Standby(
            sender=outcome.sender,
            received_at=outcome.received_at,
            aliases=outcome.aliases,
            profile_name=outcome.profile_name,
            username=outcome.username,
            message_id=outcome.message_id,
            kind=outcome.kind,
            sent_at=outcome.sent_at,
            text=outcome.text,
            from_business=isinstance(outcome, Echo),
            attachments=outcome.attachments,
        )
    if isinstance(outcome, ControlChange) and outcome.change == "gained":
        return ControlChange(
            sender=outcome.sender,
            received_at=outcome.received_at,
            change="lost",
            changed_at=outcome.changed_at,
            app_id=outcome.app_id,
            metadata=outcome.metadata,
        )
    return outcome


def set_repeats_aside(delivery: Delivery) -> None:
    """Keep the first of several copies of a message; the others become ignored updates, so that
    they are on record as duplicates. What they say is in the first, so they carry no payload."""
    seen: set[tuple[str, Sender, str]] = set()
    kept: list[Item] = []
    for item in delivery.items:
        if isinstance(item, Message | Echo | Standby):
            key = (item.TYPE, item.sender, item.message_id)
            if key in seen:
                delivery.ignored.append(_repeat(item))
                continue
            seen.add(key)
        kept.append(item)
    delivery.items = kept


def _repeat(item: Item) -> Ignored:
    return Ignored(
        channel=item.sender.channel,
        account_id=item.sender.account_id,
        field=item.TYPE,
        reason="repeats a message id of the same delivery",
        payload=None,
    )
