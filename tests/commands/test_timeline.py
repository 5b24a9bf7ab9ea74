"""``onethread timeline`` as a process of its own beside the log."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.storage.database import Database
from service.storage.vault import Vault
from tests.web.conftest import append
from tests.web.frozen import Proxy
from tests.web.stories import Told

ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class Ran:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return orjson.loads(self.out)


def environment(url: str, folder: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "ONETHREAD_DATABASE_URL": url,
        "ONETHREAD_DATA_DIR": str(folder),
        "ONETHREAD_MASTER_KEY": base64.b64encode(bytes(range(32))).decode(),
        **more,
    }


class Shell:
    """Runs the command over one database."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder

    async def begin(self, *arguments: str, **more: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "service", "timeline", *arguments,
            cwd=ROOT, env=environment(self.url, self.folder, **more),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def run(self, *arguments: str, **more: str) -> Ran:
        process = await self.begin(*arguments, **more)
        out, err = await process.communicate()
        assert process.returncode is not None
        assert b"Traceback" not in err
        return Ran(process.returncode, out.decode(), err.decode())


@pytest.fixture
def shell(fresh_url: str, tmp_path: Path) -> Shell:
    return Shell(fresh_url, tmp_path)


@pytest.fixture
async def told(database: Database, vault: Vault) -> Told:
    """Two turns, in two minutes, the second of which failed."""
    told = Told()
    told.story.says("Is it [red] or blue?").answered("r1", text="Blue.", model="m", input_tokens=9)
    told.story.later(60).says("And the price?")
    told.story.c.give_up("r2", "window_closed", told.story.now)
    told.story.later(60).echo("e1", text="This is Kim")
    await append(database, told.taken(vault))
    return told


def versions(ran: Ran) -> list[int]:
    return [item["version"] for item in ran.json["items"]]


async def test_events_are_shown_by_version_with_their_words_as_they_are(shell: Shell, told: Told) -> None:
    ran = await shell.run(str(told.id))
    assert ran.status == 0
    first = [line.split()[0] for line in ran.out.splitlines() if line.strip()]
    assert [word for word in first if word.isdigit()] == [str(n) for n in range(1, 10)]
    assert "Is it [red] or blue?" in ran.out
    assert "\x1b" not in ran.out
    json = await shell.run("whatsapp:106540352242922:4915112345678", "--json")
    assert versions(json) == list(range(1, 10))


async def test_actors_are_told_apart_by_colour(shell: Shell, told: Told) -> None:
    ran = await shell.run(str(told.id), FORCE_COLOR="1", TERM="xterm-256color", COLUMNS="140")
    colour = {"MessageReceived": "36", "ReplyDrafted": "32", "ReplyFailed": "31", "EchoReceived": "35"}
    for what, number in colour.items():
        line = next(line for line in ran.out.splitlines() if what in line)
        assert f"\x1b[{number}m" in line, what


async def test_events_can_be_narrowed_and_shown_as_they_were(shell: Shell, told: Told) -> None:
    conversation = str(told.id)
    minute = "2026-11-02T12:01:00Z"
    for arguments, expected in [
        (["--after", minute], [7, 8, 9]),
        (["--before", minute], [1, 2, 3, 4, 5, 6]),
        (["--as-of", minute], [1, 2, 3, 4, 5, 6, 7, 8]),
        (["--as-of", minute, "--newest", "--limit", "2"], [8, 7]),
        (["--kinds", "MessageReceived", "--kinds", "EchoReceived"], [2, 7, 9]),
    ]:
        assert versions(await shell.run(conversation, "--json", *arguments)) == expected


async def test_turns_are_shown_with_what_they_took(shell: Shell, told: Told) -> None:
    ran = await shell.run(str(told.id), "--fold", "turns")
    assert ran.status == 0
    for words in ("Is it [red] or blue?", "Blue.", "answered", "failed", "This is Kim"):
        assert words in ran.out
    json = await shell.run(str(told.id), "--fold", "turns", "--json", "--newest", "--limit", "2")
    assert [turn["outcome"] for turn in json.json["items"]] == ["person", "failed"]
    then = await shell.run(str(told.id), "--fold", "turns", "--json", "--as-of", "2026-11-02T12:00:30Z")
    assert [turn["outcome"] for turn in then.json["items"]] == ["answered"]


async def test_what_makes_no_sense_is_refused_with_status_2_and_named(shell: Shell, told: Told) -> None:
    conversation = str(told.id)
    refusals = [
        (["nobody"], "conversation"),
        (["4a8ef1a0-5c3b-4f37-9a44-0d8f8fa0e7aa"], "conversation"),
        ([conversation, "--kinds", "Nonsense"], "kinds"),
        ([conversation, "--after", "yesterday"], "after"),
        ([conversation, "--before", "2026-01-01"], "before"),
        ([conversation, "--as-of", "2020-01-01T00:00:00Z"], "as_of"),
        ([conversation, "--limit", "0"], "limit"),
        ([conversation, "--fold", "turns", "--kinds", "ReplySent"], "kinds"),
        ([conversation, "--fold", "days"], "fold"),
        ([conversation, "--follow", "--fold", "turns"], "fold"),
        ([conversation, "--follow", "--newest"], "newest"),
        ([conversation, "--follow", "--as-of", "2026-11-02T12:00:30Z"], "as_of"),
    ]
    for ran, (arguments, name) in zip(
        await asyncio.gather(*(shell.run(*arguments) for arguments, _ in refusals)), refusals, strict=True
    ):
        assert (ran.status, ran.out) == (2, ""), arguments
        assert name in ran.err


# Following


@asynccontextmanager
async def following(shell: Shell, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await shell.begin(*arguments, "--follow", "--json")
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def printed(process: asyncio.subprocess.Process, count: int) -> list[int]:
    assert process.stdout is not None
    async with asyncio.timeout(60):
        return [orjson.loads(await process.stdout.readline())["version"] for _ in range(count)]


async def test_following_shows_the_newest_and_what_comes_each_once_until_it_is_interrupted(
    shell: Shell, told: Told, database: Database, vault: Vault
) -> None:
    async with following(shell, str(told.id), "--limit", "3") as process:
        assert await printed(process, 3) == [7, 8, 9]
        for n in range(700):
            told.story.later(1).says(f"number {n}")
        await append(database, told.taken(vault))
        assert await printed(process, 700) == list(range(10, 710))
        process.send_signal(signal.SIGINT)
        out, err = await process.communicate()
    assert (process.returncode, out, err) == (0, b"", b"")


async def test_following_some_types_passes_over_the_others(
    shell: Shell, told: Told, database: Database, vault: Vault
) -> None:
    async with following(shell, str(told.id), "--kinds", "EchoReceived") as process:
        assert await printed(process, 1) == [9]
        for n in range(600):
            told.story.later(1).says(f"number {n}")
        told.story.echo("e2")
        await append(database, told.taken(vault))
        assert await printed(process, 1) == [610]


async def test_following_waits_out_an_outage_of_the_database(
    fresh_url: str, tmp_path: Path, told: Told, database: Database, vault: Vault
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="proxy-"))
    proxy = Proxy(fresh_url, folder)
    await proxy.start()
    try:
        async with following(Shell(proxy.url, tmp_path), str(told.id), "--limit", "1") as process:
            assert await printed(process, 1) == [9]
            await proxy.stop()
            assert process.stderr is not None
            assert b"away" in await asyncio.wait_for(process.stderr.readline(), 30)
            told.story.later(1).says("meanwhile")
            await append(database, told.taken(vault))
            await proxy.start()
            assert await printed(process, 1) == [10]
            process.send_signal(signal.SIGINT)
            assert await asyncio.wait_for(process.wait(), 20) == 0
    finally:
        await proxy.stop()
        shutil.rmtree(folder)
