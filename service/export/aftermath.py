"""What later events say about earlier messages: a page that shows them needs it before it begins."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from service.export.log_reader import Opened

RANKS: Final = {"sent": 1, "delivered": 2, "read": 3, "failed": 4}
"""What is known of a message is the highest status ever told."""

Told = tuple[str, datetime]


@dataclass(slots=True)
class Aftermath:
    """By message id: where it stands, its edits, when it was taken back, reactions. By reply id: when it was
    sent, why it failed, and its receipts."""

    name: str | None = None
    messages: int = 0
    replies: int = 0
    versions: dict[str, int] = field(default_factory=dict)
    edits: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    unsent: dict[str, datetime] = field(default_factory=dict)
    reactions: dict[str, str] = field(default_factory=dict)
    sent: dict[str, datetime] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    drafted: set[str] = field(default_factory=set)
    _replies_of: dict[str, str] = field(default_factory=dict)
    _receipts: dict[str, Told] = field(default_factory=dict)
    _watermarks: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)

    def take(self, event: Opened) -> None:
        """Take one event in, in order."""
        fields = event.fields
        if fields is None:
            return
        match event.type:
            case "ConversationStarted" | "ProfileChanged":
                self.name = fields.get("display_name") or fields.get("username") or self.name
            case "MessageReceived":
                self.messages += 1
            case "ReplyDrafted":
                self.drafted.add(fields["reply_id"])
            case "ReplySent":
                self._sent(event.recorded_at, fields)
            case "ReplyFailed":
                self.failed[fields["reply_id"]] = _why(fields["reason"], fields["code"])
            case "DeliveryReported":
                self._receipt(fields)
            case _:
                self._later(event.type, fields)
        if event.type in {"MessageReceived", "EchoReceived", "StandbyReceived"} and "message_id" in fields:
            self.versions[fields["message_id"]] = event.version

    def _sent(self, at: datetime, fields: dict[str, Any]) -> None:
        self.replies += 1
        self.sent[fields["reply_id"]] = at
        for message_id in fields.get("message_ids", ()):
            self._replies_of[message_id] = fields["reply_id"]

    def _receipt(self, fields: dict[str, Any]) -> None:
        status, at = fields["status"], fields["occurred_at"]
        if fields["watermark"] is not None:
            self._watermarks.setdefault(status, []).append((fields["watermark"], at))
            return
        if status == "failed":
            status = f"failed: {_why(fields['error_title'] or 'the channel says so', fields['error_code'])}"
        for subject in {fields["reply_id"], *fields.get("message_ids", ())} - {None}:
            before = self._receipts.get(subject)
            if before is None or _rank(status) > _rank(before[0]):
                self._receipts[subject] = (status, at)

    def _later(self, name: str, fields: dict[str, Any]) -> None:
        message_id = fields.get("message_id")
        if message_id is None:
            return
        match name:
            case "MessageEdited":
                self.edits[message_id] = (fields["edited_at"], fields["text"] or "")
            case "MessageUnsent":
                self.unsent[message_id] = fields["unsent_at"]
            case "ReactionReceived":
                self.reactions[message_id] = (
                    "" if fields["removed"] else (fields["emoji"] or fields["reaction"] or "")
                )
            case _:
                pass

    def settle(self) -> None:
        """All events have been taken in: sort out what they say of each other."""
        for told in self._watermarks.values():
            told.sort()
        for message_id, reply_id in self._replies_of.items():
            status = self._receipts.get(message_id)
            known = self._receipts.get(reply_id)
            if status is not None and (known is None or _rank(status[0]) > _rank(known[0])):
                self._receipts[reply_id] = status
            if message_id in self.reactions:
                self.reactions[reply_id] = self.reactions[message_id]

    def became_of(self, reply_id: str) -> Told | None:
        """The highest status of a reply that was sent, and since when it has it."""
        sent_at = self.sent.get(reply_id)
        if sent_at is None:
            return None
        best = self._receipts.get(reply_id, ("sent", sent_at))
        for status, told in self._watermarks.items():
            at = bisect_left(told, (sent_at,))
            if at < len(told) and _rank(status) > _rank(best[0]):
                best = (status, told[at][1])
        return ("sent", sent_at) if best[0] == "sent" else best


def _rank(status: str) -> int:
    return RANKS.get(status.partition(":")[0], 0)


def _why(reason: str, code: int | None) -> str:
    words = reason.replace("_", " ")
    return words if code is None else f"{words} ({code})"
