"""What a look found, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``advice`` says what to do about it. Neither holds a secret."""

    about: str
    state: State
    found: str
    advice: str = ""


def ok(about: str, found: str) -> Finding:
    """As it should be."""
    return Finding(about, "ok", found)


def warning(about: str, found: str, advice: str) -> Finding:
    """It works, and may not go on to."""
    return Finding(about, "warning", found, advice)


def wrong(about: str, found: str, advice: str) -> Finding:
    """It does not work, or loses something."""
    return Finding(about, "wrong", found, advice)
