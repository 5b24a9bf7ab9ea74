"""Erasures that nobody waits for: those that Meta passed on, and those that the policy asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from time import monotonic
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import structlog

from domain.conversation import Refused
from domain.identity import CHANNELS, Sender, partition_of
from projections import sessions, views
from service.conversations import Conflict, Unknown
from service.erasing import Eraser
from service.retention import Retention
from service.storage import erasure, erasure_requests, identities
from service.storage.database import LOST, Database, Unavailable
from service.storage.erasure_requests import Request

LOOK_EVERY: Final = 2.0
REQUESTS_AT_ONCE: Final = 20

POLICY_EVERY: Final = 10.0
"""Seconds from one look for the silent to the next."""

SILENT_AT_ONCE: Final = 20
"""People that the policy erases in one go; then everything else has its turn."""

MOST_ACCOUNTS: Final = 10_000

PASSED_ON: Final = "meta:data_deletion"
POLICY: Final = "policy"
"""Actors of erasures, as the certificates name them."""

logger = structlog.get_logger()


class Erasures:
    """Takes requests down and, in the partitions of this process, works them off; carries the policy out."""

    def __init__(
        self,
        database: Database,
        eraser: Eraser,
        retention: Retention,
        clock: Callable[[], datetime],
        *,
        mine: Callable[[], Collection[int]],
        erased: Callable[[UUID], None],
        after: timedelta | None,
    ) -> None:
        self._database, self._eraser, self._retention, self._clock = database, eraser, retention, clock
        self._mine, self._erased, self._after = mine, erased, after
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to work."""
        self._task = asyncio.create_task(self._run(), name="erasures")

    async def stop(self) -> None:
        """Leave what is not done to the next process, or to the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def take(self, user_id: str) -> UUID:
        """Take down that a person is to be forgotten in every account; the code of the request, once that is
        durable. Whether we know them makes no difference to whoever asks."""
        request_id = uuid4()
        async with self._database.transaction() as connection:
            view = await views.live(connection, sessions.Sessions.name)
            accounts = await sessions.accounts(connection, view, None, None, MOST_ACCOUNTS)
            everywhere = accounts or [(channel, "") for channel in CHANNELS]
            candidates = [
                Sender(channel, account, user_id).conversation_id for channel, account in everywhere
            ]
            await erasure_requests.take(
                connection, request_id, candidates, self._clock(), self._database.partitions
            )
        return request_id

    async def _run(self) -> None:
        policy_at = monotonic()
        while True:
            try:
                await self._requests()
                if self._after is not None and monotonic() >= policy_at:
                    more = await self._silent(self._clock() - self._after)
                    policy_at = monotonic() + (0 if more else POLICY_EVERY)
            except (Unavailable, *LOST):
                logger.warning("database away", loop="erasures")
            except Exception:
                logger.exception("loop failed", loop="erasures")
            await asyncio.sleep(LOOK_EVERY)

    # Requests

    async def _requests(self) -> None:
        async with self._database.connection() as connection:
            due = await erasure_requests.due(
                connection, sorted(self._mine()), self._clock(), REQUESTS_AT_ONCE
            )
        for request in due:
            settle = erasure_requests.done if await self._carried_out(request) else erasure_requests.not_yet
            async with self._database.connection() as connection:
                await settle(connection, request, self._clock())
        if due:
            await self._eraser.vacuum()

    async def _carried_out(self, request: Request) -> bool:
        """Erase whom a request is about; whether nothing of them is left, at the provider neither."""
        partitions = self._database.partitions
        async with self._database.connection() as connection:
            hops = await identities.hops(connection, request.conversations, partitions)
            known = await identities.existing(
                connection, {*request.conversations, *hops.values()}, partitions
            )
        for conversation_id in known:
            if not await self._erase(conversation_id):
                return False
        left = False
        async with self._database.connection() as connection:
            for conversation_id in {*request.conversations, *hops.values()}:
                left = left or await self._is_left(connection, conversation_id)
        return not left

    async def _is_left(self, connection: asyncpg.Connection, conversation_id: UUID) -> bool:
        partition = partition_of(conversation_id, self._database.partitions)
        if await erasure.is_waiting(connection, partition, conversation_id):  # to begin just now
            return True
        return bool(await erasure.owed_at_provider(connection, partition, conversation_id, self._clock()))

    async def _erase(self, conversation_id: UUID) -> bool:
        try:
            certificate_id = await self._eraser.erase(conversation_id, PASSED_ON)
        except Unknown:
            return True
        except (Refused, Conflict):
            return False
        self._tell(conversation_id, certificate_id, PASSED_ON)
        return True

    # The policy

    async def _silent(self, before: datetime) -> bool:
        """Erase some of those who are silent since an instant; whether there may be more."""
        erased = 0
        async for conversation_id in self._retention.silent(sorted(self._mine()), before):
            try:
                certificate_id = await self._eraser.erase(
                    conversation_id, POLICY, only_if=lambda c: self._retention.may_go(c, before)
                )
            except (Refused, Conflict, Unknown):
                continue
            self._tell(conversation_id, certificate_id, POLICY)
            erased += 1
            if erased == SILENT_AT_ONCE:
                break
        if erased:
            await self._eraser.vacuum()
        return erased == SILENT_AT_ONCE

    def _tell(self, conversation_id: UUID, certificate_id: UUID, actor: str) -> None:
        self._erased(conversation_id)
        logger.info(
            "person erased", conversation=str(conversation_id), certificate=str(certificate_id), actor=actor
        )
