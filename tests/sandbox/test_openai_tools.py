"""Function calls, and the histories that an unanswered one poisons."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from openai_probes import MODEL, live

from service.sandbox.faults import Calls, Rule
from service.sandbox.openai import OpenAISandbox

GET_ORDER = {
    "type": "function",
    "name": "get_order",
    "description": "Looks an order up.",
    "parameters": {
        "type": "object",
        "properties": {"order_id": {"type": "string"}, "full": {"type": "boolean"}},
        "required": ["order_id"],
    },
    "strict": False,
}


def output(call_id: str, text: str = '{"status":"shipped"}') -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call_id, "output": text}


async def ask(client: AsyncOpenAI, text: Any, **more: Any) -> Any:
    return await client.responses.create(model=MODEL, input=text, tools=[GET_ORDER], **more)


async def poisoned(client: AsyncOpenAI) -> tuple[str, Any]:
    """A conversation whose only call has no output yet, and that call."""
    conversation = (await client.conversations.create()).id
    response = await ask(client, "What is the order status of A-17?", conversation=conversation)
    return conversation, response.output[0]


async def test_a_question_that_asks_for_a_tool_is_answered_with_a_call_of_it(client: AsyncOpenAI) -> None:
    _, call = await poisoned(client)
    assert call.type == "function_call"
    assert call.id.startswith("fc_")
    assert call.call_id.startswith("call_")
    assert call.name == "get_order"
    assert call.status == "completed"
    assert json.loads(call.arguments) == {"order_id": "A-17", "full": True}


async def test_the_output_of_the_call_is_told_to_the_customer(client: AsyncOpenAI) -> None:
    conversation, call = await poisoned(client)
    response = await ask(client, [output(call.call_id)], conversation=conversation)
    assert response.output_text == 'I looked it up: {"status":"shipped"}'
    after = await ask(client, "Thank you!", conversation=conversation)
    assert after.status == "completed"


async def test_an_unanswered_call_poisons_its_conversation(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    conversation, call = await poisoned(client)
    for _ in range(2):
        with pytest.raises(openai.BadRequestError) as caught:
            await ask(client, "Hello?", conversation=conversation)
        assert caught.value.body == {
            "message": f"No tool output found for function call {call.call_id}.",
            "type": "invalid_request_error",
            "param": "input",
            "code": None,
        }
    assert len(live(sandbox, conversation)["items"]) == 2
    assert not live(sandbox, conversation)["locked"]


async def test_an_output_heals_it(client: AsyncOpenAI) -> None:
    conversation, call = await poisoned(client)
    given = [output(call.call_id, '{"error":"tool unavailable"}'), {"role": "user", "content": "Hello?"}]
    response = await client.responses.create(model=MODEL, input=given, conversation=conversation)
    assert "tool unavailable" in response.output_text


async def test_an_output_that_is_added_as_an_item_heals_it_too(client: AsyncOpenAI) -> None:
    conversation, call = await poisoned(client)
    await client.conversations.items.create(conversation, items=[output(call.call_id)])
    assert (await ask(client, "Hello?", conversation=conversation)).status == "completed"


async def test_deleting_the_call_heals_it_and_deleting_the_output_poisons_it_again(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    conversation, call = await poisoned(client)
    added = await client.conversations.items.create(conversation, items=[output(call.call_id)])
    await client.conversations.items.delete(added.data[0].id, conversation_id=conversation)
    with pytest.raises(openai.BadRequestError, match="No tool output found"):
        await ask(client, "Hello?", conversation=conversation)
    stored = next(item for item in live(sandbox, conversation)["items"] if item["type"] == "function_call")
    await client.conversations.items.delete(stored["id"], conversation_id=conversation)
    assert (await ask(client, "Hello?", conversation=conversation)).status == "completed"


async def test_an_output_without_its_call_is_refused(client: AsyncOpenAI) -> None:
    conversation = (await client.conversations.create()).id
    for more in ({"conversation": conversation}, {}):
        with pytest.raises(openai.BadRequestError) as caught:
            await ask(client, [output("call_none")], **more)
        message = "No tool call found for function call output with call_id call_none."
        assert (caught.value.body["message"], caught.value.param) == (message, "input")


async def test_calls_given_as_input_need_their_outputs_as_well(client: AsyncOpenAI) -> None:
    call = {"type": "function_call", "call_id": "call_1", "name": "get_order", "arguments": "{}"}
    with pytest.raises(openai.BadRequestError, match=r"No tool output found for function call call_1\."):
        await ask(client, [{"role": "user", "content": "x"}, call])
    assert (await ask(client, [call, output("call_1")])).status == "completed"


async def test_a_fault_can_make_the_model_call_anything(client: AsyncOpenAI, sandbox: OpenAISandbox) -> None:
    sandbox.faults.add(Rule("responses.create", Calls("erase_all", {"sure": True}), times=1))
    response = await client.responses.create(model=MODEL, input="Hello")
    assert (response.output[0].name, response.output[0].arguments) == ("erase_all", '{"sure":true}')


async def test_a_choice_of_tools_is_obeyed(client: AsyncOpenAI) -> None:
    question = "What is the order status of A-17?"
    assert (await ask(client, question, tool_choice="none")).output[0].type == "message"
    assert (await ask(client, "Hello", tool_choice="required")).output[0].type == "function_call"
    forced = {"type": "function", "name": "get_order"}
    assert (await ask(client, "Hello", tool_choice=forced)).output[0].name == "get_order"


async def test_several_tools_are_called_at_once_and_answered_at_once(client: AsyncOpenAI) -> None:
    tools = [{**GET_ORDER, "name": "get_order"}, {**GET_ORDER, "name": "get_refund"}]
    conversation = (await client.conversations.create()).id
    response = await client.responses.create(
        model=MODEL, input="get order and get refund for A-17", tools=tools, conversation=conversation
    )
    assert [call.name for call in response.output] == ["get_order", "get_refund"]
    first, second = (call.call_id for call in response.output)
    with pytest.raises(openai.BadRequestError, match=second):
        await ask(client, [output(first)], conversation=conversation)
    done = await ask(client, [output(first, "one"), output(second, "two")], conversation=conversation)
    assert done.output_text == "I looked it up: one; two"


async def test_a_function_that_does_not_say_strict_is_made_strict(client: AsyncOpenAI) -> None:
    lax = {name: value for name, value in GET_ORDER.items() if name != "strict"}
    response = await client.responses.create(model=MODEL, input="Hello", tools=[lax])
    [echoed] = response.tools
    assert echoed.strict is True
    assert echoed.parameters["additionalProperties"] is False
    assert echoed.parameters["required"] == ["order_id", "full"]
    declared = await ask(client, "Hello")
    assert declared.tools[0].strict is False
    assert declared.tools[0].parameters == GET_ORDER["parameters"]
