"""One customer's conversation told step by step, with a clock that only the story moves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from domain.conversation import Conversation
from domain.events import Fact
from domain.identity import Sender
from domain.inbound import Echo, Edit, IdentityChange, Item, Message, Reaction, Receipt, Unsend
from domain.observe import reference_of
from domain.steps import DraftReply, Policy, SendReply, Step

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
PERSON = Sender("whatsapp", "106540352242922", "4915112345678")


def replayed(facts: Sequence[Fact]) -> Conversation:
    """The conversation that these facts alone make."""
    conversation = cast("Conversation", cast("Any", facts[0]).mutate(None))
    for fact in facts[1:]:
        fact.mutate(conversation)
    return conversation


class Story:
    """What happens is told by methods that return the story; :meth:`happened` says what was recorded."""

    def __init__(
        self,
        person: Sender = PERSON,
        *,
        thread_id: str = "conv_1",
        policy: Policy | None = None,
        at: datetime = NOON,
    ) -> None:
        self.person = person
        self.policy = policy or Policy()
        self.now = at
        self.c = Conversation.start(person, thread_id, at)
        self._facts: list[Fact] = []
        self._messages = 0
        self._told = len(self.facts)

    # Then

    @property
    def facts(self) -> list[Fact]:
        """Everything that was recorded, from the start."""
        self._facts += self.c.new_facts()
        return self._facts

    def happened(self) -> list[str]:
        """Stored types of what was recorded since this was last asked."""
        news = self.facts[self._told :]
        self._told = len(self.facts)
        return [type(fact).__name__ for fact in news]

    def last(self) -> Any:
        """The newest fact."""
        return self.facts[-1]

    def owes(self) -> Step:
        return self.c.next_step(self.policy)

    def owes_draft(self) -> DraftReply:
        step = self.owes()
        assert isinstance(step, DraftReply)
        return step

    def owes_send(self) -> SendReply:
        step = self.owes()
        assert isinstance(step, SendReply)
        return step

    # When

    def later(self, seconds: float = 0.0, **duration: float) -> Story:
        self.now += timedelta(seconds=seconds, **duration)
        return self

    def observes(self, item: Item, *, known: Collection[str] = ()) -> Story:
        self.c.observe(item, self.now, self.policy, known=known)
        return self

    def message(self, text: str = "hello", **fields: Any) -> Message:
        """What the customer would say, not yet told."""
        self._messages += 1
        given = {
            "sender": self.person,
            "message_id": f"m{self._messages}",
            "kind": "text",
            "received_at": self.now,
            "sent_at": self.now,
            "text": text,
        }
        return Message(**{**given, **fields})

    def says(self, text: str = "hello", *, known: Collection[str] = (), **fields: Any) -> Story:
        return self.observes(self.message(text, **fields), known=known)

    def edits(self, message_id: str, text: str, **fields: Any) -> Story:
        given = {"sender": self.person, "received_at": self.now, "edited_at": self.now}
        return self.observes(Edit(**{**given, "message_id": message_id, "text": text, **fields}))

    def unsends(self, message_id: str) -> Story:
        at = self.now
        return self.observes(Unsend(sender=self.person, received_at=at, message_id=message_id, unsent_at=at))

    def reacts(self, message_id: str, emoji: str | None, **fields: Any) -> Story:
        given = {"sender": self.person, "received_at": self.now, "reacted_at": self.now}
        return self.observes(Reaction(**{**given, "message_id": message_id, "emoji": emoji, **fields}))

    def receipt(self, status: str, *message_ids: str, **fields: Any) -> Story:
        given = {"sender": self.person, "received_at": self.now, "occurred_at": self.now}
        return self.observes(Receipt(**{**given, "status": status, "message_ids": message_ids, **fields}))

    def echo(self, message_id: str, *, reference: str | None = None, **fields: Any) -> Story:
        given = {"sender": self.person, "received_at": self.now, "sent_at": self.now, "kind": "text"}
        return self.observes(Echo(**{**given, "message_id": message_id, "reference": reference, **fields}))

    def renumbers(self, current_id: str, *, reason: str = "user_changed_number", **fields: Any) -> Story:
        given = {"sender": self.person, "received_at": self.now, "changed_at": self.now}
        return self.observes(
            IdentityChange(**{**given, "current_id": current_id, "reason": reason, **fields})
        )

    def asked(self, reply_id: str = "r1") -> Story:
        """The model is about to be asked."""
        self.c.attempt_draft(reply_id, self.now)
        return self

    def failed(self, reply_id: str = "r1", code: str = "rate_limited") -> Story:
        self.c.fail_draft(reply_id, code, self.now)
        return self

    def drafted(self, reply_id: str = "r1", text: str = "an answer", **fields: Any) -> Story:
        given = {
            "text": text,
            "parts": 1,
            "author": "bot",
            "outcome": "completed",
            "thread_id": self.c.state.thread_id,
        }
        self.c.record_draft(reply_id, self.now, **{**given, **fields})
        return self

    def sending(self, reply_id: str = "r1", part: int = 1) -> Story:
        """A part is about to be sent."""
        self.c.attempt_send(reply_id, part, self.reference(reply_id, part), self.now)
        return self

    def sent(self, reply_id: str = "r1", part: int = 1, message_id: str | None = None) -> Story:
        self.c.record_sent(reply_id, part, message_id or f"out-{reply_id}-{part}", self.now)
        return self

    def deferred(self, reply_id: str = "r1", part: int = 1, retry_after: float | None = None) -> Story:
        self.c.defer_send(reply_id, part, self.now, code=80007, subcode=None, retry_after=retry_after)
        return self

    def refused(self, reply_id: str = "r1", part: int = 1, reason: str = "refused") -> Story:
        self.c.fail_send(reply_id, part, reason, self.now, code=131026, subcode=None)
        return self

    def rebound(self, thread_id: str, reason: str = "context_budget", turns: int = 0) -> Story:
        left = self.c.state.thread_id
        self.c.rebind(thread_id, reason, self.now, leaving=left, last_item_id=None, seeded_turns=turns)
        return self

    def answered(self, reply_id: str = "r1", **fields: Any) -> Story:
        """The whole way from asking to the channel's yes."""
        return self.asked(reply_id).drafted(reply_id, **fields).sending(reply_id).sent(reply_id)

    def reference(self, reply_id: str, part: int = 1) -> str:
        return reference_of(self.c.id, reply_id, part)
