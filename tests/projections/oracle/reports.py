"""What each report has to answer, counted naively over everything there is."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.projections.oracle.buckets import buckets
from tests.projections.oracle.figures import EACH, KNOWN, MESSAGES, SESSIONS, UNKNOWN, Pile, numbers
from tests.projections.oracle.naive import Thing

REPORTS: Final = (*EACH, "retention", "busiest-hours", "obligations", "top-senders")

Answer = tuple[list[dict[str, Any]], dict[str, Any]]
"""The items of a report, and its totals."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A range, how it is cut, and whose things count."""

    begin: datetime
    end: datetime
    zone: ZoneInfo
    bucket: str = "day"
    channel: str | None = None
    account: str | None = None

    def pile(self, things: Iterable[Thing]) -> Pile:
        """The things that count in the range."""
        found = (t for t in self.theirs(things) if self.begin <= t.at < self.end)
        return Pile(found, whole=self.all_of_them)

    def piles(self, things: Iterable[Thing]) -> list[Pile]:
        """The same, one for each bucket."""
        begins = [begin for begin, _ in self.cut()]
        held: list[list[Thing]] = [[] for _ in begins]
        for thing in self.pile(things).things:
            held[bisect(begins, thing.at) - 1].append(thing)
        return [Pile(things, whole=self.all_of_them) for things in held]

    @property
    def all_of_them(self) -> bool:
        return self.channel is None and self.account is None

    def theirs(self, things: Iterable[Thing]) -> list[Thing]:
        return [t for t in things if self.channel in {None, t.channel} and self.account in {None, t.account}]

    def cut(self) -> list[tuple[datetime, datetime]]:
        return buckets(self.begin, self.end, self.zone, self.bucket)


def answer(name: str, things: list[Thing], asked: Asked) -> Answer:
    """What a report has to answer."""
    match name:
        case "retention":
            return retention(things, asked)
        case "busiest-hours":
            return busiest_hours(things, asked)
        case "obligations":
            return obligations(things, asked)
        case "top-senders":
            return top_senders(things, asked)
        case _:
            return sums(name, things, asked)


def sums(name: str, things: list[Thing], asked: Asked) -> Answer:
    """A report that has its numbers for each bucket."""
    items = [
        {"start": a, "end": b, **numbers(name, pile, whole=False)}
        for (a, b), pile in zip(asked.cut(), asked.piles(things), strict=True)
    ]
    return items, numbers(name, asked.pile(things), whole=True)


def retention(things: list[Thing], asked: Asked) -> Answer:
    """Of those whose first message was in a bucket, how many wrote in each later one."""
    spans = asked.cut()
    piles = asked.piles(things)
    wrote = [set(pile.senders()) for pile in piles]
    items: list[dict[str, Any]] = []
    for n, (a, b) in enumerate(spans):
        came = {t.conversation for t in piles[n].of("sender_new")}
        returned = [len(came & later) for later in wrote[n + 1 :]]
        items.append({"start": a, "end": b, "senders": len(came), "returned": returned})
    laters = range(len(spans) - 1)
    back = [sum(item["returned"][n] for item in items if n < len(item["returned"])) for n in laters]
    of = [sum(item["senders"] for item in items if n < len(item["returned"])) for n in laters]
    return items, {
        "senders": sum(item["senders"] for item in items),
        "returned": back,
        "observed": of,
        "returned_share": [b / o if o else None for b, o in zip(back, of, strict=True)],
    }


def busiest_hours(things: list[Thing], asked: Asked) -> Answer:
    """Messages and sessions by what the clock on the wall showed."""
    pile, zone = asked.pile(things), asked.zone
    counts = {
        name: Counter(
            (t.at.astimezone(zone).isoweekday(), t.at.astimezone(zone).hour) for t in pile.of(measure)
        )
        for name, measure in (("messages", "message_in"), ("sessions", "session"))
    }
    items = [
        {"weekday": day, "hour": hour, **{name: counted[day, hour] for name, counted in counts.items()}}
        for day in range(1, 8)
        for hour in range(24)
    ]
    return items, {name: counted.total() for name, counted in counts.items()}


def obligations(things: list[Thing], asked: Asked) -> Answer:
    """Turns that wait, the longest first, whenever they began."""
    waiting = sorted(
        Pile(asked.theirs(things)).of("turn", dims=["waiting"]),
        key=lambda t: (t.at, t.conversation, t.version),
    )
    items = [
        {"conversation_id": t.conversation, "version": t.version, "since": t.at, "messages": t.amount}
        for t in waiting
    ]
    oldest = waiting[0].at if waiting else None
    return items, {"waiting": len(waiting), "messages": sum(t.amount for t in waiting), "oldest": oldest}


def top_senders(things: list[Thing], asked: Asked) -> Answer:
    """Conversations by how much the customer wrote."""
    whole = asked.pile(things)
    theirs: dict[UUID, list[Thing]] = {who: [] for who in whole.senders()}
    for thing in whole.things:
        theirs.get(thing.conversation, []).append(thing)
    items = [{"conversation_id": who, **_top(Pile(them))} for who, them in theirs.items()]
    items.sort(key=lambda item: (-item["messages"], item["conversation_id"]))
    return items, {"senders": len(items), **_top(whole)}


TOP: Final = {"messages": MESSAGES, "sessions": SESSIONS, "known": KNOWN, "unknown_calls": UNKNOWN}


def _top(pile: Pile) -> dict[str, Any]:
    return {name: figure.value(pile) for name, figure in TOP.items()}
