"""Published webhook bodies, each with what a service must make of it.

The bodies are not part of this repository. They are looked for in the folder that
``ONETHREAD_PAYLOADS`` names, else in ``shared/payloads`` beside the checkout.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.inbound import (
    ControlChange,
    Echo,
    Edit,
    IdentityChange,
    Message,
    OptIn,
    Reaction,
    Receipt,
    Referral,
    Standby,
    Unclassified,
    Unsend,
)
from service.channels.delivery import Delivery
from service.channels.envelope import parse_delivery

RECEIVED_AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def payload_folder() -> Path | None:
    named = os.environ.get("ONETHREAD_PAYLOADS")
    folder = Path(named) if named else Path(__file__).parents[1].parent / "shared" / "payloads"
    return folder if (folder / "expected.json").is_file() else None


FOLDER = payload_folder()
pytestmark = pytest.mark.skipif(
    FOLDER is None, reason="no published payloads: set ONETHREAD_PAYLOADS to their folder"
)


@dataclass(frozen=True)
class Case:
    expected: dict[str, Any]
    body: bytes


def cases(folder: Path | None) -> list[Any]:
    if folder is None:
        return []
    return [
        pytest.param(Case(expected, (folder / expected["file"]).read_bytes()), id=expected["file"])
        for expected in json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    ]


CASES = cases(FOLDER)


def item(kind: type, **fields: Any) -> Callable[[Delivery], bool]:
    def found(delivery: Delivery) -> bool:
        return any(
            type(each) is kind and all(getattr(each, name) == value for name, value in fields.items())
            for each in delivery.items
        )

    return found


def ignored(field: str) -> Callable[[Delivery], bool]:
    return lambda delivery: any(each.field == field for each in delivery.ignored)


def malformed(delivery: Delivery) -> bool:
    return bool(delivery.malformed)


OTHERS: dict[str, Callable[[Delivery], bool]] = {
    "delivery": item(Receipt, status="delivered"),
    "echo": item(Echo),
    "edit": item(Edit),
    "handover": item(ControlChange),
    "invalid_json": malformed,
    "malformed": malformed,
    "optin": item(OptIn),
    "reaction": item(Reaction),
    "read": item(Receipt, status="read"),
    "referral": item(Referral),
    "revoke": item(Unsend),
    "standby": item(Standby),
    "unsend": item(Unsend),
}


def reflects(other: str) -> Callable[[Delivery], bool]:
    """How one of the descriptive names of ``other`` must come out. An event that is named by its
    own key comes out as unclassified."""
    if other in OTHERS:
        return OTHERS[other]
    family, _, name = other.partition(":")
    if not name:
        return item(Unclassified, update=other)
    return {
        "field": ignored(name),
        "status": item(Receipt, status=name),
        "system": item(IdentityChange, reason=name),
    }[family]


def instant(written: str) -> datetime:
    return datetime.fromisoformat(written).astimezone(UTC)


def check_message(actual: Message, expected: dict[str, Any]) -> None:
    assert actual.sender.sender_id == expected["sender"]
    assert actual.sender.account_id == expected["account"]
    assert set(expected.get("sender_any", ())) <= {*actual.aliases}
    assert actual.kind == expected["kind"]
    assert actual.text == expected["text"]
    if expected.get("timestamp_checked", True):
        assert actual.sent_at == instant(expected["timestamp_iso"])
    else:
        assert actual.sent_at == RECEIVED_AT
    if expected["message_id"] is None:
        assert actual.message_id.startswith("own:")
    else:
        assert actual.message_id == expected["message_id"]
    if "attachments" in expected:
        assert [attachment.kind for attachment in actual.attachments] == expected["attachments"]


@pytest.mark.parametrize("case", CASES)
def test_the_published_messages_come_out_as_their_senders_meant_them(case: Case) -> None:
    delivery = parse_delivery(case.body, RECEIVED_AT)
    messages = [each for each in delivery.items if isinstance(each, Message)]

    assert len(messages) == len(case.expected["messages"])
    for actual, expected in zip(messages, case.expected["messages"], strict=True):
        assert actual.sender.channel == case.expected["channel"]
        check_message(actual, expected)


@pytest.mark.parametrize("case", CASES)
def test_the_further_facts_of_published_messages_are_kept(case: Case) -> None:
    delivery = parse_delivery(case.body, RECEIVED_AT)
    messages = [each for each in delivery.items if isinstance(each, Message)]
    for actual, expected in zip(messages, case.expected["messages"], strict=True):
        for name in ("payload", "reply_to", "forwarded", "group_id", "profile_name"):
            if name in expected:
                assert getattr(actual, name) == expected[name], name
        assert bool(actual.referral) == bool(expected.get("referral"))
        assert bool(actual.reply_to_story) == bool(expected.get("reply_to_story"))


@pytest.mark.parametrize("case", CASES)
def test_whatever_else_a_published_body_carries_is_on_record(case: Case) -> None:
    delivery = parse_delivery(case.body, RECEIVED_AT)
    for other in case.expected["other"]:
        assert reflects(other)(delivery), f"{other} is missing from {delivery}"
    if not case.expected["messages"]:
        assert not [each for each in delivery.items if isinstance(each, Message)]
        assert delivery.items or delivery.ignored or delivery.malformed


@pytest.mark.parametrize("case", CASES)
def test_every_copy_of_a_published_body_says_the_same(case: Case) -> None:
    assert parse_delivery(case.body, RECEIVED_AT) == parse_delivery(bytes(case.body), RECEIVED_AT)
