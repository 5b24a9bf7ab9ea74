"""Linking: a person says whose conversation it is."""

from __future__ import annotations

import pytest

from domain.conversation import Refused
from tests.domain.story import Story, replayed

ANOTHER = "4a8ef1a0-5c3b-4f37-9a44-0d8f8fa0e7aa"


def test_linking_and_unlinking_record_who_said_so_and_why() -> None:
    story = Story()
    story.c.link_customer(ANOTHER, "kim", story.now, reason="told us")
    fact = story.last()
    assert (fact.customer_id, fact.actor, fact.reason) == (ANOTHER, "kim", "told us")
    assert story.c.state.customer_id == ANOTHER
    story.c.unlink_customer("kim", story.now, reason="a brother")
    assert (story.last().actor, story.last().reason) == ("kim", "a brother")
    assert story.c.state.customer_id is None
    assert story.happened() == ["CustomerLinked", "CustomerUnlinked"]
    assert replayed(story.facts).state == story.c.state


def test_what_is_so_already_is_not_recorded_again() -> None:
    story = Story()
    story.c.unlink_customer("kim", story.now)
    assert story.happened() == []
    for _ in range(2):
        story.c.link_customer(ANOTHER, "kim", story.now)
    assert story.happened() == ["CustomerLinked"]


def test_a_conversation_is_not_linked_to_itself_nor_that_of_an_erased_person_to_any() -> None:
    story = Story()
    with pytest.raises(Refused):
        story.c.link_customer(str(story.c.id), "kim", story.now)
    story.c.erase("kim", "certificate", story.now)
    story.happened()
    for act in (
        lambda: story.c.link_customer(ANOTHER, "kim", story.now),
        lambda: story.c.unlink_customer("kim", story.now),
    ):
        with pytest.raises(Refused):
            act()
    assert story.happened() == []


def test_what_is_owed_is_the_same_after_linking() -> None:
    story = Story().says()
    owed = story.owes()
    story.c.link_customer(ANOTHER, "kim", story.now)
    assert story.owes() == owed
