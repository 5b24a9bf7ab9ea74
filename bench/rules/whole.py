"""The answers of the webhook, what is left at rest, positions and ledgers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from bench.history import Event, History
from bench.rules.violation import Stories, Violation

ANSWERS = {"200", "503", "none"}
"""How a signed delivery may be answered: durable, not durable, or not at all (whoever had it was killed)."""


def answers(history: History, _stories: Stories) -> Iterator[Violation]:
    """The webhook answers 200, 503 or not at all; what is forged is refused."""
    for status, count in history.answers.items():
        if status not in ANSWERS:
            yield Violation("G2", "wrong answer", f"{count} signed deliveries were answered {status}")
    for status, count in history.forged.items():
        if status not in {"401", "none"}:
            yield Violation("G11", "forged taken", f"{count} forged deliveries were answered {status}")


def rest(history: History, _stories: Stories) -> Iterator[Violation]:
    """Nothing waits, is owed or was set aside."""
    for name, count in (("inbox", history.inbox), ("owed", history.owed)):
        if count:
            yield Violation("G5", "no rest", f"{count} rows of {name} are left")
    if history.quarantined:
        yield Violation("G4", "quarantined", f"{history.quarantined} deliveries that made sense")


def positions(history: History, _stories: Stories) -> Iterator[Violation]:
    """Positions are dense, and those of a conversation go with its versions."""
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


def ledgers(history: History, _stories: Stories) -> Iterator[Violation]:
    """Every live view has counted all there is, and is what a fresh fold gives."""
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


def versions(story: list[Event]) -> Iterator[Violation]:
    """Versions are dense, from the one start on."""
    if [event.version for event in story] != list(range(1, len(story) + 1)):
        yield Violation("G6", "versions not dense", f"{len(story)} events", story[0].conversation)
    started = [event.version for event in story if event.type == "ConversationStarted"]
    if started != [1]:
        yield Violation("G1", "not one start", f"started at {started}", story[0].conversation)
