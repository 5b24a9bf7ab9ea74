"""Steering the stand-in from another process: the routes below ``/_sandbox``."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from openai_probes import MODEL, HandClock, live, texts

from service.sandbox.openai import OpenAISandbox


@pytest.fixture
async def outside(url: str) -> Any:
    """Somebody without a key."""
    async with aiohttp.ClientSession(url.removesuffix("/v1")) as session:
        yield session


async def make(http: aiohttp.ClientSession, **body: Any) -> str:
    async with http.post("/v1/conversations", json=body) as response:
        conversation: str = (await response.json())["id"]
        return conversation


async def respond(http: aiohttp.ClientSession, **body: Any) -> int:
    async with http.post("/v1/responses", json={"model": MODEL, "input": "Hello", **body}) as response:
        return response.status


async def test_a_rule_is_added_seen_and_cleared(
    outside: aiohttp.ClientSession, http: aiohttp.ClientSession
) -> None:
    rule = {
        "operation": "responses.create",
        "effect": {"kind": "refuse", "status": 503, "body": {"error": {"message": "no"}}},
        "times": 2,
    }
    async with outside.post("/_sandbox/faults", json=rule) as response:
        assert response.status == 201
    assert [await respond(http) for _ in range(3)] == [503, 503, 200]
    async with outside.get("/_sandbox/faults") as response:
        [shown] = (await response.json())["rules"]
    assert shown["operation"] == "responses.create"
    assert shown["effect"]["kind"] == "refuse"
    assert (shown["matched"], shown["fired"]) == (2, 2)
    async with outside.post("/_sandbox/faults", json={"operation": "*", "effect": "server_error"}):
        assert await respond(http) == 500
    async with outside.delete("/_sandbox/faults") as response:
        assert (await response.json())["rules"] == []
    assert await respond(http) == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", ""),
        (b"[]", ""),
        (b'{"effect": "down"}', "operation"),
        (b'{"operation": "responses.create"}', "effect"),
        (b'{"operation": "responses.crate", "effect": "down"}', "operation"),
        (b'{"operation": "responses.create", "effect": "explode"}', "effect.kind"),
        (b'{"operation": "responses.create", "effect": "slow"}', "effect.seconds"),
        (b'{"operation": "responses.create", "effect": {"kind": "slow", "seconds": -1}}', "effect.seconds"),
        (b'{"operation": "responses.create", "effect": {"kind": "refuse", "status": 200}}', "effect.status"),
        (b'{"operation": "responses.create", "effect": {"kind": "down", "x": 1}}', "effect.x"),
        (b'{"operation": "responses.create", "effect": "down", "times": 0}', "times"),
        (b'{"operation": "responses.create", "effect": "down", "probability": 2}', "probability"),
        (b'{"operation": "responses.create", "effect": "down", "often": true}', "often"),
        (b'{"operation": "models.list", "effect": "empty_output"}', "effect"),
        (b'{"operation": "*", "effect": "lose_conversation"}', "effect"),
    ],
)
async def test_a_bad_rule_is_refused_with_its_field_named(
    outside: aiohttp.ClientSession, sandbox: OpenAISandbox, body: bytes, field: str
) -> None:
    async with outside.post("/_sandbox/faults", data=body) as response:
        assert response.status == 400
        error = (await response.json())["error"]
    assert error["field"] == field
    assert error["message"]
    assert sandbox.faults.describe() == []


async def test_the_state_shows_conversations_items_orphans_and_counts(
    outside: aiohttp.ClientSession, http: aiohttp.ClientSession
) -> None:
    kept = await make(http, metadata={"sender": "x"})
    gone = await make(http, items=[{"role": "user", "content": "left behind"}])
    assert await respond(http, conversation=kept) == 200
    assert await respond(http) == 200
    assert await respond(http, temperature=1.5) == 400
    async with http.delete(f"/v1/conversations/{gone}"), outside.get("/_sandbox/state") as response:
        state = await response.json()
    [conversation] = state["conversations"]
    assert conversation["id"] == kept
    assert conversation["metadata"] == {"sender": "x"}
    assert conversation["responses"] == 1
    assert conversation["locked"] is False
    assert conversation["tokens"] > 0
    assert [item["role"] for item in conversation["items"]] == ["user", "assistant"]
    assert [item["content"][0]["text"] for item in state["orphaned_items"]] == ["left behind"]
    counts = state["counts"]
    assert counts["conversations"] == {"created": 2, "live": 1, "deleted": 1, "lost": 0}
    assert counts["responses"] == 2
    assert counts["requests"]["responses.create"] == {"received": 3, "200": 2, "400": 1}
    async with outside.get("/_sandbox/counts") as response:
        assert await response.json() == counts


async def test_urls_that_are_not_there_are_counted(
    outside: aiohttp.ClientSession, http: aiohttp.ClientSession
) -> None:
    async with http.post("/v1/threads"), outside.get("/_sandbox/counts") as response:
        assert (await response.json())["requests"] == {"invalid_url": {"received": 1, "404": 1}}


async def test_a_conversation_is_lost_by_order(
    outside: aiohttp.ClientSession, http: aiohttp.ClientSession, sandbox: OpenAISandbox
) -> None:
    conversation = await make(http, items=[{"role": "user", "content": "hello"}])
    async with outside.post(f"/_sandbox/conversations/{conversation}/lose") as response:
        assert response.status == 200
    assert await respond(http, conversation=conversation) == 404
    assert sandbox.counts()["conversations"]["lost"] == 1
    async with outside.post(f"/_sandbox/conversations/{conversation}/lose") as response:
        assert response.status == 404


async def test_a_conversation_is_locked_by_order_for_so_long(
    outside: aiohttp.ClientSession, http: aiohttp.ClientSession, sandbox: OpenAISandbox, clock: HandClock
) -> None:
    conversation = await make(http)
    path = f"/_sandbox/conversations/{conversation}/lock"
    async with outside.post(path, json={"seconds": 5}) as response:
        assert response.status == 200
    assert live(sandbox, conversation)["locked"]
    assert await respond(http, conversation=conversation) == 400
    clock.now += 5
    assert await respond(http, conversation=conversation) == 200
    async with outside.post(path, json={"seconds": 60}), outside.post(path, json={"seconds": 0}):
        assert await respond(http, conversation=conversation) == 200
    async with outside.post("/_sandbox/conversations/conv_x/lock", json={"seconds": 5}) as response:
        assert response.status == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [(b"{}", "seconds"), (b'{"seconds": -1}', "seconds"), (b'{"seconds": 1, "x": 1}', "x"), (b"", "")],
)
async def test_a_bad_lock_is_refused_with_its_field_named(
    outside: aiohttp.ClientSession, http: aiohttp.ClientSession, body: bytes, field: str
) -> None:
    conversation = await make(http)
    async with outside.post(f"/_sandbox/conversations/{conversation}/lock", data=body) as response:
        assert response.status == 400
        assert (await response.json())["error"]["field"] == field


async def test_behaviour_is_changed_by_order(
    outside: aiohttp.ClientSession, http: aiohttp.ClientSession, sandbox: OpenAISandbox
) -> None:
    conversation = await make(http)
    change = {"latency": [0.0, 0.01], "conversations": "ignored"}
    async with outside.patch("/_sandbox/behaviour", json=change) as response:
        assert await response.json() == {"context_window": 922_000, **change}
    assert await respond(http, conversation=conversation) == 200
    assert texts(sandbox, conversation) == []
    for body, field in (({"conversations": "some"}, "conversations"), ({"speed": 1}, "speed")):
        async with outside.patch("/_sandbox/behaviour", json=body) as response:
            assert response.status == 400
            assert (await response.json())["error"]["field"] == field


async def test_a_sandbox_listens_once_and_can_be_stopped_twice(url: str, sandbox: OpenAISandbox) -> None:
    assert url.startswith("http://127.0.0.1:")
    with pytest.raises(RuntimeError, match="running"):
        await sandbox.start()
    await sandbox.stop()
    await sandbox.stop()


async def test_a_port_that_is_taken_is_said_to_be(url: str) -> None:
    second = OpenAISandbox()
    with pytest.raises(OSError, match="address already in use"):
        await second.start(port=int(url.split(":")[2].split("/", maxsplit=1)[0]))
    await second.start()
    await second.stop()
