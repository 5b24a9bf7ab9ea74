"""Taking a person's words out of every view of every projection that reads words."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

import asyncpg

from projections import tables, views
from projections.catalogue import PROJECTIONS
from projections.folding import Memory, fold
from projections.projection import Changes, Feed, Projection, Slice
from projections.runner import LOCK_CHECKPOINT
from projections.views import View

PARKED_FROM: Final = """
SELECT version FROM projection_parked WHERE view_id = $1 AND partition = $2 AND conversation_id = $3
"""


async def forget(
    connection: asyncpg.Connection,
    feed: Feed,
    partition: int,
    conversation_id: UUID,
    done: Collection[int] = (),
) -> dict[int, list[str]]:
    """Make every view hold of a conversation what a fold holds now that its key is destroyed: live, kept and
    frozen ones alike, but for those that are ``done``. In the transaction that destroyed the key; the tables
    that were touched, by view.

    No ledger moves, so each view still equals a fresh fold of the same events. A view that is made meanwhile
    is not seen: look again after the commit.
    """
    personal = {projection.name: projection for projection in PROJECTIONS if projection.personal}
    return {
        view.id: await _forget(connection, feed, personal[view.projection], view, partition, conversation_id)
        for view in await views.every(connection)
        if view.projection in personal and view.id not in done
    }


async def _forget(
    connection: asyncpg.Connection,
    feed: Feed,
    projection: Projection,
    view: View,
    partition: int,
    conversation_id: UUID,
) -> list[str]:
    position = await connection.fetchval(LOCK_CHECKPOINT, view.id, partition)
    changes = Changes()
    if view.version == projection.version:  # what another fold made is not made again
        changes = await _refolded(connection, feed, projection, view, partition, conversation_id, position)
    for table in projection.tables:
        changes.erased[table.name] = {(partition, conversation_id)}
    await tables.write(connection, view, projection, {}, set(), changes)
    return [view.table(table) for table in projection.tables]


async def _refolded(
    connection: asyncpg.Connection,
    feed: Feed,
    projection: Projection,
    view: View,
    partition: int,
    conversation_id: UUID,
    position: int,
) -> Changes:
    """The rows of a conversation up to a position, folded from its first event."""
    stopped = await connection.fetchval(PARKED_FROM, view.id, partition, conversation_id)
    events = await feed.read_conversation(
        connection, partition, conversation_id, 1, position, projection.handles, personal=True
    )
    taken = [event for event in events if stopped is None or event.version < stopped]
    part = Slice(partition, position - len(taken), position, taken)
    folded = await fold(connection, view, projection, [part], Memory(), {}, begun={conversation_id})
    return folded.changes
