"""G1: a sender has exactly one live thread binding, and every thread ever asked for is on record."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from domain import events as e
from domain.conversation import Conversation
from domain.identity import Sender, partition_of
from service.sandbox.faults import Down, HangAfter, Refuse, Rule, Slow
from service.storage import log
from service.storage.log import StreamAppend
from tests.journey.conftest import WHATSAPP, Journey, conversation_id, journey


async def register(world: Journey) -> dict[str, int]:
    rows = await world.fetch("SELECT state, count(*) AS n FROM threads GROUP BY state")
    return {row["state"]: row["n"] for row in rows}


def live_threads(world: Journey) -> set[str]:
    return {conversation["id"] for conversation in world.openai.state()["conversations"]}


async def test_many_first_messages_at_once_make_one_conversation_and_one_thread_each(world: Journey) -> None:
    people = [world.person(str(n)) for n in range(20)]
    await asyncio.gather(*(world.meta.say(who, f"hello {n}") for who in people for n in range(10)))
    for who in people:
        await world.until_answered(who)
    await world.until_rest()
    started = await world.fetch("SELECT conversation_id FROM events WHERE type = 'ConversationStarted'")
    received = await world.fetch("SELECT 1 FROM events WHERE type = 'MessageReceived'")
    assert len(started) == 20
    assert len(received) == 200
    assert len(live_threads(world)) == 20
    assert await register(world) == {"bound": 20}


async def test_a_create_that_was_refused_is_repeated_and_leaves_one_thread(world: Journey) -> None:
    world.openai.faults.add(
        Rule("conversations.create", Refuse(503, {"error": {"message": "busy"}}), times=2)
    )
    who = world.person("1")
    await world.meta.say(who, "hello")
    await world.until_answered(who)
    assert len(live_threads(world)) == 1
    assert await register(world) == {"refused": 2, "bound": 1}


async def test_a_create_whose_answer_was_lost_is_on_record_as_a_possible_orphan(world: Journey) -> None:
    world.openai.faults.add(Rule("conversations.create", HangAfter(), times=1))
    who = world.person("1")
    await world.meta.say(who, "hello")
    await world.until_answered(who)
    assert len(live_threads(world)) == 2
    assert await register(world) == {"lost": 1, "bound": 1}
    attempts = {conversation["metadata"]["attempt"] for conversation in world.openai.state()["conversations"]}
    recorded = {str(row["attempt_id"]) for row in await world.fetch("SELECT attempt_id FROM threads")}
    assert attempts == recorded


async def test_a_create_is_not_repeated_while_the_answer_to_another_process_may_still_come(
    fresh_url: str, tmp_path
) -> None:
    async with journey(fresh_url, tmp_path) as world:
        who = world.person("1")
        cid = conversation_id(who)
        async with world.service.database.connection() as connection:
            await connection.execute(
                "INSERT INTO threads (partition, attempt_id, conversation_id, purpose, state, asked_at, "
                "deadline, changed_at) VALUES ($1, gen_random_uuid(), $2, 'start', 'asked', now(), "
                "now() + interval '1.5 s', now())",
                partition_of(cid, 64),
                cid,
            )
        asked_after = world.service.clock() + timedelta(seconds=1.2)
        await world.meta.say(who, "hello")
        await world.until_answered(who)
        rows = await world.fetch("SELECT asked_at FROM threads WHERE state = 'bound'")
        assert [row["asked_at"] >= asked_after for row in rows] == [True]


async def test_the_thread_of_a_lost_race_is_deleted_at_the_provider(world: Journey) -> None:
    """Another process begins the conversation while this one is waiting for its thread."""
    world.openai.faults.add(Rule("conversations.create", Slow(0.5), times=1))
    who = world.person("1")
    said = asyncio.create_task(world.meta.say(who, "hello"))

    async def asked() -> bool:
        return await register(world) == {"asked": 1}

    await world.until(asked)
    sender = Sender("whatsapp", WHATSAPP.account_id, "1")
    rival = Conversation.start(sender, "conv_of_the_rival", world.service.clock())
    key, wrapped = world.service.vault.make(rival.id)
    async with world.service.database.transaction() as connection:
        stream = StreamAppend(partition_of(rival.id, 64), rival, rival.new_facts(), key, wrapped)
        assert await log.append(connection, [stream]) == {}
    await said

    async def loser_deleted() -> bool:
        return (await register(world)).get("deleted") == 1

    await world.until(loser_deleted)
    started = [event for event in await world.events(who) if isinstance(event, e.ConversationStarted)]
    assert [event.thread_id for event in started] == ["conv_of_the_rival"]
    bound = {
        row["thread_id"] for row in await world.fetch("SELECT thread_id FROM threads WHERE state = 'bound'")
    }
    assert live_threads(world) <= bound


async def test_out_of_patience_a_new_sender_is_bound_to_a_local_thread_and_rebound_later(
    fresh_url: str, tmp_path
) -> None:
    async with journey(fresh_url, tmp_path, thread_patience=0.3) as world:
        world.openai.faults.add(Rule("*", Down()))
        who = world.person("1")
        await world.meta.say(who, "hello, I am Ada")

        async def visible() -> bool:
            return (await world.types(who))[:2] == ["ConversationStarted", "MessageReceived"]

        await world.until(visible)
        started = (await world.events(who))[0]
        assert isinstance(started, e.ConversationStarted)
        assert started.thread_id.startswith("local_")
        world.openai.faults.clear()
        await world.until_answered(who, within=40)
        await world.until_rest()
        rebound = [event for event in await world.events(who) if isinstance(event, e.ThreadRebound)]
        assert [event.reason for event in rebound] == ["provider_back"]
        assert rebound[0].thread_id in live_threads(world)
        assert (await world.types(who)).count("ReplySent") == 1
