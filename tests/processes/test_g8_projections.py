"""G8: projections are exact, whoever is killed and however many follow."""

from __future__ import annotations

import asyncio
import base64
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import psutil
import pytest

from domain.events import Fact
from projections import proof, views
from projections.catalogue import PROJECTIONS
from projections.projection import Rules
from projections.runner import Runner, drain
from service.storage import log
from service.storage.database import Database, Unavailable
from service.storage.embedded import EmbeddedPostgres
from service.storage.feed import LogFeed
from service.storage.log import StreamAppend
from service.storage.vault import Vault
from tests.projections.oracle.traffic import Course, Writing, lives

pytestmark = [pytest.mark.processes, pytest.mark.timeout(420)]

MASTER: Final = bytes(range(32))
KILLS: Final = 50
A_SERVER_EVERY: Final = 10
"""One kill in so many is of PostgreSQL, the others are of those who follow."""


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL that may be killed."""
    with tempfile.TemporaryDirectory(prefix="onethread-g8-") as folder:
        Path(folder).chmod(0o755)
        postgres = EmbeddedPostgres(Path(folder))
        yield postgres
        postgres.stop()


@pytest.fixture
async def killable(server: EmbeddedPostgres) -> AsyncIterator[Database]:
    database = await Database.open(await server.url())
    async with database.connection() as connection:
        await views.install(connection, PROJECTIONS, Rules())
    yield database
    await database.close()


class Patient(Writing):
    """Writes through outages: what may or may not have been committed is found by its versions."""

    @property
    def database(self) -> Database:
        """Where it writes to."""
        return self._database

    async def _send(self, streams: list[StreamAppend]) -> None:
        while True:
            try:
                async with self._database.transaction() as connection:
                    refused = await log.append(connection, streams)
            except Unavailable:
                await asyncio.sleep(0.05)
                continue
            if refused:  # it was committed, all of it, and the answer was lost
                assert len(refused) == len(streams)
                assert {refusal.fault for refusal in refused.values()} == {"version"}
            return


def follower(url: str) -> subprocess.Popen[bytes]:
    arguments = ["-m", "tests.processes.following", url, base64.b64encode(MASTER).decode()]
    return subprocess.Popen([sys.executable, *arguments], stderr=subprocess.DEVNULL)


async def kill_at_work(server: EmbeddedPostgres, writing: Patient, told: list[list[Fact]], seed: int) -> int:
    """Write a further share, and kill somebody as soon as the followers are at it, again and again; how
    often that was."""
    dice, url = random.Random(seed), await server.url()
    instants = sorted(fact.timestamp for facts in told for fact in facts)
    followers = [follower(url), follower(url)]
    try:
        for kill in range(1, KILLS + 1):
            before = await position(writing.database)
            share = asyncio.create_task(writing.write(instants[len(instants) * kill // KILLS - 1]))
            await until_followers_move(writing.database, before)
            if kill % A_SERVER_EVERY == 0:
                await kill_server(server)
            else:
                victim = dice.randrange(2)
                followers[victim].kill()
                followers[victim].wait()
                followers[victim] = follower(url)
            await share
    finally:
        for process in followers:
            process.kill()
            process.wait()
    return KILLS


async def kill_server(server: EmbeddedPostgres) -> None:
    pid = server.pid
    assert pid is not None
    postmaster = psutil.Process(pid)
    postmaster.kill()
    await asyncio.to_thread(postmaster.wait, 20)
    await server.url()


async def position(database: Database) -> int:
    """How far all checkpoints are, together."""
    while True:
        try:
            async with database.connection() as connection:
                return int(await connection.fetchval("SELECT sum(position) FROM projection_checkpoints"))
        except Unavailable:
            await asyncio.sleep(0.05)


async def until_followers_move(database: Database, before: int) -> None:
    """Until a checkpoint moves: whoever is killed then is in the middle of the rest."""
    async with asyncio.timeout(60):
        while await position(database) == before:
            await asyncio.sleep(0.005)


async def assert_every_projection_equals_a_fresh_fold(database: Database) -> None:
    feed, everything = LogFeed(Vault(MASTER)), range(database.partitions)
    for projection in PROJECTIONS:
        async with database.connection() as connection:
            live = await views.live(connection, projection.name)
            fresh = await views.create(connection, projection, "fresh", live.rules, "following")
        await drain(Runner(database.pool, feed, projection, live), everything)
        await drain(Runner(database.pool, feed, projection, fresh), everything)
        async with database.connection() as connection:
            found = await proof.compare(connection, projection, live, fresh)
            assert (found.apart, found.differences) == ([], []), projection.name
            assert found.rows > 0
            assert await proof.inexact(connection, live) == []
            parked = await connection.fetchval("SELECT count(*) FROM projection_parked")
            assert parked == 0


async def test_g8_fifty_kills_of_two_followers_and_postgres_leave_every_projection_exact(
    server: EmbeddedPostgres, killable: Database
) -> None:
    seed = int(os.environ.get("ONETHREAD_TEST_SEED", "8"))
    told = lives(Course(seed=seed, people=400))
    writing = Patient(killable, Vault(MASTER), told)
    assert await kill_at_work(server, writing, told, seed) == KILLS
    assert await writing.write() == sum(map(len, told))
    await assert_every_projection_equals_a_fresh_fold(killable)


async def test_g8_a_row_that_was_doubled_is_found(killable: Database) -> None:
    await Writing(killable, Vault(MASTER), lives(Course(seed=1, people=5))).write()
    sessions = PROJECTIONS[0]
    async with killable.connection() as connection:
        live = await views.live(connection, sessions.name)
    await drain(Runner(killable.pool, LogFeed(Vault(MASTER)), sessions, live), range(64))
    async with killable.connection() as connection:
        await connection.execute(
            f"UPDATE {live.table(sessions.states)} SET total_messages = total_messages + 1 "
            "WHERE conversation_id = (SELECT min(conversation_id::text)::uuid FROM events)"
        )
    with pytest.raises(AssertionError, match="sessions"):
        await assert_every_projection_equals_a_fresh_fold(killable)
