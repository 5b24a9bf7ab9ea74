"""What every failure of the provider, of its gateways and of the network is taken to mean."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from contextlib import closing
from time import monotonic

import pytest
from aiohttp import web

from service.provider import (
    Answer,
    OutcomeUnknown,
    Rejected,
    Unreachable,
    answer_to,
)
from service.settings import SettingsError


async def ask(sdk) -> Answer:
    return await answer_to(sdk.responses.with_raw_response.create(model="gpt-6-luna", input="Hi"), within=10)


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
async def test_nonsense_with_status_200_leaves_the_outcome_unknown(
    connect, serve, body, content_type, fault_of
):
    async def handler(_request):
        return web.Response(body=body, content_type=content_type)

    fault = await fault_of(connect(await serve(handler)))

    assert type(fault) is OutcomeUnknown
    assert (fault.code, fault.status) == ("nonsense", 200)


async def test_an_answer_is_its_json_object_and_the_id_of_the_request(connect, serve_answer):
    sdk = connect(await serve_answer(200, {"id": "resp_1"}, {"x-request-id": "req_1"}))

    assert await ask(sdk) == Answer({"id": "resp_1"}, "req_1")


async def test_a_connection_that_breaks_leaves_the_outcome_unknown(connect, serve, fault_of):
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


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def test_a_refused_connection_is_known_to_have_done_nothing(connect, fault_of):
    fault = await fault_of(connect(f"http://127.0.0.1:{free_port()}/v1"))

    assert type(fault) is Unreachable
    assert fault.status is None


async def test_a_failed_tls_handshake_is_known_to_have_done_nothing(connect, fault_of, serve_answer):
    url = await serve_answer(200, {})

    assert type(await fault_of(connect(url.replace("http://", "https://")))) is Unreachable


async def test_a_connection_that_is_never_accepted_is_known_to_have_done_nothing(connect, fault_of):
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


async def test_a_server_that_trickles_does_not_outlive_the_total_timeout(connect, serve, fault_of):
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
async def test_the_sdk_repeats_nothing_by_itself(connect, serve, status, fault_of):
    requests = []

    async def refuse(request):
        requests.append(request.headers["x-stainless-retry-count"])
        return web.json_response({}, status=status, headers={"x-should-retry": "true"})

    await fault_of(connect(await serve(refuse)))

    assert requests == ["0"]


async def test_a_redirect_is_not_followed(connect, serve, fault_of, serve_answer):
    followed = []

    async def elsewhere(request):
        followed.append(await request.text())
        return web.json_response({"id": "resp_1"})

    target = await serve(elsewhere)
    fault = await fault_of(connect(await serve_answer(307, "", {"location": target})))

    assert type(fault) is Rejected
    assert followed == []


@pytest.mark.parametrize("key", ["sk-\N{RIGHT SINGLE QUOTATION MARK}pasted", "sk-two\nlines", "sk-\0nul"])
async def test_a_key_that_cannot_be_sent_is_refused_and_not_quoted(connect, key, fault_of, serve_answer):
    fault = await fault_of(connect(await serve_answer(200, {}), openai_api_key=key))

    assert type(fault) is Rejected
    assert fault.code == "unsendable"
    assert key not in str(fault)


async def test_input_that_is_no_unicode_is_refused_rather_than_in_doubt(connect, serve_answer):
    sdk = connect(await serve_answer(200, {}))

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


def test_the_modules_of_the_sdk_are_loaded_before_the_first_call():
    script = (
        "import sys; from service.provider import client; from service.settings import Settings; "
        "client(Settings(_env_file=None, openai_base_url='http://127.0.0.1:1/v1')); "
        "print(*(name in sys.modules for name in "
        "('openai.resources.responses.responses', 'openai.resources.conversations.items')))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == ["True", "True"]
