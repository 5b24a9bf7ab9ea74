"""The projections there are."""

from __future__ import annotations

from typing import Final

from projections.analytics import Analytics
from projections.customers import Customers
from projections.projection import Projection
from projections.sessions import Sessions
from projections.timelines import Timelines

PROJECTIONS: Final[tuple[Projection, ...]] = (Sessions(), Customers(), Timelines(), Analytics())


def named(name: str) -> Projection:
    """A projection by name. Raises :class:`LookupError` naming those there are."""
    for projection in PROJECTIONS:
        if projection.name == name:
            return projection
    raise LookupError(f"no projection {name!r}; there are: {', '.join(p.name for p in PROJECTIONS)}")
