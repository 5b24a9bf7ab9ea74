"""A person who is forgotten."""

from __future__ import annotations

import dataclasses

import pytest

from domain.conversation import Refused
from domain.erasure import personal_fields
from domain.events import Fact
from domain.steps import Rest
from tests.domain.story import Story, replayed


def erased(story: Story) -> Story:
    story.c.erase("operator:kim", "cert-1", story.now, reason="asked to be forgotten")
    return story


def lived() -> Story:
    """A person with a name, two ids, a reply sent, a reply on its way, a draft and something unanswered."""
    story = Story().says("private words", profile_name="Anna", username="anna.k", aliases=("bsuid.1",))
    story.answered("r1").receipt("read", "out-r1-1").says("more private words").asked("r2").drafted("r2")
    return story.sending("r2").says("even more")


def test_the_certificate_is_recorded_and_nothing_is_owed_any_more() -> None:
    story = erased(lived())
    fact = story.last()
    assert (type(fact).__name__, fact.actor, fact.certificate_id) == (
        "ConversationErased",
        "operator:kim",
        "cert-1",
    )
    assert story.owes() == Rest()
    assert not story.c.awaiting_reply


def test_nobody_is_erased_twice() -> None:
    with pytest.raises(Refused):
        erased(erased(Story()))


def test_nothing_can_be_drafted_or_sent_to_an_erased_person() -> None:
    story = erased(lived())
    count = story.c.version
    for command in (
        lambda: story.asked("r3"),
        lambda: story.drafted("r2"),
        lambda: story.sending("r2"),
        lambda: story.refused("r2"),
        lambda: story.c.fall_back("r3", "sorry", 1, story.now),
        lambda: story.c.give_up("r3", "x", story.now),
    ):
        with pytest.raises(Refused):
            command()
    assert not story.c.record_sent("r2", 1, "late", story.now)
    assert story.c.version == count


@pytest.mark.parametrize("name", ["Anna", "anna.k", "4915112345678", "bsuid.1", "out-r1-1", "m1", "private"])
def test_nothing_personal_is_left_in_the_state(name: str) -> None:
    state = repr(dataclasses.asdict(erased(lived()).c.state))
    assert name not in state


def unreadable(fact: Fact) -> Fact:
    """The fact as it reads once its key is destroyed."""
    blank = fact.__class__.__new__(fact.__class__)
    blank.__dict__.update(fact.__dict__)
    declared = {f.name: f for f in dataclasses.fields(fact)}
    for name in personal_fields(type(fact)):
        default = declared[name].default
        empty = () if isinstance(fact.__dict__[name], tuple) else ""
        blank.__dict__[name] = empty if default is dataclasses.MISSING else default
    return blank


def test_an_erased_conversation_can_be_read_again_from_what_is_not_personal() -> None:
    story = erased(lived())
    again = replayed([unreadable(fact) for fact in story.facts])
    assert again.version == story.c.version
    assert again.state == story.c.state
