"""Our log behind the library's recorder interface, so that the library's own test cases can judge it.

The library's recorders block, ours are coroutines: one event loop in a thread serves every caller. The
database has one partition, so that a position is what the library calls a notification id. An event of the
library is a version, a topic and some bytes; here the topic is the stored type and the bytes are the sealed
part. Versions are shifted by one: the library's test cases begin at 0, our log begins at 1.

A recorder of the library refuses an insert as a whole, whatever originators are in it. Our log refuses
conversation by conversation, so the facade rolls the whole back when one is refused.

Tracking is what :mod:`projections.runner` does: the checkpoint of a projection, moved by the same
compare-and-swap. A tracking id is the position that the checkpoint moves to; the ids that are jumped over
count as ignored. A checkpoint that did not move is a tracking record that was there already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any, Final, TypeVar
from uuid import UUID

import asyncpg
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    Notification,
    StoredEvent,
    Subscription,
    Tracking,
    TrackingRecorder,
)

from projections import runner, views
from projections.projection import Rules
from service.storage import log
from service.storage.database import Database

T = TypeVar("T")

PARTITION: Final = 0
RECORDED_AT: Final = datetime(2026, 11, 2, tzinfo=UTC)
PAGE: Final = 500
POLL: Final = 0.01


class LoopThread:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="facade", daemon=True)
        self._thread.start()

    def run(self, work: Awaitable[T]) -> T:
        """Wait in the calling thread for what the loop makes of it."""

        async def outer() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(outer(), self._loop).result()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class LogFacade:
    """A log of one partition on a database that is made for it."""

    def __init__(self, url: str) -> None:
        self._thread = LoopThread()
        self._database = self._thread.run(Database.open(url, partitions=1))

    def use(self, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        """Do something in one transaction."""

        async def inside() -> T:
            async with self._database.transaction() as connection:
                return await work(connection)

        return self._thread.run(inside())

    def close(self) -> None:
        self._thread.run(self._database.close())
        self._thread.stop()


class LogAggregateRecorder(AggregateRecorder):
    """Streams alone: inserts answer nothing."""

    def __init__(self, facade: LogFacade) -> None:
        self._facade = facade

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        self._insert(stored_events)
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        after = 0 if gt is None else gt + 1
        through = log.END_OF_STREAM if lte is None else lte + 1
        rows = self._facade.use(
            lambda connection: connection.fetch(log.READ_STREAM, PARTITION, originator_id, after, through)
        )
        found = [StoredEvent(originator_id, row["version"] - 1, row["type"], row["sealed"]) for row in rows]
        return (found[::-1] if desc else found)[:limit]

    def _insert(self, stored_events: Sequence[StoredEvent]) -> list[int]:
        async def append(connection: asyncpg.Connection) -> list[int]:
            rows = await connection.fetch(log.APPEND, *_columns(stored_events))
            if any(row["fault"] for row in rows):
                raise IntegrityError(str([row["fault"] for row in rows]))
            last = await connection.fetchval("SELECT head FROM partitions WHERE partition = $1", PARTITION)
            return list(range(last - len(stored_events) + 1, last + 1))

        try:
            return self._facade.use(append)
        except asyncpg.UniqueViolationError as error:
            raise IntegrityError(error) from error


def _columns(stored_events: Sequence[StoredEvent]) -> list[list[Any]]:
    # The events of an originator have to stand together; the order of the originators is kept.
    together = list(dict.fromkeys(event.originator_id for event in stored_events))
    ordered = sorted(stored_events, key=lambda event: together.index(event.originator_id))
    return [
        [PARTITION] * len(ordered),
        [event.originator_id for event in ordered],
        [event.originator_version + 1 for event in ordered],
        [event.topic for event in ordered],
        [RECORDED_AT] * len(ordered),
        [None] * len(ordered),
        ["{}"] * len(ordered),
        [event.state for event in ordered],
    ]


class LogApplicationRecorder(LogAggregateRecorder, ApplicationRecorder):
    """Streams and the order of the whole log."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        return self._insert(stored_events)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        after = 0 if start is None else start - inclusive_of_start

        async def read(connection: asyncpg.Connection) -> list[Notification]:
            found: list[Notification] = []
            position = after
            while len(found) < limit:
                events = await log.read_partition(connection, PARTITION, position, min(limit, PAGE))
                found += [_notification(event) for event in events if not topics or event.type in topics]
                if not events or (stop is not None and events[-1].position >= stop):
                    break
                position = events[-1].position
            return [notification for notification in found if stop is None or notification.id <= stop][:limit]

        return self._facade.use(read)

    def max_notification_id(self) -> int | None:
        return self._facade.use(log.heads)[PARTITION] or None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        return PollingSubscription(self, gt, topics)


def _notification(event: log.StoredEvent) -> Notification:
    assert event.sealed is not None
    return Notification(event.conversation_id, event.version - 1, event.type, event.sealed, event.position)


class PollingSubscription(Subscription[ApplicationRecorder]):
    """Reads on from its place for ever, as our projections do."""

    def __init__(self, recorder: ApplicationRecorder, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder, gt, topics)
        self._stopped = Event()
        self._read: list[Notification] = []

    def stop(self) -> None:
        super().stop()
        self._stopped.set()

    def __next__(self) -> Notification:
        while not self._stopped.is_set():
            if not self._read:
                self._read += self._recorder.select_notifications(
                    self._last_notification_id, PAGE, topics=self._topics, inclusive_of_start=False
                )
            if self._read:
                notification = self._read.pop(0)
                self._last_notification_id = notification.id
                return notification
            self._stopped.wait(POLL)
        raise StopIteration


async def _view_of(connection: asyncpg.Connection, name: str) -> int:
    """The id of the view that stands for an upstream application, made at first use."""
    found = await connection.fetchrow(views.READ_LIVE, name)
    if found is not None:
        return int(found["id"])
    made = await connection.fetchval(
        views.ADD, name, "v1", 1, views.rules_to_json(Rules()), "live", False, False, False
    )
    await connection.execute(views.BEGIN, made)
    return int(made)


class CheckpointRecorder(TrackingRecorder):
    """Tracking by the checkpoints of projections; the upstream application is the projection."""

    def __init__(self, facade: LogFacade) -> None:
        self._facade = facade

    def insert_tracking(self, tracking: Tracking) -> None:
        async def advance(connection: asyncpg.Connection) -> None:
            name, position = tracking.application_name, tracking.notification_id
            view_id = await _view_of(connection, name)
            rows = await connection.fetch(runner.POSITIONS, view_id, [PARTITION])
            before = rows[0]["position"]
            if position <= before:
                raise IntegrityError(f"{name} is at {before} already")
            jumped_over = position - before - 1
            moved = await connection.fetch(
                runner.ADVANCE, view_id, [PARTITION], [before], [position], [1], [jumped_over], [0]
            )
            if not moved:
                raise IntegrityError(f"{name} was moved by somebody else")

        self._facade.use(advance)

    def max_tracking_id(self, application_name: str) -> int | None:
        async def positions(connection: asyncpg.Connection) -> list[asyncpg.Record]:
            view_id = await _view_of(connection, application_name)
            return await connection.fetch(runner.POSITIONS, view_id, [PARTITION])

        rows = self._facade.use(positions)
        return rows[0]["position"] or None if rows else None
