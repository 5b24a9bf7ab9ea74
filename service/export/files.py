"""Exports into files: what is complete in one is on record beside it, so that a killed export can go on.

Beside ``FILE`` lies ``FILE.progress`` until the export is complete: what was asked, where it ends, how far it
is, and how many bytes of the file that is. It is written after those bytes are durable, so that what is past
them is torn and cut off.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO, Final, Protocol

import msgspec

from service.export.asked import Asked, Misasked
from service.export.formats import Writing
from service.export.source import Place, Row

KEEP_BYTES: Final = 4 << 20
"""Bytes after which progress is put on record."""

KEEP_SECONDS: Final = 1.0
"""Seconds after which it is, however little was written: what a kill can cost."""

LAYOUT: Final = 1
"""Raised when what a row looks like changes: a file is finished by the layout that began it."""


class Progress(msgspec.Struct, kw_only=True):
    """What is on record of an export that is not complete. ``size`` is in bytes of the file, or in parts."""

    asked: Asked
    format: str
    layout: int = LAYOUT
    through: dict[int, int] = {}
    place: Place = Place()
    done: int = 0
    rows: int = 0
    faults: int = 0
    size: int = 0


class Sink(Protocol):
    """Where rows go."""

    def write(self, rows: list[Row]) -> None:
        """Take some rows. Raises :class:`OSError`."""
        ...

    def keep(self, progress: Progress) -> None:
        """Make what was written so far durable, if there is enough of it, and put it on record."""
        ...

    def finish(self) -> None:
        """Complete what was written."""
        ...


class Stream:
    """A pipe or a terminal: written once, never resumed."""

    def __init__(self, stream: BinaryIO, writing: Writing) -> None:
        self._stream, self._writing = stream, writing
        stream.write(writing.head)

    def write(self, rows: list[Row]) -> None:
        """Write rows through."""
        self._stream.write(self._writing.rows(rows))

    def keep(self, _progress: Progress) -> None:
        """Hand on what is buffered: whoever reads the pipe sees it."""
        self._stream.flush()

    def finish(self) -> None:
        """Hand on the rest."""
        self._stream.flush()


class TextFile:
    """A file of NDJSON or CSV."""

    def __init__(self, path: Path, file: BinaryIO, writing: Writing, size: int) -> None:
        self._path, self._file, self._writing = path, file, writing
        self._kept, self._kept_at = size, monotonic()
        if size == 0:
            file.write(writing.head)

    def write(self, rows: list[Row]) -> None:
        """Write rows after those that are there."""
        self._file.write(self._writing.rows(rows))

    def keep(self, progress: Progress) -> None:
        """Put progress on record, every few MiB and every second."""
        size = self._file.tell()
        if size - self._kept < KEEP_BYTES and monotonic() - self._kept_at < KEEP_SECONDS:
            return
        durable(self._file)
        self._kept, self._kept_at = size, monotonic()
        progress.size = size
        put_on_record(self._path, progress)

    def finish(self) -> None:
        """The file is complete."""
        durable(self._file)
        record_of(self._path).unlink()


@contextmanager
def text_file(path: Path, writing: Writing, progress: Progress) -> Iterator[TextFile]:
    """The file of an export that has just begun or goes on. Raises :class:`Misasked` where another process is
    writing it, or it lacks what is on record of it."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        lock(file, path)
        if file.seek(0, os.SEEK_END) < progress.size:
            raise Misasked(
                "out", f"{path} is shorter than {record_of(path).name} says; remove both and begin anew"
            )
        file.truncate(progress.size)
        file.seek(progress.size)
        yield TextFile(path, file, writing, progress.size)


def lock(file: BinaryIO, path: Path) -> None:
    """Keep other processes away while the file is open."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Misasked("out", f"another process is writing {path}") from None


def record_of(path: Path) -> Path:
    """Where progress is on record."""
    return path.with_name(f"{path.name}.progress")


def put_on_record(path: Path, progress: Progress) -> None:
    """Replace what is on record, in one step."""
    record = record_of(path)
    draft = record.with_name(f"{record.name}.new")
    with draft.open("wb") as file:
        file.write(msgspec.json.encode(progress))
        durable(file)
    draft.replace(record)


def durable(file: BinaryIO) -> None:
    """Wait until what was written is on disk."""
    file.flush()
    os.fsync(file.fileno())


def begin(path: Path, progress: Progress) -> None:
    """Put a new export on record. Raises :class:`Misasked` where something is there already."""
    if record_of(path).exists():
        raise Misasked("out", f"{path} is an unfinished export; --resume goes on with it")
    _check_free(path)
    put_on_record(path, progress)


def _check_free(path: Path) -> None:
    if path.exists():
        raise Misasked("out", f"{path} is there already")
    if not path.parent.is_dir():
        raise Misasked("out", f"there is no folder {path.parent}")


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file that appears when it is complete. Raises :class:`Misasked` where one is there already."""
    _check_free(path)
    draft = path.with_name(f"{path.name}.new")
    try:
        with draft.open("wb") as file:
            yield file
            durable(file)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def unfinished(path: Path, asked: Asked, name: str) -> Progress | None:
    """What is on record of an export that is to go on; None where none was begun.

    Raises :class:`Misasked` where it asked for something else, is complete, or another layout began it.
    """
    try:
        progress = msgspec.json.decode(record_of(path).read_bytes(), type=Progress)
    except FileNotFoundError:
        if path.exists():
            raise Misasked("out", f"{path} is complete: there is nothing to resume") from None
        return None
    except msgspec.MsgspecError:
        raise Misasked("out", f"{record_of(path)} is not the progress of an export") from None
    if progress.layout != LAYOUT:
        raise Misasked(
            "out", f"{path} was begun by another version; remove it and its progress and begin anew"
        )
    for field, value in _asked(asked, name).items():
        if value != (before := _asked(progress.asked, progress.format)[field]):
            raise Misasked(
                field, f"{path} was begun with {before}, not {value}; --resume needs what it began with"
            )
    return progress


def _asked(asked: Asked, name: str) -> dict[str, Any]:
    return {**msgspec.to_builtins(asked), "format": name}
