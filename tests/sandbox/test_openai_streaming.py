"""Streams: their framing, their events in order, and the ways in which they end."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import openai
import pytest
from openai import AsyncOpenAI
from openai_probes import MODEL, live, texts, until

from service.sandbox.faults import (
    Effect,
    Failed,
    HangAfter,
    Incomplete,
    Refusal,
    ResetAfter,
    Rule,
    StreamEnds,
    StreamError,
    Trickle,
    UnknownItem,
)
from service.sandbox.openai import OpenAISandbox

ORDER_TOOL = {"type": "function", "name": "get_order", "parameters": {"type": "object", "properties": {}}}


async def events_of(client: AsyncOpenAI, text: str, **more: Any) -> list[Any]:
    stream = await client.responses.create(model=MODEL, input=text, stream=True, **more)
    return [event async for event in stream]


def kinds(events: list[Any]) -> list[str]:
    """The types of events, repeated deltas once."""
    seen: list[str] = []
    for event in events:
        if not seen or seen[-1] != event.type:
            seen.append(event.type)
    return seen


async def note_kinds(stream: Any, seen: list[str]) -> None:
    """The types of events go to ``seen``, and stay there if the stream breaks."""
    async for event in stream:
        seen.append(event.type)  # noqa: PERF401 - what came before the break is kept


async def test_a_stream_is_framed_as_server_sent_events_without_a_done_line(
    http: aiohttp.ClientSession,
) -> None:
    body = {"model": MODEL, "input": "Hello", "stream": True}
    async with http.post("/v1/responses", json=body) as response:
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.headers["x-request-id"].startswith("req_")
        raw = await response.text()
    assert raw.endswith("\n\n")
    frames = [frame.split("\n") for frame in raw.removesuffix("\n\n").split("\n\n")]
    assert all(len(frame) == 2 for frame in frames)
    events = [json.loads(frame[1].removeprefix("data: ")) for frame in frames]
    assert [frame[0] for frame in frames] == [f"event: {event['type']}" for event in events]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert events[-1]["type"] == "response.completed"
    assert "[DONE]" not in raw


async def test_a_text_is_streamed_in_the_recorded_order(client: AsyncOpenAI) -> None:
    conversation = (await client.conversations.create()).id
    events = await events_of(client, "Hello", conversation=conversation)
    assert kinds(events) == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    created, completed = events[0].response, events[-1].response
    assert (created.status, created.output, created.usage, created.service_tier) == (
        "in_progress",
        [],
        None,
        "auto",
    )
    assert created.conversation.id == conversation
    assert completed.id == created.id
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text == completed.output_text
    assert events[2].item.content == []
    assert events[-2].item == completed.output[0]


async def test_deltas_are_padded_unless_that_is_declined(client: AsyncOpenAI) -> None:
    for include in (None, False):
        options = {} if include is None else {"stream_options": {"include_obfuscation": include}}
        deltas = [
            event for event in await events_of(client, "Hello", **options) if event.type.endswith(".delta")
        ]
        assert {hasattr(delta, "obfuscation") for delta in deltas} == {include is None}


async def test_a_function_call_is_streamed_with_its_arguments(client: AsyncOpenAI) -> None:
    events = await events_of(client, "get order A-17", tools=[ORDER_TOOL])
    assert kinds(events)[2:] == [
        "response.output_item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert events[2].item.arguments == ""
    assert events[2].item.status == "in_progress"
    assert events[-2].item.arguments == "{}"


async def test_the_opening_comes_at_once_and_the_turn_is_stored_at_the_end(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    conversation = (await client.conversations.create()).id
    sandbox.behaviour.latency = (0.2, 0.2)
    stream = await client.responses.create(model=MODEL, input="Hello", conversation=conversation, stream=True)
    opening = await anext(aiter(stream))
    assert opening.type == "response.created"
    assert live(sandbox, conversation)["locked"]
    assert texts(sandbox, conversation) == []
    async for event in stream:
        last = event
    assert last.type == "response.completed"
    assert texts(sandbox, conversation) == ["Hello", last.response.output_text]


async def test_a_client_that_leaves_a_stream_stops_nothing(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    conversation = (await client.conversations.create()).id
    sandbox.behaviour.latency = (0.2, 0.2)
    stream = await client.responses.create(model=MODEL, input="Hello", conversation=conversation, stream=True)
    await anext(aiter(stream))
    await stream.close()
    await until(lambda: len(texts(sandbox, conversation)) == 2)
    await until(lambda: not live(sandbox, conversation)["locked"])


@pytest.mark.parametrize(
    ("effect", "terminal", "stored"),
    [
        (Incomplete(), "response.incomplete", 2),
        (Failed(), "response.failed", 0),
        (Refusal(), "response.completed", 2),
        (UnknownItem(), "response.completed", 3),
    ],
)
async def test_every_shape_of_an_answer_has_its_terminal_event(
    client: AsyncOpenAI, sandbox: OpenAISandbox, effect: Any, terminal: str, stored: int
) -> None:
    conversation = (await client.conversations.create()).id
    sandbox.faults.add(Rule("responses.create", effect))
    events = await events_of(client, "Hello", conversation=conversation)
    assert events[-1].type == terminal
    assert sum(event.type in ("response.completed", terminal) for event in events) == 1
    assert len(live(sandbox, conversation)["items"]) == stored
    if isinstance(effect, Refusal):
        assert "response.refusal.done" in kinds(events)


async def test_a_stream_can_end_without_its_terminal_event(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    conversation = (await client.conversations.create()).id
    sandbox.faults.add(Rule("responses.create", StreamEnds()))
    events = await events_of(client, "Hello", conversation=conversation)
    assert events[-1].type == "response.output_item.done"
    assert len(texts(sandbox, conversation)) == 2


async def test_a_flat_error_event_ends_a_stream_without_an_exception(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    conversation = (await client.conversations.create()).id
    sandbox.faults.add(Rule("responses.create", StreamError()))
    events = await events_of(client, "Hello", conversation=conversation)
    assert (events[-1].type, events[-1].code) == ("error", "server_error")
    assert texts(sandbox, conversation) == []
    assert not live(sandbox, conversation)["locked"]


async def test_a_nested_error_event_is_an_exception(client: AsyncOpenAI, sandbox: OpenAISandbox) -> None:
    sandbox.faults.add(Rule("responses.create", StreamError(nested=True)))
    with pytest.raises(openai.APIError) as caught:
        await events_of(client, "Hello")
    assert not isinstance(caught.value, openai.APIStatusError)


async def test_a_stream_can_be_reset_half_way_though_the_turn_is_stored(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    conversation = (await client.conversations.create()).id
    sandbox.faults.add(Rule("responses.create", ResetAfter()))
    with pytest.raises(openai.APIConnectionError):
        await events_of(client, "Hello", conversation=conversation)
    assert len(texts(sandbox, conversation)) == 2


async def test_a_stream_can_stall_half_way_though_the_turn_is_stored(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    conversation = (await client.conversations.create()).id
    sandbox.faults.add(Rule("responses.create", HangAfter()))
    stream = await client.with_options(timeout=1.0).responses.create(
        model=MODEL, input="Hello", conversation=conversation, stream=True
    )
    seen: list[str] = []
    with pytest.raises(openai.APITimeoutError):
        await note_kinds(stream, seen)
    assert "response.output_text.delta" in seen
    assert "response.completed" not in seen
    assert len(texts(sandbox, conversation)) == 2


async def test_a_trickling_stream_pauses_between_its_events(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    effect: Effect = Trickle(seconds=0.02)
    sandbox.faults.add(Rule("responses.create", effect))
    started = asyncio.get_running_loop().time()
    events = await events_of(client, "Hello")
    assert events[-1].type == "response.completed"
    assert asyncio.get_running_loop().time() - started >= 0.02 * (len(events) - 2)
