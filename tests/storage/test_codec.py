"""Events to and from what is stored."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings

from domain.conversation import Conversation
from domain.erasure import personal_fields
from domain.events import (
    EVENT_TYPES,
    ConversationStarted,
    DeliveryReported,
    Fact,
    MessageReceived,
    ReplySent,
    ToolCalled,
)
from domain.inbound import Attachment
from service.storage.codec import Undecodable, clear_fields, decode, encode, stored_fields
from tests.storage.event_values import SOMEBODY, event_of, events_of, required

AT = datetime(2026, 11, 2, tzinfo=UTC)
NAMES = pytest.mark.parametrize("name", EVENT_TYPES)

V1_CLEAR = b'{"kind":"text","sent_at":"2025-03-01T08:30:00+00:00","forwarded":true}'
V1_PERSONAL = b'{"message_id":"wamid.old","text":"hello"}'
"""A message as version 1 stored it, before sessions were counted."""


def read(name: str, clear: bytes, personal: bytes | None) -> Any:
    return decode(SOMEBODY, 7, name, AT, clear, personal)


def again(event: Fact) -> Fact:
    name, clear, personal = encode(event)
    return decode(event.originator_id, event.originator_version, name, event.timestamp, clear, personal)


@NAMES
def test_every_event_reads_back_as_it_was_recorded(name: str) -> None:
    @settings(max_examples=25, deadline=None, derandomize=True)
    @given(events_of(EVENT_TYPES[name]))
    def reads_back(event: Fact) -> None:
        assert again(event) == event
        assert type(again(event)) is type(event)
        assert encode(again(event)) == encode(event)

    reads_back()


@NAMES
def test_personal_values_are_in_the_personal_json_alone(name: str) -> None:
    event_class = EVENT_TYPES[name]
    hints = {f.name: f for f in dataclasses.fields(event_class)}
    personal = personal_fields(event_class)

    @settings(max_examples=10, deadline=None, derandomize=True)
    @given(events_of(event_class))
    def apart(event: Fact) -> None:
        _, clear, sealed = encode(event)
        in_clear = set(orjson.loads(clear)) - {"_v"}
        assert in_clear <= hints.keys() - personal
        assert (sealed is None) == (not personal)
        if sealed is not None:
            assert set(orjson.loads(sealed)) <= personal

    apart()


@NAMES
def test_fields_at_their_default_are_not_stored_and_come_back(name: str) -> None:
    event_class = EVENT_TYPES[name]

    @settings(max_examples=5, deadline=None, derandomize=True)
    @given(events_of(event_class, only_required=True))
    def stored(event: Fact) -> None:
        _, clear, personal = encode(event)
        names = set(orjson.loads(clear)) | set(orjson.loads(personal or b"{}"))
        assert names - {"_v"} == set(required(event_class))
        assert again(event) == event

    stored()


def test_a_false_and_a_zero_that_are_not_the_default_are_stored() -> None:
    event = event_of(
        EVENT_TYPES["ReplyDrafted"],
        reply_id="r",
        text="",
        parts=0,
        author="bot",
        outcome="",
        answers_through=0,
        thread_id="",
        input_tokens=0,
    )
    assert again(event) == event


def test_the_class_version_is_stored_where_it_is_not_the_first() -> None:
    message = event_of(MessageReceived, message_id="m", kind="text", sent_at=AT, session=1, session_message=1)
    assert orjson.loads(encode(message)[1])["_v"] == 2
    assert "_v" not in orjson.loads(encode(event_of(EVENT_TYPES["HandedOver"], actor="kim"))[1])


def test_a_message_of_version_1_is_brought_up_to_date() -> None:
    event = read("MessageReceived", V1_CLEAR, V1_PERSONAL)
    assert isinstance(event, MessageReceived)
    assert (event.message_id, event.text, event.kind, event.forwarded) == ("wamid.old", "hello", "text", True)
    assert event.sent_at == datetime(2025, 3, 1, 8, 30, tzinfo=UTC)
    assert (event.session, event.session_message, event.late) == (1, 1, False)
    assert orjson.loads(encode(event)[1])["_v"] == 2


def test_a_message_of_version_1_with_everything_in_it_is_brought_up_to_date() -> None:
    attachment = {"kind": "image", "media_id": "7"}
    sealed = {
        "message_id": "m",
        "attachments": [attachment],
        "referral": {"source": "ADS"},
        "details": {"a": [1.5]},
    }
    event = read("MessageReceived", V1_CLEAR, orjson.dumps(sealed))
    assert event.attachments == (Attachment(kind="image", media_id="7"),)
    assert (event.referral, event.details) == ({"source": "ADS"}, {"a": [1.5]})


def test_a_message_of_version_1_whose_key_is_destroyed_is_brought_up_to_date() -> None:
    event = read("MessageReceived", V1_CLEAR, None)
    assert (event.message_id, event.text, event.session) == ("", None, 1)


def test_a_message_of_version_1_lends_projections_its_sessions() -> None:
    fields = clear_fields("MessageReceived", V1_CLEAR)
    assert (fields["session"], fields["session_message"], fields["late"]) == (1, 1, False)
    assert not set(fields) & personal_fields(MessageReceived)


def test_an_event_of_a_version_not_known_yet_is_not_guessed_at() -> None:
    with pytest.raises(Undecodable, match="HandedOver"):
        read("HandedOver", b'{"actor":"kim","_v":2}', None)
    with pytest.raises(Undecodable, match="MessageReceived"):
        read("MessageReceived", V1_CLEAR[:-1] + b',"session":1,"session_message":1,"_v":3}', V1_PERSONAL)


@pytest.mark.parametrize(
    ("name", "clear", "personal", "fault"),
    [
        ("Nonsense", b"{}", None, "unknown type Nonsense"),
        ("HandedOver", b"{}", None, "actor"),
        ("HandedOver", b'{"actor":7}', None, r"\$\.actor"),
        ("HandedOver", b"[]", None, "HandedOver"),
        ("MessageUnsent", b'{"unsent_at":"yesterday"}', b'{"message_id":"m"}', r"\$\.unsent_at"),
        ("MessageUnsent", b'{"unsent_at":"2026-11-02T00:00:00+00:00"}', b"{}", "message_id"),
        (
            "MessageUnsent",
            b'{"unsent_at":"2026-11-02T00:00:00+00:00"}',
            b'{"message_id":null}',
            r"\$\.message_id",
        ),
        ("MessageUnsent", b'{"unsent_at":"2026-11-02T00:00:00+00:00"}', b"not json", "MessageUnsent"),
        ("MessageReceived", b'{"kind":"text"}', V1_PERSONAL, "sent_at"),
        ("MessageReceived", V1_CLEAR, b"{}", "message_id"),
        ("MessageReceived", V1_CLEAR, b'{"message_id":"m","text":1}', r"\$\.text"),
    ],
)
def test_what_does_not_have_its_shape_is_refused_with_the_event_and_the_field(
    name: str, clear: bytes, personal: bytes | None, fault: str
) -> None:
    with pytest.raises(Undecodable, match=fault) as refused:
        read(name, clear, personal)
    assert f"{SOMEBODY}/7" in str(refused.value)


def test_a_refusal_does_not_quote_what_is_personal() -> None:
    with pytest.raises(Undecodable) as refused:
        read("MessageUnsent", b'{"unsent_at":"2026-11-02T00:00:00+00:00"}', b'{"message_id":["secret"]}')
    assert "secret" not in str(refused.value)


@NAMES
def test_with_the_key_destroyed_only_what_is_personal_is_blank(name: str) -> None:
    event_class = EVENT_TYPES[name]
    personal = personal_fields(event_class)
    defaults = {f.name: f.default for f in dataclasses.fields(event_class)}

    @settings(max_examples=5, deadline=None, derandomize=True)
    @given(events_of(event_class))
    def blank(event: Fact) -> None:
        _, clear, _ = encode(event)
        left = decode(event.originator_id, 1, name, event.timestamp, clear, None)
        for field, value in event.__dict__.items():
            if field not in personal:
                assert left.__dict__[field] == value
            elif defaults[field] is dataclasses.MISSING:
                assert left.__dict__[field] in ("", ())
            else:
                assert left.__dict__[field] == defaults[field]

    blank()


def test_a_blank_value_has_the_type_of_what_it_stands_for() -> None:
    sent = event_of(ReplySent, reply_id="r", message_ids=("a", "b"))
    assert decode(SOMEBODY, 1, "ReplySent", AT, encode(sent)[1], None).__dict__["message_ids"] == ()
    called = event_of(ToolCalled, reply_id="r", call_id="c", name="f", arguments="{}")
    assert decode(SOMEBODY, 1, "ToolCalled", AT, encode(called)[1], None).__dict__["arguments"] == ""


def test_a_stored_beginning_makes_a_conversation() -> None:
    begun: Any = again(
        event_of(ConversationStarted, channel="whatsapp", account_id="1", sender_id="2", thread_id="conv_1")
    )
    conversation = begun.mutate(None)
    assert isinstance(conversation, Conversation)
    assert conversation.state.thread_id == "conv_1"


def test_the_fields_for_showing_are_the_clear_ones_and_where_readable_the_personal_ones() -> None:
    event = event_of(
        MessageReceived, message_id="m", kind="text", sent_at=AT, session=3, session_message=2, text="hi"
    )
    name, clear, personal = encode(event)
    shown = stored_fields(name, clear, personal)
    assert (shown["text"], shown["message_id"], shown["session"]) == ("hi", "m", 3)
    hidden = stored_fields(name, clear.decode(), None)
    assert "text" not in hidden
    assert hidden["session"] == 3
    assert hidden == clear_fields(name, clear)


@pytest.mark.parametrize(
    "text", ["\x00", "a\u0000b", "\ud7ff\ue000\uffff", "👩‍👩‍👧", "\u202egnirts", "a" * 1_000_000]
)
def test_odd_texts_come_back_as_they_were(text: str) -> None:
    message = event_of(
        MessageReceived, message_id=text, kind="text", sent_at=AT, session=1, session_message=1, text=text
    )
    assert again(message) == message


def test_what_the_database_cannot_hold_is_replaced_in_the_clear_and_kept_where_it_is_sealed() -> None:
    odd = event_of(
        MessageReceived,
        message_id="a\x00",
        kind="b\x00",
        sent_at=AT,
        session=1,
        session_message=1,
        text="c\x00",
    )
    stored: Any = again(odd)
    assert (stored.message_id, stored.kind, stored.text) == ("a\x00", "b\ufffd", "c\x00")
    report = event_of(DeliveryReported, status="read", occurred_at=AT, details={"\x00": ["\x00", "\\u0000"]})
    assert again(report).__dict__["details"] == {"\ufffd": ["\ufffd", "\\u0000"]}


def test_an_answer_that_the_model_cut_in_the_middle_of_an_emoji_can_be_stored() -> None:
    """JSON may hold one half of a surrogate pair, and Python's own decoder hands it on."""
    cut = orjson.dumps("half: ").decode()[:-1] + '\\ud83d"'
    answer = event_of(ToolCalled, reply_id="r", call_id="c", name="f", arguments=json.loads(cut))
    stored: Any = again(answer)
    assert stored.arguments.startswith("half: ")


def test_unknown_fields_of_a_known_version_are_left_alone() -> None:
    assert read("HandedOver", b'{"actor":"kim","added_and_removed":1}', None).actor == "kim"
