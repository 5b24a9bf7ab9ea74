"""An export holds a piece of the log at a time, however long the log is."""

from __future__ import annotations

import tracemalloc
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from service.export import files, parquet
from service.export.asked import Asked, What
from service.export.files import Progress, Sink
from service.export.formats import writing
from service.export.running import run
from service.export.source import Source
from service.export.sources import source_of
from tests.export.conftest import Exporting
from tests.web.people import NOW, Person, at


async def talk(exporting: Exporting, first: int, people: int) -> None:
    """So many people more, with 31 events each."""
    crowd = [Person(f"4915{n}", met=NOW) for n in range(first, first + people)]
    for person in crowd:
        for turn in range(6):
            person.says(f"question {turn} " + "word " * 40, at(turn)).is_answered("answer " * 40, at(turn))
    await exporting.append(*crowd)


async def peak(exporting: Exporting, what: What, name: str, path: Path) -> int:
    """The most bytes that were held at a time."""
    asked = Asked(what=what)
    source = await source_of(exporting.database, exporting.vault, asked, now=NOW, size=20)
    progress = Progress(asked=asked, format=name)
    tracemalloc.start()
    try:
        with sink_of(name, path, source, progress) as sink:
            await run(source, sink, progress, moved=lambda _: None, faulty=lambda _: None)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def sink_of(name: str, path: Path, source: Source, progress: Progress) -> AbstractContextManager[Sink]:
    files.begin(path, progress)
    if name == "parquet":
        return parquet.parquet_file(path, source.sheet, progress)
    return files.text_file(path, writing("csv" if name == "csv" else "ndjson", source.sheet), progress)


@pytest.mark.parametrize("name", ["ndjson", "csv", "parquet"])
async def test_ten_times_the_log_takes_no_more_memory(
    exporting: Exporting, tmp_path: Path, name: str
) -> None:
    await talk(exporting, 0, 40)
    await peak(exporting, "events", name, tmp_path / "warm")
    before = {
        what: await peak(exporting, what, name, tmp_path / f"{what}-1") for what in ("events", "messages")
    }
    for n in range(9):
        await talk(exporting, 40 * (n + 1), 40)
    for what, was in before.items():
        assert await peak(exporting, what, name, tmp_path / f"{what}-10") < was * 1.5
