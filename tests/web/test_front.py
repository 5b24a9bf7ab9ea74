"""Deliveries that pass the router by are answered as the router would have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from service.web.errors import Handler, Problem, problems
from service.web.front import DIRECT, put_in_front

PATH = "/webhooks/whatsapp"
ROUTED = web.RequestKey("routed", bool)


async def deliver(request: web.Request) -> web.Response:
    if await request.read() == b"bad":
        raise Problem(401, "not signed", field="X-Signature")
    return web.Response(text="routed" if ROUTED in request else "direct")


@web.middleware
async def routed(request: web.Request, handler: Handler) -> web.StreamResponse:
    request[ROUTED] = True
    return await handler(request)


@asynccontextmanager
async def served() -> AsyncIterator[str]:
    app = web.Application(middlewares=[problems, routed])
    app.router.add_post(PATH, deliver)
    app[DIRECT] = {PATH: deliver}
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    put_in_front(runner)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "said"),
    [
        ("POST", PATH, {}, 200, "direct"),
        ("POST", f"{PATH}?app=shop", {}, 200, "routed"),
        ("POST", PATH, {"Expect": "100-continue"}, 200, "routed"),
        ("PUT", PATH, {}, 405, "use POST"),
        ("POST", f"{PATH}/", {}, 404, "nothing at this address"),
    ],
)
async def test_what_is_no_plain_delivery_goes_through_the_application(
    method: str, path: str, headers: dict[str, str], status: int, said: str
) -> None:
    async with (
        served() as url,
        aiohttp.ClientSession() as session,
        session.request(method, url + path, data=b"good", headers=headers) as answer,
    ):
        assert answer.status == status
        assert said in await answer.text()


async def test_a_refused_delivery_is_a_problem_on_either_way() -> None:
    async with served() as url, aiohttp.ClientSession() as session:
        for path in (PATH, f"{PATH}?routed"):
            async with session.post(url + path, data=b"bad") as answer:
                assert answer.status == 401
                assert (await answer.json())["field"] == "X-Signature"
                assert answer.content_type == "application/problem+json"


def test_a_runner_that_is_not_set_up_has_no_front() -> None:
    with pytest.raises(RuntimeError):
        put_in_front(web.AppRunner(web.Application()))
