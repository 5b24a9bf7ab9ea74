"""A logical copy of the database, taken while the service runs, that says itself whether it is whole.

The copy is what ``pg_dump`` makes of one snapshot, with a manifest of the same snapshot beside it: how far
each partition of the log was, and its hash. The manifest is written last. The master key is not in it.
"""

from __future__ import annotations

import asyncio
import os
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg
import msgspec

from service.storage import fingerprint, log
from service.storage.embedded import PROGRAMS
from service.storage.fingerprint import Hashes

DUMP: Final = "dump"
MANIFEST: Final = "manifest.json"

OF_THE_MOMENT: Final = ("leases", "workers")
"""Tables whose rows say who works now: of no use in a copy."""

MIGRATIONS: Final = "SELECT name FROM migrations ORDER BY number"
SERVED: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'onethread' AND pid <> pg_backend_pid()
"""


class CopyFailed(Exception):
    """A copy could not be made, or is not what it should be. The message says what to do."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a copy holds: positions and hashes are those of one snapshot."""

    taken_at: datetime
    version: str
    migrations: list[str]
    log: Hashes
    keys: tuple[int, str]

    @property
    def heads(self) -> dict[int, int]:
        """How far each partition of the log was: positions are dense, so as many events."""
        return {partition: events for partition, (events, _) in self.log.items()}

    @property
    def events(self) -> int:
        """All events of the copy."""
        return sum(self.heads.values())


async def take(url: str, folder: Path, now: datetime) -> Manifest:
    """Copy the database into a folder that is not there yet, or empty.

    Raises :class:`CopyFailed`; then the folder has no manifest.
    """
    _make_empty(folder)
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            heads = await log.heads(connection)
            manifest = Manifest(
                taken_at=now,
                version=version("onethread"),
                migrations=[row["name"] for row in await connection.fetch(MIGRATIONS)],
                log=await fingerprint.of_log(connection, heads),
                keys=await fingerprint.of_keys(connection),
            )
            passed_over = [f"--exclude-table-data={table}" for table in OF_THE_MOMENT]
            await _run(
                "pg_dump", url, "--format=directory", "--no-owner", "--no-privileges", *passed_over,
                f"--snapshot={snapshot}", f"--file={folder / DUMP}",
            )  # fmt: skip
    finally:
        await connection.close()
    if manifest.heads != heads:
        raise CopyFailed("the log has gaps: see docs/operating.md, and keep the database as it is")
    _write(folder / MANIFEST, msgspec.json.encode(manifest))
    return manifest


def manifest_of(folder: Path) -> Manifest:
    """What a copy says of itself. Raises :class:`CopyFailed` where it was not finished."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise CopyFailed(f"{folder} has no {MANIFEST}: no copy, or one that was not finished") from None
    except msgspec.DecodeError as error:
        raise CopyFailed(f"{folder / MANIFEST}: {error}") from None


async def bring_back(url: str, folder: Path) -> Manifest:
    """Fill an empty database from a copy, all of it or nothing, and compare it with the manifest.

    Raises :class:`CopyFailed`.
    """
    manifest = manifest_of(folder)
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("SELECT to_regclass('events')") is not None:
            raise CopyFailed(
                "the database is not empty: make a new one and name it in ONETHREAD_DATABASE_URL"
            )
        await _run(
            "pg_restore", url, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
            str(folder / DUMP),
        )  # fmt: skip
        await check(connection, manifest)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
    return manifest


async def check(connection: asyncpg.Connection, manifest: Manifest) -> None:
    """Raises :class:`CopyFailed` where a database does not begin as the manifest says."""
    found = await fingerprint.of_log(connection, manifest.heads)
    apart = sorted(p for p in manifest.log if found.get(p) != manifest.log[p])
    if apart:
        raise CopyFailed(
            f"the log is another one than that of the copy, in partitions {apart}: do not serve it"
        )
    if await fingerprint.of_keys(connection) != manifest.keys:
        raise CopyFailed("the keys are others than those of the copy: do not serve it")


async def served(url: str) -> bool:
    """Whether a service, or another command, is connected to the database."""
    connection = await asyncpg.connect(url)
    try:
        return bool(await connection.fetchval(SERVED))
    finally:
        await connection.close()


async def _run(program: str, url: str, *arguments: str) -> None:
    """Run a program of PostgreSQL's, that of the wheel. The password does not show in ``ps``."""
    plain, password = _without_password(url)
    process = await asyncio.create_subprocess_exec(
        PROGRAMS / program, f"--dbname={plain}", *arguments,
        env={**os.environ, **({"PGPASSWORD": password} if password else {})},
        stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        _, complaint = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        first = complaint.decode(errors="replace").partition("\n")[0]
        raise CopyFailed(f"{program} ended with status {process.returncode}: {first}")


def _without_password(url: str) -> tuple[str, str | None]:
    parts = urlsplit(url)
    if parts.password is None:
        return url, None
    user, _, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}@{place}")), unquote(parts.password)


def _make_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CopyFailed(f"{folder} is not empty: name another folder")
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
