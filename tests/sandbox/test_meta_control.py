"""What other processes see and turn at the stand-in, over HTTP."""

from __future__ import annotations

import asyncio
import json

import pytest
from webhook_receiver import ANNA, BEN, PHONE, Receiver, rig

from service.sandbox.meta import Dial, RetryPolicy

SAY = {"channel": "whatsapp", "account": "106540352242922", "customer": "491511", "text": "hi"}


async def test_the_state_shows_sends_in_order_and_how_calls_and_deliveries_fared():
    async with rig(dial=Dial(no_receipts=1)) as at:
        await at.sandbox.say(ANNA, "hi")
        await at.sandbox.say(BEN, "hi")
        await at.graph.send(ANNA, "one", reference="r1")
        await at.graph.send(BEN, "two", reference="r2")
        await at.graph.send(ANNA, "x" * 5000)
        status, state = await at.graph.control("GET", "state")
        assert status == 200
        assert [
            (send["account"], send["recipient"], send["text"], send["reference"]) for send in state["sends"]
        ] == [
            (PHONE.account_id, ANNA.sender_id, "one", "r1"),
            (BEN.account.account_id, BEN.sender_id, "two", "r2"),
        ]
        assert all(send["message_id"] and send["at"] == at.clock.now for send in state["sends"])
        assert state["calls"] == {"send": {"200": 2, "400": 1}}
        assert state["deliveries"] == {
            "posted": 2, "acknowledged": 2, "refused": 0, "retried": 0, "pending": 0, "abandoned": 0,
            "copies": 0, "forged": 0, "forged_refused": 0,
        }  # fmt: skip
        status, state = await at.graph.control("GET", "state?last=1")
        assert [send["text"] for send in state["sends"]] == ["two"]
        assert state["sends_total"] == 2


async def test_a_customer_writes_and_the_answer_tells_that_it_was_acknowledged():
    async with rig() as at:
        status, said = await at.graph.control("POST", "say", SAY | {"name": "Zoë", "at": 1_700_000_000})
        assert status == 200
        assert said["acknowledged_at"] == at.clock.now
        assert at.receiver.message_ids() == [said["message_id"]]
        [value] = at.receiver.received[0].parts()
        assert value["contacts"][0]["profile"]["name"] == "Zoë"
        assert value["messages"][0]["timestamp"] == "1700000000"


async def test_a_customer_may_send_something_other_than_text():
    async with rig() as at:
        content = {"kind": "location", "latitude": 53.5, "longitude": 10, "name": "Pier"}
        body = {"channel": "messenger", "account": "1", "customer": "2", "content": content}
        assert (await at.graph.control("POST", "say", body))[0] == 200
        [event] = at.receiver.received[0].parts()
        assert event["message"]["attachments"][0]["payload"] == {"coordinates": {"lat": 53.5, "long": 10.0}}


async def test_what_is_not_acknowledged_in_time_is_answered_504_and_still_on_its_way():
    async with rig(Receiver(answer=lambda _one: 503), retry=RetryPolicy(base=0.01, cap=0.05)) as at:
        status, said = await at.graph.control("POST", "say", SAY | {"within": 0.2})
        assert (status, said["acknowledged_at"]) == (504, None)
        at.receiver.answer = lambda _one: 200
        await at.sandbox.wait_until_settled(within=5)
        assert at.sandbox.ledger.counts()["acknowledged"] == 1


async def test_the_dial_is_turned_in_part():
    async with rig(dial=Dial(late=0.1)) as at:
        status, dial = await at.graph.control("POST", "dial", {"duplicates": 0.5, "throughput": 80})
        assert (status, dial["duplicates"], dial["late"], dial["throughput"]) == (200, 0.5, 0.1, 80)
        assert at.sandbox.dial == Dial(late=0.1, duplicates=0.5, throughput=80)
        assert (await at.graph.control("GET", "dial")) == (200, dial)


async def test_fault_rules_are_set_shown_and_cleared():
    async with rig() as at:
        await at.sandbox.say(ANNA, "hi")
        rule = {"operation": "send", "effect": "whatsapp_throughput", "times": 1}
        assert (await at.graph.control("POST", "faults", rule))[0] == 201
        status, answer = await at.graph.send(ANNA)
        assert (status, answer["error"]["code"]) == (429, 130429)
        _, shown = await at.graph.control("GET", "faults")
        assert [placed["fired"] for placed in shown["rules"]] == [1]
        assert await at.graph.control("DELETE", "faults") == (200, {"rules": []})


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "say", SAY | {"channel": "pigeon"}, "channel"),
        ("POST", "say", {key: SAY[key] for key in ("channel", "account", "text")}, "customer"),
        ("POST", "say", SAY | {"customer": ""}, "customer"),
        ("POST", "say", SAY | {"account": 7}, "account"),
        ("POST", "say", SAY | {"colour": "red"}, "colour"),
        ("POST", "say", SAY | {"at": "noon"}, "at"),
        ("POST", "say", SAY | {"within": 0}, "within"),
        ("POST", "say", SAY | {"text": None}, "text"),
        ("POST", "say", SAY | {"content": {"kind": "text", "text": "x"}}, "text"),
        ("POST", "say", SAY | {"text": None, "content": {"kind": "dance"}}, "content.kind"),
        (
            "POST",
            "say",
            SAY | {"text": None, "content": {"kind": "location", "latitude": 1}},
            "content.longitude",
        ),
        ("POST", "say", [], ""),
        ("POST", "dial", {"duplicates": 1.5}, "duplicates"),
        ("POST", "dial", {"duplicates": "often"}, "duplicates"),
        ("POST", "dial", {"batch_size": 1}, "batch_size"),
        ("POST", "dial", {"volume": 11}, "volume"),
        ("POST", "dial", [], ""),
        ("POST", "repeat", {"message_id": "wamid.404"}, "message_id"),
        ("POST", "faults", {"operation": "dance", "effect": "down"}, "operation"),
        ("GET", "state?last=-1", None, "last"),
        ("GET", "state?first=1", None, "first"),
        ("GET", "history?last=1", None, "last"),
    ],
)
async def test_bad_input_is_refused_with_the_field_at_fault(method, path, body, field):
    async with rig() as at:
        status, answer = await at.graph.control(method, path, body)
        assert status == 400
        assert answer["error"]["field"] == field
        assert answer["error"]["message"]
        assert at.receiver.received == []


async def test_an_account_is_on_one_channel():
    async with rig() as at:
        await at.sandbox.say(ANNA, "hi")
        status, answer = await at.graph.control("POST", "say", SAY | {"channel": "messenger"})
        assert (status, answer["error"]["field"]) == (400, "channel")
        renumbered = SAY | {"channel": "instagram", "account": "5", "text": None}
        content = {"kind": "location", "latitude": 1, "longitude": 2}
        status, answer = await at.graph.control("POST", "say", renumbered | {"content": content})
        assert (status, answer["error"]["field"]) == (400, "content")


async def test_a_body_that_is_no_json_is_refused():
    async with rig() as at:
        for path in ("say", "dial", "repeat"):
            url = f"{at.sandbox.url}/_sandbox/{path}"
            async with at.graph.session.post(url, data=b"{") as answer:
                assert answer.status == 400


async def test_a_message_is_posted_again_and_the_handshake_made_on_demand():
    async with rig() as at:
        _, said = await at.graph.control("POST", "say", SAY)
        repeated = await at.graph.control("POST", "repeat", {"message_id": said["message_id"]})
        assert repeated == (200, {"status": 200})
        assert len(at.receiver.received) == 2
        checked = {"/webhooks/messenger": True, "/webhooks/whatsapp": True}
        assert await at.graph.control("POST", "handshake") == (200, checked)


async def test_the_history_tells_everything_with_bodies_and_attempts():
    answers = iter([500])
    async with rig(Receiver(answer=lambda _one: next(answers, 200)), dial=Dial(receipt_pause=0)) as at:
        message_id, _ = await at.sandbox.say(ANNA, "hi")
        await at.graph.send(ANNA, "Hello", reference="r1")
        await at.receiver.until(lambda: "read" in at.receiver.told())
        await at.sandbox.wait_until_settled()
        status, history = await at.graph.control("GET", "history")
        assert status == 200
        assert history == json.loads(json.dumps(at.sandbox.dump()))
        assert [send["reference"] for send in history["sends"]] == ["r1"]
        first, *receipts = history["history"]
        assert first["message_ids"] == [message_id]
        assert first["body"] == at.receiver.received[0].payload
        assert [attempt["status"] for attempt in first["attempts"]] == [500, 200]
        assert first["acknowledged_at"] == at.clock.now
        assert [delivery["kinds"] for delivery in receipts] == [["sent"], ["delivered"], ["read"]]


async def test_what_is_remembered_is_bounded_while_the_counts_go_on():
    async with rig(history=3, dial=Dial(no_receipts=1)) as at:
        for n in range(5):
            await at.sandbox.say(ANNA, f"{n}")
            await at.graph.send(ANNA, f"answer {n}")
        state = at.sandbox.dump()
        assert [send["text"] for send in state["sends"]] == ["answer 2", "answer 3", "answer 4"]
        assert (state["sends_total"], len(state["history"])) == (5, 3)
        assert (state["deliveries"]["posted"], state["deliveries"]["acknowledged"]) == (5, 5)
        assert len(at.sandbox.answers(ANNA)) == 3
        assert len(await asyncio.wait_for(at.sandbox.wait_for_answers(ANNA, 5), 5)) == 3


async def test_people_who_were_silent_for_longest_are_forgotten_first():
    async with rig(history=2) as at:
        people = [{**SAY, "customer": f"49151{n}"} for n in range(3)]
        for person in people:
            await at.graph.control("POST", "say", person)
        known = [at.sandbox.people.find(PHONE.account_id, person["customer"]) for person in people]
        assert [person is not None for person in known] == [False, True, True]
