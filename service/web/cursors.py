"""Where the next page of a list begins: opaque to clients, of use for no other query."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from service.web.errors import Problem

Key = TypeVar("Key", bound=tuple[Any, ...])
Row = TypeVar("Row")

DIGEST_BYTES: Final = 12


class Place(NamedTuple):
    """A place in a list that is sorted by an instant."""

    at: Annotated[datetime, msgspec.Meta(tz=True)]
    id: UUID


def write_cursor(scope: bytes, key: tuple[Any, ...]) -> str:
    """The cursor of a place in the list that ``scope`` asks for."""
    encoded = msgspec.json.encode(key)
    digest = hashlib.blake2b(encoded, key=hashlib.sha256(scope).digest(), digest_size=DIGEST_BYTES)
    packed = msgspec.json.encode((digest.hexdigest(), msgspec.Raw(encoded)))
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def read_cursor(scope: bytes, cursor: str | None, kind: type[Key]) -> Key | None:
    """The place again; None for the first page.

    Raises :class:`Problem` 400 for the cursor of another query, and for one that was changed.
    """
    if cursor is None:
        return None
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        _, encoded = msgspec.json.decode(packed, type=tuple[str, msgspec.Raw])
        key: Key = msgspec.json.decode(encoded, type=kind)
        _in_utc(key)
    except (binascii.Error, ValueError, OverflowError, msgspec.MsgspecError):
        raise _refused() from None
    if write_cursor(scope, key) != cursor:
        raise _refused()
    return key


def cut(
    scope: bytes, rows: Sequence[Row], limit: int, place: Callable[[Row], tuple[Any, ...]]
) -> tuple[list[Row], str | None]:
    """A page of at most ``limit`` of the rows, and the cursor behind it where there are more."""
    page = list(rows[:limit])
    return page, write_cursor(scope, place(page[-1])) if len(rows) > limit else None


def _in_utc(key: tuple[Any, ...]) -> None:
    """Raises :class:`OverflowError` where an instant is none in UTC, as the first hours of the year 1 east of
    Greenwich. Nobody was answered with such a cursor, but anybody can write one."""
    for value in key:
        if isinstance(value, datetime):
            value.astimezone(UTC)


def _refused() -> Problem:
    return Problem(
        400,
        "cursor: not one of this query; send next_cursor as it was answered, with the same parameters",
        field="cursor",
    )
