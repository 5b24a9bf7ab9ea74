"""G7: memory survives the provider: a thread that is of no use any more is replaced from the log."""

from __future__ import annotations

import pytest

from domain import events as e
from service.sandbox.faults import Calls, LockFor, LoseConversation, Refuse, Rule
from tests.journey.conftest import Journey, journey


async def rebound_with_memory(world: Journey, who, reason: str) -> None:
    """After one more question the conversation is on another thread that knows the first words."""
    count = len(world.meta.answers(who))
    await world.meta.say(who, "What did I say first?")
    texts = await world.until_answered(who, count + 1, within=40)
    assert "purple umbrella" in texts[-1]
    await world.until_rest()
    events = await world.events(who)
    rebound = [event for event in events if isinstance(event, e.ThreadRebound)]
    assert [event.reason for event in rebound] == [reason]
    started = events[0]
    assert isinstance(started, e.ConversationStarted)
    assert rebound[0].previous_thread_id == started.thread_id
    assert rebound[0].thread_id != started.thread_id
    assert sum(isinstance(event, e.ReplySent) for event in events) == count + 1


async def talk(world: Journey, who, turns: int) -> None:
    await world.meta.say(who, "I have lost a purple umbrella")
    await world.until_answered(who)
    for n in range(1, turns):
        await world.meta.say(who, f"another remark, number {n}")
        await world.until_answered(who, n + 1)
    await world.until_rest()


async def test_a_lost_thread_is_rebound_with_earlier_turns(world: Journey) -> None:
    who = world.person("1")
    await talk(world, who, 3)
    world.openai.faults.add(Rule("responses.create", LoseConversation(), times=1))
    await rebound_with_memory(world, who, "thread_gone")


async def test_a_poisoned_thread_is_rebound(world: Journey) -> None:
    who = world.person("1")
    await talk(world, who, 2)
    poison = {
        "error": {
            "message": "No tool output found for function call call_abc.",
            "type": "invalid_request_error",
            "param": "input",
            "code": None,
        }
    }
    world.openai.faults.add(Rule("responses.create", Refuse(400, poison), times=1))
    await rebound_with_memory(world, who, "thread_poisoned")


async def test_a_thread_over_its_budget_is_rebound(fresh_url: str, tmp_path) -> None:
    async with journey(fresh_url, tmp_path, context_budget=1000) as world:
        who = world.person("1")
        await world.meta.say(who, "I have lost a purple umbrella")
        await world.until_answered(who)
        await world.meta.say(who, "long story " * 400)
        await world.until_answered(who, 2)
        await world.until_rest()
        await rebound_with_memory(world, who, "context_budget")


async def test_a_thread_that_stays_locked_is_rebound(fresh_url: str, tmp_path) -> None:
    async with journey(fresh_url, tmp_path, lock_patience=0.5) as world:
        who = world.person("1")
        await talk(world, who, 2)
        world.openai.faults.add(Rule("responses.create", LockFor(600), times=1))
        await rebound_with_memory(world, who, "thread_locked")


async def test_more_turns_than_one_request_may_carry_are_seeded_in_order(fresh_url: str, tmp_path) -> None:
    async with journey(fresh_url, tmp_path) as world:
        who = world.person("1")
        await talk(world, who, 14)
        world.openai.faults.add(Rule("responses.create", LoseConversation(), times=1))
        await rebound_with_memory(world, who, "thread_gone")
        [rebound] = await world.of_type(who, e.ThreadRebound)
        assert rebound.seeded_turns >= 10


@pytest.mark.parametrize("ignored", ["ignored", "absent"])
async def test_a_server_that_does_not_keep_conversations_is_served_from_the_log(
    fresh_url: str, tmp_path, ignored: str
) -> None:
    async with journey(fresh_url, tmp_path) as world:
        world.openai.behaviour.conversations = ignored
        who = world.person("1")
        await world.meta.say(who, "I have lost a purple umbrella")
        await world.until_answered(who)
        await world.meta.say(who, "What did I say first?")
        texts = await world.until_answered(who, 2)
        assert "purple umbrella" in texts[1]
        await world.until_rest()
        threads = [row["thread_id"] for row in await world.fetch("SELECT thread_id FROM sessions_1")]
        assert threads[0].startswith("local_")


async def test_a_function_that_is_not_there_is_answered_and_the_thread_stays_healthy(world: Journey) -> None:
    who = world.person("1")
    world.openai.faults.add(Rule("responses.create", Calls("open_the_vault", {"now": True}), times=1))
    await world.meta.say(who, "Open the vault")
    await world.until_answered(who)
    await world.meta.say(who, "Thank you")
    await world.until_answered(who, 2)
    types = await world.types(who)
    assert types.count("ToolCalled") == types.count("ToolReturned") == 1
    assert "ThreadRebound" not in types
