"""What has been said, read from the log: the turn to be answered, and the past for a new thread."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import asyncpg

from domain import events as e
from domain.inbound import Attachment
from domain.state import DISCARDED, Draft, Turn, thread_kind
from service.storage import log
from service.storage.log import Live
from service.threads import Role, Said

SPOKEN: Final = ("MessageReceived", "MessageEdited", "MessageUnsent", "ReplyDrafted", "EchoReceived")
OUTCOMES: Final = ("DraftAttempted", "DraftFailed", "ReplySent", "ReplyFailed")
LONGEST_LOOK_BACK: Final = 600
"""Spoken events read when a thread is seeded; older ones are not told any more."""

LEAST_TURNS: Final = 5
WORD_FOR_WORD: Final = 10
"""Turns told word for word when a thread is seeded, as far as the budget goes; never fewer than the least."""

LONGEST_TURN: Final = 40
"""Messages of one turn that are put to the model; of more, the last."""

OVERTAKEN_BY: Final = 20
"""Events before a turn in which an edit, or an unsending, may have arrived earlier than its message."""

SUMMARY_LINE: Final = 120
INTERRUPTED: Final = '{"error": "interrupted, not available"}'
CHARACTERS_A_TOKEN: Final = 4
NOT_HEARD: Final = Said("user", "[Your last answer did not reach the customer.]")


async def unanswered(connection: asyncpg.Connection, live: Live, turn: Turn, budget: int) -> list[Said]:
    """What the conversation's thread has to be told for an answer to the turn; empty where the customer has
    taken all of it back.

    First what was said earlier and the thread does not know, a summary of it where it is long; then the turn,
    as it stands after edits. What the bot said is in the thread, which learns where nobody got it.
    """
    state = live.conversation.state
    kept = thread_kind(state.thread_id) == "openai"
    first = min(turn.first, state.untold or turn.first) if kept else turn.first
    types, after = (*SPOKEN, *OUTCOMES), max(0, first - 1 - OVERTAKEN_BY)
    events = await log.read_spoken(connection, live, types, after=after, limit=LONGEST_LOOK_BACK)
    if len(events) == LONGEST_LOOK_BACK:  # the newest count
        end = live.conversation.version + 1
        events = await log.read_spoken_back(connection, live, types, before=end, limit=LONGEST_LOOK_BACK)
    known = (
        {d.reply_id for d in events if isinstance(d, e.ReplyDrafted) and d.author == "bot"} if kept else set()
    )
    lines = [
        (Said(role, text), version)
        for text, version, role in _as_it_stands(events, known)
        if first <= version <= turn.last
    ]
    earlier = [said for said, version in lines if version < turn.first]
    now = [said for said, version in lines if version >= turn.first][-LONGEST_TURN:]
    if not any(said.role == "user" for said in now):
        return []
    if kept and _unheard(events, first, state.thread_id):
        now, earlier = (now, [NOT_HEARD, *earlier]) if earlier else ([NOT_HEARD, *now], [])
    older = earlier[:-LONGEST_TURN]
    return ([_summary(older, budget)] if older else []) + earlier[-LONGEST_TURN:] + now


def _unheard(events: Sequence[e.Fact], first: int, thread_id: str) -> bool:
    """Whether the thread holds an answer from version ``first`` on, or may, that the customer did not get."""
    asked: dict[str, str] = {}
    failed = False
    attempts = [event for event in events if isinstance(event, e.DraftAttempted)]
    for event in events:
        if event.originator_version < first:
            continue
        match event:
            case e.DraftAttempted() if event is not attempts[-1]:  # the newest is what is asked now
                asked[event.reply_id] = event.thread_id
            case e.ReplyDrafted(author="bot"):
                asked[event.reply_id] = event.thread_id
            case e.DraftFailed() if event.code != DISCARDED:
                asked.pop(event.reply_id, None)
            case e.DraftFailed() | e.ReplyFailed():
                failed = failed or asked.pop(event.reply_id, None) == thread_id
            case e.ReplySent():
                asked.pop(event.reply_id, None)
            case _:
                pass
    return failed or thread_id in asked.values()


async def past(
    connection: asyncpg.Connection, live: Live, before: int, budget: int
) -> tuple[list[Said], int]:
    """What was said before version ``before``: a summary of what is old, then the last turns word for
    word, within about ``budget`` tokens; and how many turns those are."""
    events = await log.read_spoken_back(
        connection, live, (*SPOKEN, "ReplyFailed"), before=before, limit=LONGEST_LOOK_BACK
    )
    lines = [Said(role, text) for text, _, role in _as_it_stands(events, set())]
    turns = _turns(lines)
    kept = _within(turns, budget)
    older = [said for turn in turns[: len(turns) - kept] for said in turn]
    recent = [said for turn in turns[len(turns) - kept :] for said in turn]
    return ([_summary(older, budget)] if older else []) + recent, kept


async def tool_outputs(connection: asyncpg.Connection, live: Live, draft: Draft) -> dict[str, str]:
    """What the calls returned that the thread waits for: those of the newest answer that made any."""
    types = ("ToolCalled", "ToolReturned")
    events = await log.read_spoken(connection, live, types, after=draft.turn.first, limit=LONGEST_LOOK_BACK)
    calls = [event for event in events if isinstance(event, e.ToolCalled) and event.call_id in draft.tools]
    outputs = {call.call_id: INTERRUPTED for call in calls if call.last_item_id == calls[-1].last_item_id}
    for event in events:
        if isinstance(event, e.ToolReturned) and event.call_id in outputs:
            outputs[event.call_id] = event.output
    return outputs


def _as_it_stands(events: Sequence[e.Fact], known: Collection[str]) -> list[tuple[str, int, Role]]:
    """Texts with version and role, but for replies that are ``known`` or failed; an edit replaces the words,
    an unsent message goes, whichever of the two was recorded first."""
    left_out = {*known, *(event.reply_id for event in events if isinstance(event, e.ReplyFailed))}
    edited = [event for event in events if isinstance(event, e.MessageEdited) and event.text]
    edits = {edit.message_id: edit.text for edit in sorted(edited, key=lambda edit: edit.edited_at)}
    unsent = {event.message_id for event in events if isinstance(event, e.MessageUnsent)}
    said: dict[str, tuple[str, int, Role]] = {}
    for event in events:
        match event:
            case e.MessageReceived() if event.message_id not in unsent:
                text = edits.get(event.message_id) or _words(event)
                said[event.message_id] = (text, event.originator_version, "user")
            case e.ReplyDrafted() if event.reply_id not in left_out:
                said[event.reply_id] = (event.text, event.originator_version, "assistant")
            case e.EchoReceived() if event.text:
                said[event.message_id] = (event.text, event.originator_version, "assistant")
            case _:
                pass
    return sorted(said.values(), key=lambda entry: entry[1])


def _words(message: e.MessageReceived) -> str:
    """A message in words that a model can read."""
    shown = [_attachment(attachment) for attachment in message.attachments]
    if not message.text and not shown:
        shown = [f"[{message.kind}]"]
    return " ".join([*filter(None, [message.text]), *shown])


def _attachment(attachment: Attachment) -> str:
    named = attachment.title or attachment.filename
    return f"[{attachment.kind}: {named}]" if named else f"[{attachment.kind}]"


def _turns(lines: Sequence[Said]) -> list[list[Said]]:
    """A turn begins where the customer speaks after somebody answered."""
    turns: list[list[Said]] = []
    for line in lines:
        begins = line.role == "user" and (not turns or turns[-1][-1].role == "assistant")
        if begins or not turns:
            turns.append([])
        turns[-1].append(line)
    return turns


def _within(turns: Sequence[Sequence[Said]], budget: int) -> int:
    """How many of the last turns to tell word for word."""
    spent = 0
    kept = 0
    for turn in reversed(turns[-WORD_FOR_WORD:]):
        spent += sum(len(said.text) for said in turn) // CHARACTERS_A_TOKEN
        if spent > budget // 2 and kept >= LEAST_TURNS:
            break
        kept += 1
    return kept


def _summary(older: Sequence[Said], budget: int) -> Said:
    """One line for each old message, the newest that fit."""
    room = budget // 4 * CHARACTERS_A_TOKEN
    lines: list[str] = []
    for said in reversed(older):
        who = "Customer" if said.role == "user" else "You"
        line = f"{who}: {said.text[:SUMMARY_LINE]}"
        room -= len(line)
        if room < 0:
            break
        lines.append(line)
    told = "\n".join(reversed(lines))
    return Said("user", f"[Summary of the earlier conversation, {len(older)} messages]\n{told}")
