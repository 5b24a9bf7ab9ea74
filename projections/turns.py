"""Turns: what the customer said that one answer covers, from the first word to the answer.

They move as in the conversation itself (`domain/evolve.py`): what was said waits, is drafted for, and goes
out with the reply. Where a person writes past us, that answers all that no reply is written to.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from domain.state import HANDED_OVER
from projections.analytics_state import AnalyticsState, instant, micros
from projections.facts import Facts
from projections.measures import Measure, rounded_ms
from projections.projection import RecordedEvent

MILLISECOND: Final = timedelta(milliseconds=1)

MOST_OUTGOING: Final = 16
"""Replies under way that are remembered. There is one, or one and those that people wrote."""

RESPONSES: Final = {
    "bot": ("answered", Measure.RESPONSE_BOT, Measure.FIRST_RESPONSE_BOT),
    "fallback": ("fallback", Measure.RESPONSE_FALLBACK, Measure.FIRST_RESPONSE_FALLBACK),
    "person": ("person", Measure.RESPONSE_PERSON, Measure.FIRST_RESPONSE_PERSON),
}
"""By the author of an answer: what became of the turn, and the measures of how long that took."""


class Turn(NamedTuple):
    """Messages from the one at ``version``, said at ``at``, through the one at ``last``, and the session that
    the first is in. Instants in microseconds."""

    version: int
    at: int
    messages: int
    last: int
    session: int
    session_at: int


Open = Sequence[Any]
"""A turn as the state holds it, or nothing."""


def said(state: AnalyticsState, event: RecordedEvent, at: datetime, facts: Facts) -> None:
    """The customer said something, in the session that is the newest by now."""
    if state.waiting:
        first = Turn._make(state.waiting)
        state.waiting = _grown(first, 1, event.version, facts)
        return
    facts.put(Measure.TURN, event.version, at, "waiting", 1)
    begun = micros(state.session_at or at)
    state.waiting = Turn(event.version, micros(at), 1, event.version, state.session_version, begun)


def attempted(state: AnalyticsState, event: RecordedEvent, facts: Facts) -> None:
    """All that waits is drafted for; a draft that is tried again takes in what was said since."""
    turn = _joined(state.drafting, state.waiting, facts)
    if turn:
        state.drafting, state.waiting, state.draft_id = turn, (), event.fields.reply_id


def drafted(state: AnalyticsState, event: RecordedEvent, facts: Facts) -> None:
    """A reply is written; what it covers goes out with it."""
    fields = event.fields
    turn: Open = ()
    if fields.author == "bot" and fields.reply_id == state.draft_id:
        turn, state.drafting, state.draft_id = state.drafting, (), ""
    elif fields.author != "bot":
        turn = _covered(state, fields.answers_through, facts)
    state.outgoing.append([fields.reply_id, fields.author, turn])
    del state.outgoing[:-MOST_OUTGOING]


def sent(state: AnalyticsState, event: RecordedEvent, facts: Facts) -> str:
    """A reply is out: its author, ``unknown`` where the log holds no draft of it."""
    author, turn = _taken_out(state, event.fields.reply_id) or ("unknown", ())
    if author in RESPONSES:
        _answered(state, turn, author, event.recorded_at, facts)
    return author


def answered_by_person(state: AnalyticsState, at: datetime, facts: Facts) -> None:
    """A person said something to the customer past us: it answers all that no reply is written to."""
    _answered(state, _covered(state, None, facts), "person", at, facts)


def failed(state: AnalyticsState, event: RecordedEvent, facts: Facts) -> None:
    """The customer will not get a reply: one on its way, or any at all to what waits until then."""
    out = _taken_out(state, event.fields.reply_id)
    if out and event.fields.reason == HANDED_OVER:  # the customer waits for the person who took over
        state.waiting = _joined(out[1], state.waiting, facts)
        return
    _close(out[1] if out else _covered(state, event.fields.answers_through, facts), "failed", facts)


def erased(state: AnalyticsState, facts: Facts) -> None:
    """Nobody is left to answer."""
    for turn in (*(out[2] for out in state.outgoing), state.drafting, state.waiting):
        _close(turn, "failed", facts)
    state.outgoing, state.drafting, state.waiting, state.draft_id = [], (), (), ""


def forget_sessions(state: AnalyticsState) -> None:
    """Keep who answered only of sessions that have open turns."""
    if state.responded:
        turns = (*(out[2] for out in state.outgoing), state.drafting, state.waiting)
        still = {f"{Turn._make(turn).session}:" for turn in turns if turn}
        state.responded = [who for who in state.responded if who[: who.index(":") + 1] in still]


def _joined(earlier: Open, later: Open, facts: Facts) -> Open:
    """Two turns that one answer covers, counted at the first message of the earlier."""
    if not (earlier and later):
        return earlier or later
    first, then = Turn._make(earlier), Turn._make(later)
    facts.drop(Measure.TURN, then.version, instant(then.at), ("waiting", then.messages))
    return _grown(first, then.messages, then.last, facts)


def _grown(turn: Turn, messages: int, last: int, facts: Facts) -> Turn:
    was, now = turn.messages, turn.messages + messages
    facts.replace(Measure.TURN, turn.version, instant(turn.at), ("waiting", was), ("waiting", now))
    return Turn(turn.version, turn.at, now, last, turn.session, turn.session_at)


def _covered(state: AnalyticsState, through: int | None, facts: Facts) -> Open:
    """Take what is drafted for, and what waits if its last message is covered (None: it is)."""
    waiting: Open = ()
    if state.waiting and (through is None or Turn._make(state.waiting).last <= through):
        waiting, state.waiting = state.waiting, ()
    drafting, state.drafting, state.draft_id = state.drafting, (), ""
    return _joined(drafting, waiting, facts)


def _taken_out(state: AnalyticsState, reply_id: str) -> tuple[str, Open] | None:
    for index, (out_id, author, turn) in enumerate(state.outgoing):
        if out_id == reply_id:
            del state.outgoing[index]
            return author, turn
    return None


def _answered(state: AnalyticsState, open_turn: Open, author: str, at: datetime, facts: Facts) -> None:
    if not open_turn:
        return
    outcome, each, first = RESPONSES[author]
    _close(open_turn, outcome, facts)
    turn = Turn._make(open_turn)
    begun = instant(turn.at)
    took = _milliseconds(begun, at)
    facts.put(each, turn.version, begun, rounded_ms(took), took)
    who = f"{turn.session}:{author}"
    if who not in state.responded:
        state.responded.append(who)
        begun = instant(turn.session_at)
        took = _milliseconds(begun, at)
        facts.put(first, turn.session, begun, rounded_ms(took), took)


def _milliseconds(begun: datetime, at: datetime) -> int:
    """How long something took; nothing, where clocks disagree."""
    return max((at - begun) // MILLISECOND, 0)


def _close(open_turn: Open, outcome: str, facts: Facts) -> None:
    if open_turn:
        turn = Turn._make(open_turn)
        was, now = ("waiting", turn.messages), (outcome, turn.messages)
        facts.replace(Measure.TURN, turn.version, instant(turn.at), was, now)
