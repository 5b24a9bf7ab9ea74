"""Every act is on record, with who did it; what is refused is counted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.web.conftest import Api
from tests.web.people import Person
from tests.web.visitors import OWNER, TOKENS, audited, bearer, make_token, post

AUDIT = "/api/v1/audit"
CONVERSATION = "/api/v1/conversations/{id}"


@pytest.fixture
async def person(api: Api) -> Person:
    person = Person("4915112345678")
    await api.append(person)
    return person


async def actors_in_the_log(api: Api, person: Person) -> list[str]:
    items = await api.all_pages(f"/api/v1/conversations/{person.id}/timeline")
    return [item["actor"] for item in items if item.get("actor")]


async def test_whoever_acts_is_named_by_their_token_in_the_log_and_in_the_audit(
    api: Api, person: Person
) -> None:
    ada, bea = (
        bearer(await make_token(api, "ada", "operate")),
        bearer(await make_token(api, "bea", "administer")),
    )
    path = f"/api/v1/conversations/{person.id}"
    assert (await post(api, f"{path}/handover", ada)).status == 200
    assert (await post(api, f"{path}/messages", ada, text="a private matter")).status == 202
    assert (await post(api, f"{path}/handback", bea)).status == 200
    assert (await api.send(path, method="DELETE", headers=bea)).status == 202
    assert await actors_in_the_log(api, person) == ["ada", "ada", "bea", "bea"]
    rows = [row for row in await audited(api) if row["actor"] != "owner"]
    assert [(row["actor"], row["method"], row["route"], row["outcome"]) for row in rows] == [
        ("ada", "POST", f"{CONVERSATION}/handover", 200),
        ("ada", "POST", f"{CONVERSATION}/messages", 202),
        ("bea", "POST", f"{CONVERSATION}/handback", 200),
        ("bea", "DELETE", CONVERSATION, 202),
    ]
    assert {row["subject"] for row in rows} == {str(person.id)}
    assert {(row["via"], row["address"], row["times"]) for row in rows} == {("token", "127.0.0.1", 1)}
    assert "private" not in str(rows)


async def test_nobody_can_say_that_they_are_somebody_else(api: Api, person: Person) -> None:
    path = f"/api/v1/conversations/{person.id}/handover"
    assert (await post(api, path, OWNER, actor="ada")).status == 400
    assert (await api.send(f"{path}?actor=ada", method="POST", headers=OWNER)).status == 400
    assert (await post(api, path, {**OWNER, "X-Actor": "ada"})).status == 200
    assert await actors_in_the_log(api, person) == ["owner"]


async def test_an_act_that_does_not_come_off_is_on_record_too(api: Api, person: Person) -> None:
    path = f"/api/v1/conversations/{person.id}"
    await post(api, f"{path}/messages", OWNER, text="hello")  # the bot answers
    await post(api, f"{path}/handover", OWNER, nonsense=1)
    await post(api, "/api/v1/conversations/4a8ef1a0-5c3b-4f37-9a44-0d8f8fa0e7aa/handover", OWNER)
    assert [row["outcome"] for row in await audited(api)] == [409, 400, 404]


async def test_what_is_not_an_id_or_a_name_of_ours_is_not_kept(api: Api) -> None:
    await api.send("/api/v1/conversations/4915112345678", method="DELETE", headers=OWNER)
    await api.send("/api/v1/conversations/Ada%20Lovelace/handover", method="POST", headers=OWNER)
    await api.send("/api/v1/projections/sessions/views/v9", method="DELETE", headers=OWNER)
    rows = await audited(api)
    assert [row["subject"] for row in rows] == [None, None, "sessions/v9"]
    assert "4915112345678" not in str(rows)
    assert "Ada" not in str(rows)


async def test_looking_is_not_on_record(api: Api, person: Person) -> None:
    await api.get("/api/v1/sessions")
    await api.get(f"/api/v1/conversations/{person.id}")
    assert await audited(api) == []


async def test_an_act_that_cannot_be_put_on_record_is_not_done(api: Api, person: Person) -> None:
    async with api.service.database.connection() as connection:
        await connection.execute("ALTER TABLE audit RENAME TO audit_gone")
    answer = await post(api, f"/api/v1/conversations/{person.id}/handover", OWNER)
    assert answer.status == 500
    assert await actors_in_the_log(api, person) == []


async def test_refusals_are_counted_by_the_hour_whoever_is_refused(api: Api) -> None:
    ada = bearer(await make_token(api, "ada", "read"))
    for n in range(7):
        await api.send(f"{TOKENS}/number-{n}", method="DELETE")
        await api.send(f"{TOKENS}/number-{n}", method="DELETE", headers=ada)
        await api.send(f"/api/v1/nothing/{n}")
        await api.send("/api/v1/nothing", method=("PUT", "PATCH")[n % 2])
    await audited(api)
    api.clock.now += timedelta(hours=1)
    await api.send(f"{TOKENS}/number", method="DELETE", headers=ada)
    rows = await audited(api)
    counted = {
        (row["at"][11:16], row["actor"], row["via"], row["method"], row["route"], row["outcome"]): row[
            "times"
        ]
        for row in rows
        if row["outcome"] in {401, 403}
    }
    route = f"{TOKENS}/{{name}}"
    assert counted == {
        ("12:00", "-", "nobody", "DELETE", route, 401): 7,
        ("12:00", "ada", "token", "DELETE", route, 403): 7,
        ("12:00", "-", "nobody", "-", "-", 401): 14,
        ("13:00", "ada", "token", "DELETE", route, 403): 1,
    }
    assert all(row["address"] is None and row["subject"] is None for row in rows if row["outcome"] > 400)


async def test_the_audit_comes_in_pages_oldest_first_or_newest_first_and_of_one_actor(api: Api) -> None:
    ada = bearer(await make_token(api, "ada", "administer"))
    for n in range(6):
        await post(api, TOKENS, ada if n % 2 else OWNER, name=f"token-{n}", scope="read")
    rows = await audited(api, limit=2)
    assert len(rows) == 7
    assert await audited(api, limit=2, order="desc") == rows[::-1]
    assert await audited(api, limit=1, actor="ada") == [row for row in rows if row["actor"] == "ada"]
    assert [row["at"] for row in rows] == ["2026-11-01T12:00:00Z"] * 7
