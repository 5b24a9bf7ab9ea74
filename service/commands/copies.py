"""Commands about copies: ``onethread backup``, ``restore`` and ``certificates``."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import asyncpg
import msgspec
from cyclopts import Parameter

from service import backup as copies
from service.backup import CopyFailed, Manifest
from service.commands.offline import opened
from service.commands.showing import FAILED, errors, lines, print_json
from service.instants import utc_now
from service.opening import database_url
from service.restoring import BadCertificates, Certificate, Outcome, Restoring, certificates_of
from service.restoring import certificates as read_certificates
from service.settings import SettingsError, load_settings, policy_of

Json = Annotated[bool, Parameter(name="--json")]


def backup(folder: Path, /, *, as_json: Json = False) -> int:
    """Copy the database into a folder, as it is at one moment. The service may run meanwhile.

    The master key is not in the copy: keep it elsewhere. Of the copy nothing can be read without it.

    Parameters
    ----------
    folder
        Where to; it must be new, or empty.
    as_json
        Print JSON for programs.
    """
    try:
        manifest = asyncio.run(_backup(folder))
    except CopyFailed as failed:
        return _failed(failed)
    if as_json:
        print_json({"folder": str(folder), "events": manifest.events, "taken_at": manifest.taken_at})
    else:
        lines.print(f"{manifest.events} events and {manifest.keys[0]} keys are in {folder}")
    return 0


async def _backup(folder: Path) -> Manifest:
    async with database_url(load_settings()) as url:
        return await copies.take(url, folder, utc_now())


def restore(
    folder: Path | None = None,
    /,
    *,
    in_place: bool = False,
    erased: str | None = None,
    keep_owed: bool = False,
    as_json: Json = False,
) -> int:
    """Bring a copy back into an empty database, prove it, and make it fit to be served.

    What was acknowledged is taken in; whoever was erased since the copy was made is erased again; and what
    is owed is given up (ReplyFailed, restored), since it may have been sent after the copy was made. Nothing
    is sent and nobody is called. Do it before a service starts on the database.

    Parameters
    ----------
    folder
        What onethread backup made.
    in_place
        The database was brought back by other means, such as pg_basebackup: only make it fit.
    erased
        Who was erased: a file of onethread certificates, or the postgresql:// address of the newer database.
    keep_owed
        Leave what is owed to be answered and sent, some of it perhaps for the second time.
    as_json
        Print JSON for programs.
    """
    if (folder is None) != in_place:
        raise SettingsError("folder: name what onethread backup made, or give --in-place instead")
    try:
        outcome = asyncio.run(_restore(folder, erased, keep_owed=keep_owed))
    except BadCertificates as bad:
        raise SettingsError(f"erased: {bad}") from None
    except CopyFailed as failed:
        return _failed(failed)
    if as_json:
        print_json(asdict(outcome))
        return 0
    lines.print(
        f"{outcome.taken_in} items taken in, {outcome.erased_again} people erased again, "
        f"{outcome.given_up} answers given up"
    )
    if erased is None:
        lines.print("nobody was erased again: give --erased unless nobody was since the copy was made")
    return 0


async def _restore(folder: Path | None, erased: str | None, *, keep_owed: bool) -> Outcome:
    known = await certificates_of(erased) if erased is not None else []
    settings = load_settings()
    async with database_url(settings) as url:
        if folder is not None:
            await copies.bring_back(url, folder)
        elif await copies.served(url):
            raise CopyFailed("a service is connected to the database: stop it first")
    async with opened() as there:
        fit = Restoring(there.database, there.vault, policy_of(settings), utc_now)
        return await fit.make_fit(known, keep_owed=keep_owed)


def certificates(*, out: Path | None = None) -> None:
    """List who was erased, a JSON line each: conversation, certificate, instant. Nothing personal.

    Keep the list apart from the copies, and newer than they are: restore --erased takes it.

    Parameters
    ----------
    out
        Where to, in place of the list that is there; else to standard output.
    """
    found = asyncio.run(_certificates())
    listed = b"".join(msgspec.json.encode(certificate) + b"\n" for certificate in found)
    if out is None:
        sys.stdout.write(listed.decode())
        return
    draft = out.with_name(f"{out.name}.new")
    draft.write_bytes(listed)
    draft.replace(out)  # whoever reads it meanwhile gets one list or the other


async def _certificates() -> list[Certificate]:
    async with database_url(load_settings()) as url:
        connection = await asyncpg.connect(url)
        try:
            return await read_certificates(connection)
        finally:
            await connection.close()


def _failed(failed: CopyFailed) -> int:
    errors.print(str(failed), markup=False)
    return FAILED
