"""Exports over HTTP: complete, as slow as their reader, and refused by name."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Any

import aiohttp
import orjson
import pytest

from projections.reports.definitions import REPORTS
from service.export.asked import Asked, Misasked
from service.export.sources import source_of
from tests.export.conftest import whole_story
from tests.web.conftest import TOKEN, Api
from tests.web.people import NOW, Person, at

PATH = "/api/v1/export"


async def rows(api: Api, what: str, **query: Any) -> list[dict[str, Any]]:
    answer = await api.ask(f"{PATH}/{what}", **query)
    assert answer.status == 200, answer.body
    return [orjson.loads(line) for line in answer.body.splitlines()]


async def test_an_export_is_streamed_as_ndjson(api: Api) -> None:
    person = whole_story()
    await api.append(person, Person("2").says("hello", at(1)))
    answer = await api.ask(f"{PATH}/events", conversation=person.id)
    assert answer.headers["Content-Type"] == "application/x-ndjson; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="events.ndjson"'
    exported = [orjson.loads(line) for line in answer.body.splitlines()]
    timeline = await api.all_pages(f"{person.path}/timeline", limit=100)
    for item, row in zip(timeline, exported, strict=True):
        assert row | item == row
    assert len(await rows(api, "events")) == len(exported) + 2


async def test_an_export_is_streamed_as_csv(api: Api) -> None:
    await api.append(whole_story())
    answer = await api.ask(f"{PATH}/messages", format="csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.body.startswith(b"conversation_id,version,type,")
    assert b",'=HYPERLINK(1)," in answer.body


async def test_sessions_are_exported_as_the_board_shows_them(api: Api) -> None:
    people = [Person(str(n), name=f"Person {n}", met=at(n)).says("hello", at(n)) for n in range(5)]
    await api.append(*people)
    await api.caught_up()
    board = {row["conversation_id"]: row for row in await api.all_pages("/api/v1/sessions", status="all")}
    assert (await api.ask(f"{PATH}/sessions")).headers["Onethread-Lag-Events"] == "0"
    exported = await rows(api, "sessions")
    assert {row["conversation_id"] for row in exported} == set(board)
    for row in exported:
        shown = board[row["conversation_id"]]
        assert row["last_activity"] == shown["last_activity_at"]
        assert row["display_name"] == shown["display_name"]
        assert (row["session_number"], row["total_messages"]) == (1, shown["total_message_count"])
    (one,) = await rows(api, "sessions", conversation=people[2].id)
    assert one["conversation_id"] == str(people[2].id)
    recent = await rows(api, "sessions", **{"from": "2026-11-01T12:03:00Z", "to": "2026-11-01T12:04:00Z"})
    assert [row["display_name"] for row in recent] == ["Person 3"]


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("events?from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z", 400, "from"),
        ("events?from=yesterday", 400, "from"),
        ("events?view=november", 400, "view"),
        ("sessions?view=november", 400, "view"),
        ("events?format=parquet", 400, "format"),
        ("events?conversation=3f72394f-eb44-4a3c-85fe-0caac19dc82d", 404, "conversation"),
        ("analytics", 400, "report"),
        ("analytics?report=weather", 400, "report"),
        ("analytics?report=overview&tz=Mars/Base", 400, "tz"),
        ("analytics?report=overview&view=november", 400, "view"),
        ("events?tz=Europe/Berlin", 400, "tz"),
        ("events?bucket=day", 400, "bucket"),
        ("secrets", 400, "what"),
        ("events?limit=3", 400, "limit"),
    ],
)
async def test_what_makes_no_sense_is_refused_before_the_first_byte(
    api: Api, path: str, status: int, field: str
) -> None:
    answer = await api.ask(f"{PATH}/{path}")
    assert (answer.status, answer.json["field"]) == (status, field)
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_sessions_of_two_views_are_not_mixed(api: Api) -> None:
    database, vault = api.service.database, api.service.vault
    asked = Asked(what="sessions")
    begun = await source_of(database, vault, asked, now=NOW)
    again = await source_of(database, vault, asked, begun.through, now=NOW)
    assert again.through == begun.through
    with pytest.raises(Misasked, match="another view"):
        await source_of(database, vault, asked, {0: 10_000}, now=NOW)


async def test_a_session_of_an_erased_person_has_a_row_without_a_name(api: Api) -> None:
    person = Person("1", name="Ada", met=at(0)).says("hello", at(1), name="Ada")
    await api.append(person)
    await api.append(person.is_erased(at(2)))
    async with api.service.database.transaction() as connection:
        await connection.execute("UPDATE keys SET wrapped = NULL, destroyed_at = now()")
    await api.caught_up()
    (row,) = await rows(api, "sessions")
    assert (row["erased"], row["display_name"], row["total_messages"]) == (True, None, 1)


@pytest.mark.parametrize("report", sorted(REPORTS))
async def test_a_report_is_exported_item_by_item(api: Api, report: str) -> None:
    await api.append(whole_story(), Person("2", met=at(0)).says("hello", at(1)))
    api.clock.now = at(60 * 40)
    await api.caught_up()
    asked = {"from": "2026-10-20T00:00:00Z", "to": "2026-11-10T00:00:00Z", "tz": "Europe/Berlin"}
    shown = (await api.ask(f"/api/v1/analytics/{report}", **asked)).json["items"]
    assert await rows(api, "analytics", report=report, **asked) == shown
    text = await api.ask(f"{PATH}/analytics", report=report, format="csv", **asked)
    cells = list(csv.DictReader(io.StringIO(text.body.decode(), newline="")))
    assert len(cells) == len(shown)
    assert not shown or list(cells[0]) == list(shown[0])


async def test_an_export_needs_the_token(api: Api) -> None:
    assert (await api.send(f"{PATH}/events")).status == 401


async def test_a_reader_who_takes_nothing_holds_the_export_up_and_nothing_else(api: Api) -> None:
    person = Person("1")
    for n in range(3_000):
        person.says(f"{n} " + "word " * 1_000, at(n))
    await api.append(person)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        aiohttp.ClientSession(read_bufsize=1024) as session,
        session.get(f"{api.url}{PATH}/events", headers=headers) as response,
    ):
        await response.content.readexactly(100)
        pool = api.service.database.pool
        async with asyncio.timeout(10):
            while pool.get_size() - pool.get_idle_size():  # the export waits for its reader, not for the log
                await asyncio.sleep(0.01)
        assert (await api.ask("/api/v1/projections")).status == 200
        left = await response.content.read()
    assert left.count(b"\n") == 3_001


async def test_an_export_that_breaks_off_is_not_taken_for_the_whole(api: Api) -> None:
    person = Person("1")
    for n in range(3_000):
        person.says(f"{n} " + "word " * 1_000, at(n))
    await api.append(person)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        aiohttp.ClientSession(read_bufsize=1024) as session,
        session.get(f"{api.url}{PATH}/events", headers=headers) as response,
    ):
        await response.content.readexactly(100)
        async with api.service.database.transaction() as connection:
            await connection.execute("ALTER TABLE keys RENAME TO keys_that_are_gone")
        with pytest.raises(aiohttp.ClientError):
            await response.content.read()


async def test_an_event_that_cannot_be_read_has_a_row_that_says_why(api: Api) -> None:
    await api.append(Person("1").says("one", at(0)).says("two", at(1)))
    async with api.service.database.transaction() as connection:
        await connection.execute("UPDATE events SET data = '{}' WHERE version = 2")
    found = await rows(api, "events")
    assert [row.get("text") for row in found] == [None, None, "two"]
    assert found[1]["fault"].startswith("MessageReceived: ")
