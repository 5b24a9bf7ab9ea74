"""Whose message it is on WhatsApp, where any id may be missing."""

from __future__ import annotations

from typing import Any

import pytest
from wire_samples import (
    BUSINESS,
    NUMBER,
    PARENT_ID,
    PHONE,
    USER_ID,
    contact,
    only_item,
    parse,
    value,
    wa_messages,
    wa_text,
    whatsapp,
)

from domain.identity import Sender
from domain.inbound import Message


def received(message: dict[str, Any], **parts: Any) -> Message:
    item = only_item(parse(wa_messages(message, **parts)))
    assert isinstance(item, Message)
    return item


@pytest.mark.parametrize(
    ("ids", "contacts", "sender_id", "aliases"),
    [
        ({"from": PHONE}, [], PHONE, ()),
        ({"from": int(PHONE)}, [], PHONE, ()),
        ({"from": PHONE, "from_user_id": USER_ID}, [], PHONE, (USER_ID,)),
        ({"from": PHONE}, [contact(PHONE, USER_ID)], PHONE, (USER_ID,)),
        ({"from": ""}, [contact(PHONE, USER_ID)], PHONE, (USER_ID,)),
        ({"from": "", "from_user_id": USER_ID}, [contact(None, USER_ID)], USER_ID, ()),
        ({"from_user_id": USER_ID}, [contact(PHONE, USER_ID)], USER_ID, (PHONE,)),
        ({}, [contact(None, USER_ID)], USER_ID, ()),
        ({}, [contact("", USER_ID)], USER_ID, ()),
        ({"from": PHONE}, [contact("4915559999")], PHONE, ("4915559999",)),
        ({"from": PHONE}, [contact("4915559999"), contact(PHONE, USER_ID)], PHONE, (USER_ID,)),
        ({"from": PHONE}, [contact("4915559999"), contact("4915558888")], PHONE, ()),
        (
            {"from": PHONE, "from_user_id": USER_ID, "from_parent_user_id": PARENT_ID},
            [],
            PHONE,
            (USER_ID, PARENT_ID),
        ),
        ({"from_parent_user_id": PARENT_ID}, [], PARENT_ID, ()),
        (
            {"from_parent_user_id": PARENT_ID},
            [{**contact(PHONE, USER_ID), "parent_user_id": PARENT_ID}, contact("4915559999")],
            PHONE,
            (USER_ID, PARENT_ID),
        ),
    ],
)
def test_a_sender_is_found_and_every_other_id_is_an_alias(
    ids: dict[str, Any], contacts: Any, sender_id: str, aliases: tuple[str, ...]
) -> None:
    message = received(wa_text(**{"from": None, **ids}), contacts=contacts)
    assert message.sender == Sender("whatsapp", NUMBER, sender_id)
    assert message.aliases == aliases


def test_each_message_gets_the_names_of_its_own_contact() -> None:
    first = wa_text(**{"from": PHONE, "id": "wamid.1"})
    second = wa_text(**{"from": None, "from_user_id": USER_ID, "id": "wamid.2"})
    contacts = [contact(None, USER_ID, "B", "b_name"), contact(PHONE, None, "A")]
    items = parse(wa_messages(first, second, contacts=contacts)).items
    assert [(item.profile_name, item.username) for item in items] == [("A", None), ("B", "b_name")]


def test_two_people_are_never_taken_for_one_for_want_of_a_contact() -> None:
    first = wa_text(**{"from": PHONE, "id": "wamid.1"})
    second = wa_text(**{"from": "4915552222", "id": "wamid.2"})
    for contacts in ([contact(PHONE, USER_ID)], [contact("4915553333")]):
        known, stranger = parse(wa_messages(first, second, contacts=contacts)).items
        assert "4915553333" not in known.aliases
        assert stranger.aliases == ()
        assert stranger.profile_name is None


@pytest.mark.parametrize(
    "contacts", [[], [contact(None)], [contact(PHONE), contact("4915552222")], "a string"]
)
def test_a_message_without_any_sender_is_malformed(contacts: Any) -> None:
    delivery = parse(wa_messages(wa_text(**{"from": None}), contacts=contacts))
    assert not delivery.items
    assert [(piece.path, piece.reason) for piece in delivery.malformed] == [
        ("entry[0].changes[0].value.messages[0]", "names no sender")
    ]


def test_the_account_is_the_number_or_else_the_business_account() -> None:
    numbered = {"field": "messages", "value": {**value(messages=[wa_text()])}}
    bare = {"field": "messages", "value": {"messages": [wa_text()]}}
    accounts = [item.sender.account_id for item in parse(whatsapp(numbered, bare)).items]
    assert accounts == [NUMBER, BUSINESS]


def test_a_value_without_any_account_is_malformed() -> None:
    bare = {"field": "messages", "value": {"messages": [wa_text()]}}
    delivery = parse(whatsapp(bare, account="0"))
    assert [piece.path for piece in delivery.malformed] == ["entry[0].changes[0].value.metadata"]


def test_every_copy_of_a_message_without_id_gets_the_same_id() -> None:
    one, other = (received(wa_text(id=None)), received(dict(reversed(wa_text(id=None).items()))))
    assert one.message_id == other.message_id
    assert one.message_id.startswith("own:")
    assert received(wa_text("hello!", id=None)).message_id != one.message_id
    assert received(wa_text(id=None, timestamp="1795521511")).message_id != one.message_id
