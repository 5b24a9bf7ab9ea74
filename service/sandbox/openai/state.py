"""What the stand-in remembers: conversations, their items, and recent responses.

Everything is in memory and lost with the process. Conversations and items are kept until they are
deleted, as they are at OpenAI; items outlive their conversation, as they do there; of responses only
the newest are kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.sandbox.openai import errors
from service.sandbox.openai.ids import IdMint
from service.sandbox.openai.items import Item, is_from, tokens_of

Clock = Callable[[], float]
"""Seconds since 1970."""


@dataclass(slots=True)
class StoredItem:
    """``holders`` counts the entries of living conversations that are this item."""

    body: Item
    tokens: int
    holders: int = 0

    @property
    def id(self) -> str:
        item_id: str = self.body["id"]
        return item_id


class CallLedger:
    """Which function calls of a history lack their output, and which outputs lack their call.

    One such item poisons the history: every input on it is refused until the other half is there.
    """

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._calls: set[str] = set()
        self._outputs: set[str] = set()
        self._unanswered: dict[str, None] = {}
        self._stray: dict[str, None] = {}
        for item in items:
            self.add(item)

    def add(self, item: Item) -> None:
        if item["type"] == "function_call":
            self._calls.add(item["call_id"])
        elif item["type"] == "function_call_output":
            self._outputs.add(item["call_id"])
        else:
            return
        self._settle(item["call_id"])

    def remove(self, item: Item) -> None:
        if item["type"] == "function_call":
            self._calls.discard(item["call_id"])
        elif item["type"] == "function_call_output":
            self._outputs.discard(item["call_id"])
        else:
            return
        self._settle(item["call_id"])

    def check(self, more: Sequence[Item]) -> None:
        """Raise :class:`~errors.ApiError` where history and ``more`` together are poisoned."""
        calls = {item["call_id"] for item in more if item["type"] == "function_call"}
        outputs = {item["call_id"] for item in more if item["type"] == "function_call_output"}
        for call_id in (*self._unanswered, *sorted(calls - self._outputs)):
            if call_id not in outputs:
                raise errors.unanswered_call(call_id)
        for call_id in (*self._stray, *sorted(outputs - self._calls)):
            if call_id not in calls:
                raise errors.output_without_call(call_id)

    def _settle(self, call_id: str) -> None:
        self._unanswered.pop(call_id, None)
        self._stray.pop(call_id, None)
        if call_id in self._calls and call_id not in self._outputs:
            self._unanswered[call_id] = None
        if call_id in self._outputs and call_id not in self._calls:
            self._stray[call_id] = None


@dataclass(slots=True)
class Conversation:
    """``tokens`` and ``user_turns`` are running counts over ``entries``; ``last_prompt`` is how many
    tokens the latest response read, which the prompt cache then holds.
    """

    id: str
    created_at: int
    metadata: dict[str, str]
    entries: list[StoredItem] = field(default_factory=list)
    ledger: CallLedger = field(default_factory=CallLedger)
    tokens: int = 0
    user_turns: int = 0
    responses: int = 0
    last_prompt: int = 0
    busy: bool = False
    locked_until: float = 0.0

    def is_locked(self, now: float) -> bool:
        """Whether a response is being made, or the dial holds the lock."""
        return self.busy or now < self.locked_until

    def holds(self, item_id: str) -> bool:
        return any(entry.id == item_id for entry in self.entries)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "conversation",
            "created_at": self.created_at,
            "metadata": self.metadata,
        }


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """A response with what it was given, so that another one can continue it."""

    body: dict[str, Any]
    given: list[StoredItem]
    made: list[StoredItem]


class State:
    """All of it. Methods that take an id raise :class:`~errors.ApiError` where it is unknown."""

    def __init__(self, ids: IdMint, clock: Clock, keep_responses: int) -> None:
        self.ids = ids
        self.clock = clock
        self.conversations: dict[str, Conversation] = {}
        self.items: dict[str, StoredItem] = {}
        self.created = 0
        self.deleted = 0
        self.lost = 0
        self.responses_made = 0
        self._keep_responses = keep_responses
        self._responses: OrderedDict[str, KeptResponse] = OrderedDict()

    def create_conversation(self, metadata: dict[str, str], items: list[Item]) -> Conversation:
        now = self.clock()
        conversation = Conversation(self.ids.conversation(now), int(now), metadata)
        stored = self.to_add(conversation, items)
        self.conversations[conversation.id] = conversation
        self.created += 1
        self.attach(conversation, stored)
        return conversation

    def conversation(self, conversation_id: str) -> Conversation:
        try:
            return self.conversations[conversation_id]
        except KeyError:
            raise errors.conversation_not_found(conversation_id) from None

    def delete_conversation(self, conversation_id: str, *, lost: bool = False) -> None:
        """Its items stay, without a conversation. ``lost``: by accident, not by request."""
        conversation = self.conversation(conversation_id)
        del self.conversations[conversation_id]
        for entry in conversation.entries:
            entry.holders -= 1
        if lost:
            self.lost += 1
        else:
            self.deleted += 1

    def to_add(self, conversation: Conversation, items: list[Item]) -> list[StoredItem]:
        """``items`` as ``items.create`` would add them; nothing is changed yet."""
        now = self.clock()
        return [
            self._stored(item, conversation, self.ids.added_item(item["type"], conversation.id, now))
            for item in items
        ]

    def to_give(self, conversation: Conversation | None, items: list[Item], tail: str) -> list[StoredItem]:
        """``items`` as the input of a response of that ``tail``; nothing is changed yet."""
        now = self.clock()
        return [self._stored(item, conversation, self.ids.made(item["type"], tail, now)) for item in items]

    def attach(self, conversation: Conversation, stored: Sequence[StoredItem]) -> None:
        """Append at once, in order. Those of a conversation that is gone become orphans."""
        alive = conversation.id in self.conversations
        for item in stored:
            self.items[item.id] = item
            item.holders += 1 if alive else 0
            conversation.entries.append(item)
            conversation.tokens += item.tokens
            conversation.user_turns += is_from(item.body, "user")
            conversation.ledger.add(item.body)

    def item(self, conversation: Conversation, item_id: str) -> StoredItem:
        item = self.items.get(item_id)
        if item is None or not conversation.holds(item_id):
            raise errors.item_not_found(item_id)
        return item

    def delete_item(self, conversation: Conversation, item_id: str) -> None:
        """Gone from the conversation; gone altogether unless another conversation holds it."""
        item = self.item(conversation, item_id)
        entries = len(conversation.entries)
        conversation.entries = [entry for entry in conversation.entries if entry is not item]
        removed = entries - len(conversation.entries)
        item.holders -= removed
        conversation.tokens -= removed * item.tokens
        conversation.user_turns -= removed * is_from(item.body, "user")
        conversation.ledger.remove(item.body)
        if item.holders <= 0:
            del self.items[item_id]

    def orphans(self) -> list[StoredItem]:
        """Items that no living conversation lists."""
        return [item for item in self.items.values() if item.holders <= 0]

    def keep_response(self, response: KeptResponse) -> None:
        self._responses[response.body["id"]] = response
        while len(self._responses) > self._keep_responses:
            self._responses.popitem(last=False)

    def response(self, response_id: str) -> KeptResponse:
        try:
            return self._responses[response_id]
        except KeyError:
            raise errors.response_not_found(response_id) from None

    def delete_response(self, response_id: str) -> None:
        self.response(response_id)
        del self._responses[response_id]

    def context_of(self, response_id: str) -> list[StoredItem]:
        """What a response read and made, oldest first: its chain, or its conversation up to then."""
        if response_id not in self._responses:
            raise errors.previous_response_not_found(response_id)
        newest_first: list[list[StoredItem]] = []
        next_id: str | None = response_id
        while next_id is not None and (kept := self._responses.get(next_id)) is not None:
            if (earlier := self._conversation_up_to(kept)) is not None:
                newest_first.append(earlier)
                break
            newest_first.append(kept.given + kept.made)
            next_id = kept.body["previous_response_id"]
        return [item for part in reversed(newest_first) for item in part]

    def _conversation_up_to(self, kept: KeptResponse) -> list[StoredItem] | None:
        conversation = self.conversations.get((kept.body.get("conversation") or {}).get("id", ""))
        if conversation is None or not kept.made:
            return None
        for index, entry in enumerate(conversation.entries):
            if entry is kept.made[-1]:
                return conversation.entries[: index + 1]
        return None

    def _stored(self, item: Item, conversation: Conversation | None, new_id: str) -> StoredItem:
        """The stored item of the same id, whatever the caller sent with it; else a new one.

        An id that was never seen is not taken over: whether the real service would is not known, and
        nobody should lean on it.
        """
        known = self.items.get(item.get("id", ""))
        if item["type"] == "item_reference" and known is None:
            raise errors.referenced_item_not_found(item["id"])
        if known is not None and conversation is not None and conversation.holds(known.id):
            raise errors.item_already_there()
        if known is not None and (conversation is not None or item["type"] == "item_reference"):
            return known
        body = {**item, "id": new_id}
        return StoredItem(body, tokens_of(body))
