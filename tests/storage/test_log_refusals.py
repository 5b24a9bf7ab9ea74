"""Who is refused by the log, why, and who is not."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import asyncpg
import pytest

from service.storage import log
from service.storage.database import Database
from service.storage.log import Refusal, StreamAppend
from service.storage.vault import Vault, message_key
from tests.storage.streams import append, append_streams, begun, fetchval, loaded, pending, person, says


async def count(database: Database) -> object:
    return await fetchval(database, "SELECT count(*) FROM events")


async def test_a_key_repeated_within_one_append_refuses_that_conversation_alone(
    database: Database, vault: Vault
) -> None:
    twice, other = begun(vault, "a"), begun(vault, "a")
    twice.conversation.state.keys.clear()
    says(twice.conversation, "b", "a")
    refused = await append(database, twice, other)
    key = message_key(twice.conversation.id, "a")
    assert refused == {twice.conversation.id: Refusal("duplicate", key)}
    assert (await loaded(database, vault, other.conversation.id)).conversation == other.conversation
    assert await count(database) == 2


async def test_the_same_key_in_two_conversations_of_a_batch_is_no_repeat(
    database: Database, vault: Vault
) -> None:
    assert await append(database, *(begun(vault, "a") for _ in range(5))) == {}


async def test_a_repeat_in_the_middle_of_an_append_refuses_all_of_it_and_names_the_key(
    database: Database, vault: Vault
) -> None:
    live = begun(vault, "a", "b", "c")
    await append(database, live)
    live.conversation.state.keys.clear()
    says(live.conversation, "d", "b", "e")
    refused = await append(database, live)
    key = message_key(live.conversation.id, "b")
    assert refused == {live.conversation.id: Refusal("duplicate", key)}
    async with database.connection() as connection:
        held = await log.held_keys(
            connection, live.partition, live.conversation.id, [key, message_key(live.conversation.id, "d")]
        )
    assert held == [key]
    assert await count(database) == 4


async def test_a_stale_version_goes_before_a_repeated_key(database: Database, vault: Vault) -> None:
    sender = person()
    await append(database, begun(vault, "a", sender=sender))
    late = begun(vault, "a", sender=sender)
    assert await append(database, late) == {late.conversation.id: Refusal("version")}


async def test_versions_that_leave_a_gap_are_refused(database: Database, vault: Vault) -> None:
    live = begun(vault, "a")
    stream = pending(live)
    await append_streams(database, stream)
    says(live.conversation, "b", "c")
    ahead = pending(live)
    refused = await append_streams(database, replace(ahead, events=ahead.events[1:]))
    assert refused == {live.conversation.id: Refusal("version")}
    assert await append_streams(database, ahead) == {}


async def test_two_appends_of_one_conversation_in_a_batch_do_not_fail_the_others(
    database: Database, vault: Vault
) -> None:
    """Somebody stopped waiting for the first, read the conversation again and appended to it anew."""
    sender = person()
    await append(database, begun(vault, sender=sender))
    first, second = [await loaded(database, vault, sender.conversation_id) for _ in range(2)]
    says(first.conversation, "a")
    says(second.conversation, "b")
    others = [begun(vault) for _ in range(3)]
    refused = await append(database, others[0], first, others[1], second, others[2])
    assert refused == {sender.conversation_id: Refusal("version")}
    for other in others:
        await loaded(database, vault, other.conversation.id)


async def test_a_refused_conversation_leaves_no_key_no_snapshot_and_no_position(
    database: Database, vault: Vault
) -> None:
    sender = person()
    winner, loser = begun(vault, sender=sender), begun(vault, *map(str, range(70)), sender=sender)
    await append(database, winner)
    assert (await append(database, loser))[sender.conversation_id].fault == "version"
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM snapshots") == 0
        assert await connection.fetchval("SELECT wrapped FROM keys") is not None
        assert await connection.fetchval("SELECT sum(head) FROM partitions") == 1
    assert (await loaded(database, vault, sender.conversation_id)).conversation.state.messages == 0


async def test_of_many_who_append_the_same_version_at_once_one_wins(database: Database, vault: Vault) -> None:
    sender = person()
    await append(database, begun(vault, sender=sender))
    rivals = [await loaded(database, vault, sender.conversation_id) for _ in range(8)]
    for n, rival in enumerate(rivals):
        says(rival.conversation, f"m{n}")
    answers = await asyncio.gather(*(append(database, rival) for rival in rivals))
    assert sorted(len(refused) for refused in answers) == [0] + [1] * 7
    assert (await loaded(database, vault, sender.conversation_id)).conversation.version == 2


async def test_of_many_who_begin_a_conversation_at_once_one_wins_with_its_key(
    database: Database, vault: Vault
) -> None:
    sender = person()
    rivals = [begun(vault, f"m{n}", sender=sender) for n in range(8)]
    answers = await asyncio.gather(*(append(database, rival) for rival in rivals))
    (winner,) = [rival for rival, refused in zip(rivals, answers, strict=True) if not refused]
    assert (await loaded(database, vault, sender.conversation_id)).conversation == winner.conversation


@pytest.mark.parametrize(
    "changed",
    [
        {"version": "99", "message_key": "NULL"},
        {"position": "99", "message_key": "NULL"},
        {"position": "99", "version": "99"},
    ],
    ids=["position", "version", "message key"],
)
async def test_the_table_itself_refuses_a_repeated(
    database: Database, vault: Vault, changed: dict[str, str]
) -> None:
    await append(database, begun(vault, "a"))
    columns = [
        "partition", "position", "conversation_id", "version", "type", "recorded_at", "message_key", "data",
        "sealed",
    ]  # fmt: skip
    values = ", ".join(changed.get(name, name) for name in columns)
    async with database.connection() as connection:
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute(
                f"INSERT INTO events ({', '.join(columns)}) SELECT {values} FROM events WHERE version = 2"
            )


async def test_an_empty_batch_is_nothing(database: Database) -> None:
    assert await append_streams(database) == {}
    assert await count(database) == 0


async def test_an_append_is_placed_whole_in_the_order_given(database: Database, vault: Vault) -> None:
    streams: list[StreamAppend] = []
    while len(streams) < 5:
        live = begun(vault, "a", "b")
        if live.partition == 7 or not streams:
            streams.append(replace(pending(live), partition=7))
    await append_streams(database, *streams)
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT conversation_id, version FROM events ORDER BY position")
    expected = [(s.conversation.id, e.originator_version) for s in streams for e in s.events]
    assert [tuple(row) for row in rows] == expected
