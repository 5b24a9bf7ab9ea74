"""What is not answered: others' words, copies, what is no message, and anything while a person answers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from domain import events as e
from domain.events import Fact
from service.sandbox.faults import Refuse, Rule, Slow
from service.sandbox.meta import Account, Dial, Speaker
from service.sandbox.meta.speech import AnyContent, Edit, Reaction, Unsend
from tests.journey import wire
from tests.journey.conftest import INSTAGRAM, MESSENGER, WHATSAPP, Journey, conversation_id, journey

ON_EACH = pytest.mark.parametrize(
    "account", [WHATSAPP, MESSENGER, INSTAGRAM], ids=lambda account: account.channel
)


def told(world: Journey) -> list[str]:
    """What the model was told by customers, in order."""
    return [
        part["text"]
        for thread in world.openai.state()["conversations"]
        for item in thread["items"]
        if item["type"] == "message" and item["role"] == "user"
        for part in item["content"]
    ]


def echo_on(account: Account, person: str, message_id: str, text: str) -> dict[str, Any]:
    """What a colleague wrote in an inbox, or on the phone."""
    if account is WHATSAPP:
        sent = wire.said(WHATSAPP.display_number, text, id=message_id, to=person)
        return wire.whatsapp(wire.value(message_echoes=[sent]), field="smb_message_echoes")
    event = wire.echo(person, message_id, text)
    event["sender"]["id"] = account.account_id
    return wire.page(event, account=account.account_id)


async def nothing_follows(world: Journey, who: Speaker) -> None:
    """Nothing was asked of the model for this person, and nothing is owed or sent."""
    await world.until_rest()
    types = await world.types(who)
    assert not {"DraftAttempted", "ReplyDrafted", "ReplyAttempted"} & set(types)
    assert world.meta.answers(who) == []


# Echoes


@ON_EACH
async def test_what_a_colleague_writes_to_a_person_never_seen_is_recorded_and_not_answered(
    world: Journey, account: Account
) -> None:
    who = world.person("4915112345678", account)
    assert await world.deliver(echo_on(account, who.sender_id, "echo.1", "A colleague here")) == 200
    [echo] = await world.until_recorded(who, e.EchoReceived)
    assert (echo.text, echo.message_id) == ("A colleague here", "echo.1")
    await nothing_follows(world, who)
    await world.meta.say(who, "Who are you?")
    await world.until_answered(who)


async def test_what_a_colleague_wrote_is_not_told_to_the_model_as_the_customers_words(world: Journey) -> None:
    who = world.person("1", MESSENGER)
    await world.meta.say(who, "first")
    await world.until_answered(who)
    await world.deliver(wire.page(wire.echo("1", "m_colleague", "I will look into it")))
    await world.until_recorded(who, e.EchoReceived)
    await world.meta.say(who, "second")
    await world.until_answered(who, 2)
    assert told(world) == ["first", "second"]


@pytest.mark.parametrize("account", [MESSENGER, INSTAGRAM], ids=lambda account: account.channel)
async def test_our_own_echoes_are_recognised_and_start_nothing(world: Journey, account: Account) -> None:
    who = world.person("1", account)
    for n in range(3):
        await world.meta.say(who, f"question {n}")
        await world.until_answered(who, n + 1)
    await world.until_recorded(who, e.DeliveryReported, 6)
    await world.until_rest()
    types = await world.types(who)
    assert "EchoReceived" not in types
    assert types.count("ReplySent") == 3
    assert len(world.meta.answers(who)) == 3


async def test_our_own_echo_is_recognised_by_its_message_id_where_it_carries_no_reference(
    world: Journey,
) -> None:
    world.meta.dial = Dial(no_receipts=1.0)
    who = world.person("1", INSTAGRAM)
    await world.meta.say(who, "hello")
    await world.until_answered(who)
    [sent] = await world.until_recorded(who, e.ReplySent)
    event = wire.echo("1", sent.message_ids[0], "whatever we said")
    event["sender"]["id"] = INSTAGRAM.account_id
    await world.deliver(wire.page(event, account=INSTAGRAM.account_id))
    reported = await world.until_recorded(who, e.DeliveryReported)
    assert (reported[0].status, reported[0].reply_id) == ("sent", sent.reply_id)
    assert await world.of_type(who, e.EchoReceived) == []


# Copies of what another app answers


async def test_copies_on_standby_are_recorded_and_not_answered(world: Journey) -> None:
    stranger, colleague = world.person("1", MESSENGER), world.person("2", MESSENGER)
    copies = [
        wire.event("1", message={"mid": "m_1", "text": "for the other app"}),
        wire.echo("2", "m_2", "from the other app"),
    ]
    await world.deliver(wire.page(*copies, key="standby"))
    [heard] = await world.until_recorded(stranger, e.StandbyReceived)
    [said] = await world.until_recorded(colleague, e.StandbyReceived)
    assert (heard.text, heard.from_business) == ("for the other app", False)
    assert (said.text, said.from_business) == ("from the other app", True)
    await nothing_follows(world, stranger)
    await nothing_follows(world, colleague)


async def test_copies_on_standby_of_whatsapp_are_recorded_and_not_answered(world: Journey) -> None:
    who = world.person("1")
    copies = {"contacts": [{"wa_id": "1"}], "messages": [wire.said("1", "for the other responder")]}
    await world.deliver(wire.whatsapp(wire.value(standby=copies), field="standby"))
    [heard] = await world.until_recorded(who, e.StandbyReceived)
    assert heard.text == "for the other responder"
    await nothing_follows(world, who)


# Who answers


def control(change: str, person: str = "1") -> dict[str, Any]:
    return wire.page(wire.event(person, **{change: {"new_owner_app_id": "7", "metadata": "x"}}))


async def test_without_thread_control_the_bot_is_silent_and_with_it_answers_what_waits(
    world: Journey,
) -> None:
    who = world.person("1", MESSENGER)
    await world.meta.say(who, "first")
    await world.until_answered(who)
    await world.deliver(control("take_thread_control"))
    await world.until_recorded(who, e.HandedOver)
    await world.meta.say(who, "is this a person?")
    await world.until_recorded(who, e.MessageReceived, 2)
    shown = await world.ask(f"/api/v1/conversations/{conversation_id(who)}")
    assert (shown.json["answered_by"], shown.json["awaiting_reply"]) == ("person", True)
    assert (await world.types(who)).count("DraftAttempted") == 1
    await world.deliver(control("pass_thread_control"))
    await world.until_recorded(who, e.HandedBack)
    await world.until_answered(who, 2)
    await world.until_rest()
    assert told(world) == ["first", "is this a person?"]
    assert (await world.types(who)).count("ReplySent") == 2


async def test_a_draft_under_way_when_control_is_lost_is_discarded_and_asked_for_again_afterwards(
    fresh_url: str, tmp_path
) -> None:
    async with journey(fresh_url, tmp_path, draft_timeout=20.0) as world:
        who = world.person("1", MESSENGER)
        world.openai.faults.add(Rule("responses.create", Slow(3.0), times=1))
        await world.meta.say(who, "hello")
        await world.until_recorded(who, e.DraftAttempted)
        await world.deliver(control("take_thread_control"))
        [discarded] = await world.until_recorded(who, e.DraftFailed)
        assert discarded.code == "discarded_handed_over"
        assert world.meta.ledger.sent == 0
        await world.deliver(control("pass_thread_control"))
        await world.until_answered(who)
        await world.until_rest()
        types = await world.types(who)
        assert types.count("ReplySent") == types.count("ReplyDrafted") == len(world.meta.answers(who)) == 1


async def test_a_written_answer_that_waits_to_be_sent_is_held_back_when_control_is_lost(
    fresh_url: str, tmp_path
) -> None:
    async with journey(fresh_url, tmp_path, retry_base=6.0, retry_cap=6.0) as world:
        who = world.person("1", MESSENGER)
        busy = Refuse(429, {"error": {"message": "x", "code": 613}})
        world.meta.faults.add(Rule("send", busy, times=1))
        await world.meta.say(who, "hello")
        await world.until_recorded(who, e.ReplyDeferred)
        await world.deliver(control("take_thread_control"))
        await world.until_recorded(who, e.HandedOver)
        [failed] = await world.until_recorded(who, e.ReplyFailed)
        assert failed.reason == "handed_over"
        await world.until_rest()
        assert world.meta.answers(who) == []


async def test_control_of_a_whatsapp_conversation_can_be_taken_and_passed_back(world: Journey) -> None:
    who = world.person("1")

    def handover(kind: str) -> dict[str, Any]:
        update = {
            "type": kind,
            "timestamp": wire.seconds(),
            "sender": {"phone_number": "1"},
            "recipient": {"phone_number_id": WHATSAPP.account_id},
            kind: {"new_owner_role": "partner"},
        }
        return wire.whatsapp({"messaging_product": "whatsapp", **update}, field="messaging_handovers")

    await world.meta.say(who, "hello")
    await world.until_answered(who)
    await world.deliver(handover("control_taken"))
    await world.until_recorded(who, e.HandedOver)
    await world.meta.say(who, "and now?")
    await world.until_recorded(who, e.MessageReceived, 2)
    await world.deliver(handover("control_passed"))
    await world.until_answered(who, 2)


# What is no message


async def recorded_in_silence(world: Journey, who: Speaker, body: dict[str, Any], kind: type[Fact]) -> None:
    assert await world.deliver(body) == 200
    await world.until_recorded(who, kind)
    await nothing_follows(world, who)


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (
            {"reaction": {"mid": "m_1", "action": "react", "emoji": "👍", "reaction": "like"}},
            e.ReactionReceived,
        ),
        ({"message_edit": {"mid": "m_1", "text": "other words", "num_edit": 1}}, e.MessageEdited),
        ({"message": {"mid": "m_1", "is_deleted": True}}, e.MessageUnsent),
        ({"referral": {"ref": "poster", "source": "SHORTLINK", "type": "OPEN_THREAD"}}, e.ReferralReceived),
        ({"optin": {"type": "notification_messages", "payload": "x"}}, e.OptInReceived),
        ({"request_thread_control": {"requested_owner_app_id": "7"}}, e.UpdateNoted),
    ],
    ids=["reaction", "edit", "unsend", "referral", "optin", "request_thread_control"],
)
async def test_what_a_person_does_besides_writing_is_recorded_and_not_answered(
    world: Journey, payload: dict[str, Any], kind: type[Fact]
) -> None:
    await recorded_in_silence(
        world, world.person("1", MESSENGER), wire.page(wire.event("1", **payload)), kind
    )


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (Reaction("wamid.1", "👍"), e.ReactionReceived),
        (Edit("wamid.1", "other words"), e.MessageEdited),
        (Unsend("wamid.1"), e.MessageUnsent),
    ],
    ids=["reaction", "edit", "unsend"],
)
async def test_what_a_person_does_besides_writing_on_whatsapp_is_recorded_and_not_answered(
    world: Journey, content: AnyContent, kind: type[Fact]
) -> None:
    who = world.person("1")
    await world.meta.say(who, content)
    await world.until_recorded(who, kind)
    await nothing_follows(world, who)


@ON_EACH
async def test_receipts_are_recorded_with_the_reply_that_they_are_about(
    world: Journey, account: Account
) -> None:
    who = world.person("1", account)
    await world.meta.say(who, "hello")
    await world.until_answered(who)
    last = {"whatsapp": 3, "messenger": 3, "instagram": 2}[account.channel]
    reported = await world.until_recorded(who, e.DeliveryReported, last)
    assert {report.status for report in reported} >= {"sent", "read"}
    [drafted] = await world.of_type(who, e.ReplyDrafted)
    about = [report.reply_id for report in reported if report.message_ids]
    assert about == [drafted.reply_id] * len(about) != []
    await world.until_rest()
    assert len(world.meta.answers(who)) == 1


async def test_a_receipt_about_a_person_who_has_no_conversation_is_ignored_with_the_reason(
    world: Journey,
) -> None:
    await world.deliver(wire.whatsapp(wire.value(statuses=[wire.status("read", "wamid.other", "999")])))

    async def ignored() -> bool:
        rows = await world.fetch("SELECT field, reason FROM ignored")
        return [tuple(row) for row in rows] == [("receipt", "about a person who has no conversation")]

    await world.until(ignored)
    assert await world.events(world.person("999")) == []


# Words that change before they are answered


async def said_at_once(world: Journey, who: Speaker, *contents: AnyContent | str) -> None:
    """Several things in one delivery, so that nothing of it is answered before all is recorded. The
    first ``str`` is the message that the others are about."""
    about = world.meta.utterance(who, next(one for one in contents if isinstance(one, str)))
    updates = []
    for content in contents:
        if content == about.text:
            updates.append(about)
        elif isinstance(content, Edit | Unsend):
            updates.append(world.meta.utterance(who, replace_target(content, about.message_id or "")))
        else:
            updates.append(world.meta.utterance(who, content))
    await world.meta.say_together(*updates)


def replace_target(content: Edit | Unsend, message_id: str) -> Edit | Unsend:
    return Edit(message_id, content.text) if isinstance(content, Edit) else Unsend(message_id)


@pytest.mark.parametrize("account", [WHATSAPP, MESSENGER], ids=lambda account: account.channel)
@pytest.mark.parametrize("overtaken", [False, True], ids=["in_order", "overtaken"])
async def test_what_is_edited_before_the_answer_is_answered_as_edited(
    world: Journey, account: Account, *, overtaken: bool
) -> None:
    who = world.person("1", account)
    contents: list[AnyContent | str] = ["Do you have red tea?", Edit("", "Do you have green tea?")]
    await said_at_once(world, who, *(reversed(contents) if overtaken else contents))
    await world.until_answered(who)
    await world.until_rest()
    assert told(world) == ["Do you have green tea?"]


@pytest.mark.parametrize("account", [WHATSAPP, MESSENGER], ids=lambda account: account.channel)
@pytest.mark.parametrize("overtaken", [False, True], ids=["in_order", "overtaken"])
async def test_what_is_taken_back_before_the_answer_is_not_told(
    world: Journey, account: Account, *, overtaken: bool
) -> None:
    who = world.person("1", account)
    contents: list[AnyContent | str] = ["I love my colleague", Unsend("")]
    await said_at_once(world, who, *(reversed(contents) if overtaken else contents), "Do you have red tea?")
    await world.until_answered(who)
    await world.until_rest()
    assert told(world) == ["Do you have red tea?"]


async def test_a_turn_that_is_taken_back_whole_is_not_answered_and_the_next_one_is(world: Journey) -> None:
    who = world.person("1")
    await said_at_once(world, who, "sent by mistake", Unsend(""))
    [failed] = await world.until_recorded(who, e.ReplyFailed)
    assert failed.reason == "unsent"
    await world.until_rest()
    assert world.meta.answers(who) == []
    await world.meta.say(who, "Do you have red tea?")
    await world.until_answered(who)
    assert told(world) == ["Do you have red tea?"]


async def test_of_several_edits_the_last_one_counts_whatever_the_order_of_their_arrival(
    world: Journey,
) -> None:
    who = world.person("1", MESSENGER)
    first = world.meta.utterance(who, "one")
    edits = [
        world.meta.utterance(who, Edit(first.message_id or "", text, revision), at=first.at + revision)
        for revision, text in [(2, "three"), (1, "two")]
    ]
    await world.meta.say_together(first, *edits)
    await world.until_answered(who)
    await world.until_rest()
    assert told(world) == ["three"]


async def test_both_sides_talking_at_once_get_one_answer_for_each_turn_of_the_customer(
    world: Journey,
) -> None:
    who = world.person("1", MESSENGER)
    await asyncio.gather(
        *(world.meta.say(who, f"customer {n}") for n in range(5)),
        *(world.deliver(wire.page(wire.echo("1", f"m_echo{n}", f"colleague {n}"))) for n in range(5)),
    )
    await world.until_recorded(who, e.EchoReceived, 5)
    await world.until_recorded(who, e.MessageReceived, 5)
    await world.until_rest()
    drafts = await world.of_type(who, e.ReplyDrafted)
    assert len(drafts) == len(world.meta.answers(who))
    assert sorted(told(world)) == [f"customer {n}" for n in range(5)]
