"""Lines of the log are gathered, and none is lost."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

from service.telemetry import GatheredLines


def lines(path: Path) -> GatheredLines:
    return GatheredLines(io.FileIO(path, "w"))


def said(output: GatheredLines, *words: bytes) -> None:
    for word in words:
        output.write(word)
        output.flush()


async def test_lines_of_one_turn_of_the_loop_are_written_together_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with lines(path) as output:
        said(output, b"one\n", b"two\n")
        assert path.read_bytes() == b""
        await asyncio.sleep(0)
        assert path.read_bytes() == b"one\ntwo\n"
        said(output, b"three\n")
        await asyncio.sleep(0)
        assert path.read_bytes() == b"one\ntwo\nthree\n"


def test_without_a_loop_a_line_is_written_at_once(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with lines(path) as output:
        said(output, b"one\n")
        assert path.read_bytes() == b"one\n"


def test_what_was_said_last_is_written_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "log"
    output = lines(path)

    async def last_words() -> None:
        said(output, b"good-bye\n")
        output.close()

    asyncio.run(last_words())
    assert path.read_bytes() == b"good-bye\n"
