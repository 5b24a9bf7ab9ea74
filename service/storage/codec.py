"""Events to and from what the log stores: a type name, clear JSON, and JSON to be sealed.

Each class gets two typed shapes derived from its fields, one for what stays in the clear and one
for what is personal; both are checked when an event is read. Fields at their default are not
stored. An older ``class_version`` is brought up by the class's ``upcast_vN_vM`` first.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, get_type_hints
from uuid import UUID

import msgspec
import orjson
from eventsourcing.utils import get_topic

from domain.conversation import Conversation
from domain.erasure import personal_fields
from domain.events import EVENT_TYPES, ConversationStarted, Fact
from domain.inbound import Attachment
from projections.projection import Unreadable

ENVELOPE: Final = frozenset({"originator_id", "originator_version", "timestamp", "originator_topic"})
VERSION: Final = "_v"
"""Name of the stored class version; absent means 1."""

UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")

CONVERSATION_TOPIC: Final = get_topic(Conversation)


class Undecodable(Exception):
    """A stored event does not have the shape that its type says."""


_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError)


class _Written(msgspec.Struct):
    """By which version of its class an event was written."""

    version: Annotated[int, msgspec.Meta(ge=1)] = msgspec.field(name=VERSION, default=1)


class _Shape:
    """How one event class is stored."""

    def __init__(self, event_class: type[Fact]) -> None:
        hints = get_type_hints(event_class)
        fields = [f for f in dataclasses.fields(event_class) if f.name not in ENVELOPE]
        personal = personal_fields(event_class)
        self.event_class = event_class
        self.defaults = {f.name: f.default for f in fields}
        self.clear = [f.name for f in fields if f.name not in personal]
        self.personal = [f.name for f in fields if f.name in personal]
        self.blank = {f.name: _blank(f, hints[f.name]) for f in fields if f.name in personal}
        self.clear_struct = self._struct("Clear", [f for f in fields if f.name not in personal], hints)
        self.sealed_struct = self._struct("Sealed", [f for f in fields if f.name in personal], hints)
        self.clear_decoder = msgspec.json.Decoder(self.clear_struct)
        self.sealed_decoder = msgspec.json.Decoder(self.sealed_struct)

    def _struct(self, kind: str, fields: list[Any], hints: dict[str, Any]) -> type[msgspec.Struct]:
        required = [(f.name, hints[f.name]) for f in fields if f.default is dataclasses.MISSING]
        optional = [
            (f.name, hints[f.name], f.default) for f in fields if f.default is not dataclasses.MISSING
        ]
        version = [(VERSION, int, 1)] if kind == "Clear" else []
        return msgspec.defstruct(
            f"{self.event_class.__name__}{kind}", [*required, *optional, *version], kw_only=True
        )


def _blank(field: Any, hint: Any) -> Any:
    """What stands for a personal value whose key is destroyed."""
    if field.default is not dataclasses.MISSING:
        return field.default
    return () if hint is not str else ""


_SHAPES: Final = {name: _Shape(event_class) for name, event_class in EVENT_TYPES.items()}


def encode(event: Fact) -> tuple[str, bytes, bytes | None]:
    """The stored type, the clear JSON, and the personal JSON (None where nothing is personal)."""
    name = type(event).__name__
    shape = _SHAPES[name]
    try:
        clear, personal = _encoded(shape, event.__dict__)
    except TypeError:  # a lone surrogate, as in an emoji that was cut in the middle
        clear, personal = _encoded(shape, _mended(event.__dict__))
    if b"\\u0000" in clear:
        clear, _ = _encoded(shape, _mended(event.__dict__))
    return name, clear, personal


def _encoded(shape: _Shape, values: Mapping[str, Any]) -> tuple[bytes, bytes | None]:
    defaults = shape.defaults
    clear = {n: v for n in shape.clear if (v := values[n]) != defaults[n]}
    if shape.event_class.class_version > 1:
        clear[VERSION] = shape.event_class.class_version
    if not shape.personal:
        return orjson.dumps(clear), None
    personal = {n: v for n in shape.personal if (v := values[n]) != defaults[n]}
    return orjson.dumps(clear), orjson.dumps(personal)


def _mended(value: Any) -> Any:
    """The value with what PostgreSQL or UTF-8 cannot hold replaced by U+FFFD."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {_mended(name): _mended(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_mended(inner) for inner in value]
    if isinstance(value, Attachment):
        return dataclasses.replace(value, **_mended(dataclasses.asdict(value)))
    return value


def decode(
    conversation_id: UUID,
    version: int,
    name: str,
    recorded_at: datetime,
    clear: str | bytes,
    personal: bytes | None,
) -> Fact:
    """The event as it was recorded. ``personal`` is None where there is none or its key is destroyed.

    Raises :class:`Undecodable` naming the event and the field at fault; never a guess.
    """
    shape = _SHAPES.get(name)
    if shape is None:
        raise Undecodable(f"event {conversation_id}/{version}: unknown type {name}")
    try:
        values = _values(shape, clear, personal)
    except _UNREADABLE as error:
        raise Undecodable(f"event {conversation_id}/{version}, {name}: {error}") from None
    values.update(originator_id=conversation_id, originator_version=version, timestamp=recorded_at)
    if shape.event_class is ConversationStarted:
        values["originator_topic"] = CONVERSATION_TOPIC
    event: Fact = object.__new__(shape.event_class)
    event.__dict__.update(values)
    return event


def _values(shape: _Shape, clear: str | bytes, personal: bytes | None) -> dict[str, Any]:
    current = shape.event_class.class_version
    if current > 1:
        written = msgspec.json.decode(clear, type=_Written).version
        if written < current:
            return _upcast(shape, written, clear, personal)
    values = msgspec.structs.asdict(shape.clear_decoder.decode(clear))
    if values.pop(VERSION) > current:
        raise msgspec.ValidationError("written by a newer version of this class")
    if shape.personal:
        values.update(
            shape.blank if personal is None else msgspec.structs.asdict(shape.sealed_decoder.decode(personal))
        )
    return values


def _upcast(shape: _Shape, written: int, clear: str | bytes, personal: bytes | None) -> dict[str, Any]:
    state = _object(clear) | (_object(personal) if personal is not None else {})
    for version in range(written, shape.event_class.class_version):
        getattr(shape.event_class, f"upcast_v{version}_v{version + 1}")(state)
    fields = msgspec.convert({n: state[n] for n in shape.clear if n in state}, shape.clear_struct)
    values = msgspec.structs.asdict(fields)
    del values[VERSION]
    if personal is None:
        return {**values, **shape.blank}
    sealed = msgspec.convert({n: state[n] for n in shape.personal if n in state}, shape.sealed_struct)
    return {**values, **msgspec.structs.asdict(sealed)}


def _object(stored: str | bytes) -> dict[str, Any]:
    return msgspec.json.decode(stored, type=dict[str, Any])


def stored_fields(name: str, clear: str | bytes, personal: bytes | None) -> dict[str, Any]:
    """The fields of an event for showing: personal ones only where they can be read."""
    return clear_fields(name, clear) if personal is None else _values(_SHAPES[name], clear, personal)


def clear_fields(name: str, clear: str | bytes) -> dict[str, Any]:
    """The fields of an event that are in the clear."""
    shape = _SHAPES[name]
    values = _values(shape, clear, None)
    for personal in shape.blank:
        del values[personal]
    return values


def recorded_fields(name: str, clear: str | bytes) -> Any:
    """The fields of an event that are in the clear, by attribute, or :class:`Unreadable`."""
    shape = _SHAPES.get(name)
    if shape is None:
        return Unreadable(f"unknown type {name}")
    try:
        fields: Any = shape.clear_decoder.decode(clear)
    except _UNREADABLE as error:
        return _older(shape, clear, error)
    written = getattr(fields, VERSION)
    if written < shape.event_class.class_version:
        return _older(shape, clear, None)
    if written > shape.event_class.class_version:
        return Unreadable("written by a newer version of this class")
    return fields


def _older(shape: _Shape, clear: str | bytes, error: Exception | None) -> Any:
    try:
        return msgspec.convert(
            {n: v for n, v in _values(shape, clear, None).items() if n in shape.clear}, shape.clear_struct
        )
    except (*_UNREADABLE, KeyError) as fault:
        return Unreadable(str(error or fault))


def recorded_personal(name: str, personal: bytes) -> Any:
    """The personal fields of an event, opened, by attribute, or :class:`Unreadable`, which repeats
    none of them."""
    try:
        return _SHAPES[name].sealed_decoder.decode(personal)
    except (*_UNREADABLE, KeyError):
        return Unreadable("its personal fields have another shape")
