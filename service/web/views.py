"""Which view a query reads, and how fresh that is."""

from __future__ import annotations

from typing import Final

import asyncpg

from projections import views
from projections.views import NoSuchView, View
from service.web.errors import Problem
from service.web.operations import Freshness
from service.web.parameters import Parameter, read_text

VIEW: Final[Parameter[str | None]] = Parameter(
    name="view",
    description="Another view than the live one, by name.",
    schema={"type": "string", "pattern": f"^{views.NAME.pattern}$"},
    read=read_text,
)


async def view_of(connection: asyncpg.Connection, projection: str, name: str | None = None) -> View:
    """A view that can be read; the live one for None. Raises :class:`Problem` 400 naming those there are."""
    try:
        return await views.find(connection, projection, name)
    except NoSuchView as error:
        raise Problem(400, f"view: {error}", field="view") from None


async def freshness_of(connection: asyncpg.Connection, view: View) -> Freshness:
    """How far a view is behind the log."""
    fresh = await views.freshness(connection, view)
    return Freshness(fresh.lag_events, fresh.lag_seconds)
