"""What every answer tells a browser: trust nothing in it, show it nowhere else, keep nothing of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web, web_response

from service.web.client import Proxies

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""Where an answer says nothing else itself."""

A_YEAR: Final = "max-age=31536000"
NAME: Final = "onethread"


def shield(proxies: Proxies) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """A signal handler that puts the headers on every answer of an application."""

    async def put(request: web.Request, response: web.StreamResponse) -> None:
        for name, text in HEADERS.items():
            response.headers.setdefault(name, text)
        if proxies.is_secure(request):
            response.headers.setdefault("Strict-Transport-Security", A_YEAR)

    return put


def tell_no_versions() -> None:
    """Have answers name the service alone. aiohttp puts its version and Python's on every one, those to
    malformed requests included, and has no setting for it."""
    web_response.SERVER_SOFTWARE = NAME  # type: ignore[attr-defined] # imported there, exported nowhere
