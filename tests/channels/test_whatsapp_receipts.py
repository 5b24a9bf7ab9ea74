"""What becomes of what a business writes on WhatsApp, and what it hears of it."""

from __future__ import annotations

from typing import Any

import pytest
from wire_samples import (
    MAN,
    NUMBER,
    PARENT_ID,
    PHONE,
    RECEIVED_AT,
    SENT_SECONDS,
    USER_ID,
    change,
    contact,
    only_item,
    parse,
    status,
    wa,
    wa_text,
    whatsapp,
)

from domain.identity import Sender
from domain.inbound import (
    Echo,
    Message,
    Receipt,
    Unclassified,
)
from service.channels.delivery import Ignored


def known_as(sender_id: str) -> Sender:
    return Sender("whatsapp", NUMBER, sender_id)


def receipt(reported: dict[str, Any], contacts: Any = ()) -> Receipt:
    item = only_item(parse(whatsapp(change(contacts=list(contacts), statuses=[reported]))))
    assert isinstance(item, Receipt)
    return item


@pytest.mark.parametrize(
    "state", ["sent", "delivered", "read", "played", "failed", "deleted", "never_heard_of"]
)
def test_a_status_is_a_receipt_in_the_providers_words(state: str) -> None:
    assert receipt(status(state)) == Receipt(
        sender=MAN,
        received_at=RECEIVED_AT,
        status=state,
        occurred_at=SENT_SECONDS,
        message_ids=("wamid.sent",),
    )


def test_a_status_gives_back_the_reference_of_the_send() -> None:
    assert receipt(status(biz_opaque_callback_data="reply-7")).reference == "reply-7"


@pytest.mark.parametrize("code", [131047, "131047"])
def test_a_failure_has_the_first_errors_code_and_title(code: Any) -> None:
    failed = receipt(status("failed", errors=[{"code": code, "title": "Re-engagement message"}, {"code": 1}]))
    assert (failed.error_code, failed.error_title) == (131047, "Re-engagement message")


@pytest.mark.parametrize("errors", [[], None, "a string", ["a string"], [{}]])
def test_a_failure_without_an_error_is_a_failure_all_the_same(errors: Any) -> None:
    failed = receipt(status("failed", errors=errors))
    assert (failed.status, failed.error_code, failed.error_title) == ("failed", None, None)


def test_a_status_keeps_its_price_and_nothing_unknown() -> None:
    pricing = {
        "billable": True,
        "pricing_model": "PMP",
        "type": "regular",
        "category": "service",
        "x": "private",
    }
    conversation = {"id": "c1", "origin": {"type": "service"}, "expiration_timestamp": "1", "x": "private"}
    priced = receipt(status(pricing=pricing, conversation=conversation))
    assert priced.details == {
        "pricing": {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "service"},
        "conversation": {"id": "c1", "origin": "service", "expires": "1"},
    }


def test_a_price_of_an_unexpected_shape_is_left_out() -> None:
    priced = receipt(
        status(pricing={"category": {"x": "private"}, "billable": True}, conversation={"id": ["private"]})
    )
    assert priced.details == {"pricing": {"billable": True}}


@pytest.mark.parametrize(
    ("ids", "contacts", "sender_id", "aliases"),
    [
        ({"recipient_id": PHONE, "recipient_user_id": USER_ID}, [], PHONE, (USER_ID,)),
        ({"recipient_user_id": USER_ID, "recipient_parent_user_id": PARENT_ID}, [], USER_ID, (PARENT_ID,)),
        ({"recipient_user_id": USER_ID, "parent_recipient_user_id": PARENT_ID}, [], USER_ID, (PARENT_ID,)),
        ({"recipient_id": ""}, [contact(PHONE)], PHONE, ()),
        ({}, [contact(None, USER_ID)], USER_ID, ()),
        ({"recipient_id": PHONE}, [contact(PHONE, USER_ID)], PHONE, (USER_ID,)),
        (
            {"recipient_id": "g1", "recipient_type": "group", "recipient_participant_id": PHONE},
            [contact(PHONE, USER_ID)],
            PHONE,
            (USER_ID,),
        ),
        (
            {"recipient_id": "g1", "recipient_type": "group", "recipient_participant_user_id": USER_ID},
            [],
            USER_ID,
            (),
        ),
        ({"recipient_id": "g1", "recipient_type": "group", "participant_recipient_id": PHONE}, [], PHONE, ()),
    ],
)
def test_a_receipt_is_about_the_person_the_message_was_for(
    ids: dict[str, Any], contacts: Any, sender_id: str, aliases: tuple[str, ...]
) -> None:
    reported = receipt({**status(), "recipient_id": None, **ids}, contacts)
    assert (reported.sender, reported.aliases) == (known_as(sender_id), aliases)


@pytest.mark.parametrize("ids", [{}, {"recipient_id": "g1", "recipient_type": "group"}])
def test_a_status_that_names_nobody_is_ignored_with_a_reason(ids: dict[str, Any]) -> None:
    reported = {**status(), "recipient_id": None, **ids}
    delivery = parse(whatsapp(change(statuses=[reported])))
    assert not delivery.items
    assert delivery.ignored == [
        Ignored(
            channel="whatsapp",
            account_id=NUMBER,
            field="statuses",
            reason="names no person whom the message was for",
            payload=reported,
        )
    ]


@pytest.mark.parametrize("missing", ["id", "status"])
def test_a_status_without_message_or_state_is_malformed(missing: str) -> None:
    reported = {key: part for key, part in status().items() if key != missing}
    delivery = parse(whatsapp(change(statuses=[reported, status("read")])))
    assert [piece.path for piece in delivery.malformed] == ["entry[0].changes[0].value.statuses[0]"]
    assert len(delivery.items) == 1


def test_messages_statuses_and_errors_of_one_value_all_come_out() -> None:
    parts = {"contacts": [contact()], "messages": [wa_text()], "statuses": [status(), status("read")]}
    delivery = parse(whatsapp(change(**parts, errors=[{"code": 130429}])))
    assert [type(item) for item in delivery.items] == [Message, Receipt, Receipt]
    assert [ignored.field for ignored in delivery.ignored] == ["errors"]


def echoed(*echoes: Any, contacts: Any = ()) -> dict[str, Any]:
    return whatsapp(change("smb_message_echoes", contacts=list(contacts), message_echoes=list(echoes)))


def test_what_somebody_wrote_on_the_phone_is_an_echo() -> None:
    sent = wa_text("We do", **{"from": "4930555", "to": PHONE, "to_user_id": USER_ID})
    assert only_item(parse(echoed(sent))) == Echo(
        sender=MAN,
        received_at=RECEIVED_AT,
        aliases=(USER_ID,),
        message_id="wamid.1",
        kind="text",
        sent_at=SENT_SECONDS,
        text="We do",
        app_id="smb",
    )


def test_an_echo_without_recipient_is_about_the_only_contact() -> None:
    item = only_item(parse(echoed(wa_text(), contacts=[contact(None, USER_ID)])))
    assert item.sender == known_as(USER_ID)


@pytest.mark.parametrize("kind", ["edit", "revoke"])
def test_what_the_business_corrects_is_not_the_persons_doing(kind: str) -> None:
    item = only_item(parse(echoed(wa(kind, {"original_message_id": "wamid.0"}, to=PHONE))))
    assert isinstance(item, Unclassified)
    assert (item.sender, item.update) == (MAN, f"message_echoes.{kind}")


def test_an_echo_to_nobody_is_malformed() -> None:
    assert [piece.path for piece in parse(echoed(wa_text())).malformed] == [
        "entry[0].changes[0].value.message_echoes[0]"
    ]
