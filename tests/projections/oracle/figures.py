"""The numbers of each report, counted naively, under the names of the answers; and what each counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise
from math import ceil
from typing import Any, Final, NamedTuple
from uuid import UUID

from tests.projections.oracle.naive import Thing, three_digits


class Pile:
    """Things that counted in one interval; ``whole`` where they are of every channel and account."""

    def __init__(self, things: Iterable[Thing], *, whole: bool = True) -> None:
        self.things, self.whole = list(things), whole
        self._of: dict[str, list[Thing]] = {}
        for thing in self.things:
            self._of.setdefault(thing.measure, []).append(thing)

    def of(self, *measures: str, dims: Iterable[str] = ()) -> list[Thing]:
        wanted = set(dims)
        return [t for m in measures for t in self._of.get(m, ()) if not wanted or t.dim in wanted]

    def senders(self) -> dict[UUID, Thing]:
        """Who wrote, and the first thing that each of them said."""
        said = sorted(self.of("message_in"), key=lambda t: (t.at, t.version), reverse=True)
        return {t.conversation: t for t in said}

    def returning(self) -> dict[UUID, Thing]:
        new = {t.conversation for t in self.of("sender_new")}
        return {who: thing for who, thing in self.senders().items() if who not in new}


class Figure(NamedTuple):
    """A number: what it is, and the things behind it or behind a part of it."""

    value: Callable[[Pile], Any]
    counted: Callable[[Pile, str | None], list[Thing]]


Key = Callable[[Thing], list[str]]


def count(*measures: str, dims: Iterable[str] = ()) -> Figure:
    def counted(pile: Pile, _: str | None) -> list[Thing]:
        return pile.of(*measures, dims=dims)

    return Figure(lambda pile: len(counted(pile, None)), counted)


def amount(*measures: str, others: tuple[str, ...] = ()) -> Figure:
    """A sum; unknown where there is nothing to add up though there is some of the others."""

    def value(pile: Pile) -> int | None:
        known = pile.of(*measures)
        return None if not known and pile.of(*others) else sum(t.amount for t in known)

    return Figure(value, lambda pile, _: pile.of(*measures))


def parts(*measures: str, key: Key, weigh: bool = False) -> Figure:
    """Counts, or sums where they are weighed, under the names that are read from each thing."""

    def value(pile: Pile) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for thing in pile.of(*measures):
            counts.update(dict.fromkeys(key(thing), thing.amount if weigh else 1))
        return dict(counts)

    return Figure(value, lambda pile, part: [t for t in pile.of(*measures) if part in key(t)])


def share(above: Figure, below: Figure) -> Figure:
    """Of those counted below the line."""

    def value(pile: Pile) -> float | None:
        over, under = above.value(pile), below.value(pile)
        return None if over is None or not under else over / under

    return Figure(value, below.counted)


def unless(figure: Figure, unknown: Callable[[Pile], object]) -> Figure:
    """The number, where nothing makes it unknown."""
    return Figure(lambda pile: None if unknown(pile) else figure.value(pile), figure.counted)


def spread(measure: str, *, whole: bool) -> Figure:
    """Percentiles by nearest rank of sizes rounded down to three digits; the mean is of the sizes."""

    def value(pile: Pile) -> dict[str, Any]:
        sizes = sorted(t.amount for t in pile.of(measure))
        n = len(sizes)
        ranks = {p: int(three_digits(sizes[ceil(p / 100 * n) - 1])) if n else None for p in (50, 90, 99)}
        told = {
            "count": n,
            "mean": sum(sizes) / n if n else None,
            **{f"p{p}": rank for p, rank in ranks.items()},
        }
        return {**told, "distribution": dict(Counter(map(three_digits, sizes)))} if whole else told

    return Figure(value, lambda pile, part: [t for t in pile.of(measure) if part in {None, t.dim}])


def dim(thing: Thing) -> list[str]:
    return [thing.dim]


def steps(thing: Thing) -> list[str]:
    return [f"{number}:{step}" for number, step in enumerate(thing.dim.split(">"), 1)]


def moves(thing: Thing) -> list[str]:
    return [f"{number}:{a}>{b}" for number, (a, b) in enumerate(pairwise(thing.dim.split(">")), 1)]


MESSAGES: Final = count("message_in")
SESSIONS: Final = count("session")
SENDERS: Final = Figure(lambda p: len(p.senders()), lambda p, _: list(p.senders().values()))
RETURNING: Final = Figure(lambda p: len(p.returning()), lambda p, _: list(p.returning().values()))
TURNS: Final = count("turn")
REPLIED: Final = count("turn", dims=("answered", "person", "fallback"))
CONTAINED: Final = count("session_outcome", dims=["contained"])
HANDED_OVER: Final = count("session_outcome", dims=["handed_over"])
REPLIES: Final = count("delivery")
ARRIVED: Final = count("delivery", dims=("delivered", "read"))
READ: Final = count("delivery", dims=["read"])
FAILED: Final = Figure(
    lambda p: len([t for t in p.of("delivery") if ":" in t.dim]),
    lambda p, _: [t for t in p.of("delivery") if ":" in t.dim],
)
UNKNOWN: Final = count("cost_unknown")
KNOWN: Final = amount("cost_exact", "cost_estimated", others=("cost_unknown",))
SURELY_KNOWN: Final = unless(KNOWN, UNKNOWN.value)
INPUT: Final = amount("tokens_input", others=("model_call",))
CACHED: Final = amount("tokens_cached", others=("model_call",))


def _scoped(pile: Pile) -> bool:
    return not pile.whole


def _of_other_calls(pile: Pile) -> bool:
    return len(pile.of("tokens_cached")) != len(pile.of("tokens_input"))


WHOLE: Final[dict[str, dict[str, Figure]]] = {
    "overview": {"first_response": spread("first_response_bot", whole=True)},
    "journey": {
        "entries": parts("journey", key=lambda t: t.dim.split(">")[:1]),
        "paths": parts("journey", key=dim),
        "reached": parts("journey", key=steps),
        "flows": parts("journey", key=moves),
        "dropped": parts("journey", key=lambda t: steps(t)[-1:]),
    },
}
"""Numbers that are told of the whole range only."""

SPREADS: Final = {
    "sessions": {"session_messages": "session_messages", "duration": "session_duration"},
    "response-times": {
        **{f"first_{author}": f"first_response_{author}" for author in ("bot", "fallback", "person")},
        **{f"each_{author}": f"response_{author}" for author in ("bot", "fallback", "person")},
    },
    "models": {"latency": "model_latency"},
}
"""Distributions, and of what."""

EACH: Final[dict[str, dict[str, Figure]]] = {
    "overview": {
        "messages_in": MESSAGES,
        "messages_out": count("message_out"),
        "senders": SENDERS,
        "new_senders": count("sender_new"),
        "returning_senders": RETURNING,
        "sessions": SESSIONS,
        "turns": TURNS,
        "unanswered": count("turn", dims=["waiting"]),
        "answered_share": share(REPLIED, TURNS),
        "contained_share": share(CONTAINED, SESSIONS),
        "arrived_share": share(ARRIVED, REPLIES),
        "known": KNOWN,
        "unknown_calls": UNKNOWN,
    },
    "messages": {
        "messages_in": MESSAGES,
        "messages_out": count("message_out"),
        "in_by_kind": parts("message_in", key=dim),
        "out_by_author": parts("message_out", key=dim),
    },
    "sessions": {
        "sessions": SESSIONS,
        "by_source": parts("session", key=dim),
        "messages": amount("session_messages"),
    },
    "senders": {
        "senders": SENDERS,
        "new_senders": count("sender_new"),
        "returning_senders": RETURNING,
        "new_by_source": parts("sender_new", key=dim),
        "messages_per_sender": share(MESSAGES, SENDERS),
        "sessions_per_sender": share(SESSIONS, SENDERS),
    },
    "response-times": {},
    "outcomes": {
        "turns": TURNS,
        "answered": count("turn", dims=["answered"]),
        "fallback": count("turn", dims=["fallback"]),
        "person": count("turn", dims=["person"]),
        "failed": count("turn", dims=["failed"]),
        "unanswered": count("turn", dims=["waiting"]),
        "answered_share": share(REPLIED, TURNS),
        "sessions": SESSIONS,
        "handed_over": HANDED_OVER,
        "contained": CONTAINED,
        "handed_over_share": share(HANDED_OVER, SESSIONS),
        "contained_share": share(CONTAINED, SESSIONS),
        "failed_by_reason": parts("reply_failed", key=dim),
    },
    "journey": {"sessions": SESSIONS},
    "delivery": {
        "replies": REPLIES,
        "sent": count("delivery", dims=["sent"]),
        "delivered": count("delivery", dims=["delivered"]),
        "read": READ,
        "failed": FAILED,
        "failed_by_code": parts("delivery", key=lambda t: t.dim.split(":")[1:]),
        "arrived_share": share(ARRIVED, REPLIES),
        "read_share": share(READ, REPLIES),
        "failed_share": share(FAILED, REPLIES),
    },
    "delivery-health": {
        "duplicates": count("duplicate"),
        "duplicates_by_update": parts("duplicate", key=dim),
        "late": count("late"),
        "out_of_order": count("receipt_out_of_order"),
        "bad_signatures": unless(amount("refused"), _scoped),
        "quarantined": unless(count("quarantined"), _scoped),
        "quarantined_by_reason": unless(parts("quarantined", key=dim), _scoped),
        "ignored": count("ignored"),
        "ignored_by_reason": parts("ignored", key=dim),
    },
    "models": {
        "calls": count("model_call"),
        "by_model": parts("model_call", key=dim),
        "errors": count("model_error"),
        "errors_by_code": parts("model_error", key=dim),
        "error_share": share(count("model_error"), count("model_call", "model_error")),
        "input_tokens": INPUT,
        "cached_tokens": CACHED,
        "output_tokens": amount("tokens_output", others=("model_call",)),
        "reasoning_tokens": amount("tokens_reasoning", others=("model_call",)),
        "calls_with_tokens": count("tokens_input"),
        "cached_share": unless(share(CACHED, INPUT), _of_other_calls),
        "input_by_model": parts("tokens_input", key=dim, weigh=True),
        "output_by_model": parts("tokens_output", key=dim, weigh=True),
        "tool_calls": count("tool_call"),
        "tool_calls_by_name": parts("tool_call", key=dim),
        "tool_errors": count("tool_error"),
    },
    "cost": {
        "known": KNOWN,
        "exact": amount("cost_exact", others=("cost_unknown",)),
        "estimated": amount("cost_estimated", others=("cost_unknown",)),
        "exact_calls": count("cost_exact"),
        "estimated_calls": count("cost_estimated"),
        "unknown_calls": UNKNOWN,
        "avoided": amount("cost_avoided", others=("cost_unknown", "cost_estimated")),
        "by_model": parts("cost_exact", "cost_estimated", key=dim, weigh=True),
        "by_channel": parts("cost_exact", "cost_estimated", key=lambda t: [t.channel], weigh=True),
        "per_message": share(SURELY_KNOWN, MESSAGES),
        "per_session": share(SURELY_KNOWN, SESSIONS),
        "per_sender": share(SURELY_KNOWN, SENDERS),
    },
}
"""Numbers that are told of each bucket, and of the whole."""


def figures(report: str, *, whole: bool) -> dict[str, Figure]:
    """The numbers of a report, of the whole range or of a bucket."""
    spreads = {name: spread(of, whole=whole) for name, of in SPREADS.get(report, {}).items()}
    return EACH[report] | spreads | (WHOLE.get(report, {}) if whole else {})


def numbers(report: str, pile: Pile, *, whole: bool) -> dict[str, Any]:
    """What they are."""
    return {name: figure.value(pile) for name, figure in figures(report, whole=whole).items()}
