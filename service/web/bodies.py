"""Bodies of requests: JSON of a declared shape, or a problem that names the member at fault."""

from __future__ import annotations

import re
from typing import Final, TypeVar

import msgspec
from aiohttp import web

from service.web.errors import Problem

T = TypeVar("T")

_MEMBER: Final = re.compile(r"(?:field|at) `\$?\.?([^`]*)`$")
"""How msgspec ends its messages: with a member, or the path to it."""


async def read_body(request: web.Request, kind: type[T]) -> T:
    """The body; none counts as ``{}``. Raises :class:`Problem` 400 where it is not JSON of that shape."""
    try:
        return msgspec.json.decode(await request.read() or b"{}", type=kind)
    except msgspec.ValidationError as error:
        member = _MEMBER.search(str(error))
        raise Problem(400, f"body: {error}", field=(member and member[1]) or "body") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Problem(400, "body: JSON is expected", field="body") from None
