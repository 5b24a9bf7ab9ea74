"""Coordinating a rebuild: workers fill the view, it gets its indexes, is proven, and promoted if so ordered.

Whoever coordinates a view holds a claim on it that ends with its session; after a kill the next one goes on
from the checkpoints. The live view is only ever touched by the one transaction of the promotion.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg
import structlog

from projections import lifecycle, proof, rebuild, summing, views
from projections.catalogue import PROJECTIONS
from projections.lifecycle import Progress, Refused
from projections.projection import Feed, Projection, Table
from projections.proof import Comparison, Unmatched
from projections.rebuild import CLOSE, COORDINATING, Filling, behind, claimed
from projections.views import View
from service.following import LOOK_EVERY
from service.storage import leases
from service.storage.database import Database, Unavailable
from service.storage.log import HEADS
from service.storage.reading import one_view
from service.workforce import Failed, Workforce

TELL_EVERY: Final = 0.5

ONE_PROCESSOR: Final = {"max_parallel_maintenance_workers": "0", "max_parallel_workers_per_gather": "0"}
"""Settings of a session that makes indexes while others need the server."""

SETTLED: Final = timedelta(seconds=5)
"""How much later than an instant an event may still come into the log that was recorded by then."""

BEFORE_PROMOTION: Final = 2 * LOOK_EVERY
"""Seconds in which the live loops of every process have seen that a view is to be followed."""

SEEN_WITHIN: Final = 10.0
"""Seconds in which a service that runs has said so."""

logger = structlog.get_logger()

Told = Callable[[str, Progress], None]
"""Hears of each phase (filling, indexing, proving, promoting) how far it is."""


class Busy(Failed):
    """Somebody else is at it."""


class Differs(Failed):
    """The new view is not what the live one is."""

    def __init__(self, message: str, comparison: Comparison) -> None:
        super().__init__(message)
        self.comparison = comparison


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rebuild came to. ``comparison`` is None where there was nothing to compare with: another fold,
    other rules."""

    view: View
    comparison: Comparison | None
    promoted: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the live view is what the log says. ``inexact`` are partitions whose ledger does not add up."""

    view: View
    comparison: Comparison
    inexact: list[int]
    parked: int

    @property
    def proven(self) -> bool:
        """Nothing differs and the ledger adds up."""
        return self.comparison.equal and not self.inexact


class Coordinator:
    """Brings views from empty to what was ordered. ``step``: events that this process folds at a time where
    it has other things to do; then all that is done for a rebuild leaves room for them, in the workers and in
    the database, and takes longer."""

    def __init__(
        self,
        database: Database,
        feed: Feed,
        master_key: bytes,
        *,
        workers: int | None = None,
        step: int | None = None,
        projections: tuple[Projection, ...] = PROJECTIONS,
    ) -> None:
        self._step = step
        self.database, self._feed, self._projections = database, feed, projections
        self.gently = step is not None
        self.workforce = Workforce(database, master_key, workers, gently=self.gently)

    async def rebuild(self, view: View, *, told: Told = lambda _phase, _progress: None) -> Outcome:
        """Take a view that was ordered to its end. Raises :class:`Busy`, or :class:`Failed` and then the view
        keeps the reason."""
        async with self._coordinating(view) as connection:
            return await self._finished(connection, view, told)

    async def promote(
        self,
        view: View,
        *,
        despite_differences: bool,
        unattended: bool,
        told: Told = lambda _phase, _progress: None,
    ) -> Outcome:
        """Make a view of before the live one. ``unattended``: a service goes on with it where this process
        dies. Raises :class:`Refused` and :class:`Busy`, and nothing has changed; and :class:`Failed` as
        :meth:`rebuild`."""
        self.projection_of(view)
        async with self._coordinating(view) as connection:
            await lifecycle.order_promotion(
                connection, view, unattended=unattended, despite_differences=despite_differences
            )
            return await self._finished(connection, view, told)

    async def _finished(self, connection: asyncpg.Connection, view: View, told: Told) -> Outcome:
        work = _Work(self, connection, self.projection_of(view), view, told)
        try:
            return await work.finish()
        except Busy:
            raise
        except (Failed, Refused, Unmatched, LookupError, asyncpg.PostgresError) as error:
            raise await self._failed(connection, view, error) from error

    async def verify(
        self, projection: Projection, *, told: Told = lambda _phase, _progress: None
    ) -> Verification:
        """Fold the log afresh beside the live view, compare, and drop that again. Raises :class:`Failed`."""
        async with self.database.connection() as connection:
            live = await views.live(connection, projection.name)
        self.projection_of(live)
        view = await self._beside(projection, live)
        async with self._coordinating(view) as connection:
            work = _Work(self, connection, projection, view, told)
            try:
                await lifecycle.begin_run(connection, view)
                await work.complete()
                comparison = await work.compared_with(live)
            except (Refused, Unmatched, LookupError, asyncpg.PostgresError) as error:
                raise Failed(f"{live.name} could not be verified: {error}; try again") from error
            inexact = await proof.inexact(connection, live)
            parked = sum(entry[3] for entry in (await proof.ledger(connection, live)).values())
        async with self.database.connection() as connection:
            await lifecycle.drop(connection, projection, view)
        return Verification(live, comparison, inexact, parked)

    async def _beside(self, projection: Projection, live: View) -> View:
        """The view that a verification fills; of an earlier one that was killed, if it still fits."""
        name = f"verify-{live.name}"[:40]
        async with self.database.connection() as connection:
            await lifecycle.sweep(connection, {projection.name: projection})
            with suppress(views.NoSuchView):
                old = await views.find(connection, projection.name, name)
                if (old.version, old.rules) != (live.version, live.rules):
                    await lifecycle.drop(connection, projection, old)
            return await lifecycle.order(
                connection, projection, live.rules, into=name, promote=False, unattended=False
            )

    def projection_of(self, view: View) -> Projection:
        """The fold of a view. Raises :class:`Failed` where this version of the code has another."""
        for projection in self._projections:
            if (projection.name, projection.version) == (view.projection, view.version):
                return projection
        raise Failed(f"{view.projection} {view.name} is of fold {view.version}: this version folds otherwise")

    @asynccontextmanager
    async def _coordinating(self, view: View) -> AsyncIterator[asyncpg.Connection]:
        settings = {"application_name": "onethread rebuild"} | (ONE_PROCESSOR if self.gently else {})
        connection = await asyncpg.connect(self.database.url, server_settings=settings)
        try:
            async with claimed(connection, view, COORDINATING) as mine:
                if not mine:
                    raise Busy(f"{view.projection} {view.name} is being worked on by another process")
                yield connection
        finally:
            await connection.close()

    async def _failed(self, connection: asyncpg.Connection, view: View, error: Exception) -> Failed:
        name = f"{view.projection} {view.name}"
        again = f"order it again to go on with it, or drop it: onethread projections drop {name}"
        said = str(error) if isinstance(error, Differs) else f"{name}: {error}; {again}"
        logger.warning("rebuild failed", projection=view.projection, view=view.name, reason=said)
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await lifecycle.fail(connection, view, said)
        return error if isinstance(error, Differs) else Failed(said)

    @asynccontextmanager
    async def filler(self, projection: Projection, view: View) -> AsyncIterator[Filling]:
        """Brings a view forward over a connection of its own."""
        async with self.database.connection() as connection:
            yield Filling(connection, self._feed, projection, view, largest=self._step)

    async def sum_up(self, view: View, table: Table) -> None:
        """Sum up a table over a connection of its own."""
        async with self.database.connection() as connection:
            await summing.sum_up(connection, view, table, gently=self.gently)

    def snapshot(self) -> proof.Snapshot:
        """How to see one moment."""
        return lambda: one_view(self.database)


class _Work:
    """One view on its way, coordinated here."""

    def __init__(
        self,
        coordinator: Coordinator,
        connection: asyncpg.Connection,
        projection: Projection,
        view: View,
        told: Told,
    ) -> None:
        self._coordinator, self._connection = coordinator, connection
        self._projection, self._view, self._told = projection, view, told

    async def finish(self) -> Outcome:
        """Everything, in order."""
        connection = self._connection
        view = await self._now()
        if not lifecycle.unfinished(view):
            raise Busy(f"{view.projection} {view.name} has been brought to its end by another process")
        live = await views.live(connection, view.projection)
        await lifecycle.begin_run(connection, view)
        await self.complete()
        if view.rules.as_of is not None:
            await lifecycle.set_state(connection, view, "frozen", of=["filling"])
            await lifecycle.end_run(connection, view)
            return Outcome(await self._now(), None, promoted=False)
        comparison = await self.compared_with(live) if proof.comparable(view, live) else None
        inexact = await proof.inexact(connection, view)
        if inexact:
            raise Failed(f"the ledger of partitions {inexact} does not add up")
        await lifecycle.set_state(connection, view, "following", of=["filling"])
        if view.promote:
            self._check(view, live, comparison)
            await self._promote()
        else:
            await lifecycle.end_run(connection, view)
        return Outcome(await self._now(), comparison, view.promote)

    @staticmethod
    def _check(view: View, live: View, comparison: Comparison | None) -> None:
        if view.despite_differences:
            return
        if comparison is not None and not comparison.equal:
            name = view.projection
            raise Differs(
                f"{name}: {comparison.said()}; {live.name} stays live. Look with onethread projections diff "
                f"{name} {live.name} {view.name}; promote it nevertheless with --despite-differences "
                f"(despite_differences), or drop it with onethread projections drop {name} {view.name}",
                comparison,
            )
        if comparison is None and view.version == live.version:
            raise Failed(
                "it has other rules than the live view and cannot be proven by it: promote it with "
                "--despite-differences (despite_differences) if that is meant"
            )

    async def _now(self) -> View:
        return await views.find(self._connection, self._view.projection, self._view.name)

    async def complete(self) -> None:
        """The log as it is now, all of it, with indexes and sums; from here on these are kept with it."""
        self._view = await self._now()
        if self._view.sums != "making":  # then it is full, and stays as it is until they are made
            await self._fill()
        await self._index()
        if self._view.sums != "kept":
            await self._sum_up()
            self._view = await self._now()

    async def _fill(self) -> None:
        async with self._telling("filling"):
            if (as_of := self._view.rules.as_of) is not None:
                await asyncio.sleep((as_of + SETTLED - datetime.now(UTC)).total_seconds())
            while await behind(self._connection, self._view) > CLOSE:
                await self._coordinator.workforce.run(self._view)
            heads = {row["partition"]: row["head"] for row in await self._connection.fetch(HEADS)}
            await rebuild.claim_all(self._connection, self._view)
            async with self._coordinator.filler(self._projection, self._view) as filler:
                await filler.bring_to(heads)

    async def _sum_up(self) -> None:
        async with self._telling("summing up"):
            await rebuild.claim_all(self._connection, self._view)
            await summing.begin(self._connection, self._projection, self._view)
            tables = [table for table in self._projection.tables if table.summed_from]
            at_once = asyncio.Semaphore(1 if self._coordinator.gently else len(tables) or 1)

            async def one(table: Table) -> None:
                async with at_once:
                    await self._coordinator.sum_up(self._view, table)

            await asyncio.gather(*map(one, tables))
            await summing.end(self._connection, self._view)

    async def _index(self) -> None:
        async with self._telling("indexing"):
            for table in views.tables_of(self._projection):
                await views.build_indexes(self._connection, self._view, table)
                await self._connection.execute(f"ANALYZE {self._view.table(table)}")

    async def compared_with(self, live: View) -> Comparison:
        """Proven by the live view, which goes on meanwhile."""
        async with (
            self._telling("proving"),
            self._coordinator.filler(self._projection, self._view) as ours,
            self._coordinator.filler(self._projection, live) as theirs,
        ):
            # Where no service runs nobody else brings the live view to where the new one is.
            there = await proof.ledger(self._connection, self._view)
            await theirs.bring_to({partition: entry[0] for partition, entry in there.items()})
            return await proof.prove(
                self._coordinator.snapshot(), self._projection, self._view, live, ours.bring_to
            )

    async def _promote(self) -> None:
        async with (
            self._telling("promoting"),
            self._coordinator.filler(self._projection, self._view) as filler,
        ):
            await self._until_followed(filler)
            await lifecycle.promote(self._connection, self._view, filler.bring_to)

    async def _until_followed(self, filler: Filling) -> None:
        """Bring it forward until the live loops of every service have begun to, so that none is late with it
        when it is live."""
        if not await leases.anybody(self._connection, SEEN_WITHIN):
            return
        until = asyncio.get_running_loop().time() + BEFORE_PROMOTION
        while asyncio.get_running_loop().time() < until:
            heads = {row["partition"]: row["head"] for row in await self._connection.fetch(HEADS)}
            await filler.bring_to(heads)
            await asyncio.sleep(0.05)

    @asynccontextmanager
    async def _telling(self, phase: str) -> AsyncIterator[None]:
        task = asyncio.create_task(self._tell(phase), name=f"progress of {self._view.name}")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError, Unavailable):
                await task

    async def _tell(self, phase: str) -> None:
        while True:
            async with self._coordinator.database.connection() as connection:
                progress = await lifecycle.progress(connection, self._view)
            if progress is not None:
                self._told(phase, progress)
            await asyncio.sleep(TELL_EVERY)
