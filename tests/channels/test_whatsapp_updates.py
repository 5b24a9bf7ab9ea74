"""What WhatsApp reports besides messages: copies, new identities, control."""

from __future__ import annotations

from typing import Any

import pytest
from wire_samples import (
    BUSINESS,
    MAN,
    NUMBER,
    PARENT_ID,
    PHONE,
    RECEIVED_AT,
    SENT_S,
    SENT_SECONDS,
    USER_ID,
    change,
    contact,
    only_item,
    parse,
    status,
    value,
    wa,
    wa_messages,
    wa_text,
    whatsapp,
)

from domain.identity import Sender
from domain.inbound import (
    ControlChange,
    IdentityChange,
    Item,
    Message,
    Reaction,
    Receipt,
    Standby,
    Unclassified,
)


def known_as(sender_id: str) -> Sender:
    return Sender("whatsapp", NUMBER, sender_id)


def watched(**copies: Any) -> dict[str, Any]:
    return whatsapp(change("standby", standby=copies))


def test_a_copied_message_is_on_standby() -> None:
    assert only_item(parse(watched(contacts=[contact()], messages=[wa_text()]))) == Standby(
        sender=MAN,
        received_at=RECEIVED_AT,
        profile_name="Some Body",
        message_id="wamid.1",
        kind="text",
        sent_at=SENT_SECONDS,
        text="hello",
    )


@pytest.mark.parametrize(
    ("sent", "sender_id", "kind", "text"),
    [
        ({"to": PHONE, "type": "text", "text": {"body": "a"}}, PHONE, "text", "a"),
        ({"recipient": USER_ID, "type": "template", "template": {"name": "t"}}, USER_ID, "template", None),
        (
            {
                "to": PHONE,
                "type": "interactive",
                "interactive": {"type": "button", "body": {"text": "Which?"}},
            },
            PHONE,
            "interactive",
            "Which?",
        ),
    ],
)
def test_a_copied_answer_is_on_standby_from_the_business(
    sent: Any, sender_id: str, kind: str, text: Any
) -> None:
    item = only_item(parse(watched(message_echoes=[{"id": "wamid.9", "timestamp": SENT_S, "message": sent}])))
    assert isinstance(item, Standby)
    assert item.from_business
    assert (item.sender, item.message_id, item.kind, item.text) == (
        known_as(sender_id),
        "wamid.9",
        kind,
        text,
    )


def test_copied_statuses_and_reactions_are_what_they_are() -> None:
    reaction = wa("reaction", {"message_id": "wamid.0", "emoji": "👍"})
    delivery = parse(watched(messages=[reaction], statuses=[status()]))
    assert [type(item) for item in delivery.items] == [Reaction, Receipt]


def test_a_bad_copy_is_set_aside_and_its_neighbours_are_not() -> None:
    delivery = parse(watched(messages=["a string", wa_text()]))
    assert [piece.path for piece in delivery.malformed] == ["entry[0].changes[0].value.standby.messages[0]"]
    assert len(delivery.items) == 1


@pytest.mark.parametrize("copies", [None, [], "a string", {}])
def test_a_standby_without_copies_is_malformed(copies: Any) -> None:
    delivery = parse(whatsapp({"field": "standby", "value": value(standby=copies)}))
    assert [type(piece).__name__ for piece in delivery.malformed] == ["Malformed"]
    assert delivery.malformed[0].path.startswith("entry[0].changes[0].value")


NEW_PHONE = "4915550002"
NEW_USER_ID = "DE.90000000000000000002"


def noticed(system: Any, contacts: Any = (), **fields: Any) -> Item:
    return only_item(parse(wa_messages(wa("system", system, **fields), contacts=list(contacts))))


@pytest.mark.parametrize(
    ("system", "current", "aliases"),
    [
        ({"type": "user_changed_number", "wa_id": NEW_PHONE}, NEW_PHONE, ()),
        ({"type": "user_changed_number", "new_wa_id": NEW_PHONE}, NEW_PHONE, ()),
        (
            {"type": "user_changed_number", "wa_id": int(NEW_PHONE), "customer": "49155"},
            NEW_PHONE,
            ("49155",),
        ),
        (
            {"type": "user_changed_number", "wa_id": NEW_PHONE, "user_id": NEW_USER_ID},
            NEW_PHONE,
            (NEW_USER_ID,),
        ),
        ({"type": "user_changed_user_id", "user_id": NEW_USER_ID}, NEW_USER_ID, ()),
        (
            {"type": "user_changed_user_id", "user_id": NEW_USER_ID, "parent_user_id": PARENT_ID},
            NEW_USER_ID,
            (PARENT_ID,),
        ),
    ],
)
def test_a_new_number_or_user_id_continues_the_person(
    system: Any, current: str, aliases: tuple[str, ...]
) -> None:
    assert noticed(system) == IdentityChange(
        sender=MAN,
        received_at=RECEIVED_AT,
        aliases=aliases,
        current_id=current,
        changed_at=SENT_SECONDS,
        reason=system["type"],
    )


@pytest.mark.parametrize(
    ("system", "update"),
    [
        ({"type": "customer_identity_changed", "identity": {"hash": "h"}}, "customer_identity_changed"),
        ({"type": "user_changed_number"}, "user_changed_number"),
        ({"type": "user_changed_number", "wa_id": PHONE}, "user_changed_number"),
        ({"type": "never_heard_of"}, "never_heard_of"),
        ("a string", "system"),
        (None, "system"),
    ],
)
def test_another_notice_about_a_person_is_kept_unclassified(system: Any, update: str) -> None:
    item = noticed(system)
    assert isinstance(item, Unclassified)
    assert (item.sender, item.update, item.occurred_at) == (MAN, update, SENT_SECONDS)
    assert item.details["type"] == "system"


def test_a_notice_never_takes_an_id_from_its_text() -> None:
    system = {
        "type": "user_changed_user_id",
        "user_id": NEW_USER_ID,
        "body": f"User {USER_ID} changed from {USER_ID} to {NEW_USER_ID}",
    }
    delivery = parse(wa_messages(wa("system", system, **{"from": None}), contacts=[]))
    assert not delivery.items
    assert not delivery.malformed
    assert [(ignored.field, ignored.reason) for ignored in delivery.ignored] == [
        ("system", "names nobody that it is about")
    ]


UPDATE = {
    "wa_id": PHONE,
    "user_id": {"previous": USER_ID, "current": NEW_USER_ID},
    "parent_user_id": {"previous": PARENT_ID, "current": "DE.ENT.2"},
    "timestamp": SENT_S,
}


@pytest.mark.parametrize("updates", [[UPDATE], UPDATE])
def test_a_renewed_user_id_continues_the_person(updates: Any) -> None:
    body = whatsapp(change("user_id_update", contacts=[contact()], user_id_update=updates))
    assert only_item(parse(body)) == IdentityChange(
        sender=known_as(USER_ID),
        received_at=RECEIVED_AT,
        aliases=(PHONE, PARENT_ID, "DE.ENT.2"),
        profile_name="Some Body",
        current_id=NEW_USER_ID,
        changed_at=SENT_SECONDS,
        reason="user_id_update",
    )


@pytest.mark.parametrize(
    "ids", [None, "a", {}, {"previous": "a"}, {"current": "a"}, {"previous": "a", "current": "a"}]
)
def test_an_update_without_both_ids_is_malformed(ids: Any) -> None:
    delivery = parse(whatsapp(change("user_id_update", user_id_update=[{**UPDATE, "user_id": ids}])))
    assert [piece.path for piece in delivery.malformed] == [
        "entry[0].changes[0].value.user_id_update[0].user_id"
    ]


def handover(**fields: Any) -> dict[str, Any]:
    passed = {"recipient": {"phone_number_id": NUMBER}, "timestamp": SENT_S, **fields}
    return whatsapp({"field": "messaging_handovers", "value": {"messaging_product": "whatsapp", **passed}})


@pytest.mark.parametrize(("kind", "change_"), [("control_passed", "gained"), ("control_taken", "lost")])
@pytest.mark.parametrize(
    ("owner", "app_id"),
    [({"new_owner_app_id": 5}, "5"), ({"new_owner_role": "escalation"}, "escalation"), ({}, None)],
)
def test_a_handover_gains_or_loses_the_thread(kind: str, change_: Any, owner: Any, app_id: Any) -> None:
    body = handover(type=kind, sender={"phone_number": PHONE}, **{kind: {**owner, "metadata": "why"}})
    assert only_item(parse(body)) == ControlChange(
        sender=MAN,
        received_at=RECEIVED_AT,
        change=change_,
        changed_at=SENT_SECONDS,
        app_id=app_id,
        metadata="why",
    )


def test_a_handover_of_another_kind_is_kept_unclassified() -> None:
    item = only_item(parse(handover(type="control_shared", sender={"phone_number": PHONE})))
    assert isinstance(item, Unclassified)
    assert item.update == "control_shared"


@pytest.mark.parametrize("person", [None, {}, {"phone_number": ""}])
def test_a_handover_that_names_nobody_is_ignored_with_a_reason(person: Any) -> None:
    delivery = parse(handover(type="control_taken", sender=person))
    assert not delivery.items
    assert [(ignored.account_id, ignored.field, ignored.reason) for ignored in delivery.ignored] == [
        (NUMBER, "messaging_handovers", "names no person")
    ]


def test_preferences_are_kept_for_each_person() -> None:
    asked = [{"wa_id": PHONE, "value": "stop"}, {"wa_id": "4915552222", "value": "resume"}]
    items = parse(
        whatsapp(change("user_preferences", contacts=[contact("4915553333")], user_preferences=asked))
    ).items
    assert [(item.sender.sender_id, item.aliases) for item in items] == [(PHONE, ()), ("4915552222", ())]
    assert all(isinstance(item, Unclassified) and item.update == "user_preferences" for item in items)


@pytest.mark.parametrize(
    "field",
    [
        "account_update",
        "account_alerts",
        "business_username_update",
        "calls",
        "flows",
        "group_participants_update",
        "history",
        "message_template_status_update",
        "never_heard_of",
        "phone_number_quality_update",
        "security",
        "smb_app_state_sync",
        "template_category_update",
    ],
)
@pytest.mark.parametrize("posted", [{"messages": [wa_text()]}, value(messages=[wa_text()]), "a string", None])
def test_a_field_that_is_about_no_message_is_ignored_with_a_reason(field: str, posted: Any) -> None:
    delivery = parse(whatsapp({"field": field, "value": posted}))
    assert not delivery.items
    assert not delivery.malformed
    (ignored,) = delivery.ignored
    assert (ignored.channel, ignored.field, ignored.payload) == ("whatsapp", field, posted)
    assert ignored.account_id in (NUMBER, BUSINESS)
    assert ignored.reason


def test_an_unknown_part_of_a_value_is_ignored_with_a_reason() -> None:
    delivery = parse(wa_messages(wa_text(), user_actions=[{"action_type": "click"}], empty=[]))
    assert len(delivery.items) == 1
    assert [(ignored.field, ignored.payload) for ignored in delivery.ignored] == [
        ("user_actions", [{"action_type": "click"}])
    ]


@pytest.mark.parametrize(
    ("bad", "path"),
    [
        ("a string", ""),
        ({"field": "messages", "value": "a string"}, ".value"),
        ({"field": "messages"}, ".value"),
        ({"field": "messages", "value": {}}, ".value"),
        ({"field": "messages", "value": value()}, ".value"),
        ({"field": "messages", "value": value(messages="a string")}, ".value.messages"),
        ({"field": "messages", "value": value(messages={"from": PHONE})}, ".value.messages"),
        ({"field": "messages", "value": value(messages=[5])}, ".value.messages[0]"),
        ({"field": "messages", "value": value(statuses=[None])}, ".value.statuses[0]"),
    ],
    ids=repr,
)
def test_a_piece_without_sense_is_set_aside_and_its_neighbours_are_not(bad: Any, path: str) -> None:
    before, after = (change(messages=[wa_text(id=name)]) for name in ("wamid.before", "wamid.after"))
    delivery = parse(whatsapp(before, bad, after))
    assert [item.message_id for item in delivery.items if isinstance(item, Message)] == [
        "wamid.before",
        "wamid.after",
    ]
    assert [piece.path for piece in delivery.malformed] == [f"entry[0].changes[1]{path}"]
    assert not delivery.malformed[0].reason.startswith("unexpected")
