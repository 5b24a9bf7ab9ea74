"""What is in an export, and in which order."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from projections.timelines import SHOWN
from service.export.asked import Asked, Misasked
from service.export.source import Place
from service.export.sources import source_of
from tests.export.conftest import Exporting, drafted, said, whole_story
from tests.web.people import NOW, Person, at

PERSONAL = ("Ada", "HYPERLINK", "Good morning", "helo", "cat.jpg", "secret", "A person here", "49170", "m1")


async def crowd(exporting: Exporting, size: int = 12) -> list[Person]:
    people = [Person(f"4915{n}", name=f"Person {n}", met=at(n)) for n in range(size)]
    for n, person in enumerate(people):
        for turn in range(n % 4 + 1):
            person.says(f"question {turn}", at(turn * 10)).is_answered(f"answer {turn}", at(turn * 10 + 1))
    await exporting.append(*people)
    return people


async def in_the_log(exporting: Exporting) -> list[tuple[str, int]]:
    async with exporting.database.connection() as connection:
        found = await connection.fetch(
            "SELECT conversation_id, version FROM events ORDER BY partition, position"
        )
    return [(str(row["conversation_id"]), row["version"]) for row in found]


@pytest.mark.parametrize("size", [1, 7, 2_000])
async def test_every_event_is_there_once_by_partition_and_position(exporting: Exporting, size: int) -> None:
    await crowd(exporting)
    rows = await exporting.rows("events", size=size)
    assert [(row["conversation_id"], row["version"]) for row in rows] == await in_the_log(exporting)


async def test_an_event_has_its_envelope_and_its_fields_as_a_timeline_over_http_names_them(
    exporting: Exporting,
) -> None:
    person = said(Person("4915", met=NOW), "m1", "hello", 1)
    await exporting.append(person)
    started, received = await exporting.rows("events")
    assert started["type"] == "ConversationStarted"
    assert (
        received
        | {
            "conversation_id": str(person.id),
            "version": 2,
            "type": "MessageReceived",
            "recorded_at": "2026-11-01T12:01:00Z",
            "channel": "whatsapp",
            "account_id": "100",
            "message_id": "m1",
            "sent_at": "2026-11-01T12:01:00Z",
            "text": "hello",
            "session": 1,
            "attachments": [],
            "reply_to": None,
        }
        == received
    )
    assert "fields" not in received


async def test_what_is_appended_after_an_export_began_is_not_in_it(exporting: Exporting) -> None:
    people = await crowd(exporting)
    source = await source_of(exporting.database, exporting.vault, Asked(what="events"), size=5, now=NOW)
    before = await in_the_log(exporting)
    found: list[tuple[Any, Any]] = []
    async for part in source.slices(Place()):
        found += [(row["conversation_id"], row["version"]) for row in part.rows]
        await exporting.append(*(person.says("more", at(500)) for person in people))
    assert found == before


async def test_going_on_from_any_place_gives_what_is_left(exporting: Exporting) -> None:
    await crowd(exporting)
    source = await source_of(exporting.database, exporting.vault, Asked(what="events"), size=3, now=NOW)
    parts = [part async for part in source.slices(Place())]
    for n, part in enumerate(parts):
        left = [later async for later in source.slices(part.place)]
        assert left == parts[n + 1 :]
    assert [part.done for part in parts] == sorted({part.done for part in parts})
    assert parts[-1].done == source.total


async def test_filters_narrow_what_is_exported(exporting: Exporting) -> None:
    people = {
        ("whatsapp", "100"): Person("1", met=at(0)).says("a", at(0)),
        ("whatsapp", "200"): Person("1", account="200", met=at(10)).says("b", at(10)),
        ("instagram", "200"): Person("1", channel="instagram", account="200", met=at(20)).says("c", at(20)),
    }
    await exporting.append(*people.values())

    async def texts(**asked: Any) -> list[str]:
        return sorted(row["text"] for row in await exporting.rows("messages", **asked))

    assert await texts() == ["a", "b", "c"]
    assert await texts(channel="whatsapp") == ["a", "b"]
    assert await texts(account="200") == ["b", "c"]
    assert await texts(account="200", channel="whatsapp") == ["b"]
    assert await texts(conversation=people["instagram", "200"].id) == ["c"]
    assert await texts(conversation=people["instagram", "200"].id, channel="whatsapp") == []
    assert await texts(since=at(10)) == ["b", "c"]
    assert await texts(until=at(10)) == ["a"]
    assert await texts(since=at(10), until=at(20)) == ["b"]
    assert await texts(since=at(10), until=at(10)) == []


async def test_one_conversation_is_exported_by_version_in_pieces(exporting: Exporting) -> None:
    people = await crowd(exporting)
    for person in people[:4]:
        rows = await exporting.rows("events", conversation=person.id, size=4)
        assert [row["version"] for row in rows] == list(range(1, len(rows) + 1))
        assert {row["conversation_id"] for row in rows} == {str(person.id)}


async def test_messages_are_what_was_said_with_what_became_of_it(exporting: Exporting) -> None:
    await exporting.append(whole_story())
    rows = await exporting.rows("messages")
    told = [(row["direction"], row["author"], row["state"], row["text"]) for row in rows]
    assert told == [
        ("in", "customer", "received", "=HYPERLINK(1)"),
        ("out", "bot", "sent", 'Good morning,\n"Ada"'),
        ("in", "customer", "received", "helo"),
        ("in", "customer", "received", None),
        ("in", "customer", "unsent", "a secret"),
        ("out", "bot", "failed", "It is a cat"),
        ("out", "person", "sent", "A person here"),
        ("in", "customer", "standby", "to the other app"),
        ("in", "customer", "received", "next day"),
        ("out", "bot", "waiting", "being sent"),
    ]
    assert rows[1]["said_at"] == "2026-11-01T12:02:00Z"
    assert rows[5]["said_at"] is rows[9]["said_at"] is None
    assert rows[3]["attachments"][0]["filename"] == "cat.jpg"
    assert rows[8]["session"] == 2


@pytest.mark.parametrize("alone", [False, True])
async def test_what_became_of_a_message_is_as_of_the_beginning_of_the_export(
    exporting: Exporting, alone: bool
) -> None:
    person = said(Person("4915", met=NOW), "m1", "hello", 1)
    reply_id = drafted(person, "hi", 2)
    await exporting.append(person)
    asked = Asked(what="messages", conversation=person.id if alone else None)
    source = await source_of(exporting.database, exporting.vault, asked, now=NOW)
    person.conversation.attempt_send(reply_id, 1, "reference", at(3))
    person.conversation.record_sent(reply_id, 1, "r1", at(3))
    await exporting.append(person)
    rows = [row async for part in source.slices(Place()) for row in part.rows]
    assert [row["state"] for row in rows] == ["received", "waiting"]
    later = await exporting.rows("messages", conversation=asked.conversation)
    assert [row["state"] for row in later] == ["received", "sent"]


async def test_timelines_are_what_is_shown_in_the_same_columns(exporting: Exporting) -> None:
    await exporting.append(whole_story())
    rows = await exporting.rows("timelines")
    events = [row for row in await exporting.rows("events") if row["type"] in SHOWN]
    assert [(row["version"], row["type"]) for row in rows] == [
        (row["version"], row["type"]) for row in events
    ]
    assert len({tuple(row) for row in rows}) == 1
    by_type = {row["type"]: row for row in rows}
    assert (by_type["ReplySent"]["author"], by_type["ReplySent"]["message_id"]) == ("bot", "r1")
    assert (by_type["ReplyFailed"]["reason"], by_type["ReplyFailed"]["code"]) == ("window_closed", "131047")
    assert (by_type["DeliveryReported"]["status"], by_type["DeliveryReported"]["author"]) == (
        "delivered",
        "channel",
    )
    assert by_type["DeliveryReported"]["at"] == "2026-11-01T12:03:00Z"
    assert by_type["ReactionReceived"]["text"] == "❤"
    assert by_type["EchoReceived"]["author"] == by_type["HandedOver"]["author"] == "person"


@pytest.mark.parametrize("what", ["events", "timelines", "messages"])
async def test_erased_people_have_their_rows_and_nothing_personal(exporting: Exporting, what: str) -> None:
    person = whole_story()
    await exporting.append(person)
    before = await exporting.rows(what)
    assert any(word in str(before) for word in PERSONAL)
    await exporting.execute("UPDATE keys SET wrapped = NULL, destroyed_at = now()")
    after = await exporting.rows(what)
    assert [(row["version"], row["type"]) for row in after] == [
        (row["version"], row["type"]) for row in before
    ]
    assert not [word for word in PERSONAL if word in str(after)]
    assert await exporting.faults(what) == []
    for name in ("csv", "ndjson"):
        assert (await exporting.text(name, what)).count(b"\n") >= len(before)


async def test_who_is_erased_during_an_export_is_unreadable_from_the_next_piece_on(
    exporting: Exporting,
) -> None:
    person = Person("4915", met=NOW)
    for n in range(10):
        person.says(f"word {n}", at(n))
    await exporting.append(person)
    source = await source_of(exporting.database, exporting.vault, Asked(what="events"), size=4, now=NOW)
    parts = source.slices(Place())
    assert "word" in str((await anext(parts)).rows)
    await exporting.execute("UPDATE keys SET wrapped = NULL, destroyed_at = now()")
    left = [row async for part in parts for row in part.rows]
    assert len(left) == 7
    assert "word" not in str(left)


async def test_events_that_cannot_be_read_are_told_of_and_the_rest_goes_on(exporting: Exporting) -> None:
    person = Person("4915", met=NOW)
    for n in range(5):
        person.says(f"word {n}", at(n))
    await exporting.append(person)
    await exporting.execute("UPDATE events SET type = 'FromTheFuture' WHERE version = 3")
    await exporting.execute("""UPDATE events SET data = '{"kind": 7}' WHERE version = 4""")
    await exporting.execute("UPDATE events SET sealed = '\\x00' WHERE version = 5")
    for what in ("events", "timelines", "messages"):
        faults = await exporting.faults(what)
        assert [event for event, _ in faults] == [f"{person.id}/{version}" for version in (3, 4, 5)]
        rows = {row["version"]: row for row in await exporting.rows(what)}
        assert rows[3]["fault"] == "unknown type FromTheFuture"
        assert rows[4]["fault"].startswith("MessageReceived: ")
        assert "text" not in rows[5]
        assert rows[6]["text"] == "word 4"
        assert "fault" not in rows[6]
        assert all(row["channel"] == "whatsapp" for row in rows.values())


async def test_positions_that_are_missing_from_the_log_are_told_of(exporting: Exporting) -> None:
    person = Person("4915", met=NOW).says("a", at(0)).says("b", at(1)).says("c", at(2))
    await exporting.append(person)
    await exporting.execute("DELETE FROM events WHERE version = 3")
    ((where, reason),) = await exporting.faults("events")
    assert "positions 1 to 4" in where
    assert reason == "only 3 of 4 are in the log"
    assert len(await exporting.rows("events")) == 3


async def test_what_makes_no_sense_is_refused_by_name(exporting: Exporting) -> None:
    unknown = uuid4()
    refused: list[tuple[dict[str, Any], str]] = [
        ({"what": "events", "since": at(1), "until": at(0)}, "from"),
        ({"what": "events", "view": "november"}, "view"),
        ({"what": "events", "report": "overview"}, "report"),
        ({"what": "events", "conversation": unknown}, "conversation"),
        ({"what": "analytics"}, "report"),
    ]
    for asked, field in refused:
        with pytest.raises(Misasked) as error:
            await source_of(exporting.database, exporting.vault, Asked(**asked), now=NOW)
        assert error.value.field == field
        assert str(error.value).startswith(f"{field}: ")


async def test_an_empty_log_has_no_rows(exporting: Exporting) -> None:
    assert await exporting.rows("events") == []
    assert (await exporting.text("csv", "messages")).count(b"\r\n") == 1
