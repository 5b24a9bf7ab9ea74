"""Timelines that can be searched: a row for each message, reply, receipt and act, across conversations.

A row holds what is in the clear and, of the words, only the lexemes that full-text search needs; whoever
shows a row reads its event from the log. With a person's erasure their rows go, and none of their words is
indexed again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from projections.projection import Changes, RecordedEvent, Rules, Table
from projections.tables import state_table

Author = Literal["customer", "bot", "fallback", "person", "channel"]
"""Who did it. ``fallback``: the bot, with the configured text. ``channel``: the provider told us."""

AUTHORS: Final[tuple[Author, ...]] = ("customer", "bot", "fallback", "person", "channel")

LONGEST_WORDS: Final = 16_384
"""Characters of one event that are searched, four times the longest message of any channel. Far below what a
tsvector holds (1 MiB), whatever they are."""

LONGEST_RUN: Final = 255
"""Characters without a space that PostgreSQL's parser is given: it needs their square."""

ANGLE: Final = "\x01"
"""Stands for ``<`` in what is searched: people write no mark-up, and the parser would skip what looks like
it."""

BREAK: Final = "\x02"
"""Stands in what is searched where a run was broken, and for nothing of the text."""

_CONTROLS: Final = str.maketrans(dict.fromkeys((*range(32), *range(127, 160)), " ") | {ord("<"): ANGLE})
_RUN: Final = re.compile(rf"(\S{{{LONGEST_RUN}}})(?=\S)")


class _Shown(NamedTuple):
    """How one type of event is shown: who did it (None: whoever wrote the reply), the field that says when
    (None: when it was recorded), and the fields with words, in the clear and personal."""

    author: Author | None
    at: str | None = None
    clear: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()


SHOWN: Final[dict[str, _Shown]] = {
    "ConversationStarted": _Shown("customer", personal=("display_name", "username")),
    "MessageReceived": _Shown("customer", "sent_at", personal=("text", "attachments")),
    "MessageEdited": _Shown("customer", "edited_at", personal=("text",)),
    "MessageUnsent": _Shown("customer", "unsent_at"),
    "ReactionReceived": _Shown("customer", "reacted_at", clear=("reaction",), personal=("emoji",)),
    "ReferralReceived": _Shown("customer", "referred_at", clear=("source",)),
    "OptInReceived": _Shown("customer", "opted_at"),
    "ProfileChanged": _Shown("customer", personal=("display_name", "username")),
    "IdentityLinked": _Shown("channel", "changed_at", clear=("reason",)),
    "StandbyReceived": _Shown("customer", "sent_at", personal=("text", "attachments")),
    "EchoReceived": _Shown("person", "sent_at", personal=("text", "attachments")),
    "UpdateNoted": _Shown("channel", "occurred_at", clear=("update",)),
    "ThreadRebound": _Shown("bot", clear=("reason",)),
    "DraftFailed": _Shown("bot", clear=("code",)),
    "ToolCalled": _Shown("bot", clear=("name",), personal=("arguments",)),
    "ToolReturned": _Shown("bot", personal=("output",)),
    "ReplyDrafted": _Shown(None, personal=("text",)),
    "ReplySent": _Shown(None),
    "ReplyFailed": _Shown(None, clear=("reason",)),
    "DeliveryReported": _Shown("channel", "occurred_at", clear=("error_title",)),
    "HandedOver": _Shown("person", clear=("reason",)),
    "HandedBack": _Shown("person", clear=("reason",)),
    "CustomerLinked": _Shown("person", clear=("reason",)),
    "CustomerUnlinked": _Shown("person", clear=("reason",)),
    "ConversationErased": _Shown("person"),
}


def searchable(text: str) -> str:
    """A text, or a question, as it is given to PostgreSQL's parser: without control characters but
    :data:`ANGLE` and :data:`BREAK`, which :func:`readable` takes back."""
    words = text[:LONGEST_WORDS]
    if "<" in words or not words.isprintable():  # to translate takes ten times as long as to look
        words = words.translate(_CONTROLS)
    words = words.strip()
    return _RUN.sub(rf"\1{BREAK}", words) if len(words) > LONGEST_RUN else words


def readable(text: str) -> str:
    """The text again. What was a control character, a line's end too, is a space."""
    return text.replace(BREAK, "").replace(ANGLE, "<")


def words_of(event_type: str, fields: Any, personal: Any) -> str | None:
    """The words of an event as they are searched, None where it has none."""
    shown = SHOWN[event_type]
    parts = [getattr(fields, name) for name in shown.clear]
    if personal is not None:
        parts += [getattr(personal, name) for name in shown.personal]
    return searchable(" ".join(_flat(parts))) or None


def _flat(parts: Iterable[Any]) -> Iterable[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        elif part is not None:
            yield from (word for attached in part for word in (attached.title, attached.filename) if word)


@dataclass(slots=True)
class TimelineState:
    """What the rows of a conversation have in common. ``profile_version`` is that of the event with its
    newest name; ``authors`` who wrote the replies under way, by their id."""

    partition: int
    conversation_id: UUID
    channel: str = ""
    account_id: str = ""
    profile_version: int = 1
    erased: bool = False
    authors: dict[str, str] = field(default_factory=dict)


ROWS: Final = Table(
    name="timelines",
    columns={
        "partition": "smallint",
        "conversation_id": "uuid",
        "version": "integer",
        "type": "text",
        "kind": "text",
        "author": "text",
        "channel": "text",
        "account_id": "text",
        "recorded_at": "timestamptz",
        "at": "timestamptz",
        "words": "tsvector",
    },
    key=("partition", "conversation_id", "version"),
    indexes={
        # Rows that wait to be indexed are read through by every search, so they are kept few (in KiB);
        # to index each at once would cost three times as much (108 against 34 microseconds a row).
        "words": "USING gin (words) WITH (gin_pending_list_limit = 1024)",
        "recorded": "(recorded_at, conversation_id, version) WHERE words IS NOT NULL",
    },
    computed={"words": ("text", "to_tsvector('{language}'::regconfig, {})")},
)


class Timelines:
    """The projection ``timelines``."""

    name = "timelines"
    version = 1
    handles = frozenset(SHOWN)
    personal = True
    parameters = frozenset({"language"})
    state = TimelineState
    states = state_table("timeline_states", TimelineState)
    tables: tuple[Table, ...] = (ROWS,)

    def fold(self, state: TimelineState, event: RecordedEvent, _: Rules, changes: Changes) -> None:
        """Add the row of an event; on an erasure, take all before it away."""
        _recall(state, event)
        if event.type == "ConversationErased":
            changes.erase(ROWS.name, event.partition, event.conversation_id)
        row = (
            event.partition,
            event.conversation_id,
            event.version,
            event.type,
            _kind(event),
            _author(state, event),
            state.channel,
            state.account_id,
            event.recorded_at,
            _at(event),
            None if state.erased else words_of(event.type, event.fields, event.personal),
        )
        changes.append(ROWS.name, row[:3], row)


def _recall(state: TimelineState, event: RecordedEvent) -> None:
    match event.type:
        case "ConversationStarted":
            state.channel, state.account_id = event.fields.channel, event.fields.account_id
            state.profile_version = event.version
        case "ProfileChanged":
            state.profile_version = event.version
        case "ReplyDrafted":
            state.authors[event.fields.reply_id] = event.fields.author
        case "ConversationErased":
            state.erased = True
            state.authors.clear()
        case _:
            pass


def _kind(event: RecordedEvent) -> str | None:
    match event.type:
        case "MessageReceived" | "StandbyReceived" | "EchoReceived":
            kind: str = event.fields.kind
            return kind
        case "DeliveryReported":
            status: str = event.fields.status
            return status
        case "MessageEdited" | "ReplyDrafted":
            return "text"
        case _:
            return None


def _author(state: TimelineState, event: RecordedEvent) -> str:
    match event.type:
        case "StandbyReceived" if event.fields.from_business:
            return "person"
        case "HandedOver" | "HandedBack" if event.fields.actor == "provider":
            return "channel"
        case "ReplyDrafted":
            return state.authors[event.fields.reply_id]
        case "ReplySent" | "ReplyFailed":
            return state.authors.pop(event.fields.reply_id, "bot")
        case _:
            author = SHOWN[event.type].author
            assert author is not None, "replies are told apart above"
            return author


def _at(event: RecordedEvent) -> datetime:
    """When it happened by the provider's own time: one in the future counts as that of the record."""
    name = SHOWN[event.type].at
    told: datetime | None = getattr(event.fields, name) if name else None
    if told is None:
        return event.recorded_at
    received: datetime | None = getattr(event.fields, "received_at", None)
    return min(told, received or event.recorded_at)
