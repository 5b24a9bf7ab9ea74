"""A message arrives, becomes an event on its sender's one thread, is answered, and the answer is sent."""

from __future__ import annotations

import pytest

from domain import events as e
from tests.journey.conftest import INSTAGRAM, MESSENGER, WHATSAPP, Journey


@pytest.mark.parametrize("account", [WHATSAPP, MESSENGER, INSTAGRAM], ids=lambda account: account.channel)
async def test_a_message_is_answered_on_the_thread_that_the_first_event_bound(
    world: Journey, account
) -> None:
    who = world.person("4915112345678", account)
    await world.meta.say(who, "Hello, is anybody there?")
    texts = await world.until_answered(who)
    assert len(texts) == 1
    await world.until_rest()
    started, received, attempted, drafted, *_ = await world.events(who)
    assert isinstance(started, e.ConversationStarted)
    assert started.thread_id.startswith("conv_")
    assert isinstance(received, e.MessageReceived)
    assert (received.text, received.session, received.session_message) == ("Hello, is anybody there?", 1, 1)
    assert isinstance(attempted, e.DraftAttempted)
    assert isinstance(drafted, e.ReplyDrafted)
    assert drafted.text == texts[0]
    assert drafted.thread_id == started.thread_id
    assert drafted.input_tokens
    types = await world.types(who)
    assert types.count("ReplySent") == 1


async def test_the_second_message_is_answered_with_the_first_one_in_mind(world: Journey) -> None:
    who = world.person("1")
    await world.meta.say(who, "My name is Ada and I like red tea")
    await world.until_answered(who)
    await world.meta.say(who, "What did I say first?")
    texts = await world.until_answered(who, 2)
    assert "red tea" in texts[1]
    assert len(world.openai.state()["conversations"]) == 1
