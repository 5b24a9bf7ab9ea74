"""A written answer on its way: in parts, in the window, past refusals and restarts, each part once."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest

from domain import events as e
from service.sandbox.faults import Effect, HangAfter, HangBefore, Rule, Says, Slow
from service.sandbox.meta import Account, Dial, Speaker
from service.sandbox.meta.errors import PRESETS
from tests.journey import wire
from tests.journey.conftest import INSTAGRAM, MESSENGER, WHATSAPP, Journey, conversation_id, journey

ON_EACH = pytest.mark.parametrize(
    "account", [WHATSAPP, MESSENGER, INSTAGRAM], ids=lambda account: account.channel
)
LIMITS = {"whatsapp": 4096, "messenger": 2000, "instagram": 1000}
DAY = 86_400.0


def long_answer(account: Account, parts: int = 3) -> str:
    """More than fits into one message less than ``parts``, in sentences that name their place."""
    size = LIMITS[account.channel] * (parts - 1) + LIMITS[account.channel] // 4
    sentences = [f"This is sentence number {n:04}." for n in range(size // 30)]
    return " ".join(sentences)


async def answered_in_parts(world: Journey, who: Speaker, text: str) -> list[str]:
    """Everything reached the person once and in order; the parts, as the log tells of them."""
    await world.until_rest()
    received = [send.text for send in world.meta.answers(who)]
    assert " ".join(received) == text
    assert len({send.reference for send in world.meta.answers(who)}) == len(received)
    [drafted] = await world.of_type(who, e.ReplyDrafted)
    [sent] = await world.of_type(who, e.ReplySent)
    assert drafted.parts == len(sent.message_ids) == len(received)
    assert [part.part for part in await world.of_type(who, e.PartSent)] == list(range(1, len(received)))
    assert list(sent.message_ids) == [send.message_id for send in world.meta.answers(who)]
    return received


# Parts


@ON_EACH
async def test_an_answer_longer_than_the_channel_takes_arrives_in_parts_in_order_each_once(
    fresh_url: str, tmp_path, account: Account
) -> None:
    async with journey(fresh_url, tmp_path, max_output_tokens=8000) as world:
        who, text = world.person("4915112345678", account), long_answer(account)
        world.openai.faults.add(Rule("responses.create", Says(text), times=1))
        await world.meta.say(who, "Tell me everything")
        await world.until_answered(who, 3)
        assert len(await answered_in_parts(world, who, text)) == 3


@ON_EACH
@pytest.mark.parametrize("effect", [HangAfter(), HangBefore()], ids=["got_through", "did_not_get_through"])
async def test_a_part_whose_outcome_is_unknown_holds_back_the_next_and_arrives_once(
    fresh_url: str, tmp_path, account: Account, effect: Effect
) -> None:
    async with journey(fresh_url, tmp_path, max_output_tokens=8000, send_timeout=0.5) as world:
        who, text = world.person("4915112345678", account), long_answer(account)
        world.openai.faults.add(Rule("responses.create", Says(text), times=1))
        world.meta.faults.add(Rule("send", effect, skip=1, times=1))
        await world.meta.say(who, "Tell me everything")
        await world.until_answered(who, 3)
        assert len(await answered_in_parts(world, who, text)) == 3


@pytest.mark.parametrize("account", [WHATSAPP, MESSENGER], ids=lambda account: account.channel)
@pytest.mark.parametrize("effect", [HangAfter(), HangBefore(), Slow(0.4)], ids=["after", "before", "slow"])
async def test_a_service_that_dies_between_the_parts_is_taken_over_from_and_each_part_arrives_once(
    fresh_url: str, tmp_path, account: Account, effect: Effect
) -> None:
    async with journey(fresh_url, tmp_path, max_output_tokens=8000) as world:
        who, text = world.person("4915112345678", account), long_answer(account)
        world.openai.faults.add(Rule("responses.create", Says(text), times=1))
        world.meta.faults.add(Rule("send", effect, skip=1, times=1))
        await world.meta.say(who, "Tell me everything")
        await world.until_recorded(who, e.ReplyAttempted, 2)
        await world.crash()
        await world.begin()
        await world.until_answered(who, 3, within=60)
        assert len(await answered_in_parts(world, who, text)) == 3


async def test_evidence_that_nobody_was_there_to_hear_is_waited_for_before_a_send_is_repeated(
    fresh_url: str, tmp_path
) -> None:
    """The service is away for longer than the time that evidence is given, and Meta repeats ever later."""
    async with journey(fresh_url, tmp_path, settle_seconds=2.0) as world:
        who = world.person("1")
        world.meta.faults.add(Rule("send", HangAfter(), times=1))
        await world.meta.say(who, "hello")
        await world.until(lambda: world.meta.ledger.sent == 1)
        await world.crash()
        await world.until(lambda: world.meta.ledger.counts()["retried"] >= 3)
        await world.begin()
        await world.until_recorded(who, e.ReplySent)
        await world.until_rest()
        assert len(world.meta.answers(who)) == 1
        [sent] = await world.of_type(who, e.ReplySent)
        assert sent.evidence == "receipt"


async def test_a_service_that_stops_between_the_parts_leaves_the_rest_to_the_next_one(
    fresh_url: str, tmp_path
) -> None:
    async with journey(fresh_url, tmp_path, max_output_tokens=8000) as world:
        who, text = world.person("1", INSTAGRAM), long_answer(INSTAGRAM, 6)
        world.openai.faults.add(Rule("responses.create", Says(text), times=1))
        world.meta.faults.add(Rule("send", Slow(0.2)))
        await world.meta.say(who, "Tell me everything")
        await world.until_recorded(who, e.PartSent, 2)
        await world.end()
        await world.begin()
        await world.until_answered(who, 6)
        await answered_in_parts(world, who, text)


# The window


@ON_EACH
async def test_a_message_that_is_a_week_old_is_recorded_and_the_model_is_not_asked(
    world: Journey, account: Account
) -> None:
    who = world.person("1", account)
    await world.meta.say(who, "from last week", at=time.time() - 7 * DAY)
    [failed] = await world.until_recorded(who, e.ReplyFailed)
    await world.until_rest()
    assert failed.reason == "window_closed"
    assert world.openai.counts()["responses"] == 0
    assert world.meta.ledger.sent == 0
    await world.meta.say(who, "from now")
    await world.until_answered(who)
    [thread] = world.openai.state()["conversations"]
    told = [part["text"] for item in thread["items"] if item["role"] == "user" for part in item["content"]]
    assert told == ["from last week", "from now"]


async def test_an_old_message_that_comes_after_a_new_one_is_answered_in_the_window_of_the_new_one(
    world: Journey,
) -> None:
    who = world.person("1")
    await world.meta.say(who, "from now")
    await world.until_answered(who)
    await world.meta.say(who, "from last week", at=time.time() - 7 * DAY)
    await world.until_answered(who, 2)


async def test_a_window_that_closes_while_the_answer_is_written_keeps_it_from_being_sent(
    fresh_url: str, tmp_path
) -> None:
    async with journey(fresh_url, tmp_path, draft_timeout=20.0) as world:
        who = world.person("1", MESSENGER)
        world.openai.faults.add(Rule("responses.create", Slow(4.0)))
        await world.meta.say(who, "almost too late", at=time.time() - DAY + 3.0)
        [failed] = await world.until_recorded(who, e.ReplyFailed)
        await world.until_rest()
        assert failed.reason == "window_closed"
        assert "ReplyAttempted" not in await world.types(who)
        assert world.meta.ledger.sent == 0


@ON_EACH
async def test_a_time_in_the_future_opens_no_longer_window(world: Journey, account: Account) -> None:
    who = world.person("1", account)
    await world.meta.say(who, "from next year", at=time.time() + 400 * DAY)
    await world.until_answered(who)
    entry = await world.service.conversations.get(conversation_id(who))
    closes = entry.live.conversation.window_closes_at
    assert closes is not None
    assert closes <= world.service.clock() + timedelta(days=1)


# Refusals


@ON_EACH
async def test_a_person_who_cannot_be_reached_is_given_up_and_answered_when_they_write_again(
    world: Journey, account: Account
) -> None:
    who = world.person("1", account)
    world.meta.block(who)
    await world.meta.say(who, "hello and good bye")
    [failed] = await world.until_recorded(who, e.ReplyFailed)
    await world.until_rest()
    assert (failed.reason, failed.code) == ("refused", 131026 if account is WHATSAPP else 551)
    assert (await world.types(who)).count("ReplyAttempted") == 1
    person = world.meta.people.find(account.account_id, "1")
    assert person is not None
    person.reachable = True
    await world.meta.say(who, "I am back")
    await world.until_answered(who)


@pytest.mark.parametrize(
    ("account", "preset", "code"),
    [(WHATSAPP, "whatsapp_window_closed", 131047), (MESSENGER, "messenger_window_closed", 10)],
    ids=["whatsapp", "messenger"],
)
async def test_a_window_that_meta_calls_closed_ends_the_reply(
    world: Journey, account: Account, preset: str, code: int
) -> None:
    who = world.person("1", account)
    world.meta.faults.add(Rule("send", PRESETS[preset], times=1))
    await world.meta.say(who, "hello")
    [failed] = await world.until_recorded(who, e.ReplyFailed)
    await world.until_rest()
    assert (failed.reason, failed.code) == ("window_closed", code)
    assert (await world.types(who)).count("ReplyAttempted") == 1
    assert "ReplyDeferred" not in await world.types(who)


@pytest.mark.parametrize(
    ("account", "preset", "code"),
    [
        (WHATSAPP, "whatsapp_throughput", 130429),
        (WHATSAPP, "whatsapp_pair_rate", 131056),
        (MESSENGER, "messenger_throughput", 613),
    ],
    ids=["throughput", "pair_rate", "messenger_throughput"],
)
async def test_a_limit_backs_off_and_then_everybody_is_answered_once(
    world: Journey, account: Account, preset: str, code: int
) -> None:
    people = [world.person(str(n), account) for n in range(4)]
    world.meta.faults.add(Rule("send", PRESETS[preset], conversation="0", times=2))
    await asyncio.gather(*(world.meta.say(who, "hello") for who in people))
    for who in people:
        await world.until_answered(who, within=60)
    await world.until_rest()
    deferred = await world.of_type(people[0], e.ReplyDeferred)
    assert [event.code for event in deferred] == [code, code]
    for who in people:
        assert len(world.meta.answers(who)) == 1
        assert (await world.types(who)).count("ReplySent") == 1
    attempts = await world.of_type(people[0], e.ReplyAttempted)
    assert [attempt.attempt for attempt in attempts] == [1, 2, 3]


async def test_the_throughput_of_an_account_is_shared_without_a_message_lost_or_doubled(
    fresh_url: str, tmp_path
) -> None:
    async with journey(fresh_url, tmp_path, dial=Dial(throughput=5)) as world:
        people = [world.person(str(n), MESSENGER) for n in range(20)]
        await asyncio.gather(*(world.meta.say(who, "hello") for who in people))
        for who in people:
            await world.until_answered(who, within=90)
        await world.until_rest()
        assert world.meta.ledger.sent == 20


async def test_a_fault_of_metas_side_is_waited_out_and_the_answer_is_sent_once(world: Journey) -> None:
    who = world.person("1")
    world.meta.faults.add(Rule("send", PRESETS["temporary"], times=2))
    await world.meta.say(who, "hello")
    await world.until_answered(who)
    await world.until_rest()
    assert (await world.types(who)).count("ReplyAttempted") == 3
    assert len(world.meta.answers(who)) == 1


async def test_an_account_without_a_valid_token_stops_and_is_named_and_goes_on_when_it_is_mended(
    world: Journey,
) -> None:
    """Takes a minute: that is how often a stopped account is tried."""
    stopped = [world.person(str(n), WHATSAPP) for n in range(4)]
    well = world.person("1", MESSENGER)
    world.meta.faults.add(Rule("send", PRESETS["token_expired"], conversation="0"))
    await world.meta.say(stopped[0], "hello")
    await world.until_recorded(stopped[0], e.ReplyDeferred)
    await asyncio.gather(*(world.meta.say(who, "hello") for who in (*stopped[1:], well)))
    await world.until_answered(well)
    for who in stopped[1:]:
        await world.until_recorded(who, e.ReplyDrafted)
    health = await world.ask("/health")
    meta = health.json["components"]["meta"]
    assert (health.status, health.json["status"], meta["status"]) == (200, "degraded", "degraded")
    assert [(account["account_id"], account["code"]) for account in meta["stopped_accounts"]] == [
        (WHATSAPP.account_id, 190)
    ]
    assert "token" not in str(meta)
    assert sum([(await world.types(who)).count("ReplyAttempted") for who in stopped]) == 1
    world.meta.faults.clear()
    for who in stopped:
        await world.until_answered(who, within=100)
    await world.until_rest()
    assert world.meta.ledger.sent == 5
    assert sum([(await world.types(who)).count("ReplyAttempted") for who in stopped]) == 5
    assert (await world.ask("/health")).json["components"]["meta"]["stopped_accounts"] == []


# What becomes of what was sent


async def test_statuses_are_recorded_whatever_their_order(fresh_url: str, tmp_path) -> None:
    async with journey(fresh_url, tmp_path, dial=Dial(no_receipts=1.0)) as world:
        who = world.person("1")
        await world.meta.say(who, "hello")
        await world.until_answered(who)
        [sent] = await world.until_recorded(who, e.ReplySent)
        for state in ("read", "delivered", "sent"):
            status = wire.status(state, sent.message_ids[0], "1")
            for _ in range(2):
                assert await world.deliver(wire.whatsapp(wire.value(statuses=[status]))) == 200
        reported = await world.until_recorded(who, e.DeliveryReported, 3)
        duplicates = await world.until_recorded(who, e.DuplicateReceived, 3)
        assert [report.status for report in reported] == ["read", "delivered", "sent"]
        assert {report.reply_id for report in reported} == {sent.reply_id}
        assert {event.update for event in duplicates} == {"DeliveryReported"}
        await world.until_rest()
        assert len(world.meta.answers(who)) == 1
