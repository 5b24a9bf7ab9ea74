"""Threads at the provider: made, told what was said, read and deleted.

https://platform.openai.com/docs/api-reference/conversations
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from openai import AsyncOpenAI

from service.provider import (
    Answer,
    ItemGone,
    NoConversations,
    OutcomeUnknown,
    ProviderFault,
    RawResponse,
    ThreadGone,
    answer_to,
    nonsense,
)

ITEMS_A_REQUEST: Final = 20
ITEMS_A_PAGE: Final = 100

_CONCURRENT_DELETES: Final = 8
_NO_SUCH_ENDPOINT: Final = (404, 405, 501)
_TEXTS: Final = frozenset({"input_text", "output_text", "text"})
"""Parts that are said aloud; a model's reasoning is text as well."""
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")

Role = Literal["user", "assistant"]


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said, by the customer or by us."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread, and the newest item in it where there is one."""

    thread_id: str
    last_item_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of a thread or of a response. What its type has no use for is None, or an empty text.

    ``type`` is the provider's word, and may be one that nobody has heard of. ``text`` is what a message
    says or a function returned, ``refusal`` what a message says instead of an answer, ``phase`` whether it
    is ``commentary`` or the ``final_answer`` (None: the model does not tell). ``arguments`` is JSON text.
    """

    id: str
    type: str
    role: str | None = None
    text: str = ""
    refusal: str = ""
    phase: str | None = None
    status: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Item:
        """The item in a JSON object; whatever is missing or odd in it counts as absent."""
        is_output = raw.get("type") == "function_call_output"
        parts = _parts(raw.get("output" if is_output else "content"))
        return cls(
            id=_string(raw, "id") or "",
            type=_string(raw, "type") or "",
            role=_string(raw, "role"),
            text="".join(_string(part, "text") or "" for part in parts if part.get("type") in _TEXTS),
            refusal="".join(_string(part, "refusal") or "" for part in parts),
            phase=_string(raw, "phase"),
            status=_string(raw, "status"),
            call_id=_string(raw, "call_id"),
            name=_string(raw, "name"),
            arguments=_string(raw, "arguments"),
        )


class Threads:
    """All that is done to threads, except for answering on them.

    Each request ends within ``timeout`` seconds; a method makes one, or as many as it needs. All methods
    raise :class:`~service.provider.ProviderFault`.
    """

    def __init__(self, client: AsyncOpenAI, *, timeout: float) -> None:
        self._conversations = client.conversations.with_raw_response
        self._items = client.conversations.items.with_raw_response
        self._responses = client.responses.with_raw_response
        self._timeout = timeout

    async def create(self, metadata: dict[str, str], history: Sequence[Said] = ()) -> Thread:
        """A new thread that has been told ``history``. ``metadata``: at most 16 pairs, nothing personal.

        The thread is made empty and told afterwards: where the answer to the first request is lost, so is
        the thread's id, and nothing that a person said may be where nobody can delete it. A fault of the
        later requests names the thread as its ``thread_id``. Whoever must not lose it in a crash
        creates without a history, notes the id, and then extends.

        Raises :class:`~service.provider.NoConversations` where the server has no such thing.
        """
        try:
            answer = await self._ask(self._conversations.create(metadata=metadata))
        except ProviderFault as fault:
            if fault.status in _NO_SUCH_ENDPOINT:
                raise NoConversations("no_conversations", fault.status) from None
            raise
        thread_id = _string(answer.body, "id")
        if not thread_id:
            raise nonsense()
        try:
            return Thread(thread_id, await self.extend(thread_id, history))
        except ProviderFault as fault:
            fault.thread_id = thread_id
            raise

    async def extend(self, thread_id: str, said: Sequence[Said]) -> str | None:
        """Append what was said, in order; gives the id of the last new item (None: nothing was said).

        Twenty items go at a time, each twenty wholly or not at all.
        """
        last: str | None = None
        for start in range(0, len(said), ITEMS_A_REQUEST):
            items: list[Any] = [message(line) for line in said[start : start + ITEMS_A_REQUEST]]
            added = _page(await self._ask(self._items.create(thread_id, items=items)))
            if not added:
                raise nonsense()
            last = added[-1].id
        return last

    async def delete(self, thread_id: str) -> None:
        """Delete every item, then the thread, which would leave its items behind. Gone already is success.

        Whatever ends it half-way, it can be called again until it succeeds.
        """
        try:
            await self._delete_items(thread_id)
            _sure(await self._ask(self._conversations.delete(thread_id)))
        except ThreadGone:
            return

    async def delete_response(self, response_id: str) -> None:
        """Delete the provider's record of one answer, which it otherwise keeps for 30 days or longer.

        Gone already is success. https://platform.openai.com/docs/api-reference/responses/delete
        """
        try:
            _sure(await self._ask(self._responses.delete(response_id)))
        except ItemGone:
            return

    async def since(self, thread_id: str, after: str | None, limit: int = 1000) -> list[Item]:
        """The items that follow ``after`` (None: from the first), oldest first, at most ``limit`` of them.

        Raises :class:`~service.provider.CursorGone` where ``after`` is not in the thread.
        """
        items: list[Item] = []
        cursor = after
        while len(items) < limit:
            size = min(ITEMS_A_PAGE, limit - len(items))
            page, more = await self._list(thread_id, after=cursor, limit=size)
            # Some compatible servers take no notice of the cursor, and begin at the first item again.
            items += _following(page, cursor)
            if not more or page[-1].id == cursor:
                break
            cursor = page[-1].id
        return items

    async def _delete_items(self, thread_id: str) -> None:
        deleted: set[str] = set()
        while True:
            page, _ = await self._list(thread_id)
            ids = [item.id for item in page]
            if not ids:
                return
            if deleted.issuperset(ids):
                raise OutcomeUnknown("items_remain")
            for start in range(0, len(ids), _CONCURRENT_DELETES):
                await self._delete_each(thread_id, ids[start : start + _CONCURRENT_DELETES])
            deleted.update(ids)

    async def _delete_each(self, thread_id: str, item_ids: Sequence[str]) -> None:
        deletes = (self._delete_item(thread_id, item_id) for item_id in item_ids)
        for outcome in await asyncio.gather(*deletes, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def _delete_item(self, thread_id: str, item_id: str) -> None:
        try:
            await self._ask(self._items.delete(item_id, conversation_id=thread_id))
        except ItemGone:
            return

    async def _list(
        self, thread_id: str, *, after: str | None = None, limit: int = ITEMS_A_PAGE
    ) -> tuple[list[Item], bool]:
        """A page, oldest first, and whether more follow it."""
        cursor: dict[str, Any] = {} if after is None else {"after": after}
        answer = await self._ask(self._items.list(thread_id, limit=limit, order="asc", **cursor))
        page = _page(answer)
        return page, bool(page) and answer.body.get("has_more") is True

    async def _ask(self, call: Awaitable[RawResponse]) -> Answer:
        return await answer_to(call, within=self._timeout)


def message(said: Said) -> dict[str, Any]:
    """An input item. Content as a plain string is what most compatible servers take, for either role."""
    return {"type": "message", "role": said.role, "content": storable(said.text)}


def storable(text: str) -> str:
    """The text with U+FFFD for what cannot be sent as UTF-8, or stored: lone surrogates and U+0000."""
    return _UNSTORABLE.sub("\ufffd", text)


def _sure(answer: Answer) -> None:
    """It is deleted only where the answer says so. Raises :class:`OutcomeUnknown` where a 2xx does not."""
    if answer.body.get("deleted") is not True:
        raise nonsense()


def _page(answer: Answer) -> list[Item]:
    data = answer.body.get("data")
    if not isinstance(data, list) or not all(isinstance(raw, dict) and raw.get("id") for raw in data):
        raise nonsense()
    return [Item.of(raw) for raw in data]


def _following(page: list[Item], cursor: str | None) -> list[Item]:
    for index, item in enumerate(page):
        if item.id == cursor:
            return page[index + 1 :]
    return page


def _parts(content: Any) -> list[Mapping[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []


def _string(raw: Mapping[str, Any], member: str) -> str | None:
    value = raw.get(member)
    return storable(value) if isinstance(value, str) else None
