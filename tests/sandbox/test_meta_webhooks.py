"""How the stand-in delivers: in order, again until it is acknowledged, and on demand."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from webhook_receiver import (
    ANNA,
    APP_SECRET,
    DORA,
    PHONE,
    VERIFY_TOKEN,
    Receiver,
    listening,
    rig,
)

from service.sandbox.meta import Dial, MetaSandbox, RetryPolicy, Speaker


async def test_what_is_not_answered_200_is_posted_again_until_it_is():
    answers = iter([500, 404, 503])
    receiver = Receiver(answer=lambda _one: next(answers, 200))
    async with rig(receiver) as at:
        _, acknowledged_at = await at.sandbox.say(ANNA, "hi")
        assert acknowledged_at is not None
        assert len({one.body for one in receiver.received}) == 1
        assert len(receiver.received) == 4
        counts = at.sandbox.ledger.counts()
        [delivery] = at.sandbox.ledger.deliveries
        assert [attempt.status for attempt in delivery.attempts] == [500, 404, 503, 200]
    assert (counts["posted"], counts["acknowledged"], counts["refused"], counts["retried"]) == (4, 1, 3, 3)
    assert counts["pending"] == 0


def test_retries_come_at_once_and_then_ever_later():
    policy = RetryPolicy(base=1.0, factor=2.0, cap=60.0)
    assert [policy.pause(attempts) for attempts in range(1, 9)] == [0, 1, 2, 4, 8, 16, 32, 60]
    assert policy.pause(10_000) == 60


async def test_a_service_that_is_not_there_gets_the_delivery_when_it_is():
    receiver = Receiver()
    async with MetaSandbox(
        webhook_url="http://127.0.0.1:9", app_secret=APP_SECRET, retry=RetryPolicy(base=0.01, cap=0.02)
    ) as sandbox:
        delivery = sandbox.speak(sandbox.utterance(ANNA, "hi"))
        await sandbox.ledger.changes.until(lambda: sandbox.ledger.counts()["refused"] >= 3, within=5)
        assert sandbox.ledger.pending == 1
        assert {attempt.status for attempt in delivery.attempts} == {None}
        assert all(attempt.error for attempt in delivery.attempts)
        async with listening(receiver) as url:
            sandbox.webhooks.url = url
            assert await asyncio.wait_for(delivery.settled(), 5) is not None
        assert len(receiver.message_ids()) == 1


async def test_a_delivery_is_given_up_after_its_time():
    retry = RetryPolicy(base=0.01, cap=0.05, give_up_after=0.2)
    async with rig(Receiver(answer=lambda _one: 500), retry=retry) as at:
        _, acknowledged_at = await at.sandbox.say(ANNA, "hi")
        assert acknowledged_at is None
        counts = at.sandbox.ledger.counts()
        assert (counts["abandoned"], counts["acknowledged"], counts["pending"]) == (1, 0, 0)


async def test_an_answer_that_does_not_come_in_time_is_none():
    receiver = Receiver(gate=asyncio.Event())
    async with rig(receiver, retry=RetryPolicy(base=0.01, patience=0.1)) as at:
        delivery = at.sandbox.speak(at.sandbox.utterance(ANNA, "hi"))
        await receiver.until(lambda: len(receiver.received) == 2)
        receiver.gate.set()
        assert await asyncio.wait_for(delivery.settled(), 5) is not None
        assert (delivery.attempts[0].status, delivery.attempts[0].error) == (None, "TimeoutError")


async def test_no_more_are_posted_at_a_time_than_the_concurrency_allows():
    receiver = Receiver(gate=asyncio.Event())
    async with rig(receiver, concurrency=3) as at:
        people = [Speaker(account=PHONE, sender_id=f"49151{n}") for n in range(12)]
        for person in people:
            at.sandbox.speak(at.sandbox.utterance(person, "hi"))
        await receiver.until(lambda: len(receiver.received) == 3)
        receiver.gate.set()
        await at.sandbox.wait_until_settled(within=5)
        assert receiver.most_at_once == 3
        assert len(set(receiver.message_ids())) == 12


async def test_what_one_person_says_next_waits_for_the_answer_to_what_they_said_before():
    receiver = Receiver(gate=asyncio.Event())
    async with rig(receiver) as at:
        first, second = at.sandbox.utterance(ANNA, "first"), at.sandbox.utterance(ANNA, "second")
        by_dora = at.sandbox.utterance(DORA, "me too")
        for update in (first, second, by_dora):
            at.sandbox.speak(update)
        await receiver.until(lambda: len(receiver.received) == 2)
        assert set(receiver.message_ids()) == {first.message_id, by_dora.message_id}
        receiver.gate.set()
        await at.sandbox.wait_until_settled()
        assert receiver.message_ids()[-1] == second.message_id


async def test_what_one_person_says_arrives_in_order_and_failures_break_it():
    receiver = Receiver()
    async with rig(receiver) as at:
        said = [at.sandbox.utterance(ANNA, f"{n}") for n in range(20)]
        for update in said:
            at.sandbox.speak(update)
        await at.sandbox.wait_until_settled()
        assert receiver.message_ids() == [update.message_id for update in said]

        first, second = at.sandbox.utterance(ANNA, "first"), at.sandbox.utterance(ANNA, "second")
        receiver.received.clear()
        receiver.answer = lambda one: 200 if one.message_ids() == [second.message_id] else 500
        at.sandbox.speak(first)
        at.sandbox.speak(second)
        await receiver.until(lambda: second.message_id in receiver.message_ids())
        receiver.answer = lambda _one: 200
        await at.sandbox.wait_until_settled()
        ids = receiver.message_ids()
        assert ids[0] == ids[-1] == first.message_id


async def test_a_delivery_can_be_posted_again_on_demand():
    async with rig() as at:
        message_id, _ = await at.sandbox.say(ANNA, "hi")
        assert await at.sandbox.repeat(message_id) == 200
        assert at.receiver.received[0].body == at.receiver.received[1].body
        with pytest.raises(KeyError):
            await at.sandbox.repeat("wamid.404")


async def test_several_updates_go_in_one_post_on_demand():
    async with rig() as at:
        updates = [at.sandbox.utterance(person, "hi") for person in (ANNA, DORA)]
        assert await at.sandbox.say_together(*updates) is not None
        [one] = at.receiver.received
        assert one.message_ids() == [update.message_id for update in updates]
        assert (await at.graph.send(DORA))[0] == 200


async def test_any_bytes_can_be_posted_rightly_or_wrongly_signed():
    async with rig() as at:
        assert (await at.sandbox.post("/webhooks/whatsapp", b"\xff nonsense"))[0] == 200
        assert (await at.sandbox.post("/webhooks/whatsapp", b"\xff nonsense", secret="wrong"))[0] == 401


async def test_the_handshake_wants_the_bare_challenge_and_a_refusal_of_wrong_tokens():
    receiver = Receiver()
    async with rig(receiver) as at:
        assert await at.sandbox.handshake("/webhooks/whatsapp") is True
        assert await at.sandbox.handshake("/webhooks/nowhere") is False
        assert await at.sandbox.webhooks.handshake("/webhooks/messenger", VERIFY_TOKEN + "!") is False
        at.sandbox.webhooks.url = "http://127.0.0.1:9"
        assert await at.sandbox.handshake("/webhooks/whatsapp") is False


async def test_a_callback_that_takes_any_token_fails_the_handshake():
    receiver = Receiver()

    async def trusting(request):
        return web.Response(text=request.query["hub.challenge"])

    receiver.verify = trusting
    async with rig(receiver) as at:
        assert await at.sandbox.handshake("/webhooks/whatsapp") is False


async def test_waiting_for_answers_says_how_many_there_were():
    async with rig(dial=Dial(no_receipts=1)) as at:
        await at.sandbox.say(ANNA, "hi")
        waiting = asyncio.create_task(at.sandbox.wait_for_answers(ANNA, 2, within=5))
        for text in ("one", "two"):
            await at.graph.send(ANNA, text)
        assert [send.text for send in await waiting] == ["one", "two"]
        with pytest.raises(TimeoutError, match="2 of 3 answers"):
            await at.sandbox.wait_for_answers(ANNA, 3, within=0.05)
        with pytest.raises(TimeoutError, match="0 of 1 answers"):
            await at.sandbox.wait_for_answers(DORA, 1, within=0.05)


async def test_waiting_until_all_is_settled_says_how_many_are_pending():
    receiver = Receiver(gate=asyncio.Event())
    async with rig(receiver) as at:
        at.sandbox.speak(at.sandbox.utterance(ANNA, "hi"))
        with pytest.raises(TimeoutError, match="1 deliveries pending"):
            await at.sandbox.wait_until_settled(within=0.1)
        receiver.gate.set()
        await at.sandbox.wait_until_settled(within=5)


async def test_a_stand_in_that_was_stopped_gives_up_what_was_pending_and_can_start_again():
    receiver = Receiver(gate=asyncio.Event())
    async with rig(receiver) as at:
        delivery = at.sandbox.speak(at.sandbox.utterance(ANNA, "hi"))
        await receiver.until(lambda: len(receiver.received) == 1)
        at.sandbox.speak(at.sandbox.utterance(DORA, "not even begun"))
        await at.sandbox.stop()
        assert await asyncio.wait_for(delivery.settled(), 5) is None
        assert (at.sandbox.ledger.counts()["abandoned"], at.sandbox.ledger.pending) == (2, 0)
        receiver.gate.set()
        await at.sandbox.start()
        assert (await at.graph.send(ANNA))[0] == 200
        _, acknowledged_at = await asyncio.wait_for(at.sandbox.say(DORA, "still here"), 5)
        assert acknowledged_at is not None
