"""The audit: who did what, and how often somebody was refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple
from uuid import UUID

import asyncpg

from service.storage.ids import ordered_id
from service.storage.reading import Instant

Via = Literal["token", "console", "cli", "nobody"]

BEGIN: Final = """
INSERT INTO audit (id, at, actor, via, address, method, route, subject)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
FINISH: Final = "UPDATE audit SET outcome = $2 WHERE id = $1"
COUNT: Final = """
INSERT INTO audit AS a (id, at, actor, via, method, route, outcome, times, counted)
SELECT id, date_trunc('hour', $1::timestamptz, 'UTC'), actor, via, method, route, outcome, times, true
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::smallint[], $8::bigint[])
     AS u (id, actor, via, method, route, outcome, times)
ON CONFLICT (at, actor, via, method, route, outcome) WHERE counted
DO UPDATE SET times = a.times + excluded.times
"""
LIST: Final = """
SELECT id, at, actor, via, address, method, route, subject, outcome, times FROM audit
WHERE ($1::uuid IS NULL OR id {after} $1) AND ($2::text IS NULL OR actor = $2)
ORDER BY id {direction} LIMIT $3
"""
LIST_UP: Final = LIST.format(after=">", direction="ASC")
LIST_DOWN: Final = LIST.format(after="<", direction="DESC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What is about to be done. ``actor`` is the name of a token, or ``cli:`` and a user of the machine;
    ``route`` a template, without values; ``subject`` the id of a conversation, or the name of a projection,
    view or token."""

    actor: str
    via: Via
    method: str
    route: str
    address: str | None = None
    subject: str | None = None


class Refused(NamedTuple):
    """What refusals are counted by. Nothing in it is made up by whoever is refused."""

    actor: str
    via: Via
    method: str
    route: str
    outcome: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """A row. ``outcome`` is the status of the answer, or 0 where a command did it and 1 where not; null
    where it was broken off, or that was not learned. ``times`` is more than 1 for refusals only, which are
    counted by the hour that begins at ``at``."""

    id: UUID
    at: Instant
    actor: str
    via: Via
    address: str | None
    method: str
    route: str
    subject: str | None
    outcome: int | None
    times: int


async def begin(connection: asyncpg.Connection, act: Act, now: datetime) -> UUID:
    """Put an act on record before it is done; the id of the row."""
    row_id = ordered_id()
    await connection.execute(
        BEGIN, row_id, now, act.actor, act.via, act.address, act.method, act.route, act.subject
    )
    return row_id


async def finish(connection: asyncpg.Connection, row_id: UUID, outcome: int) -> None:
    """Put on record how it ended."""
    await connection.execute(FINISH, row_id, outcome)


async def count(connection: asyncpg.Connection, refusals: Counter[Refused], now: datetime) -> None:
    """Add refusals to the hour of ``now``."""
    rows = sorted(refusals.items())
    columns = [list(column) for column in zip(*(key for key, _ in rows), strict=True)]
    await connection.execute(COUNT, now, [ordered_id() for _ in rows], *columns, [n for _, n in rows])


async def listed(
    connection: asyncpg.Connection, *, after: UUID | None, actor: str | None, limit: int, descending: bool
) -> list[Audited]:
    """A page past an id, of one actor or of all."""
    statement = LIST_DOWN if descending else LIST_UP
    return [Audited(**dict(row)) for row in await connection.fetch(statement, after, actor, limit)]
