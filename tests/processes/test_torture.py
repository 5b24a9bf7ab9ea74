"""G1 to G8 under every kind of fault at once; and what is wrong with a history is found and named."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import uvloop

from bench.history import Event, History, Send, Thread, opened
from bench.judge import Violation, judge
from bench.torture.course import Profile, torture

pytestmark = [pytest.mark.processes, pytest.mark.timeout(420)]

SHORT = Profile(
    seed=7, kills=4, others=6, messages=600, longest=30.0, rest=150.0, people=30, rate=200.0, verify=False
)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> History:
    """The history of one short round."""
    kept: Path = tmp_path_factory.mktemp("torture")
    result = uvloop.run(torture(SHORT, keep=kept))
    assert result.kills >= SHORT.kills
    assert result.others >= SHORT.others
    return opened(kept / str(SHORT.seed) / "history.json")


def test_kills_cut_connections_and_lying_providers_lose_nothing_and_double_nothing(recorded: History) -> None:
    report = judge(recorded)
    assert report.violations == []
    assert report.acknowledged >= SHORT.messages
    assert report.sends > 0


def first(history: History, kind: str) -> Event:
    return next(event for event in history.events if event.type == kind)


def appended(history: History, event: Event) -> None:
    """Put an event at the end of its conversation and of its partition."""
    versions = [one.version for one in history.events if one.conversation == event.conversation]
    event.version = max(versions) + 1
    history.heads[event.partition] += 1
    event.position = history.heads[event.partition]
    history.events.append(event)
    for ledger in history.ledgers:
        if ledger.partition == event.partition:
            ledger.position += 1
            ledger.applied += 1


def taken_out(history: History, gone: Event) -> None:
    """Take an event out as if it had never been appended."""
    history.events.remove(gone)
    for event in history.events:
        event.version -= event.conversation == gone.conversation and event.version > gone.version
        event.position -= event.partition == gone.partition and event.position > gone.position
    history.heads[gone.partition] -= 1
    for ledger in history.ledgers:
        if ledger.partition == gone.partition:
            ledger.position -= 1
            ledger.applied -= 1


def lose_a_message(history: History) -> str:
    acknowledged = {said.message_id for said in history.said if said.acknowledged_at is not None}
    gone = next(event for event in history.events if event.message_id in acknowledged)
    taken_out(history, gone)
    return gone.conversation


def double_an_event(history: History) -> str:
    event = first(history, "MessageReceived")
    appended(history, copy.copy(event))
    return event.conversation


def answer_again(history: History) -> str:
    draft = first(history, "ReplyDrafted")
    reference = f"onethread:{draft.conversation}:{draft.reply_id}:1"
    history.sends.append(next(send for send in history.sends if send.reference == reference))
    return draft.conversation


def draft_again(history: History) -> str:
    draft = first(history, "ReplyDrafted")
    appended(history, msgspec.structs.replace(draft, reply_id="again"))
    return draft.conversation


def forget_a_thread(history: History) -> None:
    history.threads.append(Thread("conv_nobody_asked_for", "an attempt on no record"))


def begin_a_second_conversation(history: History) -> str:
    event = first(history, "ConversationStarted")
    other = msgspec.structs.replace(event, conversation="another", version=1, thread_id="conv_another")
    history.heads[event.partition] += 1
    other.position = history.heads[event.partition]
    history.events.append(other)
    return other.conversation


def leave_a_gap(history: History) -> None:
    last = max(history.events, key=lambda event: event.position)
    history.heads[last.partition] += 1
    last.position += 1


def swap_replies(history: History) -> str:
    spoken: dict[str, list[Event]] = {}
    for event in sorted(history.events, key=lambda event: event.version):
        if event.type == "ReplyDrafted":
            spoken.setdefault(event.conversation, []).append(event)
    conversation, drafts = next((name, two) for name, two in spoken.items() if len(two) > 1)
    one, two = (
        next(
            n
            for n, s in enumerate(history.sends)
            if s.reference == f"onethread:{conversation}:{d.reply_id}:1"
        )
        for d in drafts[:2]
    )
    history.sends[one], history.sends[two] = history.sends[two], history.sends[one]
    return conversation


def answer_what_was_not_recorded(history: History) -> str:
    draft = first(history, "ReplyDrafted")
    draft.answers_through = draft.version + 1
    return draft.conversation


def send_without_an_attempt(history: History) -> None:
    history.sends.append(Send("onethread:somebody:something:1", history.sends[0].recipient))


def answer_somebody_else(history: History) -> str:
    attempt = first(history, "ReplyAttempted")
    send = next(send for send in history.sends if send.reference == attempt.reference)
    history.sends[history.sends.index(send)] = Send(send.reference, "the account:somebody else")
    return attempt.conversation


def miscount_a_ledger(history: History) -> None:
    next(ledger for ledger in history.ledgers if ledger.position).applied += 1


def leave_a_ledger_behind(history: History) -> None:
    ledger = next(ledger for ledger in history.ledgers if ledger.applied)
    ledger.position -= 1
    ledger.applied -= 1


def begin_two_drafts(history: History) -> str:
    attempt = first(history, "DraftAttempted")
    for reply_id in ("one", "two"):
        appended(history, msgspec.structs.replace(attempt, reply_id=reply_id))
    return attempt.conversation


def leave_a_send_unsettled(history: History) -> str:
    attempt = first(history, "ReplyAttempted")
    appended(history, msgspec.structs.replace(attempt))
    return attempt.conversation


def forget_to_answer(history: History) -> str:
    message = first(history, "MessageReceived")
    said = msgspec.structs.replace(
        next(one for one in history.said if one.message_id == message.message_id), message_id="late"
    )
    history.said.append(said)
    appended(history, msgspec.structs.replace(message, message_id="late"))
    return message.conversation


def turn_two_messages_round(history: History) -> str:
    said = {one.message_id: one for one in history.said}
    messages = [event for event in history.events if event.type == "MessageReceived"]
    one = messages[0]
    two = next(event for event in messages if event.conversation == one.conversation and event is not one)
    early, late = sorted((one, two), key=lambda event: event.version)
    said[str(late.message_id)].acknowledged_at = 1.0
    said[str(early.message_id)].said_at = 2.0
    return one.conversation


def bind_from_another_thread(history: History) -> str:
    started = first(history, "ConversationStarted")
    rebound = msgspec.structs.replace(started, type="ThreadRebound", sender=None, seeded_turns=5)
    rebound.thread_id, rebound.previous_thread_id = "conv_new", "conv_never_bound"
    appended(history, rebound)
    return started.conversation


def answer_with_a_500(history: History) -> None:
    history.answers["500"] = 1


Plant = Callable[[History], str | None]
PLANTS: tuple[tuple[Plant, str, str], ...] = (
    (lose_a_message, "G2", "lost"),
    (double_an_event, "G3", "doubled"),
    (answer_again, "G5", "answered twice"),
    (draft_again, "G5", "second answer"),
    (forget_a_thread, "G1", "unrecorded thread"),
    (begin_a_second_conversation, "G1", "second conversation"),
    (leave_a_gap, "G6", "positions not dense"),
    (swap_replies, "G6", "replies out of order"),
    (answer_what_was_not_recorded, "G5", "answer to the unrecorded"),
    (send_without_an_attempt, "G5", "send without attempt"),
    (answer_somebody_else, "G1", "sent to somebody else"),
    (miscount_a_ledger, "G8", "ledger"),
    (leave_a_ledger_behind, "G8", "behind"),
    (begin_two_drafts, "G6", "second draft at a time"),
    (leave_a_send_unsettled, "G5", "unsettled"),
    (forget_to_answer, "G5", "unanswered"),
    (turn_two_messages_round, "G6", "messages out of order"),
    (bind_from_another_thread, "G7", "broken chain of threads"),
    (answer_with_a_500, "G2", "wrong answer"),
)


@pytest.mark.parametrize(("plant", "guarantee", "name"), PLANTS, ids=[name for _, _, name in PLANTS])
def test_a_planted_violation_is_found_and_named(
    recorded: History, plant: Plant, guarantee: str, name: str
) -> None:
    history = copy.deepcopy(recorded)
    conversation = plant(history)
    found = judge(history).violations
    assert (guarantee, name) in {(each.guarantee, each.name) for each in found}
    if conversation is not None:
        assert conversation in {each.conversation for each in found if each.name == name}


def test_a_violation_reads_as_a_sentence_with_its_evidence() -> None:
    violation = Violation("G2", "lost", "wamid.1 is not in the log", "a-conversation")
    assert str(violation) == "G2 lost [a-conversation]: wamid.1 is not in the log"
