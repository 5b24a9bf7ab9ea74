"""A person takes a conversation over, writes, and gives it back."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp

from domain import events as e
from service.sandbox.faults import Refuse, Rule, Slow
from tests.journey import wire
from tests.journey.conftest import MESSENGER, Answer, Journey, conversation_id


async def does(world: Journey, who: Any, act: str, **body: Any) -> Answer:
    """One act of a person over the API."""
    headers = {"Authorization": f"Bearer {world.token}"}
    url = f"{world.url}/api/v1/conversations/{conversation_id(who)}/{act}"
    async with aiohttp.ClientSession(headers=headers) as session, session.post(url, json=body) as answer:
        return Answer(answer.status, await answer.json())


def thread(world: Journey, thread_id: str) -> list[tuple[str, str]]:
    """What a thread at the provider holds: who said what."""
    [found] = [t for t in world.openai.state()["conversations"] if t["id"] == thread_id]
    return [
        (item["role"], "".join(part.get("text", "") for part in item["content"]))
        for item in found["items"]
        if item["type"] == "message"
    ]


async def goes_on(world: Journey, who: Any, sent: list[str]) -> list[tuple[str, str]]:
    """The person writes, the bot answers again; what its thread, still the first, knows by then."""
    answer = await does(world, who, "messages", text="Kim here, it is on its way")
    assert answer.status == 202
    assert await world.until_answered(who, len(sent) + 1) == [*sent, "Kim here, it is on its way"]
    await world.meta.say(who, "Thank you, Kim")
    await world.until_recorded(who, e.MessageReceived, 2)
    assert (await does(world, who, "handback")).status == 200
    await world.until_answered(who, len(sent) + 2)
    await world.until_rest()
    events = await world.events(who)
    assert isinstance(events[0], e.ConversationStarted)
    assert not any(isinstance(event, e.ThreadRebound) for event in events)
    return thread(world, events[0].thread_id)


async def test_a_takeover_in_the_middle_of_a_draft_silences_the_bot_and_the_thread_learns_what_was_said(
    world: Journey,
) -> None:
    who = world.person("1")
    world.openai.faults.add(Rule("responses.create", Slow(0.7), times=1))
    await world.meta.say(who, "Where is my parcel?")
    await world.until_recorded(who, e.DraftAttempted)
    assert (await does(world, who, "handover", reason="angry")).json["answered_by"] == "person"
    [failed] = await world.until_recorded(who, e.DraftFailed)
    assert failed.code == "discarded_handed_over"
    assert world.meta.answers(who) == []
    held = await goes_on(world, who, [])
    assert ("assistant", "Kim here, it is on its way") in held
    assert held.index(("assistant", "Kim here, it is on its way")) < held.index(("user", "Thank you, Kim"))
    assert ("user", "[Your last answer did not reach the customer.]") in held
    authors = [draft.author for draft in await world.of_type(who, e.ReplyDrafted)]
    assert authors == ["person", "bot"]


async def test_a_takeover_between_draft_and_send_silences_the_bot(world: Journey) -> None:
    who = world.person("1")
    refused = {"error": {"message": "slow down", "type": "OAuthException", "code": 131056}}
    world.meta.faults.add(Rule("send", Refuse(400, refused), times=1))
    await world.meta.say(who, "Where is my parcel?")
    await world.until_recorded(who, e.ReplyDeferred)
    assert (await does(world, who, "handover")).status == 200
    [failed] = await world.until_recorded(who, e.ReplyFailed)
    assert failed.reason == "handed_over"
    held = await goes_on(world, who, [])
    assert ("user", "[Your last answer did not reach the customer.]") in held


async def test_another_process_passes_on_and_writes_and_the_owner_sends(world: Journey) -> None:
    async with world.beside() as other:
        for name in ("1", "2", "3", "4"):
            who = world.person(name)
            await world.meta.say(who, "Where is my parcel?")
            await world.until_answered(who)
            assert (await does(world, who, "handover")).status == 200
            assert (await does(other, who, "messages", text="Kim here")).status == 202
            assert (await world.until_answered(who, 2))[1] == "Kim here"


async def test_the_same_key_writes_once_and_the_bots_turn_is_not_written_into(world: Journey) -> None:
    who = world.person("1")
    await world.meta.say(who, "Where is my parcel?")
    await world.until_answered(who)
    early = await does(world, who, "messages", text="Kim here")
    assert (early.status, "handover" in early.json["detail"]) == (409, True)
    await does(world, who, "handover")
    first = await does(world, who, "messages", text="Kim here", idempotency_key="k")
    again = await does(world, who, "messages", text="Kim here", idempotency_key="k")
    other = await does(world, who, "messages", text="Kim there", idempotency_key="k")
    assert (first.status, again.json, other.status) == (202, first.json, 409)
    assert other.json["field"] == "idempotency_key"
    await world.until_rest()
    assert [send.text for send in world.meta.answers(who)][1:] == ["Kim here"]


async def shown(world: Journey, who: Any) -> tuple[str, bool]:
    answer = await world.ask(f"/api/v1/conversations/{conversation_id(who)}")
    return answer.json["answered_by"], answer.json["awaiting_reply"]


async def dropped_by_a_takeover(world: Journey, who: Any) -> None:
    """The bot's answer is written and not sent when somebody takes over."""
    refused = {"error": {"message": "slow down", "type": "OAuthException", "code": 131056}}
    world.meta.faults.add(Rule("send", Refuse(400, refused), times=1))
    await world.meta.say(who, "Where is my parcel?")
    await world.until_recorded(who, e.ReplyDeferred)
    assert (await does(world, who, "handover")).status == 200
    await world.until_recorded(who, e.ReplyFailed)


async def test_a_question_whose_answer_was_dropped_is_shown_as_waiting_for_a_person(world: Journey) -> None:
    who = world.person("1")
    await dropped_by_a_takeover(world, who)
    assert await shown(world, who) == ("person", True)

    async def listed() -> bool:
        rows = (await world.ask("/api/v1/sessions", status="all")).json["items"]
        waiting = (await world.ask("/api/v1/analytics/obligations")).json
        return [row["awaiting_reply"] for row in rows] == [True] and '"person"' in json.dumps(waiting)

    await world.until(listed)
    assert (await does(world, who, "messages", text="Kim here")).status == 202
    assert await world.until_answered(who) == ["Kim here"]
    await world.until_rest()
    assert await shown(world, who) == ("person", False)

    async def settled() -> bool:
        rows = (await world.ask("/api/v1/sessions", status="all")).json["items"]
        return [row["awaiting_reply"] for row in rows] == [False]

    await world.until(settled)


async def test_a_question_that_is_given_back_unanswered_is_answered_by_the_bot(world: Journey) -> None:
    who = world.person("1")
    await dropped_by_a_takeover(world, who)
    assert (await does(world, who, "handback")).status == 200
    assert len(await world.until_answered(who)) == 1
    await world.until_rest()
    ids = [draft.reply_id for draft in await world.of_type(who, e.ReplyDrafted)]
    assert len(ids) == len(set(ids)) == 2


async def test_of_two_who_take_over_at_once_one_does_and_the_other_is_told(world: Journey) -> None:
    who = world.person("1")
    await world.meta.say(who, "Where is my parcel?")
    await world.until_answered(who)
    async with world.beside() as other:
        answers = await asyncio.gather(*(does(w, who, "handover") for w in (world, other) * 3))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 5
    assert len(await world.of_type(who, e.HandedOver)) == 1


async def test_what_a_person_wrote_and_gave_back_before_it_was_sent_goes_out_first_and_once(
    world: Journey,
) -> None:
    who = world.person("1")
    await world.meta.say(who, "Where is my parcel?")
    await world.until_answered(who)
    await does(world, who, "handover")
    world.meta.faults.add(Rule("send", Slow(0.5), times=1))
    await does(world, who, "messages", text="Kim here")
    await does(world, who, "handback")
    await world.meta.say(who, "Thank you")
    texts = await world.until_answered(who, 3)
    await world.until_rest()
    assert texts[1] == "Kim here"
    assert [send.text for send in world.meta.answers(who)] == texts


async def test_after_a_crash_the_thread_learns_in_order_what_the_person_wrote(world: Journey) -> None:
    who = world.person("1")
    await world.meta.say(who, "Where is my parcel?")
    await world.until_answered(who)
    await does(world, who, "handover")
    await does(world, who, "messages", text="Kim here")
    await world.until_answered(who, 2)
    await world.meta.say(who, "Which street?")
    await world.until_recorded(who, e.MessageReceived, 2)
    await does(world, who, "messages", text="Mill Lane")
    await world.crash()
    await world.begin()
    await world.until_answered(who, 3)
    await does(world, who, "handback")
    await world.meta.say(who, "Thank you")
    await world.until_answered(who, 4)
    await world.until_rest()
    [first] = await world.of_type(who, e.ConversationStarted)
    told = [text for _, text in thread(world, first.thread_id)]
    places = [told.index(text) for text in ("Kim here", "Which street?", "Mill Lane", "Thank you")]
    assert places == sorted(places)


async def test_past_the_window_a_person_writes_with_the_tag_for_people_and_the_bot_does_not(
    world: Journey,
) -> None:
    who = world.person("1", MESSENGER)
    ago = wire.milliseconds(ago=30 * 3600)
    body = wire.event("1", message={"mid": "m.old", "text": "Where is my parcel?"}) | {"timestamp": ago}
    assert await world.deliver(wire.page(body)) == 200
    person = world.meta.people.meet(MESSENGER, ("1",))
    person.last_said_at = ago / 1000  # the channel refuses from now on what is not tagged
    [closed] = await world.until_recorded(who, e.ReplyFailed)
    assert closed.reason == "window_closed"
    await does(world, who, "handover")
    assert (await does(world, who, "messages", text="Kim here")).status == 202
    assert await world.until_answered(who) == ["Kim here"]
