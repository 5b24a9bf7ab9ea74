"""What people write, until when they may, and what becomes of the bot's words when they take over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.conversation import Refused
from domain.identity import Sender
from domain.inbound import ControlChange
from domain.people import WindowClosed
from domain.steps import DraftReply, Rest
from tests.domain.story import Story, replayed


def taken_over(story: Story) -> Story:
    story.c.hand_over("kim", story.now)
    return story


def written(story: Story, reply_id: str = "p1") -> Story:
    story.c.write(reply_id, "Kim here", 1, "kim", story.now)
    return story


def test_what_the_bot_has_written_and_not_begun_to_send_fails_with_the_handover() -> None:
    story = taken_over(Story().says().asked().drafted())
    assert story.happened()[-2:] == ["HandedOver", "ReplyFailed"]
    assert story.last().reason == "handed_over"
    assert story.owes() == Rest()
    with pytest.raises(Refused):
        story.sending()


def test_a_part_of_the_bots_is_not_begun_again_once_a_person_answers() -> None:
    story = taken_over(Story().says().asked().drafted(parts=2).sending())
    with pytest.raises(Refused):
        story.sending()


def test_what_a_person_writes_answers_what_was_said_and_is_owed_as_a_send() -> None:
    story = written(taken_over(Story().says()))
    fact = story.last()
    assert (fact.author, fact.actor, fact.answers_through) == ("person", "kim", 3)
    assert story.owes_send().reply_id == "p1"
    assert not story.c.awaiting_reply
    assert story.sending("p1").sent("p1").owes() == Rest()
    assert replayed(story.facts).state == story.c.state


def test_a_person_writes_only_where_a_person_answers() -> None:
    with pytest.raises(Refused):
        written(Story().says())


def test_the_thread_has_to_be_told_from_the_question_on_that_a_person_answered() -> None:
    story = written(taken_over(Story().says().asked())).sending("p1").sent("p1")
    assert story.c.state.untold == 2
    story.c.hand_back("kim", story.now)
    story.says().asked("r9").drafted("r9")
    assert story.c.state.untold is None


def test_a_draft_asked_for_before_a_person_answered_is_never_recorded() -> None:
    story = written(taken_over(Story().says().asked()))
    story.c.hand_back("kim", story.now)
    with pytest.raises(Refused):
        story.drafted()


@pytest.mark.parametrize(("channel", "hours"), [("whatsapp", 24), ("messenger", 168), ("instagram", 168)])
def test_a_person_may_write_as_long_as_the_channel_lets_people(channel, hours: int) -> None:
    person = Sender(channel, "106540352242922", "4915112345678")
    story = taken_over(Story(person).says()).later(hours=hours).later(-1)
    written(story).sending("p1").sent("p1").later(1)
    with pytest.raises(WindowClosed, match="24 hours" if hours == 24 else "7 days"):
        written(story, "p2")
    assert story.c.window_closes_at == story.now - timedelta(hours=hours - 24)


def test_thread_control_that_comes_back_leaves_an_operators_takeover_alone() -> None:
    story = taken_over(Story().says())
    change = ControlChange(
        sender=story.person, received_at=story.now, change="gained", changed_at=story.now, app_id="7"
    )
    story.observes(change)
    assert story.c.state.answered_by == "person"


def test_a_question_whose_answer_the_takeover_dropped_waits_for_the_person() -> None:
    story = taken_over(Story().says().asked().drafted())
    assert story.c.awaiting_reply
    written(story)
    assert not story.c.awaiting_reply
    assert replayed(story.facts).state == story.c.state


def test_a_question_given_back_unanswered_is_answered_by_the_bot_under_another_id() -> None:
    story = taken_over(Story().says().asked().drafted())
    story.c.hand_back("kim", story.now)
    assert isinstance(story.owes(), DraftReply)
    story.says("and?").asked("r9")
    assert story.last().answers_through == 8
    story.drafted("r9").sending("r9").sent("r9")
    assert not story.c.awaiting_reply


def test_what_a_person_answers_from_another_inbox_is_not_answered_again_by_the_bot() -> None:
    story = taken_over(Story().says().asked().drafted()).echo("mid.kim")
    assert not story.c.awaiting_reply
    story.c.hand_back("kim", story.now)
    assert story.owes() == Rest()


def test_a_send_of_unknown_outcome_that_a_person_has_answered_in_place_of_leaves_nothing_waiting() -> None:
    story = written(taken_over(Story().says().asked().drafted().sending()))
    story.c.fail_send("r1", 1, "handed_over", story.now, code=None, subcode=None)
    assert story.sending("p1").sent("p1").owes() == Rest()
    assert not story.c.awaiting_reply


def test_what_a_person_wrote_is_sent_though_it_was_given_back_and_taken_over_again_before() -> None:
    story = written(taken_over(Story().says()))
    story.c.hand_back("kim", story.now)
    assert story.owes_send().reply_id == "p1"
    story.says("thanks")
    with pytest.raises(Refused):
        story.asked()
    story.c.hand_over("lou", story.now)
    assert story.owes_send().reply_id == "p1"
    story.sending("p1").sent("p1")
    assert story.c.awaiting_reply
