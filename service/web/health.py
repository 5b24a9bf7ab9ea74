"""How the process is, for probes and for people. No token is needed, and nobody is named."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final, Literal

from aiohttp import web

from domain.identity import Channel
from service.breaker import State as BreakerState
from service.secrets import SANDBOX_APP_SECRET
from service.standing import standings
from service.storage import erasure, leases
from service.storage.reading import one_view
from service.web.errors import Problem
from service.web.glance import Glance
from service.web.operations import Operation, json_response
from service.web.parameters import Arguments

if TYPE_CHECKING:
    from service.app import Service

Status = Literal["ok", "degraded", "down"]

KEPT: Final = 1.0
ROOM_KEPT: Final = 3.0
"""Seconds for which a disk that had room counts as having some."""

LAGGING: Final = 60.0
"""Seconds behind the log from which a projection counts as degraded."""

LONG_OWED: Final = 3600.0
"""Seconds after which what the provider has not deleted counts as degraded."""

SANDBOX_OPENAI_KEY: Final = "sandbox"
"""The key that a service is given whose OpenAI is played by the sandbox."""


@dataclass(frozen=True, slots=True)
class Live:
    """The process turns."""

    status: Literal["ok"]


@dataclass(frozen=True, slots=True)
class DatabaseHealth:
    """Without it no message can be taken. ``writable``: it has room and takes writes."""

    status: Status
    latency_ms: float | None
    writable: bool
    partitions: int


@dataclass(frozen=True, slots=True)
class OpenAIHealth:
    """``breaker`` is not closed while calls fail; ``open_for`` is in seconds, ``cause`` the provider's own
    code. ``keeps_threads``: it keeps conversations for us."""

    status: Status
    breaker: BreakerState
    open_for: float
    cause: str | None
    keeps_threads: bool
    sandboxed: bool


@dataclass(frozen=True, slots=True)
class StoppedAccountHealth:
    """A business account that sends nothing until somebody mends it. ``stopped_for`` is in seconds,
    ``code`` is Meta's."""

    channel: Channel
    account_id: str
    stopped_for: float
    code: int | None


@dataclass(frozen=True, slots=True)
class MetaHealth:
    """Accounts that cannot send."""

    status: Status
    stopped_accounts: list[StoppedAccountHealth]
    sandboxed: bool


@dataclass(frozen=True, slots=True)
class ProjectionHealth:
    """A read model, and how far it is behind the log."""

    status: Status
    name: str
    version: int
    lag_events: int
    lag_seconds: float


@dataclass(frozen=True, slots=True)
class ProjectionsHealth:
    """The read models; none are listed while the database cannot be asked."""

    status: Status
    projections: list[ProjectionHealth]


@dataclass(frozen=True, slots=True)
class WorkersHealth:
    """What this process works on, and how many processes share the partitions (null: the database cannot
    be asked)."""

    status: Status
    partitions_held: int
    partitions: int
    processes: int | None


@dataclass(frozen=True, slots=True)
class ErasuresHealth:
    """Erasures that are not finished: ``requests`` that Meta passed on, and threads and answers that the
    model provider is still to delete (``owed_at_provider``), the oldest for ``owed_for`` seconds. Null: the
    database cannot be asked."""

    status: Status
    requests: int | None
    owed_at_provider: int | None
    owed_for: float | None


@dataclass(frozen=True, slots=True)
class Components:
    """Everything that the service stands on."""

    database: DatabaseHealth
    openai: OpenAIHealth
    meta: MetaHealth
    projections: ProjectionsHealth
    workers: WorkersHealth
    erasures: ErasuresHealth

    @property
    def overall(self) -> Status:
        """``down`` where messages cannot be taken, ``degraded`` where anything else is not well."""
        if self.database.status == "down":
            return "down"
        others = (self.openai, self.meta, self.projections, self.workers, self.erasures)
        return "ok" if all(part.status == "ok" for part in others) else "degraded"


@dataclass(frozen=True, slots=True)
class HealthAnswer:
    """``down`` (503) where messages cannot be taken."""

    status: Status
    components: Components


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a look at the database showed."""

    projections: list[ProjectionHealth]
    processes: int
    partitions_worked_on: int
    erasures: erasure.Standing


class Health:
    """Handlers of ``/health``, ``/livez`` and ``/readyz``."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._answers = Glance(self._ping, kept=KEPT)
        self._room = Glance(self._has_room, kept=ROOM_KEPT)
        self._seen = Glance(self._look, kept=KEPT)

    def operations(self) -> list[Operation]:
        """What is answered here."""
        return [
            Operation(
                method="GET",
                path="/health",
                name="getHealth",
                summary="How the service and what it stands on are",
                handler=self.health,
                answer=HealthAnswer,
                also=(503,),
                token=False,
            ),
            Operation(
                method="GET",
                path="/livez",
                name="getLiveness",
                summary="Whether the process turns",
                handler=self.live,
                answer=Live,
                token=False,
                limited=False,
            ),
            Operation(
                method="GET",
                path="/readyz",
                name="getReadiness",
                summary="Whether messages can be taken",
                handler=self.ready,
                answer=Live,
                problems=(503,),
                token=False,
                limited=False,
            ),
        ]

    async def live(self, _: Arguments) -> Live:
        """Always, as long as this can be answered at all."""
        return Live("ok")

    async def ready(self, _: Arguments) -> Live:
        """Raises :class:`Problem` 503 while the database does not answer in a second, or takes nothing."""
        answers, room = await asyncio.gather(self._answers(), self._room())
        if answers is None:
            raise Problem(503, "the database does not answer", headers={"Retry-After": "1"})
        if room is None:
            raise Problem(
                503, "the database takes no writes: is its disk full?", headers={"Retry-After": "1"}
            )
        return Live("ok")

    async def health(self, _: Arguments) -> web.Response:
        """Every component; 503 where messages cannot be taken."""
        latency_ms, room = await asyncio.gather(self._answers(), self._room())
        seen = None if latency_ms is None else await self._seen()
        components = self._components(latency_ms, room is not None, seen)
        answer = HealthAnswer(components.overall, components)
        return json_response(answer, 503 if answer.status == "down" else 200)

    # Components

    def _components(self, latency_ms: float | None, writable: bool, seen: _Seen | None) -> Components:
        partitions = self._service.database.partitions
        well = latency_ms is not None and writable
        return Components(
            database=DatabaseHealth("ok" if well else "down", latency_ms, writable, partitions),
            openai=self._openai(),
            meta=self._meta(),
            projections=_projections(seen),
            workers=self._workers(seen),
            erasures=self._erasures(seen),
        )

    def _openai(self) -> OpenAIHealth:
        provider, key = self._service.provider, self._service.settings.openai_api_key
        breaker = provider.breaker.status(monotonic())
        return OpenAIHealth(
            "ok" if breaker.state == "closed" else "degraded",
            breaker.state,
            round(breaker.open_for, 1),
            breaker.cause,
            provider.stateful,
            sandboxed=key is not None and key.get_secret_value() == SANDBOX_OPENAI_KEY,
        )

    def _meta(self) -> MetaHealth:
        stopped = [
            StoppedAccountHealth(
                account.channel, account.account_id, round(account.stopped_for, 1), account.code
            )
            for account in self._service.pacing.stopped_accounts(monotonic())
        ]
        sandboxed = self._service.secrets.app_secret == SANDBOX_APP_SECRET.encode()
        return MetaHealth("degraded" if stopped else "ok", stopped, sandboxed)

    def _workers(self, seen: _Seen | None) -> WorkersHealth:
        workers, partitions = self._service.workers, self._service.database.partitions
        well = workers.alive and seen is not None and seen.partitions_worked_on == partitions
        return WorkersHealth(
            "ok" if well else "degraded", len(workers.mine), partitions, seen.processes if seen else None
        )

    def _erasures(self, seen: _Seen | None) -> ErasuresHealth:
        if seen is None:
            return ErasuresHealth("down", None, None, None)
        left = seen.erasures
        owed_for = (self._service.clock() - left.since).total_seconds() if left.since else 0.0
        status: Status = "degraded" if owed_for > LONG_OWED else "ok"
        return ErasuresHealth(status, left.requests, left.owed, round(owed_for, 1))

    # Looks at the database

    async def _ping(self) -> float:
        began = monotonic()
        await self._service.database.ping()
        return round((monotonic() - began) * 1000, 2)

    async def _has_room(self) -> bool:
        await self._service.database.check_room()
        return True

    async def _look(self) -> _Seen:
        service = self._service
        async with one_view(service.database) as connection:
            lags = await standings(connection)
            workers = await leases.owners(connection)
            left = await erasure.standing(connection)
        return _Seen(
            [
                ProjectionHealth(
                    "ok" if lag.lag_seconds < LAGGING else "degraded",
                    lag.name,
                    lag.version,
                    lag.lag_events,
                    lag.lag_seconds,
                )
                for lag in lags
            ],
            sum(worker.partitions > 0 for worker in workers),
            sum(worker.partitions for worker in workers),
            left,
        )


def _projections(seen: _Seen | None) -> ProjectionsHealth:
    if seen is None:
        return ProjectionsHealth("down", [])
    well = all(projection.status == "ok" for projection in seen.projections)
    return ProjectionsHealth("ok" if well else "degraded", seen.projections)
