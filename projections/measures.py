"""The dictionary of measures: what analytics counts, and by which instants.

A *fact* is one counted thing: a row of a conversation under a measure, standing for one event. A fact has an
instant (``at``, by which intervals take it in), a dimension (``dim``, by which it is told apart) and a whole
amount. Every number of a report is a count of facts, or the sum of their amounts.

The *effective* time of a message is when its provider says it was sent, at the latest when it was received.
Money is in whole billionths of the currency, durations are in milliseconds. Durations and sizes stand in
``dim`` cut to three significant digits, so that counts by ``dim`` are a histogram that adds up across
intervals and gives percentiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Self

SIGNIFICANT: Final = 3
"""Decimal digits that are kept of a number in ``dim``: a percentile is less than 1 % below the exact one."""


class Measure(StrEnum):
    """What is counted; each names the event whose version its facts bear."""

    meaning: str
    at: str
    dim: str
    amount: str

    def __new__(cls, name: str, meaning: str, at: str, dim: str, amount: str = "0") -> Self:
        member = str.__new__(cls, name)
        member._value_ = name
        member.meaning, member.at, member.dim, member.amount = meaning, at, dim, amount
        return member

    # Volume

    MESSAGE_IN = "message_in", "A customer's message (MessageReceived).", "effective", "kind"
    MESSAGE_OUT = (
        "message_out",
        "A reply the channel took whole (ReplySent), or words of a person past us (EchoReceived).",
        "recorded_at; of an echo sent_at",
        "author: bot, fallback, person; unknown where the log holds no draft",
    )
    SENDER_NEW = (
        "sender_new",
        "The first message ever of a conversation (MessageReceived).",
        "effective",
        "entry source, or direct",
    )
    CONVERSATION = (
        "conversation",
        "A conversation bound to its first thread (ConversationStarted).",
        "recorded_at",
        "kind of thread: openai, local, retired",
    )

    # Sessions: all at the version and effective time of the first message of the session

    SESSION = "session", "A session (its first MessageReceived).", "effective", "entry source, or direct"
    SESSION_MESSAGES = (
        "session_messages",
        "A session, by the customer's messages in it so far.",
        "as session",
        "messages, three digits",
        "messages",
    )
    SESSION_DURATION = (
        "session_duration",
        "A session, by the time between the earliest and the latest effective time of its messages so far.",
        "as session",
        "milliseconds, three digits",
        "milliseconds",
    )
    SESSION_OUTCOME = (
        "session_outcome",
        "A session, by whether a person took over or wrote while it was the newest.",
        "as session",
        "contained, handed_over",
    )
    JOURNEY = (
        "journey",
        "A session, by what happened while it was the newest: 8 steps joined by >, none like the last.",
        "as session",
        "direct or entry source, then asked, answered, fallback, failed, person, handed_over, handed_back",
    )

    # Turns: all at the version and effective time of the turn's first message

    TURN = (
        "turn",
        "Messages that one answer covers, by its author; a person's covers all that no reply is written to.",
        "effective, of its first message",
        "waiting, then answered (by the bot), fallback, person or failed",
        "messages",
    )
    RESPONSE_BOT = (
        "response_bot",
        "An answered turn, by the time from its first message to the answer of the bot (ReplySent).",
        "as turn",
        "milliseconds, three digits",
        "milliseconds",
    )
    RESPONSE_FALLBACK = (
        "response_fallback",
        "Likewise, to the configured text.",
        "as turn",
        "milliseconds, three digits",
        "milliseconds",
    )
    RESPONSE_PERSON = (
        "response_person",
        "Likewise, to a person's reply (ReplySent) or message past us (EchoReceived, by its sent_at).",
        "as turn",
        "milliseconds, three digits",
        "milliseconds",
    )
    FIRST_RESPONSE_BOT = (
        "first_response_bot",
        "A session, by the time from its first message to the bot's answer to the first turn it answered.",
        "as session",
        "milliseconds, three digits",
        "milliseconds",
    )
    FIRST_RESPONSE_FALLBACK = (
        "first_response_fallback",
        "Likewise, to the configured text.",
        "as session",
        "milliseconds, three digits",
        "milliseconds",
    )
    FIRST_RESPONSE_PERSON = (
        "first_response_person",
        "Likewise, to a person's reply or message past us.",
        "as session",
        "milliseconds, three digits",
        "milliseconds",
    )

    # Delivery

    DELIVERY = (
        "delivery",
        "A sent reply (ReplySent), by the most reported of it while it was among the last 64.",
        "recorded_at",
        "sent, delivered, read (played is read); failed:<code> once reported",
    )
    REPLY_FAILED = (
        "reply_failed",
        "A reply that the customer will not get (ReplyFailed).",
        "recorded_at",
        "reason, or reason:<code>",
    )
    RECEIPT_OUT_OF_ORDER = (
        "receipt_out_of_order",
        "A report (DeliveryReported) of less than was known of its replies, or before ReplySent.",
        "occurred_at",
        "status",
    )
    DUPLICATE = (
        "duplicate",
        "Something delivered again (DuplicateReceived).",
        "received_at",
        "stored type of what it repeats",
    )
    LATE = (
        "late",
        "A message (MessageReceived) recorded after one that was sent later.",
        "received_at, or recorded_at where that is unknown",
        "kind",
    )

    # Model and money: those of a reply all at the bot's ReplyDrafted

    MODEL_CALL = (
        "model_call",
        "An answer of the model (ReplyDrafted by the bot).",
        "recorded_at",
        "model, or unknown",
        "milliseconds it took; 0 where unknown",
    )
    MODEL_LATENCY = (
        "model_latency",
        "An answer of which is known how long it took.",
        "recorded_at",
        "milliseconds, three digits",
        "milliseconds",
    )
    TOKENS_INPUT = (
        "tokens_input",
        "An answer of which is known what the model read, cached or not.",
        "recorded_at",
        "model, or unknown",
        "tokens",
    )
    TOKENS_CACHED = (
        "tokens_cached",
        "An answer of which is known how much of that came from the cache.",
        "recorded_at",
        "model, or unknown",
        "tokens",
    )
    TOKENS_OUTPUT = (
        "tokens_output",
        "An answer of which is known what the model wrote.",
        "recorded_at",
        "model, or unknown",
        "tokens",
    )
    TOKENS_REASONING = (
        "tokens_reasoning",
        "An answer of which is known how much of that was reasoning.",
        "recorded_at",
        "model, or unknown",
        "tokens",
    )
    MODEL_ERROR = "model_error", "An attempt that came to nothing (DraftFailed).", "recorded_at", "code"
    TOOL_CALL = "tool_call", "A function that the model asked for (ToolCalled).", "recorded_at", "name"
    TOOL_ERROR = "tool_error", "A function that failed (ToolReturned).", "recorded_at", "failed"
    COST_EXACT = (
        "cost_exact",
        "An answer whose model, tokens and prices are all known.",
        "recorded_at",
        "model",
        "billionths",
    )
    COST_ESTIMATED = (
        "cost_estimated",
        "An answer with a cached share or a kind of input of unknown price, taken at the full price.",
        "recorded_at",
        "model",
        "billionths",
    )
    COST_UNKNOWN = (
        "cost_unknown",
        "An answer without model, tokens or price.",
        "recorded_at",
        "model, or unknown",
    )
    COST_AVOIDED = (
        "cost_avoided",
        "An exact cost, by what it would have been more had nothing come from the cache of the one thread.",
        "recorded_at",
        "model",
        "billionths",
    )

    # Acts

    HANDOVER = "handover", "A person took over (HandedOver).", "recorded_at", "operator, provider"
    HANDBACK = "handback", "The bot was given back to (HandedBack).", "recorded_at", "operator, provider"
    REBOUND = "rebound", "A conversation moved to another thread (ThreadRebound).", "recorded_at", "reason"


def rounded_ms(milliseconds: int) -> str:
    """Three significant digits of a whole number that is not negative, rounded down: 1234 is ``1230``."""
    digits = str(milliseconds)
    return digits if len(digits) <= SIGNIFICANT else digits[:SIGNIFICANT].ljust(len(digits), "0")


def percentile(histogram: Mapping[str, int], percent: int) -> int | None:
    """The nearest-rank percentile of numbers counted by their ``dim``; None where there are none.

    The smallest number with at least ``percent`` (1 to 100) per cent of all at or below it.
    """
    total = sum(histogram.values())
    rank = -(-percent * total // 100)
    for number, count in sorted((int(dim), count) for dim, count in histogram.items()):
        rank -= count
        if rank <= 0 < count:
            return number
    return None
