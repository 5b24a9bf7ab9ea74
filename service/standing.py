"""How the read models stand: their views, how far each is, its ledger, and what is parked in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from projections import lifecycle, proof, views
from projections.catalogue import PROJECTIONS
from projections.lifecycle import Progress
from projections.projection import Feed, Projection, Rules
from projections.runner import Overtaken, Runner
from projections.views import State, View
from service.readmodels import unlike_settings
from service.storage.database import Database

PARKED: Final = """
SELECT partition, conversation_id, version, type, error, events, parked_at
FROM projection_parked
WHERE view_id = $1 AND ($2::smallint IS NULL OR (partition, conversation_id) > ($2, $3::uuid))
ORDER BY partition, conversation_id LIMIT $4
"""

AT_ONCE: Final = 500
"""Parked conversations that are read at a time."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What became of the events up to a position, all partitions together: ``applied + ignored + parked =
    position``, always."""

    applied: int
    ignored: int
    parked: int
    position: int


@dataclass(frozen=True, slots=True)
class ViewStanding:
    """A view. ``unlike_settings`` names the rules that its fold depends on and that are not as configured;
    ``rebuild`` is null unless it is on its way; ``fault`` says why it stopped and how to go on."""

    name: str
    version: int
    state: State
    lag_events: int
    lag_seconds: float
    ledger: Ledger
    made_at: datetime
    as_of: datetime | None
    session_hours: float | None
    language: str
    unlike_settings: list[str]
    rebuild: Progress | None
    fault: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A read model: its live view, and all there are."""

    name: str
    version: int
    state: State
    lag_events: int
    lag_seconds: float
    rebuild: Progress | None
    ledger: Ledger
    views: list[ViewStanding]


@dataclass(frozen=True, slots=True)
class ParkedConversation:
    """A conversation whose event ``version`` a view could not take; ``events`` wait since then."""

    partition: int
    conversation_id: UUID
    version: int
    type: str
    error: str
    events: int
    parked_at: datetime


async def standings(connection: asyncpg.Connection, configured: Rules | None = None) -> list[Standing]:
    """Every read model, held against the rules that are configured where they are given."""
    there = await views.every(connection)
    found = []
    for projection in PROJECTIONS:
        mine = [
            await view_standing(connection, view, configured)
            for view in there
            if view.projection == projection.name
        ]
        live = next((view for view in mine if view.state == "live"), None)
        if live is not None:
            found.append(_standing(projection.name, live, mine))
    return found


def _standing(name: str, live: ViewStanding, mine: list[ViewStanding]) -> Standing:
    rebuild = next((view.rebuild for view in mine if view.rebuild is not None), None)
    return Standing(
        name, live.version, live.state, live.lag_events, live.lag_seconds, rebuild, live.ledger, mine
    )


async def view_standing(
    connection: asyncpg.Connection, view: View, configured: Rules | None = None
) -> ViewStanding:
    """One view, as it is now."""
    view = await views.find(connection, view.projection, view.name)
    fresh = await views.freshness(connection, view)
    entries = (await proof.ledger(connection, view)).values()
    position, applied, ignored, parked = (sum(entry[place] for entry in entries) for place in range(4))
    under_way = lifecycle.unfinished(view) and view.fault is None
    return ViewStanding(
        name=view.name,
        version=view.version,
        state=view.state,
        lag_events=fresh.lag_events,
        lag_seconds=fresh.lag_seconds,
        ledger=Ledger(applied, ignored, parked, position),
        made_at=view.made_at,
        as_of=view.rules.as_of,
        session_hours=view.rules.session_hours,
        language=view.rules.language,
        unlike_settings=[] if configured is None else unlike_settings(view, configured),
        rebuild=await lifecycle.progress(connection, view) if under_way else None,
        fault=view.fault,
    )


async def parked_page(
    connection: asyncpg.Connection, view: View, *, after: tuple[int, UUID] | None, limit: int
) -> list[ParkedConversation]:
    """Conversations that are parked in a view, by partition and id."""
    rows = await connection.fetch(PARKED, view.id, *(after or (None, None)), limit)
    return [ParkedConversation(**row) for row in rows]


async def take_up(database: Database, feed: Feed, projection: Projection, view: View) -> tuple[int, int]:
    """Take every parked conversation of a view up again: how many went on to where the view is, and how many
    stay parked."""
    runner = Runner(database.pool, feed, projection, view)
    after: tuple[int, UUID] | None = None
    taken = left = 0
    while True:
        async with database.connection() as connection:
            page = await parked_page(connection, view, after=after, limit=AT_ONCE)
        for parked in page:
            after = (parked.partition, parked.conversation_id)
            try:
                went_on = await runner.take_up(*after)
            except (LookupError, Overtaken):  # somebody else took it up
                continue
            taken, left = taken + went_on, left + (not went_on)
        if len(page) < AT_ONCE:
            return taken, left
