"""``/v1/conversations`` and the items in them.

https://platform.openai.com/docs/api-reference/conversations
"""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from service.sandbox.openai import errors, schema
from service.sandbox.openai.calls import Call, answer
from service.sandbox.openai.items import parse_items
from service.sandbox.openai.state import Conversation, State, StoredItem


class Conversations:
    """The handlers; each raises :class:`~errors.ApiError` as the real endpoint refuses."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def create(self, call: Call) -> web.Response:
        """Does not give the items back."""
        body = call.body()
        schema.check(body, schema.CREATE_CONVERSATION)
        items = parse_items("items", body.get("items") or [])
        return answer(self._state.create_conversation(body.get("metadata") or {}, items).as_json())

    async def retrieve(self, call: Call) -> web.Response:
        return answer(self._conversation(call).as_json())

    async def update(self, call: Call) -> web.Response:
        """Replaces the metadata as a whole."""
        body = call.body()
        schema.check(body, schema.UPDATE_CONVERSATION, required=schema.UPDATE_CONVERSATION_REQUIRED)
        conversation = self._conversation(call)
        conversation.metadata = body["metadata"] or {}
        return answer(conversation.as_json())

    async def delete(self, call: Call) -> web.Response:
        """The items stay behind. A second time is 404."""
        conversation_id = call.path("conversation_id")
        self._state.delete_conversation(conversation_id)
        return answer({"id": conversation_id, "object": "conversation.deleted", "deleted": True})

    async def create_items(self, call: Call) -> web.Response:
        """All or none. Works while a response is being made: nothing is known to the contrary."""
        body = call.body()
        schema.check(body, schema.CREATE_ITEMS, required=schema.CREATE_ITEMS_REQUIRED)
        conversation = self._conversation(call)
        stored = self._state.to_add(conversation, parse_items("items", body["items"]))
        self._state.attach(conversation, stored)
        return answer(_page(stored, more=False))

    async def list_items(self, call: Call) -> web.Response:
        conversation = self._conversation(call)
        limit = schema.page_limit(call.query.get("limit"))
        order = schema.page_order(call.query.get("order"))
        entries = conversation.entries if order == "asc" else conversation.entries[::-1]
        start = _position_after(entries, call.query.get("after"))
        return answer(_page(entries[start : start + limit], more=len(entries) > start + limit))

    async def retrieve_item(self, call: Call) -> web.Response:
        return answer(self._state.item(self._conversation(call), call.path("item_id")).body)

    async def delete_item(self, call: Call) -> web.Response:
        """Gives the conversation back, not the item."""
        conversation = self._conversation(call)
        self._state.delete_item(conversation, call.path("item_id"))
        return answer(conversation.as_json())

    def _conversation(self, call: Call) -> Conversation:
        return self._state.conversation(call.path("conversation_id"))


def _page(items: Sequence[StoredItem], *, more: bool) -> dict[str, object]:
    """First and last id follow the order of the page; both are null on an empty one."""
    return {
        "object": "list",
        "data": [item.body for item in items],
        "first_id": items[0].id if items else None,
        "last_id": items[-1].id if items else None,
        "has_more": more,
    }


def _position_after(entries: Sequence[StoredItem], after: str | None) -> int:
    if after is None:
        return 0
    for index, entry in enumerate(entries):
        if entry.id == after:
            return index + 1
    raise errors.cursor_not_found(after)
