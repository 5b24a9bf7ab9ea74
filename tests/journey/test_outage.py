"""OpenAI is away: acknowledging goes on, new people are seen, every owed answer is given once afterwards."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from domain import events as e
from service.sandbox.faults import Down, Refuse, Rule
from service.sandbox.meta import Speaker
from tests.journey.conftest import MESSENGER, WHATSAPP, Journey, journey


async def seen(world: Journey) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {world.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{world.url}/api/v1/sessions?status=active&limit=100") as answer,
    ):
        assert answer.status == 200
        return list((await answer.json())["items"])


async def answered_once(world: Journey, people: list[Speaker]) -> None:
    for who in people:
        await world.until_answered(who, within=90)
    await world.until_rest(within=90)
    for who in people:
        events = await world.events(who)
        covered = 0
        for draft in (event for event in events if isinstance(event, e.ReplyDrafted)):
            assert draft.answers_through > covered
            covered = draft.answers_through
        last = max(event.originator_version for event in events if isinstance(event, e.MessageReceived))
        assert covered >= last
        sent = [event for event in events if isinstance(event, e.ReplySent)]
        assert len(world.meta.answers(who)) == len(sent)


async def test_an_outage_of_openai_delays_answers_only(fresh_url: str, tmp_path) -> None:
    async with journey(fresh_url, tmp_path, thread_patience=0.5, retry_cap=1.0) as world:
        known = [world.person(f"known{n}", MESSENGER) for n in range(8)]
        await asyncio.gather(*(world.meta.say(who, "hello") for who in known))
        await answered_once(world, known)
        world.openai.faults.add(Rule("*", Down()))
        new = [world.person(f"new{n}", WHATSAPP) for n in range(8)]
        await asyncio.gather(*(world.meta.say(who, "anybody there?") for who in [*known, *new]))

        async def everybody_is_seen() -> bool:
            rows = await seen(world)
            return len(rows) == 16 and all(row["awaiting_reply"] for row in rows)

        await world.until(everybody_is_seen, within=60)
        world.openai.faults.clear()
        for who in known:
            await world.until_answered(who, 2, within=90)
        await answered_once(world, [*known, *new])


async def test_the_breaker_spares_the_conversations_their_retries(fresh_url: str, tmp_path) -> None:
    """Fifty conversations owe an answer while the provider is overloaded; few requests find that out."""
    async with journey(fresh_url, tmp_path) as world:
        people = [world.person(f"p{n}", MESSENGER) for n in range(50)]
        await asyncio.gather(*(world.meta.say(who, "hello") for who in people))
        await answered_once(world, people)
        world.openai.faults.add(
            Rule("responses.create", Refuse(503, {"error": {"message": "x", "code": "server_is_overloaded"}}))
        )
        await asyncio.gather(*(world.meta.say(who, "and now?") for who in people))

        async def open_for_a_while() -> bool:
            status = world.service.provider.breaker.status(asyncio.get_running_loop().time())
            return status.probes >= 2

        await world.until(open_for_a_while)
        asked = sum(rule["matched"] for rule in world.openai.faults.describe())
        assert asked < 50 + 5
        world.openai.faults.clear()
        for who in people:
            await world.until_answered(who, 2, within=90)
        await answered_once(world, people)


async def test_out_of_quota_is_told_apart_and_the_fallback_is_sent_once_after_its_time(
    fresh_url: str, tmp_path
) -> None:
    async with journey(fresh_url, tmp_path, fallback_after=1.0, fallback_text="Back soon.") as world:
        quota = {"error": {"message": "x", "type": "insufficient_quota", "code": "credit_balance_exhausted"}}
        world.openai.faults.add(Rule("responses.create", Refuse(429, quota)))
        who = world.person("1", MESSENGER)
        await world.meta.say(who, "hello, I am Ada")
        assert await world.until_answered(who) == ["Back soon."]
        await world.until_rest()
        world.openai.faults.clear()
        events = await world.events(who)
        assert [event.author for event in events if isinstance(event, e.ReplyDrafted)] == ["fallback"]
        assert any(isinstance(event, e.DraftFailed) and "credit" in event.code for event in events)


async def test_what_only_the_fallback_answered_is_told_to_the_thread_with_the_next_turn(
    fresh_url: str, tmp_path
) -> None:
    async with journey(fresh_url, tmp_path, fallback_after=1.5, fallback_text="Back soon.") as world:
        who = world.person("1", MESSENGER)
        world.openai.faults.add(Rule("responses.create", Refuse(500, {"error": {"message": "x"}})))
        await world.meta.say(who, "My order is number 4711")
        assert await world.until_answered(who) == ["Back soon."]
        await world.until_rest()
        world.openai.faults.clear()
        await world.meta.say(who, "Thank you")
        await world.until_answered(who, 2)
        [conversation] = world.openai.state()["conversations"]
        said = [
            part["text"]
            for item in conversation["items"]
            if item["type"] == "message" and item["role"] == "user"
            for part in item["content"]
        ]
        assert said == ["My order is number 4711", "Thank you"]
