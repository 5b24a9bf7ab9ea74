"""``onethread rebuild``: a read model folded again from the log, beside the one that is live."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import uvloop
from cyclopts import Parameter
from rich import box
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table

from projections import lifecycle, views
from projections.lifecycle import Refused
from projections.prices import PriceTable
from projections.projection import Projection
from projections.proof import Comparison
from projections.views import View
from service.commands.offline import Offline, opened
from service.commands.options import instant
from service.commands.recording import on_record
from service.commands.showing import FAILED, console, errors, print_json
from service.instants import utc_now
from service.orders import ALL, Order, named, past, place, place_all
from service.prices import BadPrices, load_prices
from service.readmodels import how_to_take_up, rules_of
from service.rebuilding import Coordinator, Differs, Outcome, Told
from service.secrets import load_secrets, sandboxed
from service.settings import SettingsError, load_config_file
from service.storage.database import Database
from service.storage.feed import LogFeed
from service.workforce import Failed

T = TypeVar("T")


def rebuild(
    name: str,
    /,
    *,
    as_of: str | None = None,
    tz: str | None = None,
    into: str | None = None,
    session_hours: float | Literal["recorded"] | None = None,
    prices: Path | None = None,
    language: str | None = None,
    from_settings: bool = False,
    workers: int | None = None,
    despite_differences: bool = False,
    keep: bool = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Fold a read model again from the log, while the live one serves; an unfinished one is gone on with.

    Without --into and with the rules of the live one it takes that one's place once it is proven to be the
    same; with others it stays beside it, for --view and onethread projections.

    Parameters
    ----------
    name
        The projection, or all.
    as_of
        Fold only what was recorded by this instant (2026-11-01T00:00+01:00).
    tz
        The zone of an instant that is given without one, as Europe/Berlin.
    into
        Name of the new view.
    session_hours
        Cut sessions anew, after so many hours of silence; recorded: as they were recorded.
    prices
        A table of token prices (TOML) to reckon costs with.
    language
        The text search configuration of PostgreSQL that words are searched by.
    from_settings
        What is not given is as configured (ONETHREAD_PRICES, ONETHREAD_SEARCH_LANGUAGE; sessions as they were
        recorded), not as in the live view.
    workers
        Processes that fill it; one for each processor unless said.
    despite_differences
        Promote it though it differs from the live one, or has other rules.
    keep
        Do not promote it.
    as_json
        Print JSON for programs.
    """
    if workers is not None and not 1 <= workers <= 64:
        raise SettingsError("workers: a number from 1 to 64 is expected")
    order = Order(
        into=into,
        as_of=with_words(lambda: past(instant("as_of", as_of, tz), utc_now())),
        session_hours=session_hours,
        prices=None if prices is None else _prices(prices),
        language=language,
        promote=False if keep else None,
        despite_differences=despite_differences,
    )
    projection = None if name == ALL else with_words(lambda: named(name))
    return with_words(
        lambda: uvloop.run(_rebuild(projection, order, workers, configured=from_settings, as_json=as_json))
    )


def _prices(path: Path) -> PriceTable:
    try:
        return load_prices(path)
    except BadPrices as error:
        raise SettingsError(f"prices: {path}: {error}") from None
    except OSError as error:
        raise SettingsError(f"prices: {path}: {error.strerror}") from None


async def _rebuild(
    projection: Projection | None, order: Order, workers: int | None, *, configured: bool, as_json: bool
) -> int:
    async with coordinating(workers) as (there, coordinator):
        database, settings = there.database, rules_of(there.settings)
        if configured:
            order = replace(order, configured=settings)
        async with database.connection() as connection:
            if projection is None:
                wanted = await place_all(connection, order)
            else:
                wanted = [await place(connection, projection, order, unattended=False)]
        results = [await _one(database, coordinator, view) for view in wanted]
        async with database.connection() as connection:
            for view in wanted:
                live = await views.live(connection, view.projection)
                if (advice := how_to_take_up(live, settings)) is not None:
                    errors.print(advice, markup=False)
    if as_json:
        print_json({"items": [_as_json(result) for result in results]})
    else:
        for result in results:
            _print(result)
    return max(_status(result, despite=order.despite_differences) for result in results)


async def _one(database: Database, coordinator: Coordinator, view: View) -> Outcome | Failed:
    try:
        async with on_record(database, "rebuild", f"{view.projection}/{view.name}"):
            with shown(f"{view.projection} {view.name}") as told:
                return await coordinator.rebuild(view, told=told)
    except Failed as failed:
        errors.print(str(failed), markup=False)
        return failed


def _status(result: Outcome | Failed, *, despite: bool) -> int:
    if isinstance(result, Failed):
        return FAILED
    return 0 if despite or result.comparison is None or result.comparison.equal else FAILED


def _as_json(result: Outcome | Failed) -> dict[str, Any]:
    if isinstance(result, Differs):
        return {"fault": str(result), "compared": compared(result.comparison)}
    if isinstance(result, Failed):
        return {"fault": str(result)}
    view, comparison = result.view, result.comparison
    return {
        "projection": view.projection,
        "view": view.name,
        "state": view.state,
        "promoted": result.promoted,
        "compared": None if comparison is None else compared(comparison),
    }


def _print(result: Outcome | Failed) -> None:
    if isinstance(result, Failed):
        if isinstance(result, Differs):
            print_differences(result.comparison)
        return
    view, comparison = result.view, result.comparison
    proven = "nothing to compare it with" if comparison is None else comparison.said()
    console.print(f"{view.projection} {view.name} is {view.state}: {proven}", markup=False)
    if comparison is not None and not comparison.equal:
        print_differences(comparison)


def compared(comparison: Comparison) -> dict[str, Any]:
    """A comparison as JSON values."""
    return {"equal": comparison.equal, **asdict(comparison)}


def print_differences(comparison: Comparison) -> None:
    """The first differences, a line for each value."""
    table = Table("table", "key", "column", comparison.a, comparison.b, box=box.SIMPLE_HEAD, pad_edge=False)
    for difference in comparison.differences:
        key = ", ".join(map(str, difference.key.values()))
        column = difference.column or "(row)"
        table.add_row(difference.table, key, column, difference.a or "-", difference.b or "-")
    console.print(table)
    if comparison.differing > len({(d.table, *d.key.values()) for d in comparison.differences}):
        console.print(f"{comparison.differing} rows differ; these are the first")


@asynccontextmanager
async def coordinating(workers: int | None = None) -> AsyncIterator[tuple[Offline, Coordinator]]:
    """The database, and who coordinates rebuilds on it."""
    async with opened() as there:
        secrets = load_secrets(there.settings, load_config_file(), sandboxed(there.settings))
        feed = LogFeed(there.vault)
        yield there, Coordinator(there.database, feed, secrets.master_key, workers=workers)


def with_words(read: Callable[[], T]) -> T:
    """What ``read`` gives. Raises :class:`SettingsError` with the words of what it refuses."""
    try:
        return read()
    except Refused as refused:
        raise SettingsError(f"{refused.field}: {refused}") from None


@contextmanager
def shown(name: str) -> Iterator[Told]:
    """A bar on the terminal for as long as the block lasts."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    )
    with bar:
        task = bar.add_task(name, total=None, rate="")

        def told(phase: str, progress: lifecycle.Progress) -> None:
            left = progress.remaining_seconds
            remaining = "" if left is None else f", {left:,.0f} s left"
            rate = f"{progress.events_per_second:,.0f} events/s{remaining}" if phase == "filling" else ""
            bar.update(
                task,
                description=f"{name}: {phase}",
                completed=progress.events_done,
                total=progress.events_total,
                rate=rate,
            )

        yield told
