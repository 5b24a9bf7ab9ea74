"""``onethread tokens`` and ``onethread audit`` as processes of their own."""

from __future__ import annotations

import asyncio
import getpass
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from service.storage.database import Database
from service.storage.vault import Vault
from tests.commands.test_timeline import ROOT, Ran, environment
from tests.web.conftest import Api, append, running
from tests.web.stories import Told
from tests.web.visitors import audited, bearer

SESSIONS = "/api/v1/sessions"


class Shell:
    """Runs commands over one database."""

    def __init__(self, url: str, folder: Path) -> None:
        self._environment = environment(url, folder)

    async def run(self, *arguments: str) -> Ran:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "service", *arguments,
            cwd=ROOT, env=self._environment, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        assert process.returncode is not None
        assert b"Traceback" not in err
        return Ran(process.returncode, out.decode(), err.decode())

    async def audit(self, *arguments: str) -> list[dict[str, Any]]:
        return list((await self.run("audit", "--json", *arguments)).json["items"])


@pytest.fixture
def shell(fresh_url: str, tmp_path: Path) -> Shell:
    return Shell(fresh_url, tmp_path)


async def status(api: Api, token: str) -> int:
    return (await api.send(SESSIONS, headers=bearer(token))).status


async def test_a_token_made_by_command_opens_a_running_service_until_it_is_revoked(
    shell: Shell, fresh_url: str, tmp_path: Path
) -> None:
    async with running(fresh_url, tmp_path) as api:
        made = await shell.run("tokens", "create", "reports", "--scope", "read", "--days", "7")
        assert made.status == 0
        (token,) = re.findall(r"^ot_[0-9a-f]{64}$", made.out, re.MULTILINE)
        assert await status(api, token) == 200
        assert (await shell.run("tokens", "revoke", "reports")).status == 0
        async with asyncio.timeout(5):
            while await status(api, token) == 200:
                await asyncio.sleep(0.05)
        assert await status(api, token) == 401
        listed = await shell.run("tokens", "--json")
        assert token not in listed.out
        owner, reports = listed.json["items"]
        assert (owner["name"], reports["name"]) == ("owner", "reports")
        assert reports["created_by"] == f"cli:{getpass.getuser()}"
        assert reports["revoked_at"] is not None
        rows = await audited(api)
    assert [(r["route"], r["subject"], r["outcome"]) for r in rows if r["via"] == "cli"] == [
        ("tokens create", "reports", 0),
        ("tokens revoke", "reports", 0),
    ]
    table = await shell.run("tokens", "list")
    assert "reports" in table.out
    assert token not in table.out


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("create", "Ada", "--scope", "read"), "name"),
        (("create", "4915112345678", "--scope", "read"), "name"),
        (("create", "owner", "--scope", "read"), "name"),
        (("create", "ada", "--scope", "read", "--days", "0"), "days"),
        (("create", "ada", "--scope", "all"), ""),
        (("create", "ada"), ""),
        (("revoke", "nobody"), "name"),
        (("revoke", "owner"), "name"),
    ],
)
async def test_a_token_that_cannot_be_is_misuse_and_names_what_is_at_fault(
    shell: Shell, arguments: tuple[str, ...], field: str
) -> None:
    ran = await shell.run("tokens", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"{field}:" if field else "")


async def test_commands_that_change_something_are_on_record_the_newest_first(
    shell: Shell, database: Database, vault: Vault
) -> None:
    told = Told()
    told.story.says("Is it red or blue?").answered("r1", text="Blue.")
    await append(database, told.taken(vault))
    assert (await shell.run("rebuild", "sessions", "--into", "again", "--keep")).status == 0
    assert (await shell.run("projections", "promote", "sessions", "again")).status == 0
    assert (await shell.run("projections", "promote", "sessions", "nothing")).status == 2
    assert (await shell.run("projections", "drop", "sessions", "v1")).status in {0, 2}
    assert (await shell.run("erase", str(told.id), "--reason", "asked for it", "--yes")).status == 0
    assert (await shell.run("erase", str(told.id).replace("-", "")[::-1], "--yes")).status == 2
    rows = await shell.audit()
    assert {row["actor"] for row in rows} == {f"cli:{getpass.getuser()}"}
    assert {(row["via"], row["method"], row["address"]) for row in rows} == {("cli", "onethread", None)}
    done = [(row["route"], row["subject"], row["outcome"]) for row in rows][::-1]
    assert done[:2] == [("rebuild", "sessions/again", 0), ("projections promote", "sessions/again", 0)]
    assert ("erase", str(told.id), 0) in done
    assert done[-1][0::2] == ("erase", 1)
    assert "asked for it" not in str(rows)
    assert await shell.audit("--actor", "nobody") == []
    assert len(await shell.audit("--limit", "1")) == 1
    assert (await shell.run("audit", "--limit", "0")).status == 2
    assert "projections promote" in (await shell.run("audit")).out
