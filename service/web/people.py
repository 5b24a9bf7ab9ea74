"""People in the loop: somebody takes a conversation over, writes to the customer, and gives it back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

import msgspec

from domain.conversation import Conversation
from domain.events import ReplyDrafted
from service.channels.texts import split_text
from service.conversations import Conflict
from service.storage import log
from service.web.acts import act
from service.web.auth import actor_of
from service.web.bodies import read_body
from service.web.errors import Problem
from service.web.operations import Operation
from service.web.parameters import CONVERSATION_ID, Arguments

if TYPE_CHECKING:
    from service.app import Service

PATH = "/api/v1/conversations/{id}"


class ReasonBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why."""

    reason: Annotated[str, msgspec.Meta(max_length=256)] | None = None


class MessageBody(msgspec.Struct, forbid_unknown_fields=True):
    """What the customer is to be told. The same ``idempotency_key`` again writes nothing again."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=20_000, extra_json_schema={"pattern": r"\S"})]
    idempotency_key: Annotated[str, msgspec.Meta(min_length=1, max_length=128)] | None = None


@dataclass(frozen=True, slots=True)
class HandoverAnswer:
    """Who answers the customer now, and the version that the conversation has."""

    conversation_id: UUID
    answered_by: Literal["bot", "person"]
    version: int


@dataclass(frozen=True, slots=True)
class MessageAnswer:
    """The message is on record at ``version`` and will be sent in ``parts``; its fate is told under
    ``reply_id``."""

    conversation_id: UUID
    reply_id: str
    parts: int
    version: int


class People:
    """Handlers of what people do in a conversation."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def operations(self) -> list[Operation]:
        """What is answered here."""
        return [
            Operation(
                method="POST",
                path=f"{PATH}/handover",
                name="handOver",
                summary="A person answers from now on; the bot is silent",
                handler=self.hand_over,
                answer=HandoverAnswer,
                body=ReasonBody,
                parameters=(CONVERSATION_ID,),
                problems=(404, 409),
                scope="operate",
            ),
            Operation(
                method="POST",
                path=f"{PATH}/handback",
                name="handBack",
                summary="The bot answers again, and is told what was said",
                handler=self.hand_back,
                answer=HandoverAnswer,
                body=ReasonBody,
                parameters=(CONVERSATION_ID,),
                problems=(404, 409),
                scope="operate",
            ),
            Operation(
                method="POST",
                path=f"{PATH}/messages",
                name="writeMessage",
                summary="A person writes to the customer",
                handler=self.write,
                answer=MessageAnswer,
                status=202,
                body=MessageBody,
                parameters=(CONVERSATION_ID,),
                problems=(404, 409),
                scope="operate",
            ),
        ]

    async def hand_over(self, arguments: Arguments) -> HandoverAnswer:
        """Take a conversation over. Raises :class:`Problem`."""
        body, actor = await read_body(arguments.request, ReasonBody), actor_of(arguments.request)
        return await self._pass(arguments, lambda c, now: c.hand_over(actor, now, reason=body.reason))

    async def hand_back(self, arguments: Arguments) -> HandoverAnswer:
        """Give it back. Raises :class:`Problem`."""
        body, actor = await read_body(arguments.request, ReasonBody), actor_of(arguments.request)
        return await self._pass(arguments, lambda c, now: c.hand_back(actor, now, reason=body.reason))

    async def _pass(
        self, arguments: Arguments, command: Callable[[Conversation, datetime], None]
    ) -> HandoverAnswer:
        def decide(c: Conversation) -> HandoverAnswer:
            command(c, self._service.clock())
            return HandoverAnswer(c.id, c.state.answered_by, c.version)

        return await act(self._service, arguments[CONVERSATION_ID], decide)

    async def write(self, arguments: Arguments) -> MessageAnswer:
        """Have a person's words sent. Raises :class:`Problem`."""
        body, actor = await read_body(arguments.request, MessageBody), actor_of(arguments.request)
        if not body.text.strip():
            raise Problem(400, "text: something to read is expected", field="text")
        conversation_id = arguments[CONVERSATION_ID]
        earlier = await self._earlier(conversation_id, body)
        if earlier is None:
            try:
                return await act(self._service, conversation_id, lambda c: self._written(c, body, actor))
            except Conflict:  # perhaps with the same message, sent twice at once
                earlier = await self._earlier(conversation_id, body)
                if earlier is None:
                    raise
        return earlier

    def _written(self, c: Conversation, body: MessageBody, actor: str) -> MessageAnswer:
        if c.state.answered_by == "bot" and not c.state.erased:
            raise Problem(
                409,
                f"id: the bot answers; take the conversation over first: POST {PATH}/handover",
                field="id",
            )
        reply_id = _reply_id(body) or f"p{c.version + 1}"
        parts = len(split_text(c.sender.channel, body.text))
        c.write(reply_id, body.text, parts, actor, self._service.clock())
        return MessageAnswer(c.id, reply_id, parts, c.version)

    async def _earlier(self, conversation_id: UUID, body: MessageBody) -> MessageAnswer | None:
        """The answer that the same key had before."""
        reply_id = _reply_id(body)
        if reply_id is None:
            return None
        service = self._service
        async with service.database.connection() as connection:
            live = await log.load(connection, service.vault, conversation_id, service.database.partitions)
            if live is None or live.key is None:
                return None
            written = await log.read_keyed(connection, live, f"reply:{reply_id}")
        if not isinstance(written, ReplyDrafted):
            return None
        if written.text != body.text:
            detail = "idempotency_key: another text was written under it; take a new one"
            raise Problem(409, detail, field="idempotency_key")
        return MessageAnswer(conversation_id, reply_id, written.parts, written.originator_version)


def _reply_id(body: MessageBody) -> str | None:
    """The id that makes a repetition one reply: the log takes an id once in a conversation."""
    if body.idempotency_key is None:
        return None
    return f"p-{hashlib.sha256(body.idempotency_key.encode()).hexdigest()[:32]}"
