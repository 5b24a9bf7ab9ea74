"""The projections: which there are, and how far each is behind the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import asyncpg

from projections import views
from projections.catalogue import PROJECTIONS
from service.storage.reading import one_view
from service.web.operations import Operation
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
        async with one_view(self._service.database) as connection:
            return ProjectionList(await standings(connection), None)


async def standings(connection: asyncpg.Connection) -> list[ProjectionItem]:
    """How the live view of every projection stands."""
    items = []
    for projection in PROJECTIONS:
        view = await views.live(connection, projection.name)
        fresh = await views.freshness(connection, view)
        items.append(
            ProjectionItem(view.projection, view.version, "live", fresh.lag_events, fresh.lag_seconds, None)
        )
    return items
