"""An answer comes in time, or it is a problem."""

from __future__ import annotations

import asyncio
from time import monotonic

import pytest

from service.web.errors import Problem
from service.web.operations import within


async def test_an_answer_that_comes_in_time_is_the_answer() -> None:
    async def answer() -> int:
        await asyncio.sleep(0)
        return 7

    assert await within(5.0, answer()) == 7
    assert await within(None, answer()) == 7


async def test_what_the_answer_raises_is_raised() -> None:
    async def answer() -> None:
        raise LookupError

    for patience in (5.0, None):
        with pytest.raises(LookupError):
            await within(patience, answer())


async def test_an_answer_that_does_not_come_is_unavailable_even_where_it_cannot_be_cancelled() -> None:
    let_go = asyncio.Event()

    async def stubborn() -> None:
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue

    began = monotonic()
    with pytest.raises(Problem) as late:
        await within(0.05, stubborn())
    assert monotonic() - began < 2
    assert (late.value.status, late.value.headers) == (503, {"Retry-After": "1"})
    let_go.set()


async def test_whoever_stops_waiting_stops_the_work() -> None:
    stopped = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    waiting = asyncio.create_task(within(60.0, work()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    async with asyncio.timeout(5):
        await stopped.wait()
    with pytest.raises(asyncio.CancelledError):
        await waiting
