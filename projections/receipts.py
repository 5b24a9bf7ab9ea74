"""What became of replies after they were sent, as far as the channel reports it, in whatever order."""

from __future__ import annotations

from typing import Any, Final

from projections.analytics_state import AnalyticsState, instant, micros
from projections.facts import Facts, named
from projections.measures import Measure
from projections.projection import RecordedEvent

REMEMBERED_SENDS: Final = 64
"""Replies that a report can still be about."""

RANKS: Final = {"sent": 0, "delivered": 1, "read": 2, "played": 2}
"""How far a reply has come by a status. ``failed`` is final and follows any of them, since a later part of a
reply can fail. Statuses not named here say nothing of that."""
REACHED: Final = ("sent", "delivered", "read")

ID, VERSION, AT, RANK, FAILURE = range(5)
"""Places in what is remembered of a reply: its version is 0 until its send is recorded."""


def sent(state: AnalyticsState, event: RecordedEvent, facts: Facts) -> None:
    """A reply is out. A report may have come before."""
    reply_id, at = event.fields.reply_id, event.recorded_at
    send = _found(state, reply_id) or _remember(state, reply_id)
    if not send[VERSION]:
        send[VERSION], send[AT] = event.version, micros(at)
        facts.put(Measure.DELIVERY, event.version, at, _status(send))


def reported(state: AnalyticsState, event: RecordedEvent, facts: Facts) -> None:
    """The channel told of one reply, or of all that were sent until an instant."""
    fields = event.fields
    rank = RANKS.get(fields.status)
    if rank is None and fields.status != "failed":
        return
    failure = named(f"failed:{fields.error_code or 'unknown'}") if rank is None else ""
    named_one = None
    if fields.reply_id is not None:
        named_one = _found(state, fields.reply_id) or _remember(state, fields.reply_id)
    about = _about(state, event, named_one)
    if all(rank is not None and rank < send[RANK] for send in about) and (about or named_one):
        facts.put(Measure.RECEIPT_OUT_OF_ORDER, event.version, fields.occurred_at, named(fields.status))
    if named_one is not None and not named_one[VERSION]:
        about.append(named_one)
    for send in about:
        _raise(send, rank or 0, failure, facts)


def _about(state: AnalyticsState, event: RecordedEvent, named_one: list[Any] | None) -> list[list[Any]]:
    """The recorded sends that a report is about."""
    if event.fields.watermark is None:
        return [named_one] if named_one is not None and named_one[VERSION] else []
    until = micros(event.fields.watermark)
    return [send for send in state.sends if send[VERSION] and (send is named_one or send[AT] <= until)]


def _found(state: AnalyticsState, reply_id: str) -> list[Any] | None:
    for send in reversed(state.sends):
        if send[ID] == reply_id:
            found: list[Any] = send
            return found
    return None


def _remember(state: AnalyticsState, reply_id: str) -> list[Any]:
    send = [reply_id, 0, 0, 0, ""]
    state.sends.append(send)
    del state.sends[:-REMEMBERED_SENDS]
    return send


def _raise(send: list[Any], rank: int, failure: str, facts: Facts) -> None:
    """Note what a report says beyond what is known."""
    if rank <= send[RANK] and (send[FAILURE] or not failure):
        return
    was = _status(send)
    send[RANK], send[FAILURE] = max(rank, send[RANK]), send[FAILURE] or failure
    now = _status(send)
    if send[VERSION] and now != was:
        facts.replace(Measure.DELIVERY, send[VERSION], instant(send[AT]), (was, 0), (now, 0))


def _status(send: list[Any]) -> str:
    status: str = send[FAILURE] or REACHED[send[RANK]]
    return status
