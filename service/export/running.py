"""One export from its source to where it goes."""

from __future__ import annotations

from collections.abc import Callable

from service.export.files import Progress, Sink
from service.export.source import Fault, Source


async def run(
    source: Source,
    sink: Sink,
    progress: Progress,
    *,
    moved: Callable[[Progress], None],
    faulty: Callable[[Fault], None],
) -> None:
    """Write what is past the progress's place, to the end of the source.

    ``moved`` is told after each slice; ``faulty`` of each event that cannot be read.
    """
    async for part in source.slices(progress.place):
        sink.write(part.rows)
        for fault in part.faults:
            faulty(fault)
        progress.place, progress.done = part.place, part.done
        progress.rows += len(part.rows)
        progress.faults += len(part.faults)
        sink.keep(progress)
        moved(progress)
    sink.finish()
