"""What a page hears on Messenger besides messages, and from whom."""

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
    page_changes,
    parse,
)

from domain.identity import Sender
from domain.inbound import (
    ControlChange,
    Edit,
    Message,
    OptIn,
    Reaction,
    Receipt,
    Referral,
    Standby,
    Unclassified,
    Unsend,
)
from service.channels.delivery import Ignored, Malformed


@pytest.mark.parametrize(
    "sent", [{"message": {"mid": "m", "is_deleted": True}}, {"reaction": {"mid": "m", "action": "react"}}]
)
def test_what_the_page_takes_back_or_likes_is_not_the_persons_doing(sent: dict[str, Any]) -> None:
    item = only_item(parse(page(event(sender=PAGE, recipient=PSID, **sent))))
    assert isinstance(item, Unclassified)
    assert item.sender == WOMAN


ABOUT: dict[str, Any] = {"sender": WOMAN, "received_at": RECEIVED_AT}


@pytest.mark.parametrize(
    ("payload", "item"),
    [
        (
            {"message": {"mid": "m_1", "is_deleted": True}},
            Unsend(**ABOUT, message_id="m_1", unsent_at=SENT_AT),
        ),
        (
            {"message_edit": {"mid": "m_1", "text": "Do you ship?", "num_edit": "2"}},
            Edit(**ABOUT, message_id="m_1", edited_at=SENT_AT, text="Do you ship?", revision=2),
        ),
        (
            {"reaction": {"mid": "m_1", "action": "react", "reaction": "love", "emoji": "❤"}},
            Reaction(**ABOUT, message_id="m_1", reacted_at=SENT_AT, emoji="❤", reaction="love"),
        ),
        (
            {"reaction": {"mid": "m_1", "action": "unreact"}},
            Reaction(**ABOUT, message_id="m_1", reacted_at=SENT_AT, removed=True),
        ),
        (
            {"referral": {"ref": "r", "source": "SHORTLINK", "type": "OPEN_THREAD"}},
            Referral(
                **ABOUT,
                referred_at=SENT_AT,
                source="SHORTLINK",
                details={"ref": "r", "source": "SHORTLINK", "type": "OPEN_THREAD"},
            ),
        ),
        (
            {"optin": {"type": "notification_messages", "timezone": "Europe/Berlin"}},
            OptIn(
                **ABOUT,
                opted_at=SENT_AT,
                details={"type": "notification_messages", "timezone": "Europe/Berlin"},
            ),
        ),
        (
            {"delivery": {"mids": ["m_8", "m_9"], "watermark": SENT_MS}},
            Receipt(
                **ABOUT,
                status="delivered",
                occurred_at=SENT_AT,
                message_ids=("m_8", "m_9"),
                watermark=SENT_AT,
            ),
        ),
        (
            {"read": {"watermark": SENT_MS}},
            Receipt(**ABOUT, status="read", occurred_at=SENT_AT, watermark=SENT_AT),
        ),
        (
            {"account_linking": {"status": "linked"}},
            Unclassified(
                **ABOUT, update="account_linking", occurred_at=SENT_AT, details={"status": "linked"}
            ),
        ),
        (
            {"response_feedback": {"feedback": "Good response", "mid": "m_8"}},
            Unclassified(
                **ABOUT,
                update="response_feedback",
                occurred_at=SENT_AT,
                details={"feedback": "Good response", "mid": "m_8"},
            ),
        ),
        (
            {"never_heard_of": 7},
            Unclassified(
                **ABOUT, update="never_heard_of", occurred_at=SENT_AT, details={"never_heard_of": 7}
            ),
        ),
    ],
    ids=lambda part: next(iter(part)) if isinstance(part, dict) else "",
)
def test_each_event_that_is_no_message_comes_out_as_itself(payload: dict[str, Any], item: Any) -> None:
    assert only_item(parse(page(event(**payload)))) == item


def test_a_delivery_without_timestamp_is_dated_by_its_receipt() -> None:
    item = only_item(parse(page(event(at=None, delivery={"watermark": SENT_MS}))))
    assert isinstance(item, Receipt)
    assert (item.occurred_at, item.watermark, item.message_ids) == (RECEIVED_AT, SENT_AT, ())


@pytest.mark.parametrize(
    ("payload", "change", "app_id"),
    [
        ({"pass_thread_control": {"new_owner_app_id": 5, "previous_owner_app_id": None}}, "gained", "5"),
        ({"pass_thread_control": {"new_owner_app_id": "263902037430900"}}, "lost", "263902037430900"),
        ({"pass_thread_control": {"new_owner_app_id": 1217981644879628}}, "lost", "1217981644879628"),
        ({"take_thread_control": {"previous_owner_app_id": "4", "new_owner_app_id": "5"}}, "lost", "5"),
        ({"request_thread_control": {"requested_owner_app_id": "6"}}, "requested", "6"),
    ],
)
def test_a_move_of_thread_control_says_which_way_it_went(
    payload: dict[str, Any], change: str, app_id: str
) -> None:
    (name, fields) = next(iter(payload.items()))
    item = only_item(parse(page(event(**{name: {**fields, "metadata": "why"}}))))
    assert isinstance(item, ControlChange)
    assert (item.change, item.app_id, item.metadata, item.changed_at) == (change, app_id, "why", SENT_AT)


def test_standby_copies_are_recorded_as_such() -> None:
    delivery = parse(
        page(
            event(message={"mid": "m_1", "text": "to another app"}),
            echo(text="from another app"),
            event(postback={"mid": "m_2", "title": "Start"}),
            event(read={"watermark": SENT_MS}),
            event(pass_thread_control={"new_owner_app_id": 5}),
            key="standby",
        )
    )
    said, answered, tapped, read, passed = delivery.items
    assert said == Standby(**ABOUT, message_id="m_1", kind="text", sent_at=SENT_AT, text="to another app")
    assert isinstance(answered, Standby)
    assert (answered.from_business, answered.sender, answered.text) == (True, WOMAN, "from another app")
    assert isinstance(tapped, Standby)
    assert (tapped.kind, tapped.text) == ("postback", "Start")
    assert isinstance(read, Receipt)
    assert isinstance(passed, ControlChange)
    assert passed.change == "lost"


@pytest.mark.parametrize("name", ["policy_enforcement", "policy-enforcement"])
def test_a_warning_to_the_page_is_ignored_for_being_about_nobody(name: str) -> None:
    delivery = parse(page(event(sender=None, **{name: {"action": "block", "reason": "spam"}})))
    assert delivery.ignored == [
        Ignored(
            channel="messenger",
            account_id=PAGE,
            field="policy_enforcement",
            reason="the provider warns or blocks the page; somebody has to look into it",
            payload={"action": "block", "reason": "spam"},
        )
    ]


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"app_roles": {"123": ["primary_receiver"]}}, "app_roles"),
        ({"message_edit": {"mid": "m_1", "num_edit": 0}}, "message_edit"),
        ({"optin": {"ref": "r", "user_ref": "u"}}, "optin"),
        ({"never_heard_of": {}}, "never_heard_of"),
    ],
)
def test_what_names_no_person_by_design_is_ignored_with_a_reason(payload: dict[str, Any], field: str) -> None:
    delivery = parse(page(event(sender=None, **payload)))
    assert not delivery.items
    assert not delivery.malformed
    assert [ignored.field for ignored in delivery.ignored] == [field]
    assert delivery.ignored[0].reason


@pytest.mark.parametrize(
    ("bad", "path"),
    [
        ("not an event", ""),
        (None, ""),
        ({}, ""),
        (event(), ""),
        ({"message": "TEST_MESSAGE"}, ".message"),
        (event(message="a string"), ".message"),
        (event(reaction=[]), ".reaction"),
        (event(reaction={"emoji": "❤"}), ".reaction"),
        (event(message_edit={"text": "a"}), ".message_edit"),
        (event(delivery={}), ".delivery"),
        (event(read={"watermark": "never"}), ".read"),
        (event(sender=None, message={"mid": "m_1", "text": "a"}), ""),
        (event(sender=None, message_edit={"mid": "m_1", "num_edit": 1}), ""),
        ({"sender": "7", "recipient": {"id": PAGE}, "message": {"mid": "m_1"}}, ""),
        ({"sender": {"user_ref": 7}, "recipient": {"id": PAGE}, "postback": {"payload": "GO"}}, ""),
    ],
    ids=repr,
)
def test_a_piece_without_sense_is_set_aside_and_its_neighbours_are_not(bad: Any, path: str) -> None:
    before, after = (event(message={"mid": mid, "text": "a"}) for mid in ("m_before", "m_after"))
    delivery = parse(page(before, bad, after))
    assert [item.message_id for item in delivery.items if isinstance(item, Message)] == [
        "m_before",
        "m_after",
    ]
    assert [piece.path for piece in delivery.malformed] == [f"entry[0].messaging[1]{path}"]
    assert not delivery.malformed[0].reason.startswith("unexpected")


@pytest.mark.parametrize("account", ["0", 0, None, ""])
def test_the_account_of_a_test_notification_is_the_recipient(account: Any) -> None:
    item = only_item(parse(page(event(message={"mid": "m_1", "text": "a"}), account=account)))
    assert item.sender == WOMAN


def test_the_account_of_an_echo_without_entry_id_is_the_sender() -> None:
    assert only_item(parse(page(echo(text="a"), account="0"))).sender == WOMAN


def test_the_entry_decides_the_account_where_the_recipient_disagrees() -> None:
    item = only_item(parse(page(event(recipient="another", message={"mid": "m_1", "text": "a"}))))
    assert item.sender == Sender("messenger", PAGE, PSID)


def test_the_test_button_posts_events_as_changes() -> None:
    posted = event(at=str(SENT_MS // 1000), message={"mid": "test_message_id", "text": "test_message"})
    item = only_item(parse(page_changes({"field": "messages", "value": posted})))
    assert isinstance(item, Message)
    assert (item.sender, item.text) == (WOMAN, "test_message")
    assert item.sent_at == SENT_AT.replace(microsecond=0)


def test_a_standby_change_is_a_standby_copy() -> None:
    posted = event(message={"mid": "m_1", "text": "a"})
    assert isinstance(only_item(parse(page_changes({"field": "standby", "value": posted}))), Standby)


@pytest.mark.parametrize("field", ["feed", "mention", "leadgen", "never_heard_of"])
@pytest.mark.parametrize("posted", [{"message": "a public post"}, "a string", None])
def test_public_activity_is_ignored_with_a_reason(field: str, posted: Any) -> None:
    delivery = parse(page_changes({"field": field, "value": posted}, account=PAGE))
    assert not delivery.items
    assert [(ignored.field, ignored.account_id, ignored.payload) for ignored in delivery.ignored] == [
        (field, PAGE, posted)
    ]
    assert delivery.ignored[0].reason


def test_a_change_without_field_is_malformed() -> None:
    delivery = parse(page_changes({"value": {}}))
    assert delivery.malformed == [Malformed(path="entry[0].changes[0].field", reason="names no field")]


def test_a_message_repeated_in_one_delivery_is_one_message_and_a_repeat_on_record() -> None:
    said = event(message={"mid": "m_1", "text": "a"})
    delivery = parse(page(said, event(message={"mid": "m_2", "text": "b"}), said))
    assert [item.message_id for item in delivery.items if isinstance(item, Message)] == ["m_1", "m_2"]
    assert [(ignored.field, ignored.payload) for ignored in delivery.ignored] == [("message", None)]


def test_the_same_id_from_two_people_is_two_messages() -> None:
    delivery = parse(
        page(
            event(message={"mid": "m_1", "text": "a"}),
            event(sender="7000000000000002", message={"mid": "m_1", "text": "a"}),
        )
    )
    assert len(delivery.items) == 2
