"""The live session view, folded from hand-written stories."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from projections import folding, tables, views
from projections.folding import Memory
from projections.projection import RecordedEvent, Rules, Slice
from projections.sessions import SessionRow, Sessions, Status, begun, board, fold, one
from service.storage.codec import encode, recorded_fields
from service.storage.database import Database
from tests.domain.story import NOON, Story
from tests.storage.streams import person

DAY = timedelta(hours=24)


def recorded(story: Story, partition: int = 3) -> list[RecordedEvent]:
    """The story as the feed hands it out: without what is personal."""
    events = []
    for position, fact in enumerate(story.facts, 1):
        name, clear, _ = encode(fact)
        events.append(
            RecordedEvent(
                partition,
                position,
                story.c.id,
                fact.originator_version,
                name,
                fact.timestamp,
                recorded_fields(name, clear),
            )
        )
    return events


def seen(story: Story) -> SessionRow:
    row = SessionRow(3, story.c.id)
    for event in recorded(story):
        if event.type in Sessions.handles:
            fold(row, event, Rules())
    return row


def about(story: Story, *names: str) -> tuple[Any, ...]:
    row = seen(story)
    return tuple(getattr(row, name) for name in names)


def test_a_conversation_that_has_begun_is_a_row_with_its_thread() -> None:
    row = seen(Story())
    assert (row.channel, row.account_id, row.thread_id) == ("whatsapp", "106540352242922", "conv_1")
    assert row.threads == [{"thread_id": "conv_1", "bound_at": NOON.isoformat(), "reason": "started"}]
    assert (row.conversation_started, row.version, row.answered_by) == (NOON, 1, "bot")
    assert (row.session_number, row.total_messages, row.last_activity, row.awaiting_since) == (
        0,
        0,
        None,
        None,
    )


def test_sessions_and_messages_are_counted_by_the_providers_own_times() -> None:
    story = Story().says().later(hours=1).says().later(hours=30)
    story.says(sent_at=story.now - timedelta(minutes=5)).says(sent_at=NOON)
    row = seen(story)
    begun_at = story.now - timedelta(minutes=5)
    assert (row.session_number, row.session_started, row.session_messages) == (2, begun_at, 2)
    assert (row.total_messages, row.late_messages, row.last_activity) == (4, 1, begun_at)
    assert row.last_message_version == 5


def test_a_time_in_the_future_does_not_keep_a_session_open() -> None:
    assert about(Story().says(sent_at=NOON + 9 * DAY), "last_activity", "session_started") == (NOON, NOON)


def test_duplicates_and_new_names_are_noted() -> None:
    story = Story().says(message_id="a", profile_name="Anna").says(message_id="a").says(message_id="a")
    assert about(story, "duplicates", "total_messages", "profile_version", "version") == (2, 1, 2, 5)


def test_somebody_waits_from_their_first_unanswered_message_until_the_answer_is_sent() -> None:
    story = Story().says().later(10).says()
    assert about(story, "awaiting_since") == (NOON,)
    story.asked().later(5).drafted().sending()
    assert about(story, "awaiting_since", "replies") == (NOON, 0)
    story.sent()
    assert about(story, "awaiting_since", "replies", "failures") == (None, 1, 0)


def test_who_wrote_while_the_answer_was_made_waits_from_that_message_on() -> None:
    story = Story().says().later(10).asked().later(10).says().later(10).drafted().sending()
    assert about(story, "awaiting_since") == (NOON,)
    story.says().sent()
    assert about(story, "awaiting_since") == (NOON + timedelta(seconds=20),)
    story.answered("r2")
    assert about(story, "awaiting_since", "replies") == (None, 2)


def test_a_repeated_attempt_takes_in_what_was_said_since() -> None:
    story = Story().says().asked().later(10).says().failed().later(60).asked().drafted().sending().sent()
    assert about(story, "awaiting_since") == (None,)


def test_the_configured_text_covers_everything_said() -> None:
    story = Story().says().asked().later(10).says()
    story.c.fall_back("r9", "sorry", 1, story.now)
    story.sending().sent()
    assert about(story, "awaiting_since", "replies", "failures") == (None, 1, 0)


def test_a_turn_given_up_is_a_failure_and_nobody_waits_any_more() -> None:
    story = Story().says().asked().later(10).says()
    story.c.give_up("r1", "model_refused", story.now)
    assert about(story, "awaiting_since", "failures", "last_failure", "replies") == (
        None,
        1,
        "model_refused",
        0,
    )


def test_a_reply_that_cannot_be_sent_is_a_failure_and_later_messages_wait() -> None:
    story = Story().says().asked().drafted().later(10).says().sending().refused()
    assert about(story, "awaiting_since", "failures", "last_failure") == (story.now, 1, "refused")


def test_threads_are_kept_in_the_order_of_their_binding() -> None:
    story = (
        Story()
        .says()
        .later(10)
        .rebound("conv_2", "context_budget")
        .later(10)
        .rebound("conv_3", "thread_gone")
    )
    row = seen(story)
    assert row.thread_id == "conv_3"
    assert [(t["thread_id"], t["reason"]) for t in row.threads] == [
        ("conv_1", "started"),
        ("conv_2", "context_budget"),
        ("conv_3", "thread_gone"),
    ]


def test_who_answers_is_the_bot_until_a_person_takes_over_and_after_they_gave_back() -> None:
    story = Story().says()
    story.c.hand_over("kim", story.now)
    assert about(story, "answered_by", "awaiting_since") == ("person", NOON)
    story.c.hand_back("kim", story.now)
    assert about(story, "answered_by") == ("bot",)


def test_an_erased_person_waits_for_nothing_and_the_counts_stay() -> None:
    story = Story().says().answered().says()
    story.c.erase("kim", "cert", story.now)
    assert about(story, "erased", "awaiting_since", "total_messages", "replies") == (True, None, 2, 1)


def test_the_view_agrees_with_the_conversation_about_who_waits() -> None:
    story = Story()
    for n in range(30):
        story.says()
        if n % 3:
            story.asked(f"r{n}").says().drafted(f"r{n}").sending(f"r{n}").sent(f"r{n}")
        if n % 5 == 0:
            story.c.give_up(f"g{n}", "x", story.now)
        assert (seen(story).awaiting_since is not None) == story.c.awaiting_reply
        assert about(story, "session_number", "session_messages") == (
            story.c.state.session,
            story.c.state.session_messages,
        )
        story.later(hours=9)


# The table and its questions


@pytest.fixture
async def view(database: Database) -> Database:
    async with database.connection() as connection:
        await views.install(connection, [Sessions()], Rules())
    return database


async def taken(connection: asyncpg.Connection, events: list[RecordedEvent], memory: Memory) -> None:
    """Have the engine take events in, whatever the checkpoints say."""
    live = await views.live(connection, "sessions")
    part = Slice(3, events[0].position - 1, events[-1].position, events)
    batch = await folding.fold(connection, live, Sessions(), [part], memory, {})
    await tables.write(connection, live, Sessions(), batch.states, batch.begun, batch.changes)


async def folded(database: Database, *stories: Story) -> None:
    async with database.transaction() as connection:
        for story in stories:
            events = [event for event in recorded(story) if event.type in Sessions.handles]
            await taken(connection, events, Memory())


async def test_a_row_is_stored_and_read_back_as_it_was_folded(view: Database) -> None:
    story = Story().says().asked().drafted().sending().refused().says().rebound("conv_2")
    await folded(view, story)
    async with view.connection() as connection:
        live = await views.live(connection, "sessions")
        assert await one(connection, live, 3, story.c.id) == seen(story)
        assert await one(connection, live, 4, story.c.id) is None


async def test_folding_in_pieces_gives_what_folding_at_once_gives(view: Database) -> None:
    story = (
        Story()
        .says(profile_name="A")
        .answered()
        .later(hours=30)
        .says()
        .asked()
        .says()
        .drafted()
        .sending()
        .sent()
    )
    events = [event for event in recorded(story) if event.type in Sessions.handles]
    memory = Memory()
    async with view.transaction() as connection:
        for n, event in enumerate(events):
            # In memory at times, and at times from the table.
            if n % 3 == 0:
                memory.forget()
            await taken(connection, [event], memory)
        live = await views.live(connection, "sessions")
        assert await one(connection, live, 3, story.c.id) == seen(story)


async def boarded(database: Database, status: Status, **asked: Any) -> list[UUID]:
    given = {"now": NOON, "session_length": DAY, "channel": None, "cursor": None, "limit": 10}
    async with database.connection() as connection:
        live = await views.live(connection, "sessions")
        rows = await board(connection, live, status=status, **{**given, **asked})
    return [row.conversation_id for row in rows]


async def test_the_board_tells_active_sessions_from_expired_ones_as_of_an_instant(view: Database) -> None:
    ages = [timedelta(hours=1), DAY, DAY + timedelta(microseconds=1), timedelta(days=9)]
    stories = [Story(person(), at=NOON - age).says() for age in ages]
    silent, erased = Story(person()), Story(person()).says()
    erased.c.erase("kim", "cert", NOON)
    await folded(view, *stories, silent, erased)
    ids = [story.c.id for story in stories]
    assert await boarded(view, "active") == [ids[1], ids[0]]
    assert await boarded(view, "expired") == [ids[3], ids[2]]
    assert await boarded(view, "all") == ids[::-1]
    assert await boarded(view, "active", now=NOON + timedelta(hours=23)) == [ids[0]]
    assert await boarded(view, "all", channel="messenger") == []


async def test_the_board_is_read_in_pages_in_either_direction(view: Database) -> None:
    same = [Story(person()).says() for _ in range(5)]
    older = Story(person(), at=NOON - timedelta(hours=1)).says()
    await folded(view, *same, older)
    ascending = [older.c.id, *sorted(story.c.id for story in same)]
    for descending in (False, True):
        found: list[UUID] = []
        cursor: tuple[datetime, UUID] | None = None
        while page := await boarded(view, "all", cursor=cursor, limit=2, descending=descending):
            found += page
            cursor = (NOON if page[-1] != older.c.id else older.now, page[-1])
        assert found == (ascending[::-1] if descending else ascending)


async def test_conversations_are_listed_by_when_they_began_and_narrowed(view: Database) -> None:
    stories = [Story(person(), at=NOON + timedelta(hours=n)) for n in range(4)]
    await folded(view, *stories)
    ids = [story.c.id for story in stories]
    given: dict[str, Any] = {"channel": None, "account_id": None, "ids": None, "cursor": None, "limit": 3}

    async def listed(**asked: Any) -> list[UUID]:
        async with view.connection() as connection:
            live = await views.live(connection, "sessions")
            return [row.conversation_id for row in await begun(connection, live, **{**given, **asked})]

    assert await listed() == ids[:3]
    assert await listed(cursor=(NOON + timedelta(hours=2), ids[2])) == ids[3:]
    assert await listed(descending=True) == ids[:0:-1]
    assert await listed(ids=[ids[2], ids[0]]) == [ids[0], ids[2]]
    assert await listed(account_id="100", channel="whatsapp") == ids[:3]
    assert await listed(account_id="999") == []
