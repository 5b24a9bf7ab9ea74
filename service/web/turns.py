"""Turns: a customer's question, what was answered, what it took and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from domain.inbound import Attachment
from projections.prices import PriceTable, Usage
from projections.receipts import RANKS, REACHED
from service.storage.reading import Instant
from service.storage.turns import Event, Span

MILLISECOND = timedelta(milliseconds=1)

Outcome = Literal["waiting", "answered", "fallback", "person", "failed"]
OUTCOMES: dict[str, Outcome] = {"bot": "answered", "fallback": "fallback", "person": "person"}
"""What became of a turn whose answer was sent, by who wrote it."""


class TurnMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that the customer said. Personal members are missing once the person has been erased."""

    version: int
    recorded_at: Instant
    sent_at: Instant
    kind: str
    message_id: str | msgspec.UnsetType = msgspec.UNSET
    text: str | msgspec.UnsetType | None = msgspec.UNSET
    attachments: tuple[Attachment, ...] | msgspec.UnsetType = msgspec.UNSET


class TurnAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was answered. ``reply_id`` is null where a person wrote past us, ``sent_at`` where the channel has
    not taken the whole of it."""

    reply_id: str | None
    author: Literal["bot", "fallback", "person"]
    written_at: Instant
    sent_at: Instant | None
    text: str | msgspec.UnsetType | None = msgspec.UNSET


class TurnTool(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A function that the model had run; ``failed`` is null where nothing came back."""

    name: str
    failed: bool | None
    latency_ms: int | None


class TurnUsage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tokens of the answer, as the provider counted them; null where it did not say."""

    input_tokens: int | None
    cached_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None


class Turn(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="Turn", kw_only=True
):
    """What the customer said, and the one answer to it. Where ``question`` is empty, nobody had asked.

    ``question`` holds the first 100 messages of ``question_count``. ``first_version`` to ``last_version`` is
    from the question to the sending. ``waited_ms`` is from the first message, by the provider's clock, to the
    sending; null where nothing was sent. ``delivery`` is ``sent``, ``delivered``, ``read`` or
    ``failed:CODE``, as far as it was reported within the next 500 events. ``cost_billionths`` is in
    billionths of ``currency``, null where tokens or price are unknown; where ``cost_exact`` is false, all
    input is at the full price.
    """

    first_version: int
    last_version: int
    question: list[TurnMessage]
    question_count: int
    answer: TurnAnswer | None
    outcome: Outcome
    waited_ms: int | None
    delivery: str | None
    model: str | None
    latency_ms: int | None
    usage: TurnUsage | None
    cost_billionths: int | None
    cost_exact: bool | None
    currency: str | None
    tools: list[TurnTool]


class _Came:
    """What came of replies, as far as it was read."""

    def __init__(self, traces: Sequence[Event]) -> None:
        self.sent: dict[str, Event] = {}
        self.failed: dict[str, Event] = {}
        self.tools: dict[str, dict[str, TurnTool]] = {}
        self.erased_at: int | None = None
        self._reports: list[Event] = []
        for event in traces:
            match event["type"]:
                case "ReplySent":
                    self.sent[event["reply_id"]] = event
                case "ReplyFailed":
                    self.failed[event["reply_id"]] = event
                case "DeliveryReported":
                    self._reports.append(event)
                case "ConversationErased":
                    self.erased_at = event["version"]
                case _:
                    self._tool(event)

    def _tool(self, event: Event) -> None:
        calls = self.tools.setdefault(event["reply_id"], {})
        if event["type"] == "ToolCalled":
            calls[event["call_id"]] = TurnTool(event["name"], None, None)
        elif event["call_id"] in calls:
            name = calls[event["call_id"]].name
            calls[event["call_id"]] = TurnTool(name, event["failed"], event["latency_ms"])

    def delivery(self, reply_id: str) -> str | None:
        """How far a sent reply has come by all reports of it, in whatever order; a failure is final."""
        sent = self.sent.get(reply_id)
        if sent is None:
            return None
        rank, failure = 0, ""
        for report in self._reports:
            watermark = report["watermark"]
            covered = watermark is not None and sent["recorded_at"] <= watermark
            if report["reply_id"] == reply_id or covered:
                rank = max(rank, RANKS.get(report["status"], 0))
                if report["status"] == "failed":
                    failure = failure or f"failed:{report['error_code'] or 'unknown'}"
        return failure or REACHED[rank]


def fold(spans: Sequence[Span], traces: Sequence[Event], prices: PriceTable) -> list[Turn]:
    """The turns of spans, in their order."""
    came = _Came(traces)
    return [_turn(span, came, prices) for span in spans]


def _turn(span: Span, came: _Came, prices: PriceTable) -> Turn:
    close = span.close
    reply_id = close.get("reply_id") if close else None
    end = _end(close, came)
    drafted = close if close and close["type"] == "ReplyDrafted" else None
    first = span.messages[0] if span.messages else close
    assert first is not None, "a turn has a question or an end"
    versions = [event["version"] for event in (*span.messages[-1:], close, end) if event is not None]
    return Turn(
        first_version=first["version"],
        last_version=max(versions),
        question=[_message(event) for event in span.messages],
        question_count=span.count,
        answer=_answer(close, end),
        outcome=_outcome(span, end, came),
        waited_ms=_waited(span, end),
        delivery=came.delivery(reply_id) if drafted and reply_id else None,
        model=drafted["model"] if drafted else None,
        latency_ms=drafted["latency_ms"] if drafted else None,
        tools=list(came.tools.get(reply_id, {}).values()) if reply_id else [],
        **_spent(drafted, prices),
    )


def _end(close: Event | None, came: _Came) -> Event | None:
    """The event by which a turn came to its end: what was written is with the customer, or never will be."""
    if close is None:
        return None
    if close["type"] != "ReplyDrafted":
        return close
    return came.failed.get(close["reply_id"]) or came.sent.get(close["reply_id"])


def _outcome(span: Span, end: Event | None, came: _Came) -> Outcome:
    if end is None:
        return "failed" if came.erased_at is not None and came.erased_at > span.above else "waiting"
    if end["type"] == "ReplyFailed":
        return "failed"
    author = span.close.get("author", "person") if span.close else "person"
    return OUTCOMES.get(author, "answered")


def _answer(close: Event | None, end: Event | None) -> TurnAnswer | None:
    if close is None or close["type"] == "ReplyFailed":
        return None
    text = close.get("text", msgspec.UNSET)
    if close["type"] == "EchoReceived":
        return TurnAnswer(None, "person", close["sent_at"], close["sent_at"], text)
    sent_at = end["recorded_at"] if end and end["type"] == "ReplySent" else None
    return TurnAnswer(close["reply_id"], close["author"], close["recorded_at"], sent_at, text)


def _waited(span: Span, end: Event | None) -> int | None:
    if end is None or end["type"] == "ReplyFailed" or not span.messages:
        return None
    first = span.messages[0]
    since: datetime = min(first["sent_at"], first["received_at"] or first["recorded_at"])
    until: datetime = end["sent_at"] if end["type"] == "EchoReceived" else end["recorded_at"]
    return max(0, (until - since) // MILLISECOND)


def _message(event: Event) -> TurnMessage:
    personal = {name: event[name] for name in ("message_id", "text", "attachments") if name in event}
    return TurnMessage(event["version"], event["recorded_at"], event["sent_at"], event["kind"], **personal)


def _spent(drafted: Event | None, prices: PriceTable) -> dict[str, Any]:
    """Tokens, and what they cost at the time."""
    unknown = {"usage": None, "cost_billionths": None, "cost_exact": None, "currency": None}
    if drafted is None or drafted["author"] != "bot":
        return unknown
    usage = TurnUsage(*(drafted[name] for name in TurnUsage.__struct_fields__))
    price = prices.at(drafted["model"], drafted["recorded_at"]) if drafted["model"] else None
    if price is None or usage.input_tokens is None or usage.output_tokens is None:
        return {**unknown, "usage": usage}
    tokens = Usage(usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.cache_write_tokens)
    cost = price.cost(tokens)
    return {
        "usage": usage,
        "cost_billionths": cost.billionths,
        "cost_exact": cost.exact,
        "currency": prices.currency,
    }
