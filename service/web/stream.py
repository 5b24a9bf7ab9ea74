"""What is recorded, as it is: server-sent events out of the log, at the pace of whoever reads them.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import asyncpg
import msgspec
import orjson
import structlog
from aiohttp import web

from domain.events import EVENT_TYPES
from domain.identity import CHANNELS, partition_of
from service.storage import log, onwards
from service.storage.codec import clear_fields, stored_fields
from service.storage.database import Database, Unavailable
from service.web.errors import Problem
from service.web.operations import Operation
from service.web.parameters import Arguments, Parameter, choices, optional_choice, read_uuid
from service.web.vectors import LONGEST, Vector, read_vector

if TYPE_CHECKING:
    from service.app import Service

HEARTBEAT: Final = 15.0
"""Seconds without a word after which a comment says that the stream is still there."""

MOST_STREAMS: Final = 100
"""Streams of one process at once."""

MOST_CONVERSATIONS: Final = 100
"""Conversations that a stream can be narrowed to."""

POLL: Final = 0.1
"""Seconds between looks for what other processes recorded; our own wakes us at once."""

BREATH: Final = 0.02
"""Seconds between two looks at least: what gathers meanwhile is read together."""

SLICE: Final = 256
"""Positions of the log that are read at a time; more, up to :data:`WIDEST`, while few of them are wanted."""

WIDEST: Final = 4_096

READS_AT_ONCE: Final = 2
"""Streams that read at the same time, so that those who are behind leave the database to those who write."""

LEAVE: Final = 1.0
"""Seconds that streams get to end by themselves when the process stops, and between looks whether a reader is
still there."""

RETRY_MS: Final = 1_000
LAST_EVENT_ID: Final = "Last-Event-ID"

logger = structlog.get_logger()


def _conversations(text: str) -> tuple[UUID, ...]:
    found = tuple(sorted({read_uuid(word) for word in text.split(",")}))
    if len(found) > MOST_CONVERSATIONS:
        raise ValueError(f"at most {MOST_CONVERSATIONS} conversations are expected")
    return found


def _event_id(text: str) -> str:
    if not 0 < len(text) <= LONGEST or not text.isascii():
        raise ValueError("an id of an event of this stream is expected")
    return text


CONVERSATIONS: Final = Parameter[tuple[UUID, ...] | None](
    name="conversation",
    description="Only these conversations, with commas between them.",
    schema={
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_CONVERSATIONS,
        "items": {"type": "string", "format": "uuid"},
    },
    read=_conversations,
)
ON_CHANNELS: Final = choices("channel", "Only these channels, with commas between them.", CHANNELS)
TYPES: Final = choices("type", "Only events of these stored types, with commas between them.", EVENT_TYPES)
TEXT: Final = optional_choice("text", "`true`: with what was said, where it can be read.", ("true", "false"))
FROM: Final = optional_choice(
    "from", "`beginning`: everything that was ever recorded, then what is.", ("beginning",)
)
RESUME: Final = Parameter[str | None](
    name="last_event_id",
    description="Go on after the event with this id. The header `Last-Event-ID` says the same and comes "
    "first; without either the stream begins now.",
    schema={"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[A-Za-z0-9_-]*$"},
    read=_event_id,
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which events a stream is of."""

    conversations: tuple[UUID, ...] | None
    channels: tuple[str, ...] | None
    types: tuple[str, ...] | None
    text: bool

    def partitions(self, count: int) -> frozenset[int]:
        """Where they can be."""
        if self.conversations is None:
            return frozenset(range(count))
        return frozenset(partition_of(conversation_id, count) for conversation_id in self.conversations)


class Heads:
    """The newest position of every partition, looked up for all streams of the process at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hint = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.now: Mapping[int, int] = {}
        self.moved = asyncio.Event()
        """Set, and replaced by another, when the log has grown."""

    def recorded(self) -> None:
        """Our own process appended to the log."""
        self._hint.set()

    def start(self) -> None:
        """Look from now on."""
        if self._task is None:
            self._task = asyncio.create_task(self._look(), name="look for what is recorded")

    def stop(self) -> None:
        """Nobody reads any more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _look(self) -> None:
        while True:
            self._hint.clear()
            try:
                async with self._database.connection() as connection:
                    heads = await log.heads(connection)
            except Unavailable:
                heads = {**self.now}
            if heads != self.now:
                self.now = heads
                self.moved.set()
                self.moved = asyncio.Event()
            await asyncio.sleep(BREATH)
            await _either(POLL, self._hint)


class Streams:
    """Handlers of ``/api/v1/stream``."""

    def __init__(self, service: Service, *, heartbeat: float = HEARTBEAT, most: int = MOST_STREAMS) -> None:
        self._service = service
        self._heartbeat, self._most = heartbeat, most
        self._heads = Heads(service.database)
        self._channels = onwards.Channels(service.database.partitions)
        self._reading = asyncio.Semaphore(READS_AT_ONCE)
        self._readers: set[asyncio.Transport] = set()
        self._left = asyncio.Event()
        self._closing = asyncio.Event()
        service.conversations.on_commit(lambda _entry, _events: self._heads.recorded())

    def operations(self) -> list[Operation]:
        """What is answered here."""
        return [
            Operation(
                method="GET",
                path="/api/v1/stream",
                name="streamEvents",
                summary="What is recorded, as server-sent events",
                handler=self.stream,
                media=("text/event-stream",),
                parameters=(CONVERSATIONS, ON_CHANNELS, TYPES, TEXT, FROM, RESUME),
                patience=None,
            )
        ]

    async def close(self, _app: web.Application) -> None:
        """End every stream: readers come back with the id of the last event they saw."""
        self._closing.set()
        if self._readers:
            await _either(LEAVE, self._left)
        for transport in self._readers:  # to those that do not take what was written to them
            transport.abort()
        self._heads.stop()

    async def stream(self, arguments: Arguments) -> web.StreamResponse:
        """Answer until the reader leaves or the process stops. Every event is sent exactly once, also across
        a reconnect; those of one conversation in order, of several nearly in that of their recording.

        Raises :class:`Problem` 400 for an id of another log, 503 where there are too many streams.
        """
        transport = arguments.request.transport
        if transport is None:
            raise ConnectionResetError("the reader has left")
        if self._closing.is_set() or len(self._readers) >= self._most:
            detail = f"there are {self._most} streams, the most that one process has; try again"
            raise Problem(503, detail, headers={"Retry-After": "5"})
        self._readers.add(transport)
        self._left.clear()
        try:
            vector = await self._begin(arguments)
            response = web.StreamResponse(
                headers={
                    "Content-Type": "text/event-stream",
                    "Cache-Control": "no-store",
                    "X-Accel-Buffering": "no",
                }
            )
            wanted = _Wanted(
                arguments[CONVERSATIONS], arguments[ON_CHANNELS], arguments[TYPES], arguments[TEXT] == "true"
            )
            self._heads.start()
            await response.prepare(arguments.request)
            await self._answer(transport, response, vector, wanted)
            return response
        finally:
            self._readers.discard(transport)
            if not self._readers:
                self._left.set()
                self._heads.stop()

    async def _begin(self, arguments: Arguments) -> Vector:
        name, given = LAST_EVENT_ID, arguments.request.headers.get(LAST_EVENT_ID)
        if not given:
            name, given = RESUME.name, arguments[RESUME]
        async with self._service.database.connection() as connection:
            heads = await log.heads(connection)
        if given is None:
            return Vector([0] * len(heads) if arguments[FROM] else heads.values())
        try:
            vector = read_vector(given, len(heads))
        except ValueError as error:
            raise Problem(400, f"{name}: {error}", field=name) from None
        if any(position > heads[partition] for partition, position in vector.positions.items()):
            raise Problem(400, f"{name}: the id is of another log, which has more in it", field=name)
        return vector

    async def _answer(
        self,
        transport: asyncio.Transport,
        response: web.StreamResponse,
        vector: Vector,
        wanted: _Wanted,
    ) -> None:
        """Write until the end. Nothing may leave here that would be answered by a second response."""
        try:
            await response.write(f"retry: {RETRY_MS}\nid: {vector}\n\n".encode())
            await self._follow(transport, response, vector, wanted)
            await response.write_eof()
        except ConnectionError:
            pass  # the reader has left
        except Exception:
            logger.exception("stream failed")
            transport.abort()

    async def _follow(
        self,
        transport: asyncio.Transport,
        response: web.StreamResponse,
        vector: Vector,
        wanted: _Wanted,
    ) -> None:
        partitions = wanted.partitions(len(vector.positions))
        width, spoke = SLICE, monotonic()
        while not self._closing.is_set():
            moved = self._heads.moved
            at = {partition: vector.positions[partition] for partition in partitions}
            spans = onwards.next_spans(at, self._heads.now, width)
            if not spans:
                await _either(min(LEAVE, self._heartbeat), moved, self._closing)
            else:
                try:
                    rows, texts = await self._read(spans, wanted)
                except Unavailable:
                    await _either(POLL, self._closing)
                else:
                    if rows:
                        await response.write(b"".join(_told(rows, texts, vector)))
                        spoke = monotonic()
                    for partition, (_, through) in spans.items():
                        vector.move(partition, through)
                    width = SLICE if len(rows) > SLICE // 4 else min(WIDEST, width * 2)
            if transport.is_closing():
                return
            if monotonic() - spoke >= self._heartbeat:
                await response.write(f": still here\nid: {vector}\n\n".encode())
                spoke = monotonic()

    async def _read(
        self, spans: Mapping[int, tuple[int, int]], wanted: _Wanted
    ) -> tuple[list[asyncpg.Record], Mapping[tuple[UUID, int], bytes]]:
        """The wanted events of spans, and their personal fields where those are asked for."""
        async with self._reading, self._service.database.connection() as connection:
            rows = list(
                await onwards.read_spans(
                    connection,
                    spans,
                    types=wanted.types,
                    conversations=wanted.conversations,
                    sealed=wanted.text,
                )
            )
            if wanted.channels is not None:
                of = await self._channels.of(connection, {row["conversation_id"] for row in rows})
                rows = [row for row in rows if of.get(row["conversation_id"]) in wanted.channels]
            if not wanted.text:
                return rows, {}
            return rows, await onwards.opened(connection, self._service.vault, rows)


def _told(
    rows: Iterable[asyncpg.Record], texts: Mapping[tuple[UUID, int], bytes], vector: Vector
) -> Iterable[bytes]:
    """Events as they are sent, with the place behind each. Moves the vector."""
    for row in rows:
        vector.move(row["partition"], row["position"])
        data = orjson.dumps(
            _shown(row, texts.get((row["conversation_id"], row["version"]))), option=orjson.OPT_UTC_Z
        )
        yield f"id: {vector}\nevent: {row['type']}\ndata: ".encode() + data + b"\n\n"


def _shown(row: asyncpg.Record, personal: bytes | None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "conversation_id": str(row["conversation_id"]),
        "version": row["version"],
        "type": row["type"],
        "recorded_at": row["recorded_at"],
        "partition": row["partition"],
        "position": row["position"],
    }
    try:
        shown |= clear_fields(row["type"], row["data"])
        if personal is not None:
            text = stored_fields(row["type"], row["data"], personal).get("text")
            if text is not None:
                shown["text"] = text
    except (KeyError, msgspec.MsgspecError):
        shown["unreadable"] = True  # written by a newer version; the stream goes on
    return shown


async def _either(longest: float, *events: asyncio.Event) -> None:
    """Wait for one of the events, so many seconds at most."""
    tasks = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, timeout=longest, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
