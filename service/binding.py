"""Binding new people to threads: created once, on record before it is used, within a patience."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Final
from uuid import UUID, uuid4

import structlog

from domain.identity import partition_of
from domain.state import LOCAL
from service.breaker import Breaker
from service.provider import NoConversations, OutcomeUnknown, ProviderFault
from service.storage import register
from service.storage.database import Database, Unavailable
from service.storage.ids import ordered_id
from service.storage.register import Purpose
from service.threads import Said, Threads

CONCURRENT_CREATES: Final = 16
PAUSE: Final = 0.5
"""Seconds between looks at whatever a binding waits for."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Binding:
    """A thread for a conversation; ``attempt_id`` is its row in the register (None: local)."""

    thread_id: str
    attempt_id: UUID | None = None
    last_item_id: str | None = None


@dataclass(slots=True)
class Provider:
    """What this process knows of the model provider. ``stateful``: it keeps conversations for us."""

    breaker: Breaker
    stateful: bool = True


def local_thread() -> Binding:
    """A thread that lives in our log only: the history is replayed to the model on each turn."""
    return Binding(f"{LOCAL}{uuid4().hex}")


class ThreadMaker:
    """Asks the provider for threads, on record at every step."""

    def __init__(
        self,
        database: Database,
        threads: Threads,
        provider: Provider,
        *,
        timeout: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._threads = threads
        self._provider = provider
        self._timeout = timeout
        self._clock = clock
        self._slots = asyncio.Semaphore(CONCURRENT_CREATES)

    async def make(self, conversation_id: UUID, purpose: Purpose, history: Sequence[Said] = ()) -> Binding:
        """A new thread that has been told ``history``, registered and not bound yet.

        Raises a :class:`~service.provider.ProviderFault`; what it left behind is on record.
        """
        async with self._slots:
            attempt = await self._ask(conversation_id, purpose)
            thread_id = await self._create(conversation_id, attempt)
            async with self._database.connection() as connection:
                await register.created(
                    connection, self._partition(conversation_id), attempt, thread_id, self._clock()
                )
            binding = Binding(thread_id, attempt)
            if history:
                binding = await self._tell(conversation_id, binding, history)
        self._provider.breaker.success(monotonic())
        return binding

    async def give_up(self, conversation_id: UUID, binding: Binding) -> None:
        """The thread lost its race or is of no use: it is to be deleted."""
        if binding.attempt_id is not None:
            async with self._database.connection() as connection:
                await register.unused(
                    connection, self._partition(conversation_id), binding.attempt_id, self._clock()
                )

    async def pending_until(self, conversation_id: UUID) -> datetime | None:
        """Until when the answer to an earlier create may still come to somebody."""
        async with self._database.connection() as connection:
            return await register.pending_until(
                connection, self._partition(conversation_id), conversation_id, self._clock()
            )

    async def _ask(self, conversation_id: UUID, purpose: Purpose) -> UUID:
        attempt, now = ordered_id(), self._clock()
        deadline = now + timedelta(seconds=self._timeout)
        async with self._database.connection() as connection:
            await register.ask(
                connection, self._partition(conversation_id), attempt, conversation_id, purpose, now, deadline
            )
        return attempt

    async def _create(self, conversation_id: UUID, attempt: UUID) -> str:
        metadata = {"conversation": str(conversation_id), "attempt": str(attempt)}
        try:
            thread = await self._threads.create(metadata)
        except ProviderFault as fault:
            self._provider.breaker.fault(fault, monotonic())
            state: Final = "lost" if isinstance(fault, OutcomeUnknown) else "refused"
            async with self._database.connection() as connection:
                await register.settle(
                    connection, self._partition(conversation_id), attempt, state, self._clock()
                )
            raise
        return thread.thread_id

    async def _tell(self, conversation_id: UUID, binding: Binding, history: Sequence[Said]) -> Binding:
        try:
            last = await self._threads.extend(binding.thread_id, history)
        except ProviderFault as fault:
            self._provider.breaker.fault(fault, monotonic())
            await self.give_up(conversation_id, binding)
            raise
        return Binding(binding.thread_id, binding.attempt_id, last)

    def _partition(self, conversation_id: UUID) -> int:
        return partition_of(conversation_id, self._database.partitions)


class LocalBinder:
    """Binds everybody to a local thread at once, for where no provider is to be asked."""

    def __init__(self) -> None:
        self.binding: set[UUID] = set()
        self.bound: dict[UUID, Binding] = {}

    def begin(self, conversation_id: UUID, *, waiting_since: datetime) -> None:  # noqa: ARG002 # nothing to wait for
        """A thread for this conversation, in place at once."""
        self.bound.setdefault(conversation_id, local_thread())

    async def taken(self, conversation_id: UUID, *, won: bool) -> None:  # noqa: ARG002 # nothing to give up
        """The conversation has begun."""
        self.bound.pop(conversation_id, None)


class Binder:
    """Finds a thread for each new person, many at a time, one create a person.

    ``binding`` are the conversations that wait for theirs; ``bound`` those whose thread is there
    and whose first event is still to be appended. ``wake`` is called when one becomes bound.
    """

    def __init__(
        self, maker: ThreadMaker, provider: Provider, *, patience: float, clock: Callable[[], datetime]
    ) -> None:
        self.binding: set[UUID] = set()
        self.bound: dict[UUID, Binding] = {}
        self.wake: Callable[[], None] = lambda: None
        self._maker = maker
        self._provider = provider
        self._patience = timedelta(seconds=patience)
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, conversation_id: UUID, *, waiting_since: datetime) -> None:
        """Start to look for a thread for this conversation, unless that is under way."""
        if conversation_id in self.binding or conversation_id in self.bound:
            return
        self.binding.add(conversation_id)
        task = asyncio.create_task(self._bind(conversation_id, waiting_since), name="bind a thread")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def taken(self, conversation_id: UUID, *, won: bool) -> None:
        """The conversation has begun: with this thread, or (lost race) with another one."""
        binding = self.bound.pop(conversation_id, None)
        if binding is not None and not won:
            with suppress(Unavailable):  # the sweep finds it
                await self._maker.give_up(conversation_id, binding)

    async def stop(self) -> None:
        """End what is under way; the register knows what it leaves behind."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _bind(self, conversation_id: UUID, waiting_since: datetime) -> None:
        try:
            self.bound[conversation_id] = await self._find(conversation_id, waiting_since)
        finally:
            self.binding.discard(conversation_id)
        self.wake()

    async def _find(self, conversation_id: UUID, waiting_since: datetime) -> Binding:
        until = waiting_since + self._patience
        while self._provider.stateful and self._clock() < until:
            try:
                pause = await self._obstacle(conversation_id)
                if pause is None:
                    return await self._maker.make(conversation_id, "start")
            except NoConversations:
                self._provider.stateful = False
                break
            except ProviderFault as fault:
                logger.warning("thread not created", conversation=str(conversation_id), code=fault.code)
                pause = PAUSE
            except Unavailable:
                pause = PAUSE
            await asyncio.sleep(min(pause, max(0.0, (until - self._clock()).total_seconds())))
        return local_thread()

    async def _obstacle(self, conversation_id: UUID) -> float | None:
        """Seconds after which to look again; None when a create may be made now."""
        pending = await self._maker.pending_until(conversation_id)
        if pending is not None:
            return min(PAUSE, max(0.01, (pending - self._clock()).total_seconds()))
        if not self._provider.breaker.allows(monotonic()):
            return min(PAUSE, max(0.01, self._provider.breaker.wait(monotonic())))
        return None
