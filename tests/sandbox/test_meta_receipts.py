"""What the stand-in tells the webhook about sends."""

from __future__ import annotations

import pytest
from webhook_receiver import ANNA, BEN, CLEO, USERNAME_ONLY, Receiver, rig, text_body

from service.sandbox.meta import Dial

QUICKLY = Dial(receipt_pause=0)


async def test_a_send_on_whatsapp_is_reported_sent_delivered_and_read_with_its_reference():
    async with rig(dial=QUICKLY) as at:
        await at.sandbox.say(ANNA, "hi")
        _, answer = await at.graph.send(ANNA, reference="reply-1")
        await at.receiver.until(lambda: at.receiver.told() == ["sent", "delivered", "read"])
        for one in at.receiver.received[1:]:
            assert (one.path, one.genuine) == ("/webhooks/whatsapp", True)
            [value] = one.parts()
            assert value["metadata"]["phone_number_id"] == ANNA.account.account_id
            [status] = value["statuses"]
            assert status["id"] == answer["messages"][0]["id"]
            assert status["biz_opaque_callback_data"] == "reply-1"
            assert status["recipient_id"] == ANNA.sender_id
            assert status["timestamp"] == str(int(at.clock.now))


async def test_somebody_without_a_number_is_named_by_user_id_in_statuses():
    async with rig(dial=QUICKLY) as at:
        await at.sandbox.say(USERNAME_ONLY, "hi")
        body = {
            "messaging_product": "whatsapp",
            "recipient": USERNAME_ONLY.sender_id,
            "text": {"body": "Hello"},
        }
        await at.graph.post(USERNAME_ONLY.account.account_id, body)
        await at.receiver.until(lambda: "read" in at.receiver.told())
        [status] = at.receiver.received[-1].parts()[0]["statuses"]
        assert status["recipient_user_id"] == USERNAME_ONLY.sender_id
        assert "recipient_id" not in status


async def test_a_send_on_messenger_is_echoed_delivered_and_read():
    async with rig(dial=QUICKLY) as at:
        await at.sandbox.say(BEN, "hi")
        _, answer = await at.graph.send(BEN, "Hello!", reference="reply-1")
        await at.receiver.until(lambda: at.receiver.told() == ["echo", "delivery", "read"])
        echo, delivery, read = (one.parts()[0] for one in at.receiver.received[1:])
        assert (echo["sender"]["id"], echo["recipient"]["id"]) == (BEN.account.account_id, BEN.sender_id)
        assert echo["message"]["mid"] == answer["message_id"]
        assert (echo["message"]["text"], echo["message"]["metadata"]) == ("Hello!", "reply-1")
        assert isinstance(echo["message"]["app_id"], int)
        assert (delivery["sender"]["id"], delivery["recipient"]["id"]) == (
            BEN.sender_id,
            BEN.account.account_id,
        )
        assert delivery["delivery"]["mids"] == [answer["message_id"]]
        assert delivery["delivery"]["watermark"] == read["read"]["watermark"] == round(at.clock.now * 1000)


async def test_a_send_on_instagram_is_echoed_and_read_by_message_id():
    async with rig(dial=QUICKLY) as at:
        await at.sandbox.say(CLEO, "hi")
        _, answer = await at.graph.send(CLEO)
        await at.receiver.until(lambda: at.receiver.told() == ["echo", "read"])
        assert {one.payload["object"] for one in at.receiver.received} == {"instagram"}
        assert at.receiver.received[-1].parts()[0]["read"] == {"mid": answer["message_id"]}


async def test_typing_and_reading_are_not_reported():
    async with rig(dial=QUICKLY) as at:
        message_id, _ = await at.sandbox.say(ANNA, "hi")
        mark = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
        await at.graph.post(ANNA.account.account_id, mark)
        await at.graph.send(ANNA)
        await at.receiver.until(lambda: at.receiver.told() == ["sent", "delivered", "read"])
        assert len(at.receiver.received) == 4


@pytest.mark.parametrize(
    ("speaker", "dial", "told"),
    [
        (BEN, {"no_echo": 1}, ["delivery", "read"]),
        (BEN, {"read_without_delivered": 1}, ["echo", "read"]),
        (ANNA, {"read_without_delivered": 1}, ["sent", "read"]),
        (CLEO, {"no_echo": 1}, ["read"]),
    ],
)
async def test_receipts_are_left_out_as_the_dial_says(speaker, dial, told):
    async with rig(dial=Dial(receipt_pause=0, **dial)) as at:
        await at.sandbox.say(speaker, "hi")
        await at.graph.send(speaker)
        await at.receiver.until(lambda: at.receiver.told() == told)
        await at.sandbox.say(speaker, "and now?")
        assert at.receiver.told() == told


@pytest.mark.parametrize("speaker", [ANNA, BEN, CLEO], ids=["whatsapp", "messenger", "instagram"])
async def test_there_are_no_receipts_where_they_are_off(speaker):
    async with rig(dial=Dial(no_receipts=1, receipt_pause=0)) as at:
        await at.sandbox.say(speaker, "hi")
        await at.graph.send(speaker)
        at.sandbox.dial = QUICKLY
        _, second = await at.graph.send(speaker)
        await at.receiver.until(lambda: "read" in at.receiver.told())
        message_id = second.get("message_id") or second["messages"][0]["id"]
        updates = [
            update for one in at.sandbox.ledger.deliveries for update in one.updates if not update.by_person
        ]
        assert {update.message_id for update in updates} == {message_id}


async def test_statuses_can_come_before_the_answer_of_their_own_send():
    receiver = Receiver()
    async with rig(receiver, dial=Dial(early_statuses=1)) as at:
        await at.sandbox.say(ANNA, "hi")
        status, _ = await at.graph.post(ANNA.account.account_id, text_body(ANNA, "Hello"))
        assert status == 200
        assert receiver.told() == ["sent", "delivered", "read"]


async def test_without_early_statuses_the_answer_comes_first():
    async with rig(dial=Dial(receipt_pause=0.2)) as at:
        await at.sandbox.say(ANNA, "hi")
        await at.graph.send(ANNA)
        assert at.receiver.told() == []
        await at.receiver.until(lambda: at.receiver.told() == ["sent", "delivered", "read"])
