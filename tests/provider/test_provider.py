"""What every failure of the provider, of its gateways and of the network is taken to mean."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing
from time import monotonic

import pytest
from aiohttp import web

from service.provider import (
    Answer,
    ContextExceeded,
    CursorGone,
    ItemGone,
    OutcomeUnknown,
    ProviderBusy,
    ProviderFault,
    QuotaExhausted,
    Rejected,
    ThreadGone,
    ThreadLocked,
    ThreadPoisoned,
    Unreachable,
    answer_to,
)
from service.settings import SettingsError

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


def answering(status, body, headers=None):
    async def handler(_request):
        if isinstance(body, str):
            return web.Response(status=status, text=body, content_type="text/html", headers=headers)
        return web.json_response(body, status=status, headers=headers)

    return handler


async def ask(sdk, within=10.0) -> Answer:
    call = sdk.responses.with_raw_response.create(model="gpt-6-luna", input=SAID)
    return await answer_to(call, within=within)


async def fault_of(sdk, within=10.0) -> ProviderFault:
    with pytest.raises(ProviderFault) as caught:
        await ask(sdk, within)
    return caught.value


def assert_discreet(fault: ProviderFault) -> None:
    """Nothing that can be reached from the fault itself holds words, keys or the SDK's request."""
    assert fault.__cause__ is None
    assert fault.__context__ is None
    held = f"{fault} {fault!r} {vars(fault)} {fault.args}"
    assert SAID not in held
    assert KEY not in held


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind", "attributes"),
    REFUSALS,
    ids=[f"{case[0]}-{case[3].__name__}-{number}" for number, case in enumerate(REFUSALS)],
)
async def test_every_refusal_becomes_the_fault_that_says_what_to_do(
    connect, serve, status, body, headers, kind, attributes
):
    fault = await fault_of(connect(await serve(answering(status, body, headers))))

    assert type(fault) is kind
    assert fault.status == status
    assert {name: getattr(fault, name) for name in attributes} == attributes
    assert_discreet(fault)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Welcome</html>",
        b'{"id": "resp_',
        b"[]",
        b"null",
        b'"ok"',
        b"17",
        b"\xff\xfe",
        b"[" * 100_000,
    ],
    ids=["empty", "html", "cut", "list", "null", "text", "number", "bytes", "deep"],
)
@pytest.mark.parametrize("content_type", ["application/json", "text/html"])
async def test_nonsense_with_status_200_leaves_the_outcome_unknown(connect, serve, body, content_type):
    async def handler(_request):
        return web.Response(body=body, content_type=content_type)

    fault = await fault_of(connect(await serve(handler)))

    assert type(fault) is OutcomeUnknown
    assert (fault.code, fault.status) == ("nonsense", 200)
    assert_discreet(fault)


async def test_an_answer_is_its_json_object_and_the_id_of_the_request(connect, serve):
    sdk = connect(await serve(answering(200, {"id": "resp_1"}, {"x-request-id": "req_1"})))

    assert await ask(sdk) == Answer({"id": "resp_1"}, "req_1")


async def test_a_connection_that_breaks_leaves_the_outcome_unknown(connect, serve):
    async def cut_off(request):
        await request.read()
        response = web.StreamResponse(headers={"content-length": "1000", "content-type": "application/json"})
        await response.prepare(request)
        await response.write(b'{"id": ')
        request.transport.abort()
        return response

    async def hang_up(request):
        await request.read()
        request.transport.abort()
        return web.Response()

    for handler in (cut_off, hang_up):
        fault = await fault_of(connect(await serve(handler)))
        assert type(fault) is OutcomeUnknown
        assert (fault.code, fault.status) == ("connection_lost", None)
        assert_discreet(fault)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def test_a_refused_connection_is_known_to_have_done_nothing(connect):
    fault = await fault_of(connect(f"http://127.0.0.1:{free_port()}/v1"))

    assert type(fault) is Unreachable
    assert fault.status is None
    assert_discreet(fault)


async def test_a_failed_tls_handshake_is_known_to_have_done_nothing(connect, serve):
    url = await serve(answering(200, {}))

    assert type(await fault_of(connect(url.replace("http://", "https://")))) is Unreachable


async def test_a_connection_that_is_never_accepted_is_known_to_have_done_nothing(connect):
    with closing(socket.socket()) as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:  # the queue of those who wait to be accepted is full after one or two
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        sdk = connect(f"http://127.0.0.1:{full.getsockname()[1]}/v1", create_timeout=0.4)
        try:
            assert type(await fault_of(sdk)) is Unreachable
        finally:
            for one in waiting:
                one.close()


async def test_a_server_that_trickles_does_not_outlive_the_total_timeout(connect, serve):
    gone = asyncio.Event()

    async def trickle(request):
        response = web.StreamResponse(headers={"content-type": "application/json"})
        await response.prepare(request)
        try:
            while True:
                await response.write(b" ")
                await asyncio.sleep(0.02)
        finally:
            gone.set()

    sdk = connect(await serve(trickle))
    began = monotonic()

    fault = await fault_of(sdk, within=0.3)

    assert monotonic() - began < 5
    assert type(fault) is OutcomeUnknown
    assert (fault.code, fault.status) == ("timeout", None)
    assert_discreet(fault)
    await asyncio.wait_for(gone.wait(), 10)


async def test_cancelling_a_call_closes_its_connection(connect, serve):
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def hang(_request):
        arrived.set()
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()

    call = asyncio.create_task(ask(connect(await serve(hang))))
    await asyncio.wait_for(arrived.wait(), 10)

    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    await asyncio.wait_for(gone.wait(), 10)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
async def test_the_sdk_repeats_nothing_by_itself(connect, serve, status):
    requests = []

    async def refuse(request):
        requests.append(request.headers["x-stainless-retry-count"])
        return web.json_response(error(), status=status, headers={"x-should-retry": "true"})

    await fault_of(connect(await serve(refuse)))

    assert requests == ["0"]


async def test_a_redirect_is_not_followed(connect, serve):
    followed = []

    async def elsewhere(request):
        followed.append(await request.text())
        return web.json_response({"id": "resp_1"})

    target = await serve(elsewhere)
    fault = await fault_of(connect(await serve(answering(307, "", {"location": target}))))

    assert type(fault) is Rejected
    assert followed == []


@pytest.mark.parametrize("key", ["sk-\N{RIGHT SINGLE QUOTATION MARK}pasted", "sk-two\nlines", "sk-\0nul"])
async def test_a_key_that_cannot_be_sent_is_refused_and_not_quoted(connect, serve, key):
    fault = await fault_of(connect(await serve(answering(200, {})), openai_api_key=key))

    assert type(fault) is Rejected
    assert fault.code == "unsendable"
    assert_discreet(fault)
    assert key not in str(fault)


async def test_input_that_is_no_unicode_is_refused_rather_than_in_doubt(connect, serve):
    sdk = connect(await serve(answering(200, {})))

    with pytest.raises(Rejected, match="unsendable"):
        await answer_to(sdk.responses.with_raw_response.create(model="m", input="\ud800"), within=10)


async def test_a_server_of_ones_own_is_sent_a_placeholder_for_the_key(connect, serve):
    keys = []

    async def note(request):
        keys.append(request.headers["authorization"])
        return web.json_response({})

    url = await serve(note)
    for key in (None, " \n", " sk-real\n"):
        await ask(connect(url, openai_api_key=key))

    assert keys == ["Bearer no-key", "Bearer no-key", "Bearer sk-real"]


def test_neither_a_key_nor_a_server_stops_the_start(connect):
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        connect(None, openai_api_key=None)


async def test_the_openai_client_waits_less_for_a_connection_than_a_call_may_take(connect):
    sdk = connect("http://127.0.0.1:1/v1", create_timeout=3.0, draft_timeout=60.0)

    assert (sdk.timeout.connect, sdk.timeout.read, sdk.max_retries) == (1.5, 60.0, 0)
