"""A person takes a conversation over, writes, and gives it back."""

from __future__ import annotations

from typing import Any

import aiohttp

from domain import events as e
from service.sandbox.faults import Refuse, Rule, Slow
from tests.journey.conftest import Answer, Journey, conversation_id


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
