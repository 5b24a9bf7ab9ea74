"""What a request body may hold, checked in the order in which the real validator reports faults.

An absent required field is reported first, then an unknown top-level key, then each field by the order
of its table, whatever order the body has. Null stands for an absent field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from service.sandbox.openai import errors
from service.sandbox.openai.items import parse_items

Check = Callable[[str, Any], None]
Fields = Mapping[str, Check]

_NONE: Mapping[str, str | None] = {}

MAX_ITEMS = 20
METADATA_PAIRS, METADATA_KEY, METADATA_VALUE = 16, 64, 512
MIN_OUTPUT_TOKENS = 16
SAFETY_IDENTIFIER = 128
PAGE_DEFAULT, PAGE_MAX = 20, 100


def check(
    body: dict[str, Any], fields: Fields, *, required: Mapping[str, str | None] = _NONE, path: str = ""
) -> None:
    """Raise :class:`~errors.ApiError` for the first fault of ``body``.

    ``required`` says for each required field what the validator expects in place of null (nothing: null
    will do); ``path`` precedes the names of fields.
    """
    for name in required:
        if name not in body:
            raise errors.missing(path + name)
    for name in body:
        if name not in fields:
            raise errors.unknown(path + name)
    for name, check_field in fields.items():
        if body.get(name) is not None:
            check_field(path + name, body[name])
        elif name in body and (expected := required.get(name)) is not None:
            raise errors.wrong_type(path + name, expected, None, null="an object")


def string(param: str, value: Any) -> None:
    if not isinstance(value, str):
        raise errors.wrong_type(param, "a string", value)


def boolean(param: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise errors.wrong_type(param, "a boolean", value)


def decimal(param: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise errors.wrong_type(param, "a decimal", value)


def any_object(param: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise errors.wrong_type(param, "an object", value)


def integer(minimum: int = 0) -> Check:
    def check_field(param: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise errors.wrong_type(param, "an integer", value)
        if value < minimum:
            raise errors.below(param, minimum, value)

    return check_field


def string_up_to(maximum: int) -> Check:
    def check_field(param: str, value: Any) -> None:
        string(param, value)
        if len(value) > maximum:
            raise errors.too_long(param, maximum, len(value))

    return check_field


def one_of(*supported: str) -> Check:
    def check_field(param: str, value: Any) -> None:
        if not isinstance(value, str):
            raise errors.wrong_type(param, f"one of {errors.listed(supported, 'or')}", value)
        if value not in supported:
            raise errors.not_among(param, value, supported)

    return check_field


def structure(**fields: Check) -> Check:
    """An object of these members and no others."""

    def check_field(param: str, value: Any) -> None:
        any_object(param, value)
        check(value, fields, path=f"{param}.")

    return check_field


def array(what: str, each: Check) -> Check:
    def check_field(param: str, value: Any) -> None:
        if not isinstance(value, list):
            raise errors.wrong_type(param, f"an array of {what}", value)
        for index, member in enumerate(value):
            each(f"{param}[{index}]", member)

    return check_field


def metadata(param: str, value: Any) -> None:
    """16 pairs; keys of 64 and values of 512 characters."""
    if not isinstance(value, dict):
        raise errors.wrong_type(param, "a metadata object", value)
    if len(value) > METADATA_PAIRS:
        raise errors.too_many_properties(param, METADATA_PAIRS, len(value))
    for key, text in value.items():
        if len(key) > METADATA_KEY:
            raise errors.property_name_too_long(param, key, METADATA_KEY)
        string_up_to(METADATA_VALUE)(f"{param}.{key}", text)


def items(param: str, value: Any) -> None:
    """At most 20 input items. The sentence for more is the general validator's."""
    if not isinstance(value, list):
        raise errors.wrong_type(param, "an array of input items", value)
    if len(value) > MAX_ITEMS:
        raise errors.too_long(param, MAX_ITEMS, len(value), "array")
    parse_items(param, value)


def _input(param: str, value: Any) -> None:
    if isinstance(value, list):
        parse_items(param, value)
    elif not isinstance(value, str):
        raise errors.wrong_type(param, "one of a string or array of input items", value)


def _tool(param: str, value: Any) -> None:
    any_object(param, value)
    if "type" not in value:
        raise errors.missing(f"{param}.type")
    if value["type"] != "function":
        return
    if "name" not in value:
        raise errors.missing(f"{param}.name")
    string(f"{param}.name", value["name"])
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value["name"]):
        raise errors.ApiError(
            400,
            f"Invalid '{param}.name': string does not match pattern. "
            "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
            param=f"{param}.name",
            code="invalid_value",
        )
    if value.get("parameters") is not None:
        any_object(f"{param}.parameters", value["parameters"])
        if value["parameters"].get("properties") is not None:
            any_object(f"{param}.parameters.properties", value["parameters"]["properties"])


def _tool_choice(param: str, value: Any) -> None:
    supported = ("none", "auto", "required")
    if isinstance(value, dict):
        if value.get("type", "function") == "function" and "name" not in value:
            raise errors.missing(f"{param}.name")
    elif not isinstance(value, str):
        raise errors.wrong_type(param, f"one of an object or {errors.listed(supported, 'or')}", value)
    elif value not in supported:
        raise errors.not_among(param, value, supported)


def _conversation(param: str, value: Any) -> None:
    if isinstance(value, dict):
        if "id" not in value:
            raise errors.missing(f"{param}.id")
        string(f"{param}.id", value["id"])
    elif not isinstance(value, str):
        raise errors.wrong_type(param, "one of a string or object", value)


def _format(param: str, value: Any) -> None:
    any_object(param, value)
    if "type" not in value:
        raise errors.missing(f"{param}.type")
    one_of("json_object", "text", "json_schema")(f"{param}.type", value["type"])
    if value["type"] == "json_schema" and "name" not in value:
        raise errors.missing(f"{param}.name")


_INCLUDABLE = one_of(
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
)
_EFFORTS = one_of("none", "minimal", "low", "medium", "high", "xhigh", "max")

CREATE_CONVERSATION: Fields = {"items": items, "metadata": metadata}
UPDATE_CONVERSATION: Fields = {"metadata": metadata}
UPDATE_CONVERSATION_REQUIRED = {"metadata": None}
CREATE_ITEMS: Fields = {"items": items}
CREATE_ITEMS_REQUIRED = {"items": "an array of input items"}

CREATE_RESPONSE: Fields = {
    "model": string,
    "input": _input,
    "previous_response_id": string,
    "conversation": _conversation,
    "prompt": any_object,
    "moderation": any_object,
    "include": array("strings", _INCLUDABLE),
    "tools": array("tools", _tool),
    "tool_choice": _tool_choice,
    "metadata": metadata,
    "text": structure(format=_format, verbosity=one_of("low", "medium", "high")),
    "temperature": decimal,
    "top_p": decimal,
    "presence_penalty": decimal,
    "frequency_penalty": decimal,
    "parallel_tool_calls": boolean,
    "stream": boolean,
    "stream_options": structure(include_obfuscation=boolean),
    "background": boolean,
    "background_options": any_object,
    "max_output_tokens": integer(MIN_OUTPUT_TOKENS),
    "max_tool_calls": integer(1),
    "reasoning": structure(
        effort=_EFFORTS, summary=one_of("concise", "detailed", "auto"), context=string, mode=string
    ),
    "user": string,
    "safety_identifier": string_up_to(SAFETY_IDENTIFIER),
    "prompt_cache_options": structure(
        mode=one_of("implicit", "explicit"),
        ttl=one_of("30m", "12h"),
        prewarm=boolean,
        comparison_response_id=string,
    ),
    "prompt_cache_key": string,
    "prompt_cache_retention": one_of("in_memory", "24h"),
    "truncation": one_of("auto", "disabled"),
    "instructions": string,
    "store": boolean,
    "service_tier": one_of("auto", "default", "fast", "flex", "priority"),
    "top_logprobs": integer(),
    "context_management": array("objects", any_object),
    "access_programs": any_object,
    "image": any_object,
}
"""``POST /responses``. https://platform.openai.com/docs/api-reference/responses/create"""

CREATE_RESPONSE_REQUIRED = {"model": "a string", "input": "a string"}

COUNT_TOKENS: Fields = {
    name: CREATE_RESPONSE[name]
    for name in (
        "model", "input", "previous_response_id", "conversation", "tools", "tool_choice", "text",
        "parallel_tool_calls", "reasoning", "truncation", "instructions",
    )
} | {"personality": string}  # fmt: skip
"""``POST /responses/input_tokens``: what is rendered, and nothing of what is produced."""


def page_limit(raw: str | None) -> int:
    """``limit`` of a list: 1 to 100, 20 where absent."""
    if raw is None:
        return PAGE_DEFAULT
    if not re.fullmatch(r"-?\d+", raw):
        raise errors.wrong_type("limit", "an integer", raw)
    limit = int(raw)
    if limit < 1:
        raise errors.below("limit", 1, limit)
    if limit > PAGE_MAX:
        raise errors.above("limit", PAGE_MAX, limit)
    return limit


def page_order(raw: str | None) -> str:
    """``order`` of a list: ``desc``, the newest first, where absent."""
    if raw is None:
        return "desc"
    one_of("asc", "desc")("order", raw)
    return raw
