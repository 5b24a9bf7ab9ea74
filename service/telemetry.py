"""What the service tells about itself: structured logs and metrics. Never a text or a name."""

from __future__ import annotations

import asyncio
import io
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import BinaryIO, Literal, TextIO

import orjson
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from domain import events as e
from service.conversations import Entry

REGISTRY = CollectorRegistry()

DELIVERIES = Counter("onethread_deliveries", "Webhook deliveries by outcome", ["outcome"], registry=REGISTRY)
EVENTS = Counter("onethread_events", "Events appended to the log by type", ["type"], registry=REGISTRY)
DRAFT_SECONDS = Histogram(
    "onethread_draft_seconds",
    "Time from asking the model to its answer",
    registry=REGISTRY,
    buckets=(0.25, 0.5, 1, 2, 4, 8, 16, 32, 64),
)
TOKENS = Counter("onethread_tokens", "Tokens used by kind", ["kind"], registry=REGISTRY)
INBOX = Gauge("onethread_inbox_rows", "Rows in the inbox, not in the log yet", registry=REGISTRY)
OWED = Gauge("onethread_owed", "Conversations that owe something", registry=REGISTRY)
QUARANTINED = Gauge("onethread_quarantined", "Pieces in quarantine, not retried", registry=REGISTRY)
THREADS = Gauge("onethread_threads", "Threads in the register by state", ["state"], registry=REGISTRY)
ERASURE_REQUESTS = Gauge(
    "onethread_erasure_requests", "Requests for deletion that are not done", registry=REGISTRY
)
ERASURES_OWED = Gauge(
    "onethread_erasures_owed", "Threads and answers of erased people still to be deleted", registry=REGISTRY
)
PARTITIONS = Gauge("onethread_partitions_held", "Partitions this process works on", registry=REGISTRY)
LAG_EVENTS = Gauge(
    "onethread_projection_lag_events", "Events a projection is behind", ["projection"], registry=REGISTRY
)
LAG_SECONDS = Gauge(
    "onethread_projection_lag_seconds", "Seconds a projection is behind", ["projection"], registry=REGISTRY
)
PARKED = Gauge(
    "onethread_projection_parked_events",
    "Events a projection could not take",
    ["projection"],
    registry=REGISTRY,
)
REBUILD_DONE = Gauge(
    "onethread_rebuild_events_done", "Events a rebuild has taken", ["projection"], registry=REGISTRY
)
REBUILD_TOTAL = Gauge(
    "onethread_rebuild_events_total", "Events a rebuild is to take", ["projection"], registry=REGISTRY
)
REBUILD_SPEED = Gauge(
    "onethread_rebuild_events_per_second", "Speed of a rebuild", ["projection"], registry=REGISTRY
)

EVENT_COUNTS = {event_class: EVENTS.labels(name) for name, event_class in e.EVENT_TYPES.items()}

logger = structlog.get_logger()

_short_way: list[tuple[object, BinaryIO]] = []
"""What makes loggers, and where lines of JSON go, once that is how lines are written."""


def _dumps(value: object, **_: object) -> bytes:
    return orjson.dumps(value, default=str)


_LINES: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
# Tracebacks are logged without the local variables, which hold what people write.
PRETTY_LINES: list[structlog.typing.Processor] = [
    *_LINES,
    structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
]
JSON_LINES: list[structlog.typing.Processor] = [
    *_LINES,
    structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
    structlog.processors.JSONRenderer(serializer=_dumps),
]


class GatheredLines(io.BufferedWriter):
    """Writes the lines of one turn of the event loop together: a batch of messages is one system call
    instead of hundreds."""

    _due = False

    def flush(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._write_out()
            return
        if not self._due:
            self._due = True
            loop.call_soon(self._write_out)

    def close(self) -> None:
        if not self.closed:
            self._write_out()
        super().close()

    def _write_out(self) -> None:
        self._due = False
        if not self.closed:
            super().flush()


class _LibraryLine(logging.Formatter):
    """One line. Of an exception its kind and its place: what it says may quote what people write."""

    def format(self, record: logging.LogRecord) -> str:
        said = record.getMessage().partition("\n")[0]
        raised = record.exc_info[1] if record.exc_info else None
        place = traceback.extract_tb(raised.__traceback__)[-1:] if raised else []
        where = f" at {place[0].filename}:{place[0].lineno}" if place else ""
        kind = f" ({type(raised).__name__}{where})" if raised else ""
        return f"{record.levelname} {record.name}: {said}{kind}"


def library_handler(stream: TextIO) -> logging.Handler:
    """Takes what libraries tell ``logging``, to be written to ``stream``."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_LibraryLine())
    return handler


def _output(stream: TextIO) -> BinaryIO:
    try:
        descriptor = stream.fileno()
    except OSError:  # something that only stands in for it
        return stream.buffer
    return GatheredLines(io.FileIO(descriptor, "w", closefd=False))


def configure_logging(log_format: Literal["auto", "json", "pretty"], stream: TextIO | None = None) -> None:
    """One line of JSON an event, or pretty lines on a terminal: on standard output, or on ``stream`` where
    that is for a command's answer."""
    stream = stream or sys.stdout
    pretty = log_format == "pretty" or (log_format == "auto" and stream.isatty())
    output = _output(stream)
    factory = structlog.PrintLoggerFactory(stream) if pretty else structlog.BytesLoggerFactory(output)
    _short_way[:] = [] if pretty else [(factory, output)]
    structlog.configure(
        processors=PRETTY_LINES if pretty else JSON_LINES,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=factory,
        # What only stands in for a stream is gone before the process is.
        cache_logger_on_first_use=isinstance(output, GatheredLines),
    )
    logging.basicConfig(level=logging.WARNING, handlers=[library_handler(sys.stderr)])


def committed(entry: Entry, events: list[e.Fact]) -> None:
    """Tell what has just been recorded: one line for a person met, one for each message of theirs."""
    conversation = entry.live.conversation
    state = conversation.state
    for event in events:
        EVENT_COUNTS[type(event)].inc()
        match event:
            case e.MessageReceived():
                _tell(
                    "message received",
                    conversation=str(conversation.id),
                    thread=state.thread_id,
                    session=event.session,
                    message=event.session_message,
                )
            case e.ConversationStarted():
                logger.info(
                    "conversation started",
                    conversation=str(conversation.id),
                    thread=event.thread_id,
                    channel=event.channel,
                )
            case e.ReplyDrafted():
                _drafted(event)
            case _:
                pass


def _tell(event: str, **values: object) -> None:
    """As ``logger.info``. A line of JSON takes the short way: there is one for each message."""
    if (
        _short_way
        and not _short_way[0][1].closed
        and structlog.get_config()["logger_factory"] is _short_way[0][0]
    ):
        line = {**values, "event": event, "level": "info", "timestamp": datetime.now(UTC)}
        _short_way[0][1].write(orjson.dumps(line, option=orjson.OPT_UTC_Z) + b"\n")
        _short_way[0][1].flush()
    else:
        logger.info(event, **values)


def _drafted(event: e.ReplyDrafted) -> None:
    if event.latency_ms is not None:
        DRAFT_SECONDS.observe(event.latency_ms / 1000)
    for kind in ("input", "cached", "output"):
        TOKENS.labels(kind).inc(getattr(event, f"{kind}_tokens") or 0)
