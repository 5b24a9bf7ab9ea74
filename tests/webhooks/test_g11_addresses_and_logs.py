"""G11: the handshake, addresses and methods, and what the log says of it all: nothing of anybody's words."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from domain import events as e
from domain.identity import Sender
from service.channels.signature import HEADER
from service.sandbox.faults import Nonsense, Refuse, Rule
from service.storage import inbox
from tests.journey import wire
from tests.journey.conftest import APP_SECRET, Journey
from tests.journey.test_g4_nothing_dropped import row_of
from tests.webhooks.conftest import LogFile, answer, connect, request
from tests.webhooks.deliveries import BODY, BOTH, names_no_secret, rows

# The handshake


@BOTH
async def test_the_handshake_answers_the_bare_challenge_as_it_came(world: Journey, path: str) -> None:
    for challenge in ("1158201444", "007", "<b>&amp;</b>", "ä😀", "x" * 10_000):
        query = f"hub.mode=subscribe&hub.verify_token=verify&hub.challenge={quote(challenge)}"
        reply = await answer(world, request(method="GET", path=f"{path}?{query}"))
        assert (reply.status, reply.body.decode()) == (200, challenge)
        assert reply.headers["content-type"].startswith("text/plain")


@BOTH
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "hub.mode"),
        ("hub.mode=unsubscribe&hub.verify_token=verify&hub.challenge=1", "hub.mode"),
        ("hub.mode=subscribe&hub.challenge=1", "hub.verify_token"),
        ("hub.mode=subscribe&hub.verify_token=&hub.challenge=1", "hub.verify_token"),
        ("hub.mode=subscribe&hub.verify_token=Verify&hub.challenge=1", "hub.verify_token"),
        ("hub.mode=subscribe&hub.verify_token=verify%00&hub.challenge=1", "hub.verify_token"),
        ("hub.mode=subscribe&hub.verify_token=%ff%d8&hub.challenge=1", "hub.verify_token"),
        (f"hub.mode=subscribe&hub.verify_token={'v' * 10_000}&hub.challenge=1", "hub.verify_token"),
        (f"hub.mode={'s' * 10_000}&hub.verify_token=verify&hub.challenge=1", "hub.mode"),
        ("hub.mode=subscribe&hub.verify_token=verify", "hub.challenge"),
        ("hub.mode=subscribe&hub.verify_token=verify&hub.challenge=1&hub.challenge=2", "hub.challenge"),
        ("hub.mode=subscribe&hub.verify_token=verify&hub.verify_token=x&hub.challenge=1", "hub.verify_token"),
        ("hub.mode=subscribe&hub.mode=subscribe&hub.verify_token=verify&hub.challenge=1", "hub.mode"),
    ],
    ids=[
        "nothing",
        "wrong_mode",
        "no_token",
        "empty_token",
        "other_case",
        "zero",
        "not_utf8",
        "long_token",
        "long_mode",
        "no_challenge",
        "two_challenges",
        "two_tokens",
        "two_modes",
    ],
)
async def test_a_handshake_that_is_not_right_is_403_and_names_the_parameter(
    world: Journey, log: LogFile, path: str, query: str, field: str
) -> None:
    reply = await answer(world, request(method="GET", path=f"{path}?{query}"))
    assert (reply.status, reply.problem["field"]) == (403, field)
    assert len(reply.body) < 1_000
    assert b'"verify"' not in reply.body
    log.holds_nothing_of()


# Addresses and methods


@BOTH
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"])
async def test_a_wrong_method_is_405_and_says_which_are_right(world: Journey, path: str, method: str) -> None:
    async with connect(world) as line:
        await line.write(request(BODY, method=method, path=path))
        reply = await line.reply(body=method != "HEAD")
    assert (reply.status, reply.headers["allow"]) == (405, "GET, POST")
    assert reply.headers["content-type"].startswith("application/problem+json")
    assert await rows(world) == 0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 404),
        ("/webhooks", 404),
        ("/webhooks/", 404),
        ("/webhooks/whatsapp/", 404),
        ("/webhooks//whatsapp", 404),
        ("/webhooks/instagram", 404),
        ("/WEBHOOKS/whatsapp", 404),
        ("/webhooks/../api/v1/conversations", 404),
        ("/webhooks/%00", 404),
        ("/webhooks/%ff%fe", 404),
        ("/webhooks/" + "x" * 10_000, 404),
        ("/.env", 404),
        ("/.git/config", 404),
        ("/api/v1/nothing", 401),
        ("/api/v1/conversations", 401),
        ("/api/v1/quarantine", 401),
        ("//api/v1/conversations", 404),
        ("/%61pi/v1/conversations", 401),
    ],
)
async def test_unknown_addresses_are_404_and_the_api_is_401_without_the_token(
    world: Journey, log: LogFile, path: str, status: int
) -> None:
    for method in ("GET", "POST"):
        reply = await answer(world, request(BODY, method=method, path=path))
        assert reply.problem["status"] == status
        assert len(reply.body) < 1_000
        names_no_secret(world, reply.body)
    assert await rows(world) == 0
    log.holds_nothing_of("a private matter")


async def test_the_token_of_the_api_opens_no_webhook_and_a_signature_no_api(world: Journey) -> None:
    bearer: dict[str, str | bytes] = {"Authorization": f"Bearer {world.token}"}
    assert (await answer(world, request(BODY, headers={HEADER: "", **bearer}))).status == 401
    assert (await answer(world, request(method="GET", path="/api/v1/conversations"))).status == 401
    allowed = request(method="GET", path="/api/v1/conversations", headers=bearer)
    assert (await answer(world, allowed)).status == 200


# The log


async def test_the_log_of_a_lively_day_holds_no_words_no_names_and_no_secrets(
    world: Journey, log: LogFile
) -> None:
    private = ["ursprungstext", "geheimtext", "Persephone", "antworttext", "4915112345678"]
    value = wire.value(
        contacts=[{"wa_id": private[4], "profile": {"name": private[2], "username": private[2]}}],
        messages=[wire.said(private[4], private[0])],
    )
    who = world.person(private[4])
    await world.meta.say(who, private[1])
    await world.until_answered(who)
    refusal = {"error": {"message": f"{private[3]} {private[4]}", "code": 100}}
    world.meta.faults.add(Rule("send", Refuse(400, refusal), times=1))
    world.openai.faults.add(Rule("responses.create", Nonsense({"output": private[3]}), times=1))
    world.openai.faults.add(
        Rule(
            "responses.create",
            Refuse(400, {"error": {"message": private[3], "code": "invalid_prompt"}}),
            times=1,
        )
    )
    await world.deliver(wire.whatsapp(value))
    await world.until_recorded(who, e.ReplyFailed)
    await world.deliver(json.dumps(wire.whatsapp({"messages": private})).encode())
    await world.deliver(private[0].encode())
    await world.until_rest()
    text = log.text()
    assert "message received" in text
    assert "send refused" in text
    assert "draft failed" in text
    log.holds_nothing_of(*private, APP_SECRET, world.token)


async def test_a_defect_of_ours_is_logged_without_what_people_wrote(world: Journey, log: LogFile) -> None:
    """An inbox row that trips the domain stands in for a defect."""
    who = Sender("whatsapp", "106540352242922", "4915112345678")
    row = row_of(who, 0, world.service.clock(), sent_at="2026-11-24T00:00:00", text="geheimtext")
    async with world.service.database.transaction() as connection:
        await inbox.insert(connection, [row])
    world.service.workers.arrived()
    await world.until(lambda: "item refused by the domain" in log.text())
    assert "TypeError" in log.text()
    assert "geheimtext" not in log.text()
    assert who.sender_id not in log.text()
