"""The token of the API: compared in constant time, asked for before anything else is looked at."""

from __future__ import annotations

import hmac
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from service.web.errors import Handler, Problem

PROTECTED: Final = "/api/"
"""Every path below it needs the token, those that lead nowhere included."""


def require_token(token: str) -> Middleware:
    """Middleware that lets requests of the API pass with ``Authorization: Bearer <token>`` only.

    Anything else is a :class:`Problem` 401 (RFC 6750).
    """
    expected = token.encode()

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if _is_protected(request) and not _holds(request, expected):
            raise Problem(
                401,
                "send the API token: Authorization: Bearer <token>",
                field="Authorization",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return await handler(request)

    return check


def _is_protected(request: web.Request) -> bool:
    resource: Any = request.match_info.route.resource
    return request.path.startswith(PROTECTED) or (
        resource is not None and resource.canonical.startswith(PROTECTED)
    )


def _holds(request: web.Request, expected: bytes) -> bool:
    sent = request.headers.getall("Authorization", [])
    scheme, _, given = (sent[0] if len(sent) == 1 else "").partition(" ")
    if not expected:
        return False
    return scheme.lower() == "bearer" and hmac.compare_digest(
        given.strip().encode("utf-8", "surrogateescape"), expected
    )
