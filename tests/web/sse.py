"""A reader of server-sent events that keeps to the standard, as browsers do.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

LOG = "SELECT partition, position, conversation_id, version, type FROM events ORDER BY partition, position"


@dataclass(slots=True)
class Told:
    """One event of a stream."""

    id: str
    type: str
    data: Any


@dataclass(slots=True)
class Reader:
    """One stream. ``last_id`` is what a reconnect would send, ``comments`` counts lines of no meaning."""

    response: aiohttp.ClientResponse
    last_id: str = ""
    comments: int = 0
    _fields: dict[str, str] = field(default_factory=dict)

    async def __aiter__(self) -> AsyncIterator[Told]:
        async for line in self.response.content:
            told = self._line(line.decode().rstrip("\n"))
            if told is not None:
                yield told

    def _line(self, line: str) -> Told | None:
        if line.startswith(":"):
            self.comments += 1
        elif line:
            name, _, value = line.partition(":")
            self._fields[name] = value.removeprefix(" ")
        else:
            fields, self._fields = self._fields, {}
            self.last_id = fields.get("id", self.last_id)
            if "data" in fields:
                return Told(self.last_id, fields["event"], orjson.loads(fields["data"]))
        return None

    async def take(self, count: int) -> list[Told]:
        """The next so many events, or fewer where the stream ends before."""
        taken: list[Told] = []
        if count:
            async for told in self:
                taken.append(told)
                if len(taken) == count:
                    break
        return taken

    async def until_spoken_to(self) -> None:
        """Until the beginning, or a heartbeat, has come."""
        async for line in self.response.content:
            if self._line(line.decode().rstrip("\n")) is None and line == b"\n":
                return


@asynccontextmanager
async def reading(
    session: aiohttp.ClientSession, url: str, token: str, *, last_id: str | None = None, **query: str
) -> AsyncIterator[Reader]:
    """Open a stream that must be there."""
    headers = {"Authorization": f"Bearer {token}", **({"Last-Event-ID": last_id} if last_id else {})}
    timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
    address = f"{url}/api/v1/stream"
    async with session.get(address, headers=headers, params=query, timeout=timeout) as response:
        assert response.status == 200, await response.text()
        assert response.content_type == "text/event-stream"
        yield Reader(response, last_id or "")


def places(told: list[Told]) -> list[tuple[Any, ...]]:
    """Where each event is in the log."""
    names = ("partition", "position", "conversation_id", "version", "type")
    return [tuple(one.data[name] for name in names) for one in told]


def in_order(told: list[Told]) -> bool:
    """Whether the events of every partition follow each other without a gap."""
    last: dict[int, int] = {}
    for one in told:
        partition, position = one.data["partition"], one.data["position"]
        if position != last.get(partition, 0) + 1:
            return False
        last[partition] = position
    return True
