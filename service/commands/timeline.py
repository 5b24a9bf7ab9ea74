"""``onethread timeline``: what happened in a conversation, event by event or turn by turn, then and now."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar
from uuid import UUID

import asyncpg
import msgspec
import orjson
from cyclopts import Parameter
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.identity import CHANNELS, Sender
from projections.timelines import SHOWN
from service.commands.offline import Offline, opened
from service.commands.options import check_limit, check_text
from service.settings import SettingsError
from service.storage import identities, reading, turns
from service.storage.database import Unavailable
from service.storage.log import END_OF_STREAM
from service.storage.reading import Known, one_view
from service.storage.turns import Asked
from service.web.parameters import KINDS, read_instant
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

console = Console(highlight=False)
if not console.is_terminal:
    console.width = 140


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
        Only what was recorded at this instant or later, as 2026-11-24T08:00:00Z.
    before
        Only what was recorded before this instant.
    as_of
        As it was at this instant.
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
        _read("kinds", KINDS.read, ",".join(kinds)) if kinds else None,
        _read("after", read_instant, after),
        _read("before", read_instant, before),
        _read("as_of", read_instant, as_of),
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


def _read(name: str, read: Callable[[str], T], given: str | None) -> T | None:
    """A value as the API would read it, refused with the same words."""
    try:
        return None if given is None else read(given)
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from None


async def _events(conversation: str, wanted: _Wanted, *, as_json: bool) -> None:
    async with opened() as there:
        conversation_id = await _identified(there, conversation)
        async with one_view(there.database) as connection:
            known = await _known(there, connection, conversation_id)
            below = await _below(connection, known, wanted.as_of)
            items = await _timeline(connection, known, wanted, above=0, below=below)
    if as_json:
        _print_json({"conversation_id": conversation_id, "items": items})
        return
    table = _table("version", "recorded", "what", "words")
    for item in items:
        table.add_row(*_cells(item), style=_style(item))
    console.print(table)


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
        conversation_id = await _identified(there, conversation)
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
        _print_json({"conversation_id": conversation_id, "items": items})
        return
    table = _table("versions", "question", "answer", "outcome", "waited", "tokens", "cost", "delivery")
    for turn in folded:
        table.add_row(*_turn_cells(turn), style=FAILED if turn.outcome == "failed" else "")
    console.print(table)


# Following


async def _follow(conversation: str, wanted: _Wanted, *, as_json: bool) -> None:
    """Print the newest events and whatever comes, each once, waiting out outages of the database."""
    async with opened() as there:
        conversation_id = await _identified(there, conversation)
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
            _print_json({"conversation_id": conversation_id, **item})
        else:
            version, recorded, what, words = _cells(item)
            line = Text.assemble(f"{version:>7}  {recorded}  {what:<19}  ", words, style=_style(item))
            console.print(line, soft_wrap=True)
    sys.stdout.flush()


# Finding


async def _identified(there: Offline, text: str) -> UUID:
    """The conversation that an id, or a person's address, leads to."""
    with suppress(ValueError):
        return UUID(text)
    channel, _, rest = text.partition(":")
    account_id, _, sender_id = rest.partition(":")
    if channel not in CHANNELS or not account_id or not sender_id:
        raise SettingsError("conversation: give its id, or channel:account:sender")
    check_text("conversation", sender_id)
    check_text("conversation", account_id)
    conversation_id = Sender(channel, account_id, sender_id).conversation_id
    async with there.database.connection() as connection:
        linked = await identities.resolve(connection, [conversation_id], there.database.partitions)
    return linked.get(conversation_id, conversation_id)


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


def _table(first: str, *others: str) -> Table:
    """A table whose first column is never cut, since it is what one copies."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, overflow="ellipsis", no_wrap=True)
    return table


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


def _print_json(value: Any) -> None:
    sys.stdout.write(orjson.dumps(value, default=str).decode() + "\n")
