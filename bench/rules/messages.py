"""What customers said: all of it is in the log, once, where it belongs and in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from bench.history import Erasure, Event, History, Said
from bench.rules.violation import Stories, Violation, is_erased


def messages(history: History, stories: Stories) -> Iterator[Violation]:
    """Whatever was acknowledged is in the log once, and belongs there."""
    said = {one.message_id: one for one in history.said}
    recorded = _recorded(stories)
    for message_id, events in recorded.items():
        where = events[0].conversation
        if len(events) > 1:
            places = ", ".join(f"{event.conversation} v{event.version}" for event in events)
            evidence = f"{message_id} is in the log {len(events)} times: {places}"
            yield Violation("G3", "doubled", evidence, where)
        one = said.get(message_id)
        if one is None:
            if history.complete:
                yield Violation("G2", "invented", f"nobody said {message_id}", where)
        elif not _belongs(one, stories[where], stories):
            yield Violation("G2", "misplaced", f"{message_id} belongs to {one.conversation}", where)
    erasures = _erasures(history)
    for one in history.said:
        if one.acknowledged_at is None or one.message_id in recorded or _erased_since(one, erasures):
            continue
        evidence = f"{one.message_id} was acknowledged at {one.acknowledged_at:.3f}, is not in the log"
        yield Violation("G2", "lost", evidence, one.conversation)


def _recorded(stories: Stories) -> dict[str, list[Event]]:
    """The messages in the log, by id. One of an erased conversation that nobody is known to have said has
    only its place for an id."""
    recorded: defaultdict[str, list[Event]] = defaultdict(list)
    for story in stories.values():
        for event in story:
            if event.type == "MessageReceived":
                recorded[event.message_id or f"{event.conversation} v{event.version}"].append(event)
    return recorded


def _belongs(one: Said, story: list[Event], stories: Stories) -> bool:
    """Whether a message is in its sender's conversation, or in one begun after that was erased."""
    if one.conversation in {None, story[0].conversation}:
        return True
    first = stories.get(str(one.conversation), [])
    return is_erased(first) and one.sender is not None and story[0].sender == one.sender


def _erasures(history: History) -> dict[str, list[Erasure]]:
    found: defaultdict[str, list[Erasure]] = defaultdict(list)
    for erasure in history.erasures:
        found[erasure.sender].append(erasure)
    return found


def _erased_since(one: Said, erasures: dict[str, list[Erasure]]) -> bool:
    """Whether a person was erased, or may have been, after they said something: what waited to be taken in
    went with them."""
    of_theirs = erasures.get(one.sender or "", [])
    return any(each.answered_at is None or each.answered_at >= one.said_at for each in of_theirs)


def senders(history: History, stories: Stories) -> Iterator[Violation]:
    """Nobody has two conversations, but for those that were erased."""
    met: dict[str, str] = {}
    for conversation, story in stories.items():
        sender = story[0].sender
        if sender is None or is_erased(story):
            continue
        if sender in met:
            yield Violation("G1", "second conversation", f"{sender} also has {met[sender]}", conversation)
        met[sender] = conversation


def order(history: History, stories: Stories) -> Iterator[Violation]:
    """What somebody said after an earlier message was acknowledged is recorded after it.

    Where it is recorded in a conversation that began after an erasure, this is asked only of what was said
    once that was answered: an earlier message may have been erased while it waited, and come back as a copy.
    """
    places = {message_id: events[0] for message_id, events in _recorded(stories).items()}
    erasures = _erasures(history)
    by_conversation: defaultdict[str, list[Said]] = defaultdict(list)
    for said in history.said:
        place = places.get(said.message_id)
        if place is None or said.conversation is None or said.acknowledged_at is None:
            continue
        before = [
            each for each in erasures.get(said.sender or "", []) if each.conversation != place.conversation
        ]
        if place.conversation == said.conversation or not _erased_since(said, {said.sender or "": before}):
            by_conversation[place.conversation].append(said)
    for conversation, messages in by_conversation.items():
        yield from _order_of(conversation, messages, lambda said: places[said.message_id].version)


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
