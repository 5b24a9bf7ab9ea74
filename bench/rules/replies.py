"""Replies: every turn is answered once, by one draft at a time, and every part reaches Meta once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bench.history import Event, History
from bench.rules.violation import Stories, Violation, is_erased
from domain.state import HANDED_OVER, OVERTAKEN

ENDS_A_DRAFT = {"ReplyDrafted", "DraftFailed", "ReplyFailed"}
SETTLES_A_SEND = {"PartSent", "ReplySent", "ReplyDeferred", "ReplyFailed"}
DROPPED = {HANDED_OVER, OVERTAKEN}
"""Why the bot's reply is dropped: a person took over, or has answered."""


def turns(story: list[Event]) -> Iterator[Violation]:
    """Every message is covered by one draft or by what a person wrote, and every draft of the bot's covers
    something that waited. What it answers waits again where a person takes over before it is out."""
    name, waiting = story[0].conversation, list[int]()
    under_way: dict[str | None, list[int]] = {}
    for event in story:
        if event.type == "MessageReceived":
            waiting.append(event.version)
        elif event.type == "ReplyDrafted":
            through = event.answers_through or 0
            answered = [version for version in waiting if version <= through]
            waiting = [version for version in waiting if version > through]
            yield from _answer(event, answered)
            if event.author == "person":
                under_way.clear()  # answered in its place
            else:
                under_way[event.reply_id] = answered
        elif event.type == "ReplyFailed":
            yield from _failure(event, under_way)
            waiting = under_way.pop(event.reply_id, []) + waiting
    if waiting and not is_erased(story):
        yield Violation("G5", "unanswered", f"messages v{waiting[0]} to v{waiting[-1]}", name)
    for reply_id, count in Counter(e.reply_id for e in story if e.type == "ReplyDrafted").items():
        if count > 1:
            yield Violation("G5", "drafted twice", f"{reply_id}: {count} drafts", name)


def _answer(draft: Event, answered: list[int]) -> Iterator[Violation]:
    name, through = draft.conversation, draft.answers_through or 0
    if through >= draft.version:
        evidence = f"{draft.reply_id} (v{draft.version}) answers through v{through}, not recorded by then"
        yield Violation("G5", "answer to the unrecorded", evidence, name)
    if not answered and draft.author != "person":
        evidence = f"{draft.reply_id} (v{draft.version}) answers nothing new"
        yield Violation("G5", "second answer", evidence, name)


def _failure(failed: Event, under_way: dict[str | None, list[int]]) -> Iterator[Violation]:
    """A reply of the bot's is dropped where a person took over, and for nothing else."""
    overtaken = failed.reason == OVERTAKEN and failed.reply_id not in under_way
    if failed.reason != HANDED_OVER and not overtaken:
        evidence = f"{failed.reply_id}: {failed.reason}"
        yield Violation("G5", "reply failed", evidence, failed.conversation)


def drafts_one_by_one(story: list[Event]) -> Iterator[Violation]:
    """No draft is begun while another is open, none recorded while an earlier one is not sent. What a person
    writes comes before all that the bot was about to say."""
    under_way: str | None = None
    unsent: list[str | None] = []
    for event in story:
        by_a_person = event.author == "person"
        if event.type == "DraftAttempted":
            if under_way not in {None, event.reply_id}:
                evidence = f"{event.reply_id} (v{event.version}) begun while {under_way} is open"
                yield Violation("G6", "second draft at a time", evidence, event.conversation)
            under_way = event.reply_id
        elif event.type in ENDS_A_DRAFT and (by_a_person or event.reply_id == under_way):
            under_way = None
        if event.type == "ReplyDrafted":
            if unsent and not by_a_person:
                evidence = f"{event.reply_id} (v{event.version}) drafted before {unsent[0]} was sent"
                yield Violation("G6", "second draft at a time", evidence, event.conversation)
            unsent.append(event.reply_id)
        elif event.type in {"ReplySent", "ReplyFailed"} and event.reply_id in unsent:
            unsent.remove(event.reply_id)


def sends_settled(story: list[Event]) -> Iterator[Violation]:
    """Every attempt came to a known outcome, unless the person was erased meanwhile."""
    open_: dict[tuple[str | None, int | None], Event] = {}
    for event in story:
        if event.type == "ReplyAttempted":
            open_[event.reply_id, event.part] = event
        elif event.type in SETTLES_A_SEND:
            whole = event.type in {"ReplySent", "ReplyFailed"}
            for key in [key for key in open_ if key[0] == event.reply_id and (whole or key[1] == event.part)]:
                del open_[key]
    for event in () if is_erased(story) else open_.values():
        yield Violation("G5", "unsettled", f"{event.reference} (v{event.version})", event.conversation)


def parts(story: list[Event], references: Counter[str | None]) -> Iterator[Violation]:
    """Each draft was sent once, and each part of it reached Meta once; at most once where the person was
    erased, or the reply dropped for a person's."""
    name, erased = story[0].conversation, is_erased(story)
    sent = Counter(event.reply_id for event in story if event.type == "ReplySent")
    dropped = {event.reply_id for event in story if event.type == "ReplyFailed" and event.reason in DROPPED}
    for draft in (event for event in story if event.type == "ReplyDrafted"):
        may_lack = erased or draft.reply_id in dropped
        if sent[draft.reply_id] > 1 or not (sent[draft.reply_id] or may_lack):
            evidence = f"{draft.reply_id} was recorded as sent {sent[draft.reply_id]} times"
            yield Violation("G5", "not sent once", evidence, name)
        for part in range(1, (draft.parts or 1) + 1):
            reference = f"onethread:{name}:{draft.reply_id}:{part}"
            if references[reference] > 1:
                evidence = f"{reference} reached Meta {references[reference]} times"
                yield Violation("G5", "answered twice", evidence, name)
            elif not references[reference] and not may_lack:
                yield Violation("G5", "never sent", f"{reference} never reached Meta", name)


def dropped_unsent(story: list[Event], references: Counter[str | None]) -> Iterator[Violation]:
    """What is dropped for a person's words, and so answered again, had not reached the customer."""
    attempted: dict[str | None, Event] = {}
    for event in story:
        if event.type == "ReplyAttempted":
            attempted[event.reply_id] = event
        elif event.type in {"PartSent", "ReplyDeferred"}:
            attempted.pop(event.reply_id, None)
        elif event.type == "ReplyFailed" and event.reason in DROPPED:
            last = attempted.get(event.reply_id)
            if last is not None and references[last.reference]:
                evidence = f"{last.reference} (v{last.version}) reached Meta, dropped in v{event.version}"
                yield Violation("G5", "dropped though sent", evidence, event.conversation)


def sends(history: History, stories: Stories) -> Iterator[Violation]:
    """Whatever reached Meta was attempted on record, went to whom it belongs, and in order."""
    attempted: dict[str, Event] = {}
    drafted: dict[tuple[str, str | None], int] = {}
    for story in stories.values():
        for event in story:
            if event.type == "ReplyAttempted" and event.reference is not None:
                attempted[event.reference] = event
            elif event.type == "ReplyDrafted":
                drafted[event.conversation, event.reply_id] = event.version
    latest: dict[str, tuple[int, int]] = {}
    seen: set[str] = set()
    for send in history.sends:
        attempt = attempted.get(send.reference or "")
        if attempt is None:
            evidence = f"{send.reference} reached {send.recipient} without an attempt on record"
            yield Violation("G5", "send without attempt", evidence)
            continue
        name = attempt.conversation
        if stories[name][0].sender != send.recipient:
            evidence = f"{send.reference} went to {send.recipient}, not {stories[name][0].sender}"
            yield Violation("G1", "sent to somebody else", evidence, name)
        if send.reference in seen:
            continue  # counted as answered twice
        seen.add(str(send.reference))
        place = (drafted.get((name, attempt.reply_id), 0), attempt.part or 1)
        if place < latest.get(name, (0, 0)):
            yield Violation("G6", "replies out of order", f"{send.reference} came after a later one", name)
        latest[name] = max(place, latest.get(name, (0, 0)))
