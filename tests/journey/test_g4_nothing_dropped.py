"""G4: every validly signed delivery ends as events, as ignored updates with a reason, or in quarantine."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import orjson
import pytest

from domain import events as e
from domain.identity import Sender, partition_of
from domain.inbound import Message
from service.sandbox.meta import Account, Dial
from service.storage import inbox
from service.storage.ids import ordered_id
from service.storage.inbox import InboxRow, QuarantineRow
from tests.journey import wire
from tests.journey.conftest import INSTAGRAM, MESSENGER, WHATSAPP, Journey, conversation_id

NONSENSE: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n",
    "no_json": b"hello",
    "cut_short": b'{"object":"page","entry":[{"id":"1","messaging":[{"sender":',
    "not_utf8": b"\xff\xfe\x00\x9f",
    "utf16": '{"object":"page","entry":[]}'.encode("utf-16"),
    "null": b"null",
    "number": b"42",
    "string": b'"page"',
    "list": b"[]",
    "no_object": b"{}",
    "unknown_object": b'{"object":"user","entry":[{"id":"1","changes":[]}]}',
    "object_is_no_string": b'{"object":["page"],"entry":[]}',
    "no_entry": b'{"object":"page"}',
    "nothing_in_it": b'{"object":"page","entry":[]}',
    "entry_is_an_object": b'{"object":"instagram","entry":{"id":"1"}}',
    "entry_of_numbers": b'{"object":"whatsapp_business_account","entry":[7]}',
    "entry_without_updates": b'{"object":"page","entry":[{"id":"1","time":1}]}',
    "messaging_is_text": b'{"object":"page","entry":[{"id":"1","messaging":"hello"}]}',
    "event_is_text": b'{"object":"page","entry":[{"id":"1","messaging":["hello"]}]}',
    "event_of_nobody": b'{"object":"page","entry":[{"id":"1","messaging":[{"message":{"text":"x"}}]}]}',
    "message_is_text": b'{"object":"page","entry":[{"id":"1","messaging":[{"message":"x"}]}]}',
    "no_changes": b'{"object":"whatsapp_business_account","entry":[{"id":"1"}]}',
    "value_is_text": b'{"object":"whatsapp_business_account","entry":[{"id":"1","changes":'
    b'[{"field":"messages","value":"x"}]}]}',
    "nested": b'{"object":"page","entry":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "nested_and_open": b"[" * 100_000,
}


async def quarantine(world: Journey) -> list[dict[str, Any]]:
    """What is set aside, by arrival, with its raw bytes."""
    listed = (await world.ask("/api/v1/quarantine", limit="100")).json["items"]
    return [(await world.ask(f"/api/v1/quarantine/{row['id']}")).json for row in listed]


async def ignored(world: Journey) -> list[dict[str, Any]]:
    rows = await world.fetch("SELECT * FROM ignored ORDER BY id")
    return [{**row, "payload": orjson.loads(row["payload"])} for row in rows]


async def timeline(world: Journey, conversation: UUID) -> list[dict[str, Any]]:
    answer = await world.ask(f"/api/v1/conversations/{conversation}/timeline", kinds="MessageReceived")
    assert answer.status == 200
    return list(answer.json["items"])


# Nonsense


@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE)
async def test_signed_nonsense_is_acknowledged_and_kept_byte_for_byte(world: Journey, body: bytes) -> None:
    assert await world.deliver(body) == 200
    [row] = await quarantine(world)
    assert base64.b64decode(row["body_base64"]) == body
    assert (row["state"], row["item_type"]) == ("waiting", None)
    assert row["reason"]
    again = await world.ask(f"/api/v1/quarantine/{row['id']}/retry", method="POST")
    assert (again.status, again.json) == (200, {"items": 0, "ignored": 0, "malformed": 1})
    [still] = await quarantine(world)
    assert (still["state"], still["attempts"]) == ("waiting", 1)
    assert base64.b64decode(still["body_base64"]) == body


async def test_what_a_newer_version_understands_is_taken_in_from_quarantine_and_answered(
    world: Journey,
) -> None:
    who = world.person("4915112345678")
    body = json.dumps(wire.whatsapp(wire.value(messages=[wire.said(who.sender_id, "from before")]))).encode()
    row = QuarantineRow(3, ordered_id(), world.service.clock(), "", "not understood then", body)
    async with world.service.database.transaction() as connection:
        await inbox.insert_quarantined(connection, [row])
    world.meta.dial = Dial(strangers=True)
    again = await world.ask(f"/api/v1/quarantine/{row.id}/retry", method="POST")
    assert again.json == {"items": 1, "ignored": 0, "malformed": 0}
    await world.until_answered(who)
    assert (await world.of_type(who, e.MessageReceived))[0].text == "from before"
    gone = await world.ask(f"/api/v1/quarantine/{row.id}/retry", method="POST")
    assert gone.status == 409


async def test_one_bad_update_costs_its_neighbours_nothing(world: Journey) -> None:
    def good(n: int) -> dict[str, Any]:
        return wire.event(str(n), message={"mid": f"m_{n}", "text": f"good {n}"})

    world.meta.dial = Dial(strangers=True)
    bad: list[Any] = [7, {}, {"sender": {"id": "9"}}, wire.event("9", message="x"), None]
    mixed = [good(0), *[piece for n, one in enumerate(bad) for piece in (one, good(n + 1))]]
    body = json.dumps(wire.page(*mixed)).encode()
    assert await world.deliver(body) == 200
    for n in range(6):
        await world.until_answered(world.person(str(n), MESSENGER))
    rows = await quarantine(world)
    assert {row["path"] for row in rows} == {
        "entry[0].messaging[1]",
        "entry[0].messaging[3]",
        "entry[0].messaging[5]",
        "entry[0].messaging[7].message",
        "entry[0].messaging[9]",
    }
    assert {row["body_base64"] for row in rows} == {base64.b64encode(body).decode()}


# Understood, and nothing to do


@pytest.mark.parametrize(
    "field",
    [
        "account_update",
        "account_alerts",
        "business_capability_update",
        "message_template_status_update",
        "phone_number_quality_update",
        "security",
        "calls",
        "history",
        "a_field_of_next_year",
    ],
)
async def test_fields_about_the_business_are_recorded_as_ignored_with_the_reason(
    world: Journey, field: str
) -> None:
    content = {"event": "VERIFIED_ACCOUNT", "metadata": {"phone_number_id": WHATSAPP.account_id}}
    assert await world.deliver(wire.whatsapp(content, field=field)) == 200
    [row] = await ignored(world)
    assert (row["channel"], row["account_id"], row["field"]) == ("whatsapp", WHATSAPP.account_id, field)
    assert row["reason"]
    assert row["payload"] == content
    assert await quarantine(world) == []


@pytest.mark.parametrize("account", [MESSENGER, INSTAGRAM], ids=lambda account: account.channel)
async def test_public_activity_is_recorded_as_ignored_with_the_reason(
    world: Journey, account: Account
) -> None:
    comment = {"from": {"id": "1", "username": "ada"}, "text": "Nice shop"}
    change = {"field": "comments", "value": comment}
    assert await world.deliver(wire.page(change, key="changes", account=account.account_id)) == 200
    [row] = await ignored(world)
    assert (row["channel"], row["account_id"], row["field"]) == (
        account.channel,
        account.account_id,
        "comments",
    )
    assert (row["payload"], bool(row["reason"])) == (comment, True)


@pytest.mark.parametrize("field", ["policy_enforcement", "app_roles"])
async def test_notices_to_the_app_are_recorded_as_ignored_with_the_reason(world: Journey, field: str) -> None:
    notice = {"action": "block", "reason": "x"}
    event = {"recipient": {"id": MESSENGER.account_id}, "timestamp": 1, field: notice}
    assert await world.deliver(wire.page(event)) == 200
    [row] = await ignored(world)
    assert (row["field"], row["payload"], bool(row["reason"])) == (field, notice, True)


# Odd messages


async def test_kinds_that_nobody_knows_are_recorded_as_unsupported_with_their_payload(world: Journey) -> None:
    world.meta.dial = Dial(strangers=True)
    hologram = {"type": "hologram", "hologram": {"id": "h1", "depth": 3}}
    message = {key: part for key, part in wire.said("1", "").items() if key != "text"} | hologram
    await world.deliver(wire.whatsapp(wire.value(messages=[message])))
    attachment = {"type": "hologram", "payload": {"url": "https://example.org/h"}}
    await world.deliver(wire.page(wire.event("2", message={"mid": "m_1", "attachments": [attachment]})))
    await world.deliver(wire.page(wire.event("3", message={"mid": "m_2", "is_unsupported": True})))
    people = [world.person("1"), world.person("2", MESSENGER), world.person("3", MESSENGER)]
    received = [(await world.until_recorded(who, e.MessageReceived))[0] for who in people]
    assert {event.kind for event in received} == {"unsupported"}
    details = [event.details or {} for event in received]
    assert details[0]["hologram"] == hologram["hologram"]
    assert details[1]["attachments"] == [attachment]
    assert details[2]["is_unsupported"] is True
    for who in people:
        await world.until_answered(who)


async def test_zeros_and_half_characters_cost_only_themselves(world: Journey) -> None:
    world.meta.dial = Dial(strangers=True)
    text = "be\x00fore \ud83d and \udc00 after \U0001f600"
    mended = "be\ufffdfore \ufffd and \ufffd after \U0001f600"
    sender = "DE.4915\x00\ud83d1"
    message = wire.said(sender, text, id="wamid.\x00\ud800end")
    contact = {"wa_id": sender, "profile": {"name": "A\x00da \udfff", "username": "a\x00da"}}
    assert await world.deliver(wire.whatsapp(wire.value(contacts=[contact], messages=[message]))) == 200
    who = world.person("DE.4915\ufffd\ufffd1")
    await world.until_answered(who)
    [item] = await timeline(world, conversation_id(who))
    assert (item["text"], item["message_id"]) == (mended, "wamid.\ufffd\ufffdend")
    shown = (await world.ask(f"/api/v1/conversations/{conversation_id(who)}")).json
    assert (shown["sender_id"], shown["display_name"]) == (who.sender_id, "A\ufffdda \ufffd")
    [thread] = world.openai.state()["conversations"]
    assert thread["items"][0]["content"][0]["text"] == mended
    assert await quarantine(world) == []


async def test_ids_of_ten_thousand_characters_are_ids_like_others(world: Journey) -> None:
    world.meta.dial = Dial(strangers=True)
    sender, message_id, long_account = "s" * 10_000, "m" * 10_000, "a" * 10_000
    event = wire.event(sender, message={"mid": message_id, "text": "hello"})
    for _ in range(2):
        assert await world.deliver(wire.page(event)) == 200
    who = world.person(sender, MESSENGER)
    await world.until_answered(who)
    await world.until_recorded(who, e.DuplicateReceived)
    [item] = await timeline(world, conversation_id(who))
    assert item["message_id"] == message_id
    shown = (await world.ask(f"/api/v1/conversations/{conversation_id(who)}")).json
    assert shown["sender_id"] == sender
    elsewhere = wire.event("1", long_account, message={"mid": "m_1", "text": "to a long account"})
    assert await world.deliver(wire.page(elsewhere, account=long_account)) == 200
    other = world.person("1", Account(channel="messenger", account_id=long_account))
    [received] = await world.until_recorded(other, e.MessageReceived)
    assert received.text == "to a long account"


ABSURD = [
    None,
    "",
    "yesterday",
    "-5",
    0,
    -1,
    "1",
    True,
    [],
    {},
    "NaN",
    1e300,
    "9" * 30,
    "2026-13-45T00:00:00Z",
]


async def test_absurd_times_are_replaced_by_the_time_of_receipt(world: Journey) -> None:
    before = world.service.clock()
    for n, at in enumerate(ABSURD):
        message = wire.said(f"49{n}", f"at {n}", timestamp=at)
        assert await world.deliver(wire.whatsapp(wire.value(messages=[message]))) == 200
    for n in range(len(ABSURD)):
        [received] = await world.until_recorded(world.person(f"49{n}"), e.MessageReceived)
        assert before <= received.sent_at <= world.service.clock(), ABSURD[n]
    assert await quarantine(world) == []


async def test_times_before_and_after_all_reason_are_recorded_and_decide_nothing(world: Journey) -> None:
    for sender, at in [("1", "1072915201"), ("2", "253402300799")]:
        message = wire.said(sender, "odd", timestamp=at)
        assert await world.deliver(wire.whatsapp(wire.value(messages=[message]))) == 200
    [past] = await world.until_recorded(world.person("1"), e.MessageReceived)
    [future] = await world.until_recorded(world.person("2"), e.MessageReceived)
    assert (past.sent_at.year, future.sent_at.year) == (2004, 9999)
    shown = (await world.ask(f"/api/v1/conversations/{conversation_id(world.person('2'))}")).json
    assert datetime.fromisoformat(shown["last_activity_at"]) <= world.service.clock()


# Many at once


async def test_a_delivery_of_a_thousand_updates_for_three_hundred_people_is_taken_in_whole(
    world: Journey,
) -> None:
    world.meta.dial = Dial(strangers=True)
    values = [
        wire.value(
            contacts=[{"wa_id": f"49{n % 300:05}", "user_id": f"DE.{n % 300:020}"}],
            messages=[wire.said(f"49{n % 300:05}", f"message {n}", from_user_id=f"DE.{n % 300:020}")],
        )
        for n in range(1000)
    ]
    assert await world.deliver(wire.whatsapp(*values)) == 200
    for n in range(300):
        await world.until_answered(world.person(f"49{n:05}"), within=120)
    await world.until_rest(within=120)
    rows = await world.fetch("SELECT type, count(*) AS n FROM events GROUP BY type")
    counted = {row["type"]: row["n"] for row in rows}
    assert (counted["MessageReceived"], counted["ConversationStarted"]) == (1000, 300)
    assert counted["ReplySent"] == counted["ReplyDrafted"] == world.meta.ledger.sent
    assert "ReplyFailed" not in counted
    for n in (0, 99, 299):
        received = await world.of_type(world.person(f"49{n:05}"), e.MessageReceived)
        assert [event.text for event in received] == [f"message {m}" for m in range(n, 1000, 300)]


# Rows that cannot become events


def row_of(who: Sender, number: int, at: datetime, **changes: Any) -> InboxRow:
    """An inbox row with one message; ``changes`` are made to its JSON."""
    message = Message(
        sender=who,
        received_at=at,
        message_id=f"wamid.{who.sender_id}.{number}",
        kind="text",
        sent_at=at,
        text=f"message {number}",
    )
    item = msgspec.to_builtins(message) | changes
    conversation = who.conversation_id
    return InboxRow(
        partition_of(conversation, 64), ordered_id(), conversation, "message", at, json.dumps(item).encode()
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sent_at": "2026-11-24T00:00:00"}, "cannot be taken in: TypeError"),
        ({"details": {"n": 10**30}}, "cannot be recorded"),
        ({"kind": 7}, "inbox row cannot be decoded"),
    ],
    ids=["the_domain", "the_log", "the_decoder"],
)
@pytest.mark.parametrize("place", [0, 2], ids=["first", "last"])
async def test_a_row_that_cannot_become_an_event_is_set_aside_alone(
    world: Journey, changes: dict[str, Any], reason: str, place: int
) -> None:
    world.meta.dial = Dial(strangers=True)
    now = world.service.clock()
    bad = Sender("whatsapp", WHATSAPP.account_id, "1")
    twin = next(
        sender
        for sender in (bad.known_as(str(n)) for n in range(2, 1000))
        if partition_of(sender.conversation_id, 64) == partition_of(bad.conversation_id, 64)
    )
    rows = [
        row_of(bad, n, now + timedelta(milliseconds=n), **(changes if n == place else {})) for n in range(3)
    ]
    rows.insert(1, row_of(twin, 0, now))
    async with world.service.database.transaction() as connection:
        await inbox.insert(connection, rows)
    world.service.workers.arrived()
    await world.until_answered(world.person("1"))
    await world.until_answered(world.person(twin.sender_id))
    await world.until_rest()
    received = await world.of_type(world.person("1"), e.MessageReceived)
    assert [event.text for event in received] == [f"message {n}" for n in range(3) if n != place]
    [held] = await quarantine(world)
    assert held["reason"].startswith(reason)
    assert held["item_type"] == "message"
    again = await world.ask(f"/api/v1/quarantine/{held['id']}/retry", method="POST")
    assert again.status == 200

    async def back_again() -> bool:
        return [row["state"] for row in await quarantine(world)].count("waiting") == 1

    await world.until(back_again)
