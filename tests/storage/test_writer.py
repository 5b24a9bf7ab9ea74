"""Everything that follows from new events is in their transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from domain.identity import partition_of
from service.storage import identities, inbox, register
from service.storage.database import Database, Unavailable
from service.storage.ids import ordered_id
from service.storage.inbox import InboxRow
from service.storage.log import Live, Refusal
from service.storage.vault import Vault
from service.storage.writer import Change, LogWriter, outcomes
from tests.storage.streams import NOW, POLICY, append, begun, connected, loaded, person, says, until

KILL_WAITING = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@pytest.fixture
async def writer(database: Database) -> AsyncIterator[LogWriter]:
    opened = LogWriter(database, POLICY)
    opened.start()
    yield opened
    await opened.stop()


def change(writer: LogWriter, live: Live, **with_it: Any) -> Change:
    with_it.setdefault("owed_before", False)
    made = writer.change(live, live.conversation.new_facts(), **with_it)
    live.wrapped_key = None
    return made


async def all_written(writer: LogWriter, changes: list[Change]) -> list[Refusal | BaseException | None]:
    return await outcomes([writer.submit(made) for made in changes])


async def row_of(database: Database, live: Live) -> InboxRow:
    """An inbox row of this conversation, as if its message had come through it."""
    row = InboxRow(live.partition, ordered_id(), live.conversation.id, "message", NOW, b"{}")
    async with database.connection() as connection:
        await inbox.insert(connection, [row])
    return row


async def attempt_of(database: Database, live: Live) -> UUID:
    """A created thread that waits to be bound."""
    attempt = uuid4()
    async with database.connection() as connection:
        await register.ask(connection, live.partition, attempt, live.conversation.id, "start", NOW, NOW)
        await register.created(connection, live.partition, attempt, "conv_1", NOW)
    return attempt


async def table(database: Database, statement: str) -> list[tuple[Any, ...]]:
    async with database.connection() as connection:
        return [tuple(row) for row in await connection.fetch(statement)]


async def test_all_that_goes_with_new_events_is_committed_with_them(
    database: Database, vault: Vault, writer: LogWriter
) -> None:
    live, alias = begun(vault, "m1"), uuid4()
    row, attempt = await row_of(database, live), await attempt_of(database, live)
    made = change(writer, live, done=[row], bound_attempt=attempt, links=[alias])
    assert await writer.write(made) is None
    assert await table(database, "SELECT * FROM inbox") == []
    assert await table(database, "SELECT * FROM owed") == [
        (live.partition, live.conversation.id, NOW, "draft")
    ]
    assert await table(database, "SELECT attempt_id, state FROM threads") == [(attempt, "bound")]
    linked = await table(database, "SELECT partition, alias_id, conversation_id FROM identities")
    assert linked == [(partition_of(alias, 64), alias, live.conversation.id)]
    everything = (
        "SELECT xmin::text FROM events UNION SELECT xmin::text FROM owed UNION SELECT xmin::text FROM threads"
    )
    assert len(await table(database, f"{everything} UNION SELECT xmin::text FROM identities")) == 1


async def test_of_a_refused_conversation_nothing_follows_and_its_neighbours_are_not_touched(
    database: Database, vault: Vault, writer: LogWriter
) -> None:
    sender = person()
    await append(database, begun(vault, sender=sender))
    refused, accepted = begun(vault, "m1", sender=sender), begun(vault, "m1")
    row, attempt, alias = await row_of(database, refused), await attempt_of(database, refused), uuid4()
    other_row = await row_of(database, accepted)
    answers = await all_written(
        writer,
        [
            change(writer, refused, done=[row], bound_attempt=attempt, links=[alias]),
            change(writer, accepted, done=[other_row]),
        ],
    )
    assert answers == [Refusal("version"), None]
    assert await table(database, "SELECT id FROM inbox") == [(row.id,)]
    assert await table(database, "SELECT conversation_id FROM owed") == [(accepted.conversation.id,)]
    assert await table(database, "SELECT state FROM threads") == [("created",)]
    async with database.connection() as connection:
        assert await identities.resolve(connection, [alias], 64) == {}


async def test_a_debt_is_noted_when_it_begins_and_taken_out_when_it_ends(
    database: Database, vault: Vault, writer: LogWriter
) -> None:
    live = begun(vault, "m1")
    c = live.conversation
    await writer.write(change(writer, live))
    c.attempt_draft("r1", NOW)
    c.record_draft("r1", NOW, text="hi", parts=1, author="bot", outcome="completed", thread_id="conv_1")
    await writer.write(change(writer, live, owed_before=True))
    assert await table(database, "SELECT conversation_id FROM owed") == [(c.id,)]
    c.attempt_send("r1", 1, "reference", NOW)
    c.record_sent("r1", 1, "out-1", NOW)
    await writer.write(change(writer, live, owed_before=True))
    assert await table(database, "SELECT conversation_id FROM owed") == []
    assert (await loaded(database, vault, c.id)).conversation == c


async def test_a_person_taking_over_ends_the_debt_and_giving_back_begins_it(
    database: Database, vault: Vault, writer: LogWriter
) -> None:
    live = begun(vault, "m1")
    await writer.write(change(writer, live))
    live.conversation.hand_over("kim", NOW)
    await writer.write(change(writer, live, owed_before=True))
    assert await table(database, "SELECT * FROM owed") == []
    live.conversation.hand_back("kim", NOW)
    await writer.write(change(writer, live))
    assert await table(database, "SELECT step, since FROM owed") == [("draft", NOW)]


async def test_many_conversations_are_few_commits(
    database: Database, vault: Vault, writer: LogWriter
) -> None:
    lives = [begun(vault, "m1") for _ in range(200)]
    assert await all_written(writer, [change(writer, live) for live in lives]) == [None] * 200
    assert len(await table(database, "SELECT DISTINCT xmin::text FROM events")) <= 2
    for live in lives[::50]:
        assert (await loaded(database, vault, live.conversation.id)).conversation == live.conversation


async def test_a_conversation_whose_key_is_destroyed_cannot_be_written_to(
    vault: Vault, writer: LogWriter
) -> None:
    live = begun(vault, "m1")
    live.key = None
    with pytest.raises(ValueError, match="destroyed"):
        change(writer, live)


async def test_with_the_database_away_the_outcome_is_unknown_and_the_next_write_goes_through(
    database: Database, vault: Vault, writer: LogWriter
) -> None:
    lost, later = begun(vault, "m1"), begun(vault, "m1")
    async with connected(database.url) as holder, connected(database.url) as killer:
        await holder.execute(
            f"BEGIN; SELECT FROM partition_locks WHERE partition = {lost.partition} FOR UPDATE"
        )
        writing = asyncio.create_task(writer.write(change(writer, lost)))

        async def killed() -> bool:
            return bool(await killer.fetch(KILL_WAITING))

        await until(killed)
        with pytest.raises(Unavailable):
            await writing
        await holder.execute("ROLLBACK")
    assert await writer.write(change(writer, later)) is None
    assert await table(database, "SELECT count(*) FROM events") == [(2,)]


async def test_an_append_that_the_database_refuses_fails_alone(
    database: Database, vault: Vault, writer: LogWriter
) -> None:
    """Else whoever happens to be in its batch is tried again with it, and fails with it, for ever."""
    bad, good = begun(vault, "m1"), [begun(vault, "m1") for _ in range(4)]
    bad.partition = 64
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO partition_locks VALUES (64); "
            "INSERT INTO events (partition, position, conversation_id, version, type, recorded_at, data) "
            "VALUES (64, 9223372036854775807, gen_random_uuid(), 1, 'ConversationStarted', now(), '{}')"
        )
    lives = [*good[:2], bad, *good[2:]]
    answers = await all_written(writer, [change(writer, live) for live in lives])
    assert [answers[n] for n in (0, 1, 3, 4)] == [None] * 4
    assert isinstance(answers[2], asyncpg.PostgresError)


async def test_of_two_changes_of_one_conversation_in_a_batch_one_at_most_is_written_and_nobody_else_fails(
    database: Database, vault: Vault, writer: LogWriter
) -> None:
    """Who wrote the first was cancelled while it waited; the conversation was read again and changed anew."""
    sender = person()
    await append(database, begun(vault, sender=sender))
    first, second = [await loaded(database, vault, sender.conversation_id) for _ in range(2)]
    says(first.conversation, "a")
    says(second.conversation, "b")
    other = begun(vault, "m1")
    answers = await all_written(writer, [change(writer, live) for live in (first, other, second)])
    assert answers[1] is None
    rivals = [answers[0], answers[2]]
    assert set(rivals) <= {None, Refusal("version")}
    accepted = rivals.count(None)
    assert accepted <= 1
    assert (await loaded(database, vault, sender.conversation_id)).conversation.version == 1 + accepted
