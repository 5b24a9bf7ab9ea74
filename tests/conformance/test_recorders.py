"""The library's own test cases for recorders, run against our log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import asyncpg
import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking
from eventsourcing.tests import persistence as library

from tests.conformance.facade import (
    CheckpointRecorder,
    LogAggregateRecorder,
    LogApplicationRecorder,
    LogFacade,
)
from tests.conftest import database_url


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def open_facade(admin_url: str) -> Iterator[Callable[[], LogFacade]]:
    """Makes logs on empty databases, which go when the test ends."""
    opened: list[tuple[str, LogFacade]] = []

    def make() -> LogFacade:
        name = f"test_{uuid4().hex}"
        asyncio.run(_execute(admin_url, f"CREATE DATABASE {name}"))
        opened.append((name, LogFacade(database_url(admin_url, name))))
        return opened[-1][1]

    yield make
    for name, facade in opened:
        facade.close()
        asyncio.run(_execute(admin_url, f"DROP DATABASE {name} WITH (FORCE)"))


class OnOurLog:
    """Gives each test an empty log."""

    INITIAL_VERSION = 0

    @pytest.fixture(autouse=True)
    def _log(self, open_facade: Callable[[], LogFacade]) -> None:
        self.open_facade = open_facade


class TestAggregateRecorder(OnOurLog, library.AggregateRecorderTestCase):
    def create_recorder(self) -> LogAggregateRecorder:
        return LogAggregateRecorder(self.open_facade())


class TestApplicationRecorder(OnOurLog, library.ApplicationRecorderTestCase[LogApplicationRecorder]):
    def create_recorder(self) -> LogApplicationRecorder:
        return LogApplicationRecorder(self.open_facade())

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestNonInterleavingNotificationIDs(OnOurLog, library.NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> LogApplicationRecorder:
        return LogApplicationRecorder(self.open_facade())


class TestTrackingRecorder(OnOurLog, library.TrackingRecorderTestCase):
    def create_recorder(self) -> CheckpointRecorder:
        return CheckpointRecorder(self.open_facade())


# What the library's cases do not ask


def stored(originator: object, *versions: int) -> list[StoredEvent]:
    return [StoredEvent(originator, version, "topic", b"state") for version in versions]  # type: ignore[arg-type] # ids of either kind are taken


def test_an_insert_over_several_originators_is_refused_whole_when_one_of_them_is(
    open_facade: Callable[[], LogFacade],
) -> None:
    recorder = LogApplicationRecorder(open_facade())
    first, second = uuid4(), uuid4()
    assert recorder.insert_events(stored(first, 0, 1)) == [1, 2]
    with pytest.raises(IntegrityError):
        recorder.insert_events([*stored(second, 0), *stored(first, 1)])
    assert recorder.select_events(second) == []
    assert recorder.max_notification_id() == 2
    assert recorder.insert_events([*stored(second, 0), *stored(first, 2)]) == [3, 4]


def test_refused_inserts_burn_no_ids(open_facade: Callable[[], LogFacade]) -> None:
    recorder = LogApplicationRecorder(open_facade())
    originator = uuid4()
    recorder.insert_events(stored(originator, 0))
    for _ in range(5):
        with pytest.raises(IntegrityError):
            recorder.insert_events(stored(originator, 0))
    assert recorder.insert_events(stored(originator, 1)) == [2]


def test_of_inserts_of_the_same_version_at_once_one_wins(open_facade: Callable[[], LogFacade]) -> None:
    recorder = LogApplicationRecorder(open_facade())
    originator = uuid4()

    def insert(_: int) -> bool:
        try:
            recorder.insert_events(stored(originator, 0, 1))
        except IntegrityError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(insert, range(16))) == 1
    assert recorder.max_notification_id() == 2


def test_of_trackings_of_the_same_id_at_once_one_wins(open_facade: Callable[[], LogFacade]) -> None:
    recorder = CheckpointRecorder(open_facade())
    recorder.insert_tracking(Tracking("upstream", 1))

    def track(_: int) -> bool:
        try:
            recorder.insert_tracking(Tracking("upstream", 2))
        except IntegrityError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(track, range(16))) == 1
