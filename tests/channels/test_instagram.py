"""What is different on Instagram."""

from __future__ import annotations

from typing import Any

import pytest
from wire_samples import (
    PAGE,
    PSID,
    RECEIVED_AT,
    SENT_AT,
    event,
    only_item,
    page,
    page_changes,
    parse,
    sender_on,
)

from domain.inbound import Echo, Message, Receipt, Unsend

PERSON = sender_on("instagram")


def received(**message: Any) -> Message:
    item = only_item(parse(page(event(message={"mid": "ig_1", **message}), kind="instagram")))
    assert isinstance(item, Message)
    return item


def test_a_text_belongs_to_the_instagram_account() -> None:
    message = received(text="Is this still there?")
    assert message.sender == PERSON
    assert (message.kind, message.text, message.sent_at) == ("text", "Is this still there?", SENT_AT)


@pytest.mark.parametrize("kind", ["story_mention", "share", "ig_reel", "ephemeral", "like_heart", "ig_post"])
def test_kinds_of_instagram_keep_their_names(kind: str) -> None:
    assert received(attachments=[{"type": kind, "payload": {"url": "https://example.org/1"}}]).kind == kind


def test_a_heart_needs_no_payload() -> None:
    message = received(attachments=[{"type": "like_heart"}])
    assert (message.kind, message.attachments[0].url) == ("like_heart", None)


def test_what_the_interface_cannot_show_is_unsupported_and_kept() -> None:
    message = received(
        attachments=[{"type": "unsupported_type", "payload": {"url": "https://example.org/1"}}]
    )
    assert message.kind == "unsupported"
    assert message.attachments[0].url == "https://example.org/1"
    assert message.details == {
        "attachments": [{"type": "unsupported_type", "payload": {"url": "https://example.org/1"}}]
    }


def test_an_answer_to_a_story_names_the_story() -> None:
    message = received(text="nice", reply_to={"story": {"id": "s_1", "url": "https://example.org/s"}})
    assert message.reply_to is None
    assert message.reply_to_story == {"id": "s_1", "url": "https://example.org/s"}


def test_an_ad_is_named_by_the_message_it_led_to() -> None:
    assert received(text="Hi", referral={"ad_id": "1", "source": "ADS"}).referral == {
        "ad_id": "1",
        "source": "ADS",
    }


def test_a_read_names_one_message_instead_of_a_moment() -> None:
    item = only_item(parse(page(event(read={"mid": "ig_9"}), kind="instagram")))
    assert item == Receipt(
        sender=PERSON, received_at=RECEIVED_AT, status="read", occurred_at=SENT_AT, message_ids=("ig_9",)
    )


def test_an_unsent_message_is_taken_back() -> None:
    item = only_item(parse(page(event(message={"mid": "ig_1", "is_deleted": True}), kind="instagram")))
    assert item == Unsend(sender=PERSON, received_at=RECEIVED_AT, message_id="ig_1", unsent_at=SENT_AT)


def test_echoes_come_among_the_messages() -> None:
    item = only_item(
        parse(
            page(
                event(sender=PAGE, recipient=PSID, message={"mid": "ig_1", "text": "a", "is_echo": True}),
                kind="instagram",
            )
        )
    )
    assert isinstance(item, Echo)
    assert item.sender == PERSON


def test_an_edit_of_nothing_by_nobody_is_ignored() -> None:
    posted = {"timestamp": 1, "message_edit": {"mid": "ig_1", "num_edit": 0}}
    delivery = parse(page(posted, kind="instagram"))
    assert not delivery.items
    assert not delivery.malformed
    assert [(ignored.channel, ignored.field) for ignored in delivery.ignored] == [
        ("instagram", "message_edit")
    ]


@pytest.mark.parametrize("field", ["comments", "live_comments", "mentions", "story_insights"])
def test_public_activity_is_ignored_and_its_test_account_is_none(field: str) -> None:
    delivery = parse(page_changes({"field": field, "value": {"id": "1", "text": "nice"}}, kind="instagram"))
    assert not delivery.items
    assert [(ignored.field, ignored.account_id) for ignored in delivery.ignored] == [(field, None)]
