"""What options of several commands are read by, in the words of the API."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from domain.identity import CHANNELS, Sender
from service.commands.offline import Offline
from service.instants import read_instant, read_zone
from service.settings import SettingsError
from service.storage import identities
from service.web.parameters import read_text

MOST_ROWS: Final = 1_000_000

T = TypeVar("T")


def option(name: str, read: Callable[[str], T], given: str | None) -> T | None:
    """The value of an option, None where it is not given. Raises :class:`SettingsError` naming it."""
    try:
        return None if given is None else read(given)
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from None


def instant(name: str, given: str | None, tz: str | None) -> datetime | None:
    """An instant; one that has no offset is by the clocks of ``tz``. Raises :class:`SettingsError`."""
    zone = option("tz", read_zone, tz)
    return option(name, lambda text: read_instant(text, zone), given)


def check_limit(limit: int) -> None:
    """Raises :class:`SettingsError` where so many rows are nobody's wish."""
    if not 1 <= limit <= MOST_ROWS:
        raise SettingsError(f"limit: a whole number from 1 to {MOST_ROWS} is expected")


def check_text(name: str, text: str | None) -> None:
    """Raises :class:`SettingsError` for a text that no id has; what a terminal sent may be no text at all."""
    option(name, read_text, text)


async def identified(there: Offline, text: str) -> UUID:
    """The conversation that an id leads to, or a person's address: the one that they are in now, where they
    were erased before. Raises :class:`SettingsError`."""
    with suppress(ValueError):
        return UUID(text)
    channel, _, rest = text.partition(":")
    account_id, _, sender_id = rest.partition(":")
    if channel not in CHANNELS or not account_id or not sender_id:
        raise SettingsError("conversation: give its id, or channel:account:sender")
    check_text("conversation", rest)
    conversation_id = Sender(channel, account_id, sender_id).conversation_id
    async with there.database.connection() as connection:
        hops = await identities.hops(connection, [conversation_id], there.database.partitions)
    return identities.end_of(hops, conversation_id)
