"""Who works on which partitions, and the loops that a process runs for its own."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Final
from uuid import uuid4

import asyncpg
import structlog

from service.binding import Provider
from service.conversations import Conversations
from service.following import Following
from service.intake import Intake
from service.provider import ProviderFault
from service.replies import Replies
from service.storage import erasure, leases, register
from service.storage.database import LOST, Database, Unavailable
from service.storage.erasure import DoomedResponse
from service.storage.leases import Worker
from service.storage.refusals import Refusals
from service.threads import Threads

RENEWALS_A_LEASE: Final = 4
BREATH: Final = 0.04
"""Seconds between two batches while there is work: what gathers meanwhile shares one commit. A lone
message never waits for it."""

GLANCE: Final = 0.005
"""Seconds between looks whether a crowd is gone."""

DEFERENCE: Final = 40
"""Times as long as it worked that a loop steps back, at most, while deliveries crowd to be acknowledged."""

PATIENCE_OF_THE_LOG: Final = timedelta(seconds=4)
"""How far the log may fall behind the acknowledged before nothing steps back any more."""

POLL: Final = 0.1
"""Seconds between looks for what other processes put in; our own wakes us at once."""

SWEEP_EVERY: Final = 2.0
ABANDONED_AFTER: Final = timedelta(minutes=2)
"""A thread that was created and is not bound by then lost its race to a crash."""

DELETIONS_AT_ONCE: Final = 20

OTHER_CLOCKS: Final = timedelta(seconds=30)
"""How far the clocks of processes may differ, in looking for whom others have erased."""

logger = structlog.get_logger()


class Ownership:
    """The partitions that this process works on, as far as its own monotonic clock can tell."""

    def __init__(self) -> None:
        self.partitions: set[int] = set()
        self.held_until = 0.0

    def owns(self, partition: int) -> bool:
        """Whether the partition's lease is held now."""
        return partition in self.partitions and monotonic() < self.held_until


class Workers:
    """Holds leases on partitions and runs intake, replies, projections and the sweep for them.

    A lease that could not be renewed in time counts as lost at once, by this process's own monotonic
    clock; what is under way then is refused by the log.
    """

    def __init__(
        self,
        *,
        ownership: Ownership,
        database: Database,
        conversations: Conversations,
        intake: Intake,
        replies: Replies,
        following: Following,
        threads: Threads,
        provider: Provider,
        lease_seconds: float,
        refusals: Refusals,
        crowded: Callable[[], bool],
        clock: Callable[[], datetime],
    ) -> None:
        self._crowded = crowded
        self._refusals = refusals
        self.worker = Worker(uuid4(), socket.gethostname(), os.getpid())
        self.ownership = ownership
        self._database = database
        self._conversations = conversations
        self._intake = intake
        self._replies = replies
        self._following = following
        self._threads = threads
        self._provider = provider
        self._lease_seconds = lease_seconds
        self._clock = clock
        self._arrived = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def arrived(self) -> None:
        """Something was put into the inbox by this process, or became ready in it."""
        self._arrived.set()

    def recorded(self) -> None:
        """Something was appended to the log by this process."""
        self._following.recorded()

    @property
    def mine(self) -> set[int]:
        """The partitions held."""
        return self.ownership.partitions

    @property
    def alive(self) -> bool:
        """Whether every loop runs and the leases are current."""
        return bool(self._tasks) and not any(task.done() for task in self._tasks)

    async def start(self) -> None:
        """Take a first share and begin to work."""
        await self._rebalance()
        loops: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            ("leases", self._keep_leases),
            ("intake", self._take_in),
            ("replies", self._replies.run),
            ("owed", self._replies.watch),
            ("sweep", self._sweep),
            ("projections", lambda: self._following.run(self._breathe)),
        ]
        self._tasks = [asyncio.create_task(_lasting(name, loop), name=name) for name, loop in loops]

    async def stop(self, grace: float) -> None:
        """Let replies come to a recorded end, end the loops, give the partitions back."""
        await self._replies.stop(grace)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.mine.clear()
        try:
            async with self._database.connection() as connection:
                await leases.leave(connection, self.worker)
        except Unavailable:
            logger.warning("leases not given back: they will run out")

    # Leases

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._lease_seconds / RENEWALS_A_LEASE)
            try:
                await self._rebalance()
            except Unavailable:
                if self.mine and monotonic() >= self.ownership.held_until:
                    self._lose(set(self.mine))

    async def _rebalance(self) -> None:
        asked = monotonic()
        async with self._database.connection() as connection:
            held = await leases.rebalance(connection, self.worker, self._lease_seconds)
        # The lease began after we asked, so it cannot end before this.
        self.ownership.held_until = asked + self._lease_seconds
        self._lose(self.mine - held)
        gained = held - self.mine
        if gained:
            self._conversations.forget_partitions(gained)
            self.ownership.partitions |= gained
            await self._replies.adopt(gained)
            logger.info("partitions gained", gained=len(gained), held=len(self.mine))
            self.arrived()
            self.recorded()

    def _lose(self, lost: set[int]) -> None:
        if not lost:
            return
        self.ownership.partitions -= lost
        self._replies.disown(lost)
        self._conversations.forget_partitions(lost)
        self._following.forget()
        logger.info("partitions lost", lost=len(lost), held=len(self.mine))

    # Loops

    async def _take_in(self) -> None:
        while True:
            self._arrived.clear()
            began = monotonic()
            taken = await self._intake.run(sorted(self.mine)) if self.mine else 0
            if taken:
                await self._breathe(monotonic() - began)
            else:
                await _woken(self._arrived, POLL)

    async def _breathe(self, worked: float) -> None:
        """Let a batch gather; and let acknowledging go first while a crowd waits for it, since a
        delivery that is not acknowledged in time comes again; within the log's patience.

        Whoever came while this loop had the processor is gone after a breath. A crowd that stays is a flood.
        """
        until = monotonic() + worked * DEFERENCE
        await asyncio.sleep(BREATH)
        while (  # noqa: ASYNC110 # a crowd tells nobody when it is gone
            self._crowded() and monotonic() < until and self._intake.behind < PATIENCE_OF_THE_LOG
        ):
            await asyncio.sleep(GLANCE)

    async def _sweep(self) -> None:
        looked = self._clock()
        while True:
            now = self._clock()
            mine = sorted(self.mine)
            async with self._database.connection() as connection:
                await register.sweep(connection, mine, now, now - ABANDONED_AFTER)
                doomed = await register.doomed(connection, mine, now, DELETIONS_AT_ONCE)
                responses = await erasure.responses(connection, mine, now, DELETIONS_AT_ONCE)
                erased = await erasure.erased_since(connection, looked - OTHER_CLOCKS)
            looked = now
            for conversation_id in erased:  # by whichever process
                self._conversations.forget(conversation_id)
            await self._refusals.write(self._database, now)
            if self._provider.breaker.status(monotonic()).state == "closed":
                await asyncio.gather(*(self._delete_response(response) for response in responses))
                await asyncio.gather(*(self._delete(thread) for thread in doomed))
            await asyncio.sleep(SWEEP_EVERY)

    async def _delete(self, thread: register.Doomed) -> None:
        try:
            await self._threads.delete(thread.thread_id)
        except ProviderFault as fault:
            logger.warning("unused thread not deleted", thread=thread.thread_id, code=fault.code)
            settle = register.delete_failed
        else:
            logger.info("unused thread deleted", thread=thread.thread_id)
            settle = register.deleted
        async with self._database.connection() as connection:
            await settle(connection, thread, self._clock())

    async def _delete_response(self, response: DoomedResponse) -> None:
        try:
            await self._threads.delete_response(response.response_id)
        except ProviderFault as fault:
            logger.warning("answer not deleted", response=response.response_id, code=fault.code)
            async with self._database.connection() as connection:
                await erasure.response_kept(connection, response, self._clock())
        else:
            async with self._database.connection() as connection:
                await erasure.response_deleted(connection, response)


async def _woken(event: asyncio.Event, longest: float) -> None:
    try:
        async with asyncio.timeout(longest):
            await event.wait()
    except TimeoutError:
        pass


async def _lasting(name: str, loop: Callable[[], Awaitable[None]]) -> None:
    """Run a loop for ever: an outage ends one turn of it, a defect is logged and tried again."""
    pause = 0.1
    while True:
        began = monotonic()
        try:
            await loop()
        except (Unavailable, *LOST):
            logger.warning("database away", loop=name)
        except (asyncpg.PostgresError, Exception):
            logger.exception("loop failed", loop=name)
        pause = 0.1 if monotonic() - began > 10 else min(2.0, pause * 2)
        await asyncio.sleep(pause)
