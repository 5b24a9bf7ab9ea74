"""Rebuilds and promotions are what they were ordered as, whoever brings them to their end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from projections import lifecycle, views
from projections.projection import Rules
from projections.sessions import Sessions
from service.web import projections
from tests.web.conftest import Api, running
from tests.web.people import HOUR, Person, at
from tests.web.test_projections import SESSIONS, VIEW, execute, send, table

TIMELINES = "/api/v1/projections/timelines"


@pytest.fixture
async def talked(api: Api) -> Api:
    person = Person("p").says("Die Häuser stehen noch", at(1)).says("again", at(0) + 13 * HOUR)
    await api.append(person)
    await api.caught_up()
    return api


async def standing(api: Api, projection: str, view: str) -> dict[str, Any]:
    items = (await api.get(f"/api/v1/projections/{projection}/views"))["items"]
    return next(item for item in items if item["name"] == view)


async def until(api: Api, projection: str, view: str, state: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while (found := await standing(api, projection, view))["state"] != state:
            assert found["fault"] is None
            await asyncio.sleep(0.05)
    return found


# By which rules


async def test_another_language_is_ordered_searched_by_and_left_again_for_that_of_the_settings(
    talked: Api,
) -> None:
    assert (await talked.get("/api/v1/search", q="haus"))["items"] == []
    answer = await send(talked, f"{TIMELINES}/rebuild", {"language": "german"})
    assert (answer.status, answer.json["language"], answer.json["unlike_settings"]) == (
        202, "german", ["language"],
    )  # fmt: skip
    await until(talked, "timelines", answer.json["name"], "following")
    promotion = {"view": answer.json["name"], "despite_differences": True}
    assert (await send(talked, f"{TIMELINES}/promote", promotion)).json["state"] == "live"
    [item] = (await talked.get("/api/v1/search", q="haus"))["items"]
    assert item["version"] == 2
    taken_up = {"from_settings": True, "despite_differences": True}
    answer = await send(talked, f"{TIMELINES}/rebuild", taken_up)
    live = await until(talked, "timelines", answer.json["name"], "live")
    assert (live["language"], live["unlike_settings"]) == ("simple", [])


async def test_sessions_that_were_cut_anew_are_taken_as_recorded_again(talked: Api) -> None:
    meant = {"session_hours": 12, "despite_differences": True}
    answer = await send(talked, f"{SESSIONS}/rebuild", meant)
    live = await until(talked, "sessions", answer.json["name"], "live")
    assert (live["session_hours"], live["unlike_settings"]) == (12, ["session_hours"])
    [row] = (await talked.get("/api/v1/sessions", status="all"))["items"]
    assert row["session_number"] == 2
    answer = await send(talked, f"{SESSIONS}/rebuild", {**meant, "session_hours": "recorded"})
    live = await until(talked, "sessions", answer.json["name"], "live")
    assert (live["session_hours"], live["unlike_settings"]) == (None, [])
    [row] = (await talked.get("/api/v1/sessions", status="all"))["items"]
    assert row["session_number"] == 1


@pytest.mark.parametrize(
    ("path", "body", "field", "said"),
    [
        (
            SESSIONS,
            {"language": "german"},
            "language",
            "sessions does not depend on it, but on session_hours",
        ),
        (TIMELINES, {"session_hours": 12}, "session_hours", "but on language"),
        (TIMELINES, {"language": "klingon"}, "language", "german"),
        (SESSIONS, {"session_hours": "many"}, "session_hours", ""),
        (SESSIONS, {"as_of": "2026-11-01T00:00"}, "as_of", "has no zone"),
    ],
)
async def test_rules_that_there_are_not_are_refused(
    api: Api, path: str, body: Any, field: str, said: str
) -> None:
    answer = await send(api, f"{path}/rebuild", body)
    assert answer.status == 400
    assert field in answer.json.get("field", answer.json["detail"])
    assert said in answer.json["detail"]


# As was asked, whoever does it


@pytest.mark.parametrize("despite", [True, False])
async def test_a_service_that_goes_on_with_an_order_of_another_promotes_as_was_asked(
    fresh_url: str, tmp_path: Path, *, despite: bool
) -> None:
    async with running(fresh_url, tmp_path) as first:
        await first.append(Person("p").says("hello", at(1)))
        await first.caught_up()
        await execute(first, f"UPDATE {await table(first)} SET replies = 7")
        await first.service.attendant.stop()  # it dies before it has begun
        body = {"promote": True, "despite_differences": despite}
        answer = await send(first, f"{SESSIONS}/rebuild", body)
        assert (answer.status, answer.json["state"]) == (202, "filling")
    async with running(fresh_url, tmp_path) as second:
        if despite:
            await until(second, "sessions", answer.json["name"], "live")
        else:
            async with asyncio.timeout(60):
                while (found := await standing(second, "sessions", answer.json["name"]))["fault"] is None:
                    await asyncio.sleep(0.05)
            assert "1 rows differ" in found["fault"]
            assert (await standing(second, "sessions", VIEW))["state"] == "live"


async def test_a_promotion_that_its_process_did_not_live_to_see_is_brought_to_its_end(
    fresh_url: str, tmp_path: Path
) -> None:
    async with running(fresh_url, tmp_path) as first:
        await first.append(Person("p").says("hello", at(1)))
        await first.caught_up()
        answer = await send(first, f"{SESSIONS}/rebuild", {"into": "short", "session_hours": 1})
        await until(first, "sessions", "short", "following")
        await first.service.attendant.stop()
        async with first.service.database.connection() as connection:
            view = await views.find(connection, "sessions", "short")
            await lifecycle.order_promotion(connection, view, unattended=True, despite_differences=True)
    async with running(fresh_url, tmp_path) as second:
        await until(second, "sessions", "short", "live")
    assert answer.status == 202


async def test_a_promotion_that_takes_longer_answers_202_and_its_end_is_shown(
    talked: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send(talked, f"{SESSIONS}/rebuild", {"into": "short", "session_hours": 1})
    await until(talked, "sessions", "short", "following")
    monkeypatch.setattr(projections, "WAITS", 0.0)
    answer = await send(talked, f"{SESSIONS}/promote", {"view": "short"})
    assert answer.status == 202
    async with asyncio.timeout(30):
        while (found := await standing(talked, "sessions", "short"))["fault"] is None:
            await asyncio.sleep(0.05)
    assert "other rules" in found["fault"]
    answer = await send(talked, f"{SESSIONS}/promote", {"view": "short", "despite_differences": True})
    assert answer.status == 202
    async with asyncio.timeout(30):
        while (found := await standing(talked, "sessions", "short"))["state"] != "live":
            await asyncio.sleep(0.05)
    assert found["fault"] is None


async def test_what_is_being_worked_on_is_not_ordered_otherwise(talked: Api) -> None:
    await send(talked, f"{SESSIONS}/rebuild", {"into": "short", "session_hours": 1})
    await until(talked, "sessions", "short", "following")
    async with talked.service.database.connection() as connection:
        view = await views.find(connection, "sessions", "short")
        await connection.execute("SELECT pg_advisory_lock($1, -1)", view.id)
        answer = await send(talked, f"{SESSIONS}/promote", {"view": "short", "despite_differences": True})
        assert (answer.status, "another process" in answer.json["detail"]) == (409, True)
        await connection.execute("SELECT pg_advisory_unlock($1, -1)", view.id)
        now = await views.find(connection, "sessions", "short")
    assert (now.state, now.promote, now.despite_differences) == ("following", False, False)


async def test_two_who_drop_the_same_view_are_told_that_it_is_gone(talked: Api) -> None:
    async with talked.service.database.connection() as connection:
        view = await views.create(connection, Sessions(), "beside", Rules(), "kept")
        await lifecycle.drop(connection, Sessions(), view)
        with pytest.raises(views.NoSuchView):
            await lifecycle.drop(connection, Sessions(), view)
