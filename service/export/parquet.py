"""Parquet: parts of one row group each, put together into one file when all are there.

A Parquet file is readable only once its footer is written, so a torn one cannot be gone on with. The export
can: its parts are complete files in ``FILE.parts``, and only what was on its way into the next is written
again.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from service.export.asked import Misasked
from service.export.files import Progress, durable, lock, put_on_record, record_of
from service.export.formats import json_text
from service.export.source import Kind, Row, Sheet

GROUP_ROWS: Final = 10_000
GROUP_BYTES: Final = 8 << 20
"""From so many rows, or bytes of values, on a row group is closed, at the end of a slice."""

ONE_GROUP: Final = 1 << 30
"""Rows of a row group at most: what is written together stays together."""

try:
    import pyarrow as pa
    from pyarrow import parquet

    pa.set_memory_pool(pa.system_memory_pool())  # the others keep what was freed for later
except ModuleNotFoundError:  # an extra of its own, larger than everything else together
    pa = parquet = None


def check_installed() -> None:
    """Raises :class:`Misasked` where the extra is not installed."""
    if pa is None:
        raise Misasked("format", "parquet needs the extra onethread[export], which is not installed")


def _schema(sheet: Sheet) -> Any:  # pyarrow has no types
    kinds: dict[Kind, Any] = {
        "text": pa.string(),
        "json": pa.string(),
        "whole": pa.int64(),
        "number": pa.float64(),
        "flag": pa.bool_(),
        "instant": pa.timestamp("us", tz="UTC"),
    }
    return pa.schema([(name, kinds[kind]) for name, kind in sheet.columns.items()])


class _Group:
    """Rows on their way into a row group, as columns."""

    def __init__(self, sheet: Sheet) -> None:
        self.schema = _schema(sheet)
        self._sheet = sheet
        self._batches: list[Any] = []
        self.rows = self._bytes = 0

    @property
    def full(self) -> bool:
        return self.rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES

    def add(self, rows: list[Row]) -> None:
        columns = [
            pa.array([_value(kind, row.get(name)) for row in rows], self.schema.field(name).type)
            for name, kind in self._sheet.columns.items()
        ]
        batch = pa.record_batch(columns, schema=self.schema)
        self._batches.append(batch)
        self.rows += len(rows)
        self._bytes += batch.nbytes

    def take(self) -> Any:  # a pyarrow.Table
        table = pa.Table.from_batches(self._batches, self.schema).combine_chunks()
        self._batches, self.rows, self._bytes = [], 0, 0
        return table


def _value(kind: Kind, value: Any) -> Any:
    return json_text(value) if kind == "json" and value is not None else value


def _writer(file: BinaryIO, schema: Any) -> Any:
    return parquet.ParquetWriter(file, schema, compression="zstd")


class ParquetStream:
    """Parquet into a pipe: written once, never resumed."""

    def __init__(self, stream: BinaryIO, sheet: Sheet) -> None:
        self._group = _Group(sheet)
        self._writer = _writer(stream, self._group.schema)

    def write(self, rows: list[Row]) -> None:
        """Take some rows."""
        self._group.add(rows)

    def keep(self, _progress: Progress) -> None:
        """Close the row group, if it is full."""
        if self._group.full:
            self._write()

    def finish(self) -> None:
        """Close the last row group and the file."""
        if self._group.rows:
            self._write()
        self._writer.close()

    def _write(self) -> None:
        self._writer.write_table(self._group.take(), row_group_size=ONE_GROUP)


class ParquetFile:
    """Parquet into a file, by way of parts."""

    def __init__(self, path: Path, sheet: Sheet, progress: Progress) -> None:
        self._path, self._parts = path, parts_of(path)
        self._group = _Group(sheet)
        self._count = progress.size

    def write(self, rows: list[Row]) -> None:
        """Take some rows."""
        self._group.add(rows)

    def keep(self, progress: Progress) -> None:
        """Write a part and put it on record, if it is full."""
        if self._group.full:
            self._part()
            progress.size = self._count
            put_on_record(self._path, progress)

    def finish(self) -> None:
        """Put the parts together, one after the other, and take them away."""
        if self._group.rows:
            self._part()
        draft = self._parts / "whole"
        with draft.open("wb") as file, _writer(file, self._group.schema) as writer:
            for number in range(self._count):
                writer.write_table(_read(_part_path(self._parts, number)), row_group_size=ONE_GROUP)
        with draft.open("ab") as whole:
            durable(whole)
        draft.replace(self._path)
        record_of(self._path).unlink()
        shutil.rmtree(self._parts)

    def _part(self) -> None:
        with _part_path(self._parts, self._count).open("wb") as file:
            with _writer(file, self._group.schema) as writer:
                writer.write_table(self._group.take(), row_group_size=ONE_GROUP)
            durable(file)
        self._count += 1


def _read(part: Path) -> Any:  # a pyarrow.Table
    return parquet.read_table(part, use_threads=False)


def _part_path(parts: Path, number: int) -> Path:
    return parts / f"{number:06}.parquet"


def parts_of(path: Path) -> Path:
    """The folder of the parts."""
    return path.with_name(f"{path.name}.parts")


@contextmanager
def parquet_file(path: Path, sheet: Sheet, progress: Progress) -> Iterator[ParquetFile]:
    """The parts of an export that has just begun or goes on.

    Raises :class:`Misasked` where another process is at them, or some are missing.
    """
    parts = parts_of(path)
    parts.mkdir(exist_ok=True)
    with (parts / "lock").open("wb") as held:
        lock(held, path)
        for number in range(progress.size):
            if not _part_path(parts, number).exists():
                raise Misasked("out", f"{parts} lacks parts that are on record; remove it and begin anew")
        yield ParquetFile(path, sheet, progress)
