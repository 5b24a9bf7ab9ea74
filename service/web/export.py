"""Exports over HTTP: rows as they are read, no faster than the client takes them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

import asyncpg
import structlog
from aiohttp import web

from service.export.asked import WHATS, Asked, Misasked, Missing, What
from service.export.formats import MEDIA, TEXTS, Text, Writing, writing
from service.export.source import Place, Slice
from service.export.sources import source_of
from service.web.errors import Problem
from service.web.operations import Operation
from service.web.parameters import (
    ACCOUNT,
    CHANNEL,
    Arguments,
    Parameter,
    choice,
    instant,
    optional_choice,
    read_text,
    read_uuid,
    text,
)
from service.web.views import VIEW

if TYPE_CHECKING:
    from service.app import Service

PIECE: Final = 250
"""Events that are read at a time: what the service's other work waits for while they are made rows of."""

WHAT: Final[Parameter[What]] = Parameter(
    name="what",
    description="Every event; what timelines show; what was said; the session view; a report.",
    schema={"type": "string", "enum": list(WHATS)},
    read=choice("what", "", WHATS, "events").read,
    where="path",
)
FORMAT: Final[Parameter[Text]] = choice(
    "format",
    "`csv` is of RFC 4180; a text that a spreadsheet would take for a formula gets an apostrophe in front.",
    TEXTS,
    "ndjson",
)
FROM: Final = instant(
    "from", "Only what was recorded at this instant or later; sessions by their last activity."
)
TO: Final = instant("to", "Only what was recorded before this instant.")
CONVERSATION: Final = Parameter(
    name="conversation",
    description="Only this conversation.",
    schema={"type": "string", "format": "uuid"},
    read=read_uuid,
)
REPORT: Final = text("report", "Which report of the analytics.")
ZONE: Final = Parameter[str | None](
    name="tz",
    description="The zone of a report's buckets, as Europe/Berlin.",
    schema={"type": "string", "format": "time-zone"},
    read=read_text,
)
BUCKET: Final = optional_choice("bucket", "A report's buckets.", ("hour", "day", "week", "month", "none"))

logger = structlog.get_logger()


class Exports:
    """Handlers of ``/api/v1/export/{what}``. How far behind the log a view is stands in headers."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def operations(self) -> list[Operation]:
        """What is answered here."""
        return [
            Operation(
                method="GET",
                path="/api/v1/export/{what}",
                name="export",
                summary="Rows in bulk, by partition and position, up to where the log is now",
                handler=self.stream,
                media=tuple(MEDIA.values()),
                parameters=(
                    WHAT,
                    FORMAT,
                    FROM,
                    TO,
                    CHANNEL,
                    ACCOUNT,
                    CONVERSATION,
                    VIEW,
                    REPORT,
                    ZONE,
                    BUCKET,
                ),
                problems=(404,),
                patience=None,
            )
        ]

    async def stream(self, arguments: Arguments) -> web.StreamResponse:
        """Rows, one piece after the other. An event that cannot be read has a row that says why.

        Raises :class:`Problem` before the first byte. Where it breaks off later, so does the connection: what
        was sent is not taken for the whole.
        """
        try:
            service, asked = self._service, _asked(arguments)
            source = await source_of(service.database, service.vault, asked, now=service.clock(), size=PIECE)
        except Misasked as error:
            raise Problem(404 if isinstance(error, Missing) else 400, str(error), field=error.field) from None
        # What cannot be read at all, since its view has just been dropped, is still answered as a problem.
        slices = source.slices(Place())
        first = await anext(slices, None)
        format_ = arguments[FORMAT]
        response = web.StreamResponse(
            headers={
                "Content-Type": f"{MEDIA[format_]}; charset=utf-8",
                "Content-Disposition": f'attachment; filename="{arguments[WHAT]}.{format_}"',
                "Cache-Control": "no-store",
                "Onethread-Lag-Events": str(source.freshness.lag_events),
                "Onethread-Lag-Seconds": f"{source.freshness.lag_seconds:.3f}",
            }
        )
        await response.prepare(arguments.request)
        try:
            await _send(response, first, slices, writing(format_, source.sheet))
        except (ConnectionError, TimeoutError):  # the client has gone
            raise
        except Exception as error:
            if isinstance(error, asyncpg.UndefinedTableError):
                logger.warning("an export broke off: its view was dropped", what=arguments[WHAT])
            else:
                logger.exception("an export broke off", what=arguments[WHAT])
            if arguments.request.transport is not None:
                arguments.request.transport.abort()
            raise ConnectionResetError from None
        return response


def _asked(arguments: Arguments) -> Asked:
    return Asked(
        what=arguments[WHAT],
        since=arguments[FROM],
        until=arguments[TO],
        channel=arguments[CHANNEL],
        account=arguments[ACCOUNT],
        conversation=arguments[CONVERSATION],
        view=arguments[VIEW],
        report=arguments[REPORT],
        zone=arguments[ZONE],
        bucket=arguments[BUCKET],
    )


async def _send(
    response: web.StreamResponse, first: Slice | None, slices: AsyncIterator[Slice], written: Writing
) -> None:
    if written.head:
        await response.write(written.head)
    part = first
    while part is not None:
        for fault in part.faults:
            logger.warning("an event cannot be exported", event_id=fault.event, reason=fault.reason)
        if part.rows:
            await response.write(written.rows(part.rows))
        part = await anext(slices, None)
    await response.write_eof()
