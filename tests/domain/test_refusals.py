"""A command that does not fit is refused, and a refusal leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import pytest

from domain.conversation import Refused
from tests.domain.story import Story

SITUATIONS: dict[str, Callable[[], Story]] = {
    "new": Story,
    "unanswered": lambda: Story().says(),
    "asked": lambda: Story().says().asked(),
    "failed": lambda: Story().says().asked().failed(),
    "written": lambda: Story().says().asked().drafted(parts=2),
    "sending": lambda: Story().says().asked().drafted(parts=2).sending(),
    "half sent": lambda: Story().says().asked().drafted(parts=2).sending().sent(),
    "sent": lambda: Story().says().answered(),
    "handed over": lambda: _handed_over(Story().says()),
    "erased": lambda: _erased(Story().says()),
}


def _handed_over(story: Story) -> Story:
    story.c.hand_over("kim", story.now)
    return story


def _erased(story: Story) -> Story:
    story.c.erase("kim", "cert", story.now)
    return story


COMMANDS: dict[str, Callable[[Story], object]] = {
    "attempt_draft": lambda s: s.asked(),
    "fail_draft": lambda s: s.failed(),
    "record_draft": lambda s: s.drafted(),
    "call_tool": lambda s: s.c.call_tool("r1", s.now, call_id="c", name="f", arguments="{}"),
    "return_tool": lambda s: s.c.return_tool("r1", s.now, call_id="c", output="1"),
    "fall_back": lambda s: s.c.fall_back("r1", "sorry", 1, s.now),
    "give_up": lambda s: s.c.give_up("r1", "too late", s.now),
    "attempt_send 1": lambda s: s.sending("r1", 1),
    "attempt_send 2": lambda s: s.sending("r1", 2),
    "defer_send": lambda s: s.deferred(),
    "fail_send": lambda s: s.refused(),
    "hand_over": lambda s: s.c.hand_over("kim", s.now),
    "hand_back": lambda s: s.c.hand_back("kim", s.now),
    "erase": lambda s: s.c.erase("kim", "cert", s.now),
}

ALWAYS = {"hand_over", "erase"}
FITS: dict[str, set[str]] = {
    "new": ALWAYS,
    "unanswered": {"attempt_draft", "fall_back", "give_up", *ALWAYS},
    "asked": {"fail_draft", "record_draft", "call_tool", "return_tool", "fall_back", "give_up", *ALWAYS},
    "failed": {
        "attempt_draft", "fail_draft", "record_draft", "call_tool", "return_tool", "fall_back", "give_up",
        *ALWAYS,
    },
    "written": {"give_up", "attempt_send 1", "defer_send", "fail_send", *ALWAYS},
    "sending": {"give_up", "attempt_send 1", "defer_send", "fail_send", *ALWAYS},
    "half sent": {"give_up", "attempt_send 2", *ALWAYS},
    "sent": ALWAYS,
    "handed over": {"give_up", "hand_back", "erase"},
    "erased": set(),
}  # fmt: skip
"""What each situation allows; everything else is refused."""


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_command_records_where_it_fits_and_is_refused_without_a_trace_elsewhere(
    situation: str, command: str
) -> None:
    story = SITUATIONS[situation]()
    before = deepcopy(story.c.state)
    version = story.c.version
    if command in FITS[situation]:
        COMMANDS[command](story)
        assert story.c.version > version
    else:
        with pytest.raises(Refused):
            COMMANDS[command](story)
        assert story.c.version == version
        assert story.c.state == before


@pytest.mark.parametrize("situation", ["asked", "failed"])
def test_the_outcome_of_another_reply_is_refused(situation: str) -> None:
    story = SITUATIONS[situation]()
    for command in (
        lambda: story.failed("r2"),
        lambda: story.drafted("r2"),
        lambda: story.c.call_tool("r2", story.now, call_id="c", name="f", arguments="{}"),
        lambda: story.c.return_tool("r2", story.now, call_id="c", output="1"),
    ):
        with pytest.raises(Refused):
            command()
