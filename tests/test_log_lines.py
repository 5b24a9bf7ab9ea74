"""Lines of the log are gathered, and none is lost."""

from __future__ import annotations

import asyncio
import io
import re
from datetime import datetime
from pathlib import Path

import orjson
import pytest
import structlog

from service import telemetry
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


def test_the_line_of_a_message_is_the_same_on_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def told() -> dict[str, str]:
        telemetry._tell("message received", conversation="c", session=1, message=2)
        line: dict[str, str] = orjson.loads(output.getvalue())
        return line

    configured = structlog.get_config()
    output = io.BytesIO()
    structlog.configure(
        processors=telemetry.JSON_LINES,
        logger_factory=structlog.BytesLoggerFactory(output),
        cache_logger_on_first_use=False,
    )
    try:
        long_way = told()
    finally:
        structlog.configure(**configured)
    output = io.BytesIO()
    monkeypatch.setattr(telemetry, "_short_way", [(structlog.get_config()["logger_factory"], output)])
    short_way = told()
    assert output.getvalue().endswith(b"}\n")
    for line in (long_way, short_way):
        at = line.pop("timestamp")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}(\.\d{6})?Z", at)
        assert abs((datetime.fromisoformat(at) - datetime.now().astimezone()).total_seconds()) < 60
    assert short_way == long_way
