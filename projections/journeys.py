"""Sessions as journeys: how they began, how long they went on, and what happened in them.

All facts of a session stand at its first message. What happens later counts for the newest session.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from projections.analytics_state import AnalyticsState
from projections.facts import Facts, named
from projections.measures import Measure, rounded_ms
from projections.projection import RecordedEvent
from projections.turns import MILLISECOND, forget_sessions

MOST_STEPS: Final = 8
"""Steps of a journey that are told apart, how it began included."""


def said(
    state: AnalyticsState, event: RecordedEvent, at: datetime, facts: Facts, length: timedelta | None
) -> None:
    """A message begins a session or goes on with the newest. ``length``: the silence that ends one, None for
    sessions as they were recorded."""
    if length is None:
        begins = not state.session_version or event.fields.session != state.session
        number = event.fields.session
    else:
        begins = state.latest is None or at - state.latest > length
        number = state.session + begins
    if state.latest is None or at > state.latest:
        state.latest = at
    if begins:
        _begin(state, event, at, facts, number)
    else:
        _go_on(state, at, facts)
        step(state, "asked", facts)


def _begin(state: AnalyticsState, event: RecordedEvent, at: datetime, facts: Facts, number: int) -> None:
    version = event.version
    source = named(event.fields.entry_source or "direct")
    if not state.session_version:
        facts.put(Measure.SENDER_NEW, version, at, source)
    forget_sessions(state)
    state.session, state.session_version, state.session_messages = number, version, 1
    state.session_at = state.session_from = state.session_until = at
    state.handed_over, state.path = False, f"{source.replace('>', ' ')}>asked"
    facts.put(Measure.SESSION, version, at, source)
    facts.put(Measure.SESSION_MESSAGES, version, at, "1", 1)
    facts.put(Measure.SESSION_DURATION, version, at, "0")
    facts.put(Measure.SESSION_OUTCOME, version, at, "contained")
    facts.put(Measure.JOURNEY, version, at, state.path)


def _go_on(state: AnalyticsState, at: datetime, facts: Facts) -> None:
    begun, earliest, latest = state.session_at, state.session_from, state.session_until
    if begun is None or earliest is None or latest is None:
        return
    was = state.session_messages
    state.session_messages = was + 1
    facts.replace(
        Measure.SESSION_MESSAGES,
        state.session_version,
        begun,
        (rounded_ms(was), was),
        (rounded_ms(was + 1), was + 1),
    )
    if earliest <= at <= latest:
        return
    lasted = (latest - earliest) // MILLISECOND
    state.session_from, state.session_until = min(earliest, at), max(latest, at)
    lasts = (state.session_until - state.session_from) // MILLISECOND
    facts.replace(
        Measure.SESSION_DURATION,
        state.session_version,
        begun,
        (rounded_ms(lasted), lasted),
        (rounded_ms(lasts), lasts),
    )


def step(state: AnalyticsState, name: str, facts: Facts) -> None:
    """The newest session goes a step further, unless that is the step it took last."""
    if state.session_at is None:
        return
    steps = state.path.split(">")
    if steps[-1] == name or len(steps) >= MOST_STEPS:
        return
    was, state.path = state.path, f"{state.path}>{name}"
    facts.replace(Measure.JOURNEY, state.session_version, state.session_at, (was, 0), (state.path, 0))


def person_acted(state: AnalyticsState, facts: Facts) -> None:
    """The newest session is no longer the bot's alone."""
    if state.session_at is None or state.handed_over:
        return
    state.handed_over = True
    was, now = ("contained", 0), ("handed_over", 0)
    facts.replace(Measure.SESSION_OUTCOME, state.session_version, state.session_at, was, now)
