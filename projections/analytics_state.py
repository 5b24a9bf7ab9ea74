"""What analytics remembers of a conversation: as much however long it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """An instant as whole microseconds since 1970, as nested values hold it."""
    return (at - EPOCH) // MICROSECOND


def instant(microseconds: int) -> datetime:
    """The instant again."""
    return EPOCH + timedelta(microseconds=microseconds)


@dataclass(slots=True)
class AnalyticsState:
    """A row of ``analytics_states``: what is needed to put the next facts right.

    Nested values are as JSON gives them back; those who own them say what is in them.
    """

    partition: int
    conversation_id: UUID
    channel: str = ""
    account_id: str = ""

    latest: datetime | None = None
    """The latest effective time seen."""
    session: int = 0
    session_version: int = 0
    """Of the first message of the newest session; 0 before the first."""
    session_at: datetime | None = None
    session_from: datetime | None = None
    session_until: datetime | None = None
    session_messages: int = 0
    handed_over: bool = False
    """Whether a person acted in the newest session."""
    path: str = ""

    waiting: Sequence[Any] = ()
    """The turn that no answer is under way for, as :class:`~projections.turns.Turn`."""
    drafting: Sequence[Any] = ()
    draft_id: str = ""
    outgoing: list[Any] = field(default_factory=list)
    """Drafted replies that are not sent yet: id, author, turn."""
    responded: list[str] = field(default_factory=list)
    """Who has answered in a session that still has open turns: version of the session and author."""

    sends: list[Any] = field(default_factory=list)
    """The newest replies and reports: id, version, instant, furthest status."""
    came: datetime | None = None
    """When the first message was sent: the instant of ``sender_new``."""
    hours: list[Any] = field(default_factory=list)
    """The latest hours with messages, since 1970, in order."""
    forgotten: int | None = None
    """The hour before those; None where they are all there are."""
