"""The aggregate: one person's conversation, for ever.

Commands record facts or refuse; nothing here reads a clock, draws an id or performs I/O.
:meth:`Conversation.next_step` says what is owed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from eventsourcing.domain import Aggregate

from domain import events as e
from domain.evolve import evolve
from domain.identity import Sender
from domain.inbound import Item
from domain.observe import observe
from domain.people import PeoplesActs, Refused
from domain.state import (
    DISCARDED,
    Draft,
    Outgoing,
    State,
    thread_kind,
)
from domain.steps import DraftReply, Policy, Rest, SendReply, Step

__all__ = ["Conversation", "Refused"]


class Conversation(PeoplesActs, Aggregate):
    """One sender's conversation. Every decision takes the time from outside, aware and in UTC."""

    if TYPE_CHECKING:  # the library would make a constructor argument of an annotation it can see
        state: State

    @classmethod
    def start(
        cls,
        sender: Sender,
        thread_id: str,
        now: datetime,
        *,
        first: Item | None = None,
        conversation_id: UUID | None = None,
    ) -> Conversation:
        """Meet a person: their conversation begins by being bound to ``thread_id``.

        ``conversation_id``: another than the sender's own, where they were erased before.
        """
        return cls._create(
            e.ConversationStarted,
            id=conversation_id or sender.conversation_id,
            timestamp=now,
            channel=sender.channel,
            account_id=sender.account_id,
            sender_id=sender.sender_id,
            thread_id=thread_id,
            display_name=first.profile_name if first else None,
            username=first.username if first else None,
        )

    @classmethod
    def restored(
        cls, conversation_id: UUID, version: int, created: datetime, modified: datetime, state: State
    ) -> Conversation:
        """A conversation as a snapshot holds it."""
        conversation = cls.__new__(cls)
        conversation.__base_init__(conversation_id, version, created)
        conversation.modified_on = modified
        conversation.state = state
        return conversation

    def record(self, event_class: type[e.Fact], now: datetime, **fields: Any) -> None:
        """Record one fact. The commands below decide; this only writes down."""
        self.accept(self.fact(event_class, now, **fields))

    def fact(self, event_class: type[e.Fact], now: datetime, **fields: Any) -> e.Fact:
        """What would be the next fact, not recorded yet."""
        return event_class.made(self.id, self.version + 1, now, fields)

    def accept(self, fact: e.Fact) -> None:
        """Record a fact made by :meth:`fact`."""
        fact.mutate(self)
        self.pending_events.append(fact)

    def new_facts(self) -> list[e.Fact]:
        """What has been recorded since this was last asked, for the log to take."""
        return cast("list[e.Fact]", list(self.collect_events()))

    def evolve(self, event: e.Fact) -> None:
        """Take one fact in, when it happens and whenever it is read again."""
        if type(event) is e.ConversationStarted:
            self.state = State(
                channel=event.channel,
                account_id=event.account_id,
                sender_id=event.sender_id,
                thread_id=event.thread_id,
                display_name=event.display_name,
                username=event.username,
            )
        else:
            evolve(self.state, event)

    # What the channel tells

    def observe(self, item: Item, now: datetime, policy: Policy, *, known: Collection[str] = ()) -> None:
        """Take in one item of a delivery. ``known``: unique keys that the log is known to hold."""
        observe(self, item, now, policy, known=known)

    # What is owed

    @property
    def sender(self) -> Sender:
        """The person as this conversation first met them, or as they are reached now."""
        return Sender(self.state.channel, self.state.account_id, self.state.sender_id)  # type: ignore[arg-type] # stored by ConversationStarted, which a Sender made

    @property
    def awaiting_reply(self) -> bool:
        """Whether the customer has said something that no sent or failed reply covers."""
        state = self.state
        return bool(state.unanswered or state.draft or any(o.author != "person" for o in state.outgoing))

    def next_step(self, policy: Policy) -> Step:
        """What this conversation owes next. Sending comes before drafting, one at a time."""
        state = self.state
        if state.erased:
            return Rest()
        if state.outgoing:
            return self._send_step(state.outgoing[0], policy)
        if state.answered_by == "person":
            return Rest()
        if state.draft is not None:
            return self._redraft_step(state.draft, policy)
        if state.unanswered is None:
            return Rest()
        turn = state.unanswered
        quiet = min(turn.quiet_since + policy.reply_delay, turn.since + policy.longest_quiet)
        return DraftReply(max(quiet, turn.since), rebind=self._rebind_reason(policy))

    def _send_step(self, reply: Outgoing, policy: Policy) -> SendReply:
        not_before = reply.attempted_at or self.modified_on
        if reply.unsettled:
            not_before += policy.settle
        elif reply.deferred_for is not None:
            not_before += max(
                policy.backoff(reply.attempts, f"{reply.reply_id}:{reply.part}"),
                timedelta(seconds=reply.deferred_for),
            )
        return SendReply(not_before, reply.reply_id, reply.version, reply.part, reply.unsettled)

    def _redraft_step(self, draft: Draft, policy: Policy) -> DraftReply:
        return DraftReply(
            draft.attempted_at + policy.backoff(draft.attempts, draft.reply_id),
            recover=draft.open,
            rebind=None if draft.open else self._rebind_reason(policy),
        )

    def _rebind_reason(self, policy: Policy) -> str | None:
        state = self.state
        kind = thread_kind(state.thread_id)
        if kind == "retired":
            return "thread_retired"
        if kind == "local":
            return "provider_back"
        if state.context_tokens > policy.context_budget and state.thread_turns > 1:
            return "context_budget"
        return None

    # Drafting

    def attempt_draft(self, reply_id: str, now: datetime) -> str:
        """An answer is about to be asked for; the id of the reply that it will be.

        A repeated attempt keeps the first one's id and takes in what was said since.
        Raises :class:`Refused` where nothing is to be answered.
        """
        state = self.state
        if state.outgoing or state.answered_by == "person" or state.erased:
            raise Refused("the bot owes no draft now")
        if state.draft is not None and state.draft.open:
            raise Refused("an attempt is under way or its outcome unknown")
        turn = state.draft.turn.joined(state.unanswered) if state.draft else state.unanswered
        if turn is None:
            raise Refused("nothing is unanswered")
        self.record(
            e.DraftAttempted,
            now,
            reply_id=state.draft.reply_id if state.draft else reply_id,
            answers_through=turn.last,
            thread_id=state.thread_id,
            attempt=state.draft.attempts + 1 if state.draft else 1,
        )
        return state.draft.reply_id if state.draft else reply_id

    def fail_draft(self, reply_id: str, code: str, now: datetime, *, status: int | None = None) -> None:
        """The attempt is known to have come to nothing."""
        self._the_draft(reply_id)
        self.record(e.DraftFailed, now, reply_id=reply_id, code=code, status=status)

    def record_draft(self, reply_id: str, now: datetime, **fields: Any) -> None:
        """The answer is there. ``fields`` are those of :class:`~domain.events.ReplyDrafted`.

        When a person took over meanwhile, the draft is discarded instead: nothing the bot says follows.
        """
        draft = self._the_draft(reply_id)
        if self.state.answered_by == "person":
            self.record(e.DraftFailed, now, reply_id=reply_id, code=DISCARDED)
            return
        self.record(e.ReplyDrafted, now, reply_id=reply_id, answers_through=draft.turn.last, **fields)

    def call_tool(self, reply_id: str, now: datetime, **fields: Any) -> None:
        """The model wants a function run; recorded first, since an unanswered call poisons the thread."""
        self._the_draft(reply_id)
        self.record(e.ToolCalled, now, reply_id=reply_id, **fields)

    def return_tool(self, reply_id: str, now: datetime, **fields: Any) -> None:
        """A function has answered, or will not."""
        self._the_draft(reply_id)
        self.record(e.ToolReturned, now, reply_id=reply_id, **fields)

    def rebind(
        self,
        thread_id: str,
        reason: str,
        now: datetime,
        *,
        leaving: str,
        last_item_id: str | None,
        seeded_turns: int,
    ) -> None:
        """Go on in another thread, which has been told what was said; only where the thread is still the one
        that was to be left."""
        if self.state.erased:
            raise Refused("the person has been erased")
        if leaving != self.state.thread_id:
            raise Refused("somebody else has bound another thread")
        self.record(
            e.ThreadRebound,
            now,
            thread_id=thread_id,
            previous_thread_id=self.state.thread_id,
            reason=reason,
            last_item_id=last_item_id,
            seeded_turns=seeded_turns,
        )

    def fall_back(self, reply_id: str, text: str, parts: int, now: datetime) -> None:
        """The model has not answered for too long: the turn gets the configured text instead."""
        state = self.state
        turn = state.draft.turn.joined(state.unanswered) if state.draft else state.unanswered
        if turn is None or state.outgoing or state.answered_by == "person":
            raise Refused("the bot owes no draft now")
        self.record(
            e.ReplyDrafted,
            now,
            reply_id=state.draft.reply_id if state.draft else reply_id,
            text=text,
            parts=parts,
            author="fallback",
            outcome="fallback",
            answers_through=turn.last,
            thread_id=state.thread_id,
        )

    def give_up(self, reply_id: str, reason: str, now: datetime) -> None:
        """The turn, or the reply being sent, will not reach the customer."""
        state = self.state
        if state.outgoing:
            self.record(e.ReplyFailed, now, reply_id=state.outgoing[0].reply_id, reason=reason)
            return
        turn = state.draft.turn.joined(state.unanswered) if state.draft else state.unanswered
        if turn is None:
            raise Refused("nothing is owed")
        self.record(
            e.ReplyFailed,
            now,
            reply_id=state.draft.reply_id if state.draft else reply_id,
            reason=reason,
            answers_through=turn.last,
        )

    def _the_draft(self, reply_id: str) -> Draft:
        draft = self.state.draft
        if draft is None or draft.reply_id != reply_id:
            raise Refused("this draft is no longer awaited")
        return draft

    # Sending

    def attempt_send(self, reply_id: str, part: int, reference: str, now: datetime) -> None:
        """A part is about to be sent. Raises :class:`Refused` when it is not the next to send, or the bot's
        while a person answers."""
        reply = self._next_out(reply_id, part)
        if self.state.answered_by == "person" and reply.author != "person":
            raise Refused("a person answers")
        self.record(
            e.ReplyAttempted,
            now,
            reply_id=reply_id,
            part=part,
            reference=reference,
            attempt=reply.attempts + 1,
        )

    def record_sent(
        self, reply_id: str, part: int, message_id: str, now: datetime, *, evidence: str = "answer"
    ) -> bool:
        """A part has been accepted; False where that was on record already."""
        reply = next((o for o in self.state.outgoing if o.reply_id == reply_id), None)
        if reply is None or reply.part != part:
            return False
        if part < reply.parts:
            self.record(e.PartSent, now, reply_id=reply_id, part=part, message_id=message_id)
        else:
            ids = (*reply.message_ids, message_id)
            self.record(e.ReplySent, now, reply_id=reply_id, message_ids=ids, evidence=evidence)
        return True

    def defer_send(
        self,
        reply_id: str,
        part: int,
        now: datetime,
        *,
        code: int | None,
        subcode: int | None,
        retry_after: float | None,
    ) -> None:
        """The channel said not now: known not sent, to be tried again."""
        self._next_out(reply_id, part)
        self.record(
            e.ReplyDeferred,
            now,
            reply_id=reply_id,
            part=part,
            code=code,
            subcode=subcode,
            retry_after=retry_after,
        )

    def fail_send(
        self, reply_id: str, part: int, reason: str, now: datetime, *, code: int | None, subcode: int | None
    ) -> None:
        """The channel said never."""
        self._next_out(reply_id, part)
        self.record(e.ReplyFailed, now, reply_id=reply_id, reason=reason, code=code, subcode=subcode)

    def _next_out(self, reply_id: str, part: int) -> Outgoing:
        reply = self.state.outgoing[0] if self.state.outgoing else None
        if reply is None or reply.reply_id != reply_id or reply.part != part:
            raise Refused("this part is not the next to send")
        return reply
