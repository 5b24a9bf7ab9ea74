"""The projection `timelines`: what is a row, what of its words is kept, and that an erasure takes both."""

from __future__ import annotations

import string
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from itertools import islice, product
from typing import Any

import asyncpg
import pytest
from hypothesis import given

from domain import events as e
from domain.conversation import Conversation
from domain.events import Fact
from domain.identity import Sender, partition_of
from domain.inbound import Attachment
from domain.steps import Policy
from projections import tables, views
from projections.projection import Changes, RecordedEvent, Rules
from projections.timelines import (
    LONGEST_RUN,
    LONGEST_WORDS,
    ROWS,
    SHOWN,
    Timelines,
    TimelineState,
    readable,
    searchable,
    words_of,
)
from projections.views import View
from service.storage.codec import encode, recorded_fields, recorded_personal
from service.storage.database import Database
from tests.storage.event_values import ANY_EVENT, TEXTS, event_of
from tests.storage.streams import NOW, message

TIMELINES = Timelines()
LATER = NOW + timedelta(minutes=5)


def recorded(fact: Fact, *, erased: bool = False) -> RecordedEvent:
    """An event as the feed hands it over; `erased`: when its key is destroyed."""
    name, clear, personal = encode(fact)
    return RecordedEvent(
        partition_of(fact.originator_id, 64),
        fact.originator_version,
        fact.originator_id,
        fact.originator_version,
        name,
        fact.timestamp,
        recorded_fields(name, clear),
        None if personal is None or erased else recorded_personal(name, personal),
    )


def folded(*facts: Fact, erased: bool = False) -> dict[int, dict[str, Any]]:
    """The rows of one conversation by version, all folded in one batch."""
    changes = fold([recorded(fact, erased=erased) for fact in facts])
    rows = changes.appended["timelines"].values()
    return {row[2]: dict(zip(ROWS.columns, row, strict=True)) for row in rows}


def fold(events: Iterable[RecordedEvent], state: TimelineState | None = None) -> Changes:
    changes = Changes()
    for event in events:
        state = state or TimelineState(event.partition, event.conversation_id)
        if event.type in SHOWN:
            TIMELINES.fold(state, event, Rules(), changes)
    return changes


def answered(text: str = "Where is my parcel?", reply: str = "On its way.") -> Conversation:
    """A person who asked, was answered, and whose reply was delivered."""
    sender = Sender("whatsapp", "100", "4915112345678")
    conversation = Conversation.start(sender, "conv_1", NOW)
    conversation.observe(message(sender, "wamid.1", text), NOW, Policy())
    reply_id = conversation.attempt_draft("r1", LATER)
    conversation.record_draft(
        reply_id, LATER, text=reply, parts=1, author="bot", outcome="completed", thread_id="conv_1"
    )
    conversation.attempt_send(reply_id, 1, "reference", LATER)
    conversation.record_sent(reply_id, 1, "wamid.2", LATER)
    return conversation


def test_what_is_said_and_done_is_a_row_and_what_is_only_tried_is_none() -> None:
    rows = folded(*answered().new_facts())
    assert {version: (row["type"], row["author"], row["kind"]) for version, row in rows.items()} == {
        1: ("ConversationStarted", "customer", None),
        2: ("MessageReceived", "customer", "text"),
        4: ("ReplyDrafted", "bot", "text"),
        6: ("ReplySent", "bot", None),
    }
    assert rows[2]["words"] == "Where is my parcel?"
    assert rows[4]["words"] == "On its way."
    assert {(row["channel"], row["account_id"]) for row in rows.values()} == {("whatsapp", "100")}
    assert [row["recorded_at"] for row in rows.values()] == [NOW, NOW, LATER, LATER]


def test_every_stored_type_is_shown_or_known_not_to_be() -> None:
    tried = {"DraftAttempted", "DuplicateReceived", "PartSent", "ReplyAttempted", "ReplyDeferred"}
    assert set(SHOWN) | tried == set(e.EVENT_TYPES)
    assert not set(SHOWN) & tried


@given(ANY_EVENT)
def test_any_event_gives_a_row_whose_words_are_what_can_be_read(event: Fact) -> None:
    name = type(event).__name__
    if name not in SHOWN:
        return
    [row] = folded(event).values()
    handed = recorded(event)
    assert row["words"] == words_of(name, handed.fields, handed.personal)
    assert row["author"] in {"customer", "bot", "fallback", "person", "channel"} or name == "ReplyDrafted"


def test_a_reply_is_by_who_wrote_it_until_it_is_sent_or_failed() -> None:
    drafted = {"text": "We are closed.", "parts": 1, "outcome": "fallback", "answers_through": 2}
    events: list[tuple[type[Fact], dict[str, Any]]] = [
        (e.ReplyDrafted, {"reply_id": "a", "author": "fallback", "thread_id": "t", **drafted}),
        (e.ReplyDrafted, {"reply_id": "b", "author": "person", "thread_id": "t", **drafted}),
        (e.ReplyFailed, {"reply_id": "b", "reason": "blocked"}),
        (e.ReplySent, {"reply_id": "a", "message_ids": ("wamid.1",)}),
        (e.ReplyFailed, {"reply_id": "never drafted", "reason": "given up"}),
    ]
    rows = folded(*(event_of(c, originator_version=n, **f) for n, (c, f) in enumerate(events, 1)))
    assert [row["author"] for row in rows.values()] == ["fallback", "person", "person", "fallback", "bot"]
    assert rows[3]["words"] == "blocked"


def test_what_others_do_is_theirs() -> None:
    when = {"sent_at": NOW, "kind": "text", "message_id": "m"}
    cases: list[tuple[Fact, str, str | None]] = [
        (event_of(e.EchoReceived, text="Let me see", **when), "person", "text"),
        (event_of(e.StandbyReceived, text="Hi", **when), "customer", "text"),
        (event_of(e.StandbyReceived, text="Hello", from_business=True, **when), "person", "text"),
        (event_of(e.HandedOver, actor="operator"), "person", None),
        (event_of(e.HandedOver, actor="provider"), "channel", None),
        (event_of(e.DeliveryReported, status="read", occurred_at=NOW), "channel", "read"),
        (event_of(e.ToolCalled, reply_id="r", call_id="c", name="find_order", arguments="{}"), "bot", None),
        (event_of(e.IdentityLinked, linked_id="9", reason="user_changed_number"), "channel", None),
    ]
    for fact, author, kind in cases:
        [row] = folded(fact).values()
        assert (row["author"], row["kind"]) == (author, kind), fact


def test_it_happened_when_the_provider_says_but_never_after_it_was_recorded() -> None:
    early, late = NOW - timedelta(hours=1), NOW + timedelta(days=400)
    said = {"message_id": "m", "kind": "text", "session": 1, "session_message": 1, "timestamp": LATER}
    assert folded(event_of(e.MessageReceived, sent_at=early, **said))[1]["at"] == early
    assert folded(event_of(e.MessageReceived, sent_at=late, **said))[1]["at"] == LATER
    received = event_of(e.MessageReceived, sent_at=late, received_at=NOW, **said)
    assert folded(received)[1]["at"] == NOW
    linked = event_of(e.IdentityLinked, linked_id="9", reason="changed", timestamp=LATER)
    assert folded(linked)[1]["at"] == LATER


def test_names_titles_and_what_tools_were_told_are_words() -> None:
    parcel = Attachment(kind="document", filename="invoice.pdf", title="Invoice 17", url="https://x.example")
    said = {"message_id": "m", "kind": "document", "sent_at": NOW, "session": 1, "session_message": 1}
    facts = [
        event_of(e.ProfileChanged, display_name="Ada Lovelace", username="ada"),
        event_of(e.MessageReceived, text="See this", attachments=(parcel,), **said),
        event_of(e.ToolCalled, reply_id="r", call_id="c", name="find_order", arguments='{"id": 17}'),
        event_of(e.ReactionReceived, message_id="m", reacted_at=NOW, reaction="love", emoji="😍"),
        event_of(e.MessageUnsent, message_id="m", unsent_at=NOW),
    ]
    words = [folded(fact)[1]["words"] for fact in facts]
    assert words == [
        "Ada Lovelace ada",
        "See this Invoice 17 invoice.pdf",
        'find_order {"id": 17}',
        "love 😍",
        None,
    ]


def test_an_erasure_takes_every_row_before_it_and_no_words_come_after() -> None:
    conversation = answered()
    conversation.erase("operator", "certificate", LATER, reason="asked by letter")
    facts = conversation.new_facts()
    late = event_of(
        e.DeliveryReported,
        status="failed",
        occurred_at=LATER,
        error_title="Gone",
        originator_id=conversation.id,
        originator_version=len(facts) + 1,
    )
    for erased in (False, True):
        rows = folded(*facts, late, erased=erased)
        assert [(row["type"], row["words"]) for row in rows.values()] == [
            ("ConversationErased", None),
            ("DeliveryReported", None),
        ]


def test_without_its_key_an_event_is_a_row_without_what_is_personal() -> None:
    rows = folded(*answered().new_facts(), erased=True)
    assert [row["words"] for row in rows.values()] == [None] * 4


@given(TEXTS)
def test_what_is_searched_of_a_text_reads_as_the_text(text: str) -> None:
    plain = "".join(" " if c < " " or "\x7f" <= c < "\xa0" else c for c in text).strip()
    assert readable(searchable(text)) == plain


def test_an_unbroken_run_is_broken_and_reads_as_it_was() -> None:
    run = "x" * 10_000
    assert max(map(len, searchable(run).split("\x02"))) == LONGEST_RUN
    assert readable(searchable(run)) == run
    assert len(readable(searchable("word " * 10_000))) <= LONGEST_WORDS


# In PostgreSQL


@pytest.fixture
async def view(database: Database) -> AsyncIterator[tuple[asyncpg.Connection, View]]:
    """Empty tables of the projection, in a transaction."""
    async with database.transaction() as connection:
        yield connection, await views.create(connection, TIMELINES, "tried", Rules(), "live")


async def write(connection: asyncpg.Connection, view: View, *facts: Fact) -> list[str | None]:
    """Write the rows as the engine does; their lexemes."""
    await tables.write(connection, view, TIMELINES, {}, set(), fold(map(recorded, facts)))
    statement = f"SELECT words::text FROM {view.table(ROWS)} ORDER BY version"
    return [row[0] for row in await connection.fetch(statement)]


def said(text: str, version: int = 1) -> Fact:
    return event_of(
        e.MessageReceived,
        originator_version=version,
        message_id=f"m{version}",
        kind="text",
        sent_at=NOW,
        session=1,
        session_message=version,
        text=text,
    )


def unique_words(size: int) -> str:
    words = ("".join(letters) for letters in product(string.ascii_lowercase, repeat=5))
    return " ".join(islice(words, size // 6))


ODD = {
    "a megabyte of unique words": unique_words(2**20),
    "a megabyte of unique short words": " ".join(chr(0x4E00 + n) for n in range(20_000)) * 10,
    "a word of 10,000 letters": "x" * 10_000,
    "a megabyte in one word": "é" * 2**20,
    "U+0000": "before\x00after",
    "control characters": "before" + "".join(map(chr, range(32))) + "after",
    "quotes and backslashes": "it's \\ 'quoted' \"twice\" $1 {} {language} %s",
    "mark-up": "<b>bold</b> <script>alert(1)</script> <!-- <!-- &amp; &#60;",
    "right to left": "מָה שְׁלוֹמְךָ 👩‍👩‍👧 مرحبا",
    "no words": "… !? 👍",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
async def test_odd_texts_are_written(view: tuple[asyncpg.Connection, View], text: str) -> None:
    [words] = await write(*view, said(text))
    assert words is not None


async def test_mark_up_is_words_like_any_other(view: tuple[asyncpg.Connection, View]) -> None:
    [words] = await write(*view, said("<b>bold</b><br>next"))
    assert words is not None
    assert {"'bold'", "'next'"} <= {word.split(":")[0] for word in words.split(" ")}


@pytest.mark.parametrize("unit", ["a_", "./", "~/", "<!--", "a-", "a@", "1.", "http://a/"])
async def test_no_text_takes_the_parser_long(view: tuple[asyncpg.Connection, View], unit: str) -> None:
    connection, there = view
    await connection.execute("SET LOCAL statement_timeout = '2s'")  # unbroken, 20 s and more
    assert await write(connection, there, said(unit * (2**20 // len(unit))))


async def test_the_lexemes_are_of_the_language_of_the_view(database: Database) -> None:
    for language, expected in {"english": "'parcel':3", "simple": "'are':1 'parcels':3 'the':2"}.items():
        async with database.transaction() as connection:
            there = await views.create(connection, TIMELINES, language, Rules(language=language))
            assert await write(connection, there, said("Are the parcels")) == [expected]


async def test_an_erasure_leaves_no_lexeme_in_the_table(view: tuple[asyncpg.Connection, View]) -> None:
    connection, there = view
    assert len(await write(connection, there, said("secret"), said("also secret", 2))) == 2
    erased = event_of(e.ConversationErased, actor="operator", certificate_id="c", originator_version=3)
    assert await write(connection, there, erased) == [None]
