"""What every fact of a conversation has in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Self
from uuid import UUID

from eventsourcing.domain import Aggregate


class Fact(Aggregate.Event):
    """Something that happened in one person's conversation."""

    class_version: ClassVar[int] = 1

    @classmethod
    def made(cls, conversation_id: UUID, version: int, at: datetime, told: Mapping[str, Any]) -> Self:
        """As the constructor makes it, which sets each field of a frozen object for itself and so takes five
        times as long. Raises :class:`TypeError` where a field is missing or there is none of a name."""
        names, defaults = _fields(cls)
        values = {
            **defaults,
            **told,
            "originator_id": conversation_id,
            "originator_version": version,
            "timestamp": at,
        }
        if values.keys() != names:
            raise TypeError(f"{cls.__name__}: {sorted(values.keys() ^ names)} missing or unknown")
        made = object.__new__(cls)
        made.__dict__.update(values)
        return made

    @property
    def unique_key(self) -> str | None:
        """What may be in this conversation at most once, for ever; None where repeats are facts."""
        return None

    def apply(self, aggregate: Any) -> None:
        """Move the aggregate on; its ``evolve`` knows how."""
        aggregate.evolve(self)


@cache
def _fields(event_class: type[Fact]) -> tuple[frozenset[str], Mapping[str, Any]]:
    """The names of a class's fields, and the defaults of those that have one."""
    of_class = fields(event_class)
    return (
        frozenset(field.name for field in of_class),
        {field.name: field.default for field in of_class if field.default is not MISSING},
    )
