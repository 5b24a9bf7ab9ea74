"""What an export is asked for, and what of it makes no sense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

What = Literal["events", "timelines", "messages", "sessions", "analytics"]
WHATS: Final[tuple[What, ...]] = ("events", "timelines", "messages", "sessions", "analytics")

VIEWED: Final = frozenset({"sessions", "analytics"})
"""What comes from a view; everything else is read from the log itself."""


class Misasked(ValueError):
    """What was asked for cannot be exported. ``field`` names the parameter at fault."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field


class Missing(Misasked):
    """What was asked for is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which rows. ``since`` and ``until`` are half-open and of when an event was recorded; of a session, of
    its last activity. ``view`` None is the live one. ``zone`` and ``bucket`` are those of a report."""

    what: What
    since: datetime | None = None
    until: datetime | None = None
    channel: str | None = None
    account: str | None = None
    conversation: UUID | None = None
    view: str | None = None
    report: str | None = None
    zone: str | None = None
    bucket: str | None = None

    def __post_init__(self) -> None:
        """Raises :class:`Misasked`."""
        if self.since is not None and self.until is not None and self.since > self.until:
            raise Misasked("from", "is after to")
        if self.view is not None and self.what not in VIEWED:
            raise Misasked("view", f"{self.what} come from the log itself; sessions and analytics have views")
        if self.what != "analytics":
            for name in ("report", "bucket"):
                if getattr(self, name) is not None:
                    raise Misasked(name, f"is of analytics, not of {self.what}")
        elif self.report is None:
            raise Misasked("report", "say which report of the analytics")
        elif self.conversation is not None:
            raise Misasked(
                "conversation", "reports are not of one conversation; its messages can be exported"
            )
