"""A real server on loopback that plays the Graph API, well and ill, and the client's outcomes against it."""

from __future__ import annotations

import asyncio
import json
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from domain.identity import Sender
from service.channels.graph import GraphClient
from service.channels.refusals import SendRefused, SendUnknown

TOKEN = "EAAG-a-token-of-7-parts"
WHATSAPP = Sender("whatsapp", "106540352242922", "16505551234")
MESSENGER = Sender("messenger", "682498171943165", "7101234567890123")
INSTAGRAM = Sender("instagram", "17841400000000000", "6123456789012345")

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Graph:
    """What a server heard, and how it answers."""

    answer: Answer | None = None
    heard: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    was_called: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        self.heard.append((str(request.rel_url), dict(request.headers), body))
        self.was_called.set()
        if self.answer:
            return await self.answer(request)
        if body.get("messaging_product") == "whatsapp":
            return web.json_response(
                {"messages": [{"id": "wamid.HBgL=="}], "contacts": [{"input": "x", "wa_id": "1"}]}
            )
        return web.json_response({"recipient_id": body["recipient"]["id"], "message_id": "m_AG5Hz2"})

    def answers(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        async def answer(_: web.Request) -> web.StreamResponse:
            return web.json_response(body, status=status, headers=headers)

        self.answer = answer

    @property
    def bodies(self) -> list[Any]:
        return [body for _, _, body in self.heard]


@asynccontextmanager
async def playing_graph() -> AsyncIterator[Graph]:
    played = Graph()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", played.handle)
    async with TestServer(app) as server:
        played.url = str(server.make_url("/v26.0"))
        yield played


async def hang(_: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def reset(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def client_of(
    session: aiohttp.ClientSession, url: str, *, timeout: float = 5.0, token: str | None = TOKEN
) -> GraphClient:
    return GraphClient(session, url=url, token_for=lambda _channel, _account: token, timeout=timeout)


async def outcome_of(client: GraphClient, to: Sender = WHATSAPP) -> SendRefused | SendUnknown:
    with pytest.raises((SendRefused, SendUnknown)) as caught:
        await client.send_text(to, "Hello Anna", reference="r-1")
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert TOKEN not in shown
    assert TOKEN not in str(caught.value) + repr(caught.value) + repr(vars(caught.value))
    assert caught.value.__context__ is None
    return caught.value


async def refused(client: GraphClient, to: Sender = WHATSAPP) -> SendRefused:
    outcome = await outcome_of(client, to)
    assert isinstance(outcome, SendRefused), outcome
    return outcome


async def unknown(client: GraphClient, to: Sender = WHATSAPP) -> str:
    outcome = await outcome_of(client, to)
    assert isinstance(outcome, SendUnknown), outcome
    return outcome.reason
