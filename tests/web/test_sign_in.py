"""Sessions of the console: who may begin one, what it is good for, how it ends, and what it withstands."""

from __future__ import annotations

from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest

from service.web.auth import COOKIE
from tests.web.conftest import TOKEN, Answer, Api, running
from tests.web.visitors import OWNER, TOKENS, Session, audited, bearer, make_token, post, sign_in

SIGN_IN, SIGN_OUT, SESSION = "/console/sign-in", "/console/sign-out", "/console/session"
SESSIONS = "/api/v1/sessions"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def set_cookie(answer: Answer) -> Any:
    return SimpleCookie(answer.headers["Set-Cookie"])[COOKIE]


async def counts(api: Api, session: Session) -> bool:
    status = (await api.send(SESSIONS, headers=session.safe)).status
    assert status in {200, 401}
    return status == 200


async def change(api: Api, headers: dict[str, str]) -> Answer:
    """Something that only those may do who are let in all the way."""
    return await post(api, TOKENS, headers, name="ada", scope="read")


# Signing in and out


async def test_the_cookie_is_for_no_script_no_other_site_and_is_kept_as_a_hash(api: Api) -> None:
    answer = await post(api, SIGN_IN, {}, token=TOKEN)
    cookie = set_cookie(answer)
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
    assert not cookie["secure"]  # this was http
    assert len(cookie.value) >= 43
    assert (answer.json["name"], answer.json["scope"]) == ("owner", "administer")
    async with api.service.database.connection() as connection:
        (row,) = await connection.fetch("SELECT * FROM console_sessions")
    assert cookie.value not in repr(row)
    assert TOKEN not in repr(row)


async def test_a_form_is_led_to_the_console(api: Api) -> None:
    body = f"token={TOKEN}".encode()
    async with api.session.post(api.url + SIGN_IN, data=body, headers=FORM, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/console")
        session = Session(answer.cookies[COOKIE].value, "")
    assert await counts(api, session)


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b'{"token": "wrong"}', 401),
        ({}, b'{"token": ""}', 400),
        ({}, b"{}", 400),
        ({}, b'{"token": "\\ud800"}', 400),
        ({}, b"token", 400),
        (FORM, b"token=wrong", 401),
        (FORM, b"token=", 400),
        (FORM, b"token=a&token=b", 400),
        (FORM, b"password=a", 400),
        (FORM, b"token=%ff", 401),
        (FORM, b"token=\xff\xfe", 400),
        ({"Content-Type": f"{FORM['Content-Type']}; charset=klingon"}, b"token=wrong", 401),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x--", 400),
    ],
)
async def test_whoever_has_no_token_gets_no_session(
    api: Api, headers: dict[str, str], body: bytes, status: int
) -> None:
    answer = await api.send(SIGN_IN, method="POST", headers=headers, data=body)
    assert (answer.status, answer.json["status"]) == (status, status)
    assert "Set-Cookie" not in answer.headers
    assert status != 401 or answer.json["field"] == "token"


async def test_a_session_has_the_scope_of_its_token(api: Api) -> None:
    session = await sign_in(api, await make_token(api, "reader", "read"))
    assert await counts(api, session)
    assert (await change(api, session.unsafe)).status == 403
    shown = await api.send(SESSION, headers=session.safe)
    assert shown.json == {"name": "reader", "scope": "read", "csrf_token": session.csrf_token}


async def test_whoever_signs_out_is_out_everywhere(api: Api, fresh_url: str, tmp_path: Path) -> None:
    session, kept = await sign_in(api), await sign_in(api)
    async with running(fresh_url, tmp_path) as other:
        assert await counts(other, session)
        answer = await api.send(SIGN_OUT, method="POST", headers=session.unsafe)
        assert (answer.status, answer.json) == (200, {"ended": True})
        assert set_cookie(answer)["max-age"] == "0"
        assert not await counts(api, session)
        assert not await counts(other, session)
        assert await counts(other, kept)


async def test_a_token_has_no_session_to_end_and_needs_no_csrf_token(api: Api) -> None:
    assert (await api.send(SESSION, headers=OWNER)).json["csrf_token"] is None
    answer = await api.send(SIGN_OUT, method="POST", headers=OWNER)
    assert (answer.status, answer.json) == (200, {"ended": False})


# How it ends


async def test_a_session_ends_an_hour_after_its_last_request(api: Api) -> None:
    session = await sign_in(api)
    for _ in range(3):
        api.clock.now += timedelta(minutes=58)
        assert await counts(api, session)
    api.clock.now += timedelta(minutes=61)
    assert not await counts(api, session)


async def test_a_session_ends_after_twelve_hours_whatever_happens(api: Api) -> None:
    session = await sign_in(api)
    for _ in range(14):
        api.clock.now += timedelta(minutes=51)
        assert await counts(api, session)
    api.clock.now += timedelta(minutes=7)
    assert not await counts(api, session)
    await sign_in(api)
    async with api.service.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM console_sessions") == 1


async def test_a_session_ends_with_its_token(api: Api) -> None:
    token = await make_token(api, "ada", "read", days=1)
    first = await sign_in(api, token)
    api.clock.now += timedelta(minutes=1)
    assert await counts(api, first)
    await api.ask(f"{TOKENS}/ada", method="DELETE")
    assert not await counts(api, first)


async def test_the_owners_sessions_end_when_the_owners_token_is_another(
    api: Api, fresh_url: str, tmp_path: Path
) -> None:
    session = await sign_in(api)
    async with running(fresh_url, tmp_path, api_token="another-token") as other:
        assert not await counts(other, session)


# What it withstands


async def test_without_the_right_csrf_token_nothing_is_changed(api: Api) -> None:
    session, other = await sign_in(api), await sign_in(api)
    for sent in (None, "", "wrong", other.csrf_token, session.csrf_token[:-1], session.cookie, "\udcff"):
        headers = session.safe if sent is None else {**session.safe, "X-CSRF-Token": sent}
        answer = await change(api, headers)
        assert (answer.status, answer.json["field"]) == (403, "X-CSRF-Token")
    assert (await change(api, session.unsafe)).status == 201


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Origin", "http://127.0.0.1:1"),
        ("Origin", "https://{host}"),
        ("Origin", "http://{host}.evil.example"),
        ("Origin", "http://[::"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "none"),
        ("Sec-Fetch-Site", ""),
    ],
)
async def test_pages_of_others_can_neither_change_anything_nor_sign_anybody_in(
    api: Api, name: str, value: str
) -> None:
    session = await sign_in(api)
    foreign = {name: value.format(host=api.url.removeprefix("http://"))}
    for answer in (
        await change(api, {**session.unsafe, **foreign}),
        await post(api, SIGN_IN, foreign, token=TOKEN),
        await api.send(SIGN_OUT, method="POST", headers={**session.unsafe, **foreign}),
    ):
        assert (answer.status, answer.json["field"]) == (403, name)
    assert await counts(api, session)
    assert (await api.send(SESSIONS, headers={**OWNER, **foreign})).status == 200


@pytest.mark.parametrize(
    "headers", [{"Origin": "{url}"}, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}]
)
async def test_pages_of_the_service_itself_may(api: Api, headers: dict[str, str]) -> None:
    own = {name: value.format(url=api.url) for name, value in headers.items()}
    session = await sign_in(api, **own)
    assert (await change(api, {**session.unsafe, **own})).status == 201


async def test_a_token_decides_where_a_cookie_comes_along(api: Api) -> None:
    session = await sign_in(api)
    assert (await change(api, {**session.unsafe, **bearer("wrong")})).status == 401
    assert (await change(api, {**session.safe, **OWNER})).status == 201


@pytest.mark.parametrize("cookie", ["", "x", "x" * 8_000, "\udcff\udcfe", '"; drop'])
async def test_a_cookie_that_is_no_session_is_401(api: Api, cookie: str) -> None:
    answer = await api.send(SESSIONS, headers={"Cookie": f"{COOKIE}={cookie}"})
    assert answer.status == 401


async def test_behind_https_the_cookie_is_for_https_alone(fresh_url: str, tmp_path: Path) -> None:
    forwarded = {"X-Forwarded-Proto": "https"}
    async with running(fresh_url, tmp_path, trusted_proxies="127.0.0.1") as api:
        answer = await post(api, SIGN_IN, forwarded, token=TOKEN)
        assert set_cookie(answer)["secure"]
        host = api.url.removeprefix("http://")
        session = Session(set_cookie(answer).value, answer.json["csrf_token"])
        own = {**session.unsafe, **forwarded, "Origin": f"https://{host}"}
        assert (await change(api, own)).status == 201
    async with running(fresh_url, tmp_path) as api:  # which trusts nobody
        assert not set_cookie(await post(api, SIGN_IN, forwarded, token=TOKEN))["secure"]


async def test_signing_in_and_acts_by_console_are_in_the_audit(api: Api) -> None:
    session = await sign_in(api)
    await change(api, session.unsafe)
    rows = [(row["via"], row["route"], row["outcome"]) for row in await audited(api, actor="owner")]
    assert rows == [("console", SIGN_IN, 200), ("console", TOKENS, 201)]


async def test_the_stream_takes_a_session(api: Api) -> None:
    session = await sign_in(api)
    async with api.session.get(f"{api.url}/api/v1/stream", headers=session.safe) as stream:
        assert (stream.status, stream.content_type) == (200, "text/event-stream")
