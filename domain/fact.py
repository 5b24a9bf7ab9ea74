"""What every fact of a conversation has in common."""

from __future__ import annotations

from typing import Any, ClassVar

from eventsourcing.domain import Aggregate


class Fact(Aggregate.Event):
    """Something that happened in one person's conversation."""

    class_version: ClassVar[int] = 1

    @property
    def unique_key(self) -> str | None:
        """What may be in this conversation at most once, for ever; None where repeats are facts."""
        return None

    def apply(self, aggregate: Any) -> None:
        """Move the aggregate on; its ``evolve`` knows how."""
        aggregate.evolve(self)
