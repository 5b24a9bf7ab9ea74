"""The traffic is what it says: enough of everything, the same every time, and taken by a real log."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from service.storage import log
from service.storage.database import Database
from service.storage.vault import Vault
from tests.projections.oracle.traffic import AUTUMN, BERLIN, Course, Writing, lives, timeline

FULL = Course(seed=1, people=420)


def test_the_same_seed_tells_the_same_lives_and_another_seed_others() -> None:
    assert lives(Course(seed=7, people=8)) == lives(Course(seed=7, people=8))
    assert lives(Course(seed=7, people=8)) != lives(Course(seed=8, people=8))


def test_twenty_thousand_events_of_nine_weeks_hold_whatever_can_happen() -> None:
    timelines = [timeline(facts) for facts in lives(FULL)]
    events = [event for told in timelines for event in told]
    times = [event["recorded_at"] for event in events]
    assert len(events) >= 20_000
    assert max(times) - min(times) >= timedelta(days=60)
    assert len({when.astimezone(BERLIN).utcoffset() for when in times}) == 2, "clocks are put back meanwhile"
    assert len({told[0]["channel"] for told in timelines}) == 3
    assert len({told[0]["account_id"] for told in timelines}) == 4
    counts = Counter(event["type"] for event in events)
    assert min(counts.values()) >= 10, counts
    assert {e["author"] for e in events if e["type"] == "ReplyDrafted"} == {"bot", "fallback", "person"}
    assert {e["status"] for e in events if e["type"] == "DeliveryReported"} == {
        "sent",
        "delivered",
        "read",
        "played",
        "failed",
    }
    on_the_hour = [e for e in events if e["type"] == "MessageReceived" and not _past_the_hour(e["sent_at"])]
    assert len(on_the_hour) >= 50, "instants at which a bucket ends and another begins"
    assert max(told[-1]["version"] for told in timelines) > 64, "one has a snapshot"
    assert min(told[0]["recorded_at"] for told in timelines) >= AUTUMN


def _past_the_hour(when: object) -> timedelta:
    return timedelta(
        minutes=when.minute,  # type: ignore[attr-defined]
        seconds=when.second,  # type: ignore[attr-defined]
        microseconds=when.microsecond,  # type: ignore[attr-defined]
    )


async def test_the_log_takes_them_interleaved_and_gives_them_back(database: Database, vault: Vault) -> None:
    told = lives(Course(seed=3, people=12))
    writing = Writing(database, vault, told)
    halfway = AUTUMN + timedelta(days=30)
    first = await writing.write(halfway)
    assert 0 < first == sum(fact.timestamp <= halfway for facts in told for fact in facts)
    assert await writing.write() == sum(map(len, told))
    async with database.connection() as connection:
        for facts in told:
            live = await log.load(connection, vault, facts[0].originator_id, database.partitions)
            assert live is not None
            assert await log.read_stream(connection, live) == facts
