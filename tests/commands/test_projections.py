"""``onethread rebuild``, ``projections`` and what else reads views, as processes of their own."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from service.storage.database import Database
from service.storage.vault import Vault
from tests.commands.test_timeline import ROOT, Ran, environment
from tests.web.conftest import append
from tests.web.stories import Told

pytestmark = pytest.mark.processes

ADDRESS = "whatsapp:106540352242922:4915112345678"
GERMAN = {"ONETHREAD_SEARCH_LANGUAGE": "german"}


@pytest.fixture
async def told(database: Database, vault: Vault) -> Told:
    """A question and an answer."""
    told = Told()
    told.story.says("Is it red or blue?").answered("r1", text="Blue.")
    await append(database, told.taken(vault))
    return told


class Shell:
    """Runs commands over one database."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._folder = url, folder

    async def run(self, *words: str, **more: str) -> Ran:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "service", *words,
            cwd=ROOT, env=environment(self._url, self._folder, **more), stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        assert process.returncode is not None
        assert b"Traceback" not in err, err.decode()
        return Ran(process.returncode, out.decode(), err.decode())


@pytest.fixture
def shell(fresh_url: str, tmp_path: Path) -> Shell:
    return Shell(fresh_url, tmp_path)


async def test_changed_settings_are_told_of_and_taken_up_when_it_is_said(shell: Shell, told: Told) -> None:
    plain = await shell.run("rebuild", "timelines", "--json")
    assert (plain.status, plain.json["items"][0]["promoted"], plain.err) == (0, True, "")
    changed = await shell.run("rebuild", "timelines", "--json", **GERMAN)
    assert (changed.status, changed.json["items"][0]["promoted"]) == (0, True)
    assert "another language (ONETHREAD_SEARCH_LANGUAGE) than the settings say" in changed.err
    assert "onethread rebuild timelines --from-settings --despite-differences" in changed.err
    standing = await shell.run("projections", **GERMAN)
    [live] = [line for line in standing.out.splitlines() if "timelines" in line and " live " in line]
    assert live.rstrip().endswith("not as configured: language")
    beside = await shell.run("rebuild", "timelines", "--from-settings", "--json", **GERMAN)
    assert (beside.json["items"][0]["state"], beside.json["items"][0]["promoted"]) == ("following", False)
    meant = ("rebuild", "timelines", "--from-settings", "--despite-differences", "--json")
    taken = await shell.run(*meant, **GERMAN)
    assert (taken.status, taken.json["items"][0]["promoted"], taken.err) == (0, True, "")
    assert "not as configured" not in (await shell.run("projections", **GERMAN)).out


async def test_a_refused_promotion_says_why_on_standard_error_and_nothing_on_standard_output(
    shell: Shell, told: Told
) -> None:
    await shell.run("rebuild", "sessions", "--session-hours", "12", "--into", "short")
    refused = await shell.run("projections", "promote", "sessions", "short", ONETHREAD_LOG_FORMAT="json")
    assert (refused.status, refused.out) == (1, "")
    assert '"rebuild failed"' in refused.err
    assert "promote it with --despite-differences" in refused.err
    fault = (await shell.run("projections")).out
    [row] = [line for line in fault.splitlines() if "short" in line]
    assert row.rstrip().endswith("onethread projections drop sessions short")


async def test_every_command_takes_the_same_instants_and_the_zone_of_those_without_one(
    shell: Shell, told: Told
) -> None:
    await shell.run("rebuild", "timelines")
    late, early = ("2999-01-01T00:00+01:00", "2999-01-01T00:00:00Z"), ("2000-01-01", "2000-01-01T00:00")
    for words in (
        ("search", "red", "--from"),
        ("export", "events", "--from"),
        ("timeline", ADDRESS, "--after"),
    ):
        for instant in early:
            ran = await shell.run(*words, instant, "--tz", "Europe/Berlin")
            assert (ran.status, "MessageReceived" in ran.out) == (0, True), (words, ran)
        for instant in late:
            ran = await shell.run(*words, instant)
            assert (ran.status, "MessageReceived" in ran.out) == (0, False), (words, ran)
        ran = await shell.run(*words, early[0])
        assert (ran.status, "has no zone" in ran.err) == (2, True), (words, ran)
        ran = await shell.run(*words, early[0], "--tz", "Mars/Olympus")
        assert (ran.status, ran.err.startswith("tz: ")) == (2, True), (words, ran)
    ran = await shell.run(
        "rebuild", "sessions", "--as-of", early[0], "--tz", "Europe/Berlin", "--into", "then"
    )
    assert ran.status == 0


async def test_a_conversation_is_named_by_its_address_everywhere(shell: Shell, told: Told) -> None:
    by_id = await shell.run("export", "events", "--conversation", str(told.id))
    assert by_id.out.count("\n") > 3
    assert (await shell.run("export", "events", "--conversation", ADDRESS)).out == by_id.out
    await shell.run("rebuild", "timelines")
    found = await shell.run("search", "red", "--conversation", ADDRESS, "--json")
    assert [item["conversation_id"] for item in found.json["items"]] == [str(told.id)]
    bad = await shell.run("export", "events", "--conversation", "whatsapp:1")
    assert (bad.status, bad.err) == (2, "conversation: give its id, or channel:account:sender\n")
