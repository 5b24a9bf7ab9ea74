"""An answer that was written while its own answer was lost is found in the thread, and nothing else is."""

from __future__ import annotations

import pytest

from service.assistant import Draft, ToolCall, read_back
from service.provider import OutcomeUnknown
from service.sandbox.faults import HangAfter, HangBefore, ResetAfter, Rule
from service.threads import Item

WHO = {"safety_identifier": "hash-of-a-sender", "conversation_key": "key-of-a-conversation"}
LOOKUP = {
    "type": "function",
    "name": "get_order",
    "description": "Where an order is.",
    "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}},
    "strict": False,
}


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
