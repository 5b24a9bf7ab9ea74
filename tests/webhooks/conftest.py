"""A service with its log written to a file, and a client that writes bytes as they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from service.channels.signature import HEADER, sign
from tests.conftest import logged
from tests.journey.conftest import APP_SECRET, Journey, journey


@dataclass(slots=True)
class Reply:
    """An answer as it stood on the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        """The problem that it describes."""
        assert self.headers["content-type"].startswith("application/problem+json"), self
        described = orjson.loads(self.body)
        assert described["status"] == self.status
        assert described["title"]
        assert described["detail"]
        return dict(described)


class Line:
    """One connection to the service."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def write(self, *pieces: bytes) -> None:
        for piece in pieces:
            self._writer.write(piece)
            await self._writer.drain()

    async def reply(self, *, body: bool = True) -> Reply:
        """The next answer, ``body`` or not. Raises :class:`asyncio.IncompleteReadError` where the server
        hangs up first."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0")) if body else 0
        content = await self._reader.readexactly(length)
        return Reply(int(first.split(" ")[1]), headers, content)

    async def ended(self) -> bytes:
        """What still comes until the server hangs up."""
        return await self._reader.read()

    def done(self) -> None:
        """Say that nothing more will come."""
        self._writer.write_eof()


@asynccontextmanager
async def connect(world: Journey) -> AsyncIterator[Line]:
    """A connection for half a minute at most: a service that leaves somebody hanging fails the test."""
    address = urlsplit(world.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        async with asyncio.timeout(30):
            yield Line(reader, writer)
    finally:
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()


def request(
    body: bytes = b"",
    *,
    method: str = "POST",
    path: str = "/webhooks/whatsapp",
    headers: dict[str, str | bytes] | None = None,
    length: bool = True,
) -> bytes:
    """A request as bytes; rightly signed unless ``headers`` say otherwise (an empty one is left out)."""
    fields: dict[str, str | bytes] = {"Host": "onethread", HEADER: sign(APP_SECRET.encode(), body)}
    if length:
        fields["Content-Length"] = str(len(body))
    fields |= headers or {}
    lines = [f"{method} {path} HTTP/1.1".encode()]
    for name, text in fields.items():
        if text != "":
            lines.append(name.encode() + b": " + (text.encode() if isinstance(text, str) else text))
    return b"\r\n".join([*lines, b"", body])


async def answer(world: Journey, sent: bytes) -> Reply:
    """The answer to one request on a connection of its own."""
    async with connect(world) as line:
        await line.write(sent)
        return await line.reply()


class LogFile:
    """Everything that the service and the libraries under it have logged."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def holds_nothing_of(self, *secrets: str) -> None:
        """None of these texts is in it, nor the traceback of an error."""
        text = self.text()
        for secret in secrets:
            assert secret not in text
        assert "Traceback" not in text
        assert '"frames"' not in text


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LogFile]:
    """The log of a running service, as JSON, in a file; with what libraries tell ``logging``."""
    path = tmp_path / "service.log"
    with logged(path):
        yield LogFile(path)


@pytest.fixture
async def world(log: LogFile, fresh_url: str, tmp_path: Path) -> AsyncIterator[Journey]:
    async with journey(fresh_url, tmp_path) as running:
        yield running
