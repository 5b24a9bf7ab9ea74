"""``onethread export`` as real processes, killed in the middle as well."""

from __future__ import annotations

import asyncio
import base64
import os
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.export.files import record_of
from tests.export.conftest import Exporting
from tests.export.test_files import files_in
from tests.web.people import Person, at

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

MASTER_KEY = base64.b64encode(bytes(range(32))).decode()


class Shell:
    """Runs commands against one database."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self._environment = {
            **os.environ,
            "ONETHREAD_DATABASE_URL": url,
            "ONETHREAD_DATA_DIR": str(folder / "data"),
            "ONETHREAD_MASTER_KEY": MASTER_KEY,
            "ONETHREAD_SANDBOX": "on",
        }

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "service",
            "export",
            *arguments,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(self, *arguments: str) -> tuple[int | None, bytes, str]:
        """Exit status, standard output, standard error."""
        process = await self.start(*arguments)
        out, told = await process.communicate()
        assert b"Traceback" not in told, told.decode()
        return process.returncode, out, told.decode()


@pytest.fixture
def shell(fresh_url: str, tmp_path: Path) -> Shell:
    return Shell(fresh_url, tmp_path)


async def long_winded(exporting: Exporting, messages: int) -> None:
    """Events of which a few thousand make many MiB."""
    for n in range(16):
        person = Person(f"4915{n}", met=at(0))
        for turn in range(messages // 16):
            person.says(f"{turn} " + os.urandom(3_000).hex(), at(turn))
        await exporting.append(person)


@pytest.mark.parametrize(("name", "messages"), [("ndjson", 2_400), ("csv", 2_400), ("parquet", 4_800)])
async def test_an_export_that_was_killed_goes_on_to_the_same_bytes(
    exporting: Exporting, shell: Shell, name: str, messages: int
) -> None:
    await long_winded(exporting, messages)
    whole, broken = shell.folder / "whole", shell.folder / "broken"
    status, _, told = await shell.run("events", "--format", name, "--out", str(whole))
    assert (status, told.splitlines()[-1].split(" rows")[0]) == (0, f"{messages + 16:,}")

    process = await shell.start("events", "--format", name, "--out", str(broken))
    while not (kept := on_record(broken)).get("size"):
        assert process.returncode is None, "it was complete before it could be killed"
        await asyncio.sleep(0.002)
    process.kill()
    await process.communicate()
    kept = on_record(broken)
    assert 0 < kept["rows"] < messages

    refused, _, told = await shell.run("events", "--format", name, "--out", str(broken))
    assert (refused, "--resume" in told) == (2, True)
    status, _, told = await shell.run("events", "--format", name, "--out", str(broken), "--resume")
    assert status == 0, told
    assert broken.read_bytes() == whole.read_bytes()
    assert files_in(shell.folder) == {"data", "whole", "broken"}


def on_record(path: Path) -> dict[str, Any]:
    record = record_of(path)
    found: dict[str, Any] = orjson.loads(record.read_bytes()) if record.exists() else {}
    return found


async def test_an_event_that_cannot_be_read_is_named_and_makes_the_exit_status_1(
    exporting: Exporting, shell: Shell
) -> None:
    person = Person("1").says("one", at(0)).says("two", at(1))
    await exporting.append(person)
    await exporting.execute("UPDATE events SET type = 'FromTheFuture' WHERE version = 2")
    status, out, told = await shell.run("events")
    assert status == 1
    assert f"{person.id}/2: unknown type FromTheFuture" in told
    assert [orjson.loads(line)["version"] for line in out.splitlines()] == [1, 2, 3]
    page = shell.folder / "page.html"
    status, _, told = await shell.run(
        "timelines", "--format", "html", "--conversation", str(person.id), "--out", str(page)
    )
    assert (status, f"{person.id}/2" in told) == (1, True)
    assert "two" in page.read_text()


async def test_misuse_has_exit_status_2_and_names_what_is_wrong(exporting: Exporting, shell: Shell) -> None:
    person = Person("1").says("one", at(0))
    await exporting.append(person)
    taken = shell.folder / "taken"
    taken.write_text("mine")
    for arguments, field in [
        (("events", "--from", "2026-11-02T00:00:00Z", "--to", "2026-11-01T00:00:00Z"), "from"),
        (("sessions", "--view", "november"), "view"),
        (("messages", "--format", "html", "--conversation", str(person.id), "--tz", "Mars/Base"), "tz"),
        (("events", "--resume"), "resume"),
        (("events", "--out", str(taken)), "out"),
    ]:
        status, out, told = await shell.run(*arguments)
        assert (status, out, told.partition(":")[0]) == (2, b"", field), arguments
    assert taken.read_text() == "mine"


async def test_a_reader_of_standard_output_may_go_at_any_time(exporting: Exporting, shell: Shell) -> None:
    await long_winded(exporting, 500)
    process = await shell.start("events")
    assert process.stdout is not None
    assert process.stderr is not None
    await process.stdout.readline()
    process.stdout._transport.close()  # type: ignore[attr-defined] # as `head -1` does
    assert await process.stderr.read() == b""
    assert await process.wait() == 1


async def test_sessions_are_rows_of_the_view(exporting: Exporting, shell: Shell) -> None:
    status, out, told = await shell.run("sessions", "--format", "csv")
    assert status == 0, told
    head = out.decode().splitlines()[0].split(",")
    assert {"conversation_id", "session_number", "last_activity", "display_name"} <= set(head)
