"""The session view as rows: one a conversation, its newest session and what it has come to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from uuid import UUID

import asyncpg

from domain.identity import partition_of
from projections import views
from projections.views import Freshness, View
from service.export.asked import Asked, Misasked
from service.export.source import Kind, Place, Row, Sheet, Slice
from service.storage import reading
from service.storage.database import Database
from service.storage.vault import Vault

SLICE: Final = 1_000
"""Conversations that are read at a time."""

FIRST: Final = UUID(int=0)

COLUMNS: Final[dict[str, Kind]] = {
    "conversation_id": "text",
    "version": "whole",
    "channel": "text",
    "account_id": "text",
    "thread_id": "text",
    "conversation_started": "instant",
    "session_number": "whole",
    "session_started": "instant",
    "last_activity": "instant",
    "session_messages": "whole",
    "total_messages": "whole",
    "late_messages": "whole",
    "duplicates": "whole",
    "replies": "whole",
    "failures": "whole",
    "last_failure": "text",
    "awaiting_since": "instant",
    "answered_by": "text",
    "erased": "flag",
}
MATCHING: Final = """
FROM {table}
WHERE ($1::timestamptz IS NULL OR last_activity >= $1) AND ($2::timestamptz IS NULL OR last_activity < $2)
  AND ($3::text IS NULL OR channel = $3) AND ($4::text IS NULL OR account_id = $4)
  AND ($5::smallint IS NULL OR (partition = $5 AND conversation_id = $6::uuid))
"""
COUNT: Final = f"SELECT count(*) {MATCHING}"
READ: Final = f"""
SELECT partition, profile_version, {", ".join(COLUMNS)} {MATCHING}
  AND (partition, conversation_id) > ($7::smallint, $8::uuid)
ORDER BY partition, conversation_id LIMIT $9
"""


class SessionSource:
    """Rows of a session view by partition and conversation, each as it is when it is read.

    ``through`` holds the id of the view: rows of two views are not mixed.
    """

    unit = "conversations"
    sheet = Sheet({**COLUMNS, "display_name": "text"})

    def __init__(
        self, database: Database, vault: Vault, asked: Asked, view: View, total: int, freshness: Freshness
    ) -> None:
        self.view, self.total, self.freshness = view, total, freshness
        self.through: Mapping[int, int] = {0: view.id}
        self._database, self._vault = database, vault
        self._wanted = _wanted(asked, database.partitions)

    async def slices(self, after: Place) -> AsyncIterator[Slice]:
        """Slices past a place."""
        done, statement = after.after, READ.format(table=self.view.table("sessions"))
        partition, conversation_id = after.partition, after.conversation or FIRST
        while True:
            async with self._database.connection() as connection:
                records = await connection.fetch(statement, *self._wanted, partition, conversation_id, SLICE)
                names = await self._names(connection, records)
            if records:
                partition, conversation_id = records[-1]["partition"], records[-1]["conversation_id"]
                done += len(records)
                rows = [_row(record, names.get(record["conversation_id"])) for record in records]
                yield Slice(rows, Place(partition, done, UUID(str(conversation_id))), done)
            if len(records) < SLICE:
                return

    async def _names(
        self, connection: asyncpg.Connection, records: list[asyncpg.Record]
    ) -> dict[UUID, str | None]:
        at = [
            (record["partition"], record["conversation_id"], record["profile_version"]) for record in records
        ]
        return await reading.display_names(connection, self._vault, at)


def _wanted(asked: Asked, partitions: int) -> tuple[Any, ...]:
    """The arguments of the statements, in order."""
    wanted = asked.conversation
    partition = None if wanted is None else partition_of(wanted, partitions)
    return (asked.since, asked.until, asked.channel, asked.account, partition, wanted)


def _row(record: asyncpg.Record, name: str | None) -> Row:
    row: Row = {column: record[column] for column in COLUMNS}
    row["conversation_id"] = str(row["conversation_id"])
    row["display_name"] = name
    return row


async def session_source(
    database: Database, vault: Vault, asked: Asked, through: Mapping[int, int] | None
) -> SessionSource:
    """The source of a view. ``through`` is that of an earlier source which is gone on with.

    Raises :class:`Misasked` where there is none of that name, or it is another one than it was.
    """
    async with database.connection() as connection:
        try:
            view = await views.find(connection, "sessions", asked.view)
        except views.NoSuchView as error:
            raise Misasked("view", str(error)) from None
        if through is not None and through != {0: view.id}:
            raise Misasked("view", f"{view.name} is another view than the one that this was begun with")
        statement = COUNT.format(table=view.table("sessions"))
        total = await connection.fetchval(statement, *_wanted(asked, database.partitions))
        freshness = await views.freshness(connection, view)
    return SessionSource(database, vault, asked, view, total, freshness)
