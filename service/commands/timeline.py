"""``onethread timeline``: what happened in a conversation, event by event or turn by turn, then and now."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar
from uuid import UUID

import asyncpg
import msgspec
from cyclopts import Parameter
from rich.text import Text

from projections.timelines import SHOWN
from service.commands.offline import Offline, opened
from service.commands.options import check_limit, identified, instant, option
from service.commands.showing import console, print_json, table
from service.settings import SettingsError
from service.storage import reading, turns
from service.storage.database import Unavailable
from service.storage.log import END_OF_STREAM
from service.storage.reading import Known, one_view
from service.storage.turns import Asked
from service.web.parameters import KINDS
from service.web.timeline import prices_of
from service.web.turns import Turn
from service.web.turns import fold as fold_turns

T = TypeVar("T")

SHORT: Final = 60
"""Characters of a text that a table shows."""

POLL: Final = 0.3
"""Seconds between looks for what was recorded since."""

SLICE: Final = 500

STYLES: Final = {
    "customer": "cyan",
    "bot": "green",
    "fallback": "yellow",
    "person": "magenta",
    "channel": "bright_black",
}
"""How the events of each author are shown; what failed is red."""

FAILED: Final = "red"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be shown of a conversation."""

    kinds: Sequence[str] | None
    after: datetime | None
    before: datetime | None
    as_of: datetime | None
    limit: int
    newest: bool


def timeline(
    conversation: str,
    /,
    *,
    kinds: list[str] | None = None,
    fold: Literal["turns"] | None = None,
    after: str | None = None,
    before: str | None = None,
    as_of: str | None = None,
    tz: str | None = None,
    limit: int = 200,
    newest: bool = False,
    follow: bool = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """What happened in a conversation, from the log itself.

    Parameters
    ----------
    conversation
        Its id, or channel:account:sender.
    kinds
        Only these types of events (MessageReceived, ReplySent, …).
    fold
        turns: what the customer said and the answer to it in one line each, with what it took.
    after
        Only what was recorded at this instant or later, as 2026-11-24T08:00Z.
    before
        Only what was recorded before this instant.
    as_of
        As it was at this instant.
    tz
        The zone of instants that are given without one, as Europe/Berlin.
    limit
        Events, or turns, at most.
    newest
        The newest first.
    follow
        Show the newest, then go on with what is recorded, until Ctrl-C.
    as_json
        Print JSON for programs; with --follow one line for each event.
    """
    check_limit(limit)
    wanted = _Wanted(
        option("kinds", KINDS.read, ",".join(kinds)) if kinds else None,
        instant("after", after, tz),
        instant("before", before, tz),
        instant("as_of", as_of, tz),
        limit,
        newest,
    )
    if kinds and fold:
        raise SettingsError("kinds: not together with fold")
    if follow:
        for name, given in (("fold", fold), ("before", before), ("as_of", as_of), ("newest", newest)):
            if given:
                raise SettingsError(f"{name}: not together with follow")
        with suppress(KeyboardInterrupt):
            asyncio.run(_follow(conversation, wanted, as_json=as_json))
    elif fold:
        asyncio.run(_turns(conversation, wanted, as_json=as_json))
    else:
        asyncio.run(_events(conversation, wanted, as_json=as_json))


async def _events(conversation: str, wanted: _Wanted, *, as_json: bool) -> None:
    async with opened() as there:
        conversation_id = await identified(there, conversation)
        async with one_view(there.database) as connection:
            known = await _known(there, connection, conversation_id)
            below = await _below(connection, known, wanted.as_of)
            items = await _timeline(connection, known, wanted, above=0, below=below)
    if as_json:
        print_json({"conversation_id": conversation_id, "items": items})
        return
    shown = table("version", "recorded", "what", "words")
    for item in items:
        shown.add_row(*_cells(item), style=_style(item))
    console.print(shown)


async def _timeline(
    connection: asyncpg.Connection, known: Known, wanted: _Wanted, *, above: int, below: int
) -> list[dict[str, Any]]:
    return await reading.timeline(
        connection,
        known,
        above=above,
        below=below,
        kinds=wanted.kinds,
        after=wanted.after,
        before=wanted.before,
        limit=wanted.limit,
        descending=wanted.newest,
    )


async def _turns(conversation: str, wanted: _Wanted, *, as_json: bool) -> None:
    async with opened() as there:
        conversation_id = await identified(there, conversation)
        async with one_view(there.database) as connection:
            known = await _known(there, connection, conversation_id)
            below = await _below(connection, known, wanted.as_of)
            asked = Asked(
                above=0,
                below=below,
                newest=await turns.newest_version(connection, known, below),
                after=wanted.after,
                before=wanted.before,
                limit=wanted.limit,
                descending=wanted.newest,
                open=True,
            )
            spans = await turns.read_spans(connection, known, asked)
            traces = await turns.read_traces(connection, known, asked, spans)
            folded = fold_turns(spans, traces, await prices_of(connection))
    if as_json:
        items = [msgspec.to_builtins(turn, builtin_types=(datetime,)) for turn in folded]
        print_json({"conversation_id": conversation_id, "items": items})
        return
    shown = table("versions", "question", "answer", "outcome", "waited", "tokens", "cost", "delivery")
    for turn in folded:
        shown.add_row(*_turn_cells(turn), style=FAILED if turn.outcome == "failed" else "")
    console.print(shown)


# Following


async def _follow(conversation: str, wanted: _Wanted, *, as_json: bool) -> None:
    """Print the newest events and whatever comes, each once, waiting out outages of the database."""
    async with opened() as there:
        conversation_id = await identified(there, conversation)
        async with one_view(there.database) as connection:
            known = await _known(there, connection, conversation_id)
            seen = await turns.newest_version(connection, known, END_OF_STREAM)
            latest = _Wanted(wanted.kinds, wanted.after, None, None, wanted.limit, newest=True)
            items = await _timeline(connection, known, latest, above=0, below=seen + 1)
        _print_lines(conversation_id, reversed(items), as_json=as_json)
        further = _Wanted(wanted.kinds, wanted.after, None, None, SLICE, newest=False)
        away = False
        while True:
            await asyncio.sleep(POLL)
            try:
                seen, items = await _since(there, conversation_id, further, seen)
            except Unavailable:
                if not away:
                    sys.stderr.write("the database is away; waiting for it\n")
                away = True
            else:
                away = False
                _print_lines(conversation_id, items, as_json=as_json)


async def _since(
    there: Offline, conversation_id: UUID, wanted: _Wanted, seen: int
) -> tuple[int, list[dict[str, Any]]]:
    """The version that is looked through up to, and what is wanted past the one seen."""
    async with one_view(there.database) as connection:
        known = await _known(there, connection, conversation_id)
        newest = min(await turns.newest_version(connection, known, END_OF_STREAM), seen + SLICE)
        if newest == seen:
            return seen, []
        return newest, await _timeline(connection, known, wanted, above=seen, below=newest + 1)


def _print_lines(conversation_id: UUID, items: Iterable[dict[str, Any]], *, as_json: bool) -> None:
    for item in items:
        if as_json:
            print_json({"conversation_id": conversation_id, **item})
        else:
            version, recorded, what, words = _cells(item)
            line = Text.assemble(f"{version:>7}  {recorded}  {what:<19}  ", words, style=_style(item))
            console.print(line, soft_wrap=True)
    sys.stdout.flush()


# Finding


async def _known(there: Offline, connection: asyncpg.Connection, conversation_id: UUID) -> Known:
    known = await reading.find(connection, there.vault, conversation_id, there.database.partitions)
    if known is None:
        raise SettingsError(f"conversation: there is no {conversation_id}")
    return known


async def _below(connection: asyncpg.Connection, known: Known, as_of: datetime | None) -> int:
    if as_of is None:
        return END_OF_STREAM
    version = await reading.version_at(connection, known, as_of)
    if not version:
        raise SettingsError("as_of: the conversation had not begun by then")
    return version + 1


# Showing


def _cells(item: dict[str, Any]) -> tuple[str, str, str, Text]:
    recorded = f"{item['recorded_at']:%Y-%m-%d %H:%M:%S}"
    return str(item["version"]), recorded, item["type"], Text(_words(item))


def _style(item: dict[str, Any]) -> str:
    if item["type"] in {"DraftFailed", "ReplyFailed"} or item.get("status") == "failed" or item.get("failed"):
        return FAILED
    shown = SHOWN.get(item["type"])
    author: str = item.get("author") or (shown.author if shown else None) or "bot"
    return STYLES.get(author, "")


def _words(item: dict[str, Any]) -> str:
    """What a person wants to read of an event."""
    members = ("text", "status", "reason", "code", "thread_id", "name", "reference", "customer_id")
    return _cut(next((str(item[member]) for member in members if item.get(member)), ""))


def _turn_cells(turn: Turn) -> tuple[str | Text, ...]:
    said = " / ".join(message.text or message.kind for message in turn.question)
    answer = turn.answer
    tokens = turn.usage
    return (
        f"{turn.first_version}-{turn.last_version}",
        Text(_cut(said), style=STYLES["customer"]),
        Text(_cut(answer.text or "") if answer else "", style=STYLES[answer.author] if answer else ""),
        turn.outcome,
        "" if turn.waited_ms is None else f"{turn.waited_ms / 1000:.1f} s",
        "" if tokens is None else f"{tokens.input_tokens or 0} + {tokens.output_tokens or 0}",
        "" if turn.cost_billionths is None else f"{turn.cost_billionths / 1e9:.6f} {turn.currency}",
        turn.delivery or "",
    )


def _cut(words: str) -> str:
    text = " ".join(words.split())
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"
