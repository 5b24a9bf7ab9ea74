"""The projection ``analytics``: every conversation as facts that are counted, and their sums by hour and day.

What each measure counts is said in :mod:`projections.measures`. The log may begin in the middle, repeat or
leave out anything: a fact is put for what an event says, and nothing is made up for what is missing. Nothing
here is personal, so the facts of an erased conversation stay.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from domain.state import thread_kind
from projections import journeys, presence, receipts, spending, turns
from projections.analytics_state import AnalyticsState
from projections.facts import DAYS, FACTS, HOURS, Facts, named
from projections.measures import Measure
from projections.presence import PRESENCE
from projections.projection import Changes, RecordedEvent, Rules, Table
from projections.tables import state_table

Take = Callable[[AnalyticsState, RecordedEvent, Facts], None]


def _message(
    state: AnalyticsState, event: RecordedEvent, facts: Facts, rules: Rules, changes: Changes
) -> None:
    fields = event.fields
    received = fields.received_at or event.recorded_at
    at = min(fields.sent_at, received)
    kind = named(fields.kind)
    facts.put(Measure.MESSAGE_IN, event.version, at, kind)
    if fields.late:
        facts.put(Measure.LATE, event.version, received, kind)
    presence.said(state, event.version, at, changes)
    journeys.said(state, event, at, facts, rules.session_length)
    turns.said(state, event, at, facts)


def _drafted(state: AnalyticsState, event: RecordedEvent, facts: Facts, rules: Rules) -> None:
    turns.drafted(state, event, facts)
    if event.fields.author == "bot":
        spending.drafted(event, facts, rules.prices)
    elif event.fields.author == "person":
        journeys.person_acted(state, facts)


def _started(state: AnalyticsState, event: RecordedEvent, facts: Facts) -> None:
    fields = event.fields
    if event.version == 1:  # later it would tear facts from their sums
        state.channel, state.account_id = fields.channel, fields.account_id
    facts.put(Measure.CONVERSATION, event.version, event.recorded_at, thread_kind(fields.thread_id))


def _echoed(state: AnalyticsState, event: RecordedEvent, facts: Facts) -> None:
    at: datetime = event.fields.sent_at
    facts.put(Measure.MESSAGE_OUT, event.version, at, "person")
    turns.answered_by_person(state, at, facts)
    journeys.step(state, "person", facts)
    journeys.person_acted(state, facts)


def _sent(state: AnalyticsState, event: RecordedEvent, facts: Facts) -> None:
    author = turns.sent(state, event, facts)
    facts.put(Measure.MESSAGE_OUT, event.version, event.recorded_at, named(author))
    receipts.sent(state, event, facts)
    if author in turns.RESPONSES:
        journeys.step(state, turns.RESPONSES[author][0], facts)


def _failed(state: AnalyticsState, event: RecordedEvent, facts: Facts) -> None:
    fields = event.fields
    reason = named(fields.reason)
    dim = reason if fields.code is None else f"{reason}:{fields.code}"
    facts.put(Measure.REPLY_FAILED, event.version, event.recorded_at, dim)
    turns.failed(state, event, facts)
    journeys.step(state, "failed", facts)


def _erased(state: AnalyticsState, _: RecordedEvent, facts: Facts) -> None:
    turns.erased(state, facts)


def _duplicated(_: AnalyticsState, event: RecordedEvent, facts: Facts) -> None:
    facts.put(Measure.DUPLICATE, event.version, event.fields.received_at, named(event.fields.update))


def _rebound(_: AnalyticsState, event: RecordedEvent, facts: Facts) -> None:
    facts.put(Measure.REBOUND, event.version, event.recorded_at, named(event.fields.reason))


def _draft_failed(_: AnalyticsState, event: RecordedEvent, facts: Facts) -> None:
    facts.put(Measure.MODEL_ERROR, event.version, event.recorded_at, named(event.fields.code))


def _tool_called(_: AnalyticsState, event: RecordedEvent, facts: Facts) -> None:
    facts.put(Measure.TOOL_CALL, event.version, event.recorded_at, named(event.fields.name))


def _tool_returned(_: AnalyticsState, event: RecordedEvent, facts: Facts) -> None:
    if event.fields.failed:
        facts.put(Measure.TOOL_ERROR, event.version, event.recorded_at, "failed")


def _handed_over(state: AnalyticsState, event: RecordedEvent, facts: Facts) -> None:
    facts.put(Measure.HANDOVER, event.version, event.recorded_at, _side(event.fields.actor))
    journeys.step(state, "handed_over", facts)
    journeys.person_acted(state, facts)


def _handed_back(state: AnalyticsState, event: RecordedEvent, facts: Facts) -> None:
    facts.put(Measure.HANDBACK, event.version, event.recorded_at, _side(event.fields.actor))
    journeys.step(state, "handed_back", facts)


def _side(actor: str) -> str:
    return "provider" if actor.startswith("channel:") else "operator"


TAKES: Final[dict[str, Take]] = {
    "ConversationStarted": _started,
    "EchoReceived": _echoed,
    "DuplicateReceived": _duplicated,
    "ThreadRebound": _rebound,
    "DraftAttempted": turns.attempted,
    "DraftFailed": _draft_failed,
    "ToolCalled": _tool_called,
    "ToolReturned": _tool_returned,
    "ReplySent": _sent,
    "ReplyFailed": _failed,
    "DeliveryReported": receipts.reported,
    "HandedOver": _handed_over,
    "HandedBack": _handed_back,
    "ConversationErased": _erased,
}


class Analytics:
    """The projection ``analytics``."""

    name = "analytics"
    version = 2
    personal = False
    state = AnalyticsState
    states = state_table("analytics_states", AnalyticsState, options="fillfactor = 70")
    tables: tuple[Table, ...] = (FACTS, HOURS, DAYS, PRESENCE)
    handles = frozenset({"MessageReceived", "ReplyDrafted", *TAKES})

    def fold(self, state: AnalyticsState, event: RecordedEvent, rules: Rules, changes: Changes, /) -> None:
        """Put the facts that an event brings, and put right those it sheds new light on."""
        facts = Facts(state, changes)
        kind = event.type
        if kind == "MessageReceived":
            _message(state, event, facts, rules, changes)
        elif kind == "ReplyDrafted":
            _drafted(state, event, facts, rules)
        else:
            TAKES[kind](state, event, facts)
