"""G11: whoever speaks HTTP badly, slowly or not at all gets a clear answer or a closed connection, and nobody
else notices."""

from __future__ import annotations

import json
import resource
import select
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import pytest

from service.channels.signature import HEADER, sign
from service.web.bodies import LONGEST_READ
from tests.fuzz.seeds import PLAIN
from tests.fuzz.served import Served, served
from tests.web.conftest import APP_SECRET, TOKEN

SILENCE = 1.0
CROWD = 1_000
NOBODY = "11111111-2222-3333-4444-555555555555"
BODY = json.dumps(PLAIN).encode()
HOST = b"Host: onethread\r\n"
SIGNED = f"{HEADER}: {sign(APP_SECRET.encode(), BODY)}\r\n".encode()
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
TOKEN_LINE = f"Authorization: Bearer {TOKEN}\r\n".encode()
POST = b"POST /webhooks/whatsapp HTTP/1.1\r\n" + HOST + SIGNED
CLOSING = b"Connection: close\r\n"
DELIVERY = POST + LENGTH + b"\r\n" + BODY
LAST_DELIVERY = POST + LENGTH + CLOSING + b"\r\n" + BODY
NEXT = b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n"
API = b"GET /api/v1/conversations%s HTTP/1.1\r\n" + HOST + TOKEN_LINE


@pytest.fixture(scope="module")
def there(admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service that is quick to hang up."""
    with served(admin_url, tmp_path_factory.mktemp("served"), longest_silence=SILENCE) as one:
        yield one


@pytest.fixture(autouse=True)
def goes_on(there: Served) -> Iterator[None]:
    """Whatever a test did: deliveries are acknowledged, and nothing was a defect."""
    yield
    assert answers(there, LAST_DELIVERY) == [200]
    assert there.defects() == []


@contextmanager
def connected(there: Served) -> Iterator[socket.socket]:
    address = urlsplit(there.url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as line:
        yield line


def rest(line: socket.socket) -> bytes:
    """What comes until the other side hangs up."""
    got = b""
    try:
        while piece := line.recv(65_536):
            got += piece
    except ConnectionError:
        pass
    return got


def statuses(raw: bytes) -> list[int]:
    return [int(part[:3]) for part in raw.split(b"HTTP/1.1 ")[1:]] + [
        int(part[:3]) for part in raw.split(b"HTTP/1.0 ")[1:]
    ]


def answers(there: Served, sent: bytes) -> list[int]:
    """The statuses of all answers to what is sent at once, until the service hangs up."""
    with connected(there) as line:
        with suppress(ConnectionError):  # it has heard enough
            line.sendall(sent)
        raw = rest(line)
    assert b"Traceback" not in raw
    return statuses(raw)


def chunked(pieces: bytes, *headers: bytes) -> bytes:
    return POST + b"Transfer-Encoding: chunked\r\n" + b"".join(headers) + b"\r\n" + pieces


WHOLE = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)

REFUSED = {
    "both a length and chunks": chunked(WHOLE, LENGTH),
    "a length that hides a request": POST
    + b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n"
    + WHOLE,
    "two different lengths": POST + LENGTH + b"Content-Length: 3\r\n\r\n" + BODY,
    "a list of lengths": POST + b"Content-Length: 3, %d\r\n\r\n" % len(BODY) + BODY,
    "a length with a sign": POST + b"Content-Length: +%d\r\n\r\n" % len(BODY) + BODY,
    "a length in hex": POST + b"Content-Length: 0x10\r\n\r\n" + BODY,
    "a length with an underscore": POST + b"Content-Length: 1_0\r\n\r\n" + BODY,
    "a length of 5,000 digits": POST + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n" + BODY,
    "chunked that is not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + WHOLE,
    "chunked twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + WHOLE,
    "chunked in disguise": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + WHOLE,
    "a space before the colon": POST + b"Content-Length : %d\r\n\r\n" % len(BODY) + BODY,
    "a folded header": POST + b"X-Fold: a\r\n b\r\n" + LENGTH + b"\r\n" + BODY,
    "a header without a name": POST + b": x\r\n" + LENGTH + b"\r\n" + BODY,
    "NUL in a header": POST + b"X-Nul: a\x00b\r\n" + LENGTH + b"\r\n" + BODY,
    "a negative chunk": chunked(b"-5\r\nhello\r\n0\r\n\r\n"),
    "a chunk in disguise": chunked(b"0x5\r\nhello\r\n0\r\n\r\n"),
    "a chunk of 2**64": chunked(b"ffffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
    "a chunk that is longer than it says": chunked(b"3\r\nhello\r\n0\r\n\r\n"),
    "1,000 headers": POST + b"".join(b"X-%d: x\r\n" % n for n in range(1_000)) + LENGTH + b"\r\n" + BODY,
    "a header of 40,000 bytes": POST + b"X-Long: " + b"x" * 40_000 + b"\r\n" + LENGTH + b"\r\n" + BODY,
    "an address of 40,000 bytes": b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "NUL in the address": b"GET /livez\x00 HTTP/1.1\r\n" + HOST + b"\r\n",
    "a space in the address": b"GET /live z HTTP/1.1\r\n" + HOST + b"\r\n",
    "HTTP/0.9": b"GET /livez\r\n\r\n",
    "HTTP/2 without asking": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a method of 20,000 letters": b"G" * 20_000 + b" / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a method that is none": b"G(T /livez HTTP/1.1\r\n" + HOST + b"\r\n",
}
"""None of it can be meant, and what comes behind it on the same connection is never a request."""


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED)
def test_what_can_be_read_in_two_ways_is_refused_and_hides_no_request(there: Served, sent: bytes) -> None:
    got = answers(there, sent + NEXT)
    assert len(got) <= 1
    assert all(400 <= status < 500 for status in got)


ANSWERED = {
    "percent that encodes nothing": (b"GET /api/v1/conversations/%zz HTTP/1.1\r\n" + HOST + TOKEN_LINE, 400),
    "an encoded NUL": (b"GET /api/v1/conversations/%00 HTTP/1.1\r\n" + HOST + TOKEN_LINE, 400),
    "an encoded slash": (b"GET /api/v1%2fconversations HTTP/1.1\r\n" + HOST + TOKEN_LINE, 404),
    "half a character": (API % b"?sender=%f0%9f", 400),
    "a surrogate": (API % b"?sender=%ed%a0%80", 400),
    "a parameter in raw bytes": (API % b"?sender=\xff\xfe", 400),
    "a cursor of nonsense": (API % b"?cursor=%ff", 400),
    "a cursor of base64": (API % b"?cursor=AAAA", 400),
    "10,000 parameters": (API % (b"?" + b"a=1&" * 2_000), 400),
    "a place in the stream that is none": (
        b"GET /api/v1/stream HTTP/1.1\r\n" + HOST + TOKEN_LINE + b"Last-Event-ID: \xff\xff\r\n",
        400,
    ),
    "no host": (b"GET /livez HTTP/1.1\r\n", 400),
    "another's host": (b"GET /livez HTTP/1.1\r\nHost: evil.example\r\n", 200),
    "a host of nonsense": (b"GET /livez HTTP/1.1\r\nHost: [::1]:99999999/\\\r\n", 200),
    "a token of bytes": (
        b"GET /api/v1/inbox HTTP/1.1\r\n" + HOST + b"Authorization: Bearer \xff\xfe\r\n",
        401,
    ),
    "two tokens": (b"GET /api/v1/inbox HTTP/1.1\r\n" + HOST + TOKEN_LINE * 2, 401),
    "an unknown method": (b"BREW /livez HTTP/1.1\r\n" + HOST, 400),
    "TRACE": (b"TRACE /livez HTTP/1.1\r\n" + HOST, 405),
    "an upgrade to a websocket": (
        b"GET /livez HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
        200,
    ),
    "an upgrade to HTTP/2": (
        b"GET /livez HTTP/1.1\r\n" + HOST + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n",
        200,
    ),
    "the address of another": (b"GET http://evil.example/livez HTTP/1.1\r\n" + HOST, 200),
    "an unknown expectation": (b"GET /livez HTTP/1.1\r\n" + HOST + b"Expect: a miracle\r\n", 417),
    "HTTP/1.0": (b"GET /livez HTTP/1.0\r\n", 200),
}
"""What can be understood, and what is answered."""


@pytest.mark.parametrize(("sent", "status"), ANSWERED.values(), ids=ANSWERED)
def test_what_is_odd_but_clear_is_answered(there: Served, sent: bytes, status: int) -> None:
    closing = b"" if b"Connection:" in sent else CLOSING
    assert answers(there, sent + closing + b"\r\n") == [status]


def test_three_hundred_requests_at_once_on_one_connection_are_answered_in_order(there: Served) -> None:
    unsigned = DELIVERY.replace(b"sha256=", b"sha256=0")
    assert answers(there, (DELIVERY + NEXT + unsigned) * 100) == [200, 200, 401] * 100


# Slow, silent and gone


def hung_up_on(line: socket.socket, drip: Iterator[bytes], within: float) -> bytes:
    """What is answered to bytes that come one at a time, until the service hangs up."""
    began, got = monotonic(), b""
    while monotonic() - began < within:
        if select.select([line], [], [], 0.05)[0]:
            try:
                piece = line.recv(65_536)
            except ConnectionError:
                return got
            if not piece:
                return got
            got += piece
            continue
        try:
            line.sendall(next(drip, b""))
        except ConnectionError:
            return got + rest(line)
    pytest.fail(f"still connected after {within} s")


def drips(of: bytes) -> Iterator[bytes]:
    for byte in of:
        yield bytes([byte])


@pytest.mark.parametrize(
    "begun",
    [b"", b"\r\n", b"GET /livez HTTP/1.1\r\n", POST, NEXT, NEXT + b"GET /livez HTTP/1.1\r\nX-Slow: "],
    ids=["nothing", "a blank line", "a first line", "half a head", "one request", "one and a half"],
)
def test_who_sends_no_whole_head_in_time_is_hung_up_on(there: Served, begun: bytes) -> None:
    with connected(there) as line:
        line.sendall(begun)
        assert statuses(hung_up_on(line, iter(()), 10 * SILENCE)) == [200] * begun.count(b"\r\n\r\n")


def test_a_head_that_drips_is_hung_up_on(there: Served) -> None:
    with connected(there) as line:
        assert hung_up_on(line, drips(POST + b"X-Slow: " + b"x" * 10_000), 10 * SILENCE) == b""


def test_a_body_that_does_not_come_is_408(there: Served) -> None:
    erasure = f"DELETE /api/v1/conversations/{NOBODY} HTTP/1.1\r\n".encode() + HOST + TOKEN_LINE
    with connected(there) as one, connected(there) as other:
        for line, head in ((one, POST), (other, erasure)):
            line.settimeout(3 * LONGEST_READ)
            line.sendall(head + LENGTH + b"\r\n" + BODY[:10])
        assert [statuses(line.recv(65_536)) for line in (one, other)] == [[408], [408]]


@pytest.mark.parametrize("sent", [DELIVERY[:-20], POST[:-20], chunked(WHOLE[:-20]), NEXT], ids=repr)
def test_who_leaves_in_the_middle_leaves_nothing_behind(there: Served, sent: bytes) -> None:
    before = len(there.run(there.fetch("SELECT 1 FROM quarantine UNION ALL SELECT 1 FROM ignored")))
    for _ in range(50):
        with connected(there) as line:
            line.sendall(sent)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # with a reset
    assert len(there.run(there.fetch("SELECT 1 FROM quarantine UNION ALL SELECT 1 FROM ignored"))) == before


@pytest.fixture
def patient(admin_url: str, tmp_path: Path) -> Iterator[Served]:
    with served(admin_url, tmp_path) as one:
        yield one


def test_a_thousand_who_hold_their_connections_keep_nobody_else_out(patient: Served) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * CROWD)), hard))
    with ExitStack() as stack:
        lines = [stack.enter_context(connected(patient)) for _ in range(CROWD)]
        for number, line in enumerate(lines):
            line.sendall(POST[: number % len(POST)])
        for _ in range(20):
            assert answers(patient, LAST_DELIVERY) == [200]
        assert not select.select(lines[:500], [], [], 0)[0], "they are still held"
    assert patient.defects() == []
