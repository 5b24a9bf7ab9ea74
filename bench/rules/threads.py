"""Threads: on record, one a conversation, and each follows on from the one before."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from bench.history import Event, History
from bench.rules.violation import Stories, Violation

BINDS = {"ConversationStarted", "ThreadRebound"}
LIVES_AT_OPENAI = "conv_"


def threads(history: History, stories: Stories) -> Iterator[Violation]:
    """Each thread is on record and the only one that its conversation is bound to."""
    attempts = {attempt.attempt: attempt for attempt in history.attempts}
    current = {name: bound[-1] for name, story in stories.items() if (bound := _bindings(story))}
    holders: defaultdict[str, list[str]] = defaultdict(list)
    for thread in history.threads:
        attempt = attempts.get(thread.attempt or "")
        if attempt is None:
            evidence = f"{thread.thread_id} exists, its attempt {thread.attempt} is not on record"
            yield Violation("G1", "unrecorded thread", evidence)
        elif attempt.thread_id is None and attempt.state not in {"asked", "lost"}:
            evidence = f"{thread.thread_id} exists, its attempt is {attempt.state} without it"
            yield Violation("G1", "unrecorded thread", evidence, attempt.conversation)
        elif attempt.state == "deleted":
            evidence = f"{thread.thread_id} is recorded as deleted"
            yield Violation("G1", "undead thread", evidence, attempt.conversation)
        elif attempt.state == "bound":
            holders[attempt.conversation].append(thread.thread_id)
    for conversation, threads in holders.items():
        if stray := [thread for thread in threads if thread != current.get(conversation)]:
            evidence = f"{', '.join(stray)} live and bound beside {current.get(conversation)}"
            yield Violation("G1", "second thread", evidence, conversation)
    shared = Counter(thread for thread in current.values() if thread.startswith(LIVES_AT_OPENAI))
    for conversation, thread_id in current.items():
        if shared[thread_id] > 1:
            yield Violation("G1", "shared thread", thread_id, conversation)


def _bindings(story: list[Event]) -> list[str]:
    return [event.thread_id for event in story if event.type in BINDS and event.thread_id]


def binding(story: list[Event]) -> Iterator[Violation]:
    """Each thread follows on from the one before, and what is drafted is drafted on the current one."""
    current, spoken = None, False
    for event in story:
        if event.type == "ConversationStarted":
            current = event.thread_id
        elif event.type == "ThreadRebound":
            if event.previous_thread_id != current:
                evidence = f"v{event.version} leaves {event.previous_thread_id}, but {current} was bound"
                yield Violation("G7", "broken chain of threads", evidence, event.conversation)
            current = event.thread_id
            if spoken and (current or "").startswith(LIVES_AT_OPENAI) and not event.seeded_turns:
                evidence = f"v{event.version} binds {current} without a word of what was said"
                yield Violation("G7", "forgetful thread", evidence, event.conversation)
        elif event.type == "DraftAttempted" and event.thread_id != current:
            evidence = f"v{event.version} drafts on {event.thread_id}, but {current} is bound"
            yield Violation("G1", "drafted elsewhere", evidence, event.conversation)
        spoken = spoken or event.type == "ReplyDrafted"
