"""The projections: which there are, and how far each is behind the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import asyncpg

from projections.projection import Projection
from projections.runner import freshness
from service.storage.reading import one_view
from service.web.operations import Freshness, Operation
from service.web.parameters import Arguments

if TYPE_CHECKING:
    from service.app import Service


@dataclass(frozen=True, slots=True)
class ProjectionItem:
    """A read model. ``rebuild`` is null where none is under way."""

    name: str
    version: int
    state: Literal["live"]
    lag_events: int
    lag_seconds: float
    rebuild: None


@dataclass(frozen=True, slots=True)
class ProjectionList:
    """All projections, on one page."""

    items: list[ProjectionItem]
    next_cursor: None


class Projections:
    """Handlers of ``/api/v1/projections``."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def operations(self) -> list[Operation]:
        """What is answered here."""
        return [
            Operation(
                method="GET",
                path="/api/v1/projections",
                name="listProjections",
                summary="Projections and how far they are behind the log",
                handler=self.page,
                answer=ProjectionList,
            )
        ]

    async def page(self, _: Arguments) -> ProjectionList:
        """Every projection."""
        service = self._service
        async with one_view(service.database) as connection:
            return ProjectionList(
                [
                    await standing(connection, projection, service.clock())
                    for projection in service.projections
                ],
                None,
            )


async def standing(connection: asyncpg.Connection, projection: Projection, now: datetime) -> ProjectionItem:
    """How a projection stands."""
    fresh = await freshness_of(connection, projection, now)
    return ProjectionItem(
        projection.name, projection.version, "live", fresh.lag_events, fresh.lag_seconds, None
    )


async def freshness_of(connection: asyncpg.Connection, projection: Projection, now: datetime) -> Freshness:
    """How far a projection is behind the log. A clock that is behind makes no negative lag."""
    fresh = await freshness(connection, projection, now)
    return Freshness(fresh.lag_events, max(0.0, fresh.lag_seconds))


def sessions_view(service: Service) -> Projection:
    """The projection that conversations and sessions are listed from."""
    return next(projection for projection in service.projections if projection.name == "sessions")
