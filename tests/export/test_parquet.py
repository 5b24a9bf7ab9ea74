"""Parquet as its own readers take it, against the other formats."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from pyarrow import parquet as reader

from service.export import files, parquet
from service.export.asked import Asked, What
from service.export.files import Progress
from service.export.formats import rfc3339
from service.export.running import run
from service.export.sources import source_of
from tests.export.conftest import Exporting, whole_story
from tests.export.test_files import files_in
from tests.web.people import NOW, Person, at


async def written(exporting: Exporting, what: What, path: Path) -> bytes:
    """What a pipe gets, which is what a file gets."""
    asked = Asked(what=what)
    source = await source_of(exporting.database, exporting.vault, asked, now=NOW)
    progress = Progress(asked=asked, format="parquet")
    files.begin(path, progress)
    with parquet.parquet_file(path, source.sheet, progress) as file:
        await run(source, file, progress, moved=lambda _: None, faulty=lambda _: None)
    pipe = io.BytesIO()
    progress = Progress(asked=asked, format="parquet")
    stream = parquet.ParquetStream(pipe, source.sheet)
    await run(source, stream, progress, moved=lambda _: None, faulty=lambda _: None)
    return pipe.getvalue()


@pytest.mark.parametrize("what", ["events", "timelines", "messages"])
async def test_every_format_has_the_same_rows(exporting: Exporting, tmp_path: Path, what: What) -> None:
    await exporting.append(whole_story(), Person("2").says("hello", at(1)))
    path = tmp_path / "rows"
    assert await written(exporting, what, path) == path.read_bytes()
    assert files_in(tmp_path) == {"rows"}
    lines = await exporting.rows(what)
    text = (await exporting.text("csv", what)).decode()
    cells = list(csv.DictReader(io.StringIO(text, newline="")))
    table = reader.read_table(path)
    columns = table.to_pylist()
    assert table.column_names == list(cells[0])
    for line, cell, row in zip(lines, cells, columns, strict=True):
        assert line["conversation_id"] == cell["conversation_id"] == row["conversation_id"]
        assert line["version"] == int(cell["version"]) == row["version"]
        assert line["recorded_at"] == cell["recorded_at"] == rfc3339(row["recorded_at"])
        if what != "events":
            assert (line["text"] or "") == cell["text"].removeprefix("'") == (row["text"] or "")


async def test_an_export_of_nothing_is_a_file_with_columns(exporting: Exporting, tmp_path: Path) -> None:
    path = tmp_path / "rows"
    await written(exporting, "messages", path)
    table = reader.read_table(path)
    assert (table.num_rows, table.column_names[0]) == (0, "conversation_id")
