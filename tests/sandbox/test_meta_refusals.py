"""How the Send API of the stand-in refuses: malformed requests, limits, and faults to order."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from webhook_receiver import (
    ANNA,
    BEN,
    DORA,
    PAGE,
    PHONE,
    GraphClient,
    code_of,
    rig,
    text_body,
)

from service.sandbox.faults import Down, HangAfter, Nonsense, Refuse, ResetAfter, Rule
from service.sandbox.meta import Dial

HOUR = 3600.0


TO_ANNA = {"messaging_product": "whatsapp", "to": ANNA.sender_id}
TO_BEN = {"recipient": {"id": BEN.sender_id}}


@pytest.mark.parametrize(
    ("account", "body", "code", "says"),
    [
        (PHONE, [], 100, "JSON object"),
        (PHONE, {"to": ANNA.sender_id, "text": {"body": "x"}}, 100, "messaging_product"),
        (PHONE, {"messaging_product": "whatsapp", "text": {"body": "x"}}, 100, "parameter to"),
        (PHONE, TO_ANNA | {"to": 7, "text": {"body": "x"}}, 100, "parameter to"),
        (PHONE, TO_ANNA, 100, "parameter text"),
        (PHONE, TO_ANNA | {"text": {"body": None}}, 100, "must be a string"),
        (PHONE, TO_ANNA | {"text": {"body": ""}}, 100, "required"),
        (PHONE, TO_ANNA | {"type": "hologram", "hologram": {}}, 131051, "not currently supported"),
        (PHONE, TO_ANNA | {"text": {"body": "x"}, "biz_opaque_callback_data": 7}, 100, "must be a string"),
        (PHONE, TO_ANNA | {"text": {"body": "x"}, "biz_opaque_callback_data": "x" * 513}, 100, "512"),
        (PHONE, {"messaging_product": "whatsapp", "status": "seen", "message_id": "x"}, 100, "status"),
        (PHONE, {"messaging_product": "whatsapp", "status": "read"}, 100, "message_id"),
        (
            PHONE,
            {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.404"},
            100,
            "not found",
        ),
        (PAGE, TO_ANNA | {"text": {"body": "x"}}, 100, "does not exist"),
        (PAGE, {"message": {"text": "x"}}, 100, "recipient"),
        (PAGE, {"recipient": {}, "message": {"text": "x"}}, 100, "recipient"),
        (PAGE, {"recipient": {"id": 7}, "message": {"text": "x"}}, 100, "recipient"),
        (PAGE, TO_BEN, 100, "message"),
        (PAGE, TO_BEN | {"message": {"text": ""}}, 100, "empty"),
        (PAGE, TO_BEN | {"message": {"text": "x"}, "messaging_type": "REPLY"}, 100, "messaging_type"),
        (
            PAGE,
            TO_BEN | {"message": {"text": "x"}, "messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"},
            100,
            "tag",
        ),
        (PAGE, TO_BEN | {"message": {"text": "x", "metadata": "x" * 1001}}, 100, "1000"),
        (PAGE, TO_BEN | {"sender_action": "wink"}, 100, "sender_action"),
        (PAGE, TO_BEN | {"sender_action": "typing_on", "message": {"text": "x"}}, 100, "Only one"),
    ],
)
async def test_a_malformed_request_is_refused_with_what_is_wrong(account, body, code, says):
    async with rig() as at:
        await at.sandbox.say(ANNA, "hi")
        await at.sandbox.say(BEN, "hi")
        status, answer = await at.graph.post(account.account_id, body)
        assert (status, code_of(answer)[0]) == (400, code)
        assert says in answer["error"]["message"]
        assert at.sandbox.ledger.sent == 0


async def test_refusals_on_whatsapp_carry_details():
    async with rig() as at:
        await at.sandbox.say(ANNA, "hi")
        _, answer = await at.graph.send(DORA)
        assert answer["error"]["message"].startswith("(#131026) ")
        assert answer["error"]["error_data"] == {
            "messaging_product": "whatsapp",
            "details": "Message Undeliverable.",
        }


async def test_what_is_no_json_is_refused():
    async with rig() as at:
        await at.sandbox.say(BEN, "hi")
        url = f"{at.sandbox.graph_url}/{PAGE.account_id}/messages?access_token=x"
        async with at.graph.session.post(url, data=b"{") as answer:
            assert (answer.status, (await answer.json())["error"]["code"]) == (400, 100)


async def test_any_version_of_the_api_is_served_and_other_paths_are_unknown():
    async with rig() as at:
        await at.sandbox.say(BEN, "hi")
        for path, status in (("v21.0/{}/messages", 200), ("{}/messages", 400), ("v26.0/{}/photos", 400)):
            url = f"{at.sandbox.url}/{path.format(PAGE.account_id)}"
            headers = {"Authorization": "Bearer x"}
            async with at.graph.session.post(url, json=text_body(BEN, "Hello"), headers=headers) as answer:
                assert answer.status == status
                if status == 400:
                    assert code_of(await answer.json()) == (2500, None)


async def test_one_person_gets_a_burst_of_45_then_one_each_six_seconds_where_the_pair_rate_is_on():
    async with rig(dial=Dial(pair_rate=True, no_receipts=1)) as at:
        await at.sandbox.say(ANNA, "hi")
        await at.sandbox.say(DORA, "hi")
        statuses = [(await at.graph.send(ANNA))[0] for _ in range(46)]
        assert statuses == [200] * 45 + [429]
        assert code_of((await at.graph.send(ANNA))[1]) == (131056, None)
        assert (await at.graph.send(DORA))[0] == 200
        at.clock.now += 5.9
        assert (await at.graph.send(ANNA))[0] == 429
        at.clock.now += 0.2
        assert [(await at.graph.send(ANNA))[0] for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(("speaker", "code"), [(ANNA, 130429), (BEN, 613)], ids=["whatsapp", "messenger"])
async def test_an_account_is_held_to_its_throughput_where_one_is_set(speaker, code):
    async with rig(dial=Dial(throughput=3, no_receipts=1)) as at:
        await at.sandbox.say(speaker, "hi")
        answers = [await at.graph.send(speaker) for _ in range(4)]
        assert [status for status, _ in answers] == [200, 200, 200, 429]
        assert code_of(answers[-1][1]) == (code, None)
        at.clock.now += 1
        assert (await at.graph.send(speaker))[0] == 200


async def test_whatsapp_can_say_yes_and_report_the_failure_later():
    async with rig(dial=Dial(late_failures=1)) as at:
        await at.sandbox.say(ANNA, "hi", at=at.clock.now - 25 * HOUR)
        status, answer = await at.graph.send(ANNA, reference="reply-1")
        assert status == 200
        await at.receiver.until(lambda: at.receiver.told() == ["failed"])
        [failed] = at.receiver.received[-1].parts()[0]["statuses"]
        assert failed["id"] == answer["messages"][0]["id"]
        assert failed["biz_opaque_callback_data"] == "reply-1"
        assert [error["code"] for error in failed["errors"]] == [131047]
        assert at.sandbox.answers(ANNA) == []
        assert at.sandbox.ledger.sends[-1].failure == 131047


async def test_other_refusals_are_never_put_off():
    async with rig(dial=Dial(late_failures=1)) as at:
        await at.sandbox.say(BEN, "hi", at=at.clock.now - 25 * HOUR)
        assert code_of((await at.graph.send(BEN))[1]) == (10, 2018278)


async def test_a_rule_of_the_fault_dial_refuses_as_often_as_it_says():
    async with rig() as at:
        await at.sandbox.say(ANNA, "hi")
        at.sandbox.faults.add(Rule("send", Refuse(503), times=1, conversation=ANNA.sender_id))
        url = f"{at.sandbox.graph_url}/{PHONE.account_id}/messages"
        headers = {"Authorization": "Bearer x"}
        async with at.graph.session.post(url, json=text_body(ANNA, "Hello"), headers=headers) as answer:
            assert answer.status == 503
        assert (await at.graph.send(ANNA))[0] == 200
        assert at.sandbox.ledger.calls() == {"send": {"200": 1, "503": 1}}


async def test_a_preset_refuses_in_metas_words():
    async with rig() as at:
        await at.sandbox.say(BEN, "hi")
        at.sandbox.faults.add_json(b'{"operation": "*", "effect": "token_expired"}')
        assert code_of((await at.graph.send(BEN))[1]) == (190, 463)
        at.sandbox.faults.clear()
        at.sandbox.faults.add_json(b'{"operation": "send", "effect": "temporary"}')
        status, answer = await at.graph.send(BEN)
        assert (status, answer["error"]["is_transient"]) == (500, True)


async def test_a_fault_before_the_work_sends_nothing_and_one_after_it_hides_a_send_that_was_made():
    async with rig() as at:
        await at.sandbox.say(ANNA, "hi")
        at.sandbox.faults.add(Rule("send", Down(), text="first"))
        at.sandbox.faults.add(Rule("send", ResetAfter(), text="second"))
        at.sandbox.faults.add(Rule("send", HangAfter(), text="third"))
        at.sandbox.faults.add(Rule("send", Nonsense({"surprise": True}), text="fourth"))
        for text in ("first", "second"):
            with pytest.raises(aiohttp.ClientError):
                await at.graph.send(ANNA, text)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(at.graph.send(ANNA, "third"), 0.3)
        assert await at.graph.send(ANNA, "fourth") == (200, {"surprise": True})
        assert [send.text for send in at.sandbox.answers(ANNA)] == ["second", "third"]
        await at.sandbox.ledger.changes.until(
            lambda: at.sandbox.ledger.calls()["send"].get("hung") == 1, within=5
        )
        assert at.sandbox.ledger.calls() == {"send": {"200": 1, "hung": 1, "reset": 2}}


async def test_a_mark_of_reading_is_told_apart_from_others_by_whose_message_it_is():
    async with rig() as at:
        from_anna, _ = await at.sandbox.say(ANNA, "hi")
        from_dora, _ = await at.sandbox.say(DORA, "hi")
        at.sandbox.faults.add(Rule("mark_read", Refuse(500, {"error": {}}), conversation=ANNA.sender_id))
        graph: GraphClient = at.graph
        for message_id, status in ((from_anna, 500), (from_dora, 200)):
            mark = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
            assert (await graph.post(PHONE.account_id, mark))[0] == status
