"""Bodies of requests: JSON or a form of a declared shape, or a problem that names the member at fault."""

from __future__ import annotations

import asyncio
import re
from typing import Final, TypeVar
from urllib.parse import parse_qs

import msgspec
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from service.web.errors import Problem

T = TypeVar("T")

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"

LARGEST_BODY: Final = 4 * 1024 * 1024
"""Meta sends at most 3 MB.
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview"""

LONGEST_READ: Final = 10.0
"""Seconds that a body may take to arrive; Meta waits no longer for the whole answer."""

MOST_FIELDS: Final = 16
"""Fields of a form; ours have one."""

_MEMBER: Final = re.compile(r"(?:field|at) `\$?\.?([^`]*)`$")
"""How msgspec ends its messages: with a member, or the path to it."""


def too_large(largest: int = LARGEST_BODY) -> Problem:
    """What a body that is too large is answered with."""
    return Problem(413, f"the body may have {largest} bytes")


async def read_bytes(request: web.Request, largest: int = LARGEST_BODY) -> bytes:
    """The whole body. Raises :class:`Problem` 413, 408 or 400, where it is too large, too slow or broken."""
    if (request.content_length or 0) > largest:
        raise too_large(largest)
    try:
        async with asyncio.timeout(LONGEST_READ):
            body = await request.read()
    except TimeoutError:
        raise Problem(408, f"the body did not come within {LONGEST_READ:g} s") from None
    except (web.RequestPayloadError, HttpProcessingError, ConnectionError):
        raise Problem(400, "the body broke off, or is not encoded as its headers say", field="body") from None
    if len(body) > largest:
        raise too_large(largest)
    return body


async def read_body(request: web.Request, kind: type[T]) -> T:
    """The body; none counts as ``{}``. Raises :class:`Problem` 400 where it is not JSON of that shape, and
    what :func:`read_bytes` does."""
    raw = await read_bytes(request)
    try:
        return msgspec.json.decode(raw or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise _misshapen(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Problem(400, "body: JSON is expected", field="body") from None


async def read_form(request: web.Request, kind: type[T], largest: int = LARGEST_BODY) -> T:
    """The fields of a form, each given once. Raises :class:`Problem` 400 where they are not of that shape,
    and what :func:`read_bytes` does."""
    raw = await read_bytes(request, largest)
    try:
        given = parse_qs(raw.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:  # more fields, or bytes that are no text
        raise Problem(400, f"body: a form of {MOST_FIELDS} fields at most is needed", field="body") from None
    fields = {name: values if len(values) > 1 else values[0] for name, values in given.items()}
    try:
        return msgspec.convert(fields, type=kind)
    except msgspec.ValidationError as error:
        raise _misshapen(error) from None


def _misshapen(error: msgspec.ValidationError) -> Problem:
    member = _MEMBER.search(str(error))
    return Problem(400, f"body: {error}", field=(member and member[1]) or "body")
