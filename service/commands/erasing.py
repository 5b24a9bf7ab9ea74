"""``onethread erase``: a person becomes unreadable."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import Annotated
from uuid import UUID

import orjson
from cyclopts import Parameter
from rich.console import Console

from domain.identity import CHANNELS, Sender
from service.app import utc_now
from service.commands.offline import Offline, opened
from service.commands.options import check_text
from service.commands.recording import acting_user, on_record
from service.conversations import Conflict, Unknown
from service.erasing import Eraser
from service.settings import SettingsError
from service.storage import identities

FAILED = 1

console = Console(highlight=False, soft_wrap=True)


def erase(
    conversation: str,
    /,
    *,
    reason: str | None = None,
    yes: bool = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Erase a person: their words, names and ids are unreadable from then on. It cannot be taken back.

    Counts and sums stay. What the model provider holds is deleted by the service once it can be reached.

    Parameters
    ----------
    conversation
        Its id, or channel:account:sender.
    reason
        Why. It stays in the certificate, in the clear: nothing personal belongs in it.
    yes
        Do not ask.
    as_json
        Print JSON for programs.
    """
    if reason is not None and len(reason) > 256:
        raise SettingsError("reason: 256 characters at most")
    return asyncio.run(_erase(conversation, reason, sure=yes, as_json=as_json))


async def _erase(conversation: str, reason: str | None, *, sure: bool, as_json: bool) -> int:
    async with opened() as there:
        conversation_id = await _identified(there, conversation)
        if not sure and not _agreed(conversation_id):
            raise SettingsError("yes: give --yes, or answer yes at a terminal; nothing was erased")
        eraser = Eraser(there.database, there.vault, utc_now)
        try:
            async with on_record(there.database, "erase", str(conversation_id)):
                certificate_id = await eraser.erase(conversation_id, acting_user(), reason)
        except Unknown:
            raise SettingsError(f"conversation: there is no {conversation_id}") from None
        except Conflict:
            sys.stderr.write("others kept writing into the conversation; nothing was erased: try again\n")
            return FAILED
    if as_json:
        told = {"conversation_id": conversation_id, "certificate_id": certificate_id}
        sys.stdout.write(orjson.dumps(told, default=str).decode() + "\n")
    else:
        console.print(f"{conversation_id} is erased: certificate {certificate_id}")
    return 0


def _agreed(conversation_id: UUID) -> bool:
    if not sys.stdin.isatty():
        return False
    console.print(f"Erase the person of {conversation_id} for good? Type yes: ", end="")
    return sys.stdin.readline().strip() == "yes"


async def _identified(there: Offline, text: str) -> UUID:
    """The conversation that an id leads to, or a person's address: the one that they are in now, where they
    were erased before."""
    with suppress(ValueError):
        return UUID(text)
    channel, _, rest = text.partition(":")
    account_id, _, sender_id = rest.partition(":")
    if channel not in CHANNELS or not account_id or not sender_id:
        raise SettingsError("conversation: give its id, or channel:account:sender")
    check_text("conversation", sender_id)
    check_text("conversation", account_id)
    conversation_id = Sender(channel, account_id, sender_id).conversation_id
    async with there.database.connection() as connection:
        hops = await identities.hops(connection, [conversation_id], there.database.partitions)
    return identities.end_of(hops, conversation_id)
