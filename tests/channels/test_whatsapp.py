"""What people do on WhatsApp, and what a business hears of it."""

from __future__ import annotations

from typing import Any

import pytest
from wire_samples import (
    MAN,
    PHONE,
    RECEIVED_AT,
    SENT_S,
    SENT_SECONDS,
    change,
    contact,
    only_item,
    parse,
    value,
    wa,
    wa_messages,
    wa_text,
    whatsapp,
)

from domain.inbound import Attachment, Edit, Message, Reaction, Unsend


def received(message: dict[str, Any], **parts: Any) -> Message:
    item = only_item(parse(wa_messages(message, **parts)))
    assert isinstance(item, Message)
    return item


def test_a_text_comes_out_whole() -> None:
    assert received(wa_text("Do you deliver?")) == Message(
        sender=MAN,
        received_at=RECEIVED_AT,
        profile_name="Some Body",
        message_id="wamid.1",
        kind="text",
        sent_at=SENT_SECONDS,
        text="Do you deliver?",
    )


@pytest.mark.parametrize(
    ("at", "moment"),
    [
        (int(SENT_S), SENT_SECONDS),
        (SENT_S + "000", SENT_SECONDS),
        (None, RECEIVED_AT),
        ("TIMESTAMP", RECEIVED_AT),
        ("-5", RECEIVED_AT),
        ("0", RECEIVED_AT),
        ("9" * 20, RECEIVED_AT),
    ],
)
def test_the_time_of_a_message_is_its_own_or_else_that_of_receipt(at: Any, moment: Any) -> None:
    assert received(wa_text(timestamp=at)).sent_at == moment


@pytest.mark.parametrize("kind", ["image", "video", "document"])
def test_media_come_with_their_caption_as_text(kind: str) -> None:
    media = {
        "id": 77,
        "mime_type": "a/b",
        "sha256": "c=",
        "url": "https://example.org/1",
        "caption": "look",
        "filename": "f.pdf",
    }
    message = received(wa(kind, media))
    assert (message.kind, message.text) == (kind, "look")
    assert message.attachments == (
        Attachment(
            kind=kind,
            media_id="77",
            url="https://example.org/1",
            mime_type="a/b",
            sha256="c=",
            filename="f.pdf",
        ),
    )


@pytest.mark.parametrize("kind", ["audio", "voice"])
def test_a_voice_message_is_audio(kind: str) -> None:
    message = received(wa(kind, {"id": "77", "voice": True}))
    assert (message.kind, message.text) == ("audio", None)
    assert message.attachments == (Attachment(kind="audio", media_id="77", details={"voice": True}),)


def test_a_sticker_tells_whether_it_moves() -> None:
    message = received(wa("sticker", {"id": "77", "animated": True}))
    assert (message.kind, message.attachments[0].details) == ("sticker", {"animated": True})


def test_a_location_is_no_text_and_keeps_zero_coordinates() -> None:
    place = {
        "latitude": 0,
        "longitude": 0,
        "name": "Null Island",
        "address": "Sea 1",
        "url": "https://example.org",
    }
    message = received(wa("location", place))
    assert (message.kind, message.text) == ("location", None)
    assert message.attachments == (
        Attachment(
            kind="location",
            title="Null Island",
            url="https://example.org",
            details={"latitude": 0, "longitude": 0, "address": "Sea 1"},
        ),
    )


@pytest.mark.parametrize(
    "cards", [[{"name": {"formatted_name": "A B"}}], [{"vcard": "BEGIN:VCARD"}], [{}], []]
)
def test_shared_contacts_keep_their_cards(cards: Any) -> None:
    message = received(wa("contacts", cards))
    assert (message.kind, message.text) == ("contacts", None)
    assert message.attachments[0].details == {"contacts": cards}


def test_an_order_has_its_note_and_its_products() -> None:
    cart = {"catalog_id": "9", "product_items": [{"quantity": 2}], "text": "gift wrap"}
    message = received(wa("order", cart))
    assert (message.kind, message.text) == ("order", "gift wrap")
    assert message.attachments[0].details == {"catalog_id": "9", "product_items": [{"quantity": 2}]}


def test_a_tapped_template_button_has_its_words_and_its_payload() -> None:
    message = received(wa("button", {"text": "No", "payload": "NO"}))
    assert (message.kind, message.text, message.payload) == ("button", "No", "NO")


@pytest.mark.parametrize(
    ("interactive", "kind", "text", "payload", "details"),
    [
        (
            {"type": "button_reply", "button_reply": {"id": "b1", "title": "Yes"}},
            "button_reply",
            "Yes",
            "b1",
            None,
        ),
        (
            {"type": "list_reply", "list_reply": {"id": "l1", "title": "Red", "description": "warm"}},
            "list_reply",
            "Red",
            "l1",
            {"description": "warm"},
        ),
        (
            {"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": '{"a":1}'}},
            "nfm_reply",
            "Sent",
            '{"a":1}',
            {"name": "flow"},
        ),
        ({"type": "nfm_reply", "nfm_reply": {"response_json": {"a": 1}}}, "nfm_reply", None, '{"a":1}', None),
        (
            {"type": "call_permission_reply", "call_permission_reply": {"response": "accept"}},
            "call_permission_reply",
            None,
            None,
            {"response": "accept"},
        ),
        ({"type": "payment_method", "payment_method": {"x": 1}}, "payment_method", None, None, {"x": 1}),
        ({"button_reply": {"id": "b1", "title": "Yes"}}, "button_reply", "Yes", "b1", None),
        ({"type": "list_reply"}, "list_reply", None, None, {"type": "list_reply"}),
        ({"type": "never_heard_of"}, "interactive", None, None, {"type": "never_heard_of"}),
        ({}, "interactive", None, None, None),
        (None, "interactive", None, None, None),
    ],
)
def test_an_interactive_message_is_named_by_its_sub_type(
    interactive: Any, kind: str, text: Any, payload: Any, details: Any
) -> None:
    message = received(wa("interactive", interactive))
    assert (message.kind, message.text, message.payload, message.details) == (kind, text, payload, details)


def test_an_interactive_message_without_content_is_unsupported_where_errors_explain_it() -> None:
    errors = [{"code": 131000, "title": "Something went wrong"}]
    delivery = parse(wa_messages(wa("interactive"), errors=errors))
    (message,) = delivery.items
    assert isinstance(message, Message)
    assert (message.kind, message.details) == ("unsupported", {"type": "interactive", "errors": errors})
    assert [(ignored.field, ignored.payload) for ignored in delivery.ignored] == [("errors", errors)]


@pytest.mark.parametrize("kind", ["unsupported", "unknown", "poll", "media_placeholder", 5, {"a": 1}])
def test_an_unknown_type_is_unsupported_with_its_payload(kind: Any) -> None:
    errors = [{"code": 131051}]
    message = received(wa(kind, errors=errors, poll={"question": "?"}))
    assert (message.kind, message.text) == ("unsupported", None)
    assert message.details == {"type": kind, "errors": errors, "poll": {"question": "?"}}


@pytest.mark.parametrize("kind", ["text", "image", "location", "contacts", "order", "button", "interactive"])
@pytest.mark.parametrize("content", [None, "a string", 5, []])
def test_a_known_type_with_sparse_content_keeps_its_kind(kind: str, content: Any) -> None:
    assert received(wa(kind, content)).kind == kind


def test_a_message_without_type_is_named_by_what_it_carries() -> None:
    message = received({**wa_text("hello"), "type": ""})
    assert (message.kind, message.text) == ("text", "hello")


def test_opening_the_chat_keeps_the_name_of_its_kind() -> None:
    assert received(wa("request_welcome")).kind == "request_welcome"


def test_context_referral_and_group_are_kept() -> None:
    product = {"catalog_id": "9", "product_retailer_id": "p"}
    message = received(
        wa_text(
            context={"from": "x", "id": "wamid.0", "frequently_forwarded": True, "referred_product": product},
            referral={"source_url": "https://example.org/ad"},
            group_id="g1",
            identity={"hash": "h"},
        )
    )
    assert (message.reply_to, message.forwarded, message.group_id) == ("wamid.0", True, "g1")
    assert message.referral == {"source_url": "https://example.org/ad"}
    assert message.details == {"referred_product": product, "identity": {"hash": "h"}}


def event(message: dict[str, Any]) -> Any:
    return only_item(parse(wa_messages(message)))


ABOUT: dict[str, Any] = {"sender": MAN, "received_at": RECEIVED_AT, "profile_name": "Some Body"}


def test_a_reaction_names_its_message() -> None:
    assert event(wa("reaction", {"message_id": "wamid.0", "emoji": "👍"})) == Reaction(
        **ABOUT, message_id="wamid.0", reacted_at=SENT_SECONDS, emoji="👍"
    )


@pytest.mark.parametrize("gone", [{}, {"emoji": ""}, {"emoji": None}])
def test_a_reaction_without_emoji_was_taken_away(gone: dict[str, Any]) -> None:
    assert event(wa("reaction", {"message_id": "wamid.0", **gone})) == Reaction(
        **ABOUT, message_id="wamid.0", reacted_at=SENT_SECONDS, removed=True
    )


@pytest.mark.parametrize(
    ("now", "text"),
    [
        ({"type": "text", "text": {"body": "better"}}, "better"),
        ({"type": "image", "image": {"caption": "better"}}, "better"),
        ({"type": "image", "image": {}}, None),
        (None, None),
    ],
)
def test_an_edit_names_its_message_and_the_new_words(now: Any, text: str | None) -> None:
    assert event(wa("edit", {"original_message_id": "wamid.0", "message": now})) == Edit(
        **ABOUT, message_id="wamid.0", edited_at=SENT_SECONDS, text=text
    )


def test_a_revoked_message_is_unsent() -> None:
    assert event(wa("revoke", {"original_message_id": "wamid.0"})) == Unsend(
        **ABOUT, message_id="wamid.0", unsent_at=SENT_SECONDS
    )


@pytest.mark.parametrize("kind", ["reaction", "edit", "revoke"])
@pytest.mark.parametrize("content", [None, {}, "a string"])
def test_what_happened_to_no_message_is_malformed(kind: str, content: Any) -> None:
    delivery = parse(wa_messages(wa(kind, content)))
    assert not delivery.items
    assert [piece.path for piece in delivery.malformed] == [f"entry[0].changes[0].value.messages[0].{kind}"]


def test_an_id_of_our_own_tells_people_and_accounts_apart() -> None:
    bare = {"type": "text", "text": {"body": "a"}, "timestamp": SENT_S}
    bodies = [wa_messages(bare, contacts=[contact(phone)]) for phone in (PHONE, "4915552222")]
    elsewhere = wa_messages(bare)
    elsewhere["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "300000000000002"
    items = [only_item(parse(body)) for body in (*bodies, elsewhere)]
    assert len({item.message_id for item in items if isinstance(item, Message)}) == 3


def test_every_message_of_every_change_and_entry_comes_out_in_order() -> None:
    def numbered(*numbers: int) -> dict[str, Any]:
        return change(contacts=[contact()], messages=[wa_text(id=f"wamid.{number}") for number in numbers])

    body = whatsapp(numbered(1, 2), numbered(3))
    body["entry"] += whatsapp(numbered(4))["entry"]
    ids = [item.message_id for item in parse(body).items if isinstance(item, Message)]
    assert ids == ["wamid.1", "wamid.2", "wamid.3", "wamid.4"]


def test_a_repeated_message_is_one_message() -> None:
    delivery = parse(wa_messages(wa_text(), wa_text(), wa_text(id="wamid.2")))
    assert len(delivery.items) == 2
    assert [ignored.reason for ignored in delivery.ignored] == ["repeats a message id of the same delivery"]


def test_a_change_without_field_holds_messages() -> None:
    item = only_item(parse(whatsapp({"value": value(messages=[wa_text()])})))
    assert isinstance(item, Message)
