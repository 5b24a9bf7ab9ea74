"""Too much is too much: of a token, of an address, and of wrong tokens above all."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

import pytest

from service.channels.signature import HEADER, sign
from service.web.errors import Problem
from service.web.limiting import GUESSES, MINUTE, WINDOWS, Limits
from tests.web.conftest import APP_SECRET, Answer, Api, running
from tests.web.visitors import OWNER, audited, bearer, make_token, post

SESSIONS = "/api/v1/sessions"
RATE = 10
LONG = "a-token-of-the-owner-that-nobody-will-guess"


class Start(Protocol):
    def __call__(self, **more: Any) -> AbstractAsyncContextManager[Api]: ...


@pytest.fixture
def start(fresh_url: str, tmp_path: Path) -> Start:
    def begin(**more: Any) -> AbstractAsyncContextManager[Api]:
        return running(fresh_url, tmp_path, trusted_proxies="127.0.0.1", **more)

    return begin


def comes_from(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


def is_refused(answer: Answer, kind: str, amount: int) -> bool:
    """Whether it is 429; then it says why, and when to come back."""
    if answer.status != 429:
        return False
    assert answer.json["status"] == 429
    assert 1 <= (wait := int(answer.headers["Retry-After"])) <= MINUTE
    assert answer.headers["RateLimit"] == f'"{kind}";r=0;t={wait}'
    assert answer.headers["RateLimit-Policy"] == f'"{kind}";q={amount};w={MINUTE}'
    assert f"try again in {wait} s" in answer.json["detail"]
    return True


async def test_a_token_may_ask_so_often_a_minute_wherever_it_comes_from(start: Start) -> None:
    async with start(rate_limit=RATE) as api:
        token = await make_token(api, "ada", "read")
        for n in range(RATE):
            answer = await api.send(SESSIONS, headers={**bearer(token), **comes_from(f"10.0.0.{n}")})
            assert answer.status == 200
        answer = await api.send(SESSIONS, headers={**bearer(token), **comes_from("10.0.1.1")})
        assert is_refused(answer, "token", RATE)
        assert (await api.send(SESSIONS, headers={**OWNER, **comes_from("10.0.1.1")})).status == 200


async def test_an_address_may_ask_so_often_a_minute_whoever_asks(start: Start) -> None:
    async with start(rate_limit=RATE) as api:
        for _ in range(RATE):
            assert (await api.send("/openapi.json", headers=comes_from("10.0.0.1"))).status == 200
        for path in ("/openapi.json", SESSIONS, "/nothing"):
            answer = await api.send(path, headers={**OWNER, **comes_from("10.0.0.1")})
            assert is_refused(answer, "address", RATE)
        assert (await api.send("/openapi.json", headers=comes_from("10.0.0.2"))).status == 200
        for path in ("/livez", "/readyz"):
            assert (await api.send(path, headers=comes_from("10.0.0.1"))).status == 200


async def test_deliveries_are_not_limited(start: Start) -> None:
    async with start(rate_limit=1) as api:
        for _ in range(5):
            headers = {HEADER: sign(APP_SECRET.encode(), b"{}")}
            assert (
                await api.send("/webhooks/whatsapp", method="POST", headers=headers, data=b"{}")
            ).status == 200
        assert (await api.send("/webhooks/whatsapp", method="POST", data=b"{}")).status == 401


async def test_whoever_guesses_is_soon_not_heard_any_more(start: Start) -> None:
    async with start() as api:
        eve = comes_from("10.0.0.66")
        for n in range(GUESSES):
            path, send = [
                (SESSIONS, lambda g: api.send(SESSIONS, headers={**bearer(g), **eve})),
                ("/console/sign-in", lambda g: post(api, "/console/sign-in", eve, token=g)),
            ][n % 2]
            assert (await send(f"guess-{n}")).status == 401, path
        assert is_refused(await api.send(SESSIONS, headers={**bearer("guess"), **eve}), "guess", GUESSES)
        assert is_refused(await post(api, "/console/sign-in", eve, token="guess"), "guess", GUESSES)
        # It may have been the owner's, which is short here. Made ones are not to be guessed.
        assert is_refused(await api.send(SESSIONS, headers={**OWNER, **eve}), "guess", GUESSES)
        ada = await make_token(api, "ada", "read")
        assert (await api.send(SESSIONS, headers={**bearer(ada), **eve})).status == 200
        assert (await api.send(SESSIONS, headers={**OWNER, **comes_from("10.0.0.1")})).status == 200
        assert (await api.send(SESSIONS, headers=eve)).status == 401  # nothing was guessed


async def test_a_long_token_of_the_owner_is_heard_whoever_else_guesses_from_there(start: Start) -> None:
    async with start(api_token=LONG) as api:
        for n in range(GUESSES + 1):
            answer = await api.send(SESSIONS, headers=bearer(f"guess-{n}"))
        assert is_refused(answer, "guess", GUESSES)
        assert (await api.send(SESSIONS, headers=bearer(LONG))).status == 200


async def test_whoever_guesses_the_verify_token_is_soon_not_heard_any_more(start: Start) -> None:
    async with start() as api:
        path = "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=1&hub.verify_token="
        for n in range(GUESSES):
            assert (await api.send(f"{path}guess-{n}")).status == 403
        assert is_refused(await api.send(f"{path}guess"), "guess", GUESSES)
        assert is_refused(await api.send(f"{path}verify"), "guess", GUESSES)
        assert (await api.send(f"{path}verify", headers=comes_from("10.0.0.1"))).status == 200


async def test_with_a_rate_of_nothing_nothing_is_limited(start: Start) -> None:
    async with start(rate_limit=0) as api:
        for n in range(GUESSES + 5):
            assert (await api.send(SESSIONS, headers=bearer(f"guess-{n}"))).status == 401
        assert (await api.send(SESSIONS, headers=OWNER)).status == 200


async def test_refusals_are_counted_by_the_hour_and_fill_nothing(start: Start) -> None:
    async with start(rate_limit=RATE) as api:
        for n in range(3 * RATE):
            await api.send(f"/api/v1/conversations/{n}", headers=comes_from("10.0.0.1"))
        rows = {row["outcome"]: row for row in await audited(api)}
        assert {status: row["times"] for status, row in rows.items()} == {401: RATE, 429: 2 * RATE}
        assert {row["route"] for row in rows.values()} == {"/api/v1/conversations/{id}"}


# The windows


def room(limits: Limits, address: str) -> bool:
    try:
        limits.address(address)
    except Problem:
        return False
    return True


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("fe80::1%eth0", "fe80::1%eth1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("10.0.0.1", "10.0.0.2", False),
        ("", "10.0.0.2", False),
    ],
)
def test_a_network_that_one_customer_has_whole_is_one_address(one: str, other: str, same: bool) -> None:
    shared = 0
    for _ in range(20):  # two addresses have the same window by chance, in one process of a thousand
        limits = Limits(1)
        assert room(limits, one)
        shared += not room(limits, other)
    assert shared == 20 if same else shared < 3


def test_however_many_addresses_come_what_is_kept_of_them_is_bounded() -> None:
    limits = Limits(1_000_000)
    for n in range(5 * WINDOWS):
        limits.address(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}")
    storage: Any = limits._windows.storage
    assert len(storage.events) <= WINDOWS
