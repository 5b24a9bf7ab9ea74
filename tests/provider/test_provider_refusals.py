"""What every refusal of the provider, of compatible servers and of gateways is taken to mean."""

from __future__ import annotations

import pytest

from service.provider import (
    ContextExceeded,
    CursorGone,
    ItemGone,
    OutcomeUnknown,
    ProviderBusy,
    QuotaExhausted,
    Rejected,
    ThreadGone,
    ThreadLocked,
    ThreadPoisoned,
)

SAID = "My card is 4111 1111 1111 1111, please help."
KEY = "sk-of-this-test"


def error(message=f"No. You said: {SAID}", *, code=None, kind="invalid_request_error", param=None):
    """OpenAI's envelope. Its sentences may quote what was said."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


CONVERSATION_GONE = "Conversation with id 'conv_00' not found."
QUOTA = {"kind": "insufficient_quota"}
HTML = "<html><body>502 Bad Gateway</body></html>"

REFUSALS = [
    (
        400,
        error(code="conversation_locked", param="conversation"),
        {},
        ThreadLocked,
        {"code": "conversation_locked"},
    ),
    (409, error(code="conversation_locked"), {}, ThreadLocked, {}),
    (
        400,
        error("No tool output found for function call call_JkL1tD7aDRNihCxDJSWQ5nKH.", param="input"),
        {},
        ThreadPoisoned,
        {"call_ids": ("call_JkL1tD7aDRNihCxDJSWQ5nKH",), "code": "tool_output_missing"},
    ),
    (
        400,
        error("No tool output found for custom tool call call_1a"),
        {},
        ThreadPoisoned,
        {"call_ids": ("call_1a",)},
    ),
    (
        400,
        error("No tool call found for function call output with call_id call_9.", param="input"),
        {},
        ThreadPoisoned,
        {"call_ids": ()},
    ),
    (
        400,
        error("Item 'rs_1' of type 'reasoning' was provided without its required following item."),
        {},
        ThreadPoisoned,
        {"call_ids": ()},
    ),
    (400, error(code="context_length_exceeded", param="input"), {}, ContextExceeded, {"status": 400}),
    (400, error("This model's maximum context length is 8192 tokens.", code=400), {}, ContextExceeded, {}),
    (413, HTML, {}, ContextExceeded, {"code": "input_too_large"}),
    (404, error(CONVERSATION_GONE), {}, ThreadGone, {"code": "thread_gone"}),
    (404, {"detail": "Conversation 'conv_00' not found. Use 'client.list()'."}, {}, ThreadGone, {}),
    (404, error("No item found with id 'msg_1'", param="after"), {}, CursorGone, {}),
    (404, error("Item with id 'msg_1' not found in conversation."), {}, ItemGone, {}),
    (404, error("Response with id 'resp_1' not found."), {}, ItemGone, {}),
    (404, error("Invalid URL (POST /v2/responses)"), {}, Rejected, {"status": 404}),
    (
        404,
        error("The model 'x' is not found", code="model_not_found"),
        {},
        Rejected,
        {"code": "model_not_found"},
    ),
    (404, HTML, {}, Rejected, {"code": "rejected"}),
    (
        429,
        error(code="rate_limit_exceeded", kind="tokens"),
        {"retry-after": "7"},
        ProviderBusy,
        {"retry_after": 7.0},
    ),
    (429, error(code="rate_limit_exceeded", **QUOTA), {}, ProviderBusy, {"retry_after": None}),
    (
        429,
        error(code="slow_down", kind="rate_limit_error"),
        {"retry-after-ms": "250"},
        ProviderBusy,
        {"retry_after": 0.25},
    ),
    (429, HTML, {"retry-after": "-1"}, ProviderBusy, {"retry_after": None, "code": "busy"}),
    (429, HTML, {"retry-after": "Tue, 24 Nov 2026 10:00:00 GMT"}, ProviderBusy, {"retry_after": None}),
    (429, HTML, {"retry-after": "inf"}, ProviderBusy, {"retry_after": None}),
    (
        429,
        error(code="credit_balance_exhausted", **QUOTA),
        {},
        QuotaExhausted,
        {"code": "credit_balance_exhausted"},
    ),
    (429, error(code="organization_spend_limit_exceeded", **QUOTA), {}, QuotaExhausted, {}),
    (429, error(code="project_spend_limit_exceeded", **QUOTA), {}, QuotaExhausted, {}),
    (429, error(code="organization_usage_limit_exceeded", **QUOTA), {}, QuotaExhausted, {}),
    (429, error(code="insufficient_quota", **QUOTA), {}, QuotaExhausted, {}),
    (429, error(code="a_limit_of_next_year", **QUOTA), {}, QuotaExhausted, {}),
    (402, error("Insufficient credits", code=402), {}, QuotaExhausted, {"code": "insufficient_quota"}),
    (400, error(code="billing_hard_limit_reached"), {}, QuotaExhausted, {}),
    (408, error(), {}, ProviderBusy, {"status": 408}),
    (409, error(), {}, ProviderBusy, {"status": 409}),
    (500, error(kind="server_error"), {}, ProviderBusy, {"status": 500, "code": "busy"}),
    (503, error(code="server_is_overloaded"), {"retry-after": "30"}, ProviderBusy, {"retry_after": 30.0}),
    (503, HTML, {}, ProviderBusy, {}),
    (529, HTML, {}, ProviderBusy, {}),
    (502, error(kind="server_error"), {}, ProviderBusy, {}),
    (502, HTML, {}, OutcomeUnknown, {"code": "gateway_failed", "status": 502}),
    (504, HTML, {}, OutcomeUnknown, {}),
    (504, "", {}, OutcomeUnknown, {}),
    (524, HTML, {}, OutcomeUnknown, {}),
    (400, error(code="unknown_parameter", param="personality"), {}, Rejected, {"code": "unknown_parameter"}),
    (400, error(), {}, Rejected, {"code": "invalid_request_error"}),
    (400, ["not", "an", "object"], {}, Rejected, {"code": "rejected"}),
    (400, error(code=f"Sorry, {SAID}", kind=SAID), {}, Rejected, {"code": "rejected"}),
    (
        401,
        error(f"Incorrect API key provided: {KEY}.", code="invalid_api_key"),
        {},
        Rejected,
        {"status": 401},
    ),
    (403, HTML, {}, Rejected, {"status": 403}),
    (405, "", {}, Rejected, {}),
    (422, {"detail": [{"msg": SAID}]}, {}, Rejected, {}),
    (301, "", {"location": "/elsewhere"}, Rejected, {"status": 301}),
    (307, "", {"location": "/elsewhere"}, Rejected, {"status": 307}),
]


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind", "attributes"),
    REFUSALS,
    ids=[f"{case[0]}-{case[3].__name__}-{number}" for number, case in enumerate(REFUSALS)],
)
async def test_every_refusal_becomes_the_fault_that_says_what_to_do(
    connect, serve_answer, fault_of, status, body, headers, kind, attributes
):
    fault = await fault_of(connect(await serve_answer(status, body, headers)))

    assert type(fault) is kind
    assert fault.status == status
    assert {name: getattr(fault, name) for name in attributes} == attributes
