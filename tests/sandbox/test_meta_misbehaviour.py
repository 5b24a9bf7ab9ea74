"""Each bad habit of Meta, alone."""

from __future__ import annotations

import asyncio

from aiohttp import web
from webhook_receiver import (
    ANNA,
    BEN,
    DORA,
    PHONE,
    Received,
    Receiver,
    rig,
)

from service.sandbox.meta import Dial, Speaker
from service.sandbox.meta.updates import Account


async def test_duplicates_are_the_same_bytes_again():
    async with rig(dial=Dial(duplicates=1)) as at:
        for n in range(8):
            await at.sandbox.say(ANNA, f"{n}")
        await at.sandbox.ledger.changes.until(lambda: at.sandbox.ledger.counts()["copies"] == 8, within=5)
        bodies = [one.body for one in at.receiver.received]
        assert sorted(bodies) == sorted(2 * list(set(bodies)))
        counts = at.sandbox.ledger.counts()
        assert (counts["posted"], counts["acknowledged"], counts["copies"], counts["retried"]) == (
            16,
            8,
            8,
            0,
        )


async def test_reordering_lets_a_later_message_by():
    async with rig(dial=Dial(reordering=1)) as at:
        first = at.sandbox.utterance(ANNA, "first")
        delivery = at.sandbox.speak(first)
        at.sandbox.dial = Dial()
        await at.sandbox.say(DORA, "meanwhile")
        assert first.message_id not in at.receiver.message_ids()
        at.receiver.received.clear()
        second, _ = await at.sandbox.say(ANNA, "second")
        await delivery.settled()
        assert at.receiver.message_ids() == [second, first.message_id]


async def test_a_reordered_message_without_a_follower_arrives_all_the_same():
    async with rig(dial=Dial(reordering=1)) as at:
        _, acknowledged_at = await asyncio.wait_for(at.sandbox.say(ANNA, "alone"), 5)
        assert acknowledged_at is not None


async def test_batches_carry_several_people_and_accounts_of_one_object_in_one_body():
    other = Speaker(account=Account(channel="whatsapp", account_id="99"), sender_id="491")
    async with rig(dial=Dial(batches=1, batch_wait=0.05)) as at:
        said = [at.sandbox.utterance(person, "hi") for person in (ANNA, ANNA, DORA, other, BEN)]
        deliveries = [at.sandbox.speak(update) for update in said]
        await at.sandbox.wait_until_settled()
        assert len(set(deliveries[:4])) == 1
        by_object = {one.payload["object"]: one for one in at.receiver.received}
        assert sorted(by_object) == ["page", "whatsapp_business_account"]
        whatsapp = by_object["whatsapp_business_account"]
        assert whatsapp.message_ids() == [update.message_id for update in said[:4]]
        accounts = [part["metadata"]["phone_number_id"] for part in whatsapp.parts()]
        assert accounts == [PHONE.account_id, PHONE.account_id, "99"]
        assert [len(part["messages"]) for part in whatsapp.parts()] == [2, 1, 1]
        assert all(len(part["contacts"]) == 1 for part in whatsapp.parts())


async def test_a_batch_goes_when_it_is_full():
    async with rig(dial=Dial(batches=1, batch_wait=60, batch_size=3)) as at:
        deliveries = [at.sandbox.speak(at.sandbox.utterance(ANNA, f"{n}")) for n in range(3)]
        assert await asyncio.wait_for(deliveries[0].settled(), 5) is not None
        assert len(at.receiver.received) == 1


async def test_who_waits_for_a_batch_when_the_stand_in_stops_is_let_go():
    async with rig(dial=Dial(batches=1, batch_wait=60)) as at:
        delivery = at.sandbox.speak(at.sandbox.utterance(ANNA, "hi"))
    assert await asyncio.wait_for(delivery.settled(), 5) is None


async def test_what_is_late_is_overtaken_by_everything_else():
    async with rig(dial=Dial(late=1, hold_back=0.3)) as at:
        late = at.sandbox.utterance(ANNA, "late")
        delivery = at.sandbox.speak(late)
        at.sandbox.dial = Dial()
        message_id, _ = await at.sandbox.say(ANNA, "now")
        assert at.receiver.message_ids() == [message_id]
        assert await asyncio.wait_for(delivery.settled(), 5) is not None
        assert at.receiver.message_ids() == [message_id, late.message_id]


async def test_a_forged_copy_comes_first_and_is_not_retried():
    async with rig(dial=Dial(bad_signatures=1)) as at:
        await at.sandbox.say(ANNA, "hi")
        assert [one.genuine for one in at.receiver.received] == [False, True]
        counts = at.sandbox.ledger.counts()
        assert (counts["forged"], counts["forged_refused"], counts["retried"], counts["refused"]) == (
            1,
            1,
            0,
            0,
        )


async def test_a_receiver_that_takes_forgeries_is_found_out():
    receiver = Receiver()

    async def gullible(request):
        receiver.received.append(Received(request.path, await request.read(), genuine=True))
        return web.Response()

    receiver.take = gullible
    async with rig(receiver, dial=Dial(bad_signatures=1)) as at:
        await at.sandbox.say(ANNA, "hi")
        counts = at.sandbox.ledger.counts()
        assert (counts["forged"], counts["forged_refused"]) == (1, 0)


async def test_the_same_seed_misbehaves_in_the_same_way():
    async def forged(seed: int) -> list[bool]:
        async with rig(dial=Dial(bad_signatures=0.5), seed=seed) as at:
            for n in range(30):
                await at.sandbox.say(ANNA, f"{n}")
            deliveries = at.sandbox.ledger.deliveries
            return [delivery.attempts[0].role == "forged" for delivery in deliveries]

    first, again, other = await forged(1), await forged(1), await forged(2)
    assert first == again
    assert first != other
    assert 3 < sum(first) < 27
