"""Seeded traffic: many lives, interleaved in a real log, and as plain timelines to count by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.erasure import personal_fields
from domain.events import Fact
from domain.identity import Channel, Sender, partition_of
from service.storage import log
from service.storage.database import Database
from service.storage.log import StreamAppend
from service.storage.vault import Vault
from tests.domain.story import replayed
from tests.projections.oracle.life import Life

BERLIN: Final = ZoneInfo("Europe/Berlin")
KATHMANDU: Final = ZoneInfo("Asia/Kathmandu")
AUTUMN: Final = datetime(2026, 9, 21, tzinfo=UTC)
"""Five weeks later clocks are put back in Berlin, on 25 October at 01:00 UTC."""
SPRING: Final = datetime(2026, 3, 16, tzinfo=UTC)
"""Two weeks later they are put forward, on 29 March at 01:00 UTC."""

ACCOUNTS: Final[tuple[tuple[Channel, str], ...]] = (
    ("whatsapp", "106540352242922"),
    ("whatsapp", "209114835562013"),
    ("messenger", "1134713619900975"),
    ("instagram", "17841400008460056"),
)
BATCH: Final = 2_000
ENVELOPE: Final = {"originator_id", "originator_version", "timestamp", "originator_topic"}

Timeline = list[dict[str, Any]]
"""A conversation's events, oldest first: ``conversation``, ``version``, ``type``, ``recorded_at``, and the
fields that are in the clear."""


@dataclass(frozen=True, slots=True)
class Course:
    """What is drawn by a seed: so many people over so many days, whose ids begin with ``prefix``."""

    seed: int
    people: int
    begins: datetime = AUTUMN
    days: int = 64
    prefix: str = ""


def lives(course: Course) -> list[list[Fact]]:
    """What is recorded of everybody, one list a conversation."""
    dice = Random(course.seed)
    edges = _edges(course)
    told = []
    for number in range(course.people):
        channel, account = ACCOUNTS[number % len(ACCOUNTS)]
        person = Sender(channel, account, f"{course.prefix}{course.seed}-{number}")
        visits = sorted(_visit(course, dice, edges) for _ in range(dice.choice((1, 1, 2, 3, 5, 8))))
        told.append(_live(Life(person, visits[0], Random(f"{course.seed}:{number}"), edges), visits))
    return told


def _live(life: Life, visits: list[datetime]) -> list[Fact]:
    """Let a person come at these instants; everything that is recorded of it."""
    if life.chance(0.05):
        life.something_else()
    for number, at in enumerate(visits):
        life.visit(at)
        if number and life.chance(0.03):
            life.renumber()
    if life.chance(0.05):
        life.erase()
    return life.story.facts


def _visit(course: Course, dice: Random, edges: tuple[datetime, ...]) -> datetime:
    if dice.random() < 0.15:
        return dice.choice(edges)
    return course.begins + timedelta(seconds=round(dice.uniform(0, course.days * 86_400), 6))


def _edges(course: Course) -> tuple[datetime, ...]:
    """Where days begin in each zone, the instant before, and where clocks change."""
    instants: set[datetime] = set()
    for zone in (UTC, BERLIN, KATHMANDU):
        first = course.begins.astimezone(zone).date()
        for day in range(1, course.days):
            date = first + timedelta(days=day)
            midnight = datetime(date.year, date.month, date.day, tzinfo=zone).astimezone(UTC)
            instants |= {midnight, midnight - timedelta(microseconds=1)}
    hours = [course.begins + timedelta(hours=hour) for hour in range(course.days * 24)]
    for before, after in pairwise(hours):
        if before.astimezone(BERLIN).utcoffset() != after.astimezone(BERLIN).utcoffset():
            instants |= {before - timedelta(hours=1), before, after, after + timedelta(hours=1)}
    return tuple(sorted(instants))


def timeline(facts: list[Fact]) -> Timeline:
    """The same as plain dictionaries, without what is personal."""
    return [
        {
            "conversation": fact.originator_id,
            "version": fact.originator_version,
            "type": type(fact).__name__,
            "recorded_at": fact.timestamp,
            **{name: getattr(fact, name) for name in _clear(type(fact))},
        }
        for fact in facts
    ]


_CLEAR: dict[type[Fact], list[str]] = {}


def _clear(event_class: type[Fact]) -> list[str]:
    if event_class not in _CLEAR:
        hidden = personal_fields(event_class) | ENVELOPE
        _CLEAR[event_class] = [f.name for f in fields(event_class) if f.name not in hidden]
    return _CLEAR[event_class]


class Writing:
    """Lives on their way into a log: everything in the order of recording, conversations interleaved."""

    def __init__(self, database: Database, vault: Vault, told: Iterable[list[Fact]]) -> None:
        self._database, self._vault = database, vault
        self._facts = sorted(
            (fact for facts in told for fact in facts),
            key=lambda fact: (fact.timestamp, fact.originator_id, fact.originator_version),
        )
        self._streams: dict[UUID, StreamAppend] = {}
        self._written = 0

    async def write(self, through: datetime | None = None) -> int:
        """Append what was recorded at an instant or before (None: all of it); how many events in all."""
        end = len(self._facts)
        if through is not None:
            end = sum(fact.timestamp <= through for fact in self._facts)
        while self._written < end:
            stop = min(end, self._written + BATCH)
            await self._append(self._facts[self._written : stop])
            self._written = stop
        return self._written

    async def _append(self, facts: list[Fact]) -> None:
        touched = {fact.originator_id: self._streams.get(fact.originator_id) for fact in facts}
        for fact in facts:
            stream = touched[fact.originator_id]
            if stream is None:
                touched[fact.originator_id] = self._streams[fact.originator_id] = self._begun(fact)
            else:
                fact.mutate(stream.conversation)
                stream.events.append(fact)
        streams = [stream for stream in touched.values() if stream is not None]
        await self._send(streams)
        for stream in streams:
            stream.events, stream.wrapped_key = [], None

    async def _send(self, streams: list[StreamAppend]) -> None:
        async with self._database.transaction() as connection:
            assert await log.append(connection, streams) == {}

    def _begun(self, first: Fact) -> StreamAppend:
        conversation = replayed([first])
        key, wrapped = self._vault.make(conversation.id)
        partition = partition_of(conversation.id, self._database.partitions)
        return StreamAppend(partition, conversation, [first], key, wrapped)
