"""Parameters of requests: declared once, then read, checked, and described from that declaration."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, Literal, TypeVar
from urllib.parse import unquote_to_bytes
from uuid import UUID

import orjson
from aiohttp import web

from domain.events import EVENT_TYPES
from domain.identity import CHANNELS
from service.instants import read_instant
from service.web.errors import Problem

T = TypeVar("T")
S = TypeVar("S", bound=str)

LONGEST_TEXT: Final = 256
"""Longer than any id of a person or an account that a channel has."""

LONGEST_CURSOR: Final = 1024
LARGEST_VERSION: Final = 2**31 - 1

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, eq=False, kw_only=True)
class Parameter(Generic[T]):
    """One parameter. ``read`` makes a value of what was sent, or raises :class:`ValueError` with what is
    wrong; ``default`` stands where nothing was sent, unless that is refused since it is ``required``.
    ``pages``: it moves through one answer of many pages and does not make it another answer."""

    name: str
    description: str
    schema: Mapping[str, Any]
    read: Callable[[str], T]
    default: T | None = None
    where: Literal["query", "path", "header"] = "query"
    pages: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a request asks for: every parameter of its operation, checked."""

    request: web.Request
    values: dict[str, Any] = field(default_factory=dict)
    paging: frozenset[str] = frozenset()

    def __getitem__(self, parameter: Parameter[T]) -> T:
        value: T = self.values[parameter.name]
        return value

    @property
    def scope(self) -> bytes:
        """What all pages of one answer have in common: the same for the same query, however spelled."""
        asked = {name: value for name, value in self.values.items() if name not in self.paging}
        return orjson.dumps([self.request.path, asked], option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def read_arguments(request: web.Request, parameters: Sequence[Parameter[Any]]) -> Arguments:
    """Check everything that was sent. Raises :class:`Problem` 400 naming the parameter at fault: unknown,
    repeated, or malformed."""
    known = {parameter.name: parameter for parameter in parameters if parameter.where == "query"}
    values = {parameter.name: parameter.default for parameter in parameters}
    seen: set[str] = set()
    _check_encoding(request.rel_url.raw_query_string)
    for name, text in request.query.items():
        if name not in known:
            raise _unknown(name, known)
        if name in seen:
            raise Problem(400, f"{name} is given more than once", field=name)
        seen.add(name)
        values[name] = _read(known[name], text)
    for parameter in parameters:
        if parameter.required and parameter.name not in seen:
            raise Problem(
                400, f"{parameter.name}: it is needed; {parameter.description}", field=parameter.name
            )
        if parameter.where == "path":
            values[parameter.name] = _read(parameter, request.match_info[parameter.name])
    return Arguments(request, values, frozenset(p.name for p in parameters if p.pages))


def _check_encoding(query: str) -> None:
    """What is encoded but no UTF-8 would stay as it is, and be taken for a text with percent signs in it."""
    if "%" not in query:
        return
    for pair in query.split("&"):
        try:
            unquote_to_bytes(pair).decode()
        except UnicodeDecodeError:
            name = pair.partition("=")[0][:64]
            raise Problem(400, f"{name}: percent-encoded UTF-8 is expected", field=name) from None


def _read(parameter: Parameter[Any], text: str) -> Any:
    try:
        return parameter.read(text)
    except ValueError as error:
        raise Problem(400, f"{parameter.name}: {error}", field=parameter.name) from None


def _unknown(name: str, known: Iterable[str]) -> Problem:
    shown = name[:64].encode("utf-8", "replace").decode()
    there_are = ", ".join(sorted(known)) or "none"
    return Problem(400, f"there is no parameter {shown!r} here; there are: {there_are}", field=shown)


# Kinds of parameters


def choice(name: str, description: str, options: Sequence[S], default: S) -> Parameter[S]:
    """One of some words."""
    schema = {"type": "string", "enum": list(options), "default": default}
    return Parameter(
        name=name, description=description, schema=schema, read=_one_of(options), default=default
    )


def optional_choice(name: str, description: str, options: Sequence[S]) -> Parameter[S | None]:
    """One of some words, or no restriction."""
    schema = {"type": "string", "enum": list(options)}
    return Parameter(name=name, description=description, schema=schema, read=_one_of(options))


def choices(name: str, description: str, options: Iterable[str]) -> Parameter[tuple[str, ...] | None]:
    """Some of many words, with commas between them."""
    one = _one_of(sorted(options))

    def read(text: str) -> tuple[str, ...]:
        return tuple(sorted({one(word) for word in text.split(",")}))

    schema = {"type": "array", "minItems": 1, "items": {"type": "string", "enum": sorted(options)}}
    return Parameter(name=name, description=description, schema=schema, read=read)


def _one_of(options: Sequence[S]) -> Callable[[str], S]:
    named: dict[str, S] = {option: option for option in options}

    def read(text: str) -> S:
        if text not in named:
            raise ValueError(f"one of {', '.join(named)} is expected")
        return named[text]

    return read


def text(name: str, description: str) -> Parameter[str | None]:
    """An id of somebody else's making."""
    schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT, "pattern": r"^[^\u0000-\u001f]*$"}
    return Parameter(name=name, description=description, schema=schema, read=read_text)


def read_text(value: str) -> str:
    """Text that can be stored. Raises :class:`ValueError`."""
    if not value:
        raise ValueError("may not be empty")
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"at most {LONGEST_TEXT} characters are expected")
    if any(character < " " or "\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("holds a character that no id has")
    return value


def instant(name: str, description: str) -> Parameter[datetime | None]:
    """A point in time."""
    schema = {"type": "string", "format": "date-time"}
    return Parameter(name=name, description=description, schema=schema, read=read_instant)


def whole(name: str, description: str, *, most: int, default: int, pages: bool = False) -> Parameter[int]:
    """A whole number in decimal digits, from 1."""
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    read = _whole(most)
    return Parameter(
        name=name, description=description, schema=schema, read=read, default=default, pages=pages
    )


def optional_whole(name: str, description: str, *, most: int) -> Parameter[int | None]:
    """A whole number in decimal digits, from 1, or nothing."""
    schema = {"type": "integer", "minimum": 1, "maximum": most}
    return Parameter(name=name, description=description, schema=schema, read=_whole(most))


def _whole(most: int) -> Callable[[str], int]:
    longest = len(str(most))

    def read(value: str) -> int:
        plain = value.isascii() and value.isdigit() and len(value) <= longest
        if not plain or not 1 <= int(value) <= most:
            raise ValueError(f"a whole number from 1 to {most} is expected")
        return int(value)

    return read


def identifier(name: str, description: str) -> Parameter[UUID]:
    """An id of ours, in the path."""
    schema = {"type": "string", "format": "uuid"}
    return Parameter(name=name, description=description, schema=schema, read=read_uuid, where="path")


def read_uuid(value: str) -> UUID:
    """A UUID in its usual form. Raises :class:`ValueError`."""
    if not _UUID.fullmatch(value):
        raise ValueError("a UUID is expected, as 4a8ef1a0-5c3b-4f37-9a44-0d8f8fa0e7aa")
    return UUID(value)


def _cursor(value: str) -> str:
    if not value or len(value) > LONGEST_CURSOR or not value.isascii():
        raise ValueError("a next_cursor of an earlier answer is expected")
    return value


# Those that many operations share

Order = Literal["asc", "desc"]

CHANNEL: Final = optional_choice("channel", "Only this channel.", CHANNELS)
ACCOUNT: Final = text("account", "Only this account: page, Instagram account or phone_number_id.")
LIMIT: Final = whole("limit", "Items of a page at most.", most=100, default=50, pages=True)
CURSOR: Final[Parameter[str | None]] = Parameter(
    name="cursor",
    description="`next_cursor` of the page before, with the same parameters otherwise.",
    schema={"type": "string", "minLength": 1, "maxLength": LONGEST_CURSOR, "pattern": "^[A-Za-z0-9_-]*$"},
    read=_cursor,
    pages=True,
)
ORDER: Final[Parameter[Order]] = choice(
    "order", "Oldest first (`asc`) or newest first (`desc`).", ("asc", "desc"), "asc"
)
AS_OF: Final = instant("as_of", "As it was at this instant, what was recorded at it included.")
KINDS: Final = choices("kinds", "Only events of these stored types, with commas between them.", EVENT_TYPES)
CONVERSATION_ID: Final = identifier("id", "The conversation.")
