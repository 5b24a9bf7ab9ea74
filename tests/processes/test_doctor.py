"""``onethread doctor`` finds what is wrong, says what to do, and shows no secret."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bench.processes import ACCOUNTS, APP_SECRET, ROOT, TOKEN, Running, running, speaker

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

Findings = dict[str, tuple[str, str]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[Running]:
    async with running() as started:
        for account in ACCOUNTS:
            await started.meta.say(speaker(account, "491511111111"), "My name is Unmistakable")
        await started.until_rest()
        yield started


async def examined(world: Running, expected: int, **environment: str) -> Findings:
    """What is found of each thing, its advice included, where the exit status is as expected."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", "doctor", "--json",
        cwd=ROOT, env={**world.environment, **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, complaint = await asyncio.wait_for(process.communicate(), 60)
    assert b"Traceback" not in complaint, complaint.decode()
    assert process.returncode == expected, output.decode()
    key = (world.folder / "master.key").read_text().strip()
    for secret in (APP_SECRET, TOKEN, key, "Unmistakable", "verify-", "491511111111"):
        assert secret not in output.decode()
    found: list[dict[str, Any]] = json.loads(output)
    assert all(finding["advice"] for finding in found if finding["state"] != "ok")
    order = ("ok", "warning", "wrong")
    found.sort(key=lambda finding: order.index(finding["state"]))
    return {f["about"]: (f["state"], f"{f['found']}: {f['advice']}") for f in found}


@pytest.mark.asyncio(loop_scope="module")
async def test_an_installation_that_is_well_is_found_so_in_every_respect(world: Running) -> None:
    found = await examined(world, 0)
    assert {about: state for about, (state, _) in found.items() if state != "ok"} == {}
    assert {f"{account.channel} {account.account_id}" for account in ACCOUNTS} <= found.keys()
    assert {
        "settings", "data directory", "database", "time zone", "room", "connections", "schema", "master key",
        "clock of the database", "clock of Meta", "clock of OpenAI", "OpenAI", "ONETHREAD_META_ACCESS_TOKEN",
        "service", "handshake", "webhook",
    } <= found.keys()  # fmt: skip


MISTAKES = [
    [
        ("ONETHREAD_REPLY_DELY", "3", "ONETHREAD_REPLY_DELY", "warning", "is ONETHREAD_REPLY_DELAY meant?"),
        ("ONETHREAD_MODEL", "gpt-nonesuch", "ONETHREAD_MODEL", "wrong", "gpt-nonesuch is not among them"),
        ("ONETHREAD_META_APP_SECRET", "another", "webhook", "wrong", "another app secret"),
        ("ONETHREAD_META_VERIFY_TOKEN", "another", "handshake", "wrong", "another verify token"),
        (
            "ONETHREAD_MASTER_KEY",
            base64.b64encode(bytes(32)).decode(),
            "master key",
            "wrong",
            "does not open",
        ),
        ("ONETHREAD_API_TOKEN", "short", "ONETHREAD_API_TOKEN", "warning", "can be guessed"),
    ],
    [
        ("OPENAI_BASE_URL", "http://127.0.0.1:9/v1", "OpenAI", "wrong", "does not answer"),
        (
            "ONETHREAD_GRAPH_URL",
            "http://127.0.0.1:9/v26.0",
            "ONETHREAD_META_ACCESS_TOKEN",
            "wrong",
            "looked at",
        ),
        ("ONETHREAD_DATABASE_URL", "postgresql://u:pw@127.0.0.1:9/x", "database", "wrong", "not reachable"),
        ("ONETHREAD_PORT", "9", "webhook", "warning", "nothing answers"),
    ],
    [("ONETHREAD_SESSION_HOURS", "-1", "settings", "wrong", "ONETHREAD_SESSION_HOURS")],
]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("mistakes", MISTAKES, ids=["settings", "addresses", "unreadable"])
async def test_each_mistake_in_the_settings_is_named_with_what_to_do(
    world: Running, mistakes: list[tuple[str, str, str, str, str]]
) -> None:
    found = await examined(world, 1, **{variable: value for variable, value, *_ in mistakes})
    for _, _, about, state, words in mistakes:
        assert found[about][0] == state
        assert words in found[about][1]


@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_amiss_at_meta_is_named_by_account(world: Running) -> None:
    registration = world.meta.registration
    before = (registration.permissions, registration.fields, registration.subscribed, registration.expires_at)
    registration.permissions = ("pages_messaging",)
    registration.fields = ("messages",)
    registration.expires_at = 1
    try:
        found = await examined(world, 1)
        whatsapp, messenger, instagram = (f"{a.channel} {a.account_id}" for a in ACCOUNTS)
        assert "lacks whatsapp_business_messaging" in found[whatsapp][1]
        assert "lacks instagram_manage_messages" in found[instagram][1]
        assert found[messenger][0] == "warning"
        assert "message_echoes" in found[messenger][1]
        assert "ends at 1970" in found["ONETHREAD_META_ACCESS_TOKEN"][1]
        registration.subscribed = False
        assert "nothing that people write arrives" in (await examined(world, 1))[messenger][1]
    finally:
        (
            registration.permissions, registration.fields, registration.subscribed, registration.expires_at
        ) = before  # fmt: skip


@pytest.mark.asyncio(loop_scope="module")
async def test_what_lies_about_in_the_database_is_counted(world: Running) -> None:
    async with world.database() as connection:
        await connection.execute(
            "INSERT INTO owed (partition, conversation_id, since, step) "
            "SELECT partition, conversation_id, now() - interval '1 day', 'nothing' FROM keys LIMIT 1; "
            "INSERT INTO quarantine (partition, id, received_at, path, reason, body) "
            "VALUES (0, gen_random_uuid(), now(), '', 'planted', '')"
        )
        try:
            found = await examined(world, 0)
        finally:
            await connection.execute("DELETE FROM owed; DELETE FROM quarantine WHERE reason = 'planted'")
    assert (found["owed"][0], found["quarantined"][0]) == ("warning", "warning")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_secret_that_others_can_read_is_found(world: Running) -> None:
    key = world.folder / "master.key"
    key.chmod(0o644)
    try:
        assert "others of this machine" in (await examined(world, 1))["master.key"][1]
    finally:
        key.chmod(0o600)
