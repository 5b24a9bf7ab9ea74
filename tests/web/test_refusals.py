"""Whatever is asked for wrongly is refused with 400 and named, before the database is asked anything."""

from __future__ import annotations

import re
import string
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.conftest import Answer, Api, running
from tests.web.people import NOW, Person

ID = "4a8ef1a0-5c3b-4f37-9a44-0d8f8fa0e7aa"
CONVERSATIONS = "/api/v1/conversations"
ONE = f"{CONVERSATIONS}/{ID}"
TIMELINE = f"{ONE}/timeline"
SESSIONS = "/api/v1/sessions"
INBOX = "/api/v1/inbox"
QUARANTINE = "/api/v1/quarantine"

LONG = "x" * 10_000
HUGE = "9" * 4_000
BAD_INSTANTS = [
    "2026-01-01T00:00:00",
    "2026-01-01",
    "2026-01-01 00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-01-01T24:00:01Z",
    "2026-01-01T00:00:60Z",
    "2026-01-01T00:00:00+99:00",
    "2026-01-01T00:00:00Z ",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "1767225600",
    "now",
    "٢٠٢٦-01-01T00:00:00Z",
    "\x00",
    "",
    LONG,
]
BAD_NUMBERS = ["0", "-1", "+1", "1.0", "1e1", " 1", "abc", "", "\x00", "٣", "0x10", HUGE, LONG]
BAD_TEXTS = ["", "\x00", "a\x00b", "\n", LONG]
BAD_WORDS = ["", "ACTIVE", "sms", "\x00", LONG, "messenger,whatsapp"]
BAD_CURSORS = ["", "x", "ü", "\x00", "bnVsbA", "W10", "e30", "WyIiLCAxXQ", "WyJhIixbMV1d", "=" * 4, LONG]
BAD_KINDS = [
    "",
    ",",
    "MessageReceived,",
    "Nonsense",
    "messageReceived",
    "MessageReceived, ReplyDrafted",
    "\x00",
    LONG,
]

BAD = [
    *((path, "limit", value) for path in (CONVERSATIONS, TIMELINE, SESSIONS, INBOX, QUARANTINE)
      for value in (*BAD_NUMBERS, "101")),
    *((path, "cursor", value) for path in (CONVERSATIONS, TIMELINE, SESSIONS, INBOX, QUARANTINE)
      for value in BAD_CURSORS),
    *((path, "order", value) for path in (CONVERSATIONS, TIMELINE, SESSIONS, INBOX, QUARANTINE)
      for value in BAD_WORDS),
    *((path, "as_of", value) for path in (ONE, TIMELINE, SESSIONS) for value in BAD_INSTANTS),
    *((TIMELINE, name, value) for name in ("after", "before") for value in BAD_INSTANTS),
    *((path, "channel", value) for path in (CONVERSATIONS, SESSIONS) for value in BAD_WORDS),
    *((CONVERSATIONS, name, value) for name in ("account", "sender") for value in BAD_TEXTS),
    *((ONE, "version", value) for value in (*BAD_NUMBERS, "2147483648")),
    *((TIMELINE, "kinds", value) for value in BAD_KINDS),
    *((SESSIONS, "status", value) for value in BAD_WORDS),
    *((QUARANTINE, "state", value) for value in BAD_WORDS),
]  # fmt: skip


@pytest.fixture
async def adrift(fresh_url: str, tmp_path: Path) -> AsyncIterator[Api]:
    """A service that has lost its database for good."""
    async with running(fresh_url, tmp_path) as started:
        await started.service.workers.stop(0)
        started.service.database.pool.terminate()
        yield started


def is_refusal(answer: Answer, field: str) -> bool:
    is_problem = answer.headers["Content-Type"].startswith("application/problem+json")
    return answer.status == 400 and is_problem and answer.json["field"] == field


async def test_every_malformed_parameter_is_named_and_the_database_is_not_asked(adrift: Api) -> None:
    for path, name, value in BAD:
        answer = await adrift.ask(f"{path}?{name}={quote(value)}")
        assert is_refusal(answer, name), (path, name, value[:40], answer.status, answer.body[:200])
        assert name in answer.json["detail"]
        assert len(answer.body) < 3_000


async def test_without_its_database_every_operation_that_needs_it_is_503_and_says_so(adrift: Api) -> None:
    for path in (
        CONVERSATIONS,
        ONE,
        TIMELINE,
        SESSIONS,
        INBOX,
        QUARANTINE,
        f"{QUARANTINE}/{ID}",
        "/api/v1/projections",
        "/api/v1/search?q=word",
    ):
        answer = await adrift.ask(path)
        assert (answer.status, answer.json["status"]) == (503, 503)
        assert answer.headers["Retry-After"]
    past = await adrift.ask(SESSIONS, as_of="2026-01-01T00:00:00Z")
    again = await adrift.ask(f"{QUARANTINE}/{ID}/retry", method="POST")
    assert (past.status, again.status) == (503, 503)


FILLED = {
    "{id}": ID,
    "{report}": "overview",
    "{name}": "sessions",
    "{view}": "v3",
    "{what}": "events",
    "{code}": "0" * 32,
}


async def test_every_unknown_parameter_is_named_on_every_operation(adrift: Api) -> None:
    for operation in adrift.operations:
        if not operation.checked:
            continue
        path = re.sub(r"\{\w+\}", lambda found: FILLED[found[0]], operation.path)
        for name in ("page", "Limit", "limit[]", "", "\x00", "Q", "hub.mode", "id", "x" * 64):
            answer = await adrift.ask(f"{path}?{quote(name)}=1", method=operation.method)
            assert is_refusal(answer, name), (path, name, answer.body[:200])
        assert (await adrift.ask(f"{path}?{'y' * 9_000}", method=operation.method)).status == 400


async def test_a_parameter_that_is_given_twice_is_named(adrift: Api) -> None:
    for path, query in [
        (CONVERSATIONS, "channel=whatsapp&channel=whatsapp"),
        (TIMELINE, "limit=1&kinds=MessageReceived&kinds=ReplyDrafted"),
        (SESSIONS, "as_of=2026-01-01T00:00:00Z&status=all&as_of=2026-01-01T00:00:00Z"),
    ]:
        name = query.split("=")[0] if path != TIMELINE else "kinds"
        assert is_refusal(await adrift.ask(f"{path}?{query}"), name)


@pytest.mark.parametrize(
    "value", ["2026-01-01T00:00:00Z", "2026-01-01t00:00:00z", "2026-01-01T00:00:00.123456789Z",
              "2026-01-01T00:00:00-08:00", "2026-01-01T00:00:00%2B05:45", "2026-01-01T00:00:00+05:45",
              "2024-02-29T23:59:59Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"],
)  # fmt: skip
async def test_every_instant_of_the_rfc_is_taken(adrift: Api, value: str) -> None:
    assert (await adrift.ask(f"{SESSIONS}?as_of={value}")).status == 503


NAMES = st.sampled_from([
    "channel", "account", "sender", "limit", "cursor", "order", "as_of", "version", "kinds", "after",
    "before", "status", "state", "id", "q",
])  # fmt: skip
WORDS = st.sampled_from([
    "whatsapp", "active", "all", "waiting", "asc", "desc", "1", "100", "2026-11-01T12:00:00Z",
    "MessageReceived", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2147483647", "4915112345678",
])  # fmt: skip
ANYTHING = st.text(max_size=40) | st.text(alphabet=string.printable, max_size=20)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    path=st.sampled_from(["", "/{id}", "/{id}/timeline"]).map(lambda end: f"{CONVERSATIONS}{end}")
    | st.sampled_from(
        [SESSIONS, INBOX, QUARANTINE, f"{QUARANTINE}/{{id}}", "/api/v1/projections", "/health"]
    ),
    who=st.sampled_from(["known", ID]) | ANYTHING,
    query=st.lists(st.tuples(NAMES | ANYTHING, WORDS | ANYTHING), max_size=5),
)
async def test_no_query_whatever_is_an_error_of_ours(
    api: Api, path: str, who: str, query: list[tuple[str, str]]
) -> None:
    person = Person("4915112345678", name="Ada").says("Hello", NOW)
    if not (await api.get(CONVERSATIONS, sender="4915112345678", channel="whatsapp", account="100"))["items"]:
        await api.append(person)
    conversation = str(person.id) if who == "known" else quote(who.encode("utf-8", "replace"), safe="")
    asked = urlencode([(n.encode("utf-8", "replace"), v.encode("utf-8", "replace")) for n, v in query])
    answer = await api.ask(f"{path.replace('{id}', conversation)}?{asked}")
    assert answer.status in {200, 400, 404}, answer.body
    if answer.status == 400:
        assert answer.json["field"] in {"id", *(name[:64] for name, _ in query)}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=st.binary(max_size=60), path=st.sampled_from([CONVERSATIONS, TIMELINE, SESSIONS, QUARANTINE]))
async def test_no_bytes_whatever_in_a_query_are_an_error_of_ours(
    adrift: Api, query: bytes, path: str
) -> None:
    answer = await adrift.ask(f"{path}?{quote(query, safe='=&+')}")
    assert answer.status in {400, 503}
    assert answer.status == 400 or not query.strip(b"&")
