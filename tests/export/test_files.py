"""Files of exports: begun, broken off, gone on with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.export import files, parquet
from service.export.asked import Asked, Misasked
from service.export.files import Progress, record_of, text_file, unfinished
from service.export.formats import Text, writing
from service.export.running import run
from service.export.source import OF_THE_LOG, Fault, Place, Sheet, Slice

EVENTS = Asked(what="events")
ROWS = 60
WIDE = 300_000


class Letters:
    """A source of few and long rows, which breaks off where it is told to."""

    sheet = Sheet({"number": "whole", "text": "text"})
    unit = "events"
    freshness = OF_THE_LOG
    total = ROWS

    def __init__(self, breaks_at: int | None = None) -> None:
        self._breaks_at = breaks_at
        self.through = {0: ROWS}

    async def slices(self, after: Place) -> AsyncIterator[Slice]:
        for number in range(after.after, ROWS):
            if number == self._breaks_at:
                raise InterruptedError
            row = {"number": number, "text": chr(97 + number % 26) * WIDE}
            faults = [Fault(str(number), "unreadable")] if number == 5 else []
            yield Slice([row], Place(0, number + 1), number + 1, faults)


async def export(path: Path, name: Text, breaks_at: int | None = None, *, resume: bool = False) -> Progress:
    source = Letters(breaks_at)
    progress = unfinished(path, EVENTS, name) if resume else None
    if progress is None:
        progress = Progress(asked=EVENTS, format=name, through=dict(source.through))
        files.begin(path, progress)
    with text_file(path, writing(name, source.sheet), progress) as sink:
        await run(source, sink, progress, moved=lambda _: None, faulty=lambda _: None)
    return progress


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("name", ["ndjson", "csv"])
@pytest.mark.parametrize("breaks_at", [0, 1, 20, 59])
async def test_a_broken_export_goes_on_to_the_same_bytes(tmp_path: Path, name: Text, breaks_at: int) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    await export(whole, name)
    with pytest.raises(InterruptedError):
        await export(broken, name, breaks_at)
    assert record_of(broken).exists()
    with broken.open("ab") as torn:
        torn.write(b'{"torn')
    progress = await export(broken, name, resume=True)
    assert broken.read_bytes() == whole.read_bytes()
    assert (progress.rows, progress.faults, progress.done) == (ROWS, 1, ROWS)
    assert files_in(tmp_path) == {"broken", "whole"}


async def test_going_on_does_not_begin_anew(tmp_path: Path) -> None:
    path = tmp_path / "events"
    with pytest.raises(InterruptedError):
        await export(path, "ndjson", 40)
    progress = unfinished(path, EVENTS, "ndjson")
    assert progress is not None
    assert 20 < progress.place.after <= 40
    assert progress.size > files.KEEP_BYTES


async def test_an_export_goes_on_only_with_what_it_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "events"
    with pytest.raises(InterruptedError):
        await export(path, "ndjson", 40)
    for asked, name, field in [
        (Asked(what="messages"), "ndjson", "what"),
        (Asked(what="events", channel="whatsapp"), "ndjson", "channel"),
        (EVENTS, "csv", "format"),
    ]:
        with pytest.raises(Misasked, match="was begun with") as error:
            unfinished(path, asked, name)
        assert error.value.field == field
    with pytest.raises(Misasked, match="--resume"):
        files.begin(path, Progress(asked=EVENTS, format="ndjson"))


async def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "mine"
    path.write_text("my own")
    with pytest.raises(Misasked, match="there already"):
        await export(path, "ndjson")
    with pytest.raises(Misasked, match="nothing to resume"):
        await export(path, "ndjson", resume=True)
    with pytest.raises(Misasked, match="there already"), files.whole(path):
        pass
    assert path.read_text() == "my own"
    with pytest.raises(Misasked, match="no folder"):
        await export(tmp_path / "nowhere" / "file", "ndjson")


async def test_a_file_that_lost_what_was_on_record_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events"
    with pytest.raises(InterruptedError):
        await export(path, "ndjson", 40)
    path.write_bytes(b"")
    with pytest.raises(Misasked, match="shorter"):
        await export(path, "ndjson", resume=True)
    record_of(path).write_bytes(b"{}")
    with pytest.raises(Misasked, match="not the progress"):
        await export(path, "ndjson", resume=True)


async def test_two_processes_do_not_write_one_file(tmp_path: Path) -> None:
    path = tmp_path / "events"
    with pytest.raises(InterruptedError):
        await export(path, "ndjson", 40)
    progress = unfinished(path, EVENTS, "ndjson")
    assert progress is not None
    with (
        text_file(path, writing("ndjson", Letters.sheet), progress),
        pytest.raises(Misasked, match="another process"),
    ):
        await export(path, "ndjson", resume=True)


async def test_resuming_what_was_never_begun_begins_it(tmp_path: Path) -> None:
    path = tmp_path / "events"
    progress = await export(path, "ndjson", resume=True)
    assert progress.rows == ROWS
    assert not record_of(path).exists()


async def test_parts_of_parquet_that_are_missing_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "events"
    progress = Progress(asked=EVENTS, format="parquet", size=2)
    with (
        pytest.raises(Misasked, match="lacks parts"),
        parquet.parquet_file(path, Letters.sheet, progress),
    ):
        pass
