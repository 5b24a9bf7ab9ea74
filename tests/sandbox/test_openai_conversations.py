"""Conversations and items, through the real SDK; raw HTTP where the SDK would hide the body."""

from __future__ import annotations

from typing import Any

import aiohttp
import openai
import pytest
from openai import AsyncOpenAI
from openai_probes import MODEL, live, texts

from service.sandbox.openai import OpenAISandbox

UNKNOWN = "conv_" + "0" * 48


def said(text: str, role: str = "user") -> dict[str, Any]:
    return {"type": "message", "role": role, "content": text}


async def test_a_conversation_has_an_id_of_48_hexadecimal_digits_and_keeps_its_metadata(
    client: AsyncOpenAI,
) -> None:
    made = await client.conversations.create(metadata={"sender": "wa:4f1c"})
    prefix, _, digits = made.id.partition("_")
    assert prefix == "conv"
    assert len(digits) == 48
    assert int(digits, 16) >= 0
    assert digits.startswith(f"{made.created_at:08x}")
    assert made.metadata == {"sender": "wa:4f1c"}
    assert await client.conversations.retrieve(made.id) == made


async def test_creating_with_items_stores_them_and_does_not_give_them_back(
    http: aiohttp.ClientSession, sandbox: OpenAISandbox
) -> None:
    body = {"items": [said("Where is my parcel?"), said("It arrives tomorrow.", "assistant")]}
    async with http.post("/v1/conversations", json=body) as response:
        made = await response.json()
    assert set(made) == {"id", "object", "created_at", "metadata"}
    assert made["metadata"] == {}
    assert texts(sandbox, made["id"]) == ["Where is my parcel?", "It arrives tomorrow."]


async def test_an_update_replaces_the_metadata_as_a_whole(client: AsyncOpenAI) -> None:
    made = await client.conversations.create(metadata={"a": "1", "b": "2"})
    updated = await client.conversations.update(made.id, metadata={"c": "3"})
    assert updated.metadata == {"c": "3"}
    assert (await client.conversations.retrieve(made.id)).metadata == {"c": "3"}


async def test_deleting_a_conversation_twice_is_not_found_the_second_time(client: AsyncOpenAI) -> None:
    made = await client.conversations.create()
    deleted = await client.conversations.delete(made.id)
    assert (deleted.id, deleted.object, deleted.deleted) == (made.id, "conversation.deleted", True)
    with pytest.raises(openai.NotFoundError):
        await client.conversations.delete(made.id)


async def test_deleting_a_conversation_leaves_its_items_behind(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    kept = await client.conversations.create(items=[said("still here")])
    made = await client.conversations.create(items=[said("left behind")])
    await client.conversations.delete(made.id)
    orphans = sandbox.state()["orphaned_items"]
    assert [item["content"][0]["text"] for item in orphans] == ["left behind"]
    assert texts(sandbox, kept.id) == ["still here"]


async def test_items_deleted_before_their_conversation_leave_nothing_behind(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    made = await client.conversations.create(items=[said("one"), said("two")])
    async for item in client.conversations.items.list(made.id):
        await client.conversations.items.delete(item.id, conversation_id=made.id)
    await client.conversations.delete(made.id)
    state = sandbox.state()
    assert state["conversations"] == []
    assert state["orphaned_items"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/v1/conversations/{UNKNOWN}"),
        ("POST", f"/v1/conversations/{UNKNOWN}"),
        ("DELETE", f"/v1/conversations/{UNKNOWN}"),
        ("GET", f"/v1/conversations/{UNKNOWN}/items"),
        ("POST", f"/v1/conversations/{UNKNOWN}/items"),
        ("GET", f"/v1/conversations/{UNKNOWN}/items/msg_1"),
        ("DELETE", f"/v1/conversations/{UNKNOWN}/items/msg_1"),
        ("POST", "/v1/responses"),
        ("POST", "/v1/responses/input_tokens"),
    ],
)
async def test_an_unknown_conversation_is_not_found_by_any_endpoint(
    http: aiohttp.ClientSession, method: str, path: str
) -> None:
    body = {"metadata": {}} if path.endswith(UNKNOWN) else {"items": [said("x")]}
    if "/responses" in path:
        body = {"model": MODEL, "input": "x", "conversation": UNKNOWN}
    async with http.request(method, path, json=body) as response:
        assert response.status == 404
        assert await response.json() == {
            "error": {
                "message": f"Conversation with id '{UNKNOWN}' not found.",
                "type": "invalid_request_error",
                "param": None,
                "code": None,
            }
        }


async def test_a_bare_text_comes_back_as_a_part_of_its_role(http: aiohttp.ClientSession) -> None:
    async with http.post("/v1/conversations", json={}) as response:
        conversation = (await response.json())["id"]
    path = f"/v1/conversations/{conversation}/items"
    async with http.post(path, json={"items": [said("q"), said("a", "assistant")]}) as response:
        added = await response.json()
    question, reply = added["data"]
    assert question == {
        "id": question["id"],
        "type": "message",
        "status": "completed",
        "role": "user",
        "content": [{"type": "input_text", "text": "q"}],
    }
    assert reply["content"] == [{"type": "output_text", "annotations": [], "logprobs": [], "text": "a"}]
    assert added["first_id"] == question["id"]
    assert added["last_id"] == reply["id"]
    assert added["has_more"] is False
    tail = conversation[-16:]
    assert all(item["id"].startswith("msg_") and item["id"].endswith(tail) for item in added["data"])
    assert all(len(item["id"]) == len("msg_") + 48 for item in added["data"])


async def test_a_list_is_newest_first_unless_asked_otherwise(client: AsyncOpenAI) -> None:
    made = await client.conversations.create(items=[said(text) for text in "abc"])
    newest = await client.conversations.items.list(made.id)
    oldest = await client.conversations.items.list(made.id, order="asc")
    assert [item.content[0].text for item in newest.data] == ["c", "b", "a"]
    assert [item.content[0].text for item in oldest.data] == ["a", "b", "c"]
    assert (newest.first_id, newest.last_id) == (oldest.last_id, oldest.first_id)


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_paging_meets_every_item_once_and_in_order(client: AsyncOpenAI, order: Any) -> None:
    made = await client.conversations.create()
    for batch in range(3):
        items = [said(f"{batch * 20 + index}") for index in range(20)]
        await client.conversations.items.create(made.id, items=items)
    first = await client.conversations.items.list(made.id, order=order)
    assert len(first.data) == 20
    assert first.has_more
    seen = [
        item.content[0].text async for item in client.conversations.items.list(made.id, order=order, limit=7)
    ]
    expected = [str(number) for number in range(60)]
    assert seen == (expected if order == "asc" else expected[::-1])


async def test_a_page_that_ends_the_list_has_no_more(client: AsyncOpenAI) -> None:
    made = await client.conversations.create(items=[said("x")] * 20)
    assert (await client.conversations.items.list(made.id)).has_more is False
    assert (await client.conversations.items.list(made.id, limit=19)).has_more is True


async def test_an_empty_list_has_no_first_and_no_last_id(http: aiohttp.ClientSession) -> None:
    async with http.post("/v1/conversations") as response:
        conversation = (await response.json())["id"]
    async with http.get(f"/v1/conversations/{conversation}/items") as response:
        assert await response.json() == {
            "object": "list",
            "data": [],
            "first_id": None,
            "last_id": None,
            "has_more": False,
        }


@pytest.mark.parametrize(
    ("query", "param", "code", "message"),
    [
        (
            "limit=1000",
            "limit",
            "integer_above_max_value",
            "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 1000 instead.",
        ),
        (
            "limit=0",
            "limit",
            "integer_below_min_value",
            "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead.",
        ),
        (
            "limit=many",
            "limit",
            "invalid_type",
            "Invalid type for 'limit': expected an integer, but got a string instead.",
        ),
        (
            "order=up",
            "order",
            "invalid_value",
            "Invalid value: 'up'. Supported values are: 'asc' and 'desc'.",
        ),
    ],
)
async def test_a_bad_limit_or_order_is_refused(
    client: AsyncOpenAI, http: aiohttp.ClientSession, query: str, param: str, code: str, message: str
) -> None:
    made = await client.conversations.create()
    async with http.get(f"/v1/conversations/{made.id}/items?{query}") as response:
        assert response.status == 400
        error = (await response.json())["error"]
    assert error == {"message": message, "type": "invalid_request_error", "param": param, "code": code}


async def test_a_cursor_that_is_not_there_any_more_is_not_found(client: AsyncOpenAI) -> None:
    made = await client.conversations.create(items=[said(text) for text in "abc"])
    page = await client.conversations.items.list(made.id, limit=2)
    gone = page.last_id
    await client.conversations.items.delete(gone, conversation_id=made.id)
    with pytest.raises(openai.NotFoundError) as caught:
        await client.conversations.items.list(made.id, after=gone)
    assert caught.value.param == "after"
    assert caught.value.code is None
    assert caught.value.body["message"] == f"No item found with id '{gone}'"


async def test_twenty_items_fit_into_one_call_and_one_more_does_not(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    made = await client.conversations.create(items=[said("x")] * 20)
    for call in (
        client.conversations.create(items=[said("x")] * 21),
        client.conversations.items.create(made.id, items=[said("x")] * 21),
    ):
        with pytest.raises(openai.BadRequestError) as caught:
            await call
        assert (caught.value.code, caught.value.param) == ("array_above_max_length", "items")
    assert len(live(sandbox, made.id)["items"]) == 20
    assert sandbox.counts()["conversations"]["created"] == 1


async def test_one_bad_item_keeps_its_whole_call_from_being_stored(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    made = await client.conversations.create()
    with pytest.raises(openai.BadRequestError):
        await client.conversations.items.create(made.id, items=[said("good"), said("bad", "nobody")])
    assert texts(sandbox, made.id) == []


@pytest.mark.parametrize(
    ("item", "prefix"),
    [
        ({"id": "item_1", **said("test")}, "msg"),
        ({"id": "msg_1", "type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}, "fc"),
    ],
)
async def test_an_id_must_begin_as_its_kind_does(client: AsyncOpenAI, item: Any, prefix: str) -> None:
    made = await client.conversations.create()
    with pytest.raises(openai.BadRequestError) as caught:
        await client.conversations.items.create(made.id, items=[item])
    assert (caught.value.code, caught.value.param) == ("invalid_value", "items[0].id")
    expected = f"Invalid 'items[0].id': '{item['id']}'. Expected an ID that begins with '{prefix}'."
    assert caught.value.body["message"] == expected


async def test_a_known_id_attaches_the_stored_item_and_ignores_what_was_sent(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    first = await client.conversations.create(items=[said("original")])
    item_id = live(sandbox, first.id)["items"][0]["id"]
    second = await client.conversations.create()
    added = await client.conversations.items.create(
        second.id, items=[{"id": item_id, **said("copy")}, {"id": item_id, **said("another")}]
    )
    assert [item.id for item in added.data] == [item_id, item_id]
    assert texts(sandbox, second.id) == ["original", "original"]


async def test_an_item_that_is_there_already_is_refused(client: AsyncOpenAI, sandbox: OpenAISandbox) -> None:
    made = await client.conversations.create(items=[said("once")])
    item_id = live(sandbox, made.id)["items"][0]["id"]
    with pytest.raises(openai.BadRequestError) as caught:
        await client.conversations.items.create(made.id, items=[{"id": item_id, **said("twice")}])
    assert caught.value.body == {
        "message": "Item already in conversation",
        "type": "invalid_request_error",
        "param": "items",
        "code": "item_already_in_conversation",
    }
    assert texts(sandbox, made.id) == ["once"]


async def test_an_id_of_ones_own_making_is_no_idempotency_key(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    made = await client.conversations.create()
    for _ in range(2):
        await client.conversations.items.create(made.id, items=[{"id": "msg_my_own", **said("again")}])
    assert texts(sandbox, made.id) == ["again", "again"]


async def test_an_item_can_be_read_and_deleted_which_gives_the_conversation_back(
    client: AsyncOpenAI, http: aiohttp.ClientSession, sandbox: OpenAISandbox
) -> None:
    made = await client.conversations.create(items=[said("a"), said("b")])
    item_id = live(sandbox, made.id)["items"][0]["id"]
    item = await client.conversations.items.retrieve(item_id, conversation_id=made.id)
    assert item.content[0].text == "a"
    async with http.delete(f"/v1/conversations/{made.id}/items/{item_id}") as response:
        assert (await response.json())["object"] == "conversation"
    assert texts(sandbox, made.id) == ["b"]
    with pytest.raises(openai.NotFoundError) as caught:
        await client.conversations.items.retrieve(item_id, conversation_id=made.id)
    assert caught.value.body["message"] == f"Item with id '{item_id}' not found in conversation."


async def test_an_item_of_two_conversations_stays_in_the_other(
    client: AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    first = await client.conversations.create(items=[said("shared")])
    item_id = live(sandbox, first.id)["items"][0]["id"]
    second = await client.conversations.create(items=[{"id": item_id, **said("ignored")}])
    await client.conversations.items.delete(item_id, conversation_id=first.id)
    assert texts(sandbox, first.id) == []
    assert texts(sandbox, second.id) == ["shared"]
    await client.conversations.delete(first.id)
    assert sandbox.state()["orphaned_items"] == []


@pytest.mark.parametrize(
    ("metadata", "param", "code"),
    [
        ({f"k{index}": "v" for index in range(17)}, "metadata", "object_above_max_properties"),
        ({"k" * 65: "v"}, f"metadata.{'k' * 65}", "property_name_above_max_length"),
        ({"k": "v" * 513}, "metadata.k", "string_above_max_length"),
        ({"k": 7}, "metadata.k", "invalid_type"),
        ("x", "metadata", "invalid_type"),
    ],
)
async def test_metadata_has_limits(client: AsyncOpenAI, metadata: Any, param: str, code: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.conversations.create(metadata=metadata)
    assert (caught.value.param, caught.value.code) == (param, code)


async def test_metadata_may_fill_its_limits(client: AsyncOpenAI) -> None:
    full = {f"{index:064d}": "v" * 512 for index in range(16)}
    assert (await client.conversations.create(metadata=full)).metadata == full
