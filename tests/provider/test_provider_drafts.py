"""A turn goes out whole, and its answer, the functions it calls and its limits are told apart."""

from __future__ import annotations

import asyncio
import itertools

import openai
import pytest
from aiohttp import web

from service.assistant import Draft, ToolCall
from service.provider import ContextExceeded, ThreadLocked, ThreadPoisoned
from service.sandbox.faults import (
    Calls,
    EmptyOutput,
    Failed,
    Incomplete,
    Phases,
    Refusal,
    Rule,
    Says,
    UnknownItem,
)
from service.threads import Said

WHO = {"safety_identifier": "hash-of-a-sender", "conversation_key": "key-of-a-conversation"}
LOOKUP = {
    "type": "function",
    "name": "get_order",
    "description": "Where an order is.",
    "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}},
    "strict": False,
}
ALWAYS = {
    "model": "gpt-6-luna",
    "instructions": "Be brief.",
    "max_output_tokens": 256,
    "truncation": "auto",
    "safety_identifier": WHO["safety_identifier"],
    "prompt_cache_key": WHO["conversation_key"],
}


def user(text):
    return {"type": "message", "role": "user", "content": text}


def responding(requests, **response):
    """A server that notes each request and answers them all alike."""

    async def handler(request):
        requests.append(await request.json())
        return web.json_response({"id": "resp_1", "status": "completed", "output": [], **response})

    return handler


async def held(threads, thread_id):
    return [(item.type, item.role, item.text) for item in await threads.since(thread_id, None)]


# What is asked


async def test_every_message_of_a_turn_is_an_item_of_one_request_with_all_that_is_configured(
    serve, connect, assistant_of
):
    requests = []
    sdk = connect(await serve(responding(requests)))
    tools = [
        LOOKUP,
        {"type": "web_search"},
        {"type": "mcp", "server_label": "shop", "server_url": "https://s"},
    ]

    await assistant_of(sdk, tools=tools).draft("conv_1", ["Hi", "Where is it?"], **WHO)
    await assistant_of(sdk).draft("conv_1", ["a\0b\ud800"], **WHO)

    turn = [user("Hi"), user("Where is it?")]
    assert requests == [
        {**ALWAYS, "conversation": "conv_1", "input": turn, "tools": tools},
        {**ALWAYS, "conversation": "conv_1", "input": [user("a\ufffdb\ufffd")]},
    ]


async def test_results_of_functions_go_with_instructions_and_tools_again(serve, connect, assistant_of):
    requests = []
    sdk = connect(await serve(responding(requests)))

    outputs = {"call_1": '{"at": "sea"}', "call_2": "\ud800"}
    await assistant_of(sdk, tools=[LOOKUP]).answer_tools("conv_1", outputs, ["And?"], **WHO)

    turn = [
        {"type": "function_call_output", "call_id": "call_1", "output": '{"at": "sea"}'},
        {"type": "function_call_output", "call_id": "call_2", "output": "\ufffd"},
        user("And?"),
    ]
    assert requests == [{**ALWAYS, "conversation": "conv_1", "input": turn, "tools": [LOOKUP]}]


async def test_without_a_thread_the_whole_history_goes_and_is_not_kept(serve, connect, assistant_of):
    requests = []
    call = {
        "type": "function_call",
        "call_id": "call_1",
        "name": "get_order",
        "arguments": '{"order_id":"A-1"}',
    }
    sdk = connect(await serve(responding(requests, output=[call | {"id": "fc_1", "status": "completed"}])))
    assistant = assistant_of(sdk, tools=[LOOKUP])
    history = [Said("user", "Hi"), Said("assistant", "Hello"), Said("user", "Where is A-1?")]

    draft = await assistant.draft_alone(history, **WHO)
    again = await assistant.answer_tools_alone(draft, {"call_1": "at sea"}, **WHO)
    await assistant.answer_tools_alone(again, {"call_1": "still at sea"}, **WHO)

    said = [user("Hi"), {"type": "message", "role": "assistant", "content": "Hello"}, user("Where is A-1?")]
    first = [call, {"type": "function_call_output", "call_id": "call_1", "output": "at sea"}]
    second = [call, {"type": "function_call_output", "call_id": "call_1", "output": "still at sea"}]
    alone = {**ALWAYS, "store": False, "tools": [LOOKUP]}
    assert [request["input"] for request in requests] == [said, said + first, said + first + second]
    assert [{**request, "input": 0} for request in requests] == [{**alone, "input": 0}] * 3
    assert not draft.remembered
    assert draft.last_item_id is None


async def test_a_call_without_its_output_is_not_answered_in_part(serve, connect, assistant_of):
    assistant = assistant_of(connect(await serve(responding([]))))

    with pytest.raises(KeyError):
        await assistant.answer_tools_alone(
            Draft(text="", outcome="completed", tool_calls=(ToolCall("c", "f", "{}"),)), {}, **WHO
        )


# What comes back from the stand-in


async def test_a_draft_is_the_answer_with_everything_that_is_to_be_recorded(
    sandbox, sdk, threads, assistant_of
):
    thread = await threads.create({})
    clock = itertools.count(start=100.0, step=0.25)

    draft = await assistant_of(sdk, model="gpt-4.1", clock=lambda: next(clock)).draft(
        thread.thread_id, ["My name is Ada", "Hello"], **WHO
    )

    conversation = sandbox.state()["conversations"][0]
    newest = conversation["items"][-1]
    assert draft.text == newest["content"][0]["text"]
    assert draft.text
    assert (draft.outcome, draft.failure_code, draft.tool_calls) == ("completed", None, ())
    assert draft.last_item_id == newest["id"]
    assert draft.model == "gpt-4.1-2025-04-14"
    assert draft.response_id.startswith("resp_")
    assert draft.request_id.startswith("req_")
    assert draft.usage.input_tokens > 0
    assert draft.usage.output_tokens > 0
    assert draft.latency_ms == 250
    assert draft.remembered
    assert await held(threads, thread.thread_id) == [
        ("message", "user", "My name is Ada"),
        ("message", "user", "Hello"),
        ("message", "assistant", draft.text),
    ]
    assert await threads.since(thread.thread_id, draft.last_item_id) == []


async def test_the_thread_remembers_from_turn_to_turn(threads, assistant):
    thread = await threads.create({}, [Said("user", "My name is Ada"), Said("assistant", "Hello Ada")])

    draft = await assistant.draft(thread.thread_id, ["What is my name?"], **WHO)

    assert draft.text == "Your name is Ada."


async def test_without_a_thread_the_history_is_the_memory_and_nothing_is_left(sandbox, sdk, assistant):
    history = [Said("user", "My name is Ada"), Said("assistant", "Hello"), Said("user", "What is my name?")]

    draft = await assistant.draft_alone(history, **WHO)

    assert (draft.text, draft.outcome, draft.remembered) == ("Your name is Ada.", "completed", False)
    assert sandbox.state()["conversations"] == []
    with pytest.raises(openai.NotFoundError):
        await sdk.responses.retrieve(draft.response_id)


async def test_a_server_that_ignores_the_thread_is_found_out(sandbox, threads, assistant):
    thread = await threads.create({})
    sandbox.behaviour.conversations = "ignored"

    draft = await assistant.draft(thread.thread_id, ["Hello"], **WHO)

    assert draft.text
    assert not draft.remembered
    assert draft.last_item_id is None


@pytest.mark.parametrize(
    ("effect", "text", "outcome", "failure_code"),
    [
        (Says("Certainly."), "Certainly.", "completed", None),
        (Phases("Let me see."), ..., "completed", None),
        (UnknownItem(), ..., "completed", None),
        (Incomplete(text="It arrives to"), "It arrives to", "incomplete", "max_output_tokens"),
        (Incomplete("content_filter", text=""), "", "incomplete", "content_filter"),
        (Incomplete("max_tokens", text="cut"), "cut", "incomplete", "max_tokens"),
        (Refusal("I cannot."), "I cannot.", "refused", None),
        (EmptyOutput(), "", "empty", None),
        (Failed("server_error"), "", "failed", "server_error"),
        (Failed("Sorry, no code"), "", "failed", "failed"),
    ],
    ids=str,
)
async def test_each_shape_of_answer_has_its_outcome(
    sandbox, threads, assistant, effect, text, outcome, failure_code
):
    thread = await threads.create({})
    usual = (await assistant.draft((await threads.create({})).thread_id, ["thanks"], **WHO)).text
    sandbox.faults.add(Rule("responses.create", effect))

    draft = await assistant.draft(thread.thread_id, ["thanks"], **WHO)

    assert draft.text == (usual if text is ... else text)
    assert (draft.outcome, draft.failure_code) == (outcome, failure_code)
    assert draft.remembered
    assert (draft.usage is None) == (outcome == "failed")


@pytest.mark.parametrize(
    "effect", [Says("Fine."), UnknownItem(), Phases(), Refusal(), Incomplete(text="cut")], ids=str
)
async def test_the_newest_item_of_a_draft_is_the_newest_of_the_thread(sandbox, threads, assistant, effect):
    thread = await threads.create({})
    sandbox.faults.add(Rule("responses.create", effect))

    draft = await assistant.draft(thread.thread_id, ["Hello"], **WHO)

    assert draft.last_item_id == (await threads.since(thread.thread_id, None))[-1].id


# Functions


async def test_calls_are_answered_and_the_answer_follows(sandbox, sdk, threads, assistant_of):
    assistant = assistant_of(sdk, tools=[LOOKUP])
    thread = await threads.create({})

    draft = await assistant.draft(thread.thread_id, ["What is the order status of A-17?"], **WHO)

    (call,) = draft.tool_calls
    assert (call.name, call.arguments) == ("get_order", '{"order_id":"A-17"}')
    assert (draft.text, draft.outcome) == ("", "completed")
    assert draft.last_item_id == (await threads.since(thread.thread_id, None))[-1].id

    answered = await assistant.answer_tools(thread.thread_id, {call.call_id: "shipped"}, **WHO)
    assert "shipped" in answered.text
    assert answered.tool_calls == ()


async def test_an_unanswered_call_poisons_the_thread_until_it_is_answered(sandbox, threads, assistant):
    thread = await threads.create({})
    sandbox.faults.add(Rule("responses.create", Calls("get_order", {"order_id": "A-17"}), times=1))
    (call,) = (await assistant.draft(thread.thread_id, ["Where is it?"], **WHO)).tool_calls

    with pytest.raises(ThreadPoisoned) as caught:
        await assistant.draft(thread.thread_id, ["Hello?"], **WHO)
    assert caught.value.call_ids == (call.call_id,)

    outputs = dict.fromkeys(caught.value.call_ids, '{"error": "unavailable"}')
    healed = await assistant.answer_tools(thread.thread_id, outputs, ["Hello?"], **WHO)
    assert healed.text
    assert (await assistant.draft(thread.thread_id, ["Thanks"], **WHO)).text


async def test_an_output_of_a_call_that_the_thread_never_made_cannot_be_healed(threads, assistant):
    thread = await threads.create({})

    with pytest.raises(ThreadPoisoned) as caught:
        await assistant.answer_tools(thread.thread_id, {"call_of_another_thread": "x"}, **WHO)

    assert caught.value.call_ids == ()


# Limits


async def test_two_drafts_at_once_on_one_thread_are_one_draft_and_one_lock(sandbox, threads, assistant):
    sandbox.behaviour.latency = (1.0, 1.0)
    thread = await threads.create({})

    outcomes = await asyncio.gather(
        *(assistant.draft(thread.thread_id, ["Hello"], **WHO) for _ in range(2)), return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Draft", "ThreadLocked"]
    with pytest.raises(ThreadLocked):
        raise next(outcome for outcome in outcomes if isinstance(outcome, Exception))
    assert [role for _, role, _ in await held(threads, thread.thread_id)] == ["user", "assistant"]


async def test_a_long_thread_is_truncated_and_a_long_turn_exceeds_the_context(sandbox, threads, assistant):
    sandbox.behaviour.context_window = 200
    thread = await threads.create({}, [Said("user", "word " * 200)])

    assert (await assistant.draft(thread.thread_id, ["Hello"], **WHO)).outcome == "completed"
    with pytest.raises(ContextExceeded):
        await assistant.draft(thread.thread_id, ["word " * 200], **WHO)
