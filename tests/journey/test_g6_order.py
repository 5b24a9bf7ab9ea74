"""G6: one order, one answer at a time, a burst is one turn, and nothing said meanwhile is lost."""

from __future__ import annotations

import asyncio

from domain import events as e
from service.sandbox.faults import LockFor, Rule, Slow
from tests.journey.conftest import Journey, journey


def asks(world: Journey) -> int:
    """How often the model has been asked, requests under way included."""
    return sum(rule["matched"] for rule in world.openai.faults.describe())


async def test_a_burst_of_messages_gets_one_answer(fresh_url: str, tmp_path) -> None:
    async with journey(fresh_url, tmp_path, reply_delay=2.0) as world:
        who = world.person("1")
        for n in range(6):
            await world.meta.say(who, f"part {n}")
        await world.until_answered(who)
        await world.until_rest()
        events = await world.events(who)
        [drafted] = [event for event in events if isinstance(event, e.ReplyDrafted)]
        received = [event for event in events if isinstance(event, e.MessageReceived)]
        assert len(received) == 6
        assert drafted.answers_through == received[-1].originator_version


async def test_a_message_that_arrives_while_an_answer_is_drafted_is_answered_next(world: Journey) -> None:
    who = world.person("1")
    world.openai.faults.add(Rule("responses.create", Slow(0.6), times=1))
    await world.meta.say(who, "first question")
    await world.until(lambda: asks(world) == 1)
    await world.meta.say(who, "second question")
    await world.until_answered(who, 2)
    await world.until_rest()
    drafts = [event for event in await world.events(who) if isinstance(event, e.ReplyDrafted)]
    received = [event for event in await world.events(who) if isinstance(event, e.MessageReceived)]
    assert [draft.answers_through for draft in drafts] == [event.originator_version for event in received]
    [thread] = world.openai.state()["conversations"]
    said = [part["text"] for item in thread["items"] if item["role"] == "user" for part in item["content"]]
    assert said == ["first question", "second question"]


async def test_replies_are_sent_one_at_a_time_and_in_order(world: Journey) -> None:
    who = world.person("1")
    world.meta.faults.add(Rule("send", Slow(0.2)))
    for n in range(4):
        await world.meta.say(who, f"question {n}")
        await world.until_answered(who, n + 1)
    await world.until_rest()
    events = await world.events(who)
    order = [type(event).__name__ for event in events if isinstance(event, e.ReplyAttempted | e.ReplySent)]
    assert order == ["ReplyAttempted", "ReplySent"] * 4


async def test_a_locked_thread_never_surfaces(world: Journey) -> None:
    who = world.person("1")
    await world.meta.say(who, "hello")
    await world.until_answered(who)
    world.openai.faults.add(Rule("responses.create", LockFor(0.7), times=1))
    await world.meta.say(who, "are you there?")
    await world.until_answered(who, 2)
    await world.until_rest()
    types = await world.types(who)
    assert types.count("ReplyDrafted") == 2
    assert "ThreadRebound" not in types


async def test_every_message_of_somebody_who_goes_on_writing_is_told_to_the_model_once(
    fresh_url: str, tmp_path
) -> None:
    async with journey(fresh_url, tmp_path, reply_delay=0.0) as world:
        people = [world.person(str(n)) for n in range(6)]

        async def chatter(who) -> None:
            for n in range(15):
                await world.meta.say(who, f"remark {n} of {who.sender_id}")

        await asyncio.gather(*map(chatter, people))
        await world.until_rest(within=60)
        told = [
            sorted(
                part["text"] for item in thread["items"] if item["role"] == "user" for part in item["content"]
            )
            for thread in world.openai.state()["conversations"]
        ]
        assert sorted(told) == sorted(
            sorted(f"remark {n} of {who.sender_id}" for n in range(15)) for who in people
        )
