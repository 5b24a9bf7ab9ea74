"""``onethread erase`` as a process of its own beside the log."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from service.storage import log
from service.storage.database import Database
from service.storage.vault import Vault
from tests.commands.test_timeline import ROOT, Ran, environment
from tests.web.conftest import append
from tests.web.stories import Told

ADDRESS = "whatsapp:106540352242922:4915112345678"


@pytest.fixture
async def told(database: Database, vault: Vault) -> Told:
    """A question and an answer."""
    told = Told()
    told.story.says("Is it red or blue?").answered("r1", text="Blue.")
    await append(database, told.taken(vault))
    return told


async def erase(url: str, folder: Path, *arguments: str) -> Ran:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", "erase", *arguments,
        cwd=ROOT, env=environment(url, folder), stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    assert b"Traceback" not in err
    return Ran(process.returncode, out.decode(), err.decode())


async def readable(database: Database, vault: Vault, told: Told) -> bool:
    async with database.connection() as connection:
        live = await log.load(connection, vault, told.id, database.partitions)
    assert live is not None
    return live.key is not None


async def test_a_person_is_erased_by_their_address_and_the_certificate_is_told_again(
    fresh_url: str, tmp_path: Path, database: Database, vault: Vault, told: Told
) -> None:
    first = await erase(fresh_url, tmp_path, ADDRESS, "--reason", "asked for it", "--yes", "--json")
    assert first.status == 0
    assert not await readable(database, vault, told)
    assert (await erase(fresh_url, tmp_path, str(told.id), "--yes", "--json")).json == first.json


async def test_nobody_is_erased_who_was_not_agreed_on(
    fresh_url: str, tmp_path: Path, database: Database, vault: Vault, told: Told
) -> None:
    ran = await erase(fresh_url, tmp_path, ADDRESS)
    assert (ran.status, ran.err.startswith("yes:")) == (2, True)
    assert await readable(database, vault, told)


@pytest.mark.parametrize("who", ["nobody", "whatsapp:1:2", "00000000-0000-0000-0000-000000000001"])
async def test_who_is_not_there_cannot_be_erased(fresh_url: str, tmp_path: Path, who: str) -> None:
    ran = await erase(fresh_url, tmp_path, who, "--yes")
    assert (ran.status, ran.err.startswith("conversation:")) == (2, True)
