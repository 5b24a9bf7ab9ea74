"""G9 with real processes: rebuilt under live traffic, killed and gone on with, promoted; nobody is called."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg
import psutil
import pytest

from bench import archive
from bench.processes import ACCOUNTS, TOKEN, Running, conversation_id, running, speaker
from projections.catalogue import PROJECTIONS
from service.storage.database import Database

pytestmark = [pytest.mark.processes, pytest.mark.timeout(420)]

KEY = bytes(range(32))
EVENTS = 40_000
NAMES = [projection.name for projection in PROJECTIONS]
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


async def written(url: str, master: bytes) -> None:
    """A year of other people, straight into the log."""
    await archive.write(
        url, master, events=EVENTS, conversations=EVENTS // 40, partitions=64, say=lambda _: None
    )


def workers_of(pid: int) -> list[psutil.Process]:
    """The processes that fill a view for this one, or for a child of it."""
    found = []
    for process in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "service.filling" in process.cmdline():
                found.append(process)
    return found


async def until_filling(url: str, pid: int, *, past: int = 0, within: float = 120.0) -> psutil.Process:
    """A worker in the middle of a view: something of it is done, more than ``past`` in all, and something is
    left."""
    connection = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(within):
            while True:
                half_way = await connection.fetchval(
                    "SELECT count(*) FROM projection_views v WHERE state = 'filling' AND "
                    "(SELECT sum(c.position) > 0 AND sum(c.position) < (SELECT sum(head) FROM partitions) "
                    " FROM projection_checkpoints c WHERE c.view_id = v.id) AND "
                    "(SELECT sum(position) FROM projection_checkpoints) > $1",
                    past,
                )
                if half_way and (workers := workers_of(pid)):
                    return workers[0]
                await asyncio.sleep(0.01)
    finally:
        await connection.close()


@dataclass
class Watch:
    """Asks the session board all the time: every answer is good, and nobody's count goes back."""

    world: Running
    answers: int = 0
    refused: int = 0
    faults: list[str] = field(default_factory=list)
    seen: dict[UUID, int] = field(default_factory=dict)

    async def run(self) -> None:
        async with aiohttp.ClientSession(headers=HEADERS) as session:
            while True:
                # Whoever is connected to a process that is killed has to ask again.
                with suppress(aiohttp.ClientConnectionError):
                    await self._ask(session)
                await asyncio.sleep(0.01)

    async def _ask(self, session: aiohttp.ClientSession) -> None:
        url = f"{self.world.url}/api/v1/sessions?status=active&limit=100"
        async with session.get(url) as answer:
            body = await answer.read()
        self.answers += 1
        if answer.status != 200:
            self.faults.append(f"{answer.status} {body[:200]!r}")
            return
        counts = {
            UUID(row["conversation_id"]): row["total_message_count"] for row in json.loads(body)["items"]
        }
        for person, before in self.seen.items():
            if counts.get(person, 0) < before:
                self.faults.append(f"{person} had {before} messages and has {counts.get(person)}")
        self.seen |= counts


@asynccontextmanager
async def talking(world: Running, people: list[Any]) -> AsyncIterator[list[str]]:
    """People who write all the time; what they wrote, whether or not it has been acknowledged."""
    said: list[str] = []

    async def talk(who: Any) -> None:
        for number in range(10_000):
            said.append(f"message {number}")  # before it is acknowledged: it arrives all the same
            await world.meta.say(who, said[-1])
            await asyncio.sleep(0.1)

    tasks = [asyncio.create_task(talk(who)) for who in people]
    try:
        yield said
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def post(world: Running, path: str, body: Any = None) -> Any:
    async with aiohttp.ClientSession(headers=HEADERS) as session:
        while True:
            with suppress(aiohttp.ClientConnectionError):
                async with session.post(f"{world.url}/api/v1/projections/{path}", json=body) as answer:
                    return answer.status, await answer.json()


async def views_now(world: Running) -> dict[tuple[str, str], str]:
    async with world.database() as connection:
        rows = await connection.fetch("SELECT projection, name, state, fault FROM projection_views")
    assert [row["fault"] for row in rows if row["fault"]] == []
    return {(row["projection"], row["name"]): row["state"] for row in rows}


async def test_g9_every_projection_is_rebuilt_under_traffic_killed_three_times_and_promoted() -> None:
    async with running(workers=2) as world:
        assert world.process is not None
        master = base64.b64decode((world.folder / "master.key").read_text().strip())
        await written(world.database_url, master)
        people = [speaker(ACCOUNTS[n % 3], f"49157{n:07d}") for n in range(6)]
        watch = Watch(world)
        watching = asyncio.create_task(watch.run())
        async with talking(world, people) as said:
            before = await views_now(world)
            for name in NAMES:
                status, answer = await post(world, f"{name}/rebuild")
                assert (status, answer["state"]) == (202, "filling"), answer
            kills = []
            for whom in ("worker", "coordinator", "worker"):
                worker = await until_filling(world.database_url, world.process.pid)
                victim = worker if whom == "worker" else worker.parent()
                assert victim is not None
                victim.kill()
                kills.append(victim.pid)
                await asyncio.to_thread(psutil.wait_procs, [victim], 10)
            async with asyncio.timeout(240):
                while True:
                    now = await views_now(world)
                    if sum(state == "live" for key, state in now.items() if key not in before) == len(NAMES):
                        break
                    await asyncio.sleep(0.1)
            assert len(set(kills)) == 3
        await world.until_rest()
        for name in NAMES:
            status, answer = await post(world, f"{name}/verify")
            assert (status, answer.get("proven")) == (200, True), answer
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        assert watch.faults == []
        assert watch.answers > 100
        assert set(watch.seen) == {conversation_id(who) for who in people}
        assert sum(watch.seen.values()) <= len(said)
        # The people of the archive are owed nothing and heard nothing.
        assert {send.recipient for send in world.meta.ledger.sends} <= {who.sender_id for who in people}
        threads = {thread["metadata"]["conversation"] for thread in world.openai.state()["conversations"]}
        assert threads == {str(conversation_id(who)) for who in people}


# From the command line


@dataclass
class Closed:
    """Where OpenAI and Meta would be: whoever connects is counted."""

    connections: int = 0
    port: int = 0

    async def count(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.close()


@asynccontextmanager
async def nobody() -> AsyncIterator[Closed]:
    closed = Closed()
    server = await asyncio.start_server(closed.count, "127.0.0.1", 0)
    async with server:
        closed.port = server.sockets[0].getsockname()[1]
        yield closed


def environment(url: str, folder: Path, port: int) -> dict[str, str]:
    nowhere = f"http://127.0.0.1:{port}"
    return {
        **os.environ,
        "ONETHREAD_DATABASE_URL": url,
        "ONETHREAD_DATA_DIR": str(folder),
        "ONETHREAD_MASTER_KEY": base64.b64encode(KEY).decode(),
        "ONETHREAD_META_APP_SECRET": "secret",
        "ONETHREAD_META_VERIFY_TOKEN": "verify",
        "ONETHREAD_META_ACCESS_TOKEN": "token",
        "ONETHREAD_GRAPH_URL": nowhere,
        "OPENAI_API_KEY": "key",
        "OPENAI_BASE_URL": nowhere,
    }


async def command(environment: dict[str, str], *words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", *words,
        env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def finished(environment: dict[str, str], *words: str) -> tuple[int | None, Any, str]:
    process = await command(environment, *words)
    said, complaint = await process.communicate()
    assert b"Traceback" not in complaint, complaint
    return process.returncode, json.loads(said) if said.startswith(b"{") else said, complaint.decode()


@pytest.fixture
async def log(fresh_url: str) -> str:
    await (await Database.open(fresh_url)).close()
    await written(fresh_url, KEY)
    return fresh_url


async def test_g9_a_command_that_is_killed_three_times_is_gone_on_with_and_calls_nobody(
    log: str, tmp_path: Path
) -> None:
    async with nobody() as closed:
        settings = environment(log, tmp_path, closed.port)
        done = 0
        for _ in range(3):
            process = await command(settings, "rebuild", "all", "--json")
            await until_filling(log, process.pid, past=done)
            process.kill()
            await process.communicate()
            connection = await asyncpg.connect(log)
            rows = await connection.fetch("SELECT sum(position) AS n FROM projection_checkpoints")
            await connection.close()
            assert rows[0]["n"] > done
            done = rows[0]["n"]
        status, answer, _ = await finished(settings, "rebuild", "all", "--json")
        assert status == 0, answer
        assert all(item["promoted"] for item in answer["items"])
        assert all(item["compared"]["equal"] and item["compared"]["rows"] for item in answer["items"])
        status, answer, _ = await finished(settings, "projections", "--json")
        views = [view for item in answer["items"] for view in item["views"]]
        assert [(view["name"], view["state"]) for view in views] == [
            pair
            for projection in PROJECTIONS
            for pair in ((f"v{projection.version}", "kept"), (f"v{projection.version}-2", "live"))
        ]
        assert {view["ledger"]["position"] for view in views} == {views[0]["ledger"]["position"]}
        assert closed.connections == 0


async def test_g9_a_command_that_is_killed_while_summing_up_folds_nothing_again_and_keeps_what_it_made(
    log: str, tmp_path: Path
) -> None:
    settings = environment(log, tmp_path, 9)
    connection = await asyncpg.connect(log)

    async def written_rows(table: str) -> set[Any]:
        """Where rows lie, and which transaction wrote them."""
        return {tuple(row) for row in await connection.fetch(f"SELECT ctid::text, xmin::text FROM {table}")}

    process = await command(settings, "rebuild", "analytics", "--json")
    view = None
    async with asyncio.timeout(120):
        while view is None:
            with suppress(asyncpg.UndefinedTableError):  # the command has not migrated yet
                view = await connection.fetchval("SELECT id FROM projection_views WHERE sums = 'making'")
        # Days cannot be written from here on, hours can: the command is held in the middle.
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE analytics_days_{view} IN SHARE MODE")
            while not (hours := await written_rows(f"analytics_hours_{view}")):
                await asyncio.sleep(0.01)
            process.kill()
            await process.communicate()
    facts = await written_rows(f"analytics_facts_{view}")
    assert await connection.fetchval("SELECT sums FROM projection_views WHERE id = $1", view) == "making"
    status, answer, _ = await finished(settings, "rebuild", "analytics", "--json")
    assert (status, answer["items"][0]["promoted"], answer["items"][0]["compared"]["equal"]) == (
        0,
        True,
        True,
    )
    assert await written_rows(f"analytics_facts_{view}") == facts
    assert await written_rows(f"analytics_hours_{view}") >= hours
    await connection.close()


async def test_views_are_made_compared_promoted_verified_and_dropped_from_the_command_line(
    log: str, tmp_path: Path
) -> None:
    settings = environment(log, tmp_path, 9)
    then = ("--as-of", "2026-07-01T00:00+02:00", "--into", "july")
    assert (await finished(settings, "rebuild", "sessions", *then))[0] == 0
    assert (await finished(settings, "rebuild", "sessions", "--session-hours", "12", "--into", "short"))[
        0
    ] == 0
    status, answer, _ = await finished(settings, "projections", "--json")
    sessions = next(item for item in answer["items"] if item["name"] == "sessions")
    assert {view["name"]: view["state"] for view in sessions["views"]} == {
        sessions["views"][0]["name"]: "live", "july": "frozen", "short": "following",
    }  # fmt: skip
    live = sessions["views"][0]["name"]
    status, answer, _ = await finished(settings, "projections", "diff", "sessions", live, "short", "--json")
    assert status == 1
    assert {d["column"] for d in answer["differences"]} <= {
        "session_number", "session_started", "session_messages", None,
    }  # fmt: skip
    status, _, complaint = await finished(settings, "projections", "promote", "sessions", "short")
    assert (status, "other rules" in complaint) == (1, True)
    assert (await finished(settings, "projections", "promote", "sessions", "short", "--despite-differences"))[
        0
    ] == 0
    assert (await finished(settings, "projections", "verify", "sessions"))[0] == 0
    assert (await finished(settings, "projections", "drop", "sessions", "july"))[0] == 0
    for words, said in (
        (("rebuild", "nothing"), "name: there is no projection"),
        (("rebuild", "sessions", "--as-of", "yesterday"), "as_of: an instant is expected"),
        (("rebuild", "sessions", "--as-of", "2026-11-01"), "as_of: the instant 2026-11-01 has no zone"),
        (
            ("rebuild", "sessions", "--as-of", "2999-01-01T00:00Z"),
            "as_of: 2999-01-01T00:00:00+00:00 is in the future",
        ),
        (("rebuild", "sessions", "--into", "No Name"), "into: 'No Name' is no name"),
        (("rebuild", "sessions", "--session-hours", "0"), "session_hours: more than 0"),
        (("rebuild", "sessions", "--prices", "/nowhere.toml"), "prices: /nowhere.toml"),
        (("rebuild", "sessions", "--workers", "0"), "workers: a number from 1"),
        (("projections", "drop", "sessions", "short"), "view: the view short of sessions is live"),
        (("projections", "drop", "sessions", "july"), "view: sessions has no view 'july'"),
        (("projections", "diff", "sessions", "short", "nothing"), "b: sessions has no view 'nothing'"),
        (("projections", "promote", "sessions", "short"), "view: the view short of sessions is not"),
    ):
        status, _, complaint = await finished(settings, *words)
        assert (status, complaint[: len(said)]) == (2, said), (words, complaint)
