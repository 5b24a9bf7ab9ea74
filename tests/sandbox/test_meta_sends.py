"""The Send API of the stand-in: what it accepts, and how it refuses."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from webhook_receiver import (
    ANNA,
    BEN,
    CLEO,
    DORA,
    INSTAGRAM,
    PAGE,
    PHONE,
    USERNAME_ONLY,
    GraphClient,
    rig,
    text_body,
)

from service.sandbox.faults import Down, HangAfter, Nonsense, Refuse, ResetAfter, Rule
from service.sandbox.meta import Account, Dial, Speaker
from service.sandbox.meta.speech import NumberChange

HOUR = 3600.0
EVERYBODY = pytest.mark.parametrize("speaker", [ANNA, BEN, CLEO], ids=["whatsapp", "messenger", "instagram"])


def code_of(answer):
    error = answer["error"]
    assert error["type"] == "OAuthException"
    assert error["fbtrace_id"]
    return error["code"], error.get("error_subcode")


async def test_a_text_on_whatsapp_is_accepted_and_recorded_with_its_reference():
    async with rig() as at:
        await at.sandbox.say(ANNA, "hi")
        status, answer = await at.graph.send(ANNA, "Hello!", reference="reply-1")
        assert status == 200
        assert answer["messaging_product"] == "whatsapp"
        assert answer["contacts"] == [
            {"input": "+4915112345678", "wa_id": "4915112345678", "user_id": "DE.13491208655302741918"}
        ]
        [message] = answer["messages"]
        assert message["id"].startswith("wamid.")
        [send] = at.sandbox.answers(ANNA)
        assert (send.account, send.recipient, send.text, send.reference, send.message_id, send.at) == (
            PHONE.account_id, ANNA.sender_id, "Hello!", "reply-1", message["id"], at.clock.now,
        )  # fmt: skip


@pytest.mark.parametrize("speaker", [BEN, CLEO], ids=["messenger", "instagram"])
async def test_a_text_on_messenger_and_instagram_is_accepted_and_recorded(speaker):
    async with rig() as at:
        await at.sandbox.say(speaker, "hi")
        status, answer = await at.graph.send(speaker, "Hello!", reference="reply-1")
        assert status == 200
        assert answer["recipient_id"] == speaker.sender_id
        [send] = at.sandbox.answers(speaker)
        assert (send.channel, send.message_id, send.reference) == (
            speaker.account.channel, answer["message_id"], "reply-1",
        )  # fmt: skip


async def test_a_business_scoped_id_is_addressed_as_recipient():
    async with rig() as at:
        await at.sandbox.say(USERNAME_ONLY, "hi")
        body = {
            "messaging_product": "whatsapp",
            "recipient": USERNAME_ONLY.sender_id,
            "text": {"body": "Hello"},
        }
        status, answer = await at.graph.post(PHONE.account_id, body)
        assert status == 200
        assert answer["contacts"] == [{"input": USERNAME_ONLY.sender_id, "user_id": USERNAME_ONLY.sender_id}]
        assert len(at.sandbox.answers(USERNAME_ONLY)) == 1


async def test_of_to_and_recipient_to_wins():
    async with rig() as at:
        await at.sandbox.say(ANNA, "hi")
        body = text_body(ANNA, "Hello") | {"recipient": "DE.0000"}
        assert (await at.graph.post(PHONE.account_id, body))[0] == 200
        assert len(at.sandbox.answers(ANNA)) == 1


@pytest.mark.parametrize(
    ("speaker", "fits", "too_long"),
    [
        (ANNA, "é" * 4096, "é" * 4097),
        (BEN, "é" * 2000, "é" * 2001),
        (CLEO, "é" * 500, "é" * 501),
    ],
    ids=["whatsapp counts characters", "messenger counts characters", "instagram counts bytes"],
)
async def test_a_text_may_be_as_long_as_the_channel_allows_and_no_longer(speaker, fits, too_long):
    async with rig() as at:
        await at.sandbox.say(speaker, "hi")
        assert (await at.graph.send(speaker, fits))[0] == 200
        status, answer = await at.graph.send(speaker, too_long)
        assert (status, code_of(answer)) == (400, (100, None))
        assert len(at.sandbox.answers(speaker)) == 1


@EVERYBODY
async def test_without_a_token_or_with_a_wrong_one_nothing_is_sent(speaker):
    async with rig(access_token="right") as at:
        await at.sandbox.say(speaker, "hi")
        account, body = speaker.account.account_id, text_body(speaker, "Hello")
        for token in (None, "", "wrong"):
            status, answer = await at.graph.post(account, body, token=token)
            assert (status, code_of(answer)) == (401, (190, None))
        assert at.sandbox.answers(speaker) == []
        assert (await at.graph.post(account, body, token="right"))[0] == 200


async def test_the_token_may_be_a_parameter_of_the_query_or_the_body():
    async with rig(access_token="right") as at:
        await at.sandbox.say(BEN, "hi")
        body = text_body(BEN, "Hello")
        query = {"access_token": "right"}
        assert (await at.graph.post(PAGE.account_id, body, token=None, params=query))[0] == 200
        assert (await at.graph.post(PAGE.account_id, body | query, token=None))[0] == 200


async def test_an_account_with_a_token_of_its_own_takes_no_other():
    account = Account(channel="messenger", account_id="77", access_token="its own")
    person = Speaker(account=account, sender_id="5")
    async with rig(access_token="common") as at:
        await at.sandbox.say(person, "hi")
        assert (await at.graph.post("77", text_body(person, "Hello"), token="common"))[0] == 401
        assert (await at.graph.post("77", text_body(person, "Hello"), token="its own"))[0] == 200


@pytest.mark.parametrize(
    ("speaker", "code"),
    [(ANNA, (131047, None)), (BEN, (10, 2018278)), (CLEO, (10, 2018278))],
    ids=["whatsapp", "messenger", "instagram"],
)
async def test_the_window_closes_a_day_after_the_persons_last_message(speaker, code):
    async with rig() as at:
        await at.sandbox.say(speaker, "hi")
        at.clock.now += 24 * HOUR
        assert (await at.graph.send(speaker))[0] == 200
        at.clock.now += 1
        status, answer = await at.graph.send(speaker)
        assert (status, code_of(answer)) == (400, code)
        await at.sandbox.say(speaker, "still there?")
        assert (await at.graph.send(speaker))[0] == 200


async def test_the_window_counts_from_when_the_message_was_written_not_from_when_it_came():
    async with rig() as at:
        await at.sandbox.say(ANNA, "hi", at=at.clock.now - 25 * HOUR)
        assert code_of((await at.graph.send(ANNA))[1]) == (131047, None)


async def test_a_human_may_answer_on_messenger_for_seven_days():
    async with rig() as at:
        await at.sandbox.say(BEN, "hi")
        at.clock.now += 7 * 24 * HOUR
        tagged = text_body(BEN, "Hello") | {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        assert (await at.graph.post(PAGE.account_id, tagged))[0] == 200
        at.clock.now += 1
        assert code_of((await at.graph.post(PAGE.account_id, tagged))[1]) == (10, 2018278)


@pytest.mark.parametrize(
    ("speaker", "stranger", "code"),
    [
        (ANNA, DORA, (131026, None)),
        (BEN, Speaker(account=PAGE, sender_id="404"), (100, 2018001)),
        (CLEO, Speaker(account=INSTAGRAM, sender_id="404"), (100, 2018001)),
    ],
    ids=["whatsapp", "messenger", "instagram"],
)
async def test_somebody_who_never_wrote_is_nobody_unless_strangers_are_allowed(speaker, stranger, code):
    async with rig() as at:
        await at.sandbox.say(speaker, "hi")
        status, answer = await at.graph.send(stranger)
        assert (status, code_of(answer)) == (400, code)
        at.sandbox.dial = Dial(strangers=True)
        for _ in range(2):
            assert (await at.graph.send(stranger))[0] == 200
        assert len(at.sandbox.answers(stranger)) == 2


async def test_an_account_nobody_wrote_to_does_not_exist_unless_strangers_are_allowed():
    async with rig() as at:
        for speaker in (ANNA, BEN):
            assert code_of((await at.graph.send(speaker))[1]) == (100, 33)
        at.sandbox.dial = Dial(strangers=True)
        for speaker in (ANNA, BEN):
            assert (await at.graph.send(speaker))[0] == 200


@pytest.mark.parametrize(
    ("speaker", "code"),
    [(ANNA, (131026, None)), (BEN, (551, 1545041)), (CLEO, (551, 1545041))],
    ids=["whatsapp", "messenger", "instagram"],
)
async def test_somebody_who_blocked_the_account_cannot_be_reached(speaker, code):
    async with rig() as at:
        await at.sandbox.say(speaker, "hi")
        at.sandbox.block(speaker)
        status, answer = await at.graph.send(speaker)
        assert (status, code_of(answer)) == (400, code)


async def test_after_a_change_of_number_only_the_new_one_is_reached():
    async with rig() as at:
        await at.sandbox.say(ANNA, "hi")
        await at.sandbox.say(ANNA, NumberChange("4915100000001"))
        assert code_of((await at.graph.send(ANNA))[1]) == (131026, None)
        renumbered = ANNA.renumbered("4915100000001")
        assert (await at.graph.send(renumbered))[0] == 200
        assert len(at.sandbox.answers(renumbered)) == 1


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


async def test_a_message_is_marked_read_and_typing_shown_on_whatsapp():
    async with rig() as at:
        message_id, _ = await at.sandbox.say(ANNA, "hi")
        mark = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
        assert await at.graph.post(PHONE.account_id, mark) == (200, {"success": True})
        typing = mark | {"typing_indicator": {"type": "text"}}
        assert await at.graph.post(PHONE.account_id, typing) == (200, {"success": True})
        assert at.sandbox.ledger.calls() == {"mark_read": {"200": 1}, "typing": {"200": 1}}
        assert at.sandbox.ledger.sent == 0


async def test_sender_actions_are_taken_on_messenger():
    async with rig() as at:
        await at.sandbox.say(BEN, "hi")
        for action in ("mark_seen", "typing_on", "typing_off"):
            answer = await at.graph.post(PAGE.account_id, TO_BEN | {"sender_action": action})
            assert answer == (200, {"recipient_id": BEN.sender_id})
        stranger = {"recipient": {"id": "404"}, "sender_action": "typing_on"}
        assert code_of((await at.graph.post(PAGE.account_id, stranger))[1]) == (100, 2018001)
        assert at.sandbox.ledger.calls() == {"mark_read": {"200": 1}, "typing": {"200": 2, "400": 1}}


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
