"""G11: without a valid signature, or the token, nothing happens; bad input is a clear error, never more."""

from __future__ import annotations

import base64
import gzip
import hmac
import json
from contextlib import suppress

import pytest

from domain import events as e
from service.channels.signature import HEADER, sign
from service.web.bodies import LARGEST_BODY
from tests.journey import wire
from tests.journey.conftest import APP_SECRET, MESSENGER, Journey
from tests.webhooks.conftest import LogFile, answer, connect, request
from tests.webhooks.deliveries import BODY, BOTH, MIB, RIGHT, SHA1, names_no_secret, rows

# The signature


@BOTH
@pytest.mark.parametrize(
    "signature",
    [
        {},
        {HEADER: " "},
        {HEADER: "sha256="},
        {HEADER: "sha256=" + "0" * 64},
        {HEADER: RIGHT[:-1]},
        {HEADER: RIGHT + "0"},
        {HEADER: RIGHT.removeprefix("sha256=")},
        {HEADER: "sha256=" + RIGHT.removeprefix("sha256=").upper()},
        {HEADER: RIGHT.upper()},
        {HEADER: RIGHT.replace("=", " = ")},
        {HEADER: "sha256=" + base64.b64encode(hmac.digest(APP_SECRET.encode(), BODY, "sha256")).decode()},
        {HEADER: sign(b"", BODY)},
        {HEADER: sign(b"another secret", BODY)},
        {HEADER: SHA1},
        {"X-Hub-Signature": SHA1},
        {"X-Hub-Signature": RIGHT},
        {HEADER: b"sha256=\xc3\xa4\xff\xfe"},
        {HEADER: "sha256=" + "f" * 9_000},
    ],
    ids=[
        "missing",
        "blank",
        "no_digest",
        "zeros",
        "cut",
        "longer",
        "no_name",
        "uppercase_digest",
        "uppercase",
        "spaces",
        "base64",
        "empty_secret",
        "other_secret",
        "sha1",
        "sha1_header_only",
        "old_header",
        "not_ascii",
        "very_long",
    ],
)
async def test_a_delivery_without_the_right_signature_is_401_and_leaves_nothing(
    world: Journey, log: LogFile, path: str, signature: dict[str, str | bytes]
) -> None:
    reply = await answer(world, request(BODY, path=path, headers={HEADER: "", **signature}))
    assert (reply.status, reply.problem["field"]) == (401, HEADER)
    names_no_secret(world, reply.body)
    assert await rows(world) == 0
    log.holds_nothing_of("a private matter", APP_SECRET, world.token)


async def test_a_body_that_was_changed_on_its_way_is_401(world: Journey) -> None:
    for changed in (
        BODY + b" ",
        BODY[:-1],
        BODY.replace(b"private", b"pivate"),
        BODY.replace(b"1", b"2", 1),
        b"",
    ):
        reply = await answer(world, request(changed, headers={HEADER: RIGHT}))
        assert (reply.status, reply.problem["field"]) == (401, HEADER)
    assert await rows(world) == 0
    assert (await answer(world, request(BODY, headers={HEADER: RIGHT}))).status == 200


@BOTH
async def test_an_empty_body_that_is_signed_is_200_and_in_quarantine(world: Journey, path: str) -> None:
    reply = await answer(world, request(b"", path=path))
    assert (reply.status, reply.body) == (200, b"ok")
    [row] = await world.fetch("SELECT body, reason FROM quarantine")
    assert (row["body"], row["reason"]) == (b"", "empty body")


@BOTH
async def test_every_object_is_taken_at_both_addresses_an_unknown_one_included(
    world: Journey, path: str
) -> None:
    for body in (
        b'{"object":"permissions","entry":[]}',
        json.dumps(wire.whatsapp(wire.value())).encode(),
        BODY,
    ):
        assert (await answer(world, request(body, path=path))).status == 200
    await world.until_recorded(world.person("1", MESSENGER), e.MessageReceived)


# Size and pace


@pytest.mark.parametrize("signed", [True, False])
async def test_a_body_of_five_mebibytes_is_413_whether_its_length_is_told_or_not(
    world: Journey, log: LogFile, *, signed: bool
) -> None:
    body = b"x" * (5 * MIB)
    headers: dict[str, str | bytes] = {} if signed else {HEADER: "sha256=0"}
    told = await answer(world, request(body, headers=headers))
    assert (told.status, told.problem["status"]) == (413, 413)
    head = request(body, headers={**headers, "Transfer-Encoding": "chunked"}, length=False)[: -len(body)]
    async with connect(world) as line:
        with suppress(ConnectionError):  # it has heard enough
            await line.write(head, *([b"%x\r\n%b\r\n" % (MIB, body[:MIB])] * 5))
        reply = await line.reply()
    assert (reply.status, reply.problem["status"]) == (413, 413)
    assert await rows(world) == 0
    log.holds_nothing_of()


async def test_the_largest_body_that_is_allowed_is_taken(world: Journey) -> None:
    body = b'{"object":"page","entry":[]}'.ljust(LARGEST_BODY)
    assert (await answer(world, request(body))).status == 200
    too_large = await answer(world, request(body + b" "))
    assert too_large.status == 413


async def test_a_body_that_breaks_off_half_way_leaves_nothing(world: Journey, log: LogFile) -> None:
    whole = request(BODY)
    chunked = request(BODY, headers={"Transfer-Encoding": "chunked"}, length=False)[: -len(BODY)]
    for sent in (whole[:-40], whole[: -len(BODY)], chunked + b"40\r\n" + BODY[:20], chunked, whole[:30]):
        async with connect(world) as line:
            await line.write(sent)
            line.done()
            await line.ended()
        async with connect(world) as line:
            await line.write(sent)
    assert (await answer(world, request(b""))).status == 200
    assert await rows(world) == 1
    log.holds_nothing_of("a private matter", APP_SECRET)


async def test_a_body_that_never_ends_is_given_up(world: Journey, log: LogFile) -> None:
    async with connect(world) as line:
        await line.write(request(BODY)[:-10])
        reply = await line.reply()
        assert (reply.status, reply.problem["status"]) == (408, 408)
    assert await rows(world) == 0
    log.holds_nothing_of("a private matter")


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Encoding": "gzip"}, BODY),
        ({"Content-Encoding": "deflate"}, b"\x00\xff"),
        ({"Content-Encoding": "br"}, b"\x00\xff"),
        ({"Content-Encoding": "gzip"}, gzip.compress(b"x" * (64 * MIB))),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x\r\n\r\n"),
        ({"Content-Type": "\xff/\xff; charset=nonsense"}, b"x"),
        ({"Expect": "100-continue"}, b"x"),
        ({"Expect": "200-nonsense"}, b"x"),
        ({"Content-MD5": "x", "Range": "bytes=5-", "If-Match": "x"}, b"x"),
    ],
    ids=["gzip", "deflate", "br", "bomb", "multipart", "type", "expect", "expect_nonsense", "others"],
)
async def test_odd_headers_are_no_error_of_ours(
    world: Journey, log: LogFile, headers: dict[str, str | bytes], body: bytes
) -> None:
    async with connect(world) as line:
        await line.write(request(body, headers=headers))
        reply = await line.reply()
        if reply.status == 100:
            reply = await line.reply()
    assert reply.status == 200 or 400 <= reply.status < 500
    assert b"Traceback" not in reply.body
    names_no_secret(world, reply.body)
    log.holds_nothing_of("a private matter")


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"BREW /webhooks/whatsapp HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /webhooks/whatsapp HTTP/1.1\r\nHost x\r\n\r\n",
        b"GET /webhooks/whatsapp?" + b"x" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 40_000 + b"\r\n\r\n",
        b"POST /webhooks/whatsapp HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /webhooks/whatsapp HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        b"POST /webhooks/whatsapp HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 80,
        b"\x00" * 100,
    ],
    ids=[
        "nonsense",
        "method",
        "version",
        "header",
        "long_line",
        "long_header",
        "negative_length",
        "two_lengths",
        "bad_chunk",
        "tls",
        "zeros",
    ],
)
async def test_what_is_no_http_is_a_client_error_and_the_service_goes_on(
    world: Journey, log: LogFile, sent: bytes
) -> None:
    async with connect(world) as line:
        await line.write(sent)
        line.done()
        reply = await line.ended()
    assert reply == b"" or reply.split(b" ")[1].startswith(b"4")
    assert b"Traceback" not in reply
    assert (await answer(world, request(BODY))).status == 200
    log.holds_nothing_of("a private matter")


async def test_requests_that_come_before_the_answers_to_others_are_answered_in_order(world: Journey) -> None:
    bodies = [
        json.dumps(wire.page(wire.event(str(n), message={"mid": f"m_{n}", "text": "x"}))).encode()
        for n in range(6)
    ]
    sent = [request(body, headers={HEADER: "sha256=0"} if n == 2 else None) for n, body in enumerate(bodies)]
    sent.insert(4, request(method="GET", path="/webhooks/nowhere"))
    async with connect(world) as line:
        await line.write(b"".join(sent))
        statuses = [(await line.reply()).status for _ in sent]
    assert statuses == [200, 200, 401, 200, 404, 200, 200]
    for n in (0, 1, 3, 4, 5):
        await world.until_recorded(world.person(str(n), MESSENGER), e.MessageReceived)
    assert await world.events(world.person("2", MESSENGER)) == []
