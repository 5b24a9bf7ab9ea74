"""What people do on Messenger, and what a page hears of it."""

from __future__ import annotations

from typing import Any

import pytest
from wire_samples import (
    PAGE,
    PSID,
    RECEIVED_AT,
    SENT_AT,
    SENT_MS,
    WOMAN,
    echo,
    event,
    only_item,
    page,
    parse,
)

from domain.inbound import (
    Attachment,
    Echo,
    Message,
)


def received(**message: Any) -> Message:
    item = only_item(parse(page(event(message={"mid": "m_1", **message}))))
    assert isinstance(item, Message)
    return item


def attached(kind: str, payload: Any = None, **beside: Any) -> dict[str, Any]:
    return {"type": kind, "payload": payload, **beside}


def test_a_text_comes_out_whole() -> None:
    assert received(text="Do you deliver?") == Message(
        sender=WOMAN,
        received_at=RECEIVED_AT,
        message_id="m_1",
        kind="text",
        sent_at=SENT_AT,
        text="Do you deliver?",
    )


def test_ids_written_as_numbers_are_the_same_people() -> None:
    item = only_item(
        parse(
            page(
                event(sender=int(PSID), recipient=int(PAGE), message={"mid": 5, "text": "a"}),
                account=int(PAGE),
            )
        )
    )
    assert isinstance(item, Message)
    assert item.sender == WOMAN
    assert item.message_id == "5"


def test_an_id_of_ten_thousand_characters_survives() -> None:
    assert received(mid="m_" + "x" * 10_000, text="a").message_id == "m_" + "x" * 10_000


@pytest.mark.parametrize(
    ("at", "moment"),
    [
        (SENT_MS // 1000, SENT_AT.replace(microsecond=0)),
        ("2026-11-24T11:58:30+0000", SENT_AT.replace(microsecond=0)),
        (str(SENT_MS), SENT_AT),
        (None, RECEIVED_AT),
        (-1, RECEIVED_AT),
        (10**30, RECEIVED_AT),
        ("yesterday", RECEIVED_AT),
    ],
)
def test_the_time_of_a_message_is_its_own_or_else_that_of_receipt(at: Any, moment: Any) -> None:
    item = only_item(parse(page(event(at=at, message={"mid": "m_1", "text": "a"}))))
    assert isinstance(item, Message)
    assert item.sent_at == moment


def test_a_text_with_attachments_is_a_text() -> None:
    message = received(
        text="see there", attachments=[attached("fallback", {"url": "https://example.org", "title": "There"})]
    )
    assert (message.kind, message.text) == ("text", "see there")
    assert message.attachments == (Attachment(kind="fallback", url="https://example.org", title="There"),)


def test_a_tapped_quick_reply_has_its_words_and_its_payload() -> None:
    message = received(text="Yes", quick_reply={"payload": "YES"})
    assert (message.kind, message.text, message.payload) == ("quick_reply", "Yes", "YES")


@pytest.mark.parametrize(
    "kind",
    [
        "image",
        "audio",
        "video",
        "file",
        "location",
        "template",
        "fallback",
        "sticker",
        "reel",
        "ig_reel",
        "post",
        "appointment_booking",
    ],
)
def test_a_message_without_text_is_of_the_kind_of_its_first_attachment(kind: str) -> None:
    message = received(attachments=[attached(kind, {"url": "https://example.org/1"}), attached("image")])
    assert (message.kind, message.text) == (kind, None)
    assert [attachment.kind for attachment in message.attachments] == [kind, "image"]
    assert message.attachments[0].url == "https://example.org/1"


@pytest.mark.parametrize(
    "message",
    [
        {"attachments": [attached("image", {"url": "u", "sticker_id": 9})]},
        {"attachments": [attached("image", {"url": "u"})], "sticker_id": 9},
        {
            "attachments": [
                attached("image", {"url": "u", "sticker_id": 9}),
                attached("sticker", {"url": "u"}),
            ]
        },
        {"sticker_id": 9},
    ],
)
def test_an_image_with_a_sticker_id_is_a_sticker(message: dict[str, Any]) -> None:
    assert received(**message).kind == "sticker"


def test_a_location_keeps_zero_coordinates() -> None:
    message = received(attachments=[attached("location", {"coordinates": {"lat": 0, "long": 0}})])
    assert message.attachments[0].details == {"coordinates": {"lat": 0, "long": 0}}


@pytest.mark.parametrize("payload", [None, "OPAQUE"])
def test_a_link_preview_without_payload_keeps_what_stands_beside_it(payload: Any) -> None:
    (attachment,) = received(
        attachments=[attached("fallback", payload, title="A page", URL="https://example.org")]
    ).attachments
    assert (attachment.title, attachment.url) == ("A page", "https://example.org")
    assert attachment.details == (payload and {"payload": payload})


@pytest.mark.parametrize(
    "message",
    [
        {"is_unsupported": True},
        {"attachments": [attached("hologram", {"url": "u"})]},
        {"attachments": [attached("unsupported_type", {"url": "u"})]},
        {"attachments": ["not an object"]},
        {"attachments": "not a list"},
        {"text": 5},
        {},
    ],
)
def test_what_no_kind_fits_is_unsupported_with_its_payload(message: dict[str, Any]) -> None:
    unsupported = received(**message)
    assert (unsupported.kind, unsupported.text) == ("unsupported", None)
    assert unsupported.details == (message or None)


def test_replies_referrals_and_what_has_no_field_are_kept() -> None:
    message = received(
        text="that one",
        reply_to={"mid": "m_0", "is_self_reply": True},
        referral={"ref": "autumn", "source": "ADS"},
        commands=[{"name": "help"}],
    )
    assert message.reply_to == "m_0"
    assert message.referral == {"ref": "autumn", "source": "ADS"}
    assert message.details == {"commands": [{"name": "help"}], "reply_to": {"is_self_reply": True}}


def test_the_message_before_a_plugin_conversation_is_kept() -> None:
    item = only_item(
        parse(page(event(message={"mid": "m_1", "text": "a"}, prior_message={"source": "checkbox_plugin"})))
    )
    assert isinstance(item, Message)
    assert item.details == {"prior_message": {"source": "checkbox_plugin"}}


def test_a_postback_is_a_message_with_title_payload_and_referral() -> None:
    item = only_item(
        parse(
            page(event(postback={"mid": "m_2", "title": "Start", "payload": "GO", "referral": {"ref": "r"}}))
        )
    )
    assert item == Message(
        sender=WOMAN,
        received_at=RECEIVED_AT,
        message_id="m_2",
        kind="postback",
        sent_at=SENT_AT,
        text="Start",
        payload="GO",
        referral={"ref": "r"},
    )


def own_id(body: dict[str, Any]) -> str:
    item = only_item(parse(body))
    assert isinstance(item, Message)
    assert item.message_id.startswith("own:")
    return item.message_id


def test_every_copy_of_a_postback_without_id_gets_the_same_id() -> None:
    tap = event(postback={"title": "Start", "payload": "GO"})
    reordered = {key: tap[key] for key in reversed(tap)}
    assert own_id(page(tap)) == own_id(page(reordered))


@pytest.mark.parametrize(
    "other",
    [
        event(at=SENT_MS + 1, postback={"title": "Start", "payload": "GO"}),
        event(sender="7000000000000002", postback={"title": "Start", "payload": "GO"}),
        event(postback={"title": "Start", "payload": "STOP"}),
    ],
)
def test_another_tap_gets_another_id(other: dict[str, Any]) -> None:
    assert own_id(page(event(postback={"title": "Start", "payload": "GO"}))) != own_id(page(other))


def test_a_cart_is_an_order_with_its_note() -> None:
    item = only_item(parse(page(event(order={"products": [{"id": 1, "quantity": 2}], "note": "gift wrap"}))))
    assert isinstance(item, Message)
    assert (item.kind, item.text) == ("order", "gift wrap")
    assert item.attachments[0].details == {"products": [{"id": 1, "quantity": 2}], "note": "gift wrap"}


def test_an_echo_is_about_the_person_written_to() -> None:
    item = only_item(parse(page(echo(text="We do", app_id=123, metadata="reply-7"))))
    assert item == Echo(
        sender=WOMAN,
        received_at=RECEIVED_AT,
        message_id="m_echo",
        kind="text",
        sent_at=SENT_AT,
        text="We do",
        app_id="123",
        reference="reply-7",
    )


def test_what_the_page_itself_sends_is_an_echo_even_without_the_mark() -> None:
    item = only_item(parse(page(event(sender=PAGE, recipient=PSID, message={"mid": "m_1", "text": "a"}))))
    assert isinstance(item, Echo)
    assert item.sender == WOMAN


def test_an_echo_whose_parties_are_swapped_is_still_about_the_person() -> None:
    item = only_item(parse(page(event(message={"mid": "m_1", "text": "a", "is_echo": True}))))
    assert isinstance(item, Echo)
    assert item.sender == WOMAN
