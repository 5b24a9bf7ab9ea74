"""Whatever servers and models make of it, the customer gets the answer once and nothing else."""

from __future__ import annotations

import pytest
from aiohttp import web

from service.assistant import ToolCall, Usage
from service.provider import OutcomeUnknown

WHO = {"safety_identifier": "hash-of-a-sender", "conversation_key": "key-of-a-conversation"}


def responding(**response):
    """A server that answers every request alike."""

    async def handler(_request):
        return web.json_response({"id": "resp_1", "status": "completed", "output": [], **response})

    return handler


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
        ([said("Hm."), said("Yes.", "final_answer")], "Yes.", "completed"),
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
    sdk = connect(await serve(responding(output=output)))

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
    sdk = connect(await serve(responding(status="incomplete", output=[call])))

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
    sdk = connect(await serve(responding(conversation=echo, output=[said("Yes.")])))

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
    sdk = connect(await serve(responding(usage=usage)))

    assert (await assistant_of(sdk).draft("conv_1", ["Hi"], **WHO)).usage == expected


@pytest.mark.parametrize("status", ["cancelled", "expired", 7])
async def test_any_other_end_is_a_failure(serve, connect, assistant_of, status):
    sdk = connect(await serve(responding(status=status, output=[said("Half an ans")])))

    draft = await assistant_of(sdk).draft("conv_1", ["Hi"], **WHO)

    assert (draft.text, draft.outcome) == ("", "failed")
    assert draft.failure_code == (status if isinstance(status, str) else "failed")


@pytest.mark.parametrize(
    "response", [{"output": None}, {"output": {}}, {"status": "in_progress"}, {"status": "queued"}], ids=str
)
async def test_an_answer_that_is_none_yet_leaves_the_outcome_unknown(serve, connect, assistant_of, response):
    sdk = connect(await serve(responding(**response)))

    with pytest.raises(OutcomeUnknown):
        await assistant_of(sdk).draft("conv_1", ["Hi"], **WHO)
