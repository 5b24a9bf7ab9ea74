"""Timelines over HTTP: every event, page by page, from the log itself."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from service.storage.reading import TIMELINE_DOWN, TIMELINE_UP
from tests.web.conftest import Api
from tests.web.people import NOW, Person, at


async def chatted(api: Api, turns: int = 6) -> Person:
    person = Person("4915112345678", name="Ada", met=NOW)
    for n in range(turns):
        person.says(f"question {n}", at(n * 10)).is_answered(f"answer {n}", at(n * 10 + 1))
    await api.append(person)
    return person


async def timeline(api: Api, person: Person, **query: Any) -> list[dict[str, Any]]:
    return await api.all_pages(f"{person.path}/timeline", **query)


async def test_a_timeline_shows_every_event_with_its_fields(api: Api) -> None:
    person = await chatted(api, turns=1)
    started, received, attempted, drafted, sending, sent = await timeline(api, person)
    assert started["display_name"] == "Ada"
    assert started["type"] == "ConversationStarted"
    assert received["type"] == "MessageReceived"
    assert received["version"] == 2
    assert received["recorded_at"] == received["sent_at"] == "2026-11-01T12:00:00Z"
    assert (received["kind"], received["text"], received["attachments"]) == ("text", "question 0", [])
    assert received["message_id"].startswith("wamid.")
    assert (attempted["type"], attempted["answers_through"]) == ("DraftAttempted", 2)
    assert (drafted["type"], drafted["text"], drafted["author"]) == ("ReplyDrafted", "answer 0", "bot")
    assert (sending["type"], sent["type"]) == ("ReplyAttempted", "ReplySent")


async def test_pages_to_the_end_both_ways_are_the_whole(api: Api) -> None:
    person = await chatted(api)
    whole = await timeline(api, person, limit=100)
    assert [item["version"] for item in whole] == list(range(1, 32))
    for limit in (1, 7, 30, 31):
        assert await timeline(api, person, limit=limit) == whole
        assert await timeline(api, person, limit=limit, order="desc") == whole[::-1]
    first = await api.get(f"{person.path}/timeline", limit=31)
    assert (len(first["items"]), first["next_cursor"]) == (31, None)


async def test_what_is_appended_between_two_pages_comes_at_the_end(api: Api) -> None:
    person = await chatted(api)
    first = await api.get(f"{person.path}/timeline", limit=20)
    await api.append(person.says("one more", at(100)))
    second = await api.get(f"{person.path}/timeline", limit=20, cursor=first["next_cursor"])
    assert [item["version"] for item in first["items"] + second["items"]] == list(range(1, 33))


async def test_kinds_narrow_a_timeline_to_some_types(api: Api) -> None:
    person = await chatted(api)
    both = await timeline(api, person, kinds="MessageReceived,ReplyDrafted", limit=5)
    assert {item["type"] for item in both} == {"MessageReceived", "ReplyDrafted"}
    assert [item["text"] for item in both][:4] == ["question 0", "answer 0", "question 1", "answer 1"]
    assert len(both) == 12
    assert await timeline(api, person, kinds="ReplyDrafted,MessageReceived") == both
    assert await timeline(api, person, kinds="HandedOver") == []


async def test_after_and_before_are_a_half_open_interval_of_when_it_was_recorded(api: Api) -> None:
    person = await chatted(api)
    found = await timeline(
        api,
        person,
        after="2026-11-01T12:10:00Z",
        before="2026-11-01T12:20:00Z",
        kinds="MessageReceived,ReplyDrafted",
        limit=1,
    )
    assert [item["text"] for item in found] == ["question 1", "answer 1"]
    later = await timeline(
        api, person, after="2026-11-01T12:50:00.000001Z", kinds="MessageReceived,ReplyDrafted"
    )
    assert [item["text"] for item in later] == ["answer 5"]
    assert await timeline(api, person, after="2026-11-01T13:00:00Z", before="2026-11-01T12:00:00Z") == []


async def test_a_timeline_as_it_was_ends_with_what_was_recorded_at_the_instant(api: Api) -> None:
    person = await chatted(api)
    versions = {"2026-11-01T12:10:00Z": 7, "2026-11-01T12:10:59Z": 7, "2026-11-01T12:11:00Z": 11}
    for as_of, version in versions.items():
        assert (await api.get(person.path, as_of=as_of))["version"] == version
        then = await timeline(api, person, as_of=as_of, limit=4)
        assert [item["version"] for item in then] == list(range(1, version + 1))
        assert await timeline(api, person, as_of=as_of, limit=4, order="desc") == then[::-1]
    refused = await api.ask(f"{person.path}/timeline", as_of="2026-11-01T11:00:00Z")
    assert (refused.status, refused.json["field"]) == (404, "as_of")


async def test_a_plus_that_arrived_as_a_space_is_still_a_zone(api: Api) -> None:
    person = await chatted(api)
    as_of = "2026-11-01T13:10:00+01:00"
    spaced = await api.ask(f"{person.path}/timeline?as_of={as_of}")
    escaped = await api.ask(f"{person.path}/timeline?as_of={as_of.replace('+', '%2B')}")
    assert spaced.status == 200
    assert spaced.json["items"] == escaped.json["items"] != []


async def test_a_timeline_without_its_key_shows_what_is_not_personal(api: Api) -> None:
    person = await chatted(api, turns=1)
    readable = await timeline(api, person)
    async with api.service.database.transaction() as connection:
        await connection.execute("UPDATE keys SET wrapped = NULL, destroyed_at = now()")
    items = await timeline(api, person)
    assert [item["type"] for item in items] == [item["type"] for item in readable]
    assert items[1] == {
        name: value
        for name, value in readable[1].items()
        if name
        in {"version", "type", "recorded_at", "received_at", "kind", "sent_at", "session", "session_message"}
        or name in {"late", "forwarded", "entry_source"}
    }
    whole = str(items)
    for personal in ("question 0", "answer 0", "Ada", "4915112345678", "wamid"):
        assert personal in str(readable)
        assert personal not in whole


async def test_a_cursor_is_of_use_for_its_own_query_only(api: Api) -> None:
    person, other = await chatted(api), Person("other").says("Hi", NOW)
    await api.append(other)
    path = f"{person.path}/timeline"
    query = {"kinds": "MessageReceived,ReplyDrafted", "after": "2026-11-01T12:00:00Z"}
    cursor = (await api.get(path, limit=2, **query))["next_cursor"]
    same = await api.get(path, limit=3, cursor=cursor, kinds="ReplyDrafted,MessageReceived", order="asc",
                         after="2026-11-01T12:00:00.0Z")  # fmt: skip
    assert [item["text"] for item in same["items"]] == ["question 1", "answer 1", "question 2"]
    strangers = [
        (path, {}),
        (path, {**query, "order": "desc"}),
        (path, {**query, "kinds": "MessageReceived"}),
        (path, {**query, "as_of": "2026-11-01T14:00:00Z"}),
        (path, {**query, "before": "2026-11-01T14:00:00Z"}),
        (f"{other.path}/timeline", query),
        ("/api/v1/conversations", {}),
        ("/api/v1/sessions", {}),
        ("/api/v1/inbox", {}),
        ("/api/v1/quarantine", {}),
    ]
    for stranger, asked in strangers:
        refused = await api.ask(stranger, cursor=cursor, **asked)
        assert (refused.status, refused.json["field"]) == (400, "cursor"), (stranger, asked)


async def test_a_cursor_that_was_changed_in_any_place_is_refused(api: Api) -> None:
    person = await chatted(api)
    path = f"{person.path}/timeline"
    cursor = (await api.get(path, limit=2))["next_cursor"]
    for place in range(0, len(cursor), 3):
        changed = cursor[:place] + ("B" if cursor[place] == "A" else "A") + cursor[place + 1 :]
        for damaged in (changed, cursor[:place] + cursor[place + 1 :]):
            refused = await api.ask(path, limit=2, cursor=damaged)
            assert (refused.status, refused.json["field"]) == (400, "cursor")


@pytest.mark.parametrize("statement", [TIMELINE_UP, TIMELINE_DOWN], ids=["asc", "desc"])
async def test_a_deep_page_reads_no_more_than_the_first(api: Api, statement: str) -> None:
    person = Person("long", met=NOW)
    for n in range(3_000):
        person.says(f"number {n}", at(n))
    await api.append(person)
    async with api.service.database.connection() as connection:
        await connection.execute("ANALYZE events")
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        stream = await connection.fetchrow("SELECT partition, conversation_id FROM events LIMIT 1")
        assert stream is not None
        first = await _pages_touched(connection, statement, stream, above=0, below=3_001)
        deep = await _pages_touched(connection, statement, stream, above=1_400, below=1_600)
        await connection.execute("RESET plan_cache_mode")
    assert abs(first - deep) <= 8, (first, deep)


async def _pages_touched(
    connection: asyncpg.Connection, statement: str, stream: asyncpg.Record, *, above: int, below: int
) -> int:
    name = f"page_{above}"
    types = "smallint, uuid, integer, integer, text[], timestamptz, timestamptz, integer"
    await connection.execute(f"PREPARE {name} ({types}) AS {statement}")
    partition, conversation = stream
    lines = await connection.fetch(
        f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) "
        f"EXECUTE {name} ({partition}, '{conversation}', {above}, {below}, NULL, NULL, NULL, 51)"
    )
    buffers = next(line[0] for line in lines if "shared hit=" in line[0])
    return sum(int(part.split("=")[1]) for part in buffers.split() if "=" in part)
