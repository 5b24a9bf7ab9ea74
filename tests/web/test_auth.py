"""Nobody gets in without the token, and nobody learns what there is."""

from __future__ import annotations

import pytest

from tests.web.conftest import TOKEN, Api

PROTECTED = [
    "/api/v1/conversations",
    "/api/v1/conversations/4a8ef1a0-5c3b-4f37-9a44-0d8f8fa0e7aa",
    "/api/v1/conversations/4a8ef1a0-5c3b-4f37-9a44-0d8f8fa0e7aa/timeline",
    "/api/v1/sessions",
    "/api/v1/inbox",
    "/api/v1/quarantine",
    "/api/v1/quarantine/4a8ef1a0-5c3b-4f37-9a44-0d8f8fa0e7aa",
    "/api/v1/projections",
    "/api/v1/there/is/no/such/path",
    "/%61pi/v1/sessions",
]

REFUSED = [
    None,
    "",
    "Bearer",
    "Bearer ",
    "Bearer wrong",
    f"Bearer {TOKEN}x",
    f"Bearer {TOKEN[:-1]}",
    f"Bearer {TOKEN} {TOKEN}",
    f"Basic {TOKEN}",
    f"Token {TOKEN}",
    TOKEN,
    f"Bearer{TOKEN}",
    "Bearer töken-ünd-öther",
    "Bearer \u4e2d\u6587",
]


@pytest.mark.parametrize("given", REFUSED)
async def test_whoever_has_not_the_token_is_asked_for_it_whatever_they_want(
    api: Api, given: str | None
) -> None:
    headers = {} if given is None else {"Authorization": given}
    for path in (*PROTECTED, "/api/v1/sessions?surely=unknown"):
        for method in ("GET", "POST", "DELETE"):
            answer = await api.send(path, method=method, headers=headers)
            assert answer.status == 401
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert answer.headers["Content-Type"].startswith("application/problem+json")
            assert answer.json["status"] == 401
            assert TOKEN.encode() not in answer.body


async def test_bytes_that_are_no_text_are_no_token(api: Api) -> None:
    answer = await api.send("/api/v1/sessions", headers={"Authorization": "Bearer \udcff\udcfe"})
    assert answer.status == 401


async def test_two_tokens_at_once_are_none(api: Api) -> None:
    given = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", "Bearer wrong")]
    for headers in (given, given[::-1]):
        async with api.session.get(f"{api.url}/api/v1/sessions", headers=headers) as response:
            assert response.status in {400, 401}


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_whoever_has_the_token_gets_in(api: Api, scheme: str) -> None:
    for path in ("/api/v1/sessions", "/%61pi/v1/sessions"):
        answer = await api.send(path, headers={"Authorization": f"{scheme} {TOKEN}"})
        assert answer.status == 200


@pytest.mark.parametrize("path", ["/health", "/livez", "/readyz", "/metrics", "/openapi.json"])
async def test_what_watches_over_the_service_needs_no_token(api: Api, path: str) -> None:
    assert (await api.send(path)).status == 200


async def test_unknown_paths_are_not_found_as_a_problem(api: Api) -> None:
    for path in ("/", "/nothing", "/livez/", "//livez", "/openapi.json/x", "/webhooks/telegram"):
        answer = await api.send(path)
        assert answer.status == 404
        assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert (await api.ask("/api/v1/nothing")).status == 404
    assert (await api.ask("/api/v1/sessions/")).status == 404


async def test_a_method_that_is_not_there_is_refused_with_those_that_are(api: Api) -> None:
    allowed = {
        "/health": "GET",
        "/openapi.json": "GET",
        "/webhooks/whatsapp": "GET, POST",
        "/api/v1/sessions": "GET",
        "/api/v1/quarantine/4a8ef1a0-5c3b-4f37-9a44-0d8f8fa0e7aa/retry": "POST",
    }
    for path, methods in allowed.items():
        for method in {"HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "GET", "POST"} - set(
            methods.split(", ")
        ):
            answer = await api.ask(path, method=method)
            assert (answer.status, answer.headers.get("Allow")) == (405, methods), (method, path)
            if method != "HEAD":
                assert answer.json["status"] == 405
