"""The Send API of the stand-in: whom it reaches, with what, and for how long."""

from __future__ import annotations

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
    code_of,
    rig,
    text_body,
)

from service.sandbox.meta import Account, Dial, Speaker
from service.sandbox.meta.speech import NumberChange

HOUR = 3600.0
EVERYBODY = pytest.mark.parametrize("speaker", [ANNA, BEN, CLEO], ids=["whatsapp", "messenger", "instagram"])


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


async def test_any_token_will_do_where_none_is_set_but_there_has_to_be_one():
    async with rig() as at:
        await at.sandbox.say(BEN, "hi")
        body = text_body(BEN, "Hello")
        statuses = [
            (await at.graph.post(PAGE.account_id, body, token=token))[0] for token in (None, " ", "any")
        ]
        assert statuses == [401, 401, 200]


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
            answer = await at.graph.post(
                PAGE.account_id, {"recipient": {"id": BEN.sender_id}} | {"sender_action": action}
            )
            assert answer == (200, {"recipient_id": BEN.sender_id})
        stranger = {"recipient": {"id": "404"}, "sender_action": "typing_on"}
        assert code_of((await at.graph.post(PAGE.account_id, stranger))[1]) == (100, 2018001)
        assert at.sandbox.ledger.calls() == {"mark_read": {"200": 1}, "typing": {"200": 2, "400": 1}}
