"""What there is to count, by hand: each definition once more, over a whole timeline, in a few lines.

Nothing here knows how the service counts. A *thing* is one counted thing: the event it stands for, when it
counts, what kind of it, and how much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from tests.projections.oracle.traffic import Timeline

Event = dict[str, Any]
MILLISECOND: Final = timedelta(milliseconds=1)
RANKS: Final = {"sent": 1, "delivered": 2, "read": 3, "played": 3}
NAMES: Final = {1: "sent", 2: "delivered", 3: "read"}
STEPS: Final = 8
NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Thing(NamedTuple):
    """One counted thing."""

    measure: str
    conversation: UUID
    version: int
    at: datetime
    dim: str
    amount: int
    channel: str
    account: str


Counted = Iterator[tuple[str, Event, datetime, str, int]]
"""Measure, the event it stands for, instant, kind, amount."""


def of_type(events: Timeline, *types: str) -> Timeline:
    return [e for e in events if e["type"] in types]


def effective(e: Event) -> datetime:
    """When a message was said: in the future it cannot have been."""
    said: datetime = min(e["sent_at"], e["received_at"] or e["recorded_at"])
    return said


def milliseconds(duration: timedelta) -> int:
    return max(0, duration // MILLISECOND)


def three_digits(number: int) -> str:
    """A number rounded down to three significant digits."""
    return str(number)[:3].ljust(len(str(number)), "0")


def messages(t: Timeline) -> Counted:
    said, authors = of_type(t, "MessageReceived"), authors_of(t)
    for e in said:
        yield "message_in", e, effective(e), e["kind"], 0
        if e["late"]:
            yield "late", e, e["received_at"] or e["recorded_at"], e["kind"], 0
    for e in of_type(t, "ReplySent"):
        yield "message_out", e, e["recorded_at"], authors[e["reply_id"]], 0
    for e in of_type(t, "EchoReceived"):
        yield "message_out", e, e["sent_at"], "person", 0
    for e in of_type(t, "ReplyFailed"):
        yield "reply_failed", e, e["recorded_at"], e["reason"] + (f":{e['code']}" if e["code"] else ""), 0
    for e in of_type(t, "DuplicateReceived"):
        yield "duplicate", e, e["received_at"], e["update"], 0
    for e in said[:1]:
        yield "sender_new", e, effective(e), e["entry_source"] or "direct", 0


def authors_of(t: Timeline) -> dict[str, str]:
    return {e["reply_id"]: e["author"] for e in of_type(t, "ReplyDrafted")}


def sessions_of(t: Timeline, hours: float | None = None) -> list[tuple[Timeline, Timeline]]:
    """Of each session its messages, and everything recorded while it was the newest."""
    numbers, latest = [], None
    for e in of_type(t, "MessageReceived"):
        if hours is None:
            numbers.append(e["session"])
        else:
            begins = latest is None or effective(e) - latest > timedelta(hours=hours)
            numbers.append((numbers or [0])[-1] + begins)
        latest = effective(e) if latest is None else max(latest, effective(e))
    of_session: dict[int, Timeline] = {}
    for number, e in zip(numbers, of_type(t, "MessageReceived"), strict=True):
        of_session.setdefault(number, []).append(e)
    firsts = [said[0]["version"] for said in of_session.values()] + [len(t) + 1]
    return [
        (said, [e for e in t if firsts[n] <= e["version"] < firsts[n + 1]])
        for n, said in enumerate(of_session.values())
    ]


def sessions(t: Timeline, hours: float | None = None) -> Counted:
    authors = authors_of(t)
    turns = turns_of(t)
    for said, all_of_it in sessions_of(t, hours):
        first, times = said[0], [effective(e) for e in said]
        at, source = times[0], first["entry_source"] or "direct"
        length = milliseconds(max(times) - min(times))
        acted = any(
            e["type"] in {"HandedOver", "EchoReceived"}
            or (e["type"] == "ReplyDrafted" and e["author"] == "person")
            for e in all_of_it
        )
        yield "session", first, at, source, 0
        yield "session_messages", first, at, str(len(said)), len(said)
        yield "session_duration", first, at, three_digits(length), length
        yield "session_outcome", first, at, "handed_over" if acted else "contained", 0
        yield "journey", first, at, ">".join(path(source, all_of_it, authors)), 0
        versions = {e["version"] for e in said}
        for author in ("bot", "fallback", "person"):
            answered = [t for t in turns if t.first["version"] in versions and t.author == author]
            if answered:
                took = milliseconds(answered[0].replied_at - at)
                yield f"first_response_{author}", first, at, three_digits(took), took


def path(source: str, events: Timeline, authors: dict[str, str]) -> list[str]:
    """A session as steps: none twice running, and at most eight."""
    steps = [source]
    for e in events:
        match e["type"]:
            case "MessageReceived":
                step = "asked"
            case "ReplySent":
                step = {"bot": "answered", "fallback": "fallback", "person": "person"}[authors[e["reply_id"]]]
            case "ReplyFailed":
                step = "failed"
            case "EchoReceived":
                step = "person"
            case "HandedOver":
                step = "handed_over"
            case "HandedBack":
                step = "handed_back"
            case _:
                continue
        if step != steps[-1]:
            steps.append(step)
    return steps[:STEPS]


class Turn(NamedTuple):
    """The messages that one answer covers, what became of them, by whom, and when."""

    said: Timeline
    outcome: str
    author: str | None = None
    replied_at: datetime = NEVER

    @property
    def first(self) -> Event:
        return self.said[0]


ANSWERS: Final = {"bot": "answered", "fallback": "fallback", "person": "person"}


def turns_of(t: Timeline) -> list[Turn]:
    """Turns in the order in which they ended; those that nothing has ended yet are last."""
    ended: list[Turn] = []
    waiting: Timeline = []
    drafting: Timeline = []
    written: dict[str, tuple[str, Timeline]] = {}
    for e in t:
        match e["type"]:
            case "MessageReceived":
                waiting = [*waiting, e]
            case "DraftAttempted":
                drafting, waiting = drafting + waiting, []
            case "ReplyDrafted" if e["author"] == "bot":
                written[e["reply_id"]], drafting = ("bot", drafting), []
            case "ReplyDrafted":
                written[e["reply_id"]], drafting, waiting = (e["author"], drafting + waiting), [], []
            case "ReplySent" if e["reply_id"] in written:
                author, said = written.pop(e["reply_id"])
                ended.append(Turn(said, ANSWERS[author], author, e["recorded_at"]))
            case "ReplyFailed" if e["reply_id"] in written and e["reason"] == "handed_over":
                waiting = [*written.pop(e["reply_id"])[1], *waiting]
            case "ReplyFailed" if e["reply_id"] in written:
                ended.append(Turn(written.pop(e["reply_id"])[1], "failed"))
            case "ReplyFailed":
                ended.append(Turn(drafting + waiting, "failed"))
                drafting, waiting = [], []
            case "EchoReceived":
                ended.append(Turn(drafting + waiting, "person", "person", e["sent_at"]))
                drafting, waiting = [], []
            case "ConversationErased":
                unsent = [said for _, said in written.values()]
                ended += [Turn(said, "failed") for said in [*unsent, drafting, waiting]]
                written, drafting, waiting = {}, [], []
            case _:
                pass
    open_ones = [*(said for _, said in written.values()), drafting, waiting]
    return [turn for turn in [*ended, *(Turn(said, "waiting") for said in open_ones)] if turn.said]


def turns(t: Timeline) -> Counted:
    for turn in turns_of(t):
        at = effective(turn.first)
        yield "turn", turn.first, at, turn.outcome, len(turn.said)
        if turn.author:
            took = milliseconds(turn.replied_at - at)
            yield f"response_{turn.author}", turn.first, at, three_digits(took), took


def delivery(t: Timeline) -> Counted:
    reports, sends = of_type(t, "DeliveryReported"), of_type(t, "ReplySent")
    for sent in sends:
        failed = [e for e in _about(sent, reports) if e["status"] == "failed"]
        state = f"failed:{failed[0]['error_code']}" if failed else NAMES[_rank(sent, reports)]
        yield "delivery", sent, sent["recorded_at"], state, 0
    for e in reports:
        before = [s for s in sends if s["version"] < e["version"] and _about(s, [e])]
        known = [_rank(s, [r for r in reports if r["version"] < e["version"]]) for s in before]
        unsent = e["reply_id"] is not None and not before
        if unsent or (known and min(known) > RANKS.get(e["status"], 9)):
            yield "receipt_out_of_order", e, e["occurred_at"], e["status"], 0


def _about(sent: Event, reports: Timeline) -> Timeline:
    """The reports that name the reply, or cover everything until a later instant."""
    return [e for e in reports if e["reply_id"] == sent["reply_id"] or _covers(e, sent)]


def _covers(report: Event, sent: Event) -> bool:
    watermark = report["watermark"]
    return watermark is not None and sent["recorded_at"] <= watermark and sent["version"] < report["version"]


def _rank(sent: Event, reports: Timeline) -> int:
    """The highest that was ever reported; a reply that was sent is at least that."""
    return max([1, *(RANKS.get(e["status"], 0) for e in _about(sent, reports))])


def models(t: Timeline) -> Counted:
    for e in of_type(t, "ReplyDrafted"):
        if e["author"] != "bot":
            continue
        at, model, latency = e["recorded_at"], e["model"] or "unknown", e["latency_ms"]
        yield "model_call", e, at, model, latency or 0
        if latency is not None:
            yield "model_latency", e, at, three_digits(latency), latency
        for kind in ("input", "cached", "output", "reasoning"):
            if e[f"{kind}_tokens"] is not None:
                yield f"tokens_{kind}", e, at, model, e[f"{kind}_tokens"]
    for e in of_type(t, "ToolCalled"):
        yield "tool_call", e, e["recorded_at"], e["name"], 0
    for e in of_type(t, "ToolReturned"):
        if e["failed"]:
            yield "tool_error", e, e["recorded_at"], "failed", 0
    for e in of_type(t, "DraftFailed"):
        yield "model_error", e, e["recorded_at"], e["code"], 0


class Price(NamedTuple):
    """Billionths of the currency for one token."""

    input: int
    output: int
    cached: int | None


Prices = Callable[[str, datetime], Price | None]


def costs(t: Timeline, price_of: Prices) -> Counted:
    for e in of_type(t, "ReplyDrafted"):
        if e["author"] != "bot":
            continue
        at, model, read, cached = e["recorded_at"], e["model"], e["input_tokens"], e["cached_tokens"]
        price = price_of(model, at) if model else None
        if price is None or read is None:
            yield "cost_unknown", e, at, model or "unknown", 0
        elif cached is None or price.cached is None:
            yield "cost_estimated", e, at, model, read * price.input + e["output_tokens"] * price.output
        else:
            spent = (read - cached) * price.input + cached * price.cached + e["output_tokens"] * price.output
            yield "cost_exact", e, at, model, spent
            yield "cost_avoided", e, at, model, cached * (price.input - price.cached)


def acts(t: Timeline) -> Counted:
    begun = t[0]["thread_id"]
    kind = {"conv": "openai", "local": "local"}.get(begun.partition("_")[0], "retired")
    yield "conversation", t[0], t[0]["recorded_at"], kind, 0
    for e in of_type(t, "HandedOver", "HandedBack"):
        measure = "handover" if e["type"] == "HandedOver" else "handback"
        by = "provider" if e["actor"].startswith("channel:") else "operator"
        yield measure, e, e["recorded_at"], by, 0
    for e in of_type(t, "ThreadRebound"):
        yield "rebound", e, e["recorded_at"], e["reason"], 0


def things(
    timelines: Iterable[Timeline], price_of: Prices, session_hours: float | None = None
) -> list[Thing]:
    """Everything there is to count in these conversations."""
    found = []
    for t in timelines:
        where = t[0]["conversation"], t[0]["channel"], t[0]["account_id"]
        for counted in (messages(t), sessions(t, session_hours), turns(t), delivery(t), models(t), acts(t)):
            found += [_thing(where, *one) for one in counted]
        found += [_thing(where, *one) for one in costs(t, price_of)]
    return found


def _thing(
    where: tuple[UUID, str, str], measure: str, event: Event, at: datetime, dim: str, amount: int
) -> Thing:
    conversation, channel, account = where
    return Thing(measure, conversation, event["version"], at, dim, amount, channel, account)
