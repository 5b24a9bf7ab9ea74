"""What becomes of a view: ordered, filled, set going, promoted, kept, dropped."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import asyncpg

from projections import views
from projections.projection import Projection, Rules
from projections.views import State, View, tables_of

SET_STATE: Final = """
UPDATE projection_views SET state = $2, changed_at = now() WHERE id = $1 AND state = ANY ($3::text[])
RETURNING id
"""
ORDERED: Final = """
UPDATE projection_views
SET promote = $2, unattended = $3, despite_differences = $4, fault = NULL, changed_at = now() WHERE id = $1
"""
BEGIN_RUN: Final = """
UPDATE projection_views v
SET run_began_at = clock_timestamp(), fault = NULL, changed_at = now(), run_began_from = (
    SELECT coalesce(sum(c.position), 0) FROM projection_checkpoints c WHERE c.view_id = v.id
)
WHERE id = $1
"""
END_RUN: Final = """
UPDATE projection_views
SET run_began_at = NULL, run_began_from = NULL, promote = false, unattended = false,
    despite_differences = false, changed_at = now()
WHERE id = $1
"""
FAULT: Final = """
UPDATE projection_views SET fault = $2, unattended = false, changed_at = now() WHERE id = $1
"""
PROGRESS: Final = """
SELECT v.state, coalesce(sum(c.position), 0)::bigint AS done,
       coalesce(sum(greatest(p.head, c.position)), 0)::bigint AS total,
       coalesce(sum(c.position) - v.run_began_from, 0)::bigint AS since,
       coalesce(extract(epoch FROM clock_timestamp() - v.run_began_at), 0)::float8 AS seconds
FROM projection_views v
JOIN projection_checkpoints c ON c.view_id = v.id
JOIN partitions p ON p.partition = c.partition
WHERE v.id = $1
GROUP BY v.id
"""
LOCK_VIEWS: Final = """
SELECT id, state FROM projection_views
WHERE projection = $1 AND (state = 'live' OR id = $2) ORDER BY id FOR UPDATE
"""
HOLD: Final = """
SELECT partition, position FROM projection_ledger WHERE view_id = $1 ORDER BY partition FOR UPDATE
"""
KEEP: Final = "UPDATE projection_views SET state = 'kept', changed_at = now() WHERE id = $1"
DROPPING: Final = """
UPDATE projection_views SET state = 'dropping', changed_at = now()
WHERE id = $1 AND state <> 'live' RETURNING id
"""
REMAINS: Final = f"{views.READ} WHERE state = 'dropping' ORDER BY id"
FORGET: Final = (
    "DELETE FROM projection_parked WHERE view_id = $1",
    "DELETE FROM projection_ledger WHERE view_id = $1",
    "DELETE FROM projection_views WHERE id = $1",
)


PATIENCE: Final = 3
"""Seconds that a table which is to be dropped waits for those who read it."""

VERSIONED: Final = re.compile(r"v[0-9]+(-[0-9]+)?")
"""Names that are found where none is given."""


class Refused(Exception):
    """A view cannot become what was asked. ``field`` names the parameter at fault, the message says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a view that is being filled has come. ``remaining_seconds`` is None while nobody can say."""

    view: str
    state: State
    events_done: int
    events_total: int
    events_per_second: float
    remaining_seconds: float | None


def _called(view: View) -> str:
    return f"the view {view.name} of {view.projection}"


def unfinished(view: View) -> bool:
    """Whether a view is still on its way to what was ordered."""
    return view.state == "filling" or (view.promote and view.state == "following")


async def order(
    connection: asyncpg.Connection,
    projection: Projection,
    rules: Rules,
    *,
    into: str | None,
    promote: bool,
    unattended: bool,
    despite_differences: bool = False,
) -> View:
    """The view to be filled: an unfinished one of the same fold and rules is gone on with, else one is made.

    Without a name one is found: ``v2`` for fold 2, or ``v2-2``, ``v2-3`` and so on. Raises :class:`Refused`.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", views.INSTALL_LOCK)
        left = await left_unfinished(connection, projection, rules, into=into, promote=promote)
        if left is not None:
            await connection.execute(ORDERED, left.id, promote, unattended, despite_differences)
            return await views.find(connection, projection.name, left.name)
        there = await _views_of(connection, projection)
        if into in there:
            raise Refused("into", f"{_called(there[into])} is complete, or has other rules: name another")
        try:
            return await views.create(
                connection,
                projection,
                _free_name(projection, there) if into is None else into,
                rules,
                promote=promote,
                unattended=unattended,
                despite_differences=despite_differences,
            )
        except ValueError as error:
            raise Refused("into", str(error)) from None


async def left_unfinished(
    connection: asyncpg.Connection, projection: Projection, rules: Rules, *, into: str | None, promote: bool
) -> View | None:
    """The view that an order goes on with, if there is one."""
    for view in (await _views_of(connection, projection)).values():
        same = (view.version, view.rules) == (projection.version, rules)
        meant = (
            view.name == into
            if into is not None
            else view.promote == promote and VERSIONED.fullmatch(view.name)
        )
        if same and meant and unfinished(view):
            return view
    return None


async def _views_of(connection: asyncpg.Connection, projection: Projection) -> dict[str, View]:
    every = await views.every(connection)
    return {view.name: view for view in every if view.projection == projection.name}


def _free_name(projection: Projection, there: Mapping[str, View]) -> str:
    name, number = f"v{projection.version}", 1
    while name in there:
        number += 1
        name = f"v{projection.version}-{number}"
    return name


async def order_promotion(
    connection: asyncpg.Connection, view: View, *, unattended: bool, despite_differences: bool = False
) -> None:
    """Have a view of before become the live one: it is brought forward and proven by whoever coordinates it.

    Raises :class:`Refused` for one that is live, or that is as of an instant and cannot follow.
    """
    async with connection.transaction():
        await set_state(connection, view, "filling", of=["filling", "following", "kept"])
        await connection.execute(ORDERED, view.id, True, unattended, despite_differences)


async def begin_run(connection: asyncpg.Connection, view: View) -> None:
    """Somebody begins, or goes on, to fill a view: what went wrong before is forgotten, and the speed is
    measured from here. Nobody else brings it forward from now on."""
    await connection.execute(BEGIN_RUN, view.id)
    await set_state(connection, view, "filling", of=["filling", "following"])


async def end_run(connection: asyncpg.Connection, view: View) -> None:
    """A view is what was ordered: nobody has to go on with it."""
    await connection.execute(END_RUN, view.id)


async def fail(connection: asyncpg.Connection, view: View, fault: str) -> None:
    """Say why a view did not become what was ordered; nobody goes on with it unasked."""
    await connection.execute(FAULT, view.id, fault)


async def set_state(
    connection: asyncpg.Connection, view: View, state: State, *, of: Collection[State]
) -> None:
    """Move a view on. Raises :class:`Refused` where it is in none of the states ``of``."""
    if await connection.fetchval(SET_STATE, view.id, state, list(of)) is None:
        raise Refused("view", f"{_called(view)} is not {' or '.join(of)}")


async def progress(connection: asyncpg.Connection, view: View) -> Progress | None:
    """How far a view is; None where it is not there any more."""
    row = await connection.fetchrow(PROGRESS, view.id)
    if row is None:
        return None
    speed = row["since"] / row["seconds"] if row["seconds"] > 0 else 0.0
    left = row["total"] - row["done"]
    remaining = 0.0 if left == 0 else left / speed if speed > 0 else None
    return Progress(view.name, row["state"], row["done"], row["total"], speed, remaining)


async def promote(
    connection: asyncpg.Connection, view: View, bring_to: Callable[[Mapping[int, int]], Awaitable[None]]
) -> None:
    """Make a view the live one and keep the old, in one transaction.

    The old one is held still for that moment and ``bring_to`` brings the new one at least as far (over
    another connection), so that no reader finds anything missing that was there. Raises :class:`Refused`.
    """
    async with connection.transaction():
        rows = await connection.fetch(LOCK_VIEWS, view.projection, view.id)
        states = {row["id"]: row["state"] for row in rows}
        old = next((key for key, state in states.items() if state == "live"), None)
        if states.get(view.id) != "following" or old is None:
            raise Refused("view", f"{_called(view)} does not follow the log: it cannot be live")
        held = await connection.fetch(HOLD, old)
        await bring_to({row["partition"]: row["position"] for row in held})
        await connection.execute(KEEP, old)
        await set_state(connection, view, "live", of=["following"])
        await end_run(connection, view)


async def drop(connection: asyncpg.Connection, projection: Projection, view: View) -> None:
    """Take a view away for good. Its tables go after it cannot be found any more; what a crash leaves of it,
    or those who read it keep from being dropped, goes with the next. Raises :class:`Refused` for the live
    one, and :class:`~projections.views.NoSuchView` where another has dropped it."""
    if await connection.fetchval(DROPPING, view.id) is None:
        await views.find(connection, view.projection, view.name)
        raise Refused("view", f"{_called(view)} is live: promote another before it is dropped")
    await sweep(connection, {projection.name: projection})


async def sweep(connection: asyncpg.Connection, projections: Mapping[str, Projection]) -> None:
    """Take away what is left of views that were being dropped."""
    for row in await connection.fetch(REMAINS):
        view = views.View(**{**row, "rules": Rules()})
        projection = projections.get(view.projection)
        if projection is None:
            continue
        with suppress(asyncpg.LockNotAvailableError):
            await _take_away(connection, projection, view)


async def _take_away(connection: asyncpg.Connection, projection: Projection, view: View) -> None:
    for table in tables_of(projection):
        # One at a time: whoever reads several of them would otherwise wait for us, and we for them.
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
            await connection.execute(f"DROP TABLE IF EXISTS {view.table(table)}")
    async with connection.transaction():
        for statement in FORGET:
            await connection.execute(statement, view.id)
