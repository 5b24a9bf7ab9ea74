"""One person under several ids stays one conversation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from domain.events import IdentityLinked
from domain.identity import Sender
from domain.observe import is_of_another
from domain.state import REMEMBERED_ALIASES
from tests.domain.story import NOON, PERSON, Story, replayed

MINUTE = timedelta(minutes=1)
OTHER = PERSON.known_as("4915199999999")


def links(story: Story) -> list[tuple[str, str, bool]]:
    return [(f.linked_id, f.reason, f.replaces_sender) for f in story.facts if isinstance(f, IdentityLinked)]


def test_ids_that_come_along_are_linked_once_each() -> None:
    story = (
        Story().says(aliases=("bsuid.1", "parent.1")).says(aliases=("bsuid.1",)).says(aliases=("bsuid.2",))
    )
    assert links(story) == [
        ("bsuid.1", "seen_together", False),
        ("parent.1", "seen_together", False),
        ("bsuid.2", "seen_together", False),
    ]
    assert story.c.state.aliases == ["bsuid.1", "parent.1", "bsuid.2"]
    assert story.c.sender == PERSON


def test_an_id_given_twice_in_one_item_is_linked_once() -> None:
    story = Story().says(aliases=("bsuid.1", "bsuid.1", PERSON.sender_id))
    assert links(story) == [("bsuid.1", "seen_together", False)]


def test_an_item_under_another_id_links_that_id() -> None:
    story = Story().says(sender=Sender("whatsapp", PERSON.account_id, "bsuid.1"))
    assert links(story) == [("bsuid.1", "seen_together", False)]
    assert story.c.sender == PERSON


def test_a_link_that_only_the_log_remembers_is_not_recorded_again() -> None:
    key = Story().says(aliases=("bsuid.1",)).facts[1].unique_key
    assert key
    story = Story().says(aliases=("bsuid.1",), known={key})
    assert story.happened() == ["MessageReceived"]


def test_a_new_number_replaces_the_old_one_and_the_thread_stays() -> None:
    story = Story().says().renumbers("4915199999999")
    assert links(story) == [("4915199999999", "user_changed_number", True)]
    assert story.c.sender == OTHER
    assert story.c.id == PERSON.conversation_id
    assert story.c.state.thread_id == "conv_1"
    assert story.says(sender=OTHER).c.state.messages == 2
    assert links(story) == [("4915199999999", "user_changed_number", True)]


def test_a_change_of_an_id_that_is_not_the_one_we_write_to_is_only_linked() -> None:
    story = Story().says(aliases=("bsuid.1",))
    story.renumbers("bsuid.2", reason="user_changed_user_id", sender=PERSON.known_as("bsuid.1"))
    assert links(story)[-1] == ("bsuid.2", "user_changed_user_id", False)
    assert story.c.sender == PERSON


def test_a_person_who_takes_the_old_number_back_and_changes_again_is_written_to_under_the_new_one() -> None:
    story = Story().says().renumbers(OTHER.sender_id).later(days=30)
    story.renumbers(PERSON.sender_id, sender=OTHER).later(days=30)
    assert story.c.sender == PERSON
    story.renumbers(OTHER.sender_id)
    assert story.c.sender == OTHER


def test_the_remembered_ids_are_the_newest_ones() -> None:
    story = Story()
    for n in range(REMEMBERED_ALIASES * 2):
        story.says(aliases=(f"bsuid.{n}",))
    assert story.c.state.aliases == [f"bsuid.{n}" for n in range(REMEMBERED_ALIASES, REMEMBERED_ALIASES * 2)]


def test_a_change_that_was_told_twice_is_one_change() -> None:
    story = Story().says().renumbers(OTHER.sender_id, changed_at=NOON).later(5)
    story.renumbers(OTHER.sender_id, changed_at=NOON)
    assert links(story)[0] == (OTHER.sender_id, "user_changed_number", True)
    assert story.last().update == "IdentityLinked"
    assert story.happened().count("DuplicateReceived") == 1
    assert story.c.sender == OTHER


def test_what_comes_from_a_number_after_it_was_given_up_is_of_somebody_else() -> None:
    story = Story().says(aliases=("bsuid.1",)).later(60).renumbers("4915187654321")
    late, early = story.later(60).message("late"), story.message("early", sent_at=story.now - 2 * MINUTE)
    assert is_of_another(story.c, late)
    assert not is_of_another(story.c, early)
    assert not is_of_another(story.c, replace(late, aliases=("bsuid.1",)))
    assert not is_of_another(story.c, replace(late, sender=story.c.sender))
    story.renumbers(PERSON.sender_id, sender=story.c.sender)  # and back again
    assert not is_of_another(story.c, story.later(60).message("at home"))
    assert replayed(story.facts).state == story.c.state
