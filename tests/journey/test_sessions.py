"""Sessions follow the provider's own times: numbered from 1, ended by silence, never by a late message."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain import events as e
from domain.conversation import Conversation
from domain.identity import Sender, partition_of
from domain.inbound import Message
from domain.steps import Policy
from service.sandbox.faults import Refuse, Rule
from service.sandbox.meta import Account, Speaker
from service.storage import log
from service.storage.log import StreamAppend
from tests.journey.conftest import MESSENGER, WHATSAPP, Journey, conversation_id, journey

HOUR = 3600.0


async def board(world: Journey, **query: str) -> dict[str, Any]:
    """The rows of the session view, by conversation."""
    answer = await world.ask("/api/v1/sessions", limit="100", **{"status": "all", **query})
    assert answer.status == 200
    return {row["conversation_id"]: row for row in answer.json["items"]}


async def row_after(world: Journey, who: Speaker, messages: int) -> dict[str, Any]:
    """The person's row, once the view has so many messages of theirs."""
    key = str(conversation_id(who))

    async def seen() -> bool:
        row = (await board(world)).get(key)
        return row is not None and row["total_message_count"] == messages

    await world.until(seen)
    return dict((await board(world))[key])


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def at(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


@pytest.mark.parametrize("account", [WHATSAPP, MESSENGER], ids=lambda account: account.channel)
async def test_sessions_count_from_one_and_a_longer_silence_begins_the_next(
    world: Journey, account: Account
) -> None:
    who, now = world.person("1", account), float(int(time.time()))
    said = [now - 72 * HOUR, now - 47 * HOUR, now - 46 * HOUR, now - HOUR]
    for n, moment in enumerate(said):
        await world.meta.say(who, f"message {n}", at=moment)
        await world.until_recorded(who, e.MessageReceived, n + 1)
    received = await world.of_type(who, e.MessageReceived)
    assert [(event.session, event.session_message) for event in received] == [(1, 1), (2, 1), (2, 2), (3, 1)]
    assert not any(event.late for event in received)
    row = await row_after(world, who, 4)
    assert (row["session_number"], row["message_count"]) == (3, 1)
    assert instant(row["started_at"]) == instant(row["last_activity_at"]) == at(said[-1])
    assert instant(row["expires_at"]) == at(said[-1] + 24 * HOUR)
    assert len(world.openai.state()["conversations"]) == 1


async def test_a_silence_of_exactly_the_session_length_ends_nothing(world: Journey) -> None:
    who, now = world.person("1"), float(int(time.time()))
    for n, moment in enumerate([now - 49 * HOUR, now - 25 * HOUR, now - HOUR + 1]):
        await world.meta.say(who, f"message {n}", at=moment)
        await world.until_recorded(who, e.MessageReceived, n + 1)
    sessions = [event.session for event in await world.of_type(who, e.MessageReceived)]
    assert sessions == [1, 1, 2]


async def test_a_late_message_joins_the_session_that_is_on_and_moves_nothing(world: Journey) -> None:
    who, now = world.person("1"), float(int(time.time()))
    for n, moment in enumerate([now - 40 * HOUR, now - HOUR, now - 30 * HOUR, now - 400 * HOUR]):
        await world.meta.say(who, f"message {n}", at=moment)
        await world.until_recorded(who, e.MessageReceived, n + 1)
    received = await world.of_type(who, e.MessageReceived)
    assert [(event.session, event.session_message, event.late) for event in received] == [
        (1, 1, False),
        (2, 1, False),
        (2, 2, True),
        (2, 3, True),
    ]
    row = await row_after(world, who, 4)
    assert (row["session_number"], row["message_count"]) == (2, 3)
    assert instant(row["started_at"]) == instant(row["last_activity_at"]) == at(now - HOUR)


async def test_a_time_in_the_future_counts_as_the_time_of_receipt(world: Journey) -> None:
    who, before = world.person("1", MESSENGER), world.service.clock()
    await world.meta.say(who, "from next week", at=time.time() + 24 * 7 * HOUR)
    await world.until_recorded(who, e.MessageReceived)
    await world.meta.say(who, "from now")
    received = await world.until_recorded(who, e.MessageReceived, 2)
    assert [(event.session, event.session_message, event.late) for event in received] == [
        (1, 1, False),
        (1, 2, False),
    ]
    row = await row_after(world, who, 2)
    assert before <= instant(row["started_at"]) <= instant(row["last_activity_at"]) <= world.service.clock()


async def test_the_length_of_a_session_is_configured(fresh_url: str, tmp_path) -> None:
    async with journey(fresh_url, tmp_path, session_hours=0.5) as world:
        now = float(int(time.time()))
        asleep, awake = world.person("1"), world.person("2")
        for n, moment in enumerate([now - 3 * HOUR, now - 2 * HOUR, now - HOUR]):
            await world.meta.say(asleep, f"message {n}", at=moment)
            await world.until_recorded(asleep, e.MessageReceived, n + 1)
        await world.meta.say(awake, "hello")
        assert (await row_after(world, asleep, 3))["session_number"] == 3
        assert (await row_after(world, awake, 1))["session_number"] == 1
        assert set(await board(world, status="expired")) == {str(conversation_id(asleep))}
        assert set(await board(world, status="active")) == {str(conversation_id(awake))}
        row = (await board(world))[str(conversation_id(asleep))]
        assert instant(row["expires_at"]) - instant(row["last_activity_at"]) == timedelta(minutes=30)


async def test_a_session_is_seen_to_wait_for_its_reply_until_it_has_it(world: Journey) -> None:
    who = world.person("1")
    world.openai.faults.add(Rule("responses.create", Refuse(503, {"error": {"message": "busy"}})))
    await world.meta.say(who, "hello")
    row = await row_after(world, who, 1)
    assert (row["awaiting_reply"], row["answered_by"]) == (True, "bot")
    world.openai.faults.clear()
    await world.until_answered(who)

    async def answered() -> bool:
        return not (await board(world))[str(conversation_id(who))]["awaiting_reply"]

    await world.until(answered)
    started = (await world.events(who))[0]
    assert isinstance(started, e.ConversationStarted)
    assert (await board(world))[str(conversation_id(who))]["thread_id"] == started.thread_id


async def test_the_board_as_of_an_instant_shows_the_session_of_then(world: Journey) -> None:
    who, now = world.person("1"), float(int(time.time()))
    await world.meta.say(who, "long ago", at=now - 60 * HOUR)
    [first] = await world.until_recorded(who, e.MessageReceived)
    await world.until_rest()
    then = world.service.clock()
    await world.meta.say(who, "and now", at=now)
    await row_after(world, who, 2)
    row = (await board(world, as_of=then.isoformat()))[str(conversation_id(who))]
    assert (row["session_number"], row["total_message_count"]) == (1, 1)
    assert instant(row["started_at"]) == first.sent_at
    assert await board(world, as_of=(then - timedelta(days=1)).isoformat()) == {}


async def test_a_conversation_imported_from_the_assistants_is_rebound_at_its_first_use(
    world: Journey,
) -> None:
    who = world.person("4915112345678")
    sender = Sender("whatsapp", WHATSAPP.account_id, who.sender_id)
    past = world.service.clock() - timedelta(days=40)
    imported = Conversation.start(sender, "thread_abc", past)
    said = Message(
        sender=sender,
        received_at=past,
        message_id="wamid.imported",
        kind="text",
        sent_at=past,
        text="I have lost a purple umbrella",
    )
    imported.observe(said, past, Policy())
    imported.give_up("r2", "answered_elsewhere", past)
    key, wrapped = world.service.vault.make(imported.id)
    stream = StreamAppend(partition_of(imported.id, 64), imported, imported.new_facts(), key, wrapped)
    async with world.service.database.transaction() as connection:
        assert await log.append(connection, [stream]) == {}
    await world.meta.say(who, "What did I say first?")
    texts = await world.until_answered(who)
    await world.until_rest()
    assert "purple umbrella" in texts[0]
    [rebound] = await world.of_type(who, e.ThreadRebound)
    assert (rebound.previous_thread_id, rebound.reason) == ("thread_abc", "thread_retired")
    assert rebound.thread_id.startswith("conv_")
    received = await world.of_type(who, e.MessageReceived)
    assert [(event.session, event.late) for event in received] == [(1, False), (2, False)]
    shown = (await world.ask(f"/api/v1/conversations/{conversation_id(who)}")).json
    assert [(thread["thread_id"], thread["reason"]) for thread in shown["threads"]] == [
        ("thread_abc", "started"),
        (rebound.thread_id, "thread_retired"),
    ]
    assert shown["thread_id"] == rebound.thread_id
    await world.meta.say(who, "Thank you")
    await world.until_answered(who, 2)
    assert len(await world.of_type(who, e.ThreadRebound)) == 1
