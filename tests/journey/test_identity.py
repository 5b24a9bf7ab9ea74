"""One person under many ids is one conversation on one thread, whichever id came first."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain import events as e
from service.sandbox.meta import Speaker
from service.sandbox.meta.speech import NumberChange
from tests.journey import wire
from tests.journey.conftest import WHATSAPP, Journey, conversation_id

PHONE, NEW_PHONE = "4915112345678", "4915187654321"
USER_ID, NEW_USER_ID = "DE.13491208655302741918", "DE.99887766554433221100"

ADA = Speaker(account=WHATSAPP, sender_id=PHONE, user_id=USER_ID, name="Ada")
ADA_BY_NUMBER = replace(ADA, user_id=None)
ADA_BY_USER_ID = replace(ADA, sender_id=USER_ID)


async def conversations(world: Journey) -> list[UUID]:
    rows = await world.fetch("SELECT conversation_id FROM events WHERE type = 'ConversationStarted'")
    return [row["conversation_id"] for row in rows]


async def one_conversation_of(world: Journey, who: Speaker, texts: list[str]) -> None:
    """All that was said is in the conversation of this identity, on one thread, and there is no other."""
    await world.until_rest()
    assert await conversations(world) == [conversation_id(who)]
    received = await world.of_type(who, e.MessageReceived)
    assert sorted(event.text or "" for event in received) == sorted(texts)
    assert await world.of_type(who, e.ThreadRebound) == []
    await world.until(lambda: len(world.openai.state()["conversations"]) == 1)  # others were made in vain
    [thread] = world.openai.state()["conversations"]
    asked = [part["text"] for item in thread["items"] if item["role"] == "user" for part in item["content"]]
    assert sorted(asked) == sorted(texts)


async def links(world: Journey, who: Speaker) -> list[tuple[str, str, bool]]:
    linked = await world.of_type(who, e.IdentityLinked)
    return [(event.linked_id, event.reason, event.replaces_sender) for event in linked]


async def found_by(world: Journey, sender_id: str) -> list[str]:
    answer = await world.ask("/api/v1/conversations", sender=sender_id)
    return [item["conversation_id"] for item in answer.json["items"]]


async def test_a_person_who_showed_number_and_user_id_is_known_by_the_user_id_alone(world: Journey) -> None:
    await world.meta.say(ADA, "My name is Ada")
    await world.until_answered(ADA)
    await world.meta.say(ADA_BY_USER_ID, "What is my name?")
    texts = await world.until_answered(ADA, 2)
    assert "Ada" in texts[1]
    await one_conversation_of(world, ADA, ["My name is Ada", "What is my name?"])
    assert await links(world, ADA) == [(USER_ID, "seen_together", False)]


async def test_a_person_who_came_by_user_id_first_is_known_by_the_number_that_is_shown_later(
    world: Journey,
) -> None:
    for who, text in [(ADA_BY_USER_ID, "one"), (ADA, "two"), (ADA_BY_NUMBER, "three")]:
        before = len(world.meta.answers(who))
        await world.meta.say(who, text)
        await world.until_answered(who, before + 1)
    await one_conversation_of(world, ADA_BY_USER_ID, ["one", "two", "three"])
    assert await links(world, ADA_BY_USER_ID) == [(PHONE, "seen_together", False)]


@pytest.mark.parametrize(
    "order", [(ADA, ADA_BY_USER_ID), (ADA_BY_USER_ID, ADA)], ids=["both_ids_first", "user_id_first"]
)
@pytest.mark.parametrize("together", [True, False], ids=["in_one_delivery", "in_two_deliveries"])
async def test_first_messages_by_two_ids_that_arrive_at_once_make_one_conversation(
    world: Journey, order: tuple[Speaker, Speaker], *, together: bool
) -> None:
    said = [world.meta.utterance(who, f"message {n}") for n, who in enumerate(order)]
    if together:
        await world.meta.say_together(*said)
    else:
        await asyncio.gather(*(world.meta.speak(one).settled() for one in said))
    await world.until_answered(ADA)
    await world.until_rest()
    [begun] = await conversations(world)
    assert begun in {conversation_id(ADA), conversation_id(ADA_BY_USER_ID)}
    if together:
        assert begun == conversation_id(order[0])
    texts = [event.text for event in await world.events_of(begun) if isinstance(event, e.MessageReceived)]
    assert sorted(texts) == ["message 0", "message 1"]
    await world.until(lambda: len(world.openai.state()["conversations"]) == 1)
    assert {row["state"] for row in await world.fetch("SELECT state FROM threads")} <= {"bound", "deleted"}


async def test_two_services_make_one_conversation_of_first_messages_by_two_ids(world: Journey) -> None:
    async with world.beside():
        people = [replace(ADA, sender_id=f"49151{n:08}", user_id=f"DE.{n:020}") for n in range(12)]
        await asyncio.gather(
            *(
                world.meta.speak(world.meta.utterance(who, f"hello by {who.sender_id}")).settled()
                for person in people
                for who in (replace(person, sender_id=person.user_id or ""), person)
            )
        )
        for who in people:
            await world.until_answered(who)
        await world.until_rest()
        assert len(await conversations(world)) == 12
        received = await world.fetch("SELECT 1 FROM events WHERE type = 'MessageReceived'")
        assert len(received) == 24
        await world.until(lambda: len(world.openai.state()["conversations"]) == 12)


async def test_a_new_number_continues_the_conversation_and_is_where_the_answers_go(world: Journey) -> None:
    await world.meta.say(ADA_BY_NUMBER, "before")
    await world.until_answered(ADA_BY_NUMBER)
    await world.meta.say(ADA_BY_NUMBER, NumberChange(NEW_PHONE))
    await world.until_recorded(ADA, e.IdentityLinked)
    moved = ADA_BY_NUMBER.renumbered(NEW_PHONE)
    await world.meta.say(moved, "after")
    await world.until_answered(moved, 2)
    await one_conversation_of(world, ADA, ["before", "after"])
    assert await links(world, ADA) == [(NEW_PHONE, "user_changed_number", True)]
    assert [send.recipient for send in world.meta.ledger.sends] == [PHONE, NEW_PHONE]


async def test_an_answer_that_is_owed_when_the_number_changes_goes_to_the_new_one(world: Journey) -> None:
    await world.meta.say_together(
        world.meta.utterance(ADA_BY_NUMBER, "hello"),
        world.meta.utterance(ADA_BY_NUMBER, NumberChange(NEW_PHONE)),
    )
    await world.until_answered(ADA_BY_NUMBER.renumbered(NEW_PHONE))
    await one_conversation_of(world, ADA, ["hello"])
    assert [send.recipient for send in world.meta.ledger.sends] == [NEW_PHONE]


async def test_messages_by_the_old_and_the_new_number_around_the_change_stay_together(world: Journey) -> None:
    await world.meta.say(ADA_BY_NUMBER, "before")
    await world.until_answered(ADA_BY_NUMBER)
    moved = ADA_BY_NUMBER.renumbered(NEW_PHONE)
    await world.meta.say_together(
        world.meta.utterance(moved, "by the new number"),
        world.meta.utterance(ADA_BY_NUMBER, "by the old number"),
        world.meta.utterance(ADA_BY_NUMBER, NumberChange(NEW_PHONE)),
    )
    await world.until_recorded(ADA, e.MessageReceived, 3)
    await one_conversation_of(world, ADA, ["before", "by the new number", "by the old number"])
    assert {row["state"] for row in await world.fetch("SELECT state FROM threads")} <= {"bound", "deleted"}


async def test_a_renewed_user_id_continues_the_conversation_and_is_where_the_answers_go(
    world: Journey,
) -> None:
    await world.meta.say(ADA_BY_USER_ID, "before")
    await world.until_answered(ADA_BY_USER_ID)
    update = {"timestamp": wire.seconds(), "user_id": {"previous": USER_ID, "current": NEW_USER_ID}}
    assert (
        await world.deliver(wire.whatsapp(wire.value(user_id_update=[update]), field="user_id_update")) == 200
    )
    await world.until_recorded(ADA_BY_USER_ID, e.IdentityLinked)
    renewed = replace(ADA, sender_id=NEW_USER_ID, user_id=NEW_USER_ID)
    await world.meta.say(renewed, "after")
    await world.until_answered(renewed)
    await one_conversation_of(world, ADA_BY_USER_ID, ["before", "after"])
    assert await links(world, ADA_BY_USER_ID) == [(NEW_USER_ID, "user_id_update", True)]
    assert [send.recipient for send in world.meta.ledger.sends] == [USER_ID, NEW_USER_ID]


async def test_a_renewed_user_id_of_a_person_with_a_number_is_linked_and_the_number_stays(
    world: Journey,
) -> None:
    await world.meta.say(ADA, "before")
    await world.until_answered(ADA)
    notice: dict[str, Any] = {
        "from_user_id": USER_ID,
        "id": "wamid.notice",
        "timestamp": wire.seconds(),
        "type": "system",
        "system": {"type": "user_changed_user_id", "user_id": NEW_USER_ID},
    }
    assert await world.deliver(wire.whatsapp(wire.value(messages=[notice]))) == 200
    await world.until_recorded(ADA, e.IdentityLinked, 2)
    await world.meta.say(replace(ADA, sender_id=NEW_USER_ID, user_id=NEW_USER_ID), "after")
    await world.until_recorded(ADA, e.MessageReceived, 2)
    await one_conversation_of(world, ADA, ["before", "after"])
    assert await links(world, ADA) == [
        (USER_ID, "seen_together", False),
        (NEW_USER_ID, "user_changed_user_id", False),
    ]
    assert {send.recipient for send in world.meta.ledger.sends} == {PHONE}


async def test_a_new_name_is_recorded_once_and_shown(world: Journey) -> None:
    await world.meta.say(ADA, "hello")
    await world.until_answered(ADA)
    married = replace(ADA, name="Ada Lovelace", username="ada")
    for n in range(2):
        await world.meta.say(married, f"it is me, {n}")
        await world.until_recorded(ADA, e.MessageReceived, n + 2)
    [changed] = await world.of_type(ADA, e.ProfileChanged)
    assert (changed.display_name, changed.username) == ("Ada Lovelace", "ada")
    shown = await world.ask(f"/api/v1/conversations/{conversation_id(ADA)}")
    assert shown.json["display_name"] == "Ada Lovelace"


async def test_a_conversation_is_found_by_every_id_that_the_person_ever_had(world: Journey) -> None:
    await world.meta.say(ADA, "hello")
    await world.until_answered(ADA)
    await world.meta.say(ADA, NumberChange(NEW_PHONE))
    await world.until_recorded(ADA, e.IdentityLinked, 2)

    async def found_by_all() -> bool:
        found = [await found_by(world, sender_id) for sender_id in (PHONE, USER_ID, NEW_PHONE)]
        return found == [[str(conversation_id(ADA))]] * 3

    await world.until(found_by_all)
    assert await found_by(world, NEW_USER_ID) == []


async def test_whoever_gets_a_given_up_number_is_somebody_else(world: Journey) -> None:
    await world.meta.say(ADA, "My name is Ada")
    await world.until_answered(ADA)
    await world.meta.say(ADA_BY_NUMBER, NumberChange(NEW_PHONE))
    await world.until_recorded(ADA, e.IdentityLinked, 2)
    later = int(wire.seconds()) + 5
    for n, text in enumerate(("What is my name?", "And now?")):
        body = wire.value(messages=[wire.said(PHONE, text, timestamp=str(later + n))])
        assert await world.deliver(wire.whatsapp(body)) == 200
    await world.until_rest()
    begun = await conversations(world)
    assert len(begun) == 2
    [other] = [each for each in begun if each != conversation_id(ADA)]
    assert other.version == 8
    texts = [event.text for event in await world.events_of(other) if isinstance(event, e.MessageReceived)]
    assert texts == ["What is my name?", "And now?"]
    assert [event.text for event in await world.of_type(ADA, e.MessageReceived)] == ["My name is Ada"]
    sends = [(send.recipient, "Ada" in send.text) for send in world.meta.ledger.sends]
    assert (PHONE, True) not in sends[1:]
    await world.meta.say(ADA.renumbered(NEW_PHONE), "What is my name?")
    await world.until_recorded(ADA, e.MessageReceived, 2)


@pytest.mark.parametrize(
    ("one", "same"),
    [("5511987654321", "551187654321"), ("5215512345678", "525512345678"), ("5491123456789", "541123456789")],
    ids=["brazil", "mexico", "argentina"],
)
async def test_two_spellings_of_a_number_are_one_person(world: Journey, one: str, same: str) -> None:
    for first, second in ((one, same), (same[:-1] + "0", one[:-1] + "0")):
        before = len(await conversations(world))
        who, again = (Speaker(account=WHATSAPP, sender_id=number) for number in (first, second))
        await world.meta.say(who, "one")
        await world.until_answered(who)
        assert await world.deliver(wire.whatsapp(wire.value(messages=[wire.said(second, "two")]))) == 200
        await world.until_recorded(who, e.MessageReceived, 2)
        await world.until_rest()
        assert len(await conversations(world)) == before + 1
        assert await links(world, who) == [(again.sender_id, "seen_together", False)]
        assert {send.recipient for send in world.meta.ledger.sends} >= {first}
        assert second not in {send.recipient for send in world.meta.ledger.sends}
