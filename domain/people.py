"""What people of the business do in a conversation, and until when they may write."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain import events as e
from domain.state import HANDED_OVER, HUMAN_AGENT_WINDOW, SERVICE_WINDOW, State


class Refused(Exception):
    """The command does not fit the conversation as it is now; nothing was recorded."""


class WindowClosed(Refused):
    """The channel takes nothing of the kind until the customer writes again; the words name its rule."""


_WINDOW_RULES = {
    "whatsapp": "the customer's last message is 24 hours old: WhatsApp takes nothing but a template until "
    "the customer writes again",
    "page": "the customer's last message is 7 days old: Messenger and Instagram take nothing, not even from "
    "a person (HUMAN_AGENT), until the customer writes again",
}


class PeoplesActs:
    """The part of the aggregate that people command. Every act carries its ``actor``."""

    if TYPE_CHECKING:  # the aggregate has them
        state: State

        version: int

        @property
        def id(self) -> UUID: ...

        def record(self, event_class: type[e.Fact], now: datetime, **fields: Any) -> None: ...

    @property
    def window_closes_at(self) -> datetime | None:
        """Until when free-form answers are allowed, by the customer's own latest timestamp."""
        latest = self.state.latest_sent_at
        return None if latest is None else latest + SERVICE_WINDOW

    def window_of(self, author: str) -> datetime | None:
        """Until when what ``author`` wrote may be sent: people may longer, where the channel lets them."""
        latest, closes = self.state.latest_sent_at, self.window_closes_at
        if latest is None or author != "person" or self.state.channel == "whatsapp":
            return closes
        return latest + HUMAN_AGENT_WINDOW

    def hand_over(self, actor: str, now: datetime, *, reason: str | None = None) -> None:
        """A person answers from now on, and what the bot was about to send is dropped, but for a part that
        may be out already; the customer waits for the person then. What people wrote is sent all the same.
        Raises :class:`Refused` where one does already."""
        if self.state.erased or self.state.answered_by == "person":
            raise Refused("a person answers already, or nobody is left to answer")
        self.record(e.HandedOver, now, actor=actor, reason=reason)
        for reply in [o for o in self.state.outgoing if o.author != "person" and not o.unsettled]:
            self.record(e.ReplyFailed, now, reply_id=reply.reply_id, reason=HANDED_OVER)

    def write(self, reply_id: str, text: str, parts: int, actor: str, now: datetime) -> None:
        """A person says something to the customer, and so answers all that was said.

        Raises :class:`Refused` while the bot answers, and :class:`WindowClosed`.
        """
        if self.state.erased or self.state.answered_by == "bot":
            raise Refused("the bot answers, or nobody is left to answer")
        closes = self.window_of("person")
        if closes is not None and now >= closes:
            raise WindowClosed(_WINDOW_RULES["whatsapp" if self.state.channel == "whatsapp" else "page"])
        self.record(
            e.ReplyDrafted,
            now,
            reply_id=reply_id,
            text=text,
            parts=parts,
            author="person",
            outcome="completed",
            answers_through=self.version,
            thread_id=self.state.thread_id,
            actor=actor,
        )

    def hand_back(self, actor: str, now: datetime, *, reason: str | None = None) -> None:
        """The bot answers again. Raises :class:`Refused` where it does already."""
        if self.state.erased or self.state.answered_by == "bot":
            raise Refused("the bot answers already, or nobody is left to answer")
        self.record(e.HandedBack, now, actor=actor, reason=reason)

    def link_customer(
        self, customer_id: str, actor: str, now: datetime, *, reason: str | None = None
    ) -> None:
        """Count the conversation as that customer's from now on; others linked to it stay where they are.

        Records nothing where it is that customer's already. Raises :class:`Refused` for its own id.
        """
        if self.state.erased:
            raise Refused("the person has been erased")
        if customer_id == str(self.id):
            raise Refused("a conversation is not linked to itself; unlinking makes it a customer of its own")
        if customer_id != self.state.customer_id:
            self.record(e.CustomerLinked, now, customer_id=customer_id, actor=actor, reason=reason)

    def unlink_customer(self, actor: str, now: datetime, *, reason: str | None = None) -> None:
        """Count the conversation as a customer of its own. Records nothing where it is one."""
        if self.state.erased:
            raise Refused("the person has been erased")
        if self.state.customer_id is not None:
            self.record(e.CustomerUnlinked, now, actor=actor, reason=reason)

    def erase(self, actor: str, certificate_id: str, now: datetime, *, reason: str | None = None) -> None:
        """Forget the person. Raises :class:`Refused` where that is done."""
        if self.state.erased:
            raise Refused("the person has been erased already")
        self.record(e.ConversationErased, now, actor=actor, certificate_id=certificate_id, reason=reason)
