"""``onethread projections``: the views of the read models, and what may be done with them."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any, Final

import uvloop
from cyclopts import App, Parameter
from rich import box
from rich.table import Table

from projections import lifecycle, proof
from projections.lifecycle import Refused
from projections.proof import Comparison
from service.commands.offline import opened
from service.commands.rebuilding import (
    compared,
    coordinating,
    print_differences,
    shown,
    with_words,
)
from service.commands.recording import on_record
from service.commands.showing import FAILED, console, errors, print_json
from service.orders import named, view_named
from service.readmodels import rules_of
from service.rebuilding import Differs, Verification
from service.standing import Standing, ViewStanding, standings, take_up
from service.storage.feed import LogFeed
from service.storage.reading import one_view
from service.workforce import Failed

Json = Annotated[bool, Parameter(name="--json")]

app: Final = App(
    name="projections", help="The read models and their views: how they stand, and what may be done."
)


@app.default
@app.command
def status(*, as_json: Json = False) -> None:
    """Every view: its state, how far it is behind the log, what is parked, and what a rebuild is at.

    Parameters
    ----------
    as_json
        Print JSON for programs.
    """
    found = asyncio.run(_status())
    if as_json:
        print_json({"items": [asdict(standing) for standing in found]})
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("projection", "view", "fold", "state", "behind", "applied", "ignored", "parked", "note"):
        table.add_column(column, no_wrap=column in ("projection", "view"))
    for standing in found:
        for view in standing.views:
            ledger = view.ledger
            numbers = (view.lag_events, ledger.applied, ledger.ignored, ledger.parked)
            table.add_row(
                standing.name, view.name, str(view.version), view.state,
                *(f"{number:,}" for number in numbers), view.fault or _rebuild(view.rebuild) or _apart(view),
            )  # fmt: skip
    console.print(table)


def _rebuild(progress: lifecycle.Progress | None) -> str:
    if progress is None:
        return ""
    left = "" if progress.remaining_seconds is None else f", {progress.remaining_seconds:,.0f} s left"
    return f"{progress.events_done:,} of {progress.events_total:,}, {progress.events_per_second:,.0f}/s{left}"


def _apart(view: ViewStanding) -> str:
    apart = view.unlike_settings if view.state == "live" else []
    return f"not as configured: {', '.join(apart)}" if apart else ""


async def _status() -> list[Standing]:
    async with opened() as there, one_view(there.database) as connection:
        return await standings(connection, rules_of(there.settings))


@app.command
def verify(name: str, /, *, workers: int | None = None, as_json: Json = False) -> int:
    """Prove that the live view is what a fresh fold of the log gives. Exit status 1 where it is not.

    Parameters
    ----------
    name
        The projection.
    workers
        Processes that fold; one for each processor unless said.
    as_json
        Print JSON for programs.
    """
    projection = with_words(lambda: named(name))

    async def run() -> Verification:
        async with coordinating(workers) as (_, coordinator):
            with shown(name) as told:
                return await coordinator.verify(projection, told=told)

    try:
        found = uvloop.run(run())
    except Failed as failed:
        errors.print(str(failed), markup=False)
        return FAILED
    if as_json:
        print_json(_verified(found))
    else:
        _print_verified(found)
    return 0 if found.proven else FAILED


def _verified(found: Verification) -> dict[str, Any]:
    return {
        "projection": found.view.projection,
        "view": found.view.name,
        "proven": found.proven,
        "inexact": found.inexact,
        "parked": found.parked,
        "compared": compared(found.comparison),
    }


def _print_verified(found: Verification) -> None:
    console.print(
        f"{found.view.projection}: {found.comparison.said()}; {found.parked} events parked", markup=False
    )
    if found.inexact:
        console.print(f"the ledger does not add up in partitions {found.inexact}")
    if not found.comparison.equal:
        print_differences(found.comparison)


@app.command
def diff(name: str, a: str, b: str, /, *, most: int = proof.MOST_TOLD, as_json: Json = False) -> int:
    """Compare two views as they are now, row by row. Exit status 1 where they differ.

    Parameters
    ----------
    name
        The projection.
    a
        A view.
    b
        Another view.
    most
        Rows to show at most.
    as_json
        Print JSON for programs.
    """
    projection = with_words(lambda: named(name))

    async def run() -> Comparison:
        async with opened() as there, one_view(there.database) as connection:
            first = await view_named(connection, name, a, "a")
            second = await view_named(connection, name, b, "b")
            try:
                return await proof.compare(connection, projection, first, second, most)
            except ValueError as error:
                raise Refused("b", str(error)) from None

    found = with_words(lambda: asyncio.run(run()))
    if as_json:
        print_json(compared(found))
    else:
        console.print(found.said(), markup=False)
        if found.apart:
            console.print(
                f"they are at different positions in {len(found.apart)} of {found.partitions} partitions"
            )
        if not found.equal:
            print_differences(found)
    return 0 if found.equal else FAILED


@app.command
def promote(name: str, view: str, /, *, despite_differences: bool = False, workers: int | None = None) -> int:
    """Make a view the live one, once it is caught up and proven; the old one is kept.

    Parameters
    ----------
    name
        The projection.
    view
        The view: one beside, or one that was live.
    despite_differences
        Promote it though it differs from the live one, or has other rules.
    workers
        Processes that bring it forward.
    """
    with_words(lambda: named(name))

    async def run() -> None:
        async with coordinating(workers) as (there, coordinator):
            async with there.database.connection() as connection:
                wanted = await view_named(connection, name, view, "view")
                coordinator.projection_of(wanted)
            async with on_record(there.database, "projections promote", f"{name}/{wanted.name}"):
                with shown(f"{name} {view}") as told:
                    await coordinator.promote(
                        wanted, despite_differences=despite_differences, unattended=False, told=told
                    )

    try:
        with_words(lambda: uvloop.run(run()))
    except Failed as failed:
        errors.print(str(failed), markup=False)
        if isinstance(failed, Differs):
            print_differences(failed.comparison)
        return FAILED
    console.print(f"{name} {view} is live")
    return 0


@app.command
def drop(name: str, view: str, /) -> None:
    """Take a view away for good. The live one cannot be.

    Parameters
    ----------
    name
        The projection.
    view
        The view.
    """
    projection = with_words(lambda: named(name))

    async def run() -> None:
        async with opened() as there, there.database.connection() as connection:
            wanted = await view_named(connection, name, view, "view")
            async with on_record(there.database, "projections drop", f"{name}/{wanted.name}"):
                await lifecycle.drop(connection, projection, wanted)

    with_words(lambda: asyncio.run(run()))
    console.print(f"{name} {view} is dropped")


@app.command
def retry(name: str, /, *, view: str | None = None) -> int:
    """Take parked conversations up again, after a fix. Exit status 1 where some stay parked.

    Parameters
    ----------
    name
        The projection.
    view
        Another view than the live one.
    """
    projection = with_words(lambda: named(name))

    async def run() -> tuple[int, int]:
        async with opened() as there:
            async with there.database.connection() as connection:
                wanted = await view_named(connection, name, view, "view")
            async with on_record(there.database, "projections retry", f"{name}/{wanted.name}"):
                return await take_up(there.database, LogFeed(there.vault), projection, wanted)

    taken, left = with_words(lambda: asyncio.run(run()))
    console.print(f"{taken} conversations taken up, {left} stay parked")
    return FAILED if left else 0
