"""Options that many commands have, checked in the words in which the HTTP surface says them."""

from __future__ import annotations

from typing import Final

from service.settings import SettingsError
from service.web.parameters import read_text

MOST_ROWS: Final = 1_000_000


def check_limit(limit: int) -> None:
    """Raises :class:`SettingsError` where so many rows are nobody's wish."""
    if not 1 <= limit <= MOST_ROWS:
        raise SettingsError(f"limit: a whole number from 1 to {MOST_ROWS} is expected")


def check_text(name: str, text: str | None) -> None:
    """Raises :class:`SettingsError` for a text that no id has; what a terminal sent may be no text at all."""
    try:
        if text is not None:
            read_text(text)
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from None
