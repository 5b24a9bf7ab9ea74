"""What the rules say, and what all of them look at."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from bench.history import Event, History

Stories = dict[str, list[Event]]


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


def stories_of(history: History) -> Stories:
    """The events of each conversation, in order."""
    stories: defaultdict[str, list[Event]] = defaultdict(list)
    for event in history.events:
        stories[event.conversation].append(event)
    for story in stories.values():
        story.sort(key=lambda event: event.version)
    return stories


def is_erased(story: list[Event]) -> bool:
    """Whether the person of a conversation was erased."""
    return any(event.type == "ConversationErased" for event in story)
