"""The read models: how they stand, and rebuilding, comparing, promoting and dropping their views."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from projections import lifecycle, proof
from projections.catalogue import PROJECTIONS
from projections.lifecycle import Refused
from projections.projection import Projection
from projections.proof import Comparison, Difference
from projections.views import NAME, View
from service.orders import named, place, view_named
from service.readmodels import rules_of
from service.rebuilding import Differs, Outcome, Verification
from service.standing import (
    ParkedConversation,
    Standing,
    ViewStanding,
    parked_page,
    standings,
    take_up,
    view_standing,
)
from service.storage.feed import LogFeed
from service.storage.reading import one_view
from service.web.bodies import read_body
from service.web.cursors import cut, read_cursor
from service.web.errors import Problem
from service.web.operations import Operation, json_response
from service.web.parameters import CURSOR, LIMIT, Arguments, Parameter, read_text, whole
from service.web.rebuild_orders import PromotionOrder, RebuildOrder, order_of
from service.web.views import VIEW
from service.workforce import Failed

if TYPE_CHECKING:
    from service.app import Service

T = TypeVar("T")

PROMOTED: Final = {
    200: "It is the live view.",
    202: "It takes longer, and goes on, also where this process dies. `GET /api/v1/projections` shows how it "
    "ends: the view is `live`, or has a `fault` that says why not and how to go on.",
}

WAITS: Final = 60.0
"""Seconds that a request waits for what it asked for; it goes on after that."""

NAMED: Final = Parameter(
    name="name",
    description="The read model.",
    schema={"type": "string", "enum": [projection.name for projection in PROJECTIONS]},
    read=read_text,
    where="path",
)
VIEW_IN_PATH: Final = Parameter(
    name="view",
    description="The view.",
    schema={"type": "string", "pattern": f"^{NAME.pattern}$"},
    read=read_text,
    where="path",
)
A: Final[Parameter[str | None]] = Parameter(
    name="a", description="A view; the live one by default.", schema=VIEW.schema, read=read_text
)
B: Final = Parameter(
    name="b", description="The view to compare it with.", schema=VIEW.schema, read=read_text, required=True
)
MOST: Final = whole("most", "Rows to tell at most.", most=1000, default=proof.MOST_TOLD)


@dataclass(frozen=True, slots=True)
class ProjectionList:
    """All read models, on one page."""

    items: list[Standing]
    next_cursor: None


@dataclass(frozen=True, slots=True)
class ViewList:
    """All views of a read model, on one page."""

    items: list[ViewStanding]
    next_cursor: None


@dataclass(frozen=True, slots=True)
class ParkedList:
    """Conversations that a view could not fold, by partition and id."""

    items: list[ParkedConversation]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing two views found. ``apart`` are partitions at different positions; ``differing`` counts
    rows, and the first of them are in ``differences``."""

    a: str
    b: str
    equal: bool
    partitions: int
    apart: list[int]
    rows: int
    differing: int
    differences: list[Difference]


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether the live view is what a fresh fold gives. ``inexact`` are partitions whose ledger does not add
    up."""

    view: str
    proven: bool
    inexact: list[int]
    parked: int
    compared: Compared


@dataclass(frozen=True, slots=True)
class TakenUp:
    """Parked conversations that went on, and those that stay."""

    taken_up: int
    parked: int


class ParkedPlace(NamedTuple):
    """A place in the list of parked conversations."""

    partition: Annotated[int, msgspec.Meta(ge=0, lt=2**15)]
    conversation_id: UUID


class Projections:
    """Handlers of ``/api/v1/projections``."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._database = service.database
        self._configured = rules_of(service.settings)
        self._waited_for: set[asyncio.Task[Any]] = set()

    def operations(self) -> list[Operation]:
        """What is answered here."""
        one, views_ = "/api/v1/projections/{name}", "/api/v1/projections/{name}/views"
        return [
            Operation(
                method="GET", path="/api/v1/projections", name="listProjections", handler=self.page,
                summary="Read models, their views, and how far they are behind the log",
                answer=ProjectionList,
            ),
            Operation(
                method="GET", path=views_, name="listViews", handler=self.views,
                summary="The views of a read model",
                answer=ViewList, parameters=(NAMED,), problems=(404,),
            ),
            Operation(
                method="POST", path=f"{one}/rebuild", name="rebuildProjection", handler=self.rebuild,
                summary="Fold the log again into a new view, beside the live one",
                answer=ViewStanding, status=202, body=RebuildOrder, parameters=(NAMED,), problems=(404, 409),
                scope="administer",
            ),
            Operation(
                method="POST", path=f"{one}/verify", name="verifyProjection", handler=self.verify,
                summary="Prove that the live view is what a fresh fold of the log gives",
                answer=Verified, parameters=(NAMED,), problems=(404, 409), patience=None, scope="administer",
            ),
            Operation(
                method="GET", path=f"{one}/diff", name="compareViews", handler=self.diff,
                summary="Where two views differ, row by row",
                answer=Compared, parameters=(NAMED, A, B, MOST), problems=(404,), patience=WAITS,
            ),
            Operation(
                method="POST", path=f"{one}/promote", name="promoteView", handler=self.promote,
                summary="Make a view the live one, once it is proven",
                answer=ViewStanding, also=(202,), said=PROMOTED, body=PromotionOrder, parameters=(NAMED,),
                problems=(404, 409), patience=None, scope="administer",
            ),
            Operation(
                method="DELETE", path=f"{views_}/{{view}}", name="dropView", handler=self.drop,
                summary="Take a view away for good; those that are left",
                answer=ViewList, parameters=(NAMED, VIEW_IN_PATH), problems=(404, 409),
                scope="administer",
            ),
            Operation(
                method="GET", path=f"{one}/parked", name="listParked", handler=self.parked,
                summary="Conversations that a view could not fold, and why",
                answer=ParkedList, parameters=(NAMED, VIEW, LIMIT, CURSOR), problems=(404,),
            ),
            Operation(
                method="POST", path=f"{one}/retry", name="retryParked", handler=self.retry,
                summary="Take parked conversations up again, after a fix",
                answer=TakenUp, parameters=(NAMED, VIEW), problems=(404,), patience=WAITS, scope="administer",
            ),
        ]  # fmt: skip

    async def page(self, _: Arguments) -> ProjectionList:
        """Every read model."""
        async with one_view(self._database) as connection:
            return ProjectionList(await standings(connection, self._configured), None)

    async def views(self, arguments: Arguments) -> ViewList:
        """The views of one."""
        projection = _projection(arguments)
        async with one_view(self._database) as connection:
            return await self._views(connection, projection)

    async def rebuild(self, arguments: Arguments) -> ViewStanding:
        """Order it. Raises :class:`Problem` 400 and 409."""
        projection = _projection(arguments)
        given = await read_body(arguments.request, RebuildOrder)
        with _refusals(400):
            order = order_of(given, self._configured, self._service.clock())
            async with self._database.connection() as connection:
                view = await place(connection, projection, order, unattended=True)
                standing = await view_standing(connection, view, self._configured)
        self._service.attendant.ordered()
        return standing

    async def verify(self, arguments: Arguments) -> Verified:
        """Fold afresh, compare, answer. Raises :class:`Problem` 409 where somebody is at it, and 503 where it
        takes longer: it goes on, and the next request finds more done."""
        projection = _projection(arguments)
        found = await self._in_time(self._service.attendant.coordinator.verify(projection))
        if found is None:
            raise Problem(503, "this takes longer; ask again", headers={"Retry-After": "10"})
        return _verified(found)

    async def diff(self, arguments: Arguments) -> Compared:
        """Compare two views in one snapshot."""
        projection = _projection(arguments)
        async with one_view(self._database) as connection:
            with _refusals(400):
                first = await view_named(connection, projection.name, arguments[A], "a")
                second = await view_named(connection, projection.name, arguments[B], "b")
                return _compared(await _compare(connection, projection, first, second, arguments[MOST]))

    async def promote(self, arguments: Arguments) -> Any:
        """Bring it forward, prove it, make it live. Raises :class:`Problem` 409 where it differs."""
        projection = _projection(arguments)
        given = await read_body(arguments.request, PromotionOrder)
        coordinator = self._service.attendant.coordinator
        async with self._database.connection() as connection:
            with _refusals(400):
                view = await view_named(connection, projection.name, given.view, "view")
        outcome: Outcome | None = await self._in_time(
            coordinator.promote(view, despite_differences=given.despite_differences, unattended=True)
        )
        async with self._database.connection() as connection:
            current = view if outcome is None else outcome.view
            standing = await view_standing(connection, current, self._configured)
        return standing if outcome is not None else json_response(standing, 202)

    async def drop(self, arguments: Arguments) -> ViewList:
        """Take it away. Raises :class:`Problem` 404, and 409 for the live one."""
        projection = _projection(arguments)
        async with self._database.connection() as connection:
            with _refusals(404):
                view = await view_named(connection, projection.name, arguments[VIEW_IN_PATH], "view")
            with _refusals(409):
                await lifecycle.drop(connection, projection, view)
            return await self._views(connection, projection)

    async def _views(self, connection: asyncpg.Connection, projection: Projection) -> ViewList:
        every = await standings(connection, self._configured)
        return ViewList(next(one.views for one in every if one.name == projection.name), None)

    async def parked(self, arguments: Arguments) -> ParkedList:
        """A page of parked conversations."""
        projection, limit = _projection(arguments), arguments[LIMIT]
        after = read_cursor(arguments.scope, arguments[CURSOR], ParkedPlace)
        async with one_view(self._database) as connection:
            with _refusals(400):
                view = await view_named(connection, projection.name, arguments[VIEW], "view")
            rows = await parked_page(connection, view, after=after, limit=limit + 1)
        return ParkedList(
            *cut(arguments.scope, rows, limit, lambda row: (row.partition, row.conversation_id))
        )

    async def retry(self, arguments: Arguments) -> TakenUp:
        """Fold them on from where they stopped."""
        projection = _projection(arguments)
        async with self._database.connection() as connection:
            with _refusals(400):
                view = await view_named(connection, projection.name, arguments[VIEW], "view")
        with _failures():
            self._service.attendant.coordinator.projection_of(view)
        return TakenUp(*await take_up(self._database, LogFeed(self._service.vault), projection, view))

    async def _in_time(self, work: Coroutine[Any, Any, T]) -> T | None:
        """What comes of it; None where it takes longer, and then it goes on."""
        task = asyncio.create_task(work)
        self._waited_for.add(task)
        task.add_done_callback(self._done)
        await asyncio.wait({task}, timeout=WAITS)
        if not task.done():
            return None
        with _refusals(409), _failures():
            return task.result()

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._waited_for.discard(task)
        if not task.cancelled():
            task.exception()


def _projection(arguments: Arguments) -> Projection:
    with _refusals(404):
        return named(arguments[NAMED])


async def _compare(
    connection: asyncpg.Connection, projection: Projection, a: View, b: View, most: int
) -> Comparison:
    try:
        return await proof.compare(connection, projection, a, b, most)
    except ValueError as error:
        raise Refused("b", str(error)) from None


def _compared(found: Comparison) -> Compared:
    return Compared(
        found.a, found.b, found.equal, found.partitions, found.apart, found.rows, found.differing,
        found.differences,
    )  # fmt: skip


def _verified(found: Verification) -> Verified:
    return Verified(found.view.name, found.proven, found.inexact, found.parked, _compared(found.comparison))


@contextmanager
def _refusals(status: int) -> Iterator[None]:
    """What is refused as a problem that names the field."""
    try:
        yield
    except Refused as refused:
        raise Problem(status, f"{refused.field}: {refused}", field=refused.field) from None


@contextmanager
def _failures() -> Iterator[None]:
    """What failed as a problem that says how to go on."""
    try:
        yield
    except Failed as failed:
        raise Problem(409, str(failed), field="view" if isinstance(failed, Differs) else None) from None
