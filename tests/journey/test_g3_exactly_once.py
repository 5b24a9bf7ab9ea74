"""G3: a provider message id is in its conversation's log at most once, for ever."""

from __future__ import annotations

import asyncio

from domain import events as e
from service.sandbox.faults import Rule, Slow
from service.sandbox.meta import Dial
from tests.journey.conftest import MESSENGER, WHATSAPP, Journey, conversation_id, journey


async def test_copies_of_a_delivery_give_one_message_and_evidence_of_each_copy(world: Journey) -> None:
    who = world.person("1")
    message_id, _ = await world.meta.say(who, "hello")
    statuses = await asyncio.gather(*(world.meta.repeat(message_id) for _ in range(5)))
    assert statuses == [200] * 5
    await world.until_answered(who)
    await world.until_rest()
    events = await world.events(who)
    assert sum(isinstance(event, e.MessageReceived) for event in events) == 1
    duplicates = [event for event in events if isinstance(event, e.DuplicateReceived)]
    assert [event.duplicate_of for event in duplicates if event.update == "MessageReceived"] == [
        message_id
    ] * 5
    assert len(world.meta.answers(who)) == 1


async def test_a_copy_is_recognised_by_the_log_when_memory_has_forgotten_it(world: Journey) -> None:
    who = world.person("1")
    message_id, _ = await world.meta.say(who, "the first of many")
    await world.until_answered(who)
    for n in range(70):
        await world.meta.say(who, f"more, {n}")
    await world.until_rest()
    world.service.conversations.forget(conversation_id(who))
    assert await world.meta.repeat(message_id) == 200

    async def noted() -> bool:
        events = await world.events(who)
        return any(isinstance(e_, e.DuplicateReceived) and e_.duplicate_of == message_id for e_ in events)

    await world.until(noted)
    events = await world.events(who)
    ids = [event.message_id for event in events if isinstance(event, e.MessageReceived)]
    assert len(ids) == len(set(ids)) == 71


async def test_a_copy_far_behind_the_first_in_one_batch_is_recognised_before_either_is_in_the_log(
    world: Journey,
) -> None:
    """Neither the conversation's memory of recent keys nor the log can know of it."""
    who = world.person("1")
    world.openai.faults.add(Rule("conversations.create", Slow(1.0)))
    said = [world.meta.utterance(who, f"more, {n}") for n in range(80)]
    await world.meta.say_together(*said)
    assert await world.meta.repeat(str(said[0].message_id)) == 200
    await world.until_answered(who)
    await world.until_rest()
    events = await world.events(who)
    ids = [event.message_id for event in events if isinstance(event, e.MessageReceived)]
    assert ids == [update.message_id for update in said]
    assert [event.duplicate_of for event in events if isinstance(event, e.DuplicateReceived)] == ids


async def test_a_badly_behaved_meta_changes_nothing_about_who_said_what(fresh_url: str, tmp_path) -> None:
    dial = Dial(duplicates=0.5, reordering=0.3, batches=0.4, late=0.2, hold_back=0.5, bad_signatures=0.3)
    async with journey(fresh_url, tmp_path, dial=dial, reply_delay=0.3) as world:
        people = [world.person(str(n), MESSENGER if n % 2 else WHATSAPP) for n in range(10)]
        said: dict[str, list[str]] = {who.sender_id: [] for who in people}

        async def chatter(who) -> None:
            for n in range(6):
                message_id, _ = await world.meta.say(who, f"remark {n}")
                said[who.sender_id].append(message_id)

        await asyncio.gather(*(chatter(who) for who in people))
        await world.until_rest(within=60)
        for who in people:
            events = await world.events(who)
            ids = [event.message_id for event in events if isinstance(event, e.MessageReceived)]
            assert sorted(ids) == sorted(said[who.sender_id])
            drafts = sum(isinstance(event, e.ReplyDrafted) for event in events)
            assert drafts == len(world.meta.answers(who)) >= 1
