"""Facts are made the short way, and are what the constructor would have made."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

import pytest

from domain.events import EVENT_TYPES, ConversationStarted, Fact, MessageReceived
from domain.fact import Fact as Base
from tests.domain.story import NOON, PERSON

ID = PERSON.conversation_id
RECORDED = {name: kind for name, kind in EVENT_TYPES.items() if kind is not ConversationStarted}


def told(event_class: type[Fact]) -> dict[str, Any]:
    """A value for each field that has no default of its own."""
    envelope = {field.name for field in fields(Base)}
    wanted = [f.name for f in fields(event_class) if f.default is MISSING and f.name not in envelope]
    return {name: f"a {name}" for name in wanted}


@pytest.mark.parametrize("name", RECORDED)
def test_a_fact_is_what_its_constructor_makes(name: str) -> None:
    event_class = RECORDED[name]
    values = told(event_class)
    made = event_class.made(ID, 7, NOON, values)
    built = event_class(originator_id=ID, originator_version=7, timestamp=NOON, **values)
    assert made == built
    assert vars(made) == vars(built)


def test_a_fact_that_lacks_something_or_has_something_unheard_of_is_not_made() -> None:
    values = told(MessageReceived)
    with pytest.raises(TypeError, match="kind"):
        MessageReceived.made(ID, 1, NOON, {k: v for k, v in values.items() if k != "kind"})
    with pytest.raises(TypeError, match="colour"):
        MessageReceived.made(ID, 1, NOON, {**values, "colour": "red"})
