"""What customers do, and what is recorded of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.events import (
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    OptInReceived,
    ProfileChanged,
    ReactionReceived,
    ReferralReceived,
    StandbyReceived,
    UpdateNoted,
)
from domain.inbound import Attachment, Item, OptIn, Referral, Standby, Unclassified
from domain.steps import Rest
from tests.domain.story import NOON, PERSON, Story, replayed


def test_a_conversation_begins_with_its_thread_and_the_name_of_the_person() -> None:
    first = Story().message(profile_name="Anna", username="anna.k")
    story = Story()
    conversation = story.c.start(PERSON, "conv_9", NOON, first=first)
    started = conversation.new_facts()[0]
    assert (conversation.id, conversation.version) == (PERSON.conversation_id, 1)
    assert conversation.state.thread_id == "conv_9"
    assert (conversation.state.display_name, conversation.state.username) == ("Anna", "anna.k")
    assert conversation.sender == PERSON
    assert replayed([started]).state == conversation.state


def test_nothing_is_owed_to_a_person_who_has_said_nothing() -> None:
    story = Story()
    assert story.owes() == Rest()
    assert not story.c.awaiting_reply
    assert story.c.window_closes_at is None


def test_everything_that_a_message_carries_is_recorded() -> None:
    story = Story()
    attachment = Attachment(kind="image", url="https://example.org/a.jpg", sha256="00")
    fields: dict[str, Any] = {
        "kind": "image",
        "attachments": (attachment,),
        "payload": "BUY",
        "reply_to": "out-1",
        "reply_to_story": {"id": "s"},
        "forwarded": True,
        "group_id": "g",
        "referral": {"source": "ADS", "ad_id": "7"},
        "details": {"unknown": [1]},
    }
    story.says("look", **fields)
    fact = story.last()
    assert isinstance(fact, MessageReceived)
    assert {name: getattr(fact, name) for name in fields} == fields
    assert (fact.text, fact.message_id, fact.entry_source) == ("look", "m1", "ADS")
    assert (fact.session, fact.session_message, fact.late) == (1, 1, False)


@pytest.mark.parametrize(
    ("referral", "source"),
    [
        (None, None),
        ({"source_type": "ad"}, "ad"),
        ({"source": "SHORTLINK", "source_type": "ad"}, "SHORTLINK"),
        ({"source": {"odd": 1}}, None),
        ({"source": "x" * 100}, "x" * 64),
    ],
)
def test_where_a_customer_came_from_is_kept_in_the_clear_and_short(
    referral: dict[str, object] | None, source: str | None
) -> None:
    story = Story().says(referral=referral)
    assert story.last().entry_source == source


def test_a_message_is_owed_an_answer_and_opens_the_window_from_its_own_time() -> None:
    story = Story().later(60)
    story.says(sent_at=NOON + timedelta(seconds=20))
    assert story.c.awaiting_reply
    assert story.c.window_closes_at == NOON + timedelta(seconds=20, hours=24)


def test_the_window_is_not_shortened_by_a_message_that_comes_late() -> None:
    story = Story().says().later(10)
    story.says(sent_at=NOON - timedelta(hours=3))
    assert story.c.window_closes_at == NOON + timedelta(hours=24)


def test_a_message_that_claims_to_come_from_the_future_does_not_lengthen_the_window() -> None:
    story = Story().says(sent_at=NOON + timedelta(days=30))
    assert story.c.window_closes_at == NOON + timedelta(hours=24)


def test_a_burst_is_one_turn_that_waits_for_the_last_message() -> None:
    story = Story().says("one").later(0.4).says("two").later(0.4).says("three")
    turn = story.c.state.unanswered
    assert turn is not None
    assert (turn.first, turn.last, turn.count) == (2, 4, 3)
    assert (turn.since, turn.quiet_since, turn.last_message_id) == (NOON, story.now, "m3")
    assert story.owes_draft().not_before == story.now + timedelta(seconds=1)


def test_an_edit_an_unsend_and_a_reaction_are_facts_and_ask_for_no_answer() -> None:
    story = Story().says().answered()
    story.happened()
    story.edits("m1", "hallo").unsends("m1").reacts("out-r1-1", "❤️").reacts("out-r1-1", None, removed=True)
    assert story.happened() == ["MessageEdited", "MessageUnsent", "ReactionReceived", "ReactionReceived"]
    edited, unsent, loved, unloved = story.facts[-4:]
    assert isinstance(edited, MessageEdited)
    assert (edited.message_id, edited.text, edited.edited_at) == ("m1", "hallo", NOON)
    assert isinstance(unsent, MessageUnsent)
    assert unsent.message_id == "m1"
    assert isinstance(loved, ReactionReceived)
    assert isinstance(unloved, ReactionReceived)
    assert (loved.emoji, loved.removed, unloved.removed) == ("❤️", False, True)
    assert story.owes() == Rest()


def test_two_different_reactions_to_a_message_in_the_same_second_are_two_facts() -> None:
    story = Story().says().reacts("m1", "👍").reacts("m1", "❤️")
    assert story.happened() == ["MessageReceived", "ReactionReceived", "ReactionReceived"]


@pytest.mark.parametrize(
    ("item", "fact"),
    [
        (Referral(sender=PERSON, received_at=NOON, referred_at=NOON, source="ADS"), ReferralReceived),
        (OptIn(sender=PERSON, received_at=NOON, opted_at=NOON, details={"type": "x"}), OptInReceived),
        (Unclassified(sender=PERSON, received_at=NOON, update="feedback", occurred_at=NOON), UpdateNoted),
        (
            Standby(sender=PERSON, received_at=NOON, message_id="s1", kind="text", sent_at=NOON, text="hi"),
            StandbyReceived,
        ),
    ],
)
def test_what_asks_for_no_answer_is_recorded_and_not_answered(item: Item, fact: type[object]) -> None:
    story = Story().observes(item)
    assert story.happened() == [fact.__name__]
    assert story.owes() == Rest()
    assert not story.c.awaiting_reply


def test_a_new_name_is_recorded_once_and_an_absent_one_changes_nothing() -> None:
    story = Story().says(profile_name="Anna").says(profile_name="Anna").says().says(username="anna.k")
    assert story.happened() == [
        "ProfileChanged",
        "MessageReceived",
        "MessageReceived",
        "MessageReceived",
        "ProfileChanged",
        "MessageReceived",
    ]
    changed = [fact for fact in story.facts if isinstance(fact, ProfileChanged)]
    assert [(fact.display_name, fact.username) for fact in changed] == [("Anna", None), ("Anna", "anna.k")]
