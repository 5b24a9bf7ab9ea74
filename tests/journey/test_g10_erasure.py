"""G10: one call makes a person unreadable everywhere; what they amounted to stays, a certificate says so."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain import events as e
from domain.identity import afresh
from projections.reports.definitions import REPORTS
from service.sandbox.faults import Down, Rule, Slow
from service.sandbox.meta import Speaker
from service.storage import log
from service.storage.vault import Vault
from tests.journey.conftest import WHATSAPP, Answer, Journey, conversation_id, speaker
from tests.journey.wire import said, value, whatsapp

NUMBER = "4915550001234"
NAME = "Zebulon Quartermain"
WORDS = "my xylophone order is 8841-quux"
MARKS = (NUMBER, "Zebulon", "Quartermain", "xylophone", "8841-quux", "xylophon")

NOW = datetime.now(UTC)
PERIOD = {"from": (NOW - timedelta(days=7)).isoformat(), "to": (NOW + timedelta(days=7)).isoformat()}


SLOW_SEND = Rule("send", Slow(0.7), times=1)


def somebody() -> Speaker:
    return Speaker(account=WHATSAPP, sender_id=NUMBER, name=NAME)


async def erase(world: Journey, conversation: UUID) -> Answer:
    return await world.ask(f"/api/v1/conversations/{conversation}", method="DELETE")


async def lived(world: Journey) -> Speaker:
    """A person with a name, words and an answer, and words in the views; and another, who stays."""
    who, other = somebody(), speaker(WHATSAPP, "4915550009999")
    await world.meta.say(other, "I stay")
    await world.meta.say(who, WORDS)
    for each in (who, other):
        await world.until_answered(each)
    await world.until_rest()
    await followed(world)
    return who


async def followed(world: Journey) -> None:
    """Wait until every read model has taken in the whole log."""

    async def up_to_date() -> bool:
        items = (await world.ask("/api/v1/projections")).json["items"]
        return all(item["lag_events"] == 0 for item in items)

    await world.until(up_to_date)


async def found_in_tables(world: Journey, marks: tuple[str, ...]) -> set[tuple[str, str]]:
    """Every table whose rows, as text or as the bytes that they hold, show one of the marks."""
    found = set()
    tables = await world.fetch(
        "SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.relkind = 'r' "
        "AND c.relnamespace = 'public'::regnamespace"
    )
    for table in (row["name"] for row in tables):
        rows = await world.fetch(f"SELECT t::text AS row FROM {table} t")
        for mark in marks:
            shown = (mark.lower(), mark.encode().hex())
            if any(form in row["row"].lower() for row in rows for form in shown):
                found.add((table, mark))
    return found


async def totals(world: Journey) -> dict[str, Any]:
    """Every report but for its freshness, which goes on with every event, and the name of its view."""
    answers = {}
    for report in REPORTS:
        answer = await world.ask(f"/api/v1/analytics/{report}", **PERIOD)
        assert answer.status == 200, answer.json
        answers[report] = {k: v for k, v in answer.json.items() if k not in {"freshness", "view"}}
    return answers


async def until_forgotten(world: Journey) -> None:
    """Wait until nothing is owed at the provider."""

    async def done() -> bool:
        rows = await world.fetch(
            "SELECT (SELECT count(*) FROM threads WHERE state = 'deleting') "
            "+ (SELECT count(*) FROM doomed_responses) AS n"
        )
        return bool(rows[0]["n"] == 0)

    await world.until(done, within=60)


async def test_g10_an_erased_person_is_in_no_table_no_answer_no_log_and_not_at_the_provider(
    world: Journey, capfd: pytest.CaptureFixture[str]
) -> None:
    who = await lived(world)
    assert await found_in_tables(world, ("xylophon",)), "the words are searched for where they were"
    assert "xylophone" in json.dumps(world.openai.state())

    answer = await erase(world, conversation_id(who))
    assert answer.status == 202
    await until_forgotten(world)
    await followed(world)

    assert await found_in_tables(world, MARKS) == set()
    provider = json.dumps(world.openai.state())
    assert [mark for mark in MARKS if mark in provider] == []
    for path in (
        f"/api/v1/conversations/{conversation_id(who)}",
        f"/api/v1/conversations/{conversation_id(who)}/timeline",
        "/api/v1/conversations",
        "/api/v1/sessions",
        "/api/v1/customers",
        "/api/v1/inbox",
        "/api/v1/quarantine",
    ):
        shown = await world.ask(path)
        assert shown.status == 200, path
        assert [mark for mark in MARKS if mark in json.dumps(shown.json)] == [], path
    assert (await world.ask("/api/v1/search", q="xylophone")).json["items"] == []
    written = "".join(capfd.readouterr())
    assert [mark for mark in MARKS if mark in written] == []


async def test_g10_the_totals_of_the_reports_stay_what_they_were(world: Journey) -> None:
    who = await lived(world)
    before = await totals(world)
    await erase(world, conversation_id(who))
    await followed(world)
    after = await totals(world)
    assert {report for report in before if after[report] != before[report]} == set()
    assert len(before) > 10


async def test_g10_every_read_model_equals_a_fresh_fold_after_an_erasure_and_is_rebuilt_without_the_person(
    world: Journey,
) -> None:
    who = await lived(world)
    before = await totals(world)
    await erase(world, conversation_id(who))
    await followed(world)
    names = [item["name"] for item in (await world.ask("/api/v1/projections")).json["items"]]
    for name in names:
        verified = await world.ask(f"/api/v1/projections/{name}/verify", method="POST")
        assert (verified.status, verified.json["proven"]) == (200, True), (name, verified.json)
        assert (await world.ask(f"/api/v1/projections/{name}/rebuild", method="POST")).status == 202

    async def rebuilt() -> bool:
        items = (await world.ask("/api/v1/projections")).json["items"]
        return all(item["rebuild"] is None and item["lag_events"] == 0 for item in items)

    await world.until(rebuilt, within=120)
    assert await totals(world) == before
    assert await found_in_tables(world, MARKS) == set()


async def test_g10_who_waits_when_they_are_erased_waits_no_more(world: Journey) -> None:
    who = somebody()
    world.openai.faults.add(Rule("responses.create", Down()))
    await world.meta.say(who, WORDS)
    await world.until_recorded(who, e.DraftAttempted)
    assert (await erase(world, conversation_id(who))).status == 202
    await followed(world)
    waiting = (await world.ask("/api/v1/analytics/obligations")).json
    assert (waiting["items"], waiting["totals"]["waiting"]) == ([], 0)
    assert (await world.ask("/api/v1/sessions", status="all")).json["items"] == []
    overview = (await world.ask("/api/v1/analytics/overview", **PERIOD)).json
    assert overview["totals"]["messages_in"] == 1


async def test_g10_an_erasure_while_an_answer_is_drafted_or_sent_ends_with_the_person_unreadable(
    world: Journey,
) -> None:
    for n, (place, rule) in enumerate(
        ((world.openai.faults, Rule("responses.create", Slow(0.7), times=1)), (world.meta.faults, SLOW_SEND))
    ):
        who = replace(somebody(), sender_id=f"{NUMBER}{n}")
        place.add(rule)
        await world.meta.say(who, WORDS)
        await world.until_recorded(who, (e.DraftAttempted, e.ReplyAttempted)[n])
        assert (await erase(world, conversation_id(who))).status == 202
        await world.until_rest()
    await until_forgotten(world)
    await followed(world)
    assert await found_in_tables(world, MARKS) == set()
    assert [mark for mark in MARKS if mark in json.dumps(world.openai.state())] == []


async def test_g10_the_id_of_whoever_comes_back_is_drawn_and_computed_from_nothing(world: Journey) -> None:
    who = await lived(world)
    await erase(world, conversation_id(who))
    async with world.beside():  # whoever takes it in, it is one conversation
        for count, text in enumerate(("Good day", "And now?"), 2):
            await world.meta.say(who, text)
            await world.until_answered(who, count)
        await world.until_rest()
    begun = [each for each in await words_by_conversation(world) if each.version == 8]
    assert len(begun) == 1
    assert begun[0] != afresh(conversation_id(who))


async def test_g10_the_certificate_is_in_the_timeline_and_asking_again_gives_the_same(world: Journey) -> None:
    who = await lived(world)
    first, again = [await erase(world, conversation_id(who)) for _ in range(2)]
    assert (first.status, again.status) == (202, 202)
    assert first.json["certificate_id"] == again.json["certificate_id"]
    timeline = (await world.ask(f"/api/v1/conversations/{conversation_id(who)}/timeline")).json["items"]
    assert [item["type"] for item in timeline].count("ConversationErased") == 1
    assert timeline[-1]["certificate_id"] == first.json["certificate_id"]
    assert [item["kind"] for item in timeline if item["type"] == "MessageReceived"] == ["text"]


async def test_g10_who_is_not_there_cannot_be_erased(world: Journey) -> None:
    answer = await erase(world, conversation_id(somebody()))
    assert (answer.status, answer.json["field"]) == (404, "id")


async def test_g10_events_out_of_an_older_backup_stay_unreadable_with_the_keys_of_today(
    world: Journey,
) -> None:
    who = await lived(world)
    backup = await world.fetch("SELECT * FROM events WHERE conversation_id = $1", conversation_id(who))
    sealed = [row["sealed"] for row in backup if row["sealed"] is not None]
    assert sealed
    await erase(world, conversation_id(who))
    database = world.service.database
    async with database.transaction() as connection:  # the backup is brought back
        await connection.execute("DELETE FROM events WHERE conversation_id = $1", conversation_id(who))
        await connection.copy_records_to_table(
            "events", records=[tuple(row) for row in backup], columns=list(backup[0].keys())
        )
        live = await log.load(
            connection, Vault(world.service.secrets.master_key), conversation_id(who), database.partitions
        )
        assert live is not None
        facts = await log.read_stream(connection, live)
    assert live.key is None
    assert [fact.text for fact in facts if isinstance(fact, e.MessageReceived)] == [None]


async def test_g10_what_the_provider_holds_is_owed_while_it_is_away_and_deleted_afterwards(
    world: Journey,
) -> None:
    who = await lived(world)
    world.openai.faults.add(Rule("*", Down()))
    answer = await erase(world, conversation_id(who))
    assert answer.status == 202
    assert answer.json["owed_at_provider"] >= 2
    assert await found_in_tables(world, (NUMBER, "Zebulon")) == set()
    assert "xylophone" in json.dumps(world.openai.state())
    world.openai.faults.clear()
    await until_forgotten(world)
    assert "xylophone" not in json.dumps(world.openai.state())
    assert (await erase(world, conversation_id(who))).json["owed_at_provider"] == 0


async def test_g10_a_later_message_starts_afresh_and_a_late_copy_stays_erased(world: Journey) -> None:
    who = await lived(world)
    [first] = await world.of_type(who, e.MessageReceived)
    copy = whatsapp(
        value(
            messages=[said(NUMBER, WORDS, id=first.message_id)],
            contacts=[{"wa_id": NUMBER, "profile": {"name": NAME}}],
        )
    )
    await erase(world, conversation_id(who))

    assert await world.deliver(copy) == 200
    for count, text in enumerate(("Good day", "And now?"), 2):
        await world.meta.say(who, text)
        await world.until_answered(who, count)
    assert await world.deliver(copy) == 200
    await world.until_rest()

    texts = await words_by_conversation(world)
    assert texts.pop(conversation_id(speaker(WHATSAPP, "4915550009999"))) == ["I stay"]
    assert texts.pop(conversation_id(who)) == [None]
    assert list(texts.values()) == [["Good day", "And now?"]]
    kept = await world.fetch("SELECT payload FROM ignored WHERE field = 'message' AND reason LIKE '%erased'")
    assert [bytes(row["payload"]) for row in kept] == [b"", b""]
    assert {table for table, mark in await found_in_tables(world, ("xylophone",))} == set()


async def test_g10_a_person_can_be_erased_as_often_as_they_come_back(world: Journey) -> None:
    who = somebody()
    for time in range(3):
        await world.meta.say(who, f"{WORDS} {time}")
        await world.until_answered(who, time + 1)
        await world.until_rest()
        for conversation in await words_by_conversation(world):
            assert (await erase(world, conversation)).status == 202
    texts = await words_by_conversation(world)
    assert list(texts.values()) == [[None]] * 3
    await until_forgotten(world)
    await followed(world)
    assert await found_in_tables(world, MARKS) == set()


async def test_g10_another_process_that_holds_the_person_in_memory_learns_of_it(world: Journey) -> None:
    who = await lived(world)
    async with world.beside() as other:
        await world.meta.say(who, "Both have seen me")
        await world.until_answered(who, 2)
        await world.until_rest()
        mine = {conversation_id(who)} & world.service.conversations._entries.keys()
        holder, eraser = (world, other) if mine else (other, world)
        assert (await erase(eraser, conversation_id(who))).status == 202
        await world.until(lambda: conversation_id(who) not in holder.service.conversations._entries)
        await world.meta.say(who, "Good day")
        await world.until_answered(who, 3)
        await world.until_rest()
        texts = await words_by_conversation(world)
        assert min(texts.values(), key=str) == ["Good day"]


async def test_g10_what_is_set_aside_and_names_the_person_is_emptied(world: Journey) -> None:
    who = await lived(world)
    strange = whatsapp(value(messages=[{"from": NUMBER, "id": 7, "type": "text", "text": WORDS}]))
    assert await world.deliver(strange) == 200
    assert await found_in_tables(world, ("xylophone",))
    await erase(world, conversation_id(who))
    await followed(world)
    assert await found_in_tables(world, MARKS) == set()


async def words_by_conversation(world: Journey) -> dict[UUID, list[str | None]]:
    rows = await world.fetch("SELECT DISTINCT conversation_id FROM events ORDER BY 1")
    return {
        row["conversation_id"]: [
            fact.text
            for fact in await world.events_of(row["conversation_id"])
            if isinstance(fact, e.MessageReceived)
        ]
        for row in rows
    }
