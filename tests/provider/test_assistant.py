"""A turn goes out whole, and whatever comes back becomes one draft that says what it is."""

from __future__ import annotations

import asyncio
import itertools

import openai
import pytest
from aiohttp import web

from service.assistant import Draft, ToolCall, Usage, read_back
from service.provider import ContextExceeded, OutcomeUnknown, ThreadLocked, ThreadPoisoned
from service.sandbox.faults import (
    Calls,
    EmptyOutput,
    Failed,
    HangAfter,
    HangBefore,
    Incomplete,
    Phases,
    Refusal,
    ResetAfter,
    Rule,
    Says,
    UnknownItem,
)
from service.threads import Item, Said

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


# What other servers and models make of it


def said(text, phase=None, role="assistant", kind="output_text"):
    part = {"type": kind, "refusal" if kind == "refusal" else "text": text}
    return {"id": "msg_1", "type": "message", "role": role, "phase": phase, "content": [part]}


@pytest.mark.parametrize(
    ("output", "text", "outcome"),
    [
        ([said("thinking", "commentary"), said("Yes.", "final_answer")], "Yes.", "completed"),
        ([said("Yes.", "final_answer"), said("thinking", "commentary")], "Yes.", "completed"),
        ([said("Yes.", "commentary"), said("Yes.", "final_answer")], "Yes.", "completed"),
        ([said("thinking", "commentary"), said("Yes.")], "Yes.", "completed"),
        ([said("Yes.", "commentary")], "Yes.", "completed"),
        ([said("Yes."), said("Yes. ")], "Yes.", "completed"),
        ([said("Yes."), said("No."), said("Yes.")], "Yes.\n\nNo.", "completed"),
        ([said("One", "final_answer"), said("two", "final_answer")], "One\n\ntwo", "completed"),
        ([said("  \n")], "", "empty"),
        ([said("I cannot.", kind="refusal")], "I cannot.", "refused"),
        ([said("Here is"), said("I cannot.", kind="refusal")], "I cannot.", "refused"),
        ([said("No.", "commentary", kind="refusal"), said("Yes.", "final_answer")], "Yes.", "completed"),
        ([said("Yes.", role=None)], "Yes.", "completed"),
        ([said("What they said", role="user")], "", "empty"),
        ([{"type": "reasoning", "id": "rs_1", "summary": []}], "", "empty"),
        (
            [{"type": "hologram", "content": [{"type": "output_text", "text": "boo"}]}, said("Yes.")],
            "Yes.",
            "completed",
        ),
        (["odd", 7, None, said("Yes.")], "Yes.", "completed"),
        ([{"type": "message", "content": "Yes."}], "Yes.", "completed"),
    ],
)
async def test_the_customer_gets_the_answer_once_and_nothing_else(
    serve, connect, assistant_of, output, text, outcome
):
    sdk = connect(await serve(responding([], output=output)))

    draft = await assistant_of(sdk).draft("conv_1", ["Really?"], **WHO)

    assert (draft.text, draft.outcome) == (text, outcome)


async def test_a_cut_answer_with_calls_gives_the_calls(serve, connect, assistant_of):
    call = {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "call_1",
        "name": "f",
        "arguments": '{"or',
        "status": "incomplete",
    }
    sdk = connect(await serve(responding([], status="incomplete", output=[call])))

    draft = await assistant_of(sdk).draft("conv_1", ["Hi"], **WHO)

    assert draft.tool_calls == (ToolCall("call_1", "f", '{"or'),)
    assert (draft.outcome, draft.failure_code) == ("incomplete", "incomplete")


@pytest.mark.parametrize(
    ("echo", "remembered"),
    [
        ({"id": "conv_1"}, True),
        ("conv_1", True),
        ({"id": "conv_2"}, False),
        (None, False),
        ({}, False),
        (7, False),
    ],
)
async def test_only_the_echo_of_our_own_thread_counts_as_memory(
    serve, connect, assistant_of, echo, remembered
):
    sdk = connect(await serve(responding([], conversation=echo, output=[said("Yes.")])))

    draft = await assistant_of(sdk).draft("conv_1", ["Hi"], **WHO)

    assert draft.remembered is remembered
    assert draft.last_item_id == ("msg_1" if remembered else None)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (
            {
                "input_tokens": 90,
                "input_tokens_details": {"cached_tokens": 40, "cache_write_tokens": 20},
                "output_tokens": 30,
                "output_tokens_details": {"reasoning_tokens": 10},
            },
            Usage(90, 40, 20, 30, 10),
        ),
        ({"input_tokens": 90, "output_tokens": 30}, Usage(90, 0, 0, 30, 0)),
        ({"input_tokens": "90", "input_tokens_details": [], "output_tokens": None}, Usage(0, 0, 0, 0, 0)),
        (None, None),
        (3, None),
    ],
)
async def test_usage_is_what_was_counted_and_nothing_that_was_not(
    serve, connect, assistant_of, usage, expected
):
    sdk = connect(await serve(responding([], usage=usage)))

    assert (await assistant_of(sdk).draft("conv_1", ["Hi"], **WHO)).usage == expected


@pytest.mark.parametrize("status", ["cancelled", "expired", 7])
async def test_any_other_end_is_a_failure(serve, connect, assistant_of, status):
    sdk = connect(await serve(responding([], status=status, output=[said("Half an ans")])))

    draft = await assistant_of(sdk).draft("conv_1", ["Hi"], **WHO)

    assert (draft.text, draft.outcome) == ("", "failed")
    assert draft.failure_code == (status if isinstance(status, str) else "failed")


@pytest.mark.parametrize(
    "response", [{"output": None}, {"output": {}}, {"status": "in_progress"}, {"status": "queued"}], ids=str
)
async def test_an_answer_that_is_none_yet_leaves_the_outcome_unknown(serve, connect, assistant_of, response):
    sdk = connect(await serve(responding([], **response)))

    with pytest.raises(OutcomeUnknown):
        await assistant_of(sdk).draft("conv_1", ["Hi"], **WHO)


# Reading back


@pytest.mark.parametrize("effect", [HangAfter(), ResetAfter()])
async def test_an_answer_that_was_written_and_lost_is_read_back(
    sandbox, sdk, threads, assistant_of, assistant, effect
):
    thread = await threads.create({})
    before = await assistant.draft(thread.thread_id, ["Hello"], **WHO)
    sandbox.faults.add(Rule("responses.create", effect))
    with pytest.raises(OutcomeUnknown):
        await assistant_of(sdk, timeout=0.5).draft(thread.thread_id, ["Where is my parcel?", "Hello?"], **WHO)

    draft = read_back(await threads.since(thread.thread_id, before.last_item_id))

    assert draft == Draft(
        text=sandbox.state()["conversations"][0]["items"][-1]["content"][0]["text"],
        outcome="completed",
        last_item_id=sandbox.state()["conversations"][0]["items"][-1]["id"],
        remembered=True,
    )
    assert draft.text != before.text


async def test_an_answer_that_was_never_written_is_not_read_back(
    sandbox, sdk, threads, assistant_of, assistant
):
    thread = await threads.create({})
    before = await assistant.draft(thread.thread_id, ["Hello"], **WHO)
    sandbox.faults.add(Rule("responses.create", HangBefore()))
    with pytest.raises(OutcomeUnknown):
        await assistant_of(sdk, timeout=0.5).draft(thread.thread_id, ["Where is my parcel?"], **WHO)

    assert read_back(await threads.since(thread.thread_id, before.last_item_id)) is None


async def test_calls_that_were_made_and_lost_are_read_back_and_answered(sandbox, sdk, threads, assistant_of):
    assistant = assistant_of(sdk, tools=[LOOKUP])
    thread = await threads.create({})
    sandbox.faults.add(Rule("responses.create", ResetAfter()))
    with pytest.raises(OutcomeUnknown):
        await assistant.draft(thread.thread_id, ["Order status of A-17?"], **WHO)

    called = read_back(await threads.since(thread.thread_id, None))
    (call,) = called.tool_calls
    with pytest.raises(OutcomeUnknown):
        await assistant.answer_tools(thread.thread_id, {call.call_id: "shipped"}, **WHO)
    answered = read_back(await threads.since(thread.thread_id, called.last_item_id))

    assert (call.name, called.text) == ("get_order", "")
    assert "shipped" in answered.text
    assert answered.tool_calls == ()
    assert answered == read_back(await threads.since(thread.thread_id, None))


def line(role, text="", **rest):
    return Item(id=f"msg_{role}_{text}", type="message", role=role, text=text, **rest)


CALL = Item(id="fc_1", type="function_call", call_id="call_1", name="f", arguments="{}")
OUTPUT = Item(id="fco_1", type="function_call_output", call_id="call_1", text="42")
REASONING = Item(id="rs_1", type="reasoning")
WAITING = (ToolCall("call_1", "f", "{}"),)


@pytest.mark.parametrize(
    ("items", "text", "outcome", "calls"),
    [
        ([line("user", "a"), line("assistant", "b")], "b", "completed", ()),
        ([line("user", "a"), line("user", "b"), REASONING, line("assistant", "c")], "c", "completed", ()),
        (
            [line("user", "a"), line("assistant", "b"), line("user", "c"), line("assistant", "d")],
            "d",
            "completed",
            (),
        ),
        (
            [
                line("user"),
                line("assistant", "hm", phase="commentary"),
                line("assistant", "b", phase="final_answer"),
            ],
            "b",
            "completed",
            (),
        ),
        ([line("user"), line("assistant", "cu", status="incomplete")], "cu", "incomplete", ()),
        ([line("user"), line("assistant", refusal="No.")], "No.", "refused", ()),
        ([line("user"), REASONING], "", "empty", ()),
        ([line("user"), CALL], "", "completed", WAITING),
        ([line("user"), line("assistant", "One moment."), CALL], "One moment.", "completed", WAITING),
        ([line("user"), CALL, OUTPUT, line("assistant", "42!")], "42!", "completed", ()),
        ([OUTPUT, line("assistant", "42!")], "42!", "completed", ()),
        ([CALL], "", "completed", WAITING),
    ],
)
def test_what_follows_the_last_input_is_the_answer(items, text, outcome, calls):
    draft = read_back(items)

    assert (draft.text, draft.outcome, draft.tool_calls) == (text, outcome, calls)
    assert draft.last_item_id == items[-1].id
    assert draft.remembered


@pytest.mark.parametrize(
    "items",
    [
        [],
        [line("user", "a")],
        [line("user", "a"), line("assistant", "b"), line("user", "c")],
        [line("user", "a"), CALL, OUTPUT],
        [line("assistant", "the end of an earlier answer")],
        [line("developer", "a note")],
    ],
)
def test_where_nothing_follows_the_last_input_there_is_no_answer(items):
    assert read_back(items) is None
