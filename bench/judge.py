"""The history checker: what was said, acknowledged, recorded, drafted, sent and folded must fit together.

Pure: a :class:`~bench.history.History` in, violations out, each with the guarantee it breaks, the
conversation and the evidence.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bench.history import History
from bench.rules import business, messages, replies, threads, whole
from bench.rules.violation import Violation, stories_of

__all__ = ["Report", "Violation", "judge"]

OF_ALL = (
    whole.answers,
    whole.rest,
    messages.messages,
    whole.positions,
    messages.senders,
    threads.threads,
    whole.ledgers,
    business.asked,
    business.acts,
    business.erasures,
    business.forgotten,
    business.rebuilds,
    replies.sends,
    messages.order,
)
OF_ONE = (
    whole.versions,
    threads.binding,
    replies.turns,
    replies.drafts_one_by_one,
    replies.sends_settled,
    business.silence,
)
OF_ITS_SENDS = (replies.parts, replies.dropped_unsent)
"""Rules of the whole history, of one conversation, and of that and what reached Meta."""


@dataclass(slots=True)
class Report:
    """What was judged, and every violation found."""

    acknowledged: int = 0
    messages: int = 0
    duplicates: int = 0
    conversations: int = 0
    events: int = 0
    drafts: int = 0
    sends: int = 0
    threads: int = 0
    rebound: int = 0
    recovered_sends: int = 0
    possible_orphans: int = 0
    handovers: int = 0
    written: int = 0
    erased: int = 0
    rebuilds: int = 0
    asked: int = 0
    violations: list[Violation] = field(default_factory=list)


def judge(history: History) -> Report:
    """Everything that is wrong with a history."""
    report = _figures(history)
    stories = stories_of(history)
    for check in OF_ALL:
        report.violations += check(history, stories)
    references = Counter(send.reference for send in history.sends)
    for story in stories.values():
        for examine in OF_ONE:
            report.violations += examine(story)
        for compare in OF_ITS_SENDS:
            report.violations += compare(story, references)
    return report


def _figures(history: History) -> Report:
    kinds = Counter(event.type for event in history.events)
    known = {attempt.attempt: attempt for attempt in history.attempts}
    return Report(
        acknowledged=sum(said.acknowledged_at is not None for said in history.said),
        messages=kinds["MessageReceived"],
        duplicates=kinds["DuplicateReceived"],
        conversations=kinds["ConversationStarted"],
        events=len(history.events),
        drafts=kinds["ReplyDrafted"],
        sends=len(history.sends),
        threads=len(history.threads),
        rebound=kinds["ThreadRebound"],
        handovers=kinds["HandedOver"],
        written=sum(wrote.reply_id is not None for wrote in history.written),
        erased=kinds["ConversationErased"],
        rebuilds=sum(rebuild.promoted for rebuild in history.rebuilds),
        asked=sum(sum(statuses.values()) for statuses in history.asked.values()),
        recovered_sends=kinds["ReplyAttempted"] - len(history.sends) - kinds["ReplyDeferred"],
        possible_orphans=sum(
            thread.attempt in known and known[thread.attempt].thread_id is None for thread in history.threads
        ),
    )
