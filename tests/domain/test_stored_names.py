"""What is stored is fixed for ever: names of events, and which of their fields are personal."""

from __future__ import annotations

import dataclasses
from typing import Final

import pytest

from domain.erasure import personal_fields
from domain.events import EVENT_TYPES, Fact
from domain.inbound import ITEM_TYPES

PERSONAL: Final[dict[str, set[str]]] = {
    "ConversationErased": set(),
    "ConversationStarted": {"sender_id", "display_name", "username"},
    "CustomerLinked": set(),
    "CustomerUnlinked": set(),
    "DeliveryReported": {"message_ids"},
    "DraftAttempted": set(),
    "DraftFailed": set(),
    "DuplicateReceived": {"duplicate_of"},
    "EchoReceived": {"message_id", "text", "attachments"},
    "HandedBack": set(),
    "HandedOver": set(),
    "IdentityLinked": {"linked_id"},
    "MessageEdited": {"message_id", "text"},
    "MessageReceived": {
        "message_id", "text", "attachments", "payload", "reply_to", "reply_to_story", "group_id", "referral",
        "details",
    },
    "MessageUnsent": {"message_id"},
    "OptInReceived": {"details"},
    "PartSent": {"message_id"},
    "ProfileChanged": {"display_name", "username"},
    "ReactionReceived": {"message_id", "emoji"},
    "ReferralReceived": {"details"},
    "ReplyAttempted": set(),
    "ReplyDeferred": set(),
    "ReplyDrafted": {"text"},
    "ReplyFailed": set(),
    "ReplySent": {"message_ids"},
    "StandbyReceived": {"message_id", "text", "attachments"},
    "ThreadRebound": set(),
    "ToolCalled": {"arguments"},
    "ToolReturned": {"output"},
    "UpdateNoted": {"details"},
}  # fmt: skip
"""Every stored type ever used, and what of it a destroyed key makes unreadable. Only ever added to."""

CLEAR_TEXTS: Final = {
    "account_id", "actor", "app_id", "author", "call_id", "certificate_id", "channel", "code", "customer_id",
    "details", "entry_source", "error_title", "evidence", "kind", "last_item_id", "model", "name", "outcome",
    "previous_thread_id", "reaction", "reason", "reference", "reply_id", "request_id", "response_id",
    "source", "status", "thread_id", "update",
}  # fmt: skip
"""What may hold a text and stays readable after an erasure: names of things, never words of people.

``details`` are those of a delivery report alone: price categories and the like."""


@pytest.mark.parametrize("name", PERSONAL)
def test_what_is_personal_stays_marked(name: str) -> None:
    assert personal_fields(EVENT_TYPES[name]) == PERSONAL[name]


def test_stored_types_are_those_that_were_ever_used() -> None:
    assert set(EVENT_TYPES) == set(PERSONAL)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_a_stored_type_is_the_name_of_its_class(name: str) -> None:
    assert EVENT_TYPES[name].__name__ == name
    assert issubclass(EVENT_TYPES[name], Fact)


def test_a_text_is_in_the_clear_only_where_it_was_decided_so() -> None:
    clear = {
        field.name
        for event in EVENT_TYPES.values()
        for field in dataclasses.fields(event)
        if "str" in str(field.type) and field.name not in personal_fields(event)
    }
    assert clear - {"originator_topic"} == CLEAR_TEXTS


def test_items_of_the_inbox_keep_their_stored_names() -> None:
    assert list(ITEM_TYPES) == [
        "message", "edit", "unsend", "reaction", "referral", "optin",
        "receipt", "echo", "standby", "control", "identity", "unclassified",
    ]  # fmt: skip


def test_every_event_says_what_happened_in_one_sentence() -> None:
    for event in EVENT_TYPES.values():
        assert event.__doc__
        assert event.__doc__.split("\n")[0].endswith("."), event.__name__
