"""Violations to be planted, one by one, in the history of a real run: each with its guarantee and its name.

A plant answers the conversation that it is in, where it is in one.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import msgspec

from bench.history import Attempt, Event, History, Rebuild, Said, Send, Thread, Wrote


def left_alone(history: History) -> list[Event]:
    """The events of conversations in which nobody of the business did anything."""
    acts = {"HandedOver", "ConversationErased"}
    touched = {event.conversation for event in history.events if event.type in acts}
    return [event for event in history.events if event.conversation not in touched]


def first(history: History, kind: str) -> Event:
    return next(event for event in left_alone(history) if event.type == kind)


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
    gone = next(event for event in left_alone(history) if event.message_id in acknowledged)
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
    for event in sorted(left_alone(history), key=lambda event: event.version):
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
    messages = [event for event in left_alone(history) if event.type == "MessageReceived"]
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


def speak_over_a_person(history: History) -> str:
    attempt = first(history, "DraftAttempted")
    appended(history, msgspec.structs.replace(attempt, type="HandedOver", reply_id=None))
    appended(history, msgspec.structs.replace(attempt))
    return attempt.conversation


def written(history: History) -> tuple[Wrote, Event]:
    """Something that a person wrote and that was sent."""
    sent = {send.reference for send in history.sends}
    acknowledged = {wrote.reply_id: wrote for wrote in history.written if wrote.reply_id is not None}
    return next(
        (acknowledged[event.reply_id], event)
        for event in history.events
        if event.type == "ReplyDrafted"
        and event.reply_id in acknowledged
        and f"onethread:{event.conversation}:{event.reply_id}:1" in sent
    )


def lose_what_a_person_wrote(history: History) -> str:
    wrote, draft = written(history)
    taken_out(history, draft)
    return wrote.conversation


def send_twice_what_a_person_wrote(history: History) -> str:
    wrote, _ = written(history)
    reference = f"onethread:{wrote.conversation}:{wrote.reply_id}:1"
    history.sends.append(next(send for send in history.sends if send.reference == reference))
    return wrote.conversation


def send_what_was_dropped(history: History) -> str:
    attempt = first(history, "ReplyAttempted")
    appended(history, msgspec.structs.replace(attempt))
    failed = msgspec.structs.replace(attempt, type="ReplyFailed", reason="handed_over", reference=None)
    appended(history, failed)
    return attempt.conversation


def forget_a_handover(history: History) -> str:
    passed = history.passed[0]
    passed.version += 100_000
    return passed.conversation


def keep_a_conversation(history: History) -> str:
    story = sorted(history.events, key=lambda event: event.version)
    alive = {event.conversation for event in story} - {erasure.conversation for erasure in history.erasures}
    taken = next(each for each in history.passed if each.conversation in alive)
    event = next(event for event in story if event.conversation == taken.conversation)
    appended(history, msgspec.structs.replace(event, type="HandedOver", sender=None, thread_id=None))
    return taken.conversation


def erased(history: History) -> Event:
    """The certificate of somebody who was erased."""
    return next(event for event in history.events if event.type == "ConversationErased")


def leave_a_word(history: History) -> str:
    conversation = erased(history).conversation
    history.written.append(Wrote(conversation, "kw99999999x"))
    history.words["kw99999999x"] = ["table quarantine"]
    return conversation


def leave_a_thread(history: History) -> str:
    conversation = erased(history).conversation
    history.attempts.append(Attempt("an attempt", conversation, "deleting", "conv_left"))
    history.threads.append(Thread("conv_left", "an attempt"))
    return conversation


def record_something_of_an_erased_person(history: History) -> str:
    certificate = erased(history)
    appended(history, msgspec.structs.replace(certificate, type="DeliveryReported", certificate_id=None))
    return certificate.conversation


def certify_twice(history: History) -> str:
    erasure = next(erasure for erasure in history.erasures if erasure.certificates)
    erasure.certificates.append("another")
    return erasure.conversation


def lose_what_an_erased_person_said_later(history: History) -> str:
    answered = [erasure for erasure in history.erasures if erasure.answered_at is not None]
    latest = max(answered, key=lambda erasure: erasure.answered_at or 0.0)
    later = (latest.answered_at or 0.0) + 1.0
    history.said.append(Said("later", latest.conversation, later, later + 1.0, latest.sender))
    return latest.conversation


def say_it_again_after_the_erasure(history: History) -> None:
    names = {event.conversation for event in history.events if event.type == "ConversationErased"}
    old = next(e for e in history.events if e.type == "MessageReceived" and e.conversation in names)
    another = first(history, "MessageReceived")
    appended(history, msgspec.structs.replace(another, message_id=old.message_id))


def promote_nothing(history: History) -> None:
    history.rebuilds.append(Rebuild("sessions", "v99", promoted=True))


def leave_a_rebuild(history: History) -> None:
    history.rebuilds.append(Rebuild("sessions", "v99", fault="3 rows differ between v98 and v99"))


def ask_and_get_a_500(history: History) -> None:
    history.asked.setdefault("look at sessions", {})["500"] = 1


def act_and_get_a_500(history: History) -> None:
    history.asked.setdefault("hand over", {})["500"] = 1


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
    (speak_over_a_person, "G5", "bot spoke"),
    (lose_what_a_person_wrote, "G2", "written lost"),
    (send_twice_what_a_person_wrote, "G5", "answered twice"),
    (send_what_was_dropped, "G5", "dropped though sent"),
    (forget_a_handover, "G2", "act lost"),
    (keep_a_conversation, "G5", "not handed back"),
    (leave_a_word, "G10", "words left"),
    (leave_a_thread, "G10", "thread left"),
    (record_something_of_an_erased_person, "G10", "recorded after erasure"),
    (certify_twice, "G10", "other certificate"),
    (lose_what_an_erased_person_said_later, "G2", "lost"),
    (say_it_again_after_the_erasure, "G3", "doubled"),
    (promote_nothing, "G9", "not live"),
    (leave_a_rebuild, "G9", "not promoted"),
    (ask_and_get_a_500, "G9", "undocumented answer"),
    (act_and_get_a_500, "G11", "undocumented answer"),
)
