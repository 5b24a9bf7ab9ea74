"""Where the rows of an export come from: slices in a fixed order, each with the place behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, Protocol
from uuid import UUID

from projections.views import Freshness

OF_THE_LOG: Final = Freshness(0, 0.0)

Kind = Literal["text", "whole", "number", "instant", "flag", "json"]
Row = dict[str, Any]
"""Values by column; what is missing is null. Values are those of JSON, instants, and attachments."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The columns of an export, in order. NDJSON shows the members of ``spread`` as the row's own."""

    columns: Mapping[str, Kind]
    spread: str | None = None


class Place(NamedTuple):
    """How far an export has come: through ``after`` in a partition, and through all of those before it.

    ``after`` is a position, or a version where one conversation is exported. Views go by ``conversation``,
    and count in ``after``.
    """

    partition: int = 0
    after: int = 0
    conversation: UUID | None = None


class Fault(NamedTuple):
    """An event that cannot be read; its row has its envelope and says why."""

    event: str
    reason: str


@dataclass(slots=True)
class Slice:
    """Some rows, the place behind them, and how much of the source's ``total`` is done with them."""

    rows: list[Row]
    place: Place
    done: int
    faults: list[Fault] = field(default_factory=list)


class Source(Protocol):
    """Rows in a fixed order. The same place gives the same slices from there on.

    ``through`` is where the export ends, taken when it began; ``total`` counts ``unit`` until there;
    ``freshness`` is of the view that the rows come from.
    """

    sheet: Sheet
    unit: str
    total: int
    through: Mapping[int, int]
    freshness: Freshness

    def slices(self, after: Place) -> AsyncIterator[Slice]:
        """Slices past a place. Raises :class:`~service.storage.database.Unavailable`."""
        ...
