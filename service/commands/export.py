"""``onethread export``: the log and what is made of it, as files."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Annotated, Final, Literal

import uvloop
from cyclopts import Parameter
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from domain.identity import Channel
from projections import views
from service.commands.offline import Offline, opened
from service.commands.options import check_text, identified, instant
from service.commands.showing import errors
from service.export import files
from service.export.asked import Asked, Misasked, What
from service.export.files import Sink, Stream, text_file
from service.export.formats import writing
from service.export.running import run
from service.export.source import Fault, Source
from service.export.sources import source_of
from service.export.transcript import transcript
from service.instants import utc_now
from service.settings import SettingsError

Format = Literal["ndjson", "csv", "parquet", "html"]

STANDARD_OUTPUT: Final = "-"


def export(
    what: What,
    /,
    *,
    format: Format = "ndjson",  # noqa: A002 # the option's name
    out: str = STANDARD_OUTPUT,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    channel: Channel | None = None,
    account: str | None = None,
    conversation: str | None = None,
    view: str | None = None,
    report: str | None = None,
    tz: str | None = None,
    bucket: str | None = None,
    resume: bool = False,
) -> int:
    """Write events, timelines, messages, sessions or a report into a file, or to standard output.

    Rows come by partition and position, those of sessions by partition and conversation, up to where the log
    was when the export began. An event that cannot be read is told of, has a row that says why, and makes
    the exit status 1.

    Parameters
    ----------
    what
        events: all of them, with all fields. timelines: what a timeline shows, in columns. messages: what was
        said. sessions: the session view. analytics: a report.
    format
        ndjson, csv (RFC 4180; a text that a spreadsheet would take for a formula gets an apostrophe in
        front), parquet, or html: the transcript of one conversation.
    out
        The file, which may not be there yet; - for standard output.
    from_
        Only what was recorded at this instant (2026-11-24T08:00Z) or later; sessions by their last activity.
    to
        Only what was recorded before this instant.
    channel
        Only this channel.
    account
        Only this account: page, Instagram account or phone_number_id.
    conversation
        Only this conversation: its id, or channel:account:sender.
    view
        Another view of sessions or analytics than the live one.
    report
        Which report of the analytics.
    tz
        The zone of a report's buckets, of a transcript's times and of instants that are given without one, as
        Europe/Berlin.
    bucket
        hour, day, week, month or none.
    resume
        Go on with the export into this file that was broken off; begin it if there is none.
    """
    for name, text in (("account", account), ("view", view), ("report", report), ("tz", tz)):
        check_text(name, text)
    path = None if out == STANDARD_OUTPUT else Path(out)
    if path is not None and path.is_dir():
        raise SettingsError("out: is a folder; name a file")
    within_only = (from_ or to) and what != "analytics" and format != "html"
    try:
        asked = Asked(
            what=what,
            since=instant("from", from_, tz),
            until=instant("to", to, tz),
            channel=channel,
            account=account,
            view=view,
            report=report,
            zone=None if within_only else tz,
            bucket=bucket,
        )
        return uvloop.run(_export(asked, conversation, format, path, resume=resume))
    except Misasked as error:
        raise SettingsError(str(error)) from None
    except BrokenPipeError:  # whoever read standard output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


async def _export(asked: Asked, whose: str | None, name: Format, path: Path | None, *, resume: bool) -> int:
    """The exit status."""
    if resume and (path is None or name == "html"):
        raise Misasked("resume", "only an export of ndjson, csv or parquet into a file can go on")
    if resume and asked.what == "analytics":
        raise Misasked("resume", "a report is counted at once; remove what is there and begin anew")
    if name == "parquet":
        _parquet().check_installed()
    async with opened() as there:
        if whose is not None:
            asked = replace(asked, conversation=await identified(there, whose))
        if name == "html":
            return await _transcript(there, asked, path)
        begun = files.unfinished(path, asked, name) if path is not None and resume else None
        through = begun.through if begun else None
        source = await views.looked_up_again(
            lambda: source_of(there.database, there.vault, asked, through, now=utc_now())
        )
        progress = begun or files.Progress(asked=asked, format=name, through=dict(source.through))
        if path is not None and begun is None:
            files.begin(path, progress)
        with _bar(source, progress) as moved, _sink(name, path, source, progress) as sink:
            await run(source, sink, progress, moved=moved, faulty=_tell)
    where = "standard output" if path is None else str(path)
    behind = f"; the view is {lag:,} events behind" if (lag := source.freshness.lag_events) else ""
    errors.print(f"{progress.rows:,} rows of {source.total:,} {source.unit} in {where}{behind}", markup=False)
    return _status(progress.faults)


def _parquet() -> ModuleType:
    """Loaded only where it is asked for: pyarrow is larger than all the rest."""
    return importlib.import_module("service.export.parquet")


@contextmanager
def _sink(name: Format, path: Path | None, source: Source, progress: files.Progress) -> Iterator[Sink]:
    """Where rows go."""
    if name == "parquet":
        parquet = _parquet()
        if path is None:
            yield parquet.ParquetStream(sys.stdout.buffer, source.sheet)
            return
        with parquet.parquet_file(path, source.sheet, progress) as sink:
            yield sink
        return
    written = writing("csv" if name == "csv" else "ndjson", source.sheet)
    if path is None:
        yield Stream(sys.stdout.buffer, written)
        return
    with text_file(path, written, progress) as file:
        yield file


@contextmanager
def _bar(source: Source, begun: files.Progress) -> Iterator[Callable[[files.Progress], None]]:
    """A bar with its rate and the remaining time, on a terminal."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task(begun.asked.what, total=source.total or None, completed=begun.done, rate="")

        def moved(progress: files.Progress) -> None:
            bar.update(task, completed=progress.done)
            speed = bar.tasks[0].speed
            bar.update(task, rate=f"{speed:,.0f} {source.unit}/s" if speed else "")

        yield moved


async def _transcript(there: Offline, asked: Asked, path: Path | None) -> int:
    faults = 0

    def faulty(fault: Fault) -> None:
        nonlocal faults
        faults += 1
        _tell(fault)

    parts = transcript(there.database, there.vault, asked, faulty=faulty)
    if path is None:
        async for part in parts:
            sys.stdout.buffer.write(part.encode())
        return _status(faults)
    with files.whole(path) as file:
        async for part in parts:
            file.write(part.encode())
    return _status(faults)


def _tell(fault: Fault) -> None:
    errors.print(f"cannot be read: {fault.event}: {fault.reason}", markup=False)


def _status(faults: int) -> int:
    if faults:
        errors.print(f"{faults:,} could not be read; their rows say why", markup=False)
    return 1 if faults else 0
