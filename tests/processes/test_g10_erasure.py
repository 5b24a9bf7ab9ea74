"""G10 where it is hardest: in the bytes of the server's files, and when the process that erases is killed."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import aiohttp
import asyncpg
import pytest

from bench.processes import ACCOUNTS, TOKEN, Running, conversation_id, running
from domain import events as e
from service.sandbox.meta import Speaker
from service.storage import inbox, log
from service.storage.database import Database
from service.storage.ids import ordered_id
from service.storage.inbox import InboxRow
from service.storage.vault import Vault
from tests.commands.test_erase import erase
from tests.commands.test_timeline import ROOT, environment
from tests.web.conftest import append
from tests.web.stories import Told

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]

MARKS: Final = ("4915550001234", "Zebulon", "Quartermain", "xylophone", "8841-quux")
WHO: Final = Speaker(account=ACCOUNTS[0], sender_id=MARKS[0], name="Zebulon Quartermain")
STAYS: Final = Speaker(account=ACCOUNTS[0], sender_id="4915550009999", name="Theodora")


def found_in(files: Iterable[Path]) -> set[tuple[str, str]]:
    """Which marks are in which of the files, in whatever case."""
    found = set()
    for path in files:
        held = path.read_bytes().lower()
        found |= {(path.parent.name, mark) for mark in MARKS if mark.lower().encode() in held}
    return found


def files_of(world: Running) -> list[Path]:
    """Every file of the server: tables, indexes, write-ahead log, its own log."""
    return [path for path in (world.folder / "postgres").rglob("*") if path.is_file()]


async def dumped(connection: asyncpg.Connection) -> bytes:
    """Every table, as a dump shows it."""
    out = io.BytesIO()
    for row in await connection.fetch("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = "
                                      "'public'::regnamespace"):  # fmt: skip
        await connection.copy_from_table(row["relname"], output=out)
    return out.getvalue().lower()


async def scrubbed(connection: asyncpg.Connection) -> None:
    """What docs/operating.md tells whoever wants the bytes gone as well."""
    await connection.execute("VACUUM FULL")
    for _ in range(3):
        await connection.execute("SELECT pg_switch_wal()")
        await connection.execute("CHECKPOINT")


async def test_g10_not_a_byte_is_left_in_the_servers_files_once_they_are_rewritten() -> None:
    async with running() as world:
        async with world.database() as connection:
            await connection.execute("ALTER SYSTEM SET wal_recycle = off")
            await connection.execute("SELECT pg_reload_conf()")
        for who in (WHO, STAYS):
            await world.meta.say(who, "my xylophone order is 8841-quux" if who is WHO else "I stay")
            await world.meta.wait_for_answers(who, 1)
        await world.until_rest()
        assert {mark for _, mark in found_in(files_of(world))} == set(MARKS), "searched for where they are"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        url = f"{world.url}/api/v1/conversations/{conversation_id(WHO)}"
        async with aiohttp.ClientSession(headers=headers) as session, session.delete(url) as answer:
            assert answer.status == 202, await answer.text()
        async with world.database() as connection, asyncio.timeout(60):
            while await connection.fetchval(  # another process tells nobody
                "SELECT (SELECT count(*) FROM threads WHERE state = 'deleting') "
                "+ (SELECT count(*) FROM doomed_responses)"
            ):
                await asyncio.sleep(0.1)
            dump = await dumped(connection)
            assert [mark for mark in MARKS if mark.lower().encode() in dump] == []
            assert b"conversationerased" in dump
            assert [mark for mark in MARKS if mark in json.dumps(world.openai.state())] == []
        assert await world.stop() == 0
        world.start()  # pages that the old process had in its memory are gone with it
        await world.until_ready()
        async with world.database() as connection:
            await scrubbed(connection)
        assert found_in(files_of(world)) == set()
        assert found_in(world.logs) == set()


# kill -9 of the process that erases

WAITS: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()
"""
HELD: Final = {
    "what is set aside": "SELECT FROM quarantine FOR UPDATE",
    "the key": "SELECT FROM keys FOR UPDATE",
    "a view": "SELECT FROM projection_ledger FOR UPDATE",
    "the log": "SELECT FROM partition_locks FOR UPDATE",
    "the inbox": "SELECT FROM inbox FOR UPDATE",
    "the register": "SELECT FROM threads FOR UPDATE",
}
"""What is locked, by the step of the erasure that then has to wait."""

SET_ASIDE: Final = """
INSERT INTO quarantine (partition, id, received_at, path, reason, body, item_type, conversation_id)
VALUES ($1, $3, now(), 'inbox', 'strange', 'clear', 'message', $2)
"""
REGISTERED: Final = """
INSERT INTO threads (partition, attempt_id, conversation_id, purpose, state, thread_id, asked_at, deadline,
                     changed_at)
VALUES ($1, $3, $2, 'start', 'bound', 'conv_x', now(), now(), now())
"""


@pytest.fixture
async def told(database: Database, vault: Vault) -> Told:
    """A conversation with something in every place that an erasure touches."""
    told = Told()
    told.story.says("Is it red or blue?").answered("r1", text="Blue.")
    taken = told.taken(vault)
    await append(database, taken)
    async with database.connection() as connection:
        where = taken.partition, told.id
        await connection.execute(SET_ASIDE, *where, ordered_id())
        await connection.execute(REGISTERED, *where, ordered_id())
        row = InboxRow(taken.partition, ordered_id(), told.id, "message", told.story.now, b"clear")
        await inbox.insert(connection, [row])
    return told


async def until_waiting(connection: asyncpg.Connection, count: int) -> None:
    async with asyncio.timeout(60):
        while await connection.fetchval(WAITS) != count:  # the server tells nobody
            await asyncio.sleep(0.02)


async def killed_while(url: str, folder: Path, told: Told, connection: asyncpg.Connection) -> None:
    """``onethread erase`` begun, killed once it waits for a lock that the caller holds."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", "erase", str(told.id), "--yes", cwd=ROOT,
        env=environment(url, folder), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await until_waiting(connection, 1)
        process.send_signal(signal.SIGKILL)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def state_of(database: Database, vault: Vault, told: Told) -> tuple[bool, int, int]:
    """Whether the words can be read, how many certificates there are, and rows set aside that are full."""
    async with database.connection() as connection:
        live = await log.load(connection, vault, told.id, database.partitions)
        assert live is not None
        facts = await log.read_stream(connection, live)
        full = await connection.fetchval("SELECT count(*) FROM quarantine WHERE body <> ''")
    words = [fact.text for fact in facts if isinstance(fact, e.MessageReceived)]
    certificates = [fact for fact in facts if isinstance(fact, e.ConversationErased)]
    return words != [None], len(certificates), full


async def test_g10_a_kill_in_the_middle_of_an_erasure_leaves_all_of_the_person_or_nothing(
    fresh_url: str, tmp_path: Path, database: Database, vault: Vault, told: Told
) -> None:
    seen = await erase(fresh_url, tmp_path, "--silent-for", "36500", "--dry-run", "--json")
    assert seen.json == {"silent": [], "erased": []}
    holder = await asyncpg.connect(fresh_url)
    watcher = await asyncpg.connect(fresh_url)
    try:
        for statement in HELD.values():
            async with holder.transaction():
                await holder.fetch(statement)
                await killed_while(fresh_url, tmp_path, told, watcher)
            await until_waiting(watcher, 0)
            assert await state_of(database, vault, told) == (True, 0, 1), statement
        async with holder.transaction():  # what follows the commit
            await holder.execute("LOCK TABLE inbox IN SHARE UPDATE EXCLUSIVE MODE")
            await killed_while(fresh_url, tmp_path, told, watcher)
    finally:
        await holder.close()
        await watcher.close()
    assert await state_of(database, vault, told) == (False, 1, 0)
    assert (await erase(fresh_url, tmp_path, str(told.id), "--yes")).status == 0
    assert await state_of(database, vault, told) == (False, 1, 0)


async def test_g10_of_two_who_erase_at_once_both_are_given_the_one_certificate(
    fresh_url: str, tmp_path: Path, database: Database, vault: Vault, told: Told
) -> None:
    ran = await asyncio.gather(
        *(erase(fresh_url, tmp_path, str(told.id), "--yes", "--json") for _ in range(2))
    )
    assert [each.status for each in ran] == [0, 0]
    assert ran[0].json == ran[1].json
    assert await state_of(database, vault, told) == (False, 1, 0)
