"""Which fields of an event are personal.

A field is marked where the event declares it, ``text: Personal[str | None]``. Marked fields are
sealed under the conversation's own key from the first event on; destroying that key is erasure.
Everything unmarked stays in the clear, because the numbers need it after the person has gone.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeVar, get_type_hints

T = TypeVar("T")

PERSONAL: Final = "personal"
Personal = Annotated[T, PERSONAL]


def personal_fields(event_class: type[Any]) -> frozenset[str]:
    """The names of the fields of an event class that are to be sealed."""
    hints = get_type_hints(event_class, include_extras=True)
    return frozenset(name for name, hint in hints.items() if PERSONAL in getattr(hint, "__metadata__", ()))
