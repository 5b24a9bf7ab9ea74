"""What is owed after every prefix of a turn, until the answer is written."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from domain.conversation import Refused
from domain.events import DraftAttempted, ReplyDrafted
from domain.steps import DraftReply, Policy, Rest, SendReply
from tests.domain.story import NOON, Story

SECOND = timedelta(seconds=1)


def test_a_draft_is_owed_once_the_customer_has_been_quiet_for_the_delay() -> None:
    assert Story().says().owes() == DraftReply(NOON + SECOND)
    patient = Policy(reply_delay=timedelta(seconds=5))
    assert Story(policy=patient).says().owes() == DraftReply(NOON + timedelta(seconds=5))


def test_without_a_delay_a_draft_is_owed_at_once() -> None:
    assert Story(policy=Policy(reply_delay=timedelta(0))).says().owes() == DraftReply(NOON)


def test_the_delay_runs_from_the_recording_and_not_from_the_claimed_time() -> None:
    story = Story().says(sent_at=NOON - timedelta(days=2))
    assert story.owes() == DraftReply(NOON + SECOND)


def test_a_customer_who_never_stops_typing_is_answered_all_the_same() -> None:
    story = Story().says()
    for _ in range(30):
        story.later(0.9).says()
    assert story.owes() == DraftReply(NOON + timedelta(seconds=10))


def test_while_the_model_is_asked_its_outcome_is_to_be_found_out_before_it_is_asked_again() -> None:
    story = Story().says().later(1).asked()
    attempt = story.last()
    assert isinstance(attempt, DraftAttempted)
    assert (attempt.answers_through, attempt.thread_id, attempt.attempt) == (2, "conv_1", 1)
    step = story.owes_draft()
    assert step.recover
    assert step.rebind is None
    assert SECOND <= step.not_before - story.now < 2 * SECOND


def test_a_known_failure_is_tried_again_after_a_pause_without_looking_for_an_outcome() -> None:
    story = Story().says().later(1).asked().later(5).failed()
    step = story.owes_draft()
    assert not step.recover
    assert SECOND <= step.not_before - (NOON + SECOND) < 2 * SECOND


def test_the_pauses_between_attempts_grow_and_the_reply_keeps_its_id() -> None:
    story = Story().says().later(1)
    pauses = []
    for attempt in range(1, 7):
        assert story.c.attempt_draft(f"never-used-{attempt}" if attempt > 1 else "r1", story.now) == "r1"
        assert story.last().attempt == attempt
        story.failed()
        pauses.append(story.owes_draft().not_before - story.now)
        story.later(120)
    assert all(earlier < later for earlier, later in pairwise(pauses))
    assert pauses[-1] < timedelta(seconds=60)


def test_a_written_answer_is_owed_to_be_sent_at_once() -> None:
    story = Story().says().later(1).asked().later(2).drafted(last_item_id="msg_1")
    reply = story.last()
    assert isinstance(reply, ReplyDrafted)
    assert (reply.reply_id, reply.answers_through, reply.text) == ("r1", 2, "an answer")
    assert story.owes() == SendReply(story.now, "r1", reply.originator_version, 1)
    assert story.c.state.last_item_id == "msg_1"
    assert story.c.awaiting_reply


def test_a_message_during_drafting_is_not_lost_and_is_answered_next() -> None:
    story = Story().says("first").later(1).asked("r1").later(1).says("second")
    assert story.owes_draft().recover
    story.drafted("r1")
    assert story.last().answers_through == 2
    assert isinstance(story.owes(), SendReply)
    story.sending("r1").sent("r1")
    assert story.c.awaiting_reply
    assert story.owes() == DraftReply(NOON + 3 * SECOND)
    story.answered("r2")
    assert story.last().reply_id == "r2"
    assert not story.c.awaiting_reply
    assert story.owes() == Rest()


def test_what_was_said_meanwhile_is_in_the_next_attempt_after_a_failure() -> None:
    story = Story().says().asked().says().says().failed().later(60).asked("other")
    attempt = story.last()
    assert (attempt.reply_id, attempt.answers_through, attempt.attempt) == ("r1", 5, 2)
    draft = story.c.state.draft
    assert draft is not None
    assert (draft.turn.first, draft.turn.last, draft.turn.count) == (2, 5, 3)
    assert story.c.state.unanswered is None
    assert story.drafted().last().answers_through == 5


def test_no_second_attempt_while_the_outcome_of_the_first_is_unknown() -> None:
    story = Story().says().asked()
    with pytest.raises(Refused):
        story.asked("r2")
    story.says()
    with pytest.raises(Refused):
        story.asked("r2")


def test_a_late_outcome_of_a_failed_attempt_is_still_taken() -> None:
    story = Story().says().asked().failed(code="outcome_unknown").drafted(recovered=True)
    assert story.last().recovered
    assert isinstance(story.owes(), SendReply)


def test_tool_calls_are_remembered_until_the_attempt_ends() -> None:
    story = Story().says().asked()
    story.c.call_tool("r1", story.now, call_id="c1", name="stock", arguments="{}", last_item_id="fc_1")
    story.c.call_tool("r1", story.now, call_id="c2", name="stock", arguments="{}")
    story.c.return_tool("r1", story.now, call_id="c1", output="7")
    draft = story.c.state.draft
    assert draft is not None
    assert draft.tools == {"c1": True, "c2": False}
    assert story.c.state.last_item_id == "fc_1"
    story.failed()
    assert draft.tools == {}
    assert story.happened() == [
        "MessageReceived", "DraftAttempted", "ToolCalled", "ToolCalled", "ToolReturned", "DraftFailed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("thread_id", "reason"),
    [
        ("conv_1", None),
        ("thread_abc", "thread_retired"),
        ("local_1", "provider_back"),
    ],
)
def test_a_thread_that_is_not_at_the_provider_is_to_be_rebound_first(
    thread_id: str, reason: str | None
) -> None:
    story = Story(thread_id=thread_id).says()
    assert story.owes_draft().rebind == reason
    story.asked()
    assert story.owes_draft().rebind is None
    story.failed()
    assert story.owes_draft().rebind == reason


def test_a_thread_that_outgrew_its_budget_is_rebound_before_the_next_turn() -> None:
    story = (
        Story(policy=Policy(context_budget=1000)).says().answered("r1", input_tokens=900, output_tokens=100)
    )
    assert story.says().owes_draft().rebind is None
    story.answered("r2", input_tokens=950, output_tokens=51)
    assert story.says().owes_draft().rebind == "context_budget"
    story.rebound("conv_2", turns=5)
    assert story.owes_draft().rebind is None
    state = story.c.state
    assert (state.thread_id, state.context_tokens, state.thread_turns) == ("conv_2", 0, 5)


def test_a_first_turn_larger_than_the_budget_does_not_rebind_for_ever() -> None:
    story = Story(policy=Policy(context_budget=1000)).says().answered("r1", input_tokens=5000)
    assert story.says().owes_draft().rebind is None


def test_an_answer_of_unknown_cost_leaves_the_count_of_tokens_as_it_was() -> None:
    story = Story().says().answered("r1", input_tokens=10, output_tokens=None).says().answered("r2")
    assert story.c.state.context_tokens == 10


def test_rebinding_records_where_the_conversation_was_and_keeps_what_is_owed() -> None:
    story = Story().says()
    owed = story.owes()
    left = story.c.state.thread_id
    story.c.rebind("conv_2", "thread_gone", story.now, leaving=left, last_item_id="msg_9", seeded_turns=3)
    fact = story.last()
    assert (fact.thread_id, fact.previous_thread_id, fact.reason) == ("conv_2", "conv_1", "thread_gone")
    assert (story.c.state.last_item_id, story.c.state.thread_turns) == ("msg_9", 3)
    assert story.owes() == owed


def test_of_two_who_rebind_from_the_same_thread_the_later_is_refused() -> None:
    """Else the thread of the first would live on beside that of the second."""
    story = Story().says()
    left = story.c.state.thread_id
    story.c.rebind("conv_2", "provider_back", story.now, leaving=left, last_item_id=None, seeded_turns=0)
    with pytest.raises(Refused):
        story.c.rebind("conv_3", "provider_back", story.now, leaving=left, last_item_id=None, seeded_turns=0)
    assert story.c.state.thread_id == "conv_2"
