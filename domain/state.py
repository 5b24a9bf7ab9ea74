"""What a conversation remembers in order to decide: bounded, however long the conversation.

Texts are not in it; whoever drafts or sends reads them from the log by version.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

REMEMBERED_ALIASES: Final = 16
"""Other ids of a person that are kept to notice new ones."""

REMEMBERED_KEYS: Final = 64
"""Recent unique keys kept to answer duplicates without the database; its constraint covers all others."""

SERVICE_WINDOW: Final = timedelta(hours=24)
"""How long after the customer's last message free-form answers may be sent.
https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages"""

HUMAN_AGENT_WINDOW: Final = timedelta(days=7)
"""The same for what a person writes on Messenger and Instagram, tagged HUMAN_AGENT.
https://developers.facebook.com/docs/messenger-platform/policy/policy-overview"""

NUMBER_CHANGED: Final = "user_changed_number"
"""Why a person goes by another number: the old one is nobody's from then on, and somebody else's some day."""

CHANNEL: Final = "channel:"
"""What the actor begins with where the channel itself, and nobody of ours, passed a conversation on."""

DISCARDED: Final = "discarded_handed_over"
"""Code of a draft that came after a person had taken over: in the thread, and never with the customer."""

OVERTAKEN: Final = "answered_by_person"
"""Why a send of the bot's is not tried again that a person has answered in place of."""

HANDED_OVER: Final = "handed_over"
"""Why a written reply is dropped when a person takes over: its turn waits for them."""

LOCAL: Final = "local_"
OPENAI: Final = "conv_"

LONGEST_KEY: Final = 64


def remembered(key: str) -> str:
    """What is kept of a unique key: the key itself, or the digest of a long one."""
    return key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


ThreadKind = Literal["openai", "local", "retired"]


def thread_kind(thread_id: str) -> ThreadKind:
    """Where a thread lives: at OpenAI, only in our log, or at the Assistants API that is no more."""
    if thread_id.startswith(OPENAI):
        return "openai"
    return "local" if thread_id.startswith(LOCAL) else "retired"


@dataclass(slots=True)
class Turn:
    """Messages of the customer that one answer is to cover, from ``first`` to ``last`` version."""

    first: int
    last: int
    count: int
    since: datetime
    quiet_since: datetime
    last_message_id: str

    def joined(self, later: Turn | None) -> Turn:
        """The turn and what came after it, as one."""
        if later is None:
            return self
        return Turn(
            self.first,
            later.last,
            self.count + later.count,
            self.since,
            later.quiet_since,
            later.last_message_id,
        )


@dataclass(slots=True)
class Draft:
    """An answer that has been asked for and is not there yet.

    ``open`` while the outcome of the newest attempt is unknown. ``tools`` maps the calls that
    the model waits for to whether they have returned.
    """

    reply_id: str
    turn: Turn
    attempts: int
    attempted_at: datetime
    open: bool
    tools: dict[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class Outgoing:
    """A written reply on its way: ``part`` is the next to send, counted from 1."""

    reply_id: str
    version: int
    author: str
    parts: int
    part: int = 1
    attempts: int = 0
    attempted_at: datetime | None = None
    unsettled: bool = False
    """A send was begun and its outcome is not known."""
    deferred_for: float | None = None
    message_ids: list[str] = field(default_factory=list)
    turn: Turn | None = None
    """What waits again if it is dropped: what the bot was to answer, unless a person has since."""


@dataclass(slots=True)
class State:
    channel: str
    account_id: str
    sender_id: str
    thread_id: str
    display_name: str | None = None
    username: str | None = None
    last_item_id: str | None = None
    context_tokens: int = 0
    thread_turns: int = 0
    untold: int | None = None
    """First version from which on the thread was not told all that was said: what the model did not answer,
    what people wrote, and that an answer did not reach the customer."""
    aliases: list[str] = field(default_factory=list)
    left: dict[str, datetime] = field(default_factory=dict)
    """Numbers that the person gave up, and when: whoever writes from them later is somebody else."""
    answered_by: Literal["bot", "person"] = "bot"
    taken_by: str | None = None
    """Who took the conversation over, while a person answers."""
    erased: bool = False
    customer_id: str | None = None
    """The customer that a person linked this conversation to; None: a customer of its own."""

    messages: int = 0
    session: int = 0
    session_messages: int = 0
    latest_sent_at: datetime | None = None
    keys: list[str] = field(default_factory=list)

    unanswered: Turn | None = None
    draft: Draft | None = None
    outgoing: list[Outgoing] = field(default_factory=list)
    last_sent: Outgoing | None = None
    """The newest reply that is sent, so that its receipts find it."""
