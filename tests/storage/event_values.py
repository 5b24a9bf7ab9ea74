"""Any event that could be recorded, drawn from the types of its fields."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any, get_type_hints
from uuid import UUID

from hypothesis import strategies as st

from domain.events import EVENT_TYPES, ConversationStarted, Fact
from domain.inbound import Attachment
from service.storage.codec import CONVERSATION_TOPIC, ENVELOPE

SOMEBODY = UUID("11111111-2222-3333-4444-555555555555")

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)
INSTANTS = st.integers(1_072_915_200_000_000, 253_370_764_800_000_000).map(
    lambda microseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)
"""Between 2004 and 9999, as channels may claim."""

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(TEXTS, JSON, max_size=4)

OF_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: st.integers(0, 2**53),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    datetime: INSTANTS,
    dict[str, Any]: OBJECTS,
    tuple[str, ...]: st.lists(TEXTS, max_size=3).map(tuple),
}
OF_TYPE |= {kind | None: st.none() | drawn for kind, drawn in list(OF_TYPE.items())}

ATTACHMENTS = st.builds(
    Attachment,
    **{name: OF_TYPE[hint] for name, hint in get_type_hints(Attachment).items() if name != "kind"},
    kind=TEXTS,
)
OF_TYPE[tuple[Attachment, ...]] = st.lists(ATTACHMENTS, max_size=3).map(tuple)


def required(event_class: type[Fact]) -> list[str]:
    """The fields of an event that have no default."""
    return [
        f.name
        for f in dataclasses.fields(event_class)
        if f.default is dataclasses.MISSING and f.name not in ENVELOPE
    ]


def event_of(event_class: type[Fact], **given: Any) -> Fact:
    """The event with these fields; its place in the conversation is the first unless given."""
    place = {
        "originator_id": SOMEBODY,
        "originator_version": 1,
        "timestamp": datetime(2026, 11, 2, tzinfo=UTC),
    }
    if event_class is ConversationStarted:
        place["originator_topic"] = CONVERSATION_TOPIC
    return event_class(**{**place, **given})


def events_of(event_class: type[Fact], *, only_required: bool = False) -> st.SearchStrategy[Fact]:
    """Events of one class with any values that their fields may have."""
    hints = get_type_hints(event_class)
    names = [f.name for f in dataclasses.fields(event_class) if f.name not in ENVELOPE]
    chosen = required(event_class) if only_required else names
    fields = st.fixed_dictionaries({name: OF_TYPE[hints[name]] for name in chosen})
    return fields.map(lambda values: event_of(event_class, **values))


ANY_EVENT = st.sampled_from(list(EVENT_TYPES.values())).flatmap(events_of)
