"""Turns of the model: with a conversation, with a chain, and with nothing but their input."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import aiohttp
import openai
import pytest
from openai import AsyncOpenAI
from openai_probes import MODEL, live, requests, texts, until

from service.sandbox.faults import Rule, Slow
from service.sandbox.openai import OpenAISandbox

RECORDED_MEMBERS = {
    "id", "object", "created_at", "status", "completed_at", "background", "billing", "access_programs",
    "conversation", "error", "incomplete_details", "instructions", "max_output_tokens", "max_tool_calls",
    "metadata", "model", "moderation", "output", "parallel_tool_calls", "previous_response_id",
    "presence_penalty", "frequency_penalty", "prompt_cache_key", "prompt_cache_retention", "reasoning",
    "safety_identifier", "service_tier", "store", "temperature", "text", "tool_choice", "tool_usage",
    "tools", "top_logprobs", "top_p", "truncation", "usage", "user",
}  # fmt: skip


async def ask(client: AsyncOpenAI, text: Any, **more: Any) -> Any:
    return await client.responses.create(model=MODEL, input=text, **more)


async def test_a_response_has_the_members_that_were_recorded(http: aiohttp.ClientSession) -> None:
    async with http.post("/v1/conversations", json={}) as response:
        conversation = (await response.json())["id"]
    body = {
        "model": "gpt-4.1",
        "input": [{"role": "user", "content": "Hello"}],
        "conversation": conversation,
        "instructions": "Be brief.",
        "metadata": {"turn": "1"},
        "safety_identifier": "a1b2",
    }
    async with http.post("/v1/responses", json=body) as response:
        assert response.status == 200
        assert response.headers["x-request-id"].startswith("req_")
        assert int(response.headers["x-ratelimit-remaining-tokens"]) > 0
        assert response.headers["x-ratelimit-reset-requests"].endswith("ms")
        made = await response.json()
    assert set(made) == RECORDED_MEMBERS
    assert made["status"] == "completed"
    assert made["model"] == "gpt-4.1-2025-04-14"
    assert made["conversation"] == {"id": conversation}
    assert made["instructions"] == "Be brief."
    assert made["metadata"] == {"turn": "1"}
    assert made["service_tier"] == "default"
    tail = conversation[-16:]
    assert made["id"].startswith(f"resp_{tail}00")
    [message] = made["output"]
    assert message["id"].startswith(f"msg_{tail}00")
    assert len(message["id"]) == len("msg_") + 50
    assert set(message) == {"id", "type", "status", "role", "content"}
    assert set(message["content"][0]) == {"type", "annotations", "logprobs", "text"}
    usage = made["usage"]
    assert usage["input_tokens"] + usage["output_tokens"] == usage["total_tokens"]
    assert usage["output_tokens_details"] == {"reasoning_tokens": 0}


async def test_without_a_conversation_there_is_no_word_of_one(http: aiohttp.ClientSession) -> None:
    async with http.post("/v1/responses", json={"model": MODEL, "input": "Hello"}) as response:
        made = await response.json()
    assert set(made) == RECORDED_MEMBERS - {"conversation"}


async def test_input_and_output_appear_together_and_only_when_the_response_is_complete(
    sandbox: OpenAISandbox, client: AsyncOpenAI
) -> None:
    conversation = (await client.conversations.create()).id
    sandbox.behaviour.latency = (0.3, 0.3)
    turn = asyncio.create_task(ask(client, "Hello", conversation=conversation))
    seen = []
    while not turn.done():
        page = await client.conversations.items.list(conversation)
        seen.append(len(page.data))
    await turn
    page = await client.conversations.items.list(conversation)
    assert [item.role for item in page.data] == ["assistant", "user"]
    assert {item.status for item in page.data} == {"completed"}
    assert 0 in seen
    assert set(seen) <= {0, 2}


@pytest.mark.parametrize("store", [True, False])
async def test_a_turn_is_written_into_its_conversation_whatever_store_says(
    client: AsyncOpenAI, sandbox: OpenAISandbox, store: bool
) -> None:
    conversation = (await client.conversations.create()).id
    response = await ask(client, "Hello", conversation=conversation, store=store)
    assert texts(sandbox, conversation) == ["Hello", response.output_text]
    assert response.store is store
    if store:
        assert (await client.responses.retrieve(response.id)).output_text == response.output_text
    else:
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve(response.id)


async def test_the_same_message_twice_is_two_turns(client: AsyncOpenAI, sandbox: OpenAISandbox) -> None:
    conversation = (await client.conversations.create()).id
    for _ in range(2):
        await ask(client, "Hello", conversation=conversation)
    assert texts(sandbox, conversation)[::2] == ["Hello", "Hello"]
    assert live(sandbox, conversation)["responses"] == 2


async def test_a_second_response_on_a_conversation_finds_it_locked(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    conversation = (await client.conversations.create()).id
    other = (await client.conversations.create()).id
    sandbox.behaviour.latency = (1.0, 1.0)
    first = asyncio.create_task(ask(client, "first", conversation=conversation))
    await until(lambda: live(sandbox, conversation)["locked"])
    with pytest.raises(openai.BadRequestError) as caught:
        await ask(client, "second", conversation={"id": conversation})
    assert caught.value.body == {
        "message": "Another process is currently operating on this conversation. "
        "Please retry in a few seconds.",
        "type": "invalid_request_error",
        "param": "conversation",
        "code": "conversation_locked",
    }
    sandbox.behaviour.latency = (0.0, 0.0)
    await ask(client, "not concerned", conversation=other)
    await first
    await ask(client, "third", conversation=conversation)
    assert texts(sandbox, conversation)[::2] == ["first", "third"]


async def test_items_can_be_added_while_a_response_is_being_made(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    conversation = (await client.conversations.create()).id
    sandbox.behaviour.latency = (1.0, 1.0)
    turn = asyncio.create_task(ask(client, "question", conversation=conversation))
    await until(lambda: live(sandbox, conversation)["locked"])
    await client.conversations.items.create(conversation, items=[{"role": "user", "content": "aside"}])
    response = await turn
    assert texts(sandbox, conversation) == ["aside", "question", response.output_text]


async def test_a_client_that_goes_away_stops_nothing(client: AsyncOpenAI, sandbox: OpenAISandbox) -> None:
    conversation = (await client.conversations.create()).id
    sandbox.behaviour.latency = (0.3, 0.3)
    turn = asyncio.create_task(ask(client, "Hello", conversation=conversation))
    await until(lambda: live(sandbox, conversation)["locked"])
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    await until(lambda: len(texts(sandbox, conversation)) == 2)
    assert not live(sandbox, conversation)["locked"]


async def test_a_refused_response_leaves_no_lock(client: AsyncOpenAI, sandbox: OpenAISandbox) -> None:
    conversation = (await client.conversations.create()).id
    with pytest.raises(openai.BadRequestError):
        await ask(client, "Hello", conversation=conversation, temperature=0.5)
    assert not live(sandbox, conversation)["locked"]
    assert texts(sandbox, conversation) == []


async def test_every_turn_reads_the_whole_history_again(client: AsyncOpenAI) -> None:
    conversation = (await client.conversations.create()).id
    read = []
    for turn in range(5):
        counted = await client.responses.input_tokens.count(
            model=MODEL, conversation=conversation, input=f"turn {turn}", instructions="Be brief."
        )
        response = await ask(client, f"turn {turn}", conversation=conversation, instructions="Be brief.")
        assert response.usage.input_tokens == counted.input_tokens
        read.append(response.usage.input_tokens)
    steps = [after - before for before, after in itertools.pairwise(read)]
    assert all(step > 0 for step in steps)
    assert max(steps) < read[-1]


async def test_a_deleted_item_is_not_read_any_more(client: AsyncOpenAI, sandbox: OpenAISandbox) -> None:
    long = {"role": "user", "content": "word " * 100}
    conversation = (await client.conversations.create(items=[long])).id
    before = await client.responses.input_tokens.count(model=MODEL, conversation=conversation, input="Hi")
    item_id = live(sandbox, conversation)["items"][0]["id"]
    await client.conversations.items.delete(item_id, conversation_id=conversation)
    after = await client.responses.input_tokens.count(model=MODEL, conversation=conversation, input="Hi")
    alone = await client.responses.input_tokens.count(model=MODEL, input="Hi")
    assert before.input_tokens > 100
    assert after.input_tokens == alone.input_tokens


async def test_instructions_count_and_are_not_carried_over(client: AsyncOpenAI) -> None:
    conversation = (await client.conversations.create()).id
    with_them = await ask(client, "Hi", conversation=conversation, instructions="word " * 200)
    without = await ask(client, "Hi", conversation=conversation)
    assert with_them.usage.input_tokens > 200
    assert without.usage.input_tokens < 100
    assert without.instructions is None


async def test_long_histories_are_read_from_the_cache(client: AsyncOpenAI) -> None:
    conversation = (await client.conversations.create()).id
    first = await ask(client, "word " * 1200, conversation=conversation)
    second = await ask(client, "and now?", conversation=conversation)
    assert first.usage.input_tokens_details.cached_tokens == 0
    assert first.usage.input_tokens_details.cache_write_tokens == first.usage.input_tokens
    details = second.usage.input_tokens_details
    assert details.cached_tokens % 128 == 0
    assert 1024 <= details.cached_tokens <= first.usage.input_tokens
    assert details.cached_tokens + details.cache_write_tokens == second.usage.input_tokens


async def test_input_past_the_context_window_is_refused_or_truncated_as_asked(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    sandbox.behaviour.context_window = 300
    conversation = (await client.conversations.create()).id
    await ask(client, "The code word is SAPPHIRE. " + "word " * 150, conversation=conversation)
    await ask(client, "My second message.", conversation=conversation)
    question = {"input": "What did I say first? " + "word " * 60, "conversation": conversation}
    with pytest.raises(openai.BadRequestError) as caught:
        await client.responses.create(model=MODEL, **question)
    assert (caught.value.code, caught.value.param) == ("context_length_exceeded", "input")
    assert caught.value.body["message"].startswith("Your input exceeds the context window of this model")
    response = await client.responses.create(model=MODEL, truncation="auto", **question)
    assert "My second message." in response.output_text
    assert response.usage.input_tokens <= 300
    assert "SAPPHIRE" in texts(sandbox, conversation)[0], "truncation deletes nothing"


async def test_messages_that_were_truncated_are_not_counted(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    sandbox.behaviour.context_window = 100
    conversation = (await client.conversations.create()).id
    await ask(client, "word " * 60, conversation=conversation)
    greeted = await ask(client, "Hello", conversation=conversation, truncation="auto")
    assert greeted.output_text.startswith("Hello and welcome")


async def test_input_that_is_too_long_by_itself_cannot_be_truncated(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    sandbox.behaviour.context_window = 100
    with pytest.raises(openai.BadRequestError) as caught:
        await ask(client, "word " * 200, truncation="auto")
    assert caught.value.code == "context_length_exceeded"


async def test_output_past_its_limit_is_cut_and_the_response_incomplete(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    conversation = (await client.conversations.create()).id
    response = await ask(client, "word " * 40, conversation=conversation, max_output_tokens=16)
    assert response.status == "incomplete"
    assert response.incomplete_details.reason == "max_output_tokens"
    assert response.output[0].status == "incomplete"
    assert response.usage.output_tokens == 16
    assert texts(sandbox, conversation)[1] == response.output_text


async def test_a_chain_of_responses_remembers_and_belongs_to_no_conversation(client: AsyncOpenAI) -> None:
    first = await ask(client, "My code word is SAPPHIRE.")
    second = await ask(client, "Where is my parcel?", previous_response_id=first.id)
    third = await ask(client, "What did I say first?", previous_response_id=second.id)
    assert "SAPPHIRE" in third.output_text
    assert third.conversation is None
    assert third.id[5:21] == first.id[5:21]
    assert third.usage.input_tokens > second.usage.input_tokens > first.usage.input_tokens


async def test_a_branch_off_a_conversation_sees_what_was_there_and_is_not_written_there(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    conversation = (await client.conversations.create()).id
    first = await ask(client, "My code word is SAPPHIRE.", conversation=conversation)
    await client.conversations.items.create(
        conversation, items=[{"role": "user", "content": "It is ORCHID now."}]
    )
    branch = await ask(client, "Do you remember?", previous_response_id=first.id)
    assert "SAPPHIRE" in branch.output_text
    assert "ORCHID" not in branch.output_text
    assert "Do you remember?" not in texts(sandbox, conversation)


async def test_an_unknown_previous_response_is_a_bad_request(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await ask(client, "Hello", previous_response_id="resp_none")
    assert caught.value.code == "previous_response_not_found"
    assert caught.value.param == "previous_response_id"


async def test_the_whole_history_can_be_given_as_input(client: AsyncOpenAI, sandbox: OpenAISandbox) -> None:
    response = await ask(
        client,
        [
            {"role": "developer", "content": "Notes: the customer's name is Ada."},
            {"role": "user", "content": "My code word is SAPPHIRE."},
            {"role": "assistant", "content": [{"type": "output_text", "text": "Noted."}]},
            {"role": "user", "content": "What did I say first?"},
        ],
        store=False,
    )
    assert response.output_text == 'You said earlier: "My code word is SAPPHIRE.".'
    assert sandbox.counts()["conversations"]["created"] == 0
    assert sandbox.state()["orphaned_items"] == []


async def test_a_conversation_can_be_answered_without_new_input(client: AsyncOpenAI) -> None:
    made = await client.conversations.create(items=[{"role": "user", "content": "Where is my parcel?"}])
    response = await ask(client, [], conversation=made.id)
    assert "working days" in response.output_text


async def test_a_stored_item_can_be_referred_to(client: AsyncOpenAI, sandbox: OpenAISandbox) -> None:
    noted = await client.conversations.create(items=[{"role": "user", "content": "My name is Ada."}])
    item_id = live(sandbox, noted.id)["items"][0]["id"]
    response = await ask(
        client, [{"type": "item_reference", "id": item_id}, {"role": "user", "content": "Who am I?"}]
    )
    assert response.output_text == "Your name is Ada."
    with pytest.raises(openai.NotFoundError):
        await ask(client, [{"type": "item_reference", "id": "msg_none"}])


async def test_a_response_can_be_retrieved_and_deleted(
    client: AsyncOpenAI, http: aiohttp.ClientSession
) -> None:
    response = await ask(client, "Hello")
    assert (await client.responses.retrieve(response.id)).to_dict() == response.to_dict()
    async with http.delete(f"/v1/responses/{response.id}") as deleted:
        assert await deleted.json() == {"id": response.id, "object": "response", "deleted": True}
    with pytest.raises(openai.NotFoundError) as caught:
        await client.responses.retrieve(response.id)
    assert caught.value.body["message"] == f"Response with id '{response.id}' not found."


async def test_only_the_newest_responses_are_kept() -> None:
    sandbox = OpenAISandbox(keep_responses=2)
    url = await sandbox.start()
    async with AsyncOpenAI(api_key="any", base_url=url, max_retries=0) as client:
        made = [(await ask(client, f"number {number}")).id for number in range(3)]
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve(made[0])
        for response_id in made[1:]:
            assert (await client.responses.retrieve(response_id)).id == response_id
    await sandbox.stop()


async def test_models_are_listed_with_the_day_they_end(client: AsyncOpenAI) -> None:
    models = {model.id: model async for model in client.models.list()}
    assert models[MODEL].shutdown_date is None
    assert models["gpt-4.1"].shutdown_date == "2027-01-14"
    assert "gpt-4" not in models


@pytest.mark.parametrize("support", ["ignored", "absent"])
async def test_a_server_may_take_no_notice_of_conversations(
    client: AsyncOpenAI, sandbox: OpenAISandbox, support: Any
) -> None:
    conversation = (await client.conversations.create()).id
    await ask(client, "My code word is SAPPHIRE.", conversation=conversation)
    sandbox.behaviour.conversations = support
    response = await ask(client, "What did I say first?", conversation=conversation)
    assert response.conversation is None
    assert "SAPPHIRE" not in response.output_text
    assert len(texts(sandbox, conversation)) == 2
    if support == "absent":
        with pytest.raises(openai.NotFoundError):
            await client.conversations.create()
    else:
        assert (await client.conversations.create()).id.startswith("conv_")


async def test_requests_are_counted_by_operation_and_outcome(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    sandbox.faults.add(Rule("responses.create", Slow(0.01)))
    await ask(client, "Hello")
    with pytest.raises(openai.NotFoundError):
        await client.conversations.retrieve("thread_abc")
    assert requests(sandbox, "responses.create") == {"received": 1, "200": 1}
    assert requests(sandbox, "conversations.retrieve") == {"received": 1, "404": 1}
