"""What a rebuild is ordered with, checked in the same words for the command line and over HTTP."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import asyncpg

from projections import lifecycle, views
from projections.catalogue import PROJECTIONS
from projections.lifecycle import Refused
from projections.prices import PriceTable
from projections.projection import Projection, Rules
from projections.views import View

LONGEST_SESSION: Final = 24 * 366.0

ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Order:
    """A rebuild as it was asked for; what is None is as in the live view. ``promote`` None: where the view is
    not named and its rules are those of the live one."""

    into: str | None = None
    as_of: datetime | None = None
    session_hours: float | None = None
    prices: PriceTable | None = None
    promote: bool | None = None


def named(name: str) -> Projection:
    """A projection by name. Raises :class:`Refused` naming those there are."""
    for projection in PROJECTIONS:
        if projection.name == name:
            return projection
    raise Refused(
        "name", f"there is no projection {name!r}; there are: {', '.join(p.name for p in PROJECTIONS)}"
    )


async def view_named(connection: asyncpg.Connection, projection: str, view: str | None, field: str) -> View:
    """A view by name, the live one for None. Raises :class:`Refused` naming those there are."""
    try:
        return await views.find(connection, projection, view)
    except views.NoSuchView as error:
        raise Refused(field, str(error)) from None


def read_as_of(text: str, now: datetime) -> datetime:
    """An instant in the past, with its zone; the seconds may be left out. Raises :class:`Refused`."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("as_of", "an instant with its zone is expected, as 2026-11-01T00:00+01:00") from None
    if instant.tzinfo is None:
        raise Refused("as_of", f"{text} has no zone; write it as 2026-11-01T00:00+01:00 or 2026-11-01T00:00Z")
    if instant > now:
        raise Refused("as_of", f"{text} is in the future")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise Refused("as_of", f"{text} is before the year 1 in UTC") from None


async def place(
    connection: asyncpg.Connection, projection: Projection, order: Order, *, unattended: bool
) -> View:
    """The view that an order is for: an unfinished one that fits, or a new one. Raises :class:`Refused`."""
    await lifecycle.sweep(connection, {p.name: p for p in PROJECTIONS})
    rules, promote = await _meant(connection, projection, order)
    return await lifecycle.order(
        connection, projection, rules, into=order.into, promote=promote, unattended=unattended
    )


async def place_all(connection: asyncpg.Connection, order: Order) -> list[View]:
    """The views that an order of everything is for: those that the last one left unfinished, or else one of
    each projection, all made at once. Raises :class:`Refused`."""
    async with connection.transaction():
        left = []
        for projection in PROJECTIONS:
            rules, promote = await _meant(connection, projection, order)
            view = await lifecycle.left_unfinished(
                connection, projection, rules, into=order.into, promote=promote
            )
            left += [] if view is None else [view]
        return left or [await place(connection, each, order, unattended=False) for each in PROJECTIONS]


async def _meant(connection: asyncpg.Connection, projection: Projection, order: Order) -> tuple[Rules, bool]:
    """The rules of the view that is ordered, and whether it is to be live."""
    live = await views.live(connection, projection.name)
    rules = _rules(live.rules, order)
    promote = order.promote
    if promote is None:
        promote = order.into is None and rules == live.rules
    if promote and rules.as_of is not None:
        raise Refused("promote", "a view as of an instant cannot be live: it does not follow the log")
    return rules, promote


def _rules(rules: Rules, order: Order) -> Rules:
    hours = order.session_hours
    if hours is not None and not (math.isfinite(hours) and 0 < hours <= LONGEST_SESSION):
        raise Refused("session_hours", f"more than 0 and at most {LONGEST_SESSION:g} hours are expected")
    return replace(
        rules,
        as_of=order.as_of,
        session_hours=rules.session_hours if hours is None else hours,
        prices=rules.prices if order.prices is None else order.prices,
    )
