"""Folds facts of a conversation as the engine does, into tables that are dicts."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from domain.events import Fact
from projections.analytics import Analytics
from projections.analytics_state import EPOCH, AnalyticsState
from projections.facts import ALL, HISTOGRAMS, PRESENT, SPREAD
from projections.projection import Changes, RecordedEvent, Rules
from projections.tables import totals
from service.storage.codec import encode, recorded_fields

ANALYTICS: Final = Analytics()
PARTITION: Final = 7


def recorded(facts: Iterable[Fact], *, numbered_anew: bool = False) -> list[RecordedEvent]:
    """The events that the analytics are given. ``numbered_anew``: with versions in the order given."""
    events = []
    for position, fact in enumerate(facts, 1):
        name, clear, _ = encode(fact)
        if name in ANALYTICS.handles:
            version = position if numbered_anew else fact.originator_version
            fields = recorded_fields(name, clear)
            events.append(
                RecordedEvent(PARTITION, position, fact.originator_id, version, name, fact.timestamp, fields)
            )
    return events


@dataclass
class Counted:
    """What the tables hold."""

    rows: dict[str, dict[Any, Any]] = field(
        default_factory=lambda: {table.name: {} for table in ANALYTICS.tables if not table.sums}
    )
    sums: dict[str, dict[Any, list[int]]] = field(
        default_factory=lambda: {table.name: {} for table in ANALYTICS.tables if table.sums}
    )
    state: AnalyticsState | None = None

    def take(self, changes: Changes) -> None:
        for name, keys in changes.dropped.items():
            for key in keys:
                self.rows[name].pop(key, None)
        for name, rows in changes.appended.items():
            assert not rows.keys() & self.rows[name].keys(), "appended twice"
            self.rows[name] |= rows
        for name, rows in changes.put.items():
            self.rows[name] |= rows
        for table in ANALYTICS.tables:
            name = table.name
            for key, amounts in totals(table, changes).items() if table.sums else ():
                held = self.sums[name].setdefault(key, [0] * len(amounts))
                held[:] = [a + b for a, b in zip(held, amounts, strict=True)]
                if not any(held):
                    del self.sums[name][key]

    def facts(self, measure: str | None = None) -> list[tuple[int, str, datetime, int]]:
        """Version, dim, instant and amount of the facts of a measure, by version."""
        found = [row for row in self.rows["analytics_facts"].values() if measure in {None, row[3]}]
        return sorted((row[2], row[4], row[5], row[8]) for row in found)

    def dims(self, measure: str) -> list[str]:
        return [dim for _, dim, _, _ in self.facts(measure)]

    def amounts(self, measure: str) -> list[int]:
        return [amount for _, _, _, amount in self.facts(measure)]

    def added_up(self) -> dict[str, dict[Any, list[int]]]:
        """What the sums must be, counted from the facts and the hours with messages."""
        sums: dict[str, dict[Any, list[int]]] = {
            table.name: defaultdict(partial(list, [0] * len(table.sums)))
            for table in ANALYTICS.tables
            if table.sums
        }
        for row in self.rows["analytics_facts"].values():
            _count(sums, row)
        for row in self.rows["analytics_presence"].values():
            _, _, hour, previous, opens, _, channel, account_id = row
            if opens:
                size = (previous.replace(hour=0) - EPOCH).days
                for whose in ((channel, account_id), (ALL, ALL)):
                    sums["analytics_day_spreads"][PRESENT, hour.replace(hour=0), *whose, size][0] += 1
            if opens == 2:
                month, before = hour.replace(day=1, hour=0), previous.replace(day=1, hour=0)
                sums["analytics_month_spreads"][PRESENT, month, ALL, ALL, (before - EPOCH).days][0] += 1
        return {name: dict(totals) for name, totals in sums.items()}


WRITTEN: Final = {
    "message_in": (0, None), "session": (1, None), "cost_exact": (2, 3), "cost_estimated": (2, 3),
    "cost_unknown": (4, None),
}  # fmt: skip
"""Columns of the writers that a fact counts in, and that its amount is added to."""


def _count(sums: dict[str, dict[Any, list[int]]], row: Any) -> None:
    partition, conversation_id, _, measure, dim, at, channel, account_id, amount = row
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    day, month = hour.replace(hour=0), hour.replace(day=1, hour=0)
    wheres = []
    if measure in SPREAD:
        size = int(dim) if measure in HISTOGRAMS else hour.weekday() * 24 + hour.hour
        wheres += [
            ("analytics_day_spreads", (measure, day, channel, account_id, size)),
            ("analytics_day_spreads", (measure, day, ALL, ALL, size)),
            ("analytics_month_spreads", (measure, month, ALL, ALL, size)),
        ]
    if measure not in HISTOGRAMS:
        for name, start in (("hours", hour), ("days", day), ("months", month)):
            wheres += [
                (f"analytics_{name}", (measure, start, channel, account_id, dim)),
                (f"analytics_{name}", (measure, start, ALL, ALL, dim)),
            ]
    for name, key in wheres:
        sums[name][key][0] += 1
        sums[name][key][1] += amount
    if measure in WRITTEN:
        n, cost = WRITTEN[measure]
        held = sums["analytics_writers"][partition, conversation_id, month, channel, account_id]
        held[n] += 1
        if cost is not None:
            held[cost] += amount


def fold(events: Sequence[RecordedEvent], rules: Rules | None = None, *, every: int = 1_000_000) -> Counted:
    """Fold in batches of ``every`` events; between them states are read again from their JSON."""
    counted = Counted()
    for begin in range(0, len(events), every):
        changes = Changes()
        for event in events[begin : begin + every]:
            state = counted.state or AnalyticsState(PARTITION, event.conversation_id)
            counted.state = state
            ANALYTICS.fold(state, event, rules or Rules(), changes)
        counted.take(changes)
        counted.state = None if counted.state is None else read_again(counted.state)
    return counted


def read_again(state: AnalyticsState) -> AnalyticsState:
    """The state as its row gives it back."""
    values = {
        name: json.loads(json.dumps(getattr(state, name))) if kind == "jsonb" else getattr(state, name)
        for name, kind in ANALYTICS.states.columns.items()
    }
    return AnalyticsState(**values)


def counted(facts: Iterable[Fact], rules: Rules | None = None) -> Counted:
    """Everything that is counted of a conversation."""
    return fold(recorded(facts), rules)
