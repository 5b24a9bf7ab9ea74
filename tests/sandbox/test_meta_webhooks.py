"""How the stand-in delivers: signed bytes, retries, and each bad habit."""

from __future__ import annotations

import asyncio
import json
import unicodedata

import pytest
from webhook_receiver import (
    ANNA,
    APP_SECRET,
    BEN,
    CLEO,
    DORA,
    PHONE,
    USERNAME_ONLY,
    VERIFY_TOKEN,
    Received,
    Receiver,
    listening,
    rig,
)

from service.sandbox.meta import Dial, MetaSandbox, RetryPolicy, Speaker
from service.sandbox.meta.speech import (
    Button,
    CannotSayError,
    Edit,
    Image,
    Location,
    NumberChange,
    Reaction,
    Text,
    Unsend,
)
from service.sandbox.meta.updates import Account, encode, signature


async def test_a_delivery_is_signed_over_its_escaped_bytes():
    text = "Grüße <b>100%</b> a/b x@y.z 👋"
    async with rig() as at:
        message_id, acknowledged_at = await at.sandbox.say(ANNA, text)
        assert acknowledged_at == at.clock.now
        [one] = at.receiver.received
        assert one.genuine
        assert one.body.isascii()
        for escaped in (rb"Gr\u00fc\u00dfe", rb"\u003cb>100\u0025", rb"a\/b", rb"x\u0040y", rb"\ud83d\udc4b"):
            assert escaped in one.body
        [value] = one.parts()
        assert value["messages"][0]["text"]["body"] == text
        assert value["messages"][0]["id"] == message_id
        assert value["contacts"][0]["profile"]["name"] == unicodedata.normalize("NFC", ANNA.name)


def test_the_bytes_and_the_signature_are_a_known_answer():
    body = encode({"a": "ä/<%@"})
    assert body == b'{"a":"\\u00e4\\/\\u003c\\u0025\\u0040"}'
    assert json.loads(body) == {"a": "ä/<%@"}
    # printf '%s' '{"a":"\u00e4\/\u003c\u0025\u0040"}' | openssl dgst -sha256 -hmac key
    assert signature(body, "key") == "sha256=319c57175bba052d066662e56322c9ed2642506b7c7b6dcb4cb9b2d6430404f7"


async def test_a_message_on_each_channel_is_what_meta_posts():
    async with rig() as at:
        for speaker in (ANNA, USERNAME_ONLY, BEN, CLEO):
            await at.sandbox.say(speaker, "hi")
        anna, eve, ben, cleo = (one.payload for one in at.receiver.received)
        seconds, milliseconds = str(int(at.clock.now)), round(at.clock.now * 1000)
        ids = at.receiver.message_ids()
    profile, metadata = {"name": ANNA.name}, anna["entry"][0]["changes"][0]["value"]["metadata"]
    assert metadata["phone_number_id"] == PHONE.account_id
    assert anna["object"] == "whatsapp_business_account"
    assert anna["entry"][0]["changes"] == [
        {
            "field": "messages",
            "value": {
                "messaging_product": "whatsapp",
                "metadata": metadata,
                "contacts": [{"profile": profile, "wa_id": ANNA.sender_id, "user_id": ANNA.user_id}],
                "messages": [
                    {
                        "from": ANNA.sender_id,
                        "id": ids[0],
                        "timestamp": seconds,
                        "type": "text",
                        "text": {"body": "hi"},
                        "from_user_id": ANNA.user_id,
                    }
                ],
            },
        }
    ]
    value = eve["entry"][0]["changes"][0]["value"]
    assert value["contacts"] == [
        {"profile": {"name": "Eve", "username": "eve"}, "user_id": USERNAME_ONLY.user_id}
    ]
    assert "from" not in value["messages"][0]
    assert value["messages"][0]["from_user_id"] == USERNAME_ONLY.user_id
    for payload, speaker, name, message_id in ((ben, BEN, "page", ids[2]), (cleo, CLEO, "instagram", ids[3])):
        assert payload == {
            "object": name,
            "entry": [
                {
                    "id": speaker.account.account_id,
                    "time": milliseconds,
                    "messaging": [
                        {
                            "sender": {"id": speaker.sender_id},
                            "recipient": {"id": speaker.account.account_id},
                            "timestamp": milliseconds,
                            "message": {"mid": message_id, "text": "hi"},
                        }
                    ],
                }
            ],
        }


@pytest.mark.parametrize(
    ("content", "whatsapp", "messenger"),
    [
        (
            Text("x", reply_to="m1"),
            {"context": {"from": PHONE.display_number, "id": "m1"}},
            {"reply_to": {"mid": "m1"}},
        ),
        (Image("look"), {"type": "image"}, {"text": "look"}),
        (Location(0.0, -9.5, "Pier"), {"location": {"latitude": 0.0, "longitude": -9.5, "name": "Pier"}}, {}),
        (
            Button("Yes", "YES"),
            {"interactive": {"type": "button_reply", "button_reply": {"id": "YES", "title": "Yes"}}},
            {"title": "Yes", "payload": "YES"},
        ),
        (
            Reaction("m1", "👍"),
            {"reaction": {"message_id": "m1", "emoji": "👍"}},
            {"mid": "m1", "emoji": "👍"},
        ),
        (
            Edit("m1", "new", revision=2),
            {"edit": {"original_message_id": "m1", "message": {"type": "text", "text": {"body": "new"}}}},
            {"mid": "m1", "text": "new", "num_edit": 2},
        ),
        (Unsend("m1"), {"revoke": {"original_message_id": "m1"}}, {"mid": "m1", "is_deleted": True}),
    ],
    ids=lambda value: value.kind if hasattr(value, "kind") else "",
)
async def test_other_things_that_people_do_have_their_own_shapes(content, whatsapp, messenger):
    async with rig() as at:
        await at.sandbox.say(ANNA, content)
        await at.sandbox.say(BEN, content)
        by_anna, by_ben = (one.parts()[0] for one in at.receiver.received)
    [message] = by_anna["messages"]
    assert whatsapp.items() <= message.items()
    assert message["type"] in message
    [part] = [by_ben[key] for key in ("message", "postback", "reaction", "message_edit") if key in by_ben]
    assert messenger.items() <= part.items()


async def test_a_change_of_number_is_a_system_message_without_contacts():
    async with rig() as at:
        await at.sandbox.say(DORA, NumberChange("4915100000001"))
        [value] = at.receiver.received[0].parts()
    assert "contacts" not in value
    assert value["messages"][0]["from"] == DORA.sender_id
    system = value["messages"][0]["system"]
    assert (system["type"], system["wa_id"]) == ("user_changed_number", "4915100000001")


@pytest.mark.parametrize(
    ("speaker", "content"),
    [(BEN, NumberChange("1")), (USERNAME_ONLY, NumberChange("1")), (CLEO, Location(1.0, 2.0))],
)
async def test_what_a_channel_does_not_have_cannot_be_said(speaker, content):
    async with rig() as at:
        with pytest.raises(CannotSayError):
            await at.sandbox.say(speaker, content)
        assert at.receiver.received == []


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
        from aiohttp import web

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
