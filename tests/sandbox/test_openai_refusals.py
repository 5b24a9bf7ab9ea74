"""What is refused, in which words and in which order: as it was measured at the real service."""

from __future__ import annotations

from typing import Any

import aiohttp
import openai
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openai import AsyncOpenAI
from openai_probes import MODEL

from service.sandbox.openai import OpenAISandbox

ABSENT = object()

SPELT_OUT = [
    ({"model": ABSENT}, "model", "missing_required_parameter", "Missing required parameter: 'model'."),
    (
        {"model": None},
        "model",
        "invalid_type",
        "Invalid type for 'model': expected a string, but got an object instead.",
    ),
    ({"model": "gpt-4"}, "model", "model_not_found", "The requested model 'gpt-4' does not exist."),
    ({"input": ABSENT}, "input", "missing_required_parameter", "Missing required parameter: 'input'."),
    (
        {"input": {"a": 1}},
        "input",
        "invalid_type",
        (
            "Invalid type for 'input': expected one of a string or array of input items, "
            "but got an object instead."
        ),
    ),
    (
        {"input": []},
        None,
        "missing_required_parameter",
        "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation' must be provided.",
    ),
    ({"surprise": 1}, "surprise", "unknown_parameter", "Unknown parameter: 'surprise'."),
    (
        {"max_output_tokens": 15},
        "max_output_tokens",
        "integer_below_min_value",
        (
            "Invalid 'max_output_tokens': integer below minimum value. "
            "Expected a value >= 16, but got 15 instead."
        ),
    ),
    (
        {"temperature": 0.5},
        "temperature",
        None,
        "Unsupported parameter: 'temperature' is not supported with this model.",
    ),
    ({"top_p": 0.5}, "top_p", None, "Unsupported parameter: 'top_p' is not supported with this model."),
    (
        {"top_logprobs": 1},
        "top_logprobs",
        "unsupported_parameter",
        "logprobs are not supported with reasoning models.",
    ),
    (
        {"truncation": "some"},
        "truncation",
        "invalid_value",
        "Invalid value: 'some'. Supported values are: 'auto' and 'disabled'.",
    ),
    (
        {"service_tier": {"a": 1}},
        "service_tier",
        "invalid_type",
        (
            "Invalid type for 'service_tier': "
            "expected one of 'auto', 'default', 'fast', 'flex', or 'priority', "
            "but got an object instead."
        ),
    ),
    (
        {"metadata": {f"k{index}": "v" for index in range(17)}},
        "metadata",
        "object_above_max_properties",
        (
            "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, "
            "but got an object with 17 properties instead."
        ),
    ),
    (
        {"metadata": {"k" * 70: "v"}},
        f"metadata.{'k' * 70}",
        "property_name_above_max_length",
        (
            "Invalid property name in 'metadata': 'kkk...kkk' is too long. "
            "Expected a string with maximum length 64, but got a string with length 70 instead."
        ),
    ),
    (
        {"input": [7]},
        "input[0]",
        "invalid_type",
        "Invalid type for 'input[0]': expected an input item, but got an integer instead.",
    ),
    (
        {"input": [{}]},
        "input[0]",
        "invalid_value",
        "Invalid value: ''. Supported values are: 'assistant', 'system', 'developer', and 'user'.",
    ),
    (
        {"input": [{"role": "user"}]},
        "input[0].content",
        "missing_required_parameter",
        "Missing required parameter: 'input[0].content'.",
    ),
    (
        {"input": [{"role": "user", "content": "x", "bogus": 1}]},
        "input[0].bogus",
        "unknown_parameter",
        "Unknown parameter: 'input[0].bogus'.",
    ),
    (
        {"input": [{"role": "user", "content": "x", "phase": "final_answer"}]},
        "input[0].phase",
        "unknown_parameter",
        "Unknown parameter: 'input[0].phase'.",
    ),
    (
        {"input": [{"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}]},
        "input[0].content[0]",
        "invalid_value",
        "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'.",
    ),
    (
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
        "tools[0].name",
        "missing_required_parameter",
        "Missing required parameter: 'tools[0].name'.",
    ),
    (
        {"tool_choice": 7},
        "tool_choice",
        "invalid_type",
        (
            "Invalid type for 'tool_choice': expected one of an object or 'none', 'auto', or 'required', "
            "but got an integer instead."
        ),
    ),
    (
        {"stream_options": {"include_usage": True}},
        "stream_options.include_usage",
        "unknown_parameter",
        "Unknown parameter: 'stream_options.include_usage'.",
    ),
    (
        {"conversation": "conv_x", "previous_response_id": "resp_x"},
        None,
        "mutually_exclusive_parameters",
        (
            "Mutually exclusive parameters: ''. "
            "Ensure you are only providing one of: 'pre..._id' or 'conversation'."
        ),
    ),
    (
        {"previous_response_id": "resp_x"},
        "previous_response_id",
        "previous_response_not_found",
        "Previous response with id 'resp_x' not found.",
    ),
]


@pytest.mark.parametrize(("fragment", "param", "code", "message"), SPELT_OUT)
async def test_a_bad_response_request_is_refused_in_the_words_of_the_service(
    http: aiohttp.ClientSession, fragment: dict[str, Any], param: str, code: str, message: str
) -> None:
    body = {"model": MODEL, "input": "Hello", **fragment}
    body = {name: value for name, value in body.items() if value is not ABSENT}
    async with http.post("/v1/responses", json=body) as response:
        assert response.status == 400
        error = (await response.json())["error"]
    assert error == {"message": message, "type": "invalid_request_error", "param": param, "code": code}


@pytest.mark.parametrize(
    ("fragment", "reported"),
    [
        ({"model": ABSENT, "surprise": 1}, "'model'"),
        ({"model": ABSENT, "input": ABSENT}, "'model'"),
        ({"input": ABSENT, "surprise": 1}, "'input'"),
        ({"surprise": 1, "input": 7}, "'surprise'"),
        ({"truncation": "bogus", "input": 7}, "'input'"),
        ({"metadata": "x", "tools": "x"}, "'tools'"),
        ({"store": "x", "stream": "x"}, "'stream'"),
        ({"conversation": "conv_x", "truncation": "bogus"}, "'bogus'"),
        ({"conversation": "conv_x", "prompt": {"id": "pmpt_x"}}, "Conversation with id"),
        ({"prompt": {"id": "pmpt_x"}, "previous_response_id": "resp_x"}, "Prompt with id"),
        ({"conversation": "conv_x", "temperature": 0.5}, "Conversation with id"),
        ({"previous_response_id": "resp_x", "temperature": 0.5}, "Previous response with id"),
        ({"input": [], "previous_response_id": "resp_x"}, "Previous response with id"),
        ({"input": [], "temperature": 0.5}, "must be provided"),
        ({"input": [{}], "temperature": 0.5}, "'assistant'"),
        ({"top_logprobs": 1, "temperature": 0.5}, "'temperature'"),
    ],
)
async def test_of_two_faults_the_one_that_the_service_sees_first_is_reported(
    http: aiohttp.ClientSession, fragment: dict[str, Any], reported: str
) -> None:
    body = {"model": MODEL, "input": "Hello", **fragment}
    body = {name: value for name, value in body.items() if value is not ABSENT}
    async with http.post("/v1/responses", json=body) as response:
        assert reported in (await response.json())["error"]["message"]


async def test_older_models_take_a_temperature(client: AsyncOpenAI) -> None:
    response = await client.responses.create(model="gpt-4.1", input="Hello", temperature=0.3)
    assert response.temperature == 0.3


async def test_what_is_not_simulated_says_so(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.InternalServerError, match="does not do 'background'"):
        await client.responses.create(model=MODEL, input="Hello", background=True)


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer  ", "Basic abc"])
async def test_a_request_without_a_key_is_not_authorised(url: str, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url}/conversations", json={}, headers=headers) as response,
    ):
        assert response.status == 401
        assert await response.json() == {
            "error": {
                "message": "Missing bearer or basic authentication in header",
                "type": "invalid_request_error",
                "param": None,
                "code": None,
            }
        }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/threads"),
        ("POST", "/v1/threads/thread_abc/runs"),
        ("GET", "/v1/assistants"),
        ("GET", "/v1/conversations"),
        ("POST", "/v1/conversations/conv_x/messages"),
        ("POST", "/v1/chat/completions"),
        ("GET", "/"),
    ],
)
async def test_every_other_url_is_invalid(http: aiohttp.ClientSession, method: str, path: str) -> None:
    async with http.request(method, path) as response:
        assert response.status == 404
        assert (await response.json())["error"] == {
            "message": f"Invalid URL ({method} {path})",
            "type": "invalid_request_error",
            "param": None,
            "code": None,
        }


async def test_the_threads_of_the_sdk_are_gone(client: AsyncOpenAI) -> None:
    with (
        pytest.warns(DeprecationWarning, match="Assistants API is deprecated"),
        pytest.raises(openai.NotFoundError, match="Invalid URL"),
    ):
        await client.beta.threads.create()


@pytest.mark.parametrize("raw", [b"{", b"[]", b"nonsense", b"\xff\xfe", b'"text"'])
async def test_a_body_that_is_no_json_object_is_refused(http: aiohttp.ClientSession, raw: bytes) -> None:
    for path in ("/v1/conversations", "/v1/responses", "/v1/responses/input_tokens"):
        async with http.post(path, data=raw) as response:
            assert response.status == 400
            error = (await response.json())["error"]
        assert (error["code"], error["param"]) == ("invalid_json", None)
        assert error["message"].startswith("Invalid body: failed to parse JSON value.")


_SCALARS = st.none() | st.booleans() | st.integers(-2, 40) | st.floats(-2, 2) | st.text(max_size=6)
_WORDS = st.sampled_from(
    [
        "type", "role", "content", "text", "id", "call_id", "output", "name", "arguments", "parameters",
        "properties", "message", "user", "assistant", "input_text", "output_text", "refusal", "function",
        "function_call", "function_call_output", "item_reference", "reasoning", "summary", "format", "effort",
        "enum", "phase",
    ]
)  # fmt: skip
_ANYTHING = st.recursive(
    _SCALARS | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=12,
)
_FIELDS = st.sampled_from(
    [
        "input", "conversation", "tools", "tool_choice", "text", "reasoning", "metadata", "include", "items",
        "stream_options", "prompt", "moderation", "max_output_tokens", "truncation", "instructions",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=st.dictionaries(_FIELDS, _ANYTHING, max_size=3))
async def test_no_body_whatever_makes_the_stand_in_fail(
    http: aiohttp.ClientSession, sandbox: OpenAISandbox, fields: dict[str, Any]
) -> None:
    for path in ("/v1/responses", "/v1/responses/input_tokens", "/v1/conversations"):
        body = {"model": MODEL, "input": "get me", **fields} if "responses" in path else fields
        async with http.post(path, json=body) as response:
            answered = await response.json()
            assert response.status in (200, 400, 404, 501), answered
            assert ("error" in answered and answered["error"] is not None) == (response.status != 200)
    assert not any(one["locked"] for one in sandbox.state()["conversations"])
