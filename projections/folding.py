"""Folding slices of the log into changes of a view: in memory, with conversations that cannot be folded set
aside."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import asyncpg

from projections import tables
from projections.projection import Changes, Projection, RecordedEvent, Slice, Unreadable
from projections.views import View

MOST_IN_MEMORY: Final = 50_000
"""States that are kept between batches."""

GIVE_WAY: Final = 128
"""Events after which others get the processor for a moment: some two milliseconds."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The first event of a conversation that a view could not take, and what went wrong."""

    event: RecordedEvent
    error: str


@dataclass(slots=True)
class Move:
    """How a checkpoint moves, and what became of the events in between."""

    before: int
    position: int
    applied: int = 0
    ignored: int = 0
    parked: int = 0


@dataclass(slots=True)
class Folded:
    """What a batch comes to: the states as they are after it, and all else that is to be written."""

    states: dict[UUID, Any]
    begun: set[UUID]
    changes: Changes
    moves: dict[int, Move]
    faults: dict[UUID, Fault]
    """Conversations parked by this batch."""
    waiting: dict[UUID, int] = field(default_factory=dict)
    """Further events of conversations that are parked, by conversation; of those parked now, all."""
    readable: set[UUID] = field(default_factory=set)
    """Conversations whose personal fields were there to be read."""


class Memory:
    """The states of conversations as the tables of a view hold them."""

    def __init__(self) -> None:
        self._states: dict[UUID, Any] = {}

    async def states(
        self,
        connection: asyncpg.Connection,
        view: View,
        projection: Projection,
        wanted: Mapping[UUID, int],
        begun: set[UUID],
    ) -> dict[UUID, Any]:
        """The states of conversations (id -> partition), new ones for those never seen;
        ``begun`` learns them."""
        if len(self._states) > MOST_IN_MEMORY:
            self._states.clear()
        missing = {key: partition for key, partition in wanted.items() if key not in self._states}
        unseen = missing.keys() - begun
        if unseen:
            there = await tables.load(connection, view, projection, {key: missing[key] for key in unseen})
            self._states |= there
            begun |= unseen - there.keys()
        for key in missing.keys() & begun:
            self._states[key] = projection.state(missing[key], key)
        return {key: self._states[key] for key in wanted}

    def forget(self, conversations: Iterable[UUID] | None = None) -> None:
        """Drop what may not be what the tables hold; everything, for None."""
        if conversations is None:
            self._states.clear()
            return
        for key in conversations:
            self._states.pop(key, None)


async def fold(
    connection: asyncpg.Connection,
    view: View,
    projection: Projection,
    slices: Sequence[Slice],
    memory: Memory,
    parked: Mapping[UUID, int],
    begun: set[UUID] | None = None,
    derived: frozenset[str] = frozenset(),
) -> Folded:
    """Fold slices. ``begun`` are conversations whose first event is known to be in these slices, ``derived``
    tables whose sums are not wanted.

    A fold that raises leaves its conversation as of the event before, and parks it from that event on.
    """
    known = set(begun or ())
    wanted = {e.conversation_id: e.partition for part in slices for e in part.events}
    for key in parked:
        wanted.pop(key, None)
    faults: dict[UUID, Fault] = {}
    while True:
        new = set(known)
        states = await memory.states(connection, view, projection, wanted, new)
        folded = Folded(states, new, Changes(derived=derived), {}, faults)
        found = await _take(folded, view, projection, slices, parked)
        if not found:
            return folded
        # Half of what these changed is there: once more, from what the tables hold, up to the fault.
        faults |= found
        memory.forget(wanted)


async def _take(
    folded: Folded,
    view: View,
    projection: Projection,
    slices: Sequence[Slice],
    parked: Mapping[UUID, int],
) -> dict[UUID, Fault]:
    """Take every event; the faults that were not known."""
    until, rules, states, changes = view.rules.as_of, view.rules, folded.states, folded.changes
    fold_one, faults = projection.fold, folded.faults
    found: dict[UUID, Fault] = {}
    touched: set[UUID] = set()
    taken = 0
    for part in slices:
        applied = waiting = late = 0
        for event in part.events:
            taken += 1
            if taken % GIVE_WAY == 0:
                await asyncio.sleep(0)
            key = event.conversation_id
            if until is not None and event.recorded_at > until:
                late += 1
            elif (
                key in parked
                or key in found
                or (key in faults and event.version >= faults[key].event.version)
            ):
                waiting += 1
                folded.waiting[key] = folded.waiting.get(key, 0) + 1
            else:
                try:
                    _readable(event)
                    fold_one(states[key], event, rules, changes)
                except Exception as error:  # noqa: BLE001 # whatever a fold raises parks its conversation
                    found[key] = Fault(event, _described(error, projection))
                else:
                    applied += 1
                    touched.add(key)
                    if event.personal is not None:
                        folded.readable.add(key)
        ignored = part.through - part.after - len(part.events) + late
        folded.moves[part.partition] = Move(part.after, part.through, applied, ignored, waiting)
    folded.states = {key: states[key] for key in touched}
    return found


def _readable(event: RecordedEvent) -> None:
    for fields in (event.fields, event.personal):
        if type(fields) is Unreadable:
            raise ValueError(fields.reason)


def _described(error: Exception, projection: Projection) -> str:
    """What is shown of an error. Of a projection of personal fields only the kind and the place, since a
    message may quote them."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    kind = type(error).__name__ if projection.personal else f"{type(error).__name__}: {error}"
    return f"{kind} ({last.name}, line {last.lineno})"
