"""The projections there are."""

from __future__ import annotations

from typing import Final

from projections.projection import Projection
from projections.sessions import Sessions

PROJECTIONS: Final[tuple[Projection, ...]] = (Sessions(),)


def named(name: str) -> Projection:
    """A projection by name. Raises :class:`LookupError` naming those there are."""
    for projection in PROJECTIONS:
        if projection.name == name:
            return projection
    raise LookupError(f"no projection {name!r}; there are: {', '.join(p.name for p in PROJECTIONS)}")
