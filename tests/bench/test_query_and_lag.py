"""What the benchmarks of queries and of lag count."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import lag, query
from bench.asking import LEAST, Ask, Connection, Refused, Taken, in_turns
from bench.lag import Watch
from bench.whole import EVENT, Count

ONE, OTHER = UUID(int=1), UUID(int=2)


@given(st.data())
def test_a_mark_is_counted_once_wherever_the_pieces_are_cut(data: st.DataObject) -> None:
    whole = b"".join(data.draw(st.lists(st.sampled_from([EVENT, b"\n", b"even", b"data: x"]), max_size=30)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=20)))
    count = Count(EVENT)
    for begin, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        count.take(whole[begin:end])
    assert count.found == whole.count(EVENT)


def test_lines_are_counted_by_their_ends() -> None:
    count = Count(b"\n")
    for piece in (b"a\n", b"\n", b"b", b"\nc"):
        count.take(piece)
    assert count.found == 3


def test_a_message_is_seen_when_its_conversation_counts_it_and_not_before() -> None:
    watch = Watch()
    watch.acknowledged(ONE, 2, at=10.0)
    watch.acknowledged(ONE, 3, at=11.0)
    watch.acknowledged(OTHER, 2, at=11.0)
    watch.shown(ONE, 1, at=11.5)
    assert (watch.lags, set(watch.waiting)) == ([], {ONE, OTHER})
    watch.shown(ONE, 2, at=12.0)
    assert (watch.lags, set(watch.waiting)) == ([2.0], {ONE, OTHER})
    watch.shown(ONE, 5, at=13.0)
    assert (watch.lags, watch.waiting) == ([2.0, 2.0], [OTHER])


async def test_every_thing_is_asked_in_every_round_and_warming_up_is_not_counted() -> None:
    asked: list[str] = []

    def thing(name: str, seconds: float) -> Ask:
        async def ask() -> float:
            asked.append(name)
            return seconds

        return ask

    taken = await in_turns({"a": thing("a", 0.001), "b": thing("b", 0.002)}, rounds=3, seconds=0)
    assert {name: each.seconds for name, each in taken.items()} == {
        "a": [0.001] * 3 * LEAST,
        "b": [0.002] * 3 * LEAST,
    }
    assert asked == (["a"] * LEAST + ["b"] * LEAST) * 4


async def test_what_is_refused_is_told_and_not_asked_again() -> None:
    asked = 0

    async def refuses() -> float:
        nonlocal asked
        asked += 1
        raise Refused("no")

    taken = await in_turns({"a": refuses}, rounds=3, seconds=0)
    assert (asked, taken["a"].refused, taken["a"].seconds) == (1, "no", [])


def test_quantiles_are_milliseconds_and_nothing_is_zero() -> None:
    assert Taken([0.001 * n for n in range(1, 101)]).ms(0.99) == pytest.approx(99)
    assert Taken().ms(0.5) == 0


@asynccontextmanager
async def answering(*pieces: bytes) -> AsyncIterator[int]:
    """A server that answers each request in these pieces; its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


async def test_an_answer_is_read_to_its_end_before_the_next_request() -> None:
    pieces = (b"HTTP/1.1 200 OK\r\ncontent-Length: 6\r\n\r\nab", b"cd", b"ef")
    async with answering(*pieces) as port, Connection.to(port, "token") as connection:
        bodies = [await connection.ask(connection.get("/x", q="a b")) for _ in range(20)]
    assert bodies == [b"abcdef"] * 20


async def test_a_refusal_is_no_figure() -> None:
    head = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 4\r\n\r\nwhy?"
    async with answering(head) as port, Connection.to(port, "token") as connection:
        with pytest.raises(Refused, match=r"/x.*why\?"):
            await connection.timed(connection.get("/x"))


@pytest.mark.processes
async def test_a_short_year_is_asked_about_everything_and_all_of_it_is_found_again() -> None:
    options = replace(
        query.QUICK, events=6_000, conversations=100, long=1_600, rounds=1, seconds=0.01, stream=3_000
    )
    result = await query.measure(options, lambda _line: None)
    assert result.violations == []
    assert [name for name, value in result.figures.items() if value <= 0] == []
    assert len(result.ratios) == 13


@pytest.mark.processes
async def test_every_message_that_is_looked_for_is_seen() -> None:
    options = replace(lag.QUICK, rate=50, seconds=2.0, senders=20, samples=10)
    result = await lag.measure(options, lambda _line: None)
    assert result.violations == []
    assert result.figures["messages looked for"] == 20
    assert result.figures["acknowledged to visible: p50 ms"] > 0
