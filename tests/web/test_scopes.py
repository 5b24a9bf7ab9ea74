"""G11: every operation asks for a token, and for one that is good enough."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.storage.access_tokens import SCOPES, Scope
from tests.web.conftest import Api, running
from tests.web.visitors import OWNER, bearer, make_token, post, sign_in

SOMEBODY = "4a8ef1a0-5c3b-4f37-9a44-0d8f8fa0e7aa"
VALUES = {"format": "csv", "kind": "messages", "report": "overview"}


@dataclass(frozen=True, slots=True)
class Described:
    method: str
    path: str
    scope: Scope
    security: list[dict[str, list[str]]]

    @property
    def address(self) -> str:
        """Where it is asked for something that is not there, or for what can be read by anybody at once."""
        return re.sub(
            r"\{(\w+)\}", lambda m: VALUES.get(m[1], SOMEBODY if "id" in m[1] else "nobody"), self.path
        )


@pytest.fixture
async def api(fresh_url: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running(fresh_url, tmp_path, rate_limit=0) as started:
        yield started


async def protected(api: Api) -> list[Described]:
    paths = (await api.send("/openapi.json")).json["paths"]
    found = [
        Described(method.upper(), path, operation["security"][0]["token"][0], operation["security"])
        for path, operations in paths.items()
        for method, operation in operations.items()
        if operation["security"]
    ]
    assert len(found) > 35
    return found


async def status(api: Api, described: Described, headers: dict[str, str]) -> tuple[int, Any]:
    """How it is answered; a stream for as long as its head takes."""
    async with api.session.request(described.method, api.url + described.address, headers=headers) as answer:
        is_problem = answer.content_type == "application/problem+json"
        return answer.status, await answer.json(content_type=None) if is_problem else None


def weaker(scope: Scope) -> Iterator[Scope]:
    yield from SCOPES[: SCOPES.index(scope)]


async def test_every_operation_is_401_without_a_token_and_with_a_wrong_one(api: Api) -> None:
    for described in await protected(api):
        for headers in ({}, bearer("ot_" + "0" * 64), bearer("wrong"), {"Cookie": "onethread_session=x"}):
            answered, problem = await status(api, described, headers)
            assert (answered, problem["status"]) == (401, 401), described
            assert problem["field"] in {"Authorization", "Cookie"}


async def test_every_operation_is_403_with_a_token_too_weak_and_names_the_scope_that_is_needed(
    api: Api,
) -> None:
    tokens = {scope: await make_token(api, f"one-who-may-{scope}", scope) for scope in SCOPES}
    for described in await protected(api):
        for scope in weaker(described.scope):
            answered, problem = await status(api, described, bearer(tokens[scope]))
            assert answered == 403, described
            assert f"the scope {described.scope}" in problem["detail"]
            assert problem["field"] == "Authorization"
        answered, problem = await status(api, described, bearer(tokens[described.scope]))
        assert answered not in {401, 403}, (described, problem)
        assert answered < 500, (described, problem)


async def test_every_operation_takes_a_session_for_the_token_that_it_was_begun_with(api: Api) -> None:
    tokens = {scope: await make_token(api, f"one-who-may-{scope}", scope) for scope in SCOPES}
    sessions = {scope: await sign_in(api, token) for scope, token in tokens.items()}
    for described in await protected(api):
        if described.path == "/console/sign-out":
            continue
        for scope in weaker(described.scope):
            answered, problem = await status(api, described, sessions[scope].unsafe)
            assert (answered, problem["field"]) == (403, "Cookie"), described
        answered, problem = await status(api, described, sessions[described.scope].unsafe)
        assert answered not in {401, 403}, (described, problem)


async def test_whatever_changes_something_needs_more_than_reading_and_a_header_with_a_session(
    api: Api,
) -> None:
    found = await protected(api)
    for described in found:
        changes = described.method != "GET" and described.path != "/console/sign-out"
        assert not changes or described.scope != "read", described
        assert described.security[0] == {"token": [described.scope]}
        csrf = {} if described.method == "GET" else {"csrf": []}
        assert described.security[1] == {"session": [described.scope], **csrf}
    administer = {described.path for described in found if described.scope == "administer"}
    assert {"/api/v1/tokens", "/api/v1/audit", "/api/v1/conversations/{id}"} <= administer


async def test_a_scope_that_nobody_declared_is_the_strongest_for_what_changes_something(api: Api) -> None:
    for operation in api.operations:
        if operation.token and operation.scope is None:
            assert operation.needs == ("read" if operation.method == "GET" else "administer")


async def test_a_token_that_is_too_weak_makes_no_other(api: Api) -> None:
    token = await make_token(api, "ada", "operate")
    assert (await post(api, "/api/v1/tokens", bearer(token), name="eve", scope="administer")).status == 403
    names = [item["name"] for item in (await api.get("/api/v1/tokens"))["items"]]
    assert names == ["owner", "ada"]
    assert (await api.send("/api/v1/tokens", headers=OWNER)).status == 200
