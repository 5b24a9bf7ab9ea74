"""What goes wrong on the way is told apart: known not sent, or perhaps sent; and no token gets out."""

from __future__ import annotations

import asyncio
import socket

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver
from graph_server import TOKEN, WHATSAPP, client_of, closed_port, hang, playing_graph, refused, reset, unknown


@pytest.fixture
async def graph():
    async with playing_graph() as played:
        yield played


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.mark.parametrize("token", [TOKEN, "1234567890|an-app-token", "secret"])
async def test_a_token_that_the_answer_quotes_is_left_out(graph, session, token):
    graph.answers(401, {"error": {"message": f"Malformed access token {token}", "code": 190}})
    outcome = await refused(client_of(session, graph.url, token=token))
    assert outcome.disposition == "account_stopped"
    assert token not in outcome.detail


@pytest.mark.parametrize("token", [None, "", " \n", "two\nlines", "not\x00this", "tökén"])
async def test_an_account_without_a_usable_token_is_stopped_and_nothing_is_sent(graph, session, token):
    outcome = await refused(client_of(session, graph.url, token=token))
    assert (outcome.disposition, outcome.scope) == ("account_stopped", "account")
    assert graph.heard == []


async def test_a_refused_connection_is_known_not_sent(session):
    outcome = await refused(client_of(session, f"http://127.0.0.1:{closed_port()}"))
    assert (outcome.disposition, outcome.scope, outcome.code) == ("back_off", "account", None)
    assert outcome.detail == "no connection: ClientConnectorError"


class NoNames(AbstractResolver):
    async def resolve(self, host, port=0, family=socket.AF_INET):
        raise OSError(f"no such name: {host}")

    async def close(self):
        pass


async def test_a_name_that_does_not_resolve_is_known_not_sent():
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=NoNames())) as session:
        outcome = await refused(client_of(session, "http://graph.invalid/v26.0"))
    assert (outcome.disposition, outcome.scope) == ("back_off", "account")


async def test_a_server_that_speaks_no_tls_is_known_not_sent(graph, session):
    outcome = await refused(client_of(session, graph.url.replace("http:", "https:")))
    assert (outcome.disposition, outcome.scope) == ("back_off", "account")
    assert graph.heard == []


async def test_a_server_that_hangs_may_have_sent(graph, session):
    graph.answer = hang
    assert await unknown(client_of(session, graph.url, timeout=1.0)) == "no answer in time"
    assert len(graph.heard) == 1


async def test_no_free_connection_in_time_is_known_not_sent(graph):
    graph.answer = hang
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:
        first = asyncio.create_task(unknown(client_of(session, graph.url, timeout=2.0)))
        await graph.was_called.wait()
        outcome = await refused(client_of(session, graph.url, timeout=0.2))
        assert (outcome.disposition, outcome.scope) == ("back_off", "account")
        assert len(graph.heard) == 1
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)


async def test_a_connection_that_is_reset_after_the_request_may_have_sent(graph, session):
    graph.answer = reset
    assert (await unknown(client_of(session, graph.url))).startswith("the connection broke")
    assert len(graph.heard) == 1, "aiohttp repeated a POST"


async def test_a_kept_connection_that_breaks_is_not_sent_over_again(graph, session):
    client = client_of(session, graph.url)
    await client.send_text(WHATSAPP, "one", reference="r-1")
    graph.answer = reset
    await unknown(client)
    assert len(graph.heard) == 2


async def test_an_answer_that_breaks_off_in_the_middle_may_have_sent(graph, session):
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": "application/json"})
        await response.prepare(request)
        await response.write(b'{"messages": [')
        assert request.transport is not None
        request.transport.abort()
        return response

    graph.answer = half
    assert (await unknown(client_of(session, graph.url))).startswith("the connection broke")


async def test_an_answer_that_trickles_for_ever_may_have_sent(graph, session):
    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"messages": [')
        return await hang(request)

    graph.answer = trickle
    assert await unknown(client_of(session, graph.url, timeout=1.0)) == "no answer in time"


@pytest.mark.parametrize("status", [400, 403, 404, 500, 502, 503, 504])
async def test_an_html_page_from_something_in_between_may_have_sent(graph, session, status):
    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text="<html><h1>Bad gateway</h1></html>", content_type="text/html")

    graph.answer = page
    assert str(status) in await unknown(client_of(session, graph.url))


NONSENSE = [
    "",
    "null",
    "[]",
    "5",
    "{}",
    "{",
    "\xff",
    '{"messages": []}',
    '{"messages": [{}]}',
    '{"messages": [{"id": ""}]}',
]
NONSENSE += [
    '{"messages": [{"id": 7}]}',
    '{"messages": {"id": "a"}}',
    '{"message_id": null}',
    '{"success": true}',
]
NONSENSE += ['{"error": {"code": 190, "message": "no"}}', "[" * 5_000]


@pytest.mark.parametrize("body", NONSENSE, ids=range(len(NONSENSE)))
async def test_a_200_that_names_no_message_may_have_sent(graph, session, body):
    async def nonsense(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body.encode("latin-1"), content_type="application/json")

    graph.answer = nonsense
    assert "200" in await unknown(client_of(session, graph.url))


@pytest.mark.parametrize("status", [200, 400])
async def test_a_huge_answer_is_not_read_to_its_end(graph, session, status):
    written = 0

    async def flood(request: web.Request) -> web.StreamResponse:
        nonlocal written
        response = web.StreamResponse(status=status)
        await response.prepare(request)
        for _ in range(4_096):
            await response.write(b" " * 65_536)
            written += 65_536
        return response

    graph.answer = flood
    assert str(status) in await unknown(client_of(session, graph.url))
    assert written < 64 * 2**20


async def test_a_redirect_is_not_followed_with_the_token(graph, session):
    async def elsewhere(_: web.Request) -> web.StreamResponse:
        raise web.HTTPTemporaryRedirect("/elsewhere")

    graph.answer = elsewhere
    assert "307" in await unknown(client_of(session, graph.url))
    assert len(graph.heard) == 1


async def test_a_client_shows_no_token(graph, session):
    client = client_of(session, graph.url)
    assert TOKEN not in repr(client) + repr(vars(client))
