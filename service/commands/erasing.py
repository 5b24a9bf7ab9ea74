"""``onethread erase``: a person becomes unreadable."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from cyclopts import Parameter
from rich.progress import track

from domain.conversation import Refused
from service.commands.offline import Offline, opened
from service.commands.options import identified
from service.commands.recording import acting_user, on_record
from service.commands.showing import FAILED, errors, lines, print_json
from service.conversations import Conflict, Unknown
from service.erasing import Eraser
from service.instants import utc_now
from service.retention import Retention
from service.settings import SettingsError, policy_of

MOST_DAYS = 36_500


def erase(
    conversation: str | None = None,
    /,
    *,
    silent_for: float | None = None,
    dry_run: bool = False,
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
    silent_for
        Instead of one: everybody of whom nothing has been recorded for so many days, with whom no person is
        and to whom nothing is owed.
    dry_run
        With --silent-for: only say who that is.
    reason
        Why. It stays in the certificate, in the clear: nothing personal belongs in it.
    yes
        Do not ask.
    as_json
        Print JSON for programs.
    """
    if reason is not None and len(reason) > 256:
        raise SettingsError("reason: 256 characters at most")
    if silent_for is not None and conversation is None:
        if not 0 < silent_for <= MOST_DAYS:
            raise SettingsError(f"silent-for: days, more than 0 and at most {MOST_DAYS}")
        days = timedelta(days=silent_for)
        return asyncio.run(_erase_silent(days, reason, sure=yes, dry_run=dry_run, as_json=as_json))
    if conversation is None or silent_for is not None:
        raise SettingsError("conversation: give one, or --silent-for DAYS")
    if dry_run:
        raise SettingsError("dry-run: goes with --silent-for")
    return asyncio.run(_erase(conversation, reason, sure=yes, as_json=as_json))


async def _erase(conversation: str, reason: str | None, *, sure: bool, as_json: bool) -> int:
    async with opened() as there:
        conversation_id = await identified(there, conversation)
        _agree(f"the person of {conversation_id}", sure=sure)
        eraser = Eraser(there.database, there.vault, utc_now)
        try:
            async with on_record(there.database, "erase", str(conversation_id)):
                certificate_id = await eraser.erase(conversation_id, acting_user(), reason)
                await eraser.vacuum()
        except Unknown:
            raise SettingsError(f"conversation: there is no {conversation_id}") from None
        except Conflict:
            sys.stderr.write("others kept writing into the conversation; nothing was erased: try again\n")
            return FAILED
    if as_json:
        told = {"conversation_id": conversation_id, "certificate_id": certificate_id}
        print_json(told)
    else:
        lines.print(f"{conversation_id} is erased: certificate {certificate_id}")
    return 0


async def _erase_silent(
    days: timedelta, reason: str | None, *, sure: bool, dry_run: bool, as_json: bool
) -> int:
    async with opened() as there:
        retention = Retention(there.database, there.vault, policy_of(there.settings))
        before = utc_now() - days
        found = [each async for each in retention.silent(range(there.database.partitions), before)]
        erased: list[UUID] = []
        if not dry_run and found:
            _agree(f"{len(found)} people", sure=sure)
            erased = await _each(there, retention, found, before, reason)
    if as_json:
        told = {"silent": found, "erased": erased}
        print_json(told)
    elif dry_run:
        for conversation_id in found:
            lines.print(str(conversation_id))
        lines.print(f"{len(found)} would be erased")
    else:
        lines.print(f"{len(erased)} of {len(found)} are erased")
    return 0


async def _each(
    there: Offline, retention: Retention, found: list[UUID], before: datetime, reason: str | None
) -> list[UUID]:
    eraser, erased = Eraser(there.database, there.vault, utc_now), []
    for conversation_id in track(found, "Erasing", console=errors, transient=True, disable=len(found) < 20):
        with suppress(Refused, Conflict, Unknown):  # there is news of them
            await eraser.erase(
                conversation_id, acting_user(), reason, only_if=lambda c: retention.may_go(c, before)
            )
            erased.append(conversation_id)
    await eraser.vacuum()
    return erased


def _agree(whom: str, *, sure: bool) -> None:
    """Raises :class:`SettingsError` unless it is sure, or somebody at a terminal says so."""
    if sure:
        return
    if sys.stdin.isatty():
        lines.print(f"Erase {whom} for good? Type yes: ", end="")
        if sys.stdin.readline().strip() == "yes":
            return
    raise SettingsError("yes: give --yes, or answer yes at a terminal; nothing was erased")
