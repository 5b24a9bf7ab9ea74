"""Read models over HTTP: how they stand, and their views rebuilt, compared, promoted and dropped."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from tests.web.conftest import TOKEN, Answer, Api
from tests.web.people import HOUR, Person, at

SESSIONS = "/api/v1/projections/sessions"
VIEW = "v3"


async def send(api: Api, path: str, body: Any = None, *, method: str = "POST") -> Answer:
    data = None if body is None else orjson.dumps(body)
    return await api.send(path, method=method, headers={"Authorization": f"Bearer {TOKEN}"}, data=data)


async def standing(api: Api, view: str) -> dict[str, Any] | None:
    items = (await api.get(f"{SESSIONS}/views"))["items"]
    return next((item for item in items if item["name"] == view), None)


async def until(api: Api, view: str, state: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            found = await standing(api, view)
            assert found is not None
            assert found["fault"] is None
            if found["state"] == state:
                return found
            await asyncio.sleep(0.05)


async def execute(api: Api, statement: str) -> None:
    async with api.service.database.connection() as connection:
        await connection.execute(statement)


async def table(api: Api) -> str:
    async with api.service.database.connection() as connection:
        live = await connection.fetchval(
            "SELECT id FROM projection_views WHERE projection = 'sessions' AND state = 'live'"
        )
    return f"sessions_{live}"


@pytest.fixture
async def talked(api: Api) -> Api:
    """Three people, who wrote twice within thirteen hours."""
    people = [
        Person(f"4915{number}").says("hello", at(0)).says("again", at(0) + 13 * HOUR) for number in range(3)
    ]
    await api.append(*people)
    await api.caught_up()
    return api


async def test_each_read_model_shows_its_lag_its_ledger_and_its_views(talked: Api) -> None:
    items = (await talked.get("/api/v1/projections"))["items"]
    assert {"sessions", "customers", "timelines", "analytics"} <= {item["name"] for item in items}
    for item in items:
        ledger = item["ledger"]
        assert ledger["applied"] + ledger["ignored"] + ledger["parked"] == ledger["position"] == 9
        assert (item["state"], item["lag_events"], item["rebuild"]) == ("live", 0, None)
        assert [view["state"] for view in item["views"]] == ["live"]


async def test_a_rebuild_is_ordered_proven_promoted_and_the_old_view_kept_until_dropped(talked: Api) -> None:
    answer = await send(talked, f"{SESSIONS}/rebuild")
    assert (answer.status, answer.json["name"], answer.json["state"]) == (202, "v3-2", "filling")
    progress = answer.json["rebuild"]
    assert progress.keys() == {
        "view", "state", "events_done", "events_total", "events_per_second", "remaining_seconds",
    }  # fmt: skip
    assert progress["events_total"] == 9
    live = await until(talked, "v3-2", "live")
    assert live["rebuild"] is None
    assert (await until(talked, VIEW, "kept"))["ledger"]["position"] == 9
    assert len((await talked.get("/api/v1/sessions", status="all"))["items"]) == 3
    answer = await send(talked, f"{SESSIONS}/views/v3", method="DELETE")
    assert (answer.status, [view["name"] for view in answer.json["items"]]) == (200, ["v3-2"])


async def test_a_view_of_other_rules_stays_beside_and_is_promoted_when_it_is_said(
    talked: Api,
) -> None:
    answer = await send(talked, f"{SESSIONS}/rebuild", {"into": "short", "session_hours": 12})
    assert answer.status == 202
    assert (await until(talked, "short", "following"))["session_hours"] == 12
    found = await talked.get(f"{SESSIONS}/diff", b="short")
    assert (found["a"], found["b"], found["equal"], found["differing"]) == (VIEW, "short", False, 3)
    assert {d["column"] for d in found["differences"]} == {
        "session_number", "session_started", "session_messages",
    }  # fmt: skip
    answer = await send(talked, f"{SESSIONS}/promote", {"view": "short"})
    assert (answer.status, "other rules" in answer.json["detail"]) == (409, True)
    answer = await send(talked, f"{SESSIONS}/promote", {"view": "short", "despite_differences": True})
    assert (answer.status, answer.json["state"]) == (200, "live")
    rows = (await talked.get("/api/v1/sessions", status="all"))["items"]
    assert [row["session_number"] for row in rows] == [2, 2, 2]


async def test_a_view_that_differs_is_not_promoted_and_says_how_to_go_on(talked: Api) -> None:
    await execute(talked, f"UPDATE {await table(talked)} SET replies = 7")
    answer = await send(talked, f"{SESSIONS}/rebuild", {"into": "again"})
    assert answer.status == 202
    await until(talked, "again", "following")
    answer = await send(talked, f"{SESSIONS}/promote", {"view": "again"})
    assert (answer.status, answer.json["field"]) == (409, "view")
    assert "3 rows differ between v3 and again (sessions)" in answer.json["detail"]
    assert "onethread projections drop sessions again" in answer.json["detail"]
    left = await standing(talked, "again")
    assert left is not None
    assert left["fault"] == answer.json["detail"]
    live = await standing(talked, VIEW)
    assert live is not None
    assert live["state"] == "live"


async def test_verify_proves_the_live_view_and_finds_what_was_planted(talked: Api) -> None:
    answer = await send(talked, f"{SESSIONS}/verify")
    assert (answer.status, answer.json["proven"], answer.json["parked"]) == (200, True, 0)
    await execute(talked, f"UPDATE {await table(talked)} SET replies = 7")
    found = (await send(talked, f"{SESSIONS}/verify")).json
    assert (found["proven"], found["compared"]["differing"]) == (False, 3)
    assert {(d["column"], d["a"], d["b"]) for d in found["compared"]["differences"]} == {
        ("replies", "7", "0")
    }
    assert [view["name"] for view in (await talked.get(f"{SESSIONS}/views"))["items"]] == [VIEW]


async def test_what_is_parked_is_listed_with_its_error_and_taken_up_again(talked: Api) -> None:
    await execute(talked, "UPDATE events SET data = '{}' WHERE type = 'MessageReceived' AND version = 3")
    await send(talked, f"{SESSIONS}/rebuild", {"into": "broken"})
    await until(talked, "broken", "following")
    page = await talked.get(f"{SESSIONS}/parked", view="broken", limit=2)
    assert [(row["version"], row["type"], row["events"]) for row in page["items"]] == [
        (3, "MessageReceived", 1)
    ] * 2
    assert "sent_at" in page["items"][0]["error"] or "missing" in page["items"][0]["error"]
    assert len(await talked.all_pages(f"{SESSIONS}/parked", view="broken", limit=2)) == 3
    answer = await send(talked, f"{SESSIONS}/retry?view=broken")
    assert (answer.status, answer.json) == (200, {"taken_up": 0, "parked": 3})
    assert (await talked.get(f"{SESSIONS}/parked"))["items"] == []


async def test_a_rebuild_shows_in_metrics_while_it_lasts(talked: Api) -> None:
    async with talked.service.database.connection() as connection:
        await connection.execute(
            "INSERT INTO projection_views (projection, name, version, rules, state) "
            "SELECT projection, 'waiting', version, rules, 'filling' FROM projection_views "
            "WHERE projection = 'sessions' AND state = 'live'"
        )
        await connection.execute(
            "INSERT INTO projection_ledger (view_id, partition) "
            "SELECT v.id, p.partition FROM projection_views v, partitions p WHERE v.name = 'waiting'"
        )
    body = (await talked.send("/metrics")).body.decode()
    assert 'onethread_rebuild_events_done{projection="sessions"} 0.0' in body
    assert 'onethread_rebuild_events_total{projection="sessions"} 9.0' in body
    assert 'onethread_rebuild_events_total{projection="customers"}' not in body


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("nothing/rebuild", None, 404, "name"),
        ("sessions/rebuild", {"as_of": "yesterday"}, 400, "as_of"),
        ("sessions/rebuild", {"as_of": "2026-11-01"}, 400, "as_of"),
        ("sessions/rebuild", {"as_of": "2999-01-01T00:00Z"}, 400, "as_of"),
        ("sessions/rebuild", {"session_hours": 0}, 400, "session_hours"),
        ("sessions/rebuild", {"session_hours": "many"}, 400, "session_hours"),
        ("sessions/rebuild", {"into": "No Name"}, 400, "into"),
        ("sessions/rebuild", {"into": VIEW}, 400, "into"),
        ("sessions/rebuild", {"prices": "currency = 3"}, 400, "prices"),
        ("sessions/rebuild", {"as_of": "2026-10-01T00:00Z", "promote": True}, 400, "promote"),
        ("sessions/promote", {"view": "nothing"}, 400, "view"),
        ("sessions/promote", {"view": VIEW}, 409, "view"),
        ("sessions/promote", {}, 400, "view"),
        ("nothing/verify", None, 404, "name"),
        ("nothing/retry", None, 404, "name"),
        ("sessions/retry?view=nothing", None, 400, "view"),
    ],
)
async def test_a_bad_order_is_refused_and_the_field_named(
    api: Api, path: str, body: Any, status: int, field: str
) -> None:
    answer = await send(api, f"/api/v1/projections/{path}", body)
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert field in answer.json.get("field", answer.json["detail"]), answer.json
    assert (await standing(api, VIEW) or {})["state"] == "live"


async def test_unknown_views_and_the_live_one_are_not_dropped_or_compared(api: Api) -> None:
    for method, path, status, field in (
        ("DELETE", f"{SESSIONS}/views/{VIEW}", 409, "view"),
        ("DELETE", f"{SESSIONS}/views/nothing", 404, "view"),
        ("GET", f"{SESSIONS}/diff", 400, "b"),
        ("GET", f"{SESSIONS}/diff?b=nothing", 400, "b"),
        ("GET", f"{SESSIONS}/diff?a=nothing&b={VIEW}", 400, "a"),
        ("GET", f"{SESSIONS}/parked?view=nothing", 400, "view"),
        ("GET", "/api/v1/projections/nothing/views", 404, "name"),
    ):
        answer = await send(api, path, method=method)
        assert (answer.status, answer.json["field"]) == (status, field), (path, answer.json)
