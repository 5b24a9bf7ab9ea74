"""Deliveries that pass aiohttp by are answered as it would have, and everything else is its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from service.web.errors import Problem, problems
from service.web.front import DOORS, LARGEST_HELD, put_in_front

PATH = "/webhooks/whatsapp"
SIGNED = b"sha256=good"


class Doorkeeper:
    """Takes what is signed, and has it durable when told to."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.waiting: list[asyncio.Future[None]] = []
        self.at_once = True

    def take(self, body: bytes, signature: str) -> asyncio.Future[None] | None:
        if signature != SIGNED.decode():
            return None
        self.bodies.append(body)
        taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(taken)
        if self.at_once:
            taken.set_result(None)
        return taken

    def outcome(self, taken: asyncio.Future[None]) -> Problem | None:
        if taken.exception() is None:
            return None
        return Problem(503, "not stored", headers={"Retry-After": "1"})


class Front:
    def __init__(self, door: Doorkeeper, runner: web.AppRunner) -> None:
        self.door, self.runner, self.routed = door, runner, 0

    @asynccontextmanager
    async def line(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection(*self.runner.addresses[0][:2])
        try:
            async with asyncio.timeout(30):
                yield reader, writer
        finally:
            writer.transport.abort()


@pytest.fixture
async def front() -> AsyncIterator[Front]:
    async def deliver(request: web.Request) -> web.Response:
        opened.routed += 1
        await request.read()
        if request.headers.get("X-Hub-Signature-256", "").encode() != SIGNED:
            raise Problem(401, "not signed", field="X-Hub-Signature-256")
        return web.Response(text="routed")

    app = web.Application(middlewares=[problems])
    app.router.add_post(PATH, deliver)
    door = Doorkeeper()
    app[DOORS] = {PATH: door}
    runner = web.AppRunner(app, shutdown_timeout=5)
    await runner.setup()
    put_in_front(runner, 75.0)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    opened = Front(door, runner)
    yield opened
    await runner.cleanup()


def post(body: bytes = b"{}", *lines: bytes, path: bytes = PATH.encode(), signature: bytes = SIGNED) -> bytes:
    head = [
        b"POST %s HTTP/1.1" % path,
        b"Host: here",
        b"X-Hub-Signature-256: " + signature,
        b"Content-Length: %d" % len(body),
        *lines,
    ]
    return b"\r\n".join((*head, b"", body))


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return int(first.split()[1]), headers, body


async def until_taken(door: Doorkeeper, count: int) -> None:
    async with asyncio.timeout(10):
        while len(door.bodies) < count:
            await asyncio.sleep(0.005)


async def test_a_plain_delivery_is_answered_once_it_is_durable_and_not_before(front: Front) -> None:
    front.door.at_once = False
    async with front.line() as (reader, writer):
        writer.write(post(b'{"a": 1}', b"Connection: Keep-Alive", b"User-Agent: facebookexternalua"))
        await until_taken(front.door, 1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.05)
        front.door.waiting[0].set_result(None)
        status, headers, body = await answer(reader)
    assert (status, body, front.door.bodies, front.routed) == (200, b"ok", [b'{"a": 1}'], 0)
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert headers["date"].endswith("GMT")


async def test_what_could_not_be_made_durable_is_a_problem_and_the_connection_goes_on(front: Front) -> None:
    front.door.at_once = False
    async with front.line() as (reader, writer):
        writer.write(post())
        await until_taken(front.door, 1)
        front.door.waiting[0].set_exception(TimeoutError())
        status, headers, body = await answer(reader)
        assert (status, headers["retry-after"]) == (503, "1")
        assert headers["content-type"] == "application/problem+json"
        assert b"not stored" in body
        front.door.at_once = True
        writer.write(post())
        assert (await answer(reader))[0] == 200


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        (post(signature=b"sha256=bad"), 401, b"not signed"),
        (post(path=b"/webhooks/whatsapp?app=shop"), 200, b"routed"),
        (post(path=b"/webhooks/whatsapp/"), 404, b"nothing at this address"),
        (post(b"{}", b"Expect: 100-continue"), 200, b"routed"),
        (post(b"{}", b"Connection: close"), 200, b"routed"),
        (post(b"{}", b"X-Folded: one", b" two"), 400, b""),
        (post(b"{}", b"Content-Length: 2"), 400, b""),
        (post(b"{}", b"Content-Length: 1"), 400, b""),
        (post().replace(b"Content-Length: 2", b"Content-Length: +2"), 400, b""),
        (post(b"2\r\n{}\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"), 400, b""),
        (
            post(b"2\r\n{}\r\n0\r\n\r\n").replace(b"Content-Length: 12", b"Transfer-Encoding: chunked"),
            200,
            b"routed",
        ),
        (post().replace(b"POST", b"PUT"), 405, b"use POST"),
        (post(b"x" * LARGEST_HELD * 16), 200, b"routed"),
    ],
)
async def test_what_is_no_plain_delivery_is_answered_by_the_application(
    front: Front, sent: bytes, status: int, said: bytes
) -> None:
    async with front.line() as (reader, writer):
        writer.write(sent)
        got = await answer(reader)
        if got[0] == 100 or b"100-continue" in sent:
            got = await answer(reader)
    assert got[0] == status
    assert said in got[2]
    assert front.door.bodies == []


async def test_a_connection_that_was_handed_over_stays_with_the_application(front: Front) -> None:
    async with front.line() as (reader, writer):
        writer.write(post())
        assert (await answer(reader))[2] == b"ok"
        writer.write(post(path=b"/nowhere"))
        assert (await answer(reader))[0] == 404
        writer.write(post())
        assert (await answer(reader))[2] == b"routed"


async def test_deliveries_sent_ahead_are_answered_one_by_one_in_their_order(front: Front) -> None:
    front.door.at_once = False
    async with front.line() as (reader, writer):
        writer.write(post(b"one") + post(b"two") + post(b"three", signature=b"sha256=bad"))
        for number in (1, 2):
            await until_taken(front.door, number)
            assert len(front.door.bodies) == number
            front.door.waiting[-1].set_result(None)
            assert (await answer(reader))[2] == b"ok"
        assert (await answer(reader))[0] == 401
    assert front.door.bodies == [b"one", b"two"]


@pytest.mark.parametrize("size", [1, 7, 100])
async def test_a_delivery_in_pieces_is_one_delivery(front: Front, size: int) -> None:
    sent = post(b'{"text": "in pieces"}')
    async with front.line() as (reader, writer):
        for start in range(0, len(sent), size):
            writer.write(sent[start : start + size])
            await writer.drain()
            await asyncio.sleep(0)
        assert (await answer(reader))[2] == b"ok"
    assert front.door.bodies == [b'{"text": "in pieces"}']


async def test_a_delivery_that_takes_its_time_is_waited_for_by_the_application(front: Front) -> None:
    sent = post(b"slow")
    async with front.line() as (reader, writer):
        writer.write(sent[:-1])
        async with asyncio.timeout(10):
            while front.routed == 0:
                await asyncio.sleep(0.02)
        writer.write(sent[-1:])
        assert (await answer(reader))[2] == b"routed"


async def test_what_is_sent_ahead_without_end_is_not_held_without_end(front: Front) -> None:
    front.door.at_once = False
    async with front.line() as (reader, writer):
        writer.write(post(b"first"))
        await until_taken(front.door, 1)
        flood = post(b"x" * 1000) * 20_000
        writer.write(flood)
        with pytest.raises(TimeoutError):  # the receiver stops reading: the sender's buffer stays full
            await asyncio.wait_for(writer.drain(), 0.5)
        front.door.at_once = True
        front.door.waiting[0].set_result(None)
        assert (await answer(reader))[2] == b"ok"
        assert (await answer(reader))[2] == b"ok"


async def test_somebody_who_hangs_up_early_costs_nobody_anything(front: Front) -> None:
    front.door.at_once = False
    async with front.line() as (_, writer):
        writer.write(post())
        await until_taken(front.door, 1)
    front.door.waiting[0].set_result(None)
    front.door.at_once = True
    async with front.line() as (reader, writer):
        writer.write(post())
        assert (await answer(reader))[2] == b"ok"


async def test_the_end_waits_for_what_was_taken_and_takes_nothing_more(front: Front) -> None:
    front.door.at_once = False
    async with front.line() as (reader, writer), front.line() as (idle, _):
        writer.write(post(b"last") + post(b"too late"))
        await until_taken(front.door, 1)
        ending = asyncio.create_task(front.runner.cleanup())
        assert await idle.read() == b""
        front.door.waiting[0].set_result(None)
        assert (await answer(reader))[2] == b"ok"
        assert await reader.read() == b""
        await ending
    assert front.door.bodies == [b"last"]


def test_a_runner_that_is_not_set_up_has_no_front() -> None:
    with pytest.raises(RuntimeError):
        put_in_front(web.AppRunner(web.Application()), 75.0)
