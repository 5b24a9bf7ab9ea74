"""``DELETE /api/v1/conversations/{id}``: a person is erased."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import msgspec
import structlog

from domain.conversation import Refused
from domain.identity import partition_of
from service.conversations import Unknown
from service.erasing import Eraser
from service.storage import erasure
from service.web.auth import actor_of
from service.web.bodies import read_body
from service.web.errors import Problem
from service.web.operations import Operation
from service.web.parameters import CONVERSATION_ID, Arguments

if TYPE_CHECKING:
    from service.app import Service

logger = structlog.get_logger()


class EraseBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why. It stays in the certificate, in the clear: nothing personal belongs in it."""

    reason: Annotated[str, msgspec.Meta(max_length=256)] | None = None


@dataclass(frozen=True, slots=True)
class Erased:
    """The certificate of an erasure, which the timeline holds as ``ConversationErased``.

    ``owed_at_provider`` counts threads and answers that the model provider is still to delete.
    """

    conversation_id: UUID
    certificate_id: UUID
    owed_at_provider: int


class Erasing:
    """The handler of erasure."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._eraser = Eraser(service.database, service.vault, service.clock)

    def operations(self) -> list[Operation]:
        """What is answered here."""
        return [
            Operation(
                method="DELETE",
                path="/api/v1/conversations/{id}",
                name="eraseConversation",
                summary="Erase a person; asked again, the same certificate",
                handler=self.erase,
                answer=Erased,
                status=202,
                body=EraseBody,
                parameters=(CONVERSATION_ID,),
                problems=(404, 409, 503),
                scope="administer",
                # What is begun is not broken off: there is as much to read as there is in the conversation.
                patience=None,
            )
        ]

    async def erase(self, arguments: Arguments) -> Erased:
        """Unreadable from here on; what the provider holds follows. Raises :class:`Problem`."""
        service, conversation_id = self._service, arguments[CONVERSATION_ID]
        body = await read_body(arguments.request, EraseBody)
        try:
            certificate_id = await self._eraser.erase(
                conversation_id, actor_of(arguments.request), body.reason
            )
        except Unknown:
            raise Problem(404, "id: there is no such conversation", field="id") from None
        except Refused as refusal:
            raise Problem(409, f"id: {refusal}", field="id") from None
        await self._eraser.vacuum()
        logger.info("person erased", conversation=str(conversation_id), certificate=str(certificate_id))
        service.conversations.forget(conversation_id)
        service.workers.recorded()
        partition = partition_of(conversation_id, service.database.partitions)
        async with service.database.connection() as connection:
            owed = await erasure.owed_at_provider(connection, partition, conversation_id, service.clock())
        return Erased(conversation_id, certificate_id, owed)
