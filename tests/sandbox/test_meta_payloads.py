"""What the stand-in posts: the exact bytes, and the shape of each thing that people do."""

from __future__ import annotations

import json
import unicodedata

import pytest
from webhook_receiver import (
    ANNA,
    BEN,
    CLEO,
    DORA,
    PHONE,
    USERNAME_ONLY,
    rig,
)

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
from service.sandbox.meta.updates import encode, signature


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
