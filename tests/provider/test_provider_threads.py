"""Threads are made, told, read and deleted completely, or it is known what is left."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from service.provider import (
    CursorGone,
    NoConversations,
    OutcomeUnknown,
    ProviderBusy,
    ProviderFault,
    Rejected,
    ThreadGone,
)
from service.sandbox.faults import HangBefore, Refuse, ResetAfter, Rule
from service.threads import Item, Said, Thread, Threads

TIMEOUT = 10.0


def talk(turns: int) -> list[Said]:
    """Numbered lines of customer and service in turn."""
    return [Said("assistant" if number % 2 else "user", f"line {number}") for number in range(turns)]


def items_of(sandbox, thread_id):
    """What the stand-in holds, read past everything under test."""
    (held,) = [one for one in sandbox.state()["conversations"] if one["id"] == thread_id]
    return held["items"]


def lines_of(items) -> list[Said]:
    return [Said(item["role"], item["content"][0]["text"]) for item in items]


def requests(sandbox, operation) -> int:
    return sandbox.counts()["requests"].get(operation, {}).get("received", 0)


# Making and telling


async def test_a_thread_without_history_is_one_request_and_has_no_items(sandbox, threads):
    thread = await threads.create({"conversation": "c-1"})

    (held,) = sandbox.state()["conversations"]
    assert thread == Thread(held["id"], None)
    assert held["metadata"] == {"conversation": "c-1"}
    assert held["items"] == []
    assert sandbox.counts()["requests"] == {"conversations.create": {"received": 1, "200": 1}}


@pytest.mark.parametrize("turns", [1, 19, 20, 21, 40, 57])
async def test_a_history_of_any_length_is_told_in_order(sandbox, threads, turns):
    thread = await threads.create({}, talk(turns))

    items = items_of(sandbox, thread.thread_id)
    assert lines_of(items) == talk(turns)
    assert thread.last_item_id == items[-1]["id"]
    assert requests(sandbox, "items.create") == -(-turns // 20)


async def test_a_create_whose_answer_is_lost_leaves_nothing_that_anybody_said(sandbox, threads):
    sandbox.faults.add(Rule("conversations.create", ResetAfter()))

    with pytest.raises(OutcomeUnknown) as caught:
        await threads.create({}, talk(3))

    (orphan,) = sandbox.state()["conversations"]
    assert orphan["items"] == []
    assert caught.value.thread_id is None


@pytest.mark.parametrize("effect", [Refuse(503), ResetAfter(), HangBefore()])
async def test_a_fault_while_a_new_thread_is_told_names_the_thread(sandbox, sdk, effect):
    sandbox.faults.add(Rule("items.create", effect, skip=1))

    with pytest.raises(ProviderFault) as caught:
        await Threads(sdk, timeout=0.5).create({}, talk(50))

    (held,) = sandbox.state()["conversations"]
    assert caught.value.thread_id == held["id"]


async def test_extending_appends_and_gives_the_newest_item(sandbox, threads):
    thread = await threads.create({}, talk(2))

    last = await threads.extend(thread.thread_id, [Said("user", "more"), Said("assistant", "and more")])

    items = items_of(sandbox, thread.thread_id)
    assert [line.text for line in lines_of(items)] == ["line 0", "line 1", "more", "and more"]
    assert last == items[-1]["id"]


async def test_saying_nothing_asks_nothing(sandbox, threads):
    thread = await threads.create({})

    assert await threads.extend(thread.thread_id, []) is None
    assert requests(sandbox, "items.create") == 0


async def test_what_cannot_be_sent_or_stored_is_replaced_on_the_way_out_and_in(
    sandbox, threads, serve, connect
):
    thread = await threads.create({}, [Said("user", "a\ud800b\0c \N{PARTY POPPER}")])

    (said,) = lines_of(items_of(sandbox, thread.thread_id))
    assert said.text == "a\ufffdb\ufffdc \N{PARTY POPPER}"

    async def odd(_request):
        said = r"x\ud83d\u0000y \ud83c\udf89"
        body = f'{{"data": [{{"id": "m", "type": "message", "role": "assistant", "content": "{said}"}}]}}'
        return web.Response(text=body, content_type="application/json")

    (item,) = await Threads(connect(await serve(odd)), timeout=TIMEOUT).since("conv_1", None)
    assert item.text == "x\ufffd\ufffdy \N{PARTY POPPER}"


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_a_server_without_conversations_says_so(serve, connect, status):
    async def refuse(_request):
        return web.Response(status=status, text="no such page")

    with pytest.raises(NoConversations) as caught:
        await Threads(connect(await serve(refuse)), timeout=TIMEOUT).create({})

    assert caught.value.status == status


async def test_the_stand_in_without_conversations_says_so(sandbox, threads):
    sandbox.behaviour.conversations = "absent"

    with pytest.raises(NoConversations):
        await threads.create({}, talk(1))


@pytest.mark.parametrize("body", [{}, {"id": None}, {"id": ""}, {"id": 7}, {"error": {"message": "?"}}])
async def test_a_new_thread_without_an_id_is_nonsense(serve, connect, body):
    async def answer(_request):
        return web.json_response(body)

    with pytest.raises(OutcomeUnknown, match="nonsense"):
        await Threads(connect(await serve(answer)), timeout=TIMEOUT).create({})


# Reading


async def test_since_a_cursor_gives_what_follows_it_over_any_number_of_pages(sandbox, threads):
    thread = await threads.create({}, talk(230))
    items = items_of(sandbox, thread.thread_id)

    everything = await threads.since(thread.thread_id, None)
    later = await threads.since(thread.thread_id, items[4]["id"])

    assert [item.id for item in everything] == [item["id"] for item in items]
    assert [item.text for item in later] == [f"line {number}" for number in range(5, 230)]
    assert later[0].role == "assistant"
    assert await threads.since(thread.thread_id, items[-1]["id"]) == []


@pytest.mark.parametrize("limit", [1, 100, 101, 230, 231])
async def test_since_reads_no_more_than_its_limit(threads, limit):
    thread = await threads.create({}, talk(230))

    items = await threads.since(thread.thread_id, None, limit)

    assert [item.text for item in items] == [f"line {number}" for number in range(min(limit, 230))]


async def test_an_empty_thread_has_no_items(threads):
    thread = await threads.create({})

    assert await threads.since(thread.thread_id, None) == []


async def test_a_cursor_that_was_deleted_is_gone_and_the_thread_is_not(sandbox, sdk, threads):
    thread = await threads.create({}, talk(3))
    cursor = items_of(sandbox, thread.thread_id)[1]["id"]
    await sdk.conversations.items.delete(cursor, conversation_id=thread.thread_id)

    with pytest.raises(CursorGone):
        await threads.since(thread.thread_id, cursor)
    with pytest.raises(ThreadGone):
        await threads.since("conv_of_nobody", None)


@pytest.mark.parametrize("has_more", [True, False, "yes"])
async def test_a_server_that_takes_no_notice_of_the_cursor_is_still_read_from_there(serve, connect, has_more):
    async def first_page(_request):
        data = [
            {"id": f"msg_{n}", "type": "message", "role": "user", "content": f"line {n}"} for n in range(4)
        ]
        return web.json_response({"data": data, "has_more": has_more})

    lenient = Threads(connect(await serve(first_page)), timeout=TIMEOUT)

    assert [item.id for item in await lenient.since("conv_1", "msg_1")] == ["msg_2", "msg_3"]
    assert [item.id for item in await lenient.since("conv_1", None)] == [f"msg_{n}" for n in range(4)]


@pytest.mark.parametrize(
    "body", [{}, {"data": None}, {"data": {}}, {"data": ["x"]}, {"data": [{"type": "message"}]}]
)
async def test_a_list_that_is_none_is_nonsense(serve, connect, body):
    async def answer(_request):
        return web.json_response(body)

    with pytest.raises(OutcomeUnknown, match="nonsense"):
        await Threads(connect(await serve(answer)), timeout=TIMEOUT).since("conv_1", None)


def test_an_item_keeps_what_it_knows_and_takes_no_offence_at_the_rest():
    call = {
        "id": "fc_1",
        "type": "function_call",
        "call_id": "call_1",
        "name": "f",
        "arguments": "{}",
        "status": "completed",
    }
    output = {
        "id": "fco_1",
        "type": "function_call_output",
        "call_id": "call_1",
        "output": [{"type": "input_text", "text": "42"}],
    }
    spoken = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "phase": "final_answer",
        "content": [
            {"type": "reasoning_text", "text": "The customer is rude."},
            {"type": "output_text", "text": "One "},
            {"type": "output_text", "text": "two"},
            {"type": "hologram", "text": 7},
            "odd",
        ],
    }

    assert Item.of(call) == Item(
        id="fc_1", type="function_call", call_id="call_1", name="f", arguments="{}", status="completed"
    )
    assert Item.of(output) == Item(id="fco_1", type="function_call_output", call_id="call_1", text="42")
    assert Item.of(output | {"output": "42"}).text == "42"
    assert Item.of(spoken) == Item(
        id="msg_1", type="message", role="assistant", phase="final_answer", text="One two"
    )
    assert Item.of({"id": "x_1", "type": "hologram_call", "role": 5, "content": 3, "status": {}}) == Item(
        id="x_1", type="hologram_call"
    )


# Deleting


async def test_deleting_takes_every_item_and_then_the_thread(sandbox, threads):
    thread = await threads.create({}, talk(230))
    sandbox.faults.add(Rule("conversations.delete", Refuse(503), times=1))

    with pytest.raises(ProviderBusy):
        await threads.delete(thread.thread_id)
    assert items_of(sandbox, thread.thread_id) == []

    await threads.delete(thread.thread_id)
    assert sandbox.state()["conversations"] == []
    assert sandbox.state()["orphaned_items"] == []


async def test_a_delete_that_was_interrupted_is_finished_by_the_next(sandbox, threads):
    thread = await threads.create({}, talk(30))
    sandbox.faults.add(Rule("items.delete", Refuse(500), skip=12, times=1))

    with pytest.raises(ProviderBusy):
        await threads.delete(thread.thread_id)
    assert 0 < len(items_of(sandbox, thread.thread_id)) < 30

    await threads.delete(thread.thread_id)
    assert sandbox.state()["orphaned_items"] == sandbox.state()["conversations"] == []


async def test_deleting_what_is_gone_is_success(threads):
    thread = await threads.create({}, talk(3))

    await asyncio.gather(threads.delete(thread.thread_id), threads.delete(thread.thread_id))
    await threads.delete(thread.thread_id)


async def test_items_that_stay_are_not_taken_for_deleted(sandbox, threads):
    thread = await threads.create({}, talk(3))
    gone = {"error": {"message": "Item with id 'msg_1' not found in conversation.", "code": None}}
    sandbox.faults.add(Rule("items.delete", Refuse(404, gone)))

    with pytest.raises(OutcomeUnknown, match="items_remain"):
        await threads.delete(thread.thread_id)

    assert len(items_of(sandbox, thread.thread_id)) == 3


async def test_a_wrong_address_is_not_taken_for_a_thread_that_is_gone(sandbox, sdk, connect, threads):
    thread = await threads.create({}, talk(3))
    wrong = Threads(connect(f"{str(sdk.base_url).rstrip('/')}/elsewhere"), timeout=TIMEOUT)

    with pytest.raises(Rejected):
        await wrong.delete(thread.thread_id)


async def test_a_stored_answer_is_deleted_once_and_again(sandbox, sdk, threads, assistant):
    thread = await threads.create({})
    draft = await assistant.draft(thread.thread_id, ["Hi"], safety_identifier="s", conversation_key="c")
    assert (await sdk.responses.retrieve(draft.response_id)).id == draft.response_id

    await threads.delete_response(draft.response_id)
    await threads.delete_response(draft.response_id)

    assert sandbox.counts()["requests"]["responses.delete"] == {"received": 2, "200": 1, "404": 1}
