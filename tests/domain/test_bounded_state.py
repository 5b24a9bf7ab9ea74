"""A conversation remembers what decisions need, however long it gets."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, Final

from domain.state import REMEMBERED_ALIASES, REMEMBERED_KEYS, State
from service.storage.log import snapshot
from service.storage.vault import Vault
from tests.domain.story import Story

EVENTS: Final = 100_000
LARGEST_SNAPSHOT: Final = 64 * 1024
MOST_PARTS: Final = 3

BOUNDS: Final = {
    "state.aliases": REMEMBERED_ALIASES,
    "state.left": REMEMBERED_ALIASES,
    "state.keys": REMEMBERED_KEYS,
    "state.outgoing": 1,
    "state.outgoing[].message_ids": MOST_PARTS,
    "state.last_sent.message_ids": MOST_PARTS,
    "state.draft.tools": 8,
}
"""Every container that a state may have, and how long it may get in these stories."""


def containers(value: Any, path: str = "state") -> Iterator[tuple[str, int]]:
    """Path and length of each list, tuple, set and dict in a state."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from containers(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, list | tuple | set | dict):
        yield path, len(value)
        for element in value:
            yield from containers(element, f"{path}[]")


def turn(story: Story, n: int) -> None:
    """A customer's turn in which everything happens that may."""
    wamid = f"wamid.{n:060}"
    story.says(message_id=wamid, aliases=(f"bsuid.{n:040}",), profile_name=f"Anna {n}").says(message_id=wamid)
    story.edits(wamid, "corrected", revision=n).reacts(wamid, "👍")
    reply_id = f"r{n}"
    story.asked(reply_id)
    for call in range(3):
        story.c.call_tool(reply_id, story.now, call_id=f"call{call}", name="stock", arguments="{}")
        story.c.return_tool(reply_id, story.now, call_id=f"call{call}", output="7")
    story.says().failed(reply_id).later(120).asked(reply_id)
    story.drafted(reply_id, parts=MOST_PARTS, input_tokens=n, output_tokens=n)
    for part in range(1, MOST_PARTS + 1):
        story.sending(reply_id, part).deferred(reply_id, part).sending(reply_id, part)
        story.sent(reply_id, part, f"wamid.out.{n:060}.{part}")
        story.receipt("read", f"wamid.out.{n:060}.{part}", reference=story.reference(reply_id, part))
    story.rebound(f"conv_{n:048}", turns=10).later(40_000)


def check(state: State) -> None:
    for path, length in containers(state):
        assert length <= BOUNDS[path], path


def test_a_hundred_thousand_events_leave_a_small_state() -> None:
    story = Story()
    n = 0
    while story.c.version < EVENTS:
        n += 1
        turn(story, n)
        story.c.new_facts()
        if n % 100 == 0:
            story.says().asked("open")
            check(story.c.state)
            story.failed("open").drafted("open").sending("open")
            check(story.c.state)
            story.sent("open", message_id="x")
    key, _ = Vault(bytes(32)).make(story.c.id)
    assert len(snapshot(story.c, key)) < LARGEST_SNAPSHOT
    assert story.c.state.messages > EVENTS / 20


def test_a_person_who_takes_number_after_number_leaves_a_small_state() -> None:
    story = Story().says()
    for n in range(5 * REMEMBERED_ALIASES):
        story.later(60).renumbers(f"4915{n:08}", sender=story.c.sender)
    check(story.c.state)
    assert len(story.c.state.left) == REMEMBERED_ALIASES


def test_receipts_that_name_many_messages_leave_a_small_state() -> None:
    story = Story()
    for n in range(REMEMBERED_KEYS):
        story.receipt("read", *(f"wamid.{n:06}{m:054}" for m in range(100)))
    key, _ = Vault(bytes(32)).make(story.c.id)
    assert len(snapshot(story.c, key)) < LARGEST_SNAPSHOT
