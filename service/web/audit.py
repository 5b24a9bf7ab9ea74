"""``/api/v1/audit``: who did what, and what was refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from service.storage import audit
from service.storage.audit import Audited
from service.web.cursors import cut, read_cursor
from service.web.operations import Operation
from service.web.parameters import CURSOR, LIMIT, ORDER, Arguments, text

if TYPE_CHECKING:
    from service.app import Service

ACTED_BY: Final = text("actor", "Only of this actor: the name of a token, or `cli:` and a user.")


class AuditPlace(NamedTuple):
    """A place in the audit."""

    id: UUID


@dataclass(frozen=True, slots=True)
class AuditList:
    """A page of the audit."""

    items: list[Audited]
    next_cursor: str | None


class AuditTrail:
    """The handler of the audit."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def operations(self) -> list[Operation]:
        """What is answered here."""
        return [
            Operation(
                method="GET",
                path="/api/v1/audit",
                name="listAudit",
                summary="Every act by API, console and command line; refusals by the hour",
                handler=self.page,
                answer=AuditList,
                parameters=(ACTED_BY, LIMIT, CURSOR, ORDER),
                scope="administer",
            )
        ]

    async def page(self, arguments: Arguments) -> AuditList:
        """A page of it."""
        place = read_cursor(arguments.scope, arguments[CURSOR], AuditPlace)
        limit = arguments[LIMIT]
        async with self._service.database.connection() as connection:
            rows = await audit.listed(
                connection,
                after=place and place.id,
                actor=arguments[ACTED_BY],
                limit=limit + 1,
                descending=arguments[ORDER] == "desc",
            )
        return AuditList(*cut(arguments.scope, rows, limit, lambda row: (row.id,)))
