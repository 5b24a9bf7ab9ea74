"""When no answer of the model's comes of a turn."""

from __future__ import annotations

import pytest

from domain.conversation import Refused
from domain.steps import DraftReply, Rest, SendReply
from tests.domain.story import Story


def fall_back(story: Story, reply_id: str = "r9") -> Story:
    story.c.fall_back(reply_id, "Somebody will get back to you.", 1, story.now)
    return story


def test_the_configured_text_is_sent_instead_and_covers_everything_said() -> None:
    story = fall_back(Story().says().asked().failed().says())
    reply = story.last()
    assert (reply.reply_id, reply.author, reply.answers_through) == ("r1", "fallback", 5)
    assert isinstance(story.owes(), SendReply)
    story.sending().sent()
    assert story.owes() == Rest()
    assert not story.c.awaiting_reply


def test_a_turn_that_was_never_asked_about_gets_a_reply_id_of_its_own() -> None:
    story = fall_back(Story().says())
    assert story.last().reply_id == "r9"


def test_the_late_outcome_of_an_attempt_is_refused_once_the_customer_got_the_configured_text() -> None:
    story = fall_back(Story().says().asked())
    with pytest.raises(Refused):
        story.drafted()


def test_the_thread_is_told_later_what_it_never_answered() -> None:
    story = fall_back(Story().says()).sending("r9").sent("r9")
    assert story.c.state.untold == 2
    story.says()
    fall_back(story, "r10").sending("r10").sent("r10").says()
    assert story.c.state.untold == 2
    story.asked("r11")
    assert story.c.state.untold == 2
    story.drafted("r11")
    assert story.c.state.untold is None


def test_a_new_thread_has_been_told_everything() -> None:
    story = fall_back(Story().says())
    assert story.c.state.untold == 2
    assert story.rebound("conv_2").c.state.untold is None


def test_giving_a_turn_up_ends_what_is_owed_and_keeps_it_untold() -> None:
    story = Story().says().asked().failed().says()
    story.c.give_up("r9", "model_refused", story.now)
    fact = story.last()
    assert (fact.reply_id, fact.reason, fact.answers_through) == ("r1", "model_refused", 5)
    assert story.owes() == Rest()
    assert not story.c.awaiting_reply
    assert story.c.state.untold == 2


def test_giving_up_while_a_reply_is_on_its_way_gives_that_reply_up() -> None:
    story = Story().says().asked().drafted().says()
    story.c.give_up("r1", "window_closed", story.now)
    fact = story.last()
    assert (fact.reply_id, fact.reason, fact.answers_through) == ("r1", "window_closed", 0)
    assert isinstance(story.owes(), DraftReply)
    assert story.c.state.untold == 4, "the thread believes that its answer was heard"


def test_the_configured_text_itself_can_fail() -> None:
    story = fall_back(Story().says()).sending("r9").refused("r9")
    assert story.owes() == Rest()
    assert not story.c.awaiting_reply
    assert story.c.state.untold == 2
