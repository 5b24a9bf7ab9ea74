"""Whatever the bytes are, everything they say comes out exactly once, and nothing raises."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import asdict
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_samples import (
    PARENT_ID,
    PHONE,
    PSID,
    RECEIVED_AT,
    SENT_MS,
    USER_ID,
    change,
    contact,
    echo,
    encoded,
    event,
    page,
    page_changes,
    parse,
    status,
    wa,
    wa_messages,
    wa_text,
    whatsapp,
)

from domain.inbound import Message
from service.channels.delivery import Delivery, Malformed
from service.channels.envelope import parse_delivery

EVENTS: list[dict[str, Any]] = [
    event(
        message={"mid": "m_1", "text": "hello", "reply_to": {"mid": "m_0"}, "quick_reply": {"payload": "P"}}
    ),
    event(
        message={"mid": "m_2", "attachments": [{"type": "image", "payload": {"url": "u", "sticker_id": 9}}]}
    ),
    event(message={"mid": "m_3", "is_deleted": True}),
    echo(text="hi", metadata="r", app_id=1),
    event(message_edit={"mid": "m_4", "text": "a", "num_edit": 1}),
    event(postback={"title": "Start", "payload": "GO", "referral": {"ref": "r"}}),
    event(reaction={"mid": "m_5", "action": "react", "emoji": "❤"}),
    event(referral={"ref": "r", "source": "ADS"}),
    event(optin={"ref": "r"}),
    event(order={"products": [{"id": 1}], "note": "n"}),
    event(delivery={"mids": ["m_6"], "watermark": SENT_MS}),
    event(read={"watermark": SENT_MS}),
    event(account_linking={"status": "linked"}),
    event(pass_thread_control={"new_owner_app_id": 5}),
    event(take_thread_control={"previous_owner_app_id": 5}),
    event(request_thread_control={"requested_owner_app_id": 5}),
    event(app_roles={"5": ["primary_receiver"]}),
    event(policy_enforcement={"action": "block"}),
]
MESSAGES: list[dict[str, Any]] = [
    wa_text("hello", context={"id": "wamid.0", "forwarded": True}, referral={"source_id": "1"}),
    wa("image", {"id": "1", "mime_type": "image/png", "caption": "look"}),
    wa("audio", {"id": "1", "voice": True}),
    wa("location", {"latitude": 0, "longitude": 0, "name": "n"}),
    wa("contacts", [{"name": {"formatted_name": "A"}}]),
    wa("interactive", {"type": "button_reply", "button_reply": {"id": "b", "title": "Yes"}}),
    wa("interactive", {"type": "nfm_reply", "nfm_reply": {"response_json": "{}"}}),
    wa("button", {"text": "No", "payload": "NO"}),
    wa("order", {"catalog_id": "1", "product_items": [{"quantity": 1}]}),
    wa("reaction", {"message_id": "wamid.0", "emoji": "👍"}),
    wa("edit", {"original_message_id": "wamid.0", "message": {"type": "text", "text": {"body": "b"}}}),
    wa("revoke", {"original_message_id": "wamid.0"}),
    wa("system", {"type": "user_changed_number", "wa_id": "4915550002"}),
    wa("unsupported", errors=[{"code": 131051}]),
    wa_text(**{"from": None, "from_user_id": USER_ID, "from_parent_user_id": PARENT_ID}),
    wa_text(id=None),
]
STATUSES: list[dict[str, Any]] = [
    status("read", pricing={"billable": True}, conversation={"id": "c", "origin": {"type": "service"}}),
    status("failed", errors=[{"code": 131047, "title": "t"}], biz_opaque_callback_data="r"),
    status(recipient_id="g", recipient_type="group", recipient_participant_id=PHONE),
]
ECHOES: list[dict[str, Any]] = [wa_text(to=PHONE), wa("revoke", {"original_message_id": "wamid.0"}, to=PHONE)]
UPDATE = {"wa_id": PHONE, "user_id": {"previous": "a", "current": "b"}, "timestamp": "1795521510"}
HANDOVER = {
    "sender": {"phone_number": PHONE},
    "recipient": {"phone_number_id": "1"},
    "type": "control_taken",
    "control_taken": {"new_owner_role": "escalation"},
}
BODIES: list[dict[str, Any]] = [
    page(*EVENTS),
    page(*EVENTS, key="standby"),
    page(*EVENTS, kind="instagram"),
    page_changes({"field": "messages", "value": EVENTS[0]}, {"field": "feed", "value": {"item": "post"}}),
    wa_messages(
        *MESSAGES, contacts=[contact(PHONE, USER_ID, "A", "a")], statuses=STATUSES, errors=[{"code": 1}]
    ),
    whatsapp(change("smb_message_echoes", message_echoes=ECHOES)),
    whatsapp(
        change("standby", standby={"messages": MESSAGES, "message_echoes": ECHOES, "statuses": STATUSES})
    ),
    whatsapp(change("user_id_update", user_id_update=[UPDATE])),
    whatsapp(change("user_preferences", user_preferences=[{"wa_id": PHONE, "value": "stop"}])),
    whatsapp({"field": "messaging_handovers", "value": HANDOVER}, {"field": "account_update", "value": {}}),
]

any_text = st.text(st.characters(exclude_categories=[]), max_size=8)
any_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | any_text
    | st.sampled_from(["0", PSID, PHONE, 1e300]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=8,
)


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside a tree."""
    pairs = (
        list(tree.items())
        if isinstance(tree, dict)
        else list(enumerate(tree))
        if isinstance(tree, list)
        else []
    )
    return [place for key, inner in pairs for place in ((*path, key), *places(inner, (*path, key)))]


@st.composite
def damaged(draw: st.DrawFn, trees: list[dict[str, Any]]) -> Any:
    """A valid tree in which a few values were replaced or left out."""
    tree = deepcopy(draw(st.sampled_from(trees)))
    for _ in range(draw(st.integers(0, 3))):
        known = places(tree)
        if not known:
            break
        *path, last = draw(st.sampled_from(known))
        spot = tree
        for key in path:
            spot = spot[key]
        if draw(st.booleans()):
            spot[last] = draw(any_json)
        else:
            del spot[last]
    return tree


def outcomes(delivery: Delivery) -> int:
    return len(delivery.items) + len(delivery.ignored) + len(delivery.malformed)


def assert_sound(delivery: Delivery) -> None:
    """Something came out, no rule of ours broke, and all of it can be stored."""
    assert outcomes(delivery)
    assert not [piece for piece in delivery.malformed if piece.reason.startswith("unexpected")]
    everything: list[Any] = [*delivery.items, *delivery.ignored, *delivery.malformed]
    for outcome in everything:
        written = orjson.dumps(asdict(outcome))
        assert b"\\u0000" not in written


@given(st.binary())
def test_any_bytes_come_to_something(body: bytes) -> None:
    assert_sound(parse_delivery(body, RECEIVED_AT))


@given(any_json)
def test_any_json_comes_to_something(tree: Any) -> None:
    assert_sound(parse(tree))


@given(st.sampled_from(["page", "instagram", "whatsapp_business_account"]), any_json)
def test_any_json_in_an_entry_comes_to_something(kind: str, entry: Any) -> None:
    assert_sound(parse({"object": kind, "entry": [entry]}))


@given(damaged(BODIES))
def test_any_damaged_delivery_comes_to_something(tree: Any) -> None:
    assert_sound(parse(tree))


@given(st.sampled_from(BODIES), st.data())
def test_a_body_cut_or_changed_anywhere_comes_to_something(tree: Any, data: st.DataObject) -> None:
    body = bytearray(encoded(tree))
    spot = data.draw(st.integers(0, len(body) - 1))
    body[spot : spot + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    assert_sound(parse_delivery(bytes(body), RECEIVED_AT))


@given(st.lists(damaged(EVENTS) | any_json, min_size=1), st.sampled_from(["messaging", "standby"]))
def test_every_event_comes_out_exactly_once(events: list[Any], key: str) -> None:
    delivery = parse(page(*events, key=key))
    assert_sound(delivery)
    assert outcomes(delivery) == len(events)


@given(
    st.lists(damaged(MESSAGES) | any_json),
    st.lists(damaged(STATUSES) | any_json),
    st.lists(damaged(ECHOES) | any_json),
)
def test_every_piece_of_a_value_comes_out_exactly_once(messages: Any, statuses: Any, echoes: Any) -> None:
    lists = {"messages": messages, "statuses": statuses, "message_echoes": echoes}
    pieces = sum(map(len, lists.values()))
    for field, parts in (("messages", lists), ("standby", {"standby": lists})):
        delivery = parse(whatsapp(change(field, contacts=[contact()], **parts)))
        assert_sound(delivery)
        assert outcomes(delivery) == max(pieces, 1)


@given(damaged(EVENTS) | any_json)
def test_a_bad_event_never_sinks_its_neighbours(bad: Any) -> None:
    before, after = (event(sender="1", message={"mid": mid, "text": "a"}) for mid in ("m_before", "m_after"))
    delivery = parse(page(before, bad, after))
    assert [delivery.items[0], delivery.items[-1]] == parse(page(before, after)).items


@given(damaged(MESSAGES) | any_json)
def test_a_bad_message_never_sinks_its_neighbours(bad: Any) -> None:
    before, after = (wa_text(**{"from": "1", "id": name}) for name in ("wamid.before", "wamid.after"))
    messages = wa_messages(before, bad, after, contacts=[])
    items = [item for item in parse(messages).items if isinstance(item, Message)]
    assert [items[0].message_id, items[-1].message_id] == ["wamid.before", "wamid.after"]


@given(damaged(BODIES), st.randoms(use_true_random=False))
def test_the_order_of_keys_and_the_time_of_receipt_change_no_id(tree: Any, random: Any) -> None:
    def shuffled(node: Any) -> Any:
        if isinstance(node, dict):
            pairs = list(node.items())
            random.shuffle(pairs)
            return {key: shuffled(inner) for key, inner in pairs}
        return [shuffled(inner) for inner in node] if isinstance(node, list) else node

    def ids(delivery: Delivery) -> list[str]:
        return sorted(item.message_id for item in delivery.items if isinstance(item, Message))

    later = RECEIVED_AT.replace(year=2027)
    assert ids(parse(tree)) == ids(parse_delivery(encoded(shuffled(tree)), later))


@given(any_text.filter(bool))
def test_a_text_comes_out_as_written_but_for_what_cannot_be_stored(written: str) -> None:
    joined = json.loads(json.dumps(written))  # two halves of a pair that stand side by side are one character
    kept = "".join("\ufffd" if char == "\x00" or "\ud800" <= char <= "\udfff" else char for char in joined)
    for body in (wa_messages(wa_text(written)), page(event(message={"mid": "m_1", "text": written}))):
        (item,) = parse(body).items
        assert isinstance(item, Message)
        assert item.text == kept


def test_a_text_in_plain_utf_8_and_an_escaped_one_are_the_same() -> None:
    tree = wa_messages(wa_text("Größe 38 🙂 </b>"))
    assert parse_delivery(json.dumps(tree, ensure_ascii=False).encode(), RECEIVED_AT) == parse(tree)


def test_keys_that_cannot_be_stored_are_cleaned_too() -> None:
    delivery = parse(page(event(**{"odd\x00\ud800": {"inner\x00": "a"}})))
    assert_sound(delivery)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"", ""),
        (b"{", ""),
        (b"[]", ""),
        (b"null", ""),
        (b'"page"', ""),
        (b"{}", "object"),
        (b'{"object":null}', "object"),
        (b'{"object":["page"]}', "object"),
        (b'{"object":"user","entry":[{"changes":[]}]}', "object"),
        (b'{"object":"page"}', "entry"),
        (b'{"object":"page","entry":null}', "entry"),
        (b'{"object":"page","entry":{}}', "entry"),
        (b'{"object":"page","entry":"x"}', "entry"),
        (b'{"object":"page","entry":[]}', ""),
        (b'{"object":"page","entry":[5]}', "entry[0]"),
        (b'{"object":"page","entry":[{"id":"1"}]}', "entry[0]"),
        (b'{"object":"page","entry":[{"id":"1","messaging":[]}]}', ""),
        (b'{"object":"page","entry":[{"id":"1","messaging":{}}]}', "entry[0].messaging"),
        (b'{"object":"page","entry":[{"id":"1","changes":[null]}]}', "entry[0].changes[0]"),
        (b'{"object":"whatsapp_business_account","entry":[{"id":"1"}]}', "entry[0]"),
        (b'{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[]}]}', ""),
        (b'{"object":"whatsapp_business_account","entry":[{"id":"1","changes":7}]}', "entry[0].changes"),
        (
            b'{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messages":[]}}]}]}',
            "",
        ),
    ],
    ids=repr,
)
def test_a_body_that_says_nothing_is_one_malformed_piece_with_its_path(body: bytes, path: str) -> None:
    delivery = parse_delivery(body, RECEIVED_AT)
    assert not delivery.items
    assert not delivery.ignored
    assert [piece.path for piece in delivery.malformed] == [path]
    assert delivery.malformed[0].reason


def test_an_empty_list_beside_a_full_one_says_nothing() -> None:
    body = page(event(message={"mid": "m_1", "text": "a"}))
    body["entry"].append({"id": "1", "messaging": []})
    delivery = parse(body)
    assert len(delivery.items) == 1
    assert not delivery.malformed


def test_a_bad_entry_does_not_sink_its_neighbours() -> None:
    body = page(event(message={"mid": "m_1", "text": "a"}))
    body["entry"] = [5, {"messaging": "x"}, *body["entry"], {"id": "1"}]
    delivery = parse(body)
    assert len(delivery.items) == 1
    assert [piece.path for piece in delivery.malformed] == ["entry[0]", "entry[1].messaging", "entry[3]"]


def test_a_thousand_updates_for_a_thousand_people_all_come_out() -> None:
    people = [str(4915550000 + number) for number in range(1000)]
    messages = [wa_text(**{"from": phone, "id": f"wamid.{phone}"}) for phone in people]
    delivery = parse(wa_messages(*messages, contacts=[contact(phone, None, f"n{phone}") for phone in people]))
    assert [(item.sender.sender_id, item.profile_name) for item in delivery.items] == [
        (phone, f"n{phone}") for phone in people
    ]


@pytest.mark.parametrize("depth", [150, 300, 1000, 5000])
def test_deep_nesting_is_survived(depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    body = encoded(page(event(message={"mid": "m_1", "text": "a", "extra": "DEEP"}))).replace(b'"DEEP"', deep)
    assert_sound(parse_delivery(body, RECEIVED_AT))


def test_reasons_quote_nothing_of_what_was_written() -> None:
    secret = "my card number is 4111"
    for tree in (
        secret,
        {"object": secret},
        page(secret),
        page(event(message=secret)),
        page(event(sender=None, message={"text": secret})),
    ):
        for piece in parse(tree).malformed:
            assert isinstance(piece, Malformed)
            assert secret not in piece.reason
            assert secret not in piece.path
