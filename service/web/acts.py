"""Acts of people on a conversation, whichever process works on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import UUID

from domain.conversation import Conversation, Refused
from service.conversations import Conflict, Unknown
from service.web.errors import Problem

if TYPE_CHECKING:
    from service.app import Service

T = TypeVar("T")

TRIES: Final = 5
"""How often an act is decided anew after somebody else appended to the conversation first."""


async def act(service: Service, conversation_id: UUID, decide: Callable[[Conversation], T]) -> T:
    """What ``decide`` answers, once all that it recorded is in the log.

    Raises :class:`Problem`: 404 where there is no such conversation, 409 with the reason where it refuses;
    and whatever else ``decide`` raises.
    """
    for tried in range(1, TRIES + 1):
        service.conversations.forget(conversation_id)  # another process may have appended since
        try:
            return await service.conversations.act(conversation_id, decide)
        except Unknown:
            raise Problem(404, "id: there is no such conversation", field="id") from None
        except Refused as refusal:
            raise Problem(409, f"id: {refusal}", field="id") from None
        except Conflict:
            if tried == TRIES:
                raise
    raise AssertionError
