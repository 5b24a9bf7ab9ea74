"""What a rebuild is ordered with, checked in the same words for the command line and over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

import asyncpg

from projections import lifecycle, views
from projections.catalogue import PROJECTIONS
from projections.lifecycle import Refused
from projections.prices import PriceTable
from projections.projection import Projection, Rules
from projections.views import View
from service.readmodels import languages

LONGEST_SESSION: Final = 24 * 366.0

ALL: Final = "all"

RECORDED: Final = "recorded"

PARAMETERS: Final = ("session_hours", "prices", "language")


@dataclass(frozen=True, slots=True)
class Order:
    """A rebuild as it was asked for; what is None is as in the live view, or as in ``configured`` where that
    is given. ``session_hours`` may be :data:`RECORDED`: sessions as they were recorded, not cut anew.
    ``promote`` None: where the view is not named, and its rules are those of the live one or may differ."""

    into: str | None = None
    as_of: datetime | None = None
    session_hours: float | Literal["recorded"] | None = None
    prices: PriceTable | None = None
    language: str | None = None
    configured: Rules | None = None
    promote: bool | None = None
    despite_differences: bool = False


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


def past(as_of: datetime | None, now: datetime) -> datetime | None:
    """An instant that a view may be as of. Raises :class:`Refused` for one in the future."""
    if as_of is not None and as_of > now:
        raise Refused("as_of", f"{as_of.isoformat()} is in the future")
    return as_of


async def place(
    connection: asyncpg.Connection, projection: Projection, order: Order, *, unattended: bool
) -> View:
    """The view that an order is for: an unfinished one that fits, or a new one. Raises :class:`Refused`."""
    await lifecycle.sweep(connection, {p.name: p for p in PROJECTIONS})
    rules, promote = await _meant(connection, projection, order)
    return await lifecycle.order(
        connection,
        projection,
        rules,
        into=order.into,
        promote=promote,
        unattended=unattended,
        despite_differences=order.despite_differences,
    )


async def place_all(connection: asyncpg.Connection, order: Order) -> list[View]:
    """The views that an order of everything is for: those that the last one left unfinished, or else one of
    each projection, all made at once. Raises :class:`Refused`."""
    async with connection.transaction():
        orders = {each: _concerning(each, order) for each in PROJECTIONS}
        left = [each for each in orders if await _left(connection, each, orders[each]) is not None]
        return [await place(connection, each, orders[each], unattended=False) for each in left or orders]


def _concerning(projection: Projection, order: Order) -> Order:
    """What an order of everything is for one projection: without what this does not depend on."""
    on = projection.parameters
    return replace(
        order,
        session_hours=order.session_hours if "session_hours" in on else None,
        prices=order.prices if "prices" in on else None,
        language=order.language if "language" in on else None,
    )


async def _left(connection: asyncpg.Connection, projection: Projection, order: Order) -> View | None:
    rules, promote = await _meant(connection, projection, order)
    return await lifecycle.left_unfinished(connection, projection, rules, into=order.into, promote=promote)


async def _meant(connection: asyncpg.Connection, projection: Projection, order: Order) -> tuple[Rules, bool]:
    """The rules of the view that is ordered, and whether it is to be live."""
    live = await views.live(connection, projection.name)
    rules = _rules(projection, live.rules, order)
    if order.language is not None and order.language not in (there := await languages(connection)):
        raise Refused("language", f"the database has no {order.language!r}; it has: {', '.join(there)}")
    promote = order.promote
    if promote is None:
        promote = order.into is None and (rules == live.rules or order.despite_differences)
    if promote and rules.as_of is not None:
        raise Refused("promote", "a view as of an instant cannot be live: it does not follow the log")
    return rules, promote


def _rules(projection: Projection, live: Rules, order: Order) -> Rules:
    given = {name: value for name in PARAMETERS if (value := getattr(order, name)) is not None}
    for name in given:
        if name not in projection.parameters:
            on = " and ".join(sorted(projection.parameters))
            raise Refused(name, f"{projection.name} does not depend on it, but on {on}")
    if given.get("session_hours") == RECORDED:
        given["session_hours"] = None
    elif "session_hours" in given and not 0 < given["session_hours"] <= LONGEST_SESSION:
        raise Refused(
            "session_hours",
            f"more than 0 and at most {LONGEST_SESSION:g} hours are expected, or {RECORDED!r}",
        )
    if order.configured is not None:
        given = {name: getattr(order.configured, name) for name in projection.parameters} | given
    return replace(live, as_of=order.as_of, **given)
