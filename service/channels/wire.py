"""JSON of other people: decoded whatever it holds, and read without trusting any of its types."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import orjson

T = TypeVar("T")
Object = dict[str, Any]

MAX_DEPTH = 100
"""Levels of nesting kept where a body is nested beyond what can be written out again."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = 1_072_915_200  # 2004-01-01, before which none of the channels existed
_LATEST = 253_402_300_799  # 9999-12-31T23:59:59, the last second that a datetime holds


class UnreadableError(Exception):
    """A piece of a delivery that says nothing sensible.

    The reason never quotes the piece, so that nobody's words reach a log. ``where`` continues the
    path of the piece (``.message``) where the fault lies deeper.
    """

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.where = where


def decode(body: bytes) -> Any:
    """The JSON value of a body, fit to be stored.

    U+0000, lone surrogates and bytes that are not UTF-8 come out as U+FFFD, in keys too; numbers
    that are not finite as null; what is nested too deeply to be written out again is cut off.
    Raises :class:`UnreadableError` where the body is no JSON at all.
    """
    try:
        tree = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _storable(_decode_leniently(body), MAX_DEPTH)
    if b"\\u0000" in body or _is_too_deep(body, tree):
        return _storable(tree, MAX_DEPTH)
    return tree


def _decode_leniently(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode("utf-8-sig", errors="replace"),
            strict=False,
            parse_int=_integer,
            parse_float=_finite,
            parse_constant=lambda _: None,
        )
    except RecursionError:
        raise UnreadableError("JSON nested too deeply") from None
    except json.JSONDecodeError as error:
        raise UnreadableError(f"not JSON: {error}" if body else "empty body") from None


def _integer(digits: str) -> float | None:
    """A number that does not fit into 64 bits becomes a float, as it does on the fast path."""
    if len(digits) <= 20 and -(2**63) <= (number := int(digits)) < 2**64:
        return number
    return _finite(digits)


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _is_too_deep(body: bytes, tree: Any) -> bool:
    if body.count(b"{") + body.count(b"[") <= MAX_DEPTH:
        return False
    try:
        orjson.dumps(tree)
    except orjson.JSONEncodeError:
        return True
    return False


def _storable(node: Any, levels: int) -> Any:
    if isinstance(node, str):
        return _UNSTORABLE.sub("\ufffd", node)
    if isinstance(node, dict):
        if not levels:
            return {}
        return {_UNSTORABLE.sub("\ufffd", key): _storable(value, levels - 1) for key, value in node.items()}
    if isinstance(node, list):
        return [_storable(value, levels - 1) for value in node] if levels else []
    return node


def record(value: Any) -> Object:
    """The object, or an empty one where there is none."""
    return value if isinstance(value, dict) else {}


def records(value: Any) -> list[Object]:
    """The objects of a list, without whatever else is in it; empty where there is no list."""
    return [piece for piece in value if isinstance(piece, dict)] if isinstance(value, list) else []


def text(value: Any) -> str | None:
    """The string, or None where there is none or an empty one."""
    return value if isinstance(value, str) and value else None


def identifier(value: Any) -> str | None:
    """An id as a string, exactly as given; older payloads and tools write ids as numbers.

    None where it is absent, empty, or a number too large to have come through intact.
    """
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else None
    return str(value) if isinstance(value, int) else None


def whole(value: Any) -> int | None:
    """A whole number of 32 bits, also where it is written as a string."""
    digits = identifier(value)
    if digits is None or not re.fullmatch(r"-?[0-9]{1,10}", digits):
        return None
    number = int(digits)
    return number if -(2**31) <= number < 2**31 else None


def flag(value: Any) -> bool:
    """Whether a mark is set: ``true``, also where it is written as a string or a number."""
    return value in (True, "true")


def instant(value: Any, otherwise: T) -> datetime | T:
    """The moment that a timestamp means, in UTC: epoch seconds or milliseconds, as a number or a
    string, or ISO 8601.

    ``otherwise`` where it is absent, unusable, before 2004 or beyond the year 9999. A moment in
    the future is returned as it is given.
    """
    if isinstance(value, str):
        moment = _from_string(value)
    elif isinstance(value, int | float):
        moment = _from_number(value)
    else:
        moment = None
    return otherwise if moment is None else moment


def _from_number(number: float) -> datetime | None:
    if _EARLIEST <= number <= _LATEST:
        return datetime.fromtimestamp(number, UTC)
    if _EARLIEST * 1000 <= number < (_LATEST + 1) * 1000:
        return _EPOCH + timedelta(milliseconds=number)
    return None


def _from_string(value: str) -> datetime | None:
    for read in (int, float):
        try:
            return _from_number(read(value))
        except ValueError:
            continue
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.timestamp() >= _EARLIEST else None
