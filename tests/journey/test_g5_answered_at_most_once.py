"""G5: one customer turn gives one reply event and one send, whatever the outside leaves unsaid."""

from __future__ import annotations

import pytest

from domain import events as e
from service.sandbox.faults import Down, HangAfter, HangBefore, Nonsense, Refuse, ResetAfter, Rule
from service.sandbox.meta import Dial
from tests.journey.conftest import MESSENGER, WHATSAPP, Journey, journey


async def one_reply(world: Journey, who, texts: list[str]) -> None:
    """One ReplyDrafted, one ReplySent, one send, and one turn in the thread."""
    await world.until_rest()
    types = await world.types(who)
    assert types.count("ReplyDrafted") == 1
    assert types.count("ReplySent") == 1
    assert [send.text for send in world.meta.answers(who)] == texts
    assert len(texts) == 1


def user_items(world: Journey, thread_id: str) -> list[str]:
    [conversation] = [c for c in world.openai.state()["conversations"] if c["id"] == thread_id]
    return [
        "".join(part.get("text", "") for part in item["content"])
        for item in conversation["items"]
        if item["type"] == "message" and item["role"] == "user"
    ]


@pytest.mark.parametrize("effect", [HangAfter(), ResetAfter()], ids=["hang_after", "reset_after"])
async def test_a_draft_whose_answer_was_lost_is_found_in_the_thread_and_not_asked_for_again(
    world: Journey, effect
) -> None:
    who = world.person("1")
    world.openai.faults.add(Rule("responses.create", effect, times=1))
    await world.meta.say(who, "Is my parcel there?")
    texts = await world.until_answered(who)
    await one_reply(world, who, texts)
    events = await world.events(who)
    [drafted] = [event for event in events if isinstance(event, e.ReplyDrafted)]
    assert drafted.recovered
    assert user_items(world, drafted.thread_id) == ["Is my parcel there?"]


@pytest.mark.parametrize(
    "effect",
    [Down(), HangBefore(), Nonsense(), Refuse(500, {"error": {"message": "x", "code": "server_error"}})],
    ids=["down", "hang_before", "nonsense", "500"],
)
async def test_a_draft_that_never_happened_is_asked_for_again(world: Journey, effect) -> None:
    who = world.person("1")
    world.openai.faults.add(Rule("responses.create", effect, times=2))
    await world.meta.say(who, "Is my parcel there?")
    await one_reply(world, who, await world.until_answered(who))


@pytest.mark.parametrize("account", [WHATSAPP, MESSENGER], ids=lambda account: account.channel)
@pytest.mark.parametrize("effect", [HangAfter(), ResetAfter()], ids=["hang_after", "reset_after"])
async def test_a_send_whose_answer_was_lost_is_settled_by_its_echo_or_status(
    world: Journey, account, effect
) -> None:
    who = world.person("1", account)
    world.meta.faults.add(Rule("send", effect, times=1))
    await world.meta.say(who, "Is my parcel there?")
    await one_reply(world, who, await world.until_answered(who))
    [sent] = [event for event in await world.events(who) if isinstance(event, e.ReplySent)]
    assert sent.evidence in {"echo", "receipt"}


async def test_a_send_that_never_happened_is_repeated_after_the_settling_time(world: Journey) -> None:
    who = world.person("1")
    world.meta.faults.add(Rule("send", HangBefore(), times=1))
    await world.meta.say(who, "Is my parcel there?")
    await one_reply(world, who, await world.until_answered(who))
    attempts = [event for event in await world.events(who) if isinstance(event, e.ReplyAttempted)]
    assert [event.attempt for event in attempts] == [1, 2]
    assert (attempts[1].timestamp - attempts[0].timestamp).total_seconds() >= 1.0


async def test_openai_and_meta_hanging_after_the_work_at_once_give_no_second_answer_and_lose_none(
    fresh_url: str, tmp_path
) -> None:
    async with journey(fresh_url, tmp_path) as world:
        world.openai.faults.add(Rule("responses.create", HangAfter(), probability=0.4, times=12))
        world.meta.faults.add(Rule("send", HangAfter(), probability=0.4, times=12))
        people = [world.person(str(n), MESSENGER if n % 2 else WHATSAPP) for n in range(15)]
        for who in people:
            await world.meta.say(who, f"I am number {who.sender_id}")
        for who in people:
            await one_reply(world, who, await world.until_answered(who, within=60))


async def test_receipts_that_come_before_the_answer_to_their_send_settle_it_once(
    fresh_url: str, tmp_path
) -> None:
    async with journey(fresh_url, tmp_path, dial=Dial(early_statuses=1.0)) as world:
        for account in (WHATSAPP, MESSENGER):
            who = world.person("1", account)
            await world.meta.say(who, "Hello")
            await one_reply(world, who, await world.until_answered(who))


async def test_a_status_failed_after_acceptance_is_recorded_and_nothing_is_repeated(
    fresh_url: str, tmp_path
) -> None:
    async with journey(fresh_url, tmp_path, dial=Dial(late_failures=1.0)) as world:
        who = world.person("1")
        await world.meta.say(who, "Hello")
        world.meta.block(who)

        async def reported() -> bool:
            return any(
                isinstance(event, e.DeliveryReported) and event.status == "failed" and event.error_code
                for event in await world.events(who)
            )

        await world.until(reported)
        await world.until_rest()
        assert (await world.types(who)).count("ReplyAttempted") == 1
