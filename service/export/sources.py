"""Which source gives what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from service.export.asked import Asked, Misasked
from service.export.log_reader import PIECE, LogReader, ends
from service.export.log_source import LogSource, Shape
from service.export.reports import report_source
from service.export.sessions import session_source
from service.export.shapes import Events, Messages, Timelines
from service.export.source import Source
from service.storage.database import Database
from service.storage.vault import Vault

SHAPES: Final[Mapping[str, Shape]] = {"events": Events(), "timelines": Timelines(), "messages": Messages()}


async def source_of(
    database: Database,
    vault: Vault,
    asked: Asked,
    through: Mapping[int, int] | None = None,
    *,
    now: datetime,
    size: int = PIECE,
) -> Source:
    """The rows that were asked for, up to ``through``, or up to now.

    ``now`` is the instant that a report without ends is asked for. Raises :class:`Misasked`."""
    if asked.zone is not None and asked.what != "analytics":
        raise Misasked("tz", f"is of analytics and of transcripts, not of {asked.what}: instants are in UTC")
    if asked.what == "sessions":
        return await session_source(database, vault, asked, through)
    if asked.what == "analytics":
        return await report_source(database, asked, now)
    through = await ends(database, asked) if through is None else through
    shape = SHAPES[asked.what]
    reader = LogReader(database, vault, asked, through, left_out=shape.left_out, size=size)
    return LogSource(database, reader, shape)
