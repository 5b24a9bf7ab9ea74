"""Ready follows the database, whatever is the matter with it; alive does not."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import psutil
import pytest

from bench.processes import ACCOUNTS, Running, running, speaker
from bench.recording import check

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

WHATSAPP = ACCOUNTS[0]
DISK_SIZE = "160m"
NOTICED_WITHIN = 12.0


async def status(session: aiohttp.ClientSession, world: Running, path: str) -> int:
    async with session.get(f"{world.url}{path}", timeout=aiohttp.ClientTimeout(total=5)) as answer:
        return answer.status


@asynccontextmanager
async def always_alive(session: aiohttp.ClientSession, world: Running) -> AsyncIterator[None]:
    """Fails where the process did not say that it is alive all the while."""
    seen: set[int] = set()

    async def watch() -> None:
        while True:
            seen.add(await status(session, world, "/livez"))
            await asyncio.sleep(0.05)

    watching = asyncio.create_task(watch())
    yield
    watching.cancel()
    await asyncio.wait({watching})
    assert watching.cancelled(), "it was not alive"
    assert seen == {200}


async def until_ready_is(session: aiohttp.ClientSession, world: Running, wanted: int, within: float) -> None:
    async with asyncio.timeout(within):
        while await status(session, world, "/readyz") != wanted:
            await asyncio.sleep(0.05)


async def assert_everything_said_is_recorded(world: Running, said: set[str]) -> None:
    await world.until_rest()
    async with world.database() as connection:
        report = await check(
            connection,
            world.vault,
            acknowledged=said,
            sends=list(world.meta.ledger.sends),
            live_threads={c["id"]: c["metadata"] for c in world.openai.state()["conversations"]},
        )
    assert report.violations == []


def server_processes(world: Running) -> list[psutil.Process]:
    postmaster = int((world.folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    parent = psutil.Process(postmaster)
    return [parent, *parent.children(recursive=True)]


async def test_a_database_that_stands_still_makes_the_service_not_ready_until_it_goes_on() -> None:
    async with running() as world, aiohttp.ClientSession() as session, always_alive(session, world):
        frozen = server_processes(world)
        for process in frozen:
            os.kill(process.pid, signal.SIGSTOP)
        try:
            await until_ready_is(session, world, 503, NOTICED_WITHIN)
            saying = asyncio.create_task(world.meta.say(speaker(WHATSAPP, "491511111111"), "meanwhile"))
        finally:
            for process in frozen:
                os.kill(process.pid, signal.SIGCONT)
        await until_ready_is(session, world, 200, 30)
        message_id, acknowledged_at = await saying
        assert acknowledged_at is not None
        await assert_everything_said_is_recorded(world, {message_id})


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of its own for what is made in temporary directories."""
    disk = Path(tempfile.mkdtemp(prefix="disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_SIZE},mode=755", "onethread", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        disk.rmdir()
        pytest.skip("no file system can be mounted here, as only root may")
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)
    disk.rmdir()


def fill(disk: Path) -> Path:
    """Take all the room there is."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(64 * 1024))
        except OSError:
            return ballast


async def test_a_full_disk_makes_the_service_not_ready_until_there_is_room(small_disk: Path) -> None:
    async with running() as world, aiohttp.ClientSession() as session, always_alive(session, world):
        ballast = fill(small_disk)
        await until_ready_is(session, world, 503, NOTICED_WITHIN)
        async with session.get(f"{world.url}/health") as answer:
            database = (await answer.json())["components"]["database"]
            assert (answer.status, database["status"], database["writable"]) == (503, "down", False)
        saying = asyncio.create_task(world.meta.say(speaker(WHATSAPP, "491511111111"), "meanwhile"))
        ballast.unlink()
        await until_ready_is(session, world, 200, 60)
        message_id, acknowledged_at = await saying
        assert acknowledged_at is not None
        await assert_everything_said_is_recorded(world, {message_id})
