"""The reports and their numbers: one definition each, for their values, descriptions and explanations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from projections.measures import Measure
from projections.reports.numbers import (
    IGNORED,
    QUARANTINED,
    REFUSED,
    RETURNING,
    SENDERS,
    Amount,
    Count,
    Number,
    Parts,
    Percentiles,
    Ratio,
    channel,
    code,
    dropped,
    entry,
    flows,
    itself,
    past_channel,
    reached,
)
from projections.reports.spans import Bucket

COST: Final = (Measure.COST_EXACT, Measure.COST_ESTIMATED)
UNKNOWN: Final = (Measure.COST_UNKNOWN,)


@dataclass(frozen=True, slots=True)
class Report:
    """A report. ``numbers`` are those of sums; one of its own kind (``special``) has none.

    ``by_channel``: the dims of its sums have the channel and a slash before them. ``money``: amounts are in
    billionths of the currency of the view. ``bucket`` is what a range is cut into where nothing is asked for.
    """

    name: str
    meaning: str
    numbers: tuple[Number, ...] = ()
    by_channel: bool = False
    money: bool = False
    special: bool = False
    bucket: Bucket = "day"

    def number(self, name: str) -> Number | None:
        """A number by name."""
        return next((number for number in self.numbers if number.name == name), None)


MESSAGES_IN: Final = Count("messages_in", "messages of customers", (Measure.MESSAGE_IN,))
MESSAGES_OUT: Final = Count(
    "messages_out", "replies sent, and messages of people past us", (Measure.MESSAGE_OUT,)
)
SESSIONS: Final = Count("sessions", "sessions that began", (Measure.SESSION,))
SENDER_COUNT: Final = Count("senders", "distinct conversations in which the customer wrote", (SENDERS,))
NEW: Final = Count("new_senders", "conversations whose first message this is", (Measure.SENDER_NEW,))
RETURNED: Final = Count("returning_senders", "`senders` that are not `new_senders`", (RETURNING,))
TURNS: Final = Count(
    "turns", "turns: the messages that one answer covers, at the first of them", (Measure.TURN,)
)
ANSWERED: Final = Count("answered", "turns answered by the bot", (Measure.TURN,), ("answered",))
REPLIED: Final = Count(
    "replied",
    "turns answered by bot, person or configured text",
    (Measure.TURN,),
    ("answered", "person", "fallback"),
)
UNANSWERED: Final = Count("unanswered", "turns that wait for an answer", (Measure.TURN,), ("waiting",))
OUTCOMES: Final = Count("sessions", "sessions that began", (Measure.SESSION_OUTCOME,))
CONTAINED: Final = Count(
    "contained", "sessions in which no person acted", (Measure.SESSION_OUTCOME,), ("contained",)
)
HANDED_OVER: Final = Count(
    "handed_over",
    "sessions that a person took over, or wrote in",
    (Measure.SESSION_OUTCOME,),
    ("handed_over",),
)
REPLIES: Final = Count("replies", "replies that the channel accepted", (Measure.DELIVERY,))
ARRIVED: Final = Count("arrived", "replies delivered or read", (Measure.DELIVERY,), ("delivered", "read"))
READ: Final = Count("read", "replies read", (Measure.DELIVERY,), ("read",))
FAILED: Final = Count("failed", "replies accepted, then reported as failed", (Measure.DELIVERY,), ("failed",))
KNOWN: Final = Amount(
    "known", "what answers cost of which that is known, exactly or estimated", COST, among=UNKNOWN
)
UNKNOWN_CALLS: Final = Count("unknown_calls", "answers of which the cost is not known", UNKNOWN)
CALLS: Final = Count("calls", "answers of the model", (Measure.MODEL_CALL,))
ASKED: Final = Count(
    "asked", "times that the model answered or failed", (Measure.MODEL_CALL, Measure.MODEL_ERROR)
)
ERRORS: Final = Count("errors", "attempts that came to nothing", (Measure.MODEL_ERROR,))
INPUT: Final = Amount("input_tokens", "tokens read", (Measure.TOKENS_INPUT,), among=(Measure.MODEL_CALL,))
CACHED: Final = Amount(
    "cached_tokens", "of those, from the cache", (Measure.TOKENS_CACHED,), among=(Measure.MODEL_CALL,)
)


def _per(name: str, by: Count) -> Ratio:
    return Ratio(name, f"`known` by {by.meaning}; null where any cost is unknown", KNOWN, by, unless=UNKNOWN)


def _first(author: str, who: str) -> Percentiles:
    return Percentiles(
        f"first_{author}",
        f"ms from a session's first message to {who}, the first such answer of each session that has one",
        f"first_response_{author}",
    )


def _each(author: str, who: str) -> Percentiles:
    return Percentiles(
        f"each_{author}", f"ms from a turn's first message to {who}, each such turn", f"response_{author}"
    )


AUTHORS: Final = {
    "bot": "the answer of the bot",
    "fallback": "the configured text",
    "person": "the answer of a person",
}

OVERVIEW: Final = Report(
    "overview",
    "What went on.",
    (
        MESSAGES_IN,
        MESSAGES_OUT,
        SENDER_COUNT,
        NEW,
        RETURNED,
        SESSIONS,
        TURNS,
        UNANSWERED,
        Ratio(
            "answered_share", "turns answered by bot, person or configured text, by `turns`", REPLIED, TURNS
        ),
        Ratio("contained_share", "sessions in which no person acted, by all that began", CONTAINED, OUTCOMES),
        Ratio("arrived_share", "replies delivered or read, by all accepted", ARRIVED, REPLIES),
        KNOWN,
        UNKNOWN_CALLS,
        Percentiles(
            "first_response",
            "ms from a session's first message to the bot's first answer in it",
            Measure.FIRST_RESPONSE_BOT,
            whole=True,
        ),
    ),
    money=True,
)
MESSAGES: Final = Report(
    "messages",
    "Messages in and out.",
    (
        MESSAGES_IN,
        MESSAGES_OUT,
        Parts("in_by_kind", "`messages_in` by kind", (Measure.MESSAGE_IN,), itself),
        Parts("out_by_author", "`messages_out` by author", (Measure.MESSAGE_OUT,), itself),
    ),
)
SESSION_REPORT: Final = Report(
    "sessions",
    "Sessions that began, how much was said in them and how long they were.",
    (
        SESSIONS,
        Parts("by_source", "`sessions` by entry source", (Measure.SESSION,), itself),
        Amount("messages", "messages of customers in these sessions", (Measure.SESSION_MESSAGES,)),
        Percentiles("session_messages", "messages of customers in a session", Measure.SESSION_MESSAGES),
        Percentiles(
            "duration", "ms from the earliest to the latest message of a session", Measure.SESSION_DURATION
        ),
    ),
)
SENDER_REPORT: Final = Report(
    "senders",
    "Who wrote: new and returning customers.",
    (
        SENDER_COUNT,
        NEW,
        RETURNED,
        Parts("new_by_source", "`new_senders` by entry source", (Measure.SENDER_NEW,), itself),
        Ratio("messages_per_sender", "`messages_in` by `senders`", MESSAGES_IN, SENDER_COUNT),
        Ratio("sessions_per_sender", "sessions that began by `senders`", SESSIONS, SENDER_COUNT),
    ),
)
RESPONSE_TIMES: Final = Report(
    "response-times",
    "How long customers waited for an answer.",
    (
        *(_first(author, who) for author, who in AUTHORS.items()),
        *(_each(author, who) for author, who in AUTHORS.items()),
    ),
)
OUTCOME_REPORT: Final = Report(
    "outcomes",
    "What became of turns and of sessions.",
    (
        TURNS,
        ANSWERED,
        Count("fallback", "turns that got the configured text", (Measure.TURN,), ("fallback",)),
        Count("person", "turns answered by a person", (Measure.TURN,), ("person",)),
        Count("failed", "turns whose answer failed for good", (Measure.TURN,), ("failed",)),
        UNANSWERED,
        Ratio(
            "answered_share", "turns answered by bot, person or configured text, by `turns`", REPLIED, TURNS
        ),
        OUTCOMES,
        HANDED_OVER,
        CONTAINED,
        Ratio("handed_over_share", "`handed_over` by `sessions`", HANDED_OVER, OUTCOMES),
        Ratio("contained_share", "`contained` by `sessions`", CONTAINED, OUTCOMES),
        Parts(
            "failed_by_reason", "replies that will not reach the customer", (Measure.REPLY_FAILED,), itself
        ),
    ),
)
JOURNEY: Final = Report(
    "journey",
    "Sessions as paths of steps.",
    (
        SESSIONS,
        Parts("entries", "sessions by entry source", (Measure.JOURNEY,), entry, whole=True),
        Parts("paths", "sessions by their whole path", (Measure.JOURNEY,), itself, whole=True),
        Parts(
            "reached", "sessions that got to a step, `number:step`", (Measure.JOURNEY,), reached, whole=True
        ),
        Parts(
            "flows",
            "sessions that went from a step to the next, `number:step>next`",
            (Measure.JOURNEY,),
            flows,
            whole=True,
        ),
        Parts(
            "dropped",
            "sessions whose last step this is, `number:step`",
            (Measure.JOURNEY,),
            dropped,
            whole=True,
        ),
    ),
)
DELIVERY: Final = Report(
    "delivery",
    "What became of sent replies, by the furthest that was reported.",
    (
        REPLIES,
        Count("sent", "replies nothing more is known of", (Measure.DELIVERY,), ("sent",)),
        Count("delivered", "replies delivered, not known to be read", (Measure.DELIVERY,), ("delivered",)),
        READ,
        FAILED,
        Parts("failed_by_code", "`failed` by the channel's code", (Measure.DELIVERY,), code),
        Ratio("arrived_share", "`delivered` and `read` by `replies`", ARRIVED, REPLIES),
        Ratio("read_share", "`read` by `replies`", READ, REPLIES),
        Ratio("failed_share", "`failed` by `replies`", FAILED, REPLIES),
    ),
)
DELIVERY_HEALTH: Final = Report(
    "delivery-health",
    "What the channels delivered that was not as it should be.",
    (
        Count("duplicates", "updates delivered again", (Measure.DUPLICATE,)),
        Parts("duplicates_by_update", "`duplicates` by stored type", (Measure.DUPLICATE,), itself),
        Count("late", "messages recorded after one that was sent later", (Measure.LATE,)),
        Count(
            "out_of_order",
            "receipts of less than was known, or before the send was recorded",
            (Measure.RECEIPT_OUT_OF_ORDER,),
        ),
        Count("bad_signatures", "deliveries refused; null of a channel or account", (REFUSED,)),
        Count(
            "quarantined",
            "set aside as making no sense, retried or not; null of a channel or account",
            (QUARANTINED,),
        ),
        Parts("quarantined_by_reason", "`quarantined` by reason", (QUARANTINED,), itself),
        Count("ignored", "updates of no kind that is read", (IGNORED,)),
        Parts("ignored_by_reason", "`ignored` by reason", (IGNORED,), itself),
    ),
)
MODELS: Final = Report(
    "models",
    "What the model was asked, and how it did.",
    (
        CALLS,
        Parts("by_model", "`calls` by model", (Measure.MODEL_CALL,), itself),
        Percentiles("latency", "ms to an answer, where known", Measure.MODEL_LATENCY),
        ERRORS,
        Parts("errors_by_code", "`errors` by code", (Measure.MODEL_ERROR,), itself),
        Ratio("error_share", "`errors` by `calls` and `errors`", ERRORS, ASKED),
        INPUT,
        CACHED,
        Amount("output_tokens", "tokens written", (Measure.TOKENS_OUTPUT,), among=(Measure.MODEL_CALL,)),
        Amount(
            "reasoning_tokens",
            "of those, for reasoning",
            (Measure.TOKENS_REASONING,),
            among=(Measure.MODEL_CALL,),
        ),
        Count("calls_with_tokens", "`calls` of which `input_tokens` are known", (Measure.TOKENS_INPUT,)),
        Ratio(
            "cached_share",
            "`cached_tokens` by `input_tokens`; null where both are not known of the same calls",
            CACHED,
            INPUT,
            same=True,
        ),
        Parts("input_by_model", "`input_tokens` by model", (Measure.TOKENS_INPUT,), itself, amounts=True),
        Parts("output_by_model", "`output_tokens` by model", (Measure.TOKENS_OUTPUT,), itself, amounts=True),
        Count("tool_calls", "functions the model asked for", (Measure.TOOL_CALL,)),
        Parts("tool_calls_by_name", "`tool_calls` by name", (Measure.TOOL_CALL,), itself),
        Count("tool_errors", "functions that failed", (Measure.TOOL_ERROR,)),
    ),
)
COST_REPORT: Final = Report(
    "cost",
    "What the answers of the model cost, in whole billionths of the currency.",
    (
        KNOWN,
        Amount("exact", "of that, where everything is known", (Measure.COST_EXACT,), among=UNKNOWN),
        Amount(
            "estimated",
            "of that, where the cached share or its price is not known",
            (Measure.COST_ESTIMATED,),
            among=UNKNOWN,
        ),
        Count("exact_calls", "answers of exact cost", (Measure.COST_EXACT,)),
        Count("estimated_calls", "answers of estimated cost", (Measure.COST_ESTIMATED,)),
        UNKNOWN_CALLS,
        Amount(
            "avoided",
            "what exact answers would have cost more had their thread's cache not been used",
            (Measure.COST_AVOIDED,),
            among=(*UNKNOWN, Measure.COST_ESTIMATED),
        ),
        Parts("by_model", "`known` by model", COST, past_channel, amounts=True),
        Parts("by_channel", "`known` by channel", COST, channel, amounts=True),
        _per("per_message", MESSAGES_IN),
        _per("per_session", SESSIONS),
        _per("per_sender", SENDER_COUNT),
    ),
    by_channel=True,
    money=True,
)
RETENTION: Final = Report(
    "retention", "Of those who came in each bucket, who wrote again, and how much later.", special=True,
    bucket="week",
)  # fmt: skip
BUSIEST_HOURS: Final = Report(
    "busiest-hours", "Messages and sessions by weekday and hour of the zone.", special=True, bucket="none"
)
OBLIGATIONS: Final = Report(
    "obligations", "Who waits for an answer now, whatever the range.", special=True, bucket="none"
)
TOP_SENDERS: Final = Report("top-senders", "Who wrote most.", special=True, money=True, bucket="none")

REPORTS: Final = {
    report.name: report
    for report in (
        OVERVIEW, MESSAGES, SESSION_REPORT, SENDER_REPORT, RETENTION, BUSIEST_HOURS, RESPONSE_TIMES,
        OBLIGATIONS, OUTCOME_REPORT, JOURNEY, DELIVERY, DELIVERY_HEALTH, MODELS, COST_REPORT, TOP_SENDERS,
    )
}  # fmt: skip
