"""OpenAI's refusals: one envelope, its validators' own sentences.

The sentences and codes are those of recorded answers; what was never recorded is marked so. See
https://platform.openai.com/docs/guides/error-codes for the codes one has to act on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from service.sandbox.faults import Effect, Refuse


class ApiError(Exception):
    """A request is refused with this status and ``{"error": {message, type, param, code}}``."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        kind: str = "invalid_request_error",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}
        self.headers = dict(headers or {})

    def as_refusal(self) -> Refuse:
        """The same answer as an effect of the fault dial."""
        return Refuse(self.status, self.body, self.headers)


def no_key() -> ApiError:
    return ApiError(401, "Missing bearer or basic authentication in header")


def invalid_url(method: str, path: str) -> ApiError:
    return ApiError(404, f"Invalid URL ({method} {path})")


def invalid_json() -> ApiError:
    return ApiError(
        400,
        "Invalid body: failed to parse JSON value. Please check the value to ensure it is valid JSON. "
        "(Common errors include trailing commas, missing closing brackets, missing quotation marks, etc.)",
        code="invalid_json",
    )


def missing(param: str) -> ApiError:
    return ApiError(
        400, f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter"
    )


def unknown(param: str) -> ApiError:
    return ApiError(400, f"Unknown parameter: '{param}'.", param=param, code="unknown_parameter")


def unsupported(param: str) -> ApiError:
    """The model refuses the parameter. This one sentence has no code on ``/responses``."""
    return ApiError(400, f"Unsupported parameter: '{param}' is not supported with this model.", param=param)


def no_logprobs(param: str) -> ApiError:
    return ApiError(
        400,
        "logprobs are not supported with reasoning models.",
        param=param,
        code="unsupported_parameter",
    )


def wrong_type(param: str, expected: str, value: Any, *, null: str = "null") -> ApiError:
    """``null`` is what the validator calls a null here: some call it an object."""
    got = null if value is None else _kind(value)
    return ApiError(
        400,
        f"Invalid type for '{param}': expected {expected}, but got {got} instead.",
        param=param,
        code="invalid_type",
    )


def not_among(param: str, value: Any, supported: Sequence[str]) -> ApiError:
    return ApiError(
        400,
        f"Invalid value: '{value}'. Supported values are: {listed(supported, 'and')}.",
        param=param,
        code="invalid_value",
    )


def below(param: str, minimum: int, value: int) -> ApiError:
    return ApiError(
        400,
        f"Invalid '{param}': integer below minimum value. "
        f"Expected a value >= {minimum}, but got {value} instead.",
        param=param,
        code="integer_below_min_value",
    )


def above(param: str, maximum: int, value: int) -> ApiError:
    return ApiError(
        400,
        f"Invalid '{param}': integer above maximum value. "
        f"Expected a value <= {maximum}, but got {value} instead.",
        param=param,
        code="integer_above_max_value",
    )


def too_long(param: str, maximum: int, length: int, what: str = "string") -> ApiError:
    """``what`` is ``string`` or ``array``."""
    return ApiError(
        400,
        f"Invalid '{param}': {what} too long. Expected {_article(what)} with maximum length {maximum}, "
        f"but got {_article(what)} with length {length} instead.",
        param=param,
        code=f"{what}_above_max_length",
    )


def too_many_properties(param: str, maximum: int, count: int) -> ApiError:
    return ApiError(
        400,
        f"Invalid '{param}': too many properties. Expected an object with at most {maximum} properties, "
        f"but got an object with {count} properties instead.",
        param=param,
        code="object_above_max_properties",
    )


def property_name_too_long(param: str, name: str, maximum: int) -> ApiError:
    return ApiError(
        400,
        f"Invalid property name in '{param}': '{name[:3]}...{name[-3:]}' is too long. "
        f"Expected a string with maximum length {maximum}, but got a string with length {len(name)} instead.",
        param=f"{param}.{name}",
        code="property_name_above_max_length",
    )


def wrong_id_prefix(param: str, value: str, prefix: str) -> ApiError:
    return ApiError(
        400,
        f"Invalid '{param}': '{value}'. Expected an ID that begins with '{prefix}'.",
        param=param,
        code="invalid_value",
    )


def conversation_not_found(conversation_id: str) -> ApiError:
    return ApiError(404, f"Conversation with id '{conversation_id}' not found.")


def item_not_found(item_id: str) -> ApiError:
    return ApiError(404, f"Item with id '{item_id}' not found in conversation.")


def referenced_item_not_found(item_id: str) -> ApiError:
    return ApiError(404, f"Item with id '{item_id}' not found.", param="input")


def cursor_not_found(item_id: str) -> ApiError:
    return ApiError(404, f"No item found with id '{item_id}'", param="after")


def item_already_there() -> ApiError:
    return ApiError(400, "Item already in conversation", param="items", code="item_already_in_conversation")


def response_not_found(response_id: str) -> ApiError:
    return ApiError(404, f"Response with id '{response_id}' not found.")


def previous_response_not_found(response_id: str) -> ApiError:
    return ApiError(
        400,
        f"Previous response with id '{response_id}' not found.",
        param="previous_response_id",
        code="previous_response_not_found",
    )


def prompt_not_found(prompt_id: str) -> ApiError:
    return ApiError(404, f"Prompt with id '{prompt_id}' not found.")


def model_not_found(model: str) -> ApiError:
    return ApiError(
        400, f"The requested model '{model}' does not exist.", param="model", code="model_not_found"
    )


def both_conversation_and_previous() -> ApiError:
    return ApiError(
        400,
        "Mutually exclusive parameters: ''. "
        "Ensure you are only providing one of: 'pre..._id' or 'conversation'.",
        code="mutually_exclusive_parameters",
    )


def nothing_to_answer() -> ApiError:
    return ApiError(
        400,
        "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation' must be provided.",
        code="missing_required_parameter",
    )


def conversation_locked() -> ApiError:
    """400 rather than 409, so that the SDK does not retry it."""
    return ApiError(
        400,
        "Another process is currently operating on this conversation. Please retry in a few seconds.",
        param="conversation",
        code="conversation_locked",
    )


def unanswered_call(call_id: str) -> ApiError:
    return ApiError(400, f"No tool output found for function call {call_id}.", param="input")


def output_without_call(call_id: str) -> ApiError:
    return ApiError(
        400, f"No tool call found for function call output with call_id {call_id}.", param="input"
    )


def context_too_long() -> ApiError:
    return ApiError(
        400,
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
        param="input",
        code="context_length_exceeded",
    )


def not_simulated(param: str) -> ApiError:
    """An honest refusal where the real service would do something that this stand-in does not."""
    return ApiError(501, f"The sandbox does not do '{param}'.", param=param, code="not_simulated")


PRESETS: dict[str, Effect] = {
    "server_error": ApiError(
        500,
        "The server had an error while processing your request. Sorry about that!",
        kind="server_error",
    ).as_refusal(),
    "server_is_overloaded": ApiError(
        503,
        "The server is currently overloaded. Please try again later.",
        code="server_is_overloaded",
        kind="service_unavailable_error",
    ).as_refusal(),
    "rate_limit_exceeded": ApiError(
        429,
        "Rate limit reached for gpt-6-luna in organization org-sandbox on tokens per min (TPM): "
        "Limit 200000, Used 199000, Requested 4000. Please try again in 900ms.",
        code="rate_limit_exceeded",
        kind="tokens",
        headers={"retry-after": "1"},
    ).as_refusal(),
    "slow_down": ApiError(
        429,
        "Traffic is increasing too quickly. Please slow down.",
        code="slow_down",
        kind="rate_limit_error",
        headers={"retry-after": "5"},
    ).as_refusal(),
    "credit_balance_exhausted": ApiError(
        429,
        "You exceeded your current quota, please check your plan and billing details.",
        code="credit_balance_exhausted",
        kind="insufficient_quota",
    ).as_refusal(),
    "conversation_locked": conversation_locked().as_refusal(),
    "context_length_exceeded": context_too_long().as_refusal(),
}
"""What a rule may name as its effect; no ``retry-after`` where waiting would not help."""


def listed(values: Sequence[str], conjunction: str) -> str:
    """``'a'``; ``'a' and 'b'``; ``'a', 'b', and 'c'``."""
    quoted = [f"'{value}'" for value in values]
    if len(quoted) < 3:
        return f" {conjunction} ".join(quoted)
    return f"{', '.join(quoted[:-1])}, {conjunction} {quoted[-1]}"


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "a boolean"
        case int():
            return "an integer"
        case float():
            return "a decimal number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
