"""The inbox and the quarantine over HTTP, and what happens to what is tried again."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from typing import Any
from uuid import UUID

import orjson

from service.storage import inbox
from service.storage.ids import ordered_id
from service.storage.inbox import InboxRow, QuarantineRow
from tests.web.conftest import APP_SECRET, Api
from tests.web.people import NOW, at


async def deliver(api: Api, body: bytes) -> None:
    signature = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={signature}"}
    answer = await api.send("/webhooks/whatsapp", method="POST", data=body, headers=headers)
    assert answer.status == 200


def message(mid: str, text: str = "Hello") -> dict[str, Any]:
    return {
        "sender": {"id": "24681012"},
        "recipient": {"id": "682498171943165"},
        "timestamp": 1_793_534_400_000,
        "message": {"mid": mid, "text": text},
    }


def delivery(*pieces: Any) -> bytes:
    entry = {"id": "682498171943165", "time": 1_793_534_400_000, "messaging": list(pieces)}
    return json.dumps({"object": "page", "entry": [entry]}).encode()


async def set_aside(
    api: Api, *, body: bytes, path: str, item_type: str | None = None, who: UUID | None = None
) -> str:
    """A row as an older version, which understood less, would have left it."""
    row = QuarantineRow(3, ordered_id(), NOW, path, "not understood", body, item_type, who)
    async with api.service.database.transaction() as connection:
        await inbox.insert_quarantined(connection, [row])
    return str(row.id)


async def retry(api: Api, row_id: str) -> Any:
    answer = await api.ask(f"/api/v1/quarantine/{row_id}/retry", method="POST")
    assert answer.status == 200, answer.body
    return answer.json


async def waiting(api: Api) -> list[Any]:
    return await api.all_pages("/api/v1/inbox", limit=100)


async def test_signed_nonsense_is_in_quarantine_with_its_raw_bytes(api: Api) -> None:
    body = b"\xff\x00 not JSON \xc3\x28"
    await deliver(api, body)
    [row] = await api.all_pages("/api/v1/quarantine")
    assert (row["state"], row["attempts"], row["size"], row["path"]) == ("waiting", 0, len(body), "")
    assert row["received_at"] == "2026-11-01T12:00:00Z"
    assert row["reason"]
    shown = await api.get(f"/api/v1/quarantine/{row['id']}")
    assert base64.b64decode(shown.pop("body_base64")) == body
    assert shown == row


async def test_the_quarantine_pages_to_the_end_both_ways_and_by_state(api: Api) -> None:
    for n in range(9):
        await deliver(api, b"nonsense %d" % n)
    good = await set_aside(api, body=delivery(message("m1")), path="entry[0].messaging[0]")
    await retry(api, good)
    whole = await api.all_pages("/api/v1/quarantine")
    assert len(whole) == 10
    assert [row["id"] for row in whole] == sorted(row["id"] for row in whole)
    for limit in (1, 4, 10):
        assert await api.all_pages("/api/v1/quarantine", limit=limit) == whole
        assert await api.all_pages("/api/v1/quarantine", limit=limit, order="desc") == whole[::-1]
        assert await api.all_pages("/api/v1/quarantine", limit=limit, state="waiting") == whole[:9]
    assert [row["id"] for row in await api.all_pages("/api/v1/quarantine", state="retried")] == [good]


async def test_what_makes_sense_now_is_taken_in_and_the_row_is_marked_in_the_same_transaction(
    api: Api,
) -> None:
    body = delivery(message("m1"), message("m2"), {"sender": {"id": "24681012"}, "recipient": {"id": "1"}})
    row_id = await set_aside(api, body=body, path="entry[0].messaging[1]")
    result = await retry(api, row_id)
    assert result["items"] == 2
    [row] = await api.all_pages("/api/v1/quarantine")
    assert (row["id"], row["state"], row["attempts"]) == (row_id, "retried", 1)
    assert row["retried_at"] == "2026-11-01T12:00:00Z"
    assert (
        sorted((w["type"], w["received_at"]) for w in await waiting(api))
        == [("message", "2026-11-01T12:00:00Z")] * 2
    )


async def test_what_still_makes_no_sense_stays_in_its_row_with_the_new_reason(api: Api) -> None:
    body = delivery(message("m1"), "a string where an object belongs")
    await deliver(api, body)
    [before] = await api.all_pages("/api/v1/quarantine")
    for attempt in (1, 2):
        api.clock.now = at(attempt)
        assert await retry(api, before["id"]) == {"items": 0, "ignored": 0, "malformed": 1}
        [after] = await api.all_pages("/api/v1/quarantine")
        assert after == {**before, "attempts": attempt, "retried_at": f"2026-11-01T12:0{attempt}:00Z"}
    assert len(await waiting(api)) == 1


async def test_what_makes_no_sense_as_part_of_something_larger_stays_in_quarantine(api: Api) -> None:
    body = delivery(message("m1"), "nonsense")
    row_id = await set_aside(api, body=body, path="entry[0].messaging[1].message.attachments[0]")
    assert await retry(api, row_id) == {"items": 0, "ignored": 0, "malformed": 1}
    [row] = await api.all_pages("/api/v1/quarantine", state="waiting")
    assert (row["id"], row["path"], row["attempts"]) == (row_id, "entry[0].messaging[1]", 1)
    assert await waiting(api) == []


async def test_a_piece_that_is_understood_in_part_leaves_the_rest_in_quarantine(api: Api) -> None:
    body = delivery(message("m1"), "nonsense", 17)
    row_id = await set_aside(api, body=body, path="")
    assert await retry(api, row_id) == {"items": 1, "ignored": 0, "malformed": 2}
    first, second = await api.all_pages("/api/v1/quarantine", state="waiting")
    assert (first["id"], first["path"], first["attempts"]) == (row_id, "entry[0].messaging[1]", 1)
    assert (second["path"], second["attempts"]) == ("entry[0].messaging[2]", 0)
    assert await retry(api, row_id) == {"items": 0, "ignored": 0, "malformed": 1}
    assert len(await waiting(api)) == 1


async def test_an_inbox_item_that_could_not_be_taken_in_goes_back_to_the_inbox(api: Api) -> None:
    await deliver(api, delivery(message("m1", "keep me")))
    [arrived] = await waiting(api)
    async with api.service.database.transaction() as connection:
        item = await connection.fetchval("DELETE FROM inbox RETURNING item")
    who = UUID(arrived["conversation_id"])
    row_id = await set_aside(api, body=item, path="inbox", item_type="message", who=who)
    assert await retry(api, row_id) == {"items": 1, "ignored": 0, "malformed": 0}
    [again] = await waiting(api)
    assert (again["type"], again["conversation_id"]) == ("message", str(who))
    async with api.service.database.connection() as connection:
        assert await connection.fetchval("SELECT item FROM inbox") == item


async def test_an_inbox_item_that_cannot_be_read_stays_in_quarantine(api: Api) -> None:
    for body, item_type in [(b"{}", "message"), (b"{}", "no such type"), (b"\xff", "receipt")]:
        row_id = await set_aside(api, body=body, path="inbox", item_type=item_type)
        assert await retry(api, row_id) == {"items": 0, "ignored": 0, "malformed": 1}
        row = await api.get(f"/api/v1/quarantine/{row_id}")
        assert (row["state"], row["attempts"], row["path"]) == ("waiting", 1, "inbox")
        assert row["reason"].startswith("inbox row cannot be decoded")
    assert await waiting(api) == []


async def test_of_tries_at_once_one_takes_it_in_and_the_others_are_told_so(api: Api) -> None:
    row_id = await set_aside(api, body=delivery(message("m1")), path="")
    path = f"/api/v1/quarantine/{row_id}/retry"
    answers = await asyncio.gather(*(api.ask(path, method="POST") for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409, 409]
    assert len(await waiting(api)) == 1


async def test_a_row_that_is_not_there_is_not_found(api: Api) -> None:
    path = f"/api/v1/quarantine/{ordered_id()}"
    for answer in (await api.ask(path), await api.ask(f"{path}/retry", method="POST")):
        assert (answer.status, answer.json["field"]) == (404, "id")
    malformed = await api.ask("/api/v1/quarantine/17/retry", method="POST")
    assert (malformed.status, malformed.json["field"]) == (400, "id")


async def test_the_inbox_shows_what_waits_page_by_page_and_nothing_of_what_was_said(api: Api) -> None:
    rows = [
        InboxRow(n % 64, ordered_id(), ordered_id(), "message", at(n), b'{"text": "a secret"}')
        for n in range(12)
    ]
    # Nobody is to take them while they are looked at.
    await api.service.workers.stop(0)
    async with api.service.database.transaction() as connection:
        await inbox.insert(connection, rows)
    answer = await api.ask("/api/v1/inbox")
    assert b"secret" not in answer.body
    whole = answer.json["items"]
    assert [row["id"] for row in whole] == [str(row.id) for row in rows]
    assert whole[0] == {
        "id": str(rows[0].id),
        "conversation_id": str(rows[0].conversation_id),
        "type": "message",
        "received_at": "2026-11-01T12:00:00Z",
    }
    for limit in (1, 5, 12):
        assert await api.all_pages("/api/v1/inbox", limit=limit) == whole
        assert await api.all_pages("/api/v1/inbox", limit=limit, order="desc") == whole[::-1]


async def test_projections_are_listed_with_their_lag(api: Api) -> None:
    await api.caught_up()
    listed = await api.get("/api/v1/projections")
    assert listed["next_cursor"] is None
    assert [item["name"] for item in listed["items"]] == ["sessions", "customers", "timelines", "analytics"]
    for item in listed["items"]:
        shown = {name: item[name] for name in ("state", "lag_events", "lag_seconds", "rebuild")}
        assert shown == {"state": "live", "lag_events": 0, "lag_seconds": 0.0, "rebuild": None}
    assert orjson.loads((await api.ask("/api/v1/projections")).body) == listed
