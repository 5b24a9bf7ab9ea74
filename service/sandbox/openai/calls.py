"""One request to the stand-in, with what the fault dial made of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from aiohttp import web

from service.sandbox.faults import Effect
from service.sandbox.openai import errors


class Call:
    """``effect`` is the fault that this request meets, if any."""

    def __init__(self, request: web.Request, raw: bytes) -> None:
        self.request = request
        self.effect: Effect | None = None
        self._body = _parse(raw)

    def body(self) -> dict[str, Any]:
        """The body as JSON; an absent one is an empty object. Raises :class:`~errors.ApiError`."""
        if self._body is None:
            raise errors.invalid_json()
        return self._body

    def path(self, name: str) -> str:
        return self.request.match_info[name]

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query

    def conversation_id(self) -> str | None:
        """The conversation that is meant, by path or body, as far as it can be told."""
        named = self.request.match_info.get("conversation_id") or self._member("conversation")
        if isinstance(named, dict):
            named = named.get("id")
        return named if isinstance(named, str) else None

    def newest_text(self) -> str:
        """What a customer newly says by it: the user messages at the end of input or items."""
        given = self._member("input") or self._member("items")
        if isinstance(given, str):
            return given
        newest: list[str] = []
        for item in reversed(given if isinstance(given, list) else []):
            if not isinstance(item, dict) or item.get("role") != "user":
                break
            newest.append(_raw_text(item.get("content")))
        return "\n".join(reversed(newest))

    def _member(self, name: str) -> Any:
        return None if self._body is None else self._body.get(name)


Handler = Callable[[Call], Awaitable[web.StreamResponse]]
"""Answers a call, or raises :class:`~errors.ApiError`."""


def answer(body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """A JSON answer."""
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/json", headers=headers
    )


def _parse(raw: bytes) -> dict[str, Any] | None:
    """None where it is not a JSON object."""
    if not raw:
        return {}
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def _raw_text(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return " ".join(str(part.get("text", "")) for part in parts if isinstance(part, dict))
