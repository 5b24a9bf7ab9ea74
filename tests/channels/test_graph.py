"""What the client sends on each channel, and what each answer of the Graph API comes to."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest
from graph_server import (
    INSTAGRAM,
    MESSENGER,
    TOKEN,
    WHATSAPP,
    client_of,
    closed_port,
    hang,
    playing_graph,
    refused,
    reset,
    unknown,
)

from domain.identity import CHANNELS, Sender
from service.channels.graph import MAX_REFERENCE, GraphClient, Sent


@pytest.fixture
async def graph():
    async with playing_graph() as played:
        yield played


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as opened:
        yield opened


async def test_a_whatsapp_text_goes_to_the_number_with_its_plus(graph, session):
    sent = await client_of(session, graph.url).send_text(
        WHATSAPP, "Olá 😀", reference="reply-1", reply_to="wamid.A=="
    )
    assert sent == Sent("wamid.HBgL==")
    ((path, headers, body),) = graph.heard
    assert path == "/v26.0/106540352242922/messages"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["Content-Type"] == "application/json"
    assert body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+16505551234",
        "type": "text",
        "text": {"body": "Olá 😀", "preview_url": False},
        "context": {"message_id": "wamid.A=="},
        "biz_opaque_callback_data": "reply-1",
    }


@pytest.mark.parametrize("user_id", ["US.13491208655302741918", "US.ENT.11815799212886844830", "user.9a8b7c"])
async def test_a_whatsapp_text_goes_to_a_business_scoped_id_as_recipient(graph, session, user_id):
    await client_of(session, graph.url).send_text(WHATSAPP.known_as(user_id), "Hello", reference="reply-1")
    (body,) = graph.bodies
    assert body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "recipient": user_id,
        "type": "text",
        "text": {"body": "Hello", "preview_url": False},
        "biz_opaque_callback_data": "reply-1",
    }


@pytest.mark.parametrize(
    ("number", "to"), [("+16505551234", "+16505551234"), ("5215512345678", "+5215512345678")]
)
async def test_a_number_is_not_normalised_beyond_its_plus(graph, session, number, to):
    await client_of(session, graph.url).send_text(WHATSAPP.known_as(number), "Hello", reference="r")
    assert graph.bodies[0]["to"] == to


async def test_a_messenger_text_is_a_response_from_the_page(graph, session):
    sent = await client_of(session, graph.url).send_text(
        MESSENGER, "Hello", reference="reply-1", reply_to="m_1"
    )
    assert sent == Sent("m_AG5Hz2")
    ((path, headers, body),) = graph.heard
    assert path == "/v26.0/682498171943165/messages"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert body == {
        "recipient": {"id": "7101234567890123"},
        "messaging_type": "RESPONSE",
        "message": {"text": "Hello", "metadata": "reply-1"},
        "reply_to": {"mid": "m_1"},
    }


@pytest.mark.parametrize("to", [MESSENGER, INSTAGRAM], ids=lambda to: to.channel)
async def test_what_a_person_writes_late_is_tagged_as_a_human_agents(graph, session, to):
    await client_of(session, graph.url).send_text(to, "Kim here", reference="p1", human_agent=True)
    assert (graph.bodies[0]["messaging_type"], graph.bodies[0]["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")


async def test_an_instagram_text_goes_out_through_the_node_that_serves_the_account(graph, session):
    client = GraphClient(
        session, url=graph.url, token_for=lambda *_: TOKEN, timeout=5, node_for=lambda *_: "me"
    )
    sent = await client.send_text(INSTAGRAM, "Hello", reference="reply-1")
    assert sent == Sent("m_AG5Hz2")
    ((path, _, body),) = graph.heard
    assert path == "/v26.0/me/messages"
    assert body == {
        "recipient": {"id": "6123456789012345"},
        "messaging_type": "RESPONSE",
        "message": {"text": "Hello", "metadata": "reply-1"},
    }


@pytest.mark.parametrize("to", [WHATSAPP, MESSENGER, INSTAGRAM], ids=CHANNELS[::-1])
async def test_the_token_of_the_account_is_used_and_never_in_the_url(graph, session, to):
    asked = []

    def token_for(channel, account_id):
        asked.append((channel, account_id))
        return TOKEN

    await GraphClient(session, url=graph.url + "/", token_for=token_for, timeout=5).send_text(
        to, "Hi", reference="r"
    )
    assert asked == [(to.channel, to.account_id)]
    assert TOKEN not in graph.heard[0][0]
    assert "//" not in graph.heard[0][0]


async def test_the_line_end_of_a_token_that_was_read_from_a_file_is_not_part_of_it(graph, session):
    await client_of(session, graph.url, token=f"{TOKEN}\n").send_text(WHATSAPP, "Hi", reference="r")
    assert graph.heard[0][1]["Authorization"] == f"Bearer {TOKEN}"


async def test_an_account_id_cannot_lead_to_another_node(graph, session):
    await client_of(session, graph.url).send_text(
        Sender("messenger", "1/../me?a=b#c", "2"), "Hi", reference="r"
    )
    assert graph.heard[0][0] == "/v26.0/1%2F..%2Fme%3Fa=b%23c/messages"


async def test_a_lone_surrogate_in_a_text_does_not_stop_the_send(graph, session):
    await client_of(session, graph.url).send_text(MESSENGER, "broken \ud83d here", reference="r")
    assert graph.bodies[0]["message"]["text"] == "broken \ud83d here"


async def test_a_reference_that_would_not_come_back_whole_is_a_mistake_of_the_caller(graph, session):
    client = client_of(session, graph.url)
    await client.send_text(WHATSAPP, "Hi", reference="r" * MAX_REFERENCE)
    with pytest.raises(ValueError, match="512"):
        await client.send_text(WHATSAPP, "Hi", reference="r" * (MAX_REFERENCE + 1))
    assert len(graph.heard) == 1


WHATSAPP_CODES = [
    (400, 131047, "window_closed", None),
    (400, 131026, "final", None),
    (400, 131056, "back_off", "pair"),
    (400, 130429, "back_off", "account"),
    (429, 130429, "back_off", "account"),
    (400, 80007, "back_off", "account"),
    (403, 4, "back_off", "account"),
    (400, 131048, "back_off", "account"),
    (400, 131049, "back_off", "pair"),
    (400, 130472, "final", None),
    (400, 131030, "final", None),
    (403, 131031, "account_stopped", "account"),
    (403, 368, "account_stopped", "account"),
    (400, 131051, "final", None),
    (400, 131052, "final", None),
    (400, 131053, "final", None),
    (400, 131060, "back_off", "pair"),
    (400, 137000, "final", None),
    (401, 190, "account_stopped", "account"),
    (401, 0, "account_stopped", "account"),
    (403, 10, "account_stopped", "account"),
    (403, 200, "account_stopped", "account"),
    (403, 299, "account_stopped", "account"),
    (500, 3, "account_stopped", "account"),
    (400, 100, "final", None),
    (400, 131008, "final", None),
    (400, 131009, "final", None),
]

PAGE_CODES = [
    (10, 2018278, "window_closed", None),
    (10, 2018065, "window_closed", None),
    (10, 2534022, "window_closed", None),
    (100, 1545041, "window_closed", None),
    (100, 2018001, "final", None),
    (100, None, "final", None),
    (100, 2018109, "final", None),
    (551, 1545041, "final", None),
    (190, 463, "account_stopped", "account"),
    (190, 467, "account_stopped", "account"),
    (190, 460, "account_stopped", "account"),
    (10, None, "account_stopped", "account"),
    (200, None, "account_stopped", "account"),
    (230, None, "account_stopped", "account"),
    (4, None, "back_off", "account"),
    (17, None, "back_off", "account"),
    (32, None, "back_off", "account"),
    (613, None, "back_off", "account"),
    (100, 2018022, "back_off", "pair"),
]


@pytest.mark.parametrize(("status", "code", "disposition", "scope"), WHATSAPP_CODES)
async def test_each_whatsapp_code_is_sorted(graph, session, status, code, disposition, scope):
    details = {"messaging_product": "whatsapp", "details": "Message failed to send"}
    graph.answers(
        status,
        {"error": {"message": f"(#{code}) Title", "code": code, "error_data": details, "fbtrace_id": "A"}},
    )
    outcome = await refused(client_of(session, graph.url))
    assert (outcome.code, outcome.disposition, outcome.scope) == (code, disposition, scope)
    assert outcome.detail == f"(#{code}) Title: Message failed to send"


@pytest.mark.parametrize(("code", "subcode", "disposition", "scope"), PAGE_CODES)
@pytest.mark.parametrize("to", [MESSENGER, INSTAGRAM], ids=["messenger", "instagram"])
async def test_each_messenger_code_is_sorted(graph, session, to, code, subcode, disposition, scope):
    error = {"message": "no", "type": "OAuthException", "code": code, "fbtrace_id": "A"}
    graph.answers(400, {"error": error | ({"error_subcode": subcode} if subcode else {})})
    outcome = await refused(client_of(session, graph.url), to)
    assert (outcome.code, outcome.subcode, outcome.disposition, outcome.scope) == (
        code,
        subcode,
        disposition,
        scope,
    )


@pytest.mark.parametrize("to", [WHATSAPP, MESSENGER, INSTAGRAM], ids=CHANNELS[::-1])
@pytest.mark.parametrize(
    ("status", "code"), [(500, 131000), (500, 131016), (400, 1), (503, 2), (400, 1200), (500, 100)]
)
async def test_temporary_codes_and_server_faults_are_unknown(graph, session, to, status, code):
    graph.answers(status, {"error": {"message": "try later", "code": code}})
    assert str(code) in await unknown(client_of(session, graph.url), to)


async def test_an_error_that_calls_itself_transient_is_unknown(graph, session):
    graph.answers(400, {"error": {"message": "try later", "code": 100, "is_transient": True}})
    await unknown(client_of(session, graph.url))


async def test_the_wait_that_the_headers_ask_for_comes_with_the_refusal(graph, session):
    usage = {"102": [{"type": "whatsapp", "call_count": 100, "estimated_time_to_regain_access": 2}]}
    error = {"error": {"message": "slow down", "code": 80007}}
    graph.answers(400, error, {"X-Business-Use-Case-Usage": json.dumps(usage), "Retry-After": "5"})
    assert (await refused(client_of(session, graph.url))).retry_after == 120


async def test_typing_on_whatsapp_marks_the_message_read(graph, session):
    await client_of(session, graph.url).show_typing(WHATSAPP, "wamid.A==")
    ((path, headers, body),) = graph.heard
    assert path == "/v26.0/106540352242922/messages"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert body == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.A==",
        "typing_indicator": {"type": "text"},
    }


async def test_typing_on_whatsapp_without_a_message_does_nothing(graph, session):
    await client_of(session, graph.url).show_typing(WHATSAPP, None)
    assert graph.heard == []


@pytest.mark.parametrize("to", [MESSENGER, INSTAGRAM], ids=["messenger", "instagram"])
async def test_typing_on_a_page_is_two_requests(graph, session, to):
    await client_of(session, graph.url).show_typing(to, None)
    assert graph.bodies == [
        {"recipient": {"id": to.sender_id}, "sender_action": "mark_seen"},
        {"recipient": {"id": to.sender_id}, "sender_action": "typing_on"},
    ]


@pytest.mark.parametrize("to", [WHATSAPP, MESSENGER], ids=["whatsapp", "messenger"])
async def test_typing_never_raises(graph, session, to):
    await client_of(session, f"http://127.0.0.1:{closed_port()}").show_typing(to, "m_1")
    await client_of(session, graph.url, token=None).show_typing(to, "m_1")
    graph.answers(401, {"error": {"code": 190, "message": "no"}})
    await client_of(session, graph.url).show_typing(to, "m_1")
    graph.answers(200, "nonsense")
    await client_of(session, graph.url).show_typing(to, "m_1")
    graph.answer = reset
    await client_of(session, graph.url).show_typing(to, "m_1")
    graph.answer = hang
    await client_of(session, graph.url, timeout=1.0).show_typing(to, "m_1")
    assert len(graph.heard) == 4, "the second request of a page is spared when the first failed"


async def test_typing_gives_up_within_seconds_whatever_a_send_may_take(graph, session):
    graph.answer = hang
    async with asyncio.timeout(10):
        await client_of(session, graph.url, timeout=300).show_typing(WHATSAPP, "wamid.A==")
    assert len(graph.heard) == 1
