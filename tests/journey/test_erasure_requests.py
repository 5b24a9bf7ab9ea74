"""People who ask Meta for their data to be deleted, and people who have been silent for as long as the policy
keeps them."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import aiohttp
import pytest

from domain import events as e
from domain.conversation import Refused
from domain.identity import partition_of
from service.channels.signed_request import signed_request
from service.erasing import Eraser
from service.retention import Retention
from service.sandbox.faults import Down, Rule
from service.sandbox.meta import Speaker
from service.storage import inbox
from service.storage.database import Database
from service.storage.ids import ordered_id
from service.storage.inbox import InboxRow
from tests.journey.conftest import (
    APP_SECRET,
    INSTAGRAM,
    MESSENGER,
    Answer,
    Journey,
    conversation_id,
    journey,
)
from tests.journey.test_g10_erasure import followed

PERSON = "7218890124451"


async def asks(
    world: Journey, path: str = "data-deletion", *, secret: str = APP_SECRET, **payload: Any
) -> Answer:
    """What Meta posts, as a form."""
    said = {"algorithm": "HMAC-SHA256", "issued_at": 1764000000, "user_id": PERSON, **payload}
    form = urlencode({"signed_request": signed_request(secret.encode(), json.dumps(said).encode())})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{world.url}/webhooks/{path}", data=form, headers=headers) as answer,
    ):
        text = await answer.text()
        return Answer(answer.status, text if text == "ok" else json.loads(text))


async def looks(url: str, accept: str) -> tuple[int, str, str]:
    async with aiohttp.ClientSession() as session, session.get(url, headers={"Accept": accept}) as answer:
        return answer.status, answer.content_type, await answer.text()


async def until_done(world: Journey, url: str) -> None:
    async def done() -> bool:
        return (await looks(url, "application/json"))[2] == '{"status":"done"}'

    await world.until(done, within=60)


async def erased(world: Journey, who: Speaker) -> list[e.ConversationErased]:
    return await world.of_type(who, e.ConversationErased)


async def test_g10_a_deletion_that_meta_passes_on_is_confirmed_and_carried_out_in_every_account(
    world: Journey,
) -> None:
    people = [world.person(PERSON, MESSENGER), world.person(PERSON, INSTAGRAM)]
    other = world.person("another", MESSENGER)
    for who in (*people, other):
        await world.meta.say(who, "my xylophone")
        await world.until_answered(who)
    await world.until_rest()
    await followed(world)
    answer = await asks(world)
    code = answer.json["confirmation_code"]
    assert (answer.status, answer.json["url"]) == (200, f"{world.url}/erasures/{code}")
    assert UUID(hex=code).version == 4
    await until_done(world, answer.json["url"])
    for who in people:
        [certificate] = await erased(world, who)
        assert certificate.actor == "meta:data_deletion"
    assert await erased(world, other) == []
    [left] = world.openai.state()["conversations"]
    [begun] = await world.of_type(other, e.ConversationStarted)
    assert left["id"] == begun.thread_id
    status, kind, page = await looks(answer.json["url"], "text/html,*/*;q=0.8")
    assert (status, kind, "Your data is deleted" in page) == (200, "text/html", True)
    [row] = await world.fetch("SELECT conversations FROM erasure_requests")
    assert row["conversations"] == []


async def test_g10_a_deletion_is_pending_as_long_as_the_provider_is_away(world: Journey) -> None:
    who = world.person(PERSON, MESSENGER)
    await world.meta.say(who, "my xylophone")
    await world.until_answered(who)
    await world.until_rest()
    await followed(world)
    world.openai.faults.add(Rule("*", Down()))
    answer = await asks(world)
    await world.until(lambda: _any(erased(world, who)))
    assert (await looks(answer.json["url"], "application/json"))[2] == '{"status":"pending"}'
    assert "being deleted" in (await looks(answer.json["url"], "text/html"))[2]

    async def shown() -> bool:
        left = (await world.ask("/health")).json["components"]["erasures"]
        return bool(left["requests"] == 1 and left["owed_at_provider"] >= 2)

    await world.until(shown)
    world.openai.faults.clear()
    await until_done(world, answer.json["url"])
    await world.until(lambda: _quiet(world))


async def _any(found: Any) -> bool:
    return bool(await found)


async def _quiet(world: Journey) -> bool:
    left = (await world.ask("/health")).json["components"]["erasures"]
    return (left["status"], left["requests"], left["owed_at_provider"]) == ("ok", 0, 0)


async def test_who_is_not_known_is_answered_alike(world: Journey) -> None:
    answer = await asks(world, user_id="nobody")
    assert (answer.status, set(answer.json)) == (200, {"url", "confirmation_code"})
    await until_done(world, answer.json["url"])
    wrong = answer.json["url"][:-1] + ("0" if answer.json["url"][-1] != "0" else "1")
    assert (await looks(wrong, "text/html"))[0] == 404
    for code in ("x", "0" * 32, "g" * 32, "é"):
        assert (await looks(f"{world.url}/erasures/{code}", "application/json"))[0] == 404


async def test_what_meta_did_not_sign_is_refused_and_nobody_is_erased(world: Journey) -> None:
    who = world.person(PERSON, MESSENGER)
    await world.meta.say(who, "hello")
    await world.until_answered(who)
    for path in ("data-deletion", "deauthorize"):
        refused = await asks(world, path, secret="another")
        assert (refused.status, refused.json["field"]) == (401, "signed_request")
        async with aiohttp.ClientSession() as session:
            for body in (b"", b"signed_request=", b"signed_request=a.b&signed_request=c.d", b"\xff" * 40):
                async with session.post(f"{world.url}/webhooks/{path}", data=body) as answer:
                    assert (answer.status in {400, 401}, answer.content_type) == (
                        True,
                        "application/problem+json",
                    )
            async with session.post(f"{world.url}/webhooks/{path}", data=b"x" * 20_000) as answer:
                assert answer.status == 413
    assert await world.fetch("SELECT 1 FROM erasure_requests") == []
    assert await erased(world, who) == []


async def test_where_the_app_was_removed_it_is_noted_and_nothing_is_erased(world: Journey) -> None:
    who = world.person(PERSON, MESSENGER)
    await world.meta.say(who, "hello")
    await world.until_answered(who)
    assert await asks(world, "deauthorize") == Answer(200, "ok")
    assert await asks(world, "deauthorize", user_id=0, profile_id="1134713") == Answer(200, "ok")
    noted = await world.fetch(
        "SELECT account_id, reason, payload FROM ignored WHERE field = 'deauthorize' ORDER BY reason"
    )
    assert [(row["account_id"], row["reason"]) for row in noted] == [
        ("1134713", "the app was removed by a page"),
        (None, "the app was removed by a person"),
    ]
    assert not any(PERSON.encode() in row["payload"] for row in noted)
    assert await erased(world, who) == []


async def test_the_address_that_people_reach_the_service_at_can_be_said(
    fresh_url: str, tmp_path: Path
) -> None:
    async with journey(fresh_url, tmp_path, public_url="https://chat.example.com/x/") as world:
        answer = await asks(world)
        assert answer.json["url"] == f"https://chat.example.com/x/erasures/{answer.json['confirmation_code']}"


async def test_g10_a_deletion_that_was_confirmed_survives_a_crash(world: Journey) -> None:
    who = world.person(PERSON, MESSENGER)
    await world.meta.say(who, "hello")
    await world.until_answered(who)
    await world.until_rest()
    await followed(world)
    answer = await asks(world)
    await world.crash()
    await world.begin()
    await until_done(world, f"{world.url}/erasures/{answer.json['confirmation_code']}")
    assert len(await erased(world, who)) == 1


# The policy


async def test_the_policy_erases_the_silent_and_nobody_else(fresh_url: str, tmp_path: Path) -> None:
    seconds = 10.0
    async with journey(fresh_url, tmp_path, erase_after_days=seconds / 86_400) as world:
        silent, talks, taken = (world.person(name) for name in ("1", "2", "3"))
        for who in (silent, talks, taken):
            await world.meta.say(who, "hello")
            await world.until_answered(who)
        headers = {"Authorization": f"Bearer {world.token}"}
        url = f"{world.url}/api/v1/conversations/{conversation_id(taken)}/handover"
        async with aiohttp.ClientSession(headers=headers) as session, session.post(url) as answer:
            assert answer.status == 200
        said = 1
        async with asyncio.timeout(120):
            while not await erased(world, silent):
                said += 1
                await world.meta.say(talks, f"still here {said}")
                await world.until_answered(talks, said)
        [certificate] = await erased(world, silent)
        assert certificate.actor == "policy"
        assert await erased(world, talks) == await erased(world, taken) == []


async def test_the_policy_spares_whom_there_is_news_of_in_the_inbox(world: Journey, fresh_url: str) -> None:
    who = world.person("1")
    await world.meta.say(who, "hello")
    await world.until_answered(who)
    await world.until_rest()
    await followed(world)
    tomorrow = world.service.clock() + timedelta(days=1)
    database, policy = world.service.database, world.service.policy
    retention = Retention(database, world.service.vault, policy)
    assert [each async for each in retention.silent(range(64), tomorrow)] == [conversation_id(who)]
    await world.end()  # so that nobody takes in what arrives
    database = await Database.open(fresh_url)
    try:
        eraser = Eraser(database, world.service.vault, world.service.clock)
        async with database.connection() as connection:
            partition = partition_of(conversation_id(who), database.partitions)
            row = InboxRow(partition, ordered_id(), conversation_id(who), "message", tomorrow, b"{}")
            await inbox.insert(connection, [row])
        with pytest.raises(Refused):
            await eraser.erase(conversation_id(who), "policy", only_if=lambda _: True)
        async with database.connection() as connection:
            assert await inbox.count(connection) == 1
            assert await connection.fetch("SELECT 1 FROM erasures") == []
            await inbox.delete(connection, [row])
        await eraser.erase(conversation_id(who), "policy", only_if=lambda _: True)
    finally:
        await database.close()
    await world.begin()
