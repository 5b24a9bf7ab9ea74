"""The history checker: what was said, acknowledged, recorded, drafted, sent and folded must fit together.

Pure: a :class:`~bench.history.History` in, violations out, each with the guarantee it breaks, the
conversation and the evidence.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bench.history import Event, History, Said

ENDS_A_DRAFT = {"ReplyDrafted", "DraftFailed", "ReplyFailed"}
SETTLES_A_SEND = {"PartSent", "ReplySent", "ReplyDeferred", "ReplyFailed"}
BINDS = {"ConversationStarted", "ThreadRebound"}
LIVES_AT_OPENAI = "conv_"
ANSWERS = {"200", "503", "none"}
"""How a signed delivery may be answered: durable, not durable, or not at all (whoever had it was killed)."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One guarantee broken once. ``name`` says how, in the same few words every time."""

    guarantee: str
    name: str
    evidence: str
    conversation: str | None = None

    def __str__(self) -> str:
        where = f" [{self.conversation}]" if self.conversation else ""
        return f"{self.guarantee} {self.name}{where}: {self.evidence}"


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
    violations: list[Violation] = field(default_factory=list)


def judge(history: History) -> Report:
    """Everything that is wrong with a history."""
    report = _figures(history)
    stories = _stories(history)
    for check in (_answers, _rest, _messages, _positions, _senders, _threads, _ledgers):
        report.violations += check(history, stories)
    references = Counter(send.reference for send in history.sends)
    for story in stories.values():
        for examine in (_versions, _binding, _turns, _drafts_one_by_one, _sends_settled):
            report.violations += examine(story)
        report.violations += _parts(story, references)
    report.violations += _sends(history, stories)
    report.violations += _order(history, stories)
    return report


Stories = dict[str, list[Event]]


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
        recovered_sends=kinds["ReplyAttempted"] - len(history.sends) - kinds["ReplyDeferred"],
        possible_orphans=sum(
            thread.attempt in known and known[thread.attempt].thread_id is None for thread in history.threads
        ),
    )


def _stories(history: History) -> Stories:
    """The events of each conversation, in order."""
    stories: defaultdict[str, list[Event]] = defaultdict(list)
    for event in history.events:
        stories[event.conversation].append(event)
    for story in stories.values():
        story.sort(key=lambda event: event.version)
    return stories


# The whole


def _answers(history: History, _stories: Stories) -> Iterator[Violation]:
    for status, count in history.answers.items():
        if status not in ANSWERS:
            yield Violation("G2", "wrong answer", f"{count} signed deliveries were answered {status}")
    for status, count in history.forged.items():
        if status not in {"401", "none"}:
            yield Violation("G11", "forged taken", f"{count} forged deliveries were answered {status}")


def _rest(history: History, _stories: Stories) -> Iterator[Violation]:
    for name, count in (("inbox", history.inbox), ("owed", history.owed)):
        if count:
            yield Violation("G5", "no rest", f"{count} rows of {name} are left")
    if history.quarantined:
        yield Violation("G4", "quarantined", f"{history.quarantined} deliveries that made sense")


def _messages(history: History, stories: Stories) -> Iterator[Violation]:
    said = {one.message_id: one for one in history.said}
    recorded: defaultdict[str, list[Event]] = defaultdict(list)
    for event in (event for story in stories.values() for event in story if event.type == "MessageReceived"):
        recorded[str(event.message_id)].append(event)
    for message_id, events in recorded.items():
        where = events[0].conversation
        if len(events) > 1:
            places = ", ".join(f"{event.conversation} v{event.version}" for event in events)
            yield Violation(
                "G3", "doubled", f"{message_id} is in the log {len(events)} times: {places}", where
            )
        if message_id not in said:
            if not history.complete:
                continue
            yield Violation("G2", "invented", f"nobody said {message_id}", where)
        elif said[message_id].conversation not in {None, where}:
            meant = said[message_id].conversation
            yield Violation("G2", "misplaced", f"{message_id} belongs to {meant}", where)
    for one in history.said:
        if one.acknowledged_at is not None and one.message_id not in recorded:
            evidence = f"{one.message_id} was acknowledged at {one.acknowledged_at:.3f}, is not in the log"
            yield Violation("G2", "lost", evidence, one.conversation)


def _positions(history: History, _stories: Stories) -> Iterator[Violation]:
    slices: defaultdict[int, list[Event]] = defaultdict(list)
    for event in history.events:
        slices[event.partition].append(event)
    for partition in sorted(slices.keys() | history.heads.keys()):
        events = sorted(slices[partition], key=lambda event: event.position)
        head = history.heads.get(partition, 0)
        positions = [event.position for event in events]
        if positions != list(range(1, head + 1)):
            missing = sorted(set(range(1, head + 1)) - set(positions))[:5]
            evidence = f"partition {partition}: {len(positions)} events, head {head}, missing {missing}"
            yield Violation("G6", "positions not dense", evidence)
        last: dict[str, int] = {}
        for event in events:
            if event.version <= last.get(event.conversation, 0):
                evidence = f"v{event.version} at position {event.position} of partition {partition}"
                yield Violation("G6", "positions against versions", evidence, event.conversation)
            last[event.conversation] = event.version


def _senders(history: History, stories: Stories) -> Iterator[Violation]:
    met: dict[str, str] = {}
    for conversation, story in stories.items():
        sender = story[0].sender
        if sender is None:
            continue
        if sender in met:
            yield Violation("G1", "second conversation", f"{sender} also has {met[sender]}", conversation)
        met[sender] = conversation


def _threads(history: History, stories: Stories) -> Iterator[Violation]:
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


def _ledgers(history: History, _stories: Stories) -> Iterator[Violation]:
    for entry in history.ledgers:
        where = f"{entry.view}, partition {entry.partition}"
        if entry.applied + entry.ignored + entry.parked != entry.position:
            evidence = f"{where}: {entry.applied} + {entry.ignored} + {entry.parked} is not {entry.position}"
            yield Violation("G8", "ledger", evidence)
        if history.complete and entry.position != history.heads.get(entry.partition, 0):
            evidence = f"{where}: at {entry.position}, the log at {history.heads.get(entry.partition, 0)}"
            yield Violation("G8", "behind", evidence)
        if entry.parked:
            yield Violation("G8", "parked", f"{where}: {entry.parked} events")
    for found in history.verified:
        if not found.equal:
            yield Violation("G8", "unlike a fresh fold", f"{found.view}: {found.found}")


# One conversation


def _versions(story: list[Event]) -> Iterator[Violation]:
    if [event.version for event in story] != list(range(1, len(story) + 1)):
        yield Violation("G6", "versions not dense", f"{len(story)} events", story[0].conversation)
    started = [event.version for event in story if event.type == "ConversationStarted"]
    if started != [1]:
        yield Violation("G1", "not one start", f"started at {started}", story[0].conversation)


def _binding(story: list[Event]) -> Iterator[Violation]:
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


def _turns(story: list[Event]) -> Iterator[Violation]:
    """Every message is covered by one draft, and every draft covers something that was there."""
    name = story[0].conversation
    messages = [event.version for event in story if event.type == "MessageReceived"]
    drafts = [event for event in story if event.type == "ReplyDrafted" and event.author != "person"]
    answered = 0
    for draft in drafts:
        through = draft.answers_through or 0
        if through >= draft.version:
            evidence = f"{draft.reply_id} (v{draft.version}) answers through v{through}, not recorded by then"
            yield Violation("G5", "answer to the unrecorded", evidence, name)
        if not any(answered < version <= through for version in messages):
            evidence = f"{draft.reply_id} (v{draft.version}) answers nothing new"
            yield Violation("G5", "second answer", evidence, name)
        answered = max(answered, through)
    for reply_id, count in Counter(draft.reply_id for draft in drafts).items():
        if count > 1:
            yield Violation("G5", "drafted twice", f"{reply_id}: {count} drafts", name)
    if left := [version for version in messages if version > answered]:
        yield Violation("G5", "unanswered", f"messages v{left[0]} to v{left[-1]}", name)
    for event in story:
        if event.type == "ReplyFailed":
            yield Violation("G5", "reply failed", f"{event.reply_id}: {event.reason}", name)


def _drafts_one_by_one(story: list[Event]) -> Iterator[Violation]:
    """No draft is begun while another is open, none recorded while an earlier one is not sent."""
    under_way: str | None = None
    unsent: str | None = None
    for event in story:
        if event.type == "DraftAttempted":
            if under_way not in {None, event.reply_id}:
                evidence = f"{event.reply_id} (v{event.version}) begun while {under_way} is open"
                yield Violation("G6", "second draft at a time", evidence, event.conversation)
            under_way = event.reply_id
        elif event.type in ENDS_A_DRAFT and event.reply_id == under_way:
            under_way = None
        if event.type == "ReplyDrafted":
            if unsent is not None and event.author != "person":
                evidence = f"{event.reply_id} (v{event.version}) drafted before {unsent} was sent"
                yield Violation("G6", "second draft at a time", evidence, event.conversation)
            unsent = event.reply_id
        elif event.type in {"ReplySent", "ReplyFailed"} and event.reply_id == unsent:
            unsent = None


def _sends_settled(story: list[Event]) -> Iterator[Violation]:
    """Every attempt came to a known outcome."""
    open_: dict[tuple[str | None, int | None], Event] = {}
    for event in story:
        if event.type == "ReplyAttempted":
            open_[event.reply_id, event.part] = event
        elif event.type in SETTLES_A_SEND:
            whole = event.type in {"ReplySent", "ReplyFailed"}
            for key in [key for key in open_ if key[0] == event.reply_id and (whole or key[1] == event.part)]:
                del open_[key]
    for event in open_.values():
        yield Violation("G5", "unsettled", f"{event.reference} (v{event.version})", event.conversation)


def _parts(story: list[Event], references: Counter[str | None]) -> Iterator[Violation]:
    """Each draft was sent once, and each part of it reached Meta once."""
    name = story[0].conversation
    sent = Counter(event.reply_id for event in story if event.type == "ReplySent")
    for draft in (event for event in story if event.type == "ReplyDrafted"):
        if sent[draft.reply_id] != 1:
            evidence = f"{draft.reply_id} was recorded as sent {sent[draft.reply_id]} times"
            yield Violation("G5", "not sent once", evidence, name)
        for part in range(1, (draft.parts or 1) + 1):
            reference = f"onethread:{name}:{draft.reply_id}:{part}"
            if references[reference] > 1:
                evidence = f"{reference} reached Meta {references[reference]} times"
                yield Violation("G5", "answered twice", evidence, name)
            elif not references[reference]:
                yield Violation("G5", "never sent", f"{reference} never reached Meta", name)


# Sends and order


def _sends(history: History, stories: Stories) -> Iterator[Violation]:
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


def _order(history: History, stories: Stories) -> Iterator[Violation]:
    """What somebody said after an earlier message was acknowledged is recorded after it."""
    versions = {
        event.message_id: event.version
        for story in stories.values()
        for event in story
        if event.type == "MessageReceived"
    }
    by_conversation: defaultdict[str, list[Said]] = defaultdict(list)
    for said in history.said:
        if said.conversation and said.acknowledged_at is not None and said.message_id in versions:
            by_conversation[said.conversation].append(said)
    for conversation, messages in by_conversation.items():
        yield from _order_of(conversation, messages, lambda said: versions[said.message_id])


def _order_of(name: str, messages: list[Said], version: Callable[[Said], int]) -> Iterator[Violation]:
    acknowledged = sorted(messages, key=lambda said: said.acknowledged_at or 0.0)
    latest: Said | None = None
    before = 0
    for said in sorted(messages, key=lambda said: said.said_at):
        while before < len(acknowledged) and (acknowledged[before].acknowledged_at or 0.0) < said.said_at:
            if latest is None or version(acknowledged[before]) > version(latest):
                latest = acknowledged[before]
            before += 1
        if latest is not None and version(said) < version(latest):
            evidence = (
                f"{said.message_id} (v{version(said)}) was said after {latest.message_id} "
                f"(v{version(latest)}) was acknowledged"
            )
            yield Violation("G6", "messages out of order", evidence, name)
