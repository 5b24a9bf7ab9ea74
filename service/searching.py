"""Search with what is to be shown of it: names, and the words around each hit, read from the log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from projections import searching
from projections.projection import Unreadable
from projections.searching import Place, Row, Wanted
from projections.timelines import readable, words_of
from projections.views import View
from service.storage import reading
from service.storage.codec import recorded_fields, recorded_personal
from service.storage.vault import ConversationKey, Vault

LONGEST_QUESTION: Final = 256
_TEXT: Final = r"[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*"
QUESTION_PATTERN: Final = rf"^{_TEXT}[^\s\u0000-\u001f\u007f-\u009f]{_TEXT}$"
"""Something to read, without the control characters that no text has."""

START: Final = "\x03"
STOP: Final = "\x04"
"""Stand around a hit. No searchable text has them."""

WHOLE: Final = f"StartSel={START}, StopSel={STOP}, HighlightAll=true"
PARTS: Final = (
    f"StartSel={START}, StopSel={STOP}, "
    'MaxFragments=2, MinWords=8, MaxWords=24, ShortWord=0, FragmentDelimiter=" … "'
)
SHORT: Final = 200
"""Characters of a text that is shown whole."""

SNIPPETS: Final = """
SELECT ts_headline(
    $1::text::regconfig, given.words, $2::text::tsquery,
    CASE WHEN length(given.words) <= $4 THEN $5::text ELSE $6::text END
)
FROM unnest($3::text[]) WITH ORDINALITY AS given (words, place) ORDER BY given.place
"""
NO_WORD: Final = (
    "q has no word that is searched for: only signs, operators, or words that are left out because in the "
    "language of this view every text has them"
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a text; ``hit``: it is one of the words asked for."""

    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A row that was found, with the newest name of its person and the words around what was asked for."""

    row: Row
    display_name: str | None
    snippet: list[Segment]


@dataclass(frozen=True, slots=True)
class Found:
    """A page. ``last`` is where it ends, None at the end of all; ``note`` says why there can be nothing.

    A page may be shorter than asked for though it is not the last: what cannot be read any more is left out.
    """

    hits: list[Hit]
    last: Place | None
    note: str | None = None


def read_question(text: str) -> str:
    """A question that can be asked. Raises :class:`ValueError`."""
    if not text.strip():
        raise ValueError("say what to search for")
    if len(text) > LONGEST_QUESTION:
        raise ValueError(f"at most {LONGEST_QUESTION} characters are expected")
    if not re.fullmatch(QUESTION_PATTERN, text) or re.search("[\ud800-\udfff]", text):
        raise ValueError("holds a character that no text has")
    return " ".join(text.split())


async def search(
    connection: asyncpg.Connection, vault: Vault, view: View, question: str, wanted: Wanted, limit: int
) -> Found:
    """A page of what was found, newest first, in the caller's transaction."""
    query = await searching.parse(connection, view, question)
    if query is None:
        return Found([], None, NO_WORD)
    rows = await searching.find(connection, view, query, wanted, limit + 1)
    page = rows[:limit]
    words = await _words(connection, vault, page)
    shown = [row for row in page if (row.conversation_id, row.version) in words]
    names = await reading.display_names(connection, vault, await searching.profiles(connection, view, shown))
    texts = [words[row.conversation_id, row.version] for row in shown]
    snippets = await _snippets(connection, view, query, texts)
    hits = [
        Hit(row, names.get(row.conversation_id), snippet)
        for row, snippet in zip(shown, snippets, strict=True)
    ]
    return Found(hits, page[-1].place if len(rows) > limit else None)


async def _words(
    connection: asyncpg.Connection, vault: Vault, rows: list[Row]
) -> dict[tuple[UUID, int], str]:
    """What the events say, by conversation and version; nothing of those whose key is destroyed."""
    if not rows:
        return {}
    columns = zip(*(row[:3] for row in rows), strict=True)
    keys: dict[UUID, ConversationKey] = {}
    words: dict[tuple[UUID, int], str] = {}
    for event in await connection.fetch(reading.WITH_KEYS, *map(list, columns)):
        conversation_id, version, sealed = event["conversation_id"], event["version"], event["sealed"]
        if conversation_id not in keys:
            keys[conversation_id] = vault.unwrap(conversation_id, event["wrapped"])
        key = keys[conversation_id]
        personal = None if sealed is None else recorded_personal(event["type"], key.open(version, sealed))
        fields = recorded_fields(event["type"], event["data"])
        if isinstance(fields, Unreadable) or isinstance(personal, Unreadable):
            continue
        said = words_of(event["type"], fields, personal)
        if said is not None:
            words[conversation_id, version] = said
    return words


async def _snippets(
    connection: asyncpg.Connection, view: View, query: str, texts: list[str]
) -> list[list[Segment]]:
    if not texts:
        return []
    rows = await connection.fetch(SNIPPETS, view.rules.language, query, texts, SHORT, WHOLE, PARTS)
    return [_segments(row[0]) for row in rows]


def _segments(headline: str) -> list[Segment]:
    """The pieces of a headline: of those between marks, every second one is a hit."""
    pieces = re.split(f"[{START}{STOP}]", headline)
    return [Segment(readable(text), hit=bool(n % 2)) for n, text in enumerate(pieces) if text]
