"""Who answers: the bot, or a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import pytest

from domain.conversation import Refused
from domain.inbound import ControlChange
from domain.steps import DraftReply, Rest, SendReply
from tests.domain.story import NOON, PERSON, Story


def hand_over(story: Story) -> Story:
    story.c.hand_over("operator:kim", story.now, reason="asked for a person")
    return story


def hand_back(story: Story) -> Story:
    story.c.hand_back("operator:kim", story.now)
    return story


def control(story: Story, change: Literal["lost", "gained", "requested"], app_id: str | None = "7") -> Story:
    return story.observes(
        ControlChange(
            sender=PERSON, received_at=story.now, change=change, changed_at=story.now, app_id=app_id
        )
    )


def test_while_a_person_answers_the_bot_owes_nothing_and_the_customer_still_waits() -> None:
    story = hand_over(Story().says())
    fact = story.last()
    assert (fact.actor, fact.reason) == ("operator:kim", "asked for a person")
    assert story.owes() == Rest()
    assert story.says().owes() == Rest()
    assert story.c.awaiting_reply
    with pytest.raises(Refused):
        story.asked()


def test_after_handing_back_the_bot_answers_all_that_was_said() -> None:
    story = hand_back(hand_over(Story().says()).later(60).says().later(60))
    assert story.owes() == DraftReply(NOON + timedelta(seconds=10))
    assert story.asked().last().answers_through == 4


def test_a_draft_that_comes_after_the_handover_is_discarded() -> None:
    story = hand_over(Story().says().asked())
    story.happened()
    story.drafted()
    assert story.happened() == ["DraftFailed"]
    assert story.last().code == "discarded_handed_over"
    assert story.owes() == Rest()
    step = hand_back(story).owes_draft()
    assert not step.recover


def test_an_attempt_of_unknown_outcome_is_looked_for_after_handing_back() -> None:
    story = hand_back(hand_over(Story().says().asked()))
    assert story.owes_draft().recover


def test_the_configured_text_does_not_talk_over_a_person() -> None:
    story = hand_over(Story().says())
    with pytest.raises(Refused):
        story.c.fall_back("r1", "sorry", 1, story.now)


def test_a_send_that_was_begun_is_settled_though_a_person_took_over() -> None:
    story = hand_over(Story().says().asked().drafted().sending())
    assert isinstance(story.owes(), SendReply)
    story.echo("mid.1", reference=story.reference("r1"))
    assert story.owes() == Rest()
    assert not story.c.awaiting_reply


def test_nobody_takes_over_twice_or_gives_back_what_they_do_not_have() -> None:
    story = Story().says()
    with pytest.raises(Refused):
        hand_back(story)
    hand_over(story)
    with pytest.raises(Refused):
        hand_over(story)
    assert story.happened() == ["MessageReceived", "HandedOver"]


def test_losing_thread_control_hands_over_and_gaining_it_hands_back() -> None:
    story = control(Story().says(), "lost")
    assert story.happened() == ["MessageReceived", "UpdateNoted", "HandedOver"]
    assert (story.last().actor, story.facts[-2].unique_key) == (
        "channel:7",
        f"update:thread_control_lost:{NOON.isoformat()}",
    )
    assert story.c.state.answered_by == "person"
    control(story.later(5), "gained", None)
    assert story.happened() == ["UpdateNoted", "HandedBack"]
    assert story.last().actor == "channel:unknown"
    assert isinstance(story.owes(), DraftReply)


def test_control_that_changes_nothing_is_noted_only() -> None:
    story = control(Story(), "gained")
    control(story.later(1), "requested")
    assert story.happened() == ["UpdateNoted", "UpdateNoted"]
    control(hand_over(story).later(1), "lost")
    assert story.happened() == ["HandedOver", "UpdateNoted"]


def test_a_repeated_change_of_control_hands_over_once() -> None:
    story = control(Story(), "lost")
    hand_back(story)
    story.happened()
    control(story, "lost")
    assert story.happened() == ["DuplicateReceived"]
    assert story.c.state.answered_by == "bot"
