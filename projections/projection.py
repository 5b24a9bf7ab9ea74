"""The contract of one projection: its tables, its fold, and the feed that it is folded from.

A projection keeps one state for each conversation and may, beside it, append rows, replace or drop them,
and add to sums. Its fold is pure: it is handed a state, an event, the rules of the view and a collector of
changes, and nothing that could reach further. Reading, writing, checkpoints, parking, filling and proving
are the engine's and the same for every projection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, Protocol
from uuid import UUID

import asyncpg

from projections.prices import PriceTable

Row = tuple[Any, ...]
Key = tuple[Any, ...]


class Unreadable(NamedTuple):
    """Stands for the fields of a stored event that does not have the shape that its type says."""

    reason: str


class RecordedEvent(NamedTuple):
    """An event of the log as projections see it."""

    partition: int
    position: int
    conversation_id: UUID
    version: int
    type: str
    recorded_at: datetime
    fields: Any
    """What is in the clear, by attribute (``event.fields.sent_at``), defaults filled in; or
    :class:`Unreadable`."""
    personal: Any = None
    """The personal fields, likewise. None where the projection did not ask for them, the type has none, or
    the key is destroyed."""


class Slice(NamedTuple):
    """Part of one partition: its events past ``after``, through ``through``, of the types asked for.

    Positions are dense, so what is not in ``events`` was of other types: ``through - after - len(events)``.
    """

    partition: int
    after: int
    through: int
    events: list[RecordedEvent]


class Feed(Protocol):
    """Where events come from: the log, read onwards, and nothing else."""

    async def read(
        self,
        connection: asyncpg.Connection,
        after: Mapping[int, int],
        limit: int,
        types: frozenset[str],
        *,
        personal: bool = False,
    ) -> list[Slice]:
        """A slice of each partition that has events past the given position, of ``limit`` positions at most.

        Raises :class:`LookupError` where a position is missing from the log.
        """
        ...

    async def read_conversation(
        self,
        connection: asyncpg.Connection,
        partition: int,
        conversation_id: UUID,
        from_version: int,
        through_position: int,
        types: frozenset[str],
        *,
        personal: bool = False,
    ) -> list[RecordedEvent]:
        """The events of one conversation from a version on, up to a position of its partition."""
        ...


class Cut(NamedTuple):
    """What the making of sums is cut by: rows of the table ``source`` of one ``kind`` (a column of both, the
    first of the sums' key) and of whole units, in UTC, of its column ``at``; their beginnings are the sums'
    column ``start``, the second of the key. ``source`` has an index on ``(kind, at)``."""

    source: str
    kind: str
    at: str
    start: str
    unit: Literal["hour", "day", "month"]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a projection; every view has a copy of its own, ``{name}_{view id}``.

    ``columns`` maps names to SQL types, in order. ``indexes`` maps a suffix to what follows ``ON table``.
    ``sums`` names the columns that add up: with them the table holds totals, its other columns are its key,
    and it need not be cut by partition. ``computed`` names columns that the database makes of what is handed
    over: the type of that, and the expression, with ``{}`` for it and ``{language}`` for the text search
    configuration of the view. ``summed_from``: a query over other tables of the projection (``{name}`` stands
    for each) that gives the sums, a part at a time where ``cut`` says how, else all at once; a view that is
    filled gets them from it when those tables are full. ``spread`` names two columns of arrays, beside the
    sums: what is added then has a whole number, its size, behind its key, and a row holds the sizes there
    are, in order, and how much the first of the sums is of each. ``follows``: its sums are not added to
    themselves, but come of those under other names; for each such name the keys here that a key there counts
    under.
    """

    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    indexes: Mapping[str, str] = field(default_factory=dict)
    options: str = ""
    sums: tuple[str, ...] = ()
    computed: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    summed_from: str = ""
    cut: Cut | None = None
    spread: tuple[str, str] | None = None
    follows: Mapping[str, Callable[[Key], Iterable[Key]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a fold depends on beside the events: the parameters of a view.

    ``session_hours``: None takes sessions as they were recorded, a number cuts them anew. ``as_of``: only
    what was recorded at this instant or before is folded (the engine sees to that). ``prices``: what tokens
    cost. ``language``: the PostgreSQL text search configuration.
    """

    session_hours: float | None = None
    as_of: datetime | None = None
    prices: PriceTable = field(default_factory=PriceTable)
    language: str = "simple"

    @property
    def session_length(self) -> timedelta | None:
        """How long the silence is that ends a session, where it is cut anew."""
        return None if self.session_hours is None else timedelta(hours=self.session_hours)


@dataclass(slots=True)
class Changes:
    """What a fold asks to have written, beside the states. Table names are those of :class:`Table`."""

    appended: dict[str, dict[Key, Row]] = field(default_factory=dict)
    put: dict[str, dict[Key, Row]] = field(default_factory=dict)
    dropped: dict[str, set[Key]] = field(default_factory=dict)
    erased: dict[str, set[tuple[int, UUID]]] = field(default_factory=dict)
    sums: dict[str, dict[Key, list[int]]] = field(default_factory=dict)
    derived: frozenset[str] = frozenset()
    """Tables whose sums are not kept now: they are summed up once the others are full."""

    def append(self, table: str, key: Key, row: Row) -> None:
        """Write a row that only the event in hand can have brought: nothing has its key yet."""
        self.appended.setdefault(table, {})[key] = row

    def replace(self, table: str, key: Key, row: Row) -> None:
        """Write a row over the one with its key, or where there is none."""
        fresh = self.appended.get(table)
        if fresh is not None and key in fresh:
            fresh[key] = row
            return
        dropped = self.dropped.get(table)
        if dropped is not None:
            dropped.discard(key)
        self.put.setdefault(table, {})[key] = row

    def drop(self, table: str, key: Key) -> None:
        """Take the row with a key away, if there is one."""
        fresh = self.appended.get(table)
        if fresh is not None and fresh.pop(key, None) is not None:
            return
        put = self.put.get(table)
        if put is not None:
            put.pop(key, None)
        self.dropped.setdefault(table, set()).add(key)

    def erase(self, table: str, partition: int, conversation_id: UUID) -> None:
        """Take every row of a conversation away. Keys begin with the partition and the conversation."""
        for rows in (self.appended.get(table), self.put.get(table)):
            for key in [key for key in rows or () if key[:2] == (partition, conversation_id)]:
                del rows[key]  # type: ignore[union-attr] # a key was found in it
        self.erased.setdefault(table, set()).add((partition, conversation_id))

    def add(self, table: str, key: Key, *amounts: int) -> None:
        """Add to the sums under a key, in the order of the table's ``sums``; below zero takes away."""
        if table in self.derived:
            return
        held = self.sums.setdefault(table, {}).get(key)
        if held is None:
            self.sums[table][key] = list(amounts)
        else:
            for index, amount in enumerate(amounts):
                held[index] += amount

    def merge(self, other: Changes) -> None:
        """Take in the changes of another conversation."""
        for mine, theirs in ((self.appended, other.appended), (self.put, other.put)):
            for table, rows in theirs.items():
                mine.setdefault(table, {}).update(rows)
        for table, keys in other.dropped.items():
            self.dropped.setdefault(table, set()).update(keys)
        for table, conversations in other.erased.items():
            self.erased.setdefault(table, set()).update(conversations)
        for table, totals in other.sums.items():
            for key, amounts in totals.items():
                self.add(table, key, *amounts)


class Projection(Protocol):
    """A read model.

    ``version`` is raised by a change of the fold or of the tables; the service then fills a new view beside
    the old. ``handles`` are the stored types it takes; all others are ignored, and counted. ``personal``: it
    needs personal fields. ``parameters`` names the :class:`Rules` that its fold depends on, ``as_of`` aside.
    ``state`` is a dataclass whose fields are the columns of the table ``states``, made
    for a conversation never seen by ``state(partition, conversation_id)``; ``tables`` are the further ones.
    """

    name: str
    version: int
    handles: frozenset[str]
    personal: bool
    parameters: frozenset[str]
    state: type[Any]
    states: Table
    tables: tuple[Table, ...]

    def fold(self, state: Any, event: RecordedEvent, rules: Rules, changes: Changes, /) -> None:
        """Take one event into its conversation's state. The same events give the same state and changes,
        whoever folds them and however they are cut into batches. Raising parks the conversation."""
        ...
