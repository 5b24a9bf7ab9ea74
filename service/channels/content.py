"""What a message holds, apart from who sent it when: the same for customers, echoes and copies."""

from __future__ import annotations

from dataclasses import dataclass

from domain.inbound import Attachment
from service.channels.wire import Object

UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Content:
    """The kind of a message and what it carries. ``payload`` is what the business put behind a
    button; ``details`` is what has no field of its own, or everything where the kind is
    unsupported."""

    kind: str
    text: str | None = None
    attachments: tuple[Attachment, ...] = ()
    payload: str | None = None
    details: Object | None = None
