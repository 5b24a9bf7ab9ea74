"""Looks at the database that are cheap to ask for, and bounded however the database stands."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Generic, TypeVar

import structlog

from service.storage.database import Unavailable

T = TypeVar("T")

logger = structlog.get_logger()


class Glance(Generic[T]):
    """The newest answer to one question. It is asked at most once in ``kept`` seconds, whoever wants to
    know, and waited for at most ``patience`` seconds; an answer that does not come is None."""

    def __init__(self, ask: Callable[[], Awaitable[T]], *, kept: float, patience: float = 1.0) -> None:
        self._ask = ask
        self._kept = kept
        self._patience = patience
        self._latest: T | None = None
        self._good_until = 0.0
        self._looking: asyncio.Task[None] | None = None
        self._abandoned: set[asyncio.Task[None]] = set()

    async def __call__(self) -> T | None:
        """What is known now. Raises nothing."""
        if self._looking is None and monotonic() >= self._good_until:
            self._looking = asyncio.create_task(self._look(), name="glance")
        looking = self._looking
        if looking is not None:
            await asyncio.wait({looking}, timeout=self._patience)
            if not looking.done() and self._looking is looking:
                self._abandon(looking)
        return self._latest

    async def _look(self) -> None:
        mine = asyncio.current_task()
        latest = None
        try:
            latest = await self._ask()
        except Unavailable:
            pass
        except Exception:
            logger.exception("a look at the database failed")
        finally:
            if self._looking is mine:
                self._settle(latest)

    def _abandon(self, looking: asyncio.Task[None]) -> None:
        # A server that stands still keeps even the cancellation waiting.
        looking.cancel()
        self._abandoned.add(looking)
        looking.add_done_callback(self._abandoned.discard)
        self._settle(None)

    def _settle(self, latest: T | None) -> None:
        self._latest, self._looking = latest, None
        self._good_until = monotonic() + self._kept
