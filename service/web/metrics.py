"""What Prometheus scrapes: the counters of this process, and gauges of the database that all share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from service import telemetry
from service.standing import Standing, standings
from service.storage import erasure, inbox, owed, quarantine, register
from service.storage.reading import one_view
from service.web.glance import Glance
from service.web.operations import Operation
from service.web.parameters import Arguments

if TYPE_CHECKING:
    from service.app import Service

GAUGES_KEPT: Final = 5.0

THREAD_STATES: Final = ("asked", "created", "bound", "refused", "lost", "deleting", "deleted")


class Metrics:
    """The handler of ``/metrics``."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._gauged = Glance(self._gauge, kept=GAUGES_KEPT)

    def operations(self) -> list[Operation]:
        """What is answered here."""
        return [
            Operation(
                method="GET",
                path="/metrics",
                name="getMetrics",
                summary="Metrics for Prometheus",
                handler=self.scrape,
                media=("text/plain",),
                token=False,
            )
        ]

    async def scrape(self, _: Arguments) -> web.Response:
        """All metrics; those of the database are as old as its last answer."""
        await self._gauged()
        telemetry.PARTITIONS.set(len(self._service.workers.mine))
        body = generate_latest(telemetry.REGISTRY)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _gauge(self) -> bool:
        service = self._service
        async with one_view(service.database) as connection:
            telemetry.INBOX.set(await inbox.count(connection))
            telemetry.OWED.set(await owed.count(connection))
            telemetry.QUARANTINED.set(await quarantine.count(connection))
            left = await erasure.standing(connection)
            telemetry.ERASURE_REQUESTS.set(left.requests)
            telemetry.ERASURES_OWED.set(left.owed)
            threads = await register.counts(connection)
            for state in THREAD_STATES:
                telemetry.THREADS.labels(state).set(threads.get(state, 0))
            for lag in await standings(connection):
                telemetry.LAG_EVENTS.labels(lag.name).set(lag.lag_events)
                telemetry.LAG_SECONDS.labels(lag.name).set(lag.lag_seconds)
                telemetry.PARKED.labels(lag.name).set(lag.ledger.parked)
                _gauge_rebuild(lag)
        return True


def _gauge_rebuild(standing: Standing) -> None:
    """How far a rebuild is; nothing where none is under way."""
    gauges = (telemetry.REBUILD_DONE, telemetry.REBUILD_TOTAL, telemetry.REBUILD_SPEED)
    progress = standing.rebuild
    if progress is None:
        for gauge in gauges:
            gauge.remove_by_labels({"projection": standing.name})
        return
    for gauge, value in zip(
        gauges, (progress.events_done, progress.events_total, progress.events_per_second), strict=True
    ):
        gauge.labels(standing.name).set(value)
