"""Deliveries before the router: the one request that comes by the thousand takes the shortest way.

Routing and middlewares cost as much as all that a delivery itself needs. The application alone answers
every request the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Final, cast

from aiohttp import hdrs, web

from service.web.errors import Handler, problems

DIRECT: Final[web.AppKey[Mapping[str, Handler]]] = web.AppKey("direct")
"""Handlers of POSTs that need nothing of the application, by path."""


def put_in_front(runner: web.AppRunner) -> None:
    """Have the application's direct handlers asked first, on connections made from now on. The runner is
    set up."""
    server = runner.server
    if server is None:
        raise RuntimeError("the runner is not set up")
    application, direct = server.request_handler, runner.app[DIRECT]

    def answer(request: web.BaseRequest) -> Awaitable[web.StreamResponse]:
        handler = direct.get(request.raw_path) if request.method == hdrs.METH_POST else None
        if handler is None or hdrs.EXPECT in request.headers:  # which the router knows how to meet
            return application(request)
        return problems(cast("web.Request", request), handler)

    server.request_handler = answer
