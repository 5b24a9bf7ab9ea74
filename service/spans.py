"""One trace for each message: delivery, intake, thread, drafts, sends, receipts, whichever process did it.

The trace's id is a digest of the message's own id, so that nothing about traces is stored, and a copy or a
restart goes on in the same one. Spans are made after the fact, of what was recorded and when. They hold
types, models, counts and codes: no text, no name, no id of a person or of a message.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Thread
from typing import Final, TypeVar
from uuid import UUID

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.util.types import AttributeValue

from domain import events as e
from domain.inbound import Message
from service.channels.delivery import Delivery
from service.conversations import Entry
from service.storage import log
from service.storage.database import Database
from service.storage.log import Live

REMEMBERED: Final = 20_000
"""Messages and attempts of which something is kept until their answers come."""

MOST_WAITING: Final = 10_000
"""Commits that wait to be told of. Past it they are not: traces never hold up what they tell of."""

LOOKED_BACK: Final = 64
"""Events before a reply among which the message that asked for it is."""

LAST_WORDS: Final = 1.5
"""Seconds that the exporter gets when the process stops."""

LOW_BITS: Final = (1 << 64) - 1

Attributes = dict[str, AttributeValue]
Key = TypeVar("Key")
Value = TypeVar("Value")

logger = structlog.get_logger()


def trace_of(channel: str, account_id: str, message_id: str) -> int:
    """The trace of a customer's message. The same in every process, and nobody's id."""
    named = f"onethread:{channel}:{account_id}:{message_id}".encode("utf-8", "replace")
    return int.from_bytes(hashlib.sha256(named).digest()[:16]) or 1


def root_of(trace_id: int) -> int:
    """The id of a trace's first span, the delivery, so that the others can name it as theirs."""
    return trace_id & LOW_BITS or 1


class _GivenIds(RandomIdGenerator):
    """Random ids, but for a first span, whose ids are given."""

    def __init__(self) -> None:
        self.given: int | None = None

    def generate_trace_id(self) -> int:
        return super().generate_trace_id() if self.given is None else self.given

    def generate_span_id(self) -> int:
        return super().generate_span_id() if self.given is None else root_of(self.given)


class Spans:
    """Makes spans and has them exported, in the background and within bounds."""

    def __init__(self, database: Database, provider: TracerProvider, ids: _GivenIds) -> None:
        self._database = database
        self._provider = provider
        self._ids = ids
        self._tracer = provider.get_tracer("onethread")
        self._waiting: asyncio.Queue[tuple[Live, list[e.Fact]]] = asyncio.Queue(MOST_WAITING)
        self._traces: OrderedDict[tuple[UUID, int], int] = OrderedDict()
        self._began: OrderedDict[tuple[UUID, str], datetime] = OrderedDict()
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def begin(cls, database: Database) -> Spans:
        """Start, with the collector that the environment names."""
        ids = _GivenIds()
        provider = TracerProvider(
            resource=Resource.create({SERVICE_NAME: "onethread"}), id_generator=ids, shutdown_on_exit=False
        )
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        spans = cls(database, provider, ids)
        spans._task = asyncio.create_task(spans._run(), name="spans")
        return spans

    async def stop(self) -> None:
        """Tell what is waiting, for :data:`LAST_WORDS` at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await self._waiting.join()
                await self._flushed()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _flushed(self) -> None:
        """In a thread of its own, since the loop waits in the end for those of its executor, and a collector
        that is away is tried again and again."""
        loop, flushed = asyncio.get_running_loop(), asyncio.Event()

        def flush() -> None:
            self._provider.force_flush(int(LAST_WORDS * 1000))
            with suppress(RuntimeError):  # the loop did not wait
                loop.call_soon_threadsafe(flushed.set)

        Thread(target=flush, daemon=True, name="last spans").start()
        await flushed.wait()

    # What happens

    def delivered(self, delivery: Delivery, received_at: datetime, durable_at: datetime) -> None:
        """A delivery was made durable: the first span of each message in it."""
        attributes: Attributes = {"onethread.items": len(delivery.items)}
        for item in delivery.items:
            if isinstance(item, Message):
                sender = item.sender
                self._ids.given = trace_of(sender.channel, sender.account_id, item.message_id)
                try:
                    span = self._tracer.start_span(
                        "webhook delivery", trace.set_span_in_context(trace.INVALID_SPAN), SpanKind.SERVER,
                        {**attributes, "onethread.channel": sender.channel}, start_time=_ns(received_at),
                    )  # fmt: skip
                finally:
                    self._ids.given = None
                span.end(_ns(durable_at))

    def committed(self, entry: Entry, events: list[e.Fact]) -> None:
        """Something was recorded."""
        with suppress(asyncio.QueueFull):
            self._waiting.put_nowait((entry.live, list(events)))

    async def _run(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            with suppress(asyncio.QueueEmpty):
                while True:
                    batch.append(self._waiting.get_nowait())
            try:
                await self._tell(batch)
            except Exception as error:  # noqa: BLE001 # whatever it is, the database or a library of traces, costs this batch of spans and no later one
                logger.warning("spans not made", error=type(error).__name__)
            for _ in batch:
                self._waiting.task_done()

    async def _tell(self, batch: Sequence[tuple[Live, list[e.Fact]]]) -> None:
        taken_in: list[tuple[int, e.MessageReceived]] = []
        for live, events in batch:
            for event in events:
                if isinstance(event, e.MessageReceived):
                    taken_in.append((self._met(live, event), event))
                else:
                    await self._one(live, event)
        if taken_in:
            self._batch(taken_in)

    async def _one(self, live: Live, event: e.Fact) -> None:
        match event:
            case e.ConversationStarted():
                self._remember(live, "thread", event.timestamp)
            case e.DraftAttempted():
                self._remember(live, f"draft:{event.reply_id}", event.timestamp)
            case e.ReplyAttempted():
                self._remember(live, f"send:{event.reply_id}", event.timestamp)
            case e.ReplyDrafted():
                await self._draft(live, event.reply_id, event, _of_draft(event))
            case e.DraftFailed():
                await self._draft(live, event.reply_id, event, {}, failed=event.code)
            case e.ReplySent():
                await self._send(live, event.reply_id, event, {"onethread.parts": len(event.message_ids)})
            case e.ReplyFailed():
                await self._send(live, event.reply_id, event, {}, failed=event.reason)
            case e.DeliveryReported() if event.reply_id is not None:
                attributes: Attributes = {"onethread.status": event.status}
                await self._later("receipt", live, event.reply_id, event.occurred_at, event, attributes)
            case _:
                pass

    # Spans

    def _met(self, live: Live, event: e.MessageReceived) -> int:
        """Taken in: the span from arrival to the log, and for the first message the one of its thread."""
        state = live.conversation.state
        trace_id = trace_of(state.channel, state.account_id, event.message_id)
        _keep(self._traces, (live.conversation.id, event.originator_version), trace_id)
        arrived = event.received_at or event.timestamp
        attributes: Attributes = {"onethread.channel": state.channel, "onethread.kind": event.kind}
        self._span("intake", trace_id, arrived, event.timestamp, attributes)
        bound = self._began.pop((live.conversation.id, "thread"), None)
        if bound is not None:
            self._span("thread bind", trace_id, arrived, bound, {"gen_ai.operation.name": "create_thread"})
        return trace_id

    def _batch(self, taken_in: Sequence[tuple[int, e.MessageReceived]]) -> None:
        """What was recorded together: a trace of its own, linked to those of the messages."""
        last = max(event.timestamp for _, event in taken_in)
        first = min(event.received_at or event.timestamp for _, event in taken_in)
        span = self._tracer.start_span(
            "intake batch", trace.set_span_in_context(trace.INVALID_SPAN), SpanKind.INTERNAL,
            {"onethread.messages": len(taken_in)},
            links=[Link(self._context(trace_id)) for trace_id, _ in taken_in], start_time=_ns(first),
        )  # fmt: skip
        span.end(_ns(last))

    async def _draft(
        self, live: Live, reply_id: str, event: e.Fact, attributes: Attributes, failed: str | None = None
    ) -> None:
        began = self._began.pop((live.conversation.id, f"draft:{reply_id}"), None)
        if began is None:
            took = getattr(event, "latency_ms", None) or 0
            began = event.timestamp - timedelta(milliseconds=took)
        await self._later("draft", live, reply_id, began, event, attributes, failed, SpanKind.CLIENT)

    async def _send(
        self, live: Live, reply_id: str, event: e.Fact, attributes: Attributes, failed: str | None = None
    ) -> None:
        began = self._began.pop((live.conversation.id, f"send:{reply_id}"), event.timestamp)
        await self._later("send", live, reply_id, began, event, attributes, failed, SpanKind.CLIENT)

    async def _later(
        self,
        name: str,
        live: Live,
        reply_id: str,
        began: datetime,
        event: e.Fact,
        attributes: Attributes,
        failed: str | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> None:
        """A span of an answer, in the trace of the message that it was asked for by."""
        trace_id = await self._trace_of_reply(live, reply_id)
        if trace_id is not None:
            self._span(name, trace_id, began, event.timestamp, attributes, failed, kind)

    async def _trace_of_reply(self, live: Live, reply_id: str) -> int | None:
        """Replies of the bot are named by the version at which they were begun (``r7``): the last message
        before it asked for them."""
        if not (reply_id.startswith("r") and reply_id[1:].isdecimal()):
            return None
        version = int(reply_id[1:])
        key = (live.conversation.id, version)
        if key not in self._traces and live.key is not None:
            async with self._database.connection() as connection:
                before = max(0, version - LOOKED_BACK)
                facts = await log.read_stream(connection, live, after=before, through=version)
            for fact in facts:
                if isinstance(fact, e.MessageReceived):
                    state = live.conversation.state
                    found = trace_of(state.channel, state.account_id, fact.message_id)
                    _keep(self._traces, key, found)
        return self._traces.get(key)

    def _span(
        self,
        name: str,
        trace_id: int,
        began: datetime,
        ended: datetime,
        attributes: Attributes,
        failed: str | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> None:
        parent = trace.set_span_in_context(NonRecordingSpan(self._context(trace_id)))
        span = self._tracer.start_span(name, parent, kind, attributes, start_time=_ns(min(began, ended)))
        if failed is not None:
            span.set_status(Status(StatusCode.ERROR, failed))
        span.end(_ns(ended))

    def _context(self, trace_id: int) -> SpanContext:
        """Of a trace's first span, sampled or not as that was, whichever process made it."""
        sampled = self._provider.sampler.should_sample(None, trace_id, "webhook delivery").decision
        flags = TraceFlags.SAMPLED if sampled is Decision.RECORD_AND_SAMPLE else TraceFlags.DEFAULT
        return SpanContext(trace_id, root_of(trace_id), is_remote=True, trace_flags=TraceFlags(flags))

    def _remember(self, live: Live, what: str, began: datetime) -> None:
        _keep(self._began, (live.conversation.id, what), began)


def _of_draft(event: e.ReplyDrafted) -> Attributes:
    told: dict[str, AttributeValue | None] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": event.model,
        "gen_ai.usage.input_tokens": event.input_tokens,
        "gen_ai.usage.output_tokens": event.output_tokens,
        "onethread.outcome": event.outcome,
        "onethread.author": event.author,
        "onethread.recovered": event.recovered,
    }
    return {name: value for name, value in told.items() if value is not None}


def _keep(kept: OrderedDict[Key, Value], key: Key, value: Value) -> None:
    kept[key] = value
    if len(kept) > REMEMBERED:
        kept.popitem(last=False)


def _ns(instant: datetime) -> int:
    return int(instant.timestamp() * 1_000_000) * 1000
