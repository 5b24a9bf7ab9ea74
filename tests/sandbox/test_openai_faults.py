"""Every effect of the fault dial, as the real SDK meets it."""

from __future__ import annotations

import asyncio
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from openai_probes import MODEL, HandClock, live, requests, texts, until

from service.sandbox.faults import (
    Down,
    EmptyOutput,
    Failed,
    HangAfter,
    HangBefore,
    Incomplete,
    LockFor,
    LoseConversation,
    Nonsense,
    Phases,
    Refusal,
    Refuse,
    ResetAfter,
    Rule,
    Says,
    Slow,
    Trickle,
    UnknownItem,
)
from service.sandbox.openai import OpenAISandbox
from service.sandbox.openai.errors import PRESETS

RESPOND = "responses.create"


@pytest.fixture
async def conversation(client: AsyncOpenAI) -> str:
    return (await client.conversations.create()).id


async def ask(client: AsyncOpenAI, conversation: str, text: str = "Hello") -> Any:
    return await client.responses.create(model=MODEL, input=text, conversation=conversation)


async def first_page(client: AsyncOpenAI, conversation: str) -> Any:
    return await client.conversations.items.list(conversation)


async def test_down_resets_the_connection_and_does_nothing(
    client: AsyncOpenAI, sandbox: OpenAISandbox, conversation: str
) -> None:
    sandbox.faults.add(Rule(RESPOND, Down(), times=1))
    with pytest.raises(openai.APIConnectionError) as caught:
        await ask(client, conversation)
    assert not isinstance(caught.value, openai.APITimeoutError)
    assert texts(sandbox, conversation) == []
    assert requests(sandbox, RESPOND) == {"received": 1, "reset": 1}
    assert (await ask(client, conversation)).status == "completed"


async def test_a_reset_is_no_orderly_end(url: str, sandbox: OpenAISandbox) -> None:
    sandbox.faults.add(Rule("models.list", Down()))
    port = int(url.removesuffix("/v1").rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /v1/models HTTP/1.1\r\nHost: sandbox\r\n\r\n")
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()


async def test_reset_after_does_the_work_and_tells_nobody(
    client: AsyncOpenAI, sandbox: OpenAISandbox, conversation: str
) -> None:
    sandbox.faults.add(Rule(RESPOND, ResetAfter(), times=1))
    with pytest.raises(openai.APIConnectionError):
        await ask(client, conversation)
    assert len(texts(sandbox, conversation)) == 2
    assert not live(sandbox, conversation)["locked"]


async def test_a_conversation_can_be_made_though_its_id_is_never_told(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    sandbox.faults.add(Rule("conversations.create", ResetAfter(), times=1))
    with pytest.raises(openai.APIConnectionError):
        await client.conversations.create(metadata={"sender": "x"})
    assert sandbox.counts()["conversations"] == {"created": 1, "live": 1, "deleted": 0, "lost": 0}


@pytest.mark.parametrize(("effect", "stored"), [(HangBefore(), 0), (HangAfter(), 2)], ids=["before", "after"])
async def test_a_hang_keeps_the_connection_open_until_the_client_gives_up(
    client: AsyncOpenAI, sandbox: OpenAISandbox, conversation: str, effect: Any, stored: int
) -> None:
    sandbox.faults.add(Rule(RESPOND, effect, times=1))
    with pytest.raises(openai.APITimeoutError):
        await client.with_options(timeout=0.3).responses.create(
            model=MODEL, input="Hello", conversation=conversation
        )
    await until(lambda: requests(sandbox, RESPOND).get("hung") == 1)
    assert len(texts(sandbox, conversation)) == stored
    assert (await ask(client, conversation)).status == "completed"


async def test_stopping_ends_what_hangs_at_once(
    client: AsyncOpenAI, sandbox: OpenAISandbox, conversation: str
) -> None:
    sandbox.faults.add(Rule(RESPOND, HangBefore()))
    sandbox.faults.add(Rule("items.list", Slow(600)))
    waiting = [
        asyncio.create_task(ask(client, conversation)),
        asyncio.create_task(first_page(client, conversation)),
    ]
    await until(lambda: [rule["fired"] for rule in sandbox.faults.describe()] == [1, 1])
    async with asyncio.timeout(3):
        await sandbox.stop()
        hung, slow = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(hung, openai.APIConnectionError)
    assert not isinstance(slow, openai.APITimeoutError)


async def test_slow_waits_and_then_answers(
    client: AsyncOpenAI, sandbox: OpenAISandbox, conversation: str
) -> None:
    sandbox.faults.add(Rule(RESPOND, Slow(0.2), times=1))
    started = asyncio.get_running_loop().time()
    assert (await ask(client, conversation)).status == "completed"
    assert asyncio.get_running_loop().time() - started >= 0.2


async def test_a_trickle_outlasts_a_timeout_between_bytes(
    client: AsyncOpenAI, sandbox: OpenAISandbox, conversation: str
) -> None:
    sandbox.faults.add(Rule(RESPOND, Trickle(seconds=0.2, pieces=8), times=1))
    started = asyncio.get_running_loop().time()
    response = await client.with_options(timeout=1.0).responses.create(
        model=MODEL, input="Hello", conversation=conversation
    )
    assert response.status == "completed"
    assert asyncio.get_running_loop().time() - started >= 1.5


async def test_nonsense_is_a_success_that_means_nothing(
    client: AsyncOpenAI, sandbox: OpenAISandbox, conversation: str
) -> None:
    sandbox.faults.add(Rule(RESPOND, Nonsense(), times=1))
    sandbox.faults.add(Rule(RESPOND, Nonsense({"ok": True}), times=1))
    page = await ask(client, conversation)
    assert isinstance(page, str)
    assert page.startswith("<html>")
    stranger = await ask(client, conversation)
    assert stranger.id is None
    assert texts(sandbox, conversation) == []


@pytest.mark.parametrize(
    ("preset", "error", "status", "code"),
    [
        ("server_error", openai.InternalServerError, 500, None),
        ("server_is_overloaded", openai.InternalServerError, 503, "server_is_overloaded"),
        ("rate_limit_exceeded", openai.RateLimitError, 429, "rate_limit_exceeded"),
        ("slow_down", openai.RateLimitError, 429, "slow_down"),
        ("credit_balance_exhausted", openai.RateLimitError, 429, "credit_balance_exhausted"),
        ("conversation_locked", openai.BadRequestError, 400, "conversation_locked"),
        ("context_length_exceeded", openai.BadRequestError, 400, "context_length_exceeded"),
    ],
)
async def test_the_refusals_of_the_service_can_be_ordered_by_name(
    client: AsyncOpenAI,
    sandbox: OpenAISandbox,
    conversation: str,
    preset: str,
    error: type[openai.APIStatusError],
    status: int,
    code: str | None,
) -> None:
    sandbox.faults.add_json(
        b'{"operation": "responses.create", "times": 1, "effect": "%s"}' % preset.encode()
    )
    with pytest.raises(error) as caught:
        await ask(client, conversation)
    assert (caught.value.status_code, caught.value.code) == (status, code)
    assert caught.value.request_id.startswith("req_")
    retry_after = caught.value.response.headers.get("retry-after")
    assert (retry_after is not None) == (preset in ("rate_limit_exceeded", "slow_down"))
    assert texts(sandbox, conversation) == []
    assert (await ask(client, conversation)).status == "completed"


async def test_every_preset_is_a_refusal_with_the_envelope_of_the_service() -> None:
    for preset in PRESETS.values():
        assert isinstance(preset, Refuse)
        assert set(preset.body["error"]) == {"message", "type", "param", "code"}


async def test_a_refusal_may_have_no_body(client: AsyncOpenAI, sandbox: OpenAISandbox) -> None:
    sandbox.faults.add(Rule("models.list", Refuse(502, headers={"x-should-retry": "false"})))
    with pytest.raises(openai.InternalServerError) as caught:
        await client.models.list()
    assert caught.value.status_code == 502
    assert caught.value.response.headers["x-should-retry"] == "false"


async def test_an_incomplete_response_is_a_success_and_is_stored(
    client: AsyncOpenAI, sandbox: OpenAISandbox, conversation: str
) -> None:
    sandbox.faults.add(Rule(RESPOND, Incomplete("content_filter", "I was about to"), times=1))
    sandbox.faults.add(Rule(RESPOND, Incomplete(), times=1))
    sandbox.faults.add(Rule(RESPOND, Incomplete(text=""), times=1))
    given, half, none = [await ask(client, conversation) for _ in range(3)]
    assert {response.status for response in (given, half, none)} == {"incomplete"}
    assert given.incomplete_details.reason == "content_filter"
    assert given.output_text == "I was about to"
    assert half.incomplete_details.reason == "max_output_tokens"
    assert half.output_text
    assert half.output[0].status == "incomplete"
    assert none.output == []
    assert len(texts(sandbox, conversation)) == 5


async def test_a_failed_response_is_a_success_and_is_not_stored(
    client: AsyncOpenAI, sandbox: OpenAISandbox, conversation: str
) -> None:
    sandbox.faults.add(Rule(RESPOND, Failed("rate_limit_exceeded", "Too much."), times=1))
    response = await ask(client, conversation)
    assert (response.status, response.output, response.usage) == ("failed", [], None)
    assert (response.error.code, response.error.message) == ("rate_limit_exceeded", "Too much.")
    assert texts(sandbox, conversation) == []
    assert not live(sandbox, conversation)["locked"]


async def test_a_refusal_has_no_text(client: AsyncOpenAI, sandbox: OpenAISandbox, conversation: str) -> None:
    sandbox.faults.add(Rule(RESPOND, Refusal("No."), times=1))
    response = await ask(client, conversation)
    assert response.output_text == ""
    assert (response.output[0].content[0].type, response.output[0].content[0].refusal) == ("refusal", "No.")
    assert (await ask(client, conversation)).status == "completed"


async def test_commentary_comes_before_the_final_answer(
    client: AsyncOpenAI, sandbox: OpenAISandbox, conversation: str
) -> None:
    plain = await ask(client, conversation)
    sandbox.faults.add(Rule(RESPOND, Phases("Let me see.")))
    response = await ask(client, conversation)
    assert [message.phase for message in response.output] == ["commentary", "final_answer"]
    assert response.output_text.startswith("Let me see.")
    assert not hasattr(plain.output[0], "phase") or plain.output[0].phase is None


async def test_an_output_can_be_empty_or_hold_an_unknown_item(
    client: AsyncOpenAI, sandbox: OpenAISandbox, conversation: str
) -> None:
    sandbox.faults.add(Rule(RESPOND, EmptyOutput(), times=1))
    sandbox.faults.add(Rule(RESPOND, UnknownItem("telepathy_call"), times=1))
    empty = await ask(client, conversation)
    assert (empty.status, empty.output) == ("completed", [])
    strange = await ask(client, conversation)
    assert [item.type for item in strange.output] == ["telepathy_call", "message"]
    kinds = [item["type"] for item in live(sandbox, conversation)["items"]]
    assert kinds == ["message", "message", "telepathy_call", "message"]


async def test_the_model_can_be_made_to_say_anything_to_a_certain_message(
    client: AsyncOpenAI, sandbox: OpenAISandbox, conversation: str
) -> None:
    sandbox.faults.add(Rule(RESPOND, Says("Forty-two."), text="the meaning"))
    assert (await ask(client, conversation, "What is the meaning of it?")).output_text == "Forty-two."
    assert (await ask(client, conversation, "Hello")).output_text != "Forty-two."
    history = [
        {"role": "user", "content": "What is the meaning of it?"},
        {"role": "assistant", "content": "Forty-two."},
        {"role": "user", "content": "Hello"},
    ]
    later = await client.responses.create(model=MODEL, input=history)
    assert later.output_text != "Forty-two.", "only what is newly said counts"


async def test_a_fault_can_be_for_one_conversation(
    client: AsyncOpenAI, sandbox: OpenAISandbox, conversation: str
) -> None:
    other = (await client.conversations.create()).id
    sandbox.faults.add(Rule("*", Refuse(500), conversation=conversation))
    for call in (
        ask(client, conversation),
        client.conversations.retrieve(conversation),
        first_page(client, conversation),
    ):
        with pytest.raises(openai.InternalServerError):
            await call
    assert (await ask(client, other)).status == "completed"


async def test_a_conversation_can_vanish(
    client: AsyncOpenAI, sandbox: OpenAISandbox, conversation: str
) -> None:
    await ask(client, conversation)
    sandbox.faults.add(Rule(RESPOND, LoseConversation(), times=1))
    for _ in range(2):
        with pytest.raises(openai.NotFoundError) as caught:
            await ask(client, conversation)
        assert caught.value.body["message"] == f"Conversation with id '{conversation}' not found."
    counted = sandbox.counts()["conversations"]
    assert (counted["live"], counted["deleted"], counted["lost"]) == (0, 0, 1)
    assert len(sandbox.state()["orphaned_items"]) == 2


async def test_a_lock_can_be_held_for_a_time(
    client: AsyncOpenAI, sandbox: OpenAISandbox, conversation: str, clock: HandClock
) -> None:
    sandbox.faults.add(Rule(RESPOND, LockFor(30), times=1))
    for moved in (0, 29):
        clock.now += moved
        with pytest.raises(openai.BadRequestError) as caught:
            await ask(client, conversation)
        assert caught.value.code == "conversation_locked"
    clock.now += 1
    assert (await ask(client, conversation)).status == "completed"


async def test_an_outage_ends_with_everything_still_there(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    conversation = (await client.conversations.create()).id
    await ask(client, conversation, "I want a lamp.")
    port = client.base_url.port
    await sandbox.stop()
    with pytest.raises(openai.APIConnectionError):
        await ask(client, conversation)
    await sandbox.start(port=port or 0)
    sandbox.faults.add(Rule(RESPOND, Slow(0.2)))
    started = asyncio.get_running_loop().time()
    assert (await ask(client, conversation, "Do you remember?")).output_text == (
        'You said earlier: "I want a lamp.".'
    )
    assert asyncio.get_running_loop().time() - started >= 0.2
