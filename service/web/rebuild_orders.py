"""Orders of rebuilds and promotions as they are sent."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

from projections.lifecycle import Refused
from projections.prices import PriceTable
from projections.projection import Rules
from projections.views import NAME
from service.instants import read_instant
from service.orders import LONGEST_SESSION, Order, past
from service.prices import BadPrices, read_prices

_NAMED: Final = msgspec.Meta(extra_json_schema={"pattern": f"^{NAME.pattern}$"})
_HOURS: Final = msgspec.Meta(gt=0, le=LONGEST_SESSION)
_INSTANT: Final = msgspec.Meta(extra_json_schema={"format": "date-time"})
"""Described, and checked further on, where it is said in words what is wrong."""


class RebuildOrder(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the new view is to be; what is left out is as in the live one, or with ``from_settings`` as the
    service is configured. ``session_hours`` may be ``recorded``: sessions as they were, not cut anew.
    ``prices`` is a table in TOML, ``language`` a text search configuration of PostgreSQL. ``promote`` left
    out: where no name is given, and the rules are those of the live view or may differ."""

    into: Annotated[str, _NAMED] | None = None
    as_of: Annotated[str, _INSTANT] | None = None
    session_hours: Annotated[float, _HOURS] | Literal["recorded"] | None = None
    prices: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    language: str | None = None
    from_settings: bool = False
    promote: bool | None = None
    despite_differences: bool = False


class PromotionOrder(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The view that is to be live."""

    view: Annotated[str, _NAMED]
    despite_differences: bool = False


def order_of(given: RebuildOrder, configured: Rules, now: datetime) -> Order:
    """What is ordered. ``configured`` are the rules of the settings. Raises :class:`Refused`."""
    return Order(
        into=given.into,
        as_of=None if given.as_of is None else _as_of(given.as_of, now),
        session_hours=given.session_hours,
        prices=None if given.prices is None else _prices(given.prices),
        language=given.language,
        configured=configured if given.from_settings else None,
        promote=given.promote,
        despite_differences=given.despite_differences,
    )


def _as_of(text: str, now: datetime) -> datetime | None:
    try:
        return past(read_instant(text), now)
    except ValueError as error:
        raise Refused("as_of", str(error)) from None


def _prices(text: str) -> PriceTable:
    try:
        return read_prices(text)
    except BadPrices as error:
        raise Refused("prices", str(error)) from None
