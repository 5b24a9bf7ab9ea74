"""Tokens are made, shown once, used, run out and are revoked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from tests.web.conftest import TOKEN, Api, running
from tests.web.visitors import OWNER, TOKENS, audited, bearer, make_token, post

SESSIONS = "/api/v1/sessions"


async def is_let_in(api: Api, token: str) -> bool:
    status = (await api.send(SESSIONS, headers=bearer(token))).status
    assert status in {200, 401}
    return status == 200


async def until_kept_out(api: Api, token: str) -> None:
    async with asyncio.timeout(5):  # other processes know within seconds
        while await is_let_in(api, token):
            await asyncio.sleep(0.05)


@pytest.fixture
async def other(api: Api, fresh_url: str, tmp_path: Path) -> AsyncIterator[Api]:
    """Another process on the same database, but for its memory."""
    async with running(fresh_url, tmp_path) as started:
        yield started


async def test_a_token_is_shown_once_and_kept_as_nothing_that_lets_anybody_in(api: Api) -> None:
    token = await make_token(api, "reports", "read", days=90)
    assert re.fullmatch(r"ot_[0-9a-f]{64}", token)
    assert await is_let_in(api, token)
    listed = await api.send(TOKENS, headers=OWNER)
    assert token.encode() not in listed.body
    owner, reports = listed.json["items"]
    assert (owner["name"], owner["scope"], owner["created_by"]) == ("owner", "administer", None)
    assert (reports["name"], reports["scope"], reports["created_by"]) == ("reports", "read", "owner")
    assert reports["revoked_at"] is None
    async with api.service.database.connection() as connection:
        (row,) = await connection.fetch("SELECT * FROM access_tokens")
        assert token not in repr(row)
        assert token.removeprefix("ot_") not in repr(row)


async def test_a_new_token_works_at_once_in_every_process(api: Api, other: Api) -> None:
    for n in range(5):
        assert await is_let_in(other, await make_token(api, f"token-{n}", "read"))


async def test_wrong_tokens_are_not_looked_for_one_by_one(api: Api) -> None:
    async with asyncio.timeout(5):
        let_in = await asyncio.gather(*(is_let_in(api, f"ot_{n:064x}") for n in range(50)))
    assert not any(let_in)


async def test_a_revoked_token_stops_working_here_at_once_and_elsewhere_within_seconds(
    api: Api, other: Api
) -> None:
    token = await make_token(api, "ada", "read")
    assert await is_let_in(other, token)
    revoked = await api.ask(f"{TOKENS}/ada", method="DELETE")
    assert revoked.status == 200
    assert revoked.json["revoked_at"] is not None
    assert not await is_let_in(api, token)
    await until_kept_out(other, token)
    again = await api.ask(f"{TOKENS}/ada", method="DELETE")
    assert again.json["revoked_at"] == revoked.json["revoked_at"]


async def test_what_is_being_read_with_a_token_ends_with_it(api: Api, other: Api) -> None:
    token = await make_token(api, "ada", "read")
    async with other.session.get(f"{other.url}/api/v1/stream", headers=bearer(token)) as stream:
        assert stream.status == 200
        await api.ask(f"{TOKENS}/ada", method="DELETE")
        async with asyncio.timeout(5):
            with suppress(aiohttp.ClientError):
                async for _ in stream.content:
                    pass


async def test_a_token_with_days_runs_out(api: Api) -> None:
    token = await make_token(api, "ada", "read", days=2)
    api.clock.now += timedelta(days=2, seconds=-1)
    assert await is_let_in(api, token)
    api.clock.now += timedelta(seconds=1)
    assert not await is_let_in(api, token)


async def test_a_name_is_never_given_twice(api: Api) -> None:
    await make_token(api, "ada", "read")
    await api.ask(f"{TOKENS}/ada", method="DELETE")
    for name in ("ada", "owner"):
        answer = await post(api, TOKENS, OWNER, name=name, scope="read")
        assert (answer.status, answer.json["field"]) == (409, "name")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "Ada", "scope": "read"}, "name"),
        ({"name": "", "scope": "read"}, "name"),
        ({"name": "cli:ada", "scope": "read"}, "name"),
        ({"name": "a" * 65, "scope": "read"}, "name"),
        ({"name": "ada\n", "scope": "read"}, "name"),
        ({"name": "ada"}, "scope"),
        ({"name": "ada", "scope": "all"}, "scope"),
        ({"name": "ada", "scope": "read", "days": 0}, "days"),
        ({"name": "ada", "scope": "read", "days": 10**9}, "days"),
        ({"name": "ada", "scope": "read", "token": "mine"}, "token"),
    ],
)
async def test_a_body_that_is_not_right_is_400_and_names_the_member(
    api: Api, body: dict[str, object], field: str
) -> None:
    answer = await post(api, TOKENS, OWNER, **body)
    assert (answer.status, answer.json["field"]) == (400, field), answer.json
    assert len((await api.get(TOKENS))["items"]) == 1


async def test_tokens_that_are_not_there_or_not_ours_to_revoke_are_refused(api: Api) -> None:
    unknown = await api.ask(f"{TOKENS}/nobody", method="DELETE")
    assert (unknown.status, unknown.json["field"]) == (404, "name")
    owner = await api.ask(f"{TOKENS}/owner", method="DELETE")
    assert (owner.status, "ONETHREAD_API_TOKEN" in owner.json["detail"]) == (409, True)
    assert await is_let_in(api, TOKEN)


async def test_the_last_use_of_a_token_is_noted_and_not_at_every_use(api: Api) -> None:
    token = await make_token(api, "ada", "read")
    began = api.clock.now

    async def noted() -> str | None:
        listed = (await api.get(TOKENS))["items"]
        return next(item["last_used_at"] for item in listed if item["name"] == "ada")

    assert await is_let_in(api, token)
    async with asyncio.timeout(10):
        while (first := await noted()) is None:
            await asyncio.sleep(0.05)
    api.clock.now = began + timedelta(seconds=30)
    assert await is_let_in(api, token)
    await api.service.keyring.note_uses()
    assert await noted() == first
    api.clock.now = began + timedelta(seconds=61)
    assert await is_let_in(api, token)
    await api.service.keyring.note_uses()
    assert await noted() != first


async def test_whoever_acts_is_named_by_their_token_in_the_audit(api: Api) -> None:
    token = await make_token(api, "ada", "administer")
    await post(api, TOKENS, bearer(token), name="bea", scope="read")
    (row,) = await audited(api, actor="ada")
    assert (row["route"], row["outcome"]) == (TOKENS, 201)
    listed = (await api.get(TOKENS))["items"]
    assert [item["created_by"] for item in listed] == [None, "owner", "ada"]
