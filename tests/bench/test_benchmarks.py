"""The parts of the benchmarks that can be wrong. How fast anything is, is not tested."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import conversation, ingest, outage
from bench.__main__ import main
from bench.figures import Ratio, Result, Sense, quantile, ratio, windowed_quantile
from bench.load import Customers, Outcome, run
from bench.ramp import Ramp, Trial
from bench.rig import database_url
from bench.stock import Chat, Writers, chats_on
from domain.inbound import Message
from service.channels.envelope import parse_delivery
from service.channels.signature import verify
from service.storage import log
from service.storage.database import Database
from service.storage.vault import Vault

SECRET = b"a secret of the test"

# Figures


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_a_value_that_its_share_does_not_exceed_and_no_smaller_one_does(
    values: list[float], share: float
) -> None:
    found = quantile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= math.ceil(share * len(values))
    assert sum(value < found for value in values) < math.ceil(share * len(values))


def test_known_quantiles() -> None:
    values = list(range(1, 101))
    assert [quantile(values, share) for share in (0.5, 0.99, 1.0)] == [50, 99, 100]
    assert quantile([], 0.5) == 0.0


def test_one_stall_spoils_one_window_and_not_the_figure() -> None:
    moments = [n / 10 for n in range(500)]
    latencies = [0.001] * 500
    latencies[100:150] = [9.0] * 50
    assert quantile(latencies, 0.99) == 9.0
    assert windowed_quantile(moments, latencies, 0.99, begin=0, end=50, width=5) == 0.001


def test_only_full_windows_between_the_ends_count() -> None:
    moments, latencies = [0.5, 1.5, 2.5, 3.5], [8.0, 1.0, 2.0, 9.0]
    assert windowed_quantile(moments, latencies, 0.5, begin=1, end=3.9, width=1) == 1.5
    assert windowed_quantile(moments, latencies, 0.5, begin=10, end=20, width=1) == 0.0


@pytest.mark.parametrize(
    ("value", "sense", "met"),
    [(0.6, "at least", True), (0.59, "at least", False), (0.6, "at most", True), (0.61, "at most", False)],
)
def test_a_goal_is_met_from_its_own_value_on(value: float, sense: Sense, met: bool) -> None:
    assert Ratio("of something", value, sense, 0.6).met is met


@pytest.mark.parametrize("sense", ["at least", "at most"])
def test_a_ratio_of_nothing_meets_no_goal(sense: Sense) -> None:
    assert not Ratio("of nothing", ratio(3.0, 0.0), sense, 0.0).met


def test_a_result_is_valid_json_even_where_nothing_was_measured() -> None:
    result = Result("ingest", quick=True, machine={}, ratios=[Ratio("of nothing", ratio(1, 0), "at most", 3)])
    again = json.loads(json.dumps(result.as_json(), allow_nan=False))
    assert again["ratios"] == [
        {"name": "of nothing", "value": 0.0, "sense": "at most", "goal": 3, "met": False}
    ]


# The search for a rate

HELD = Trial(
    rate=1000, seconds=20, acknowledged=19_900, failed=0, inbox=999, lag=1_099, events=22_000,
    logged=19_900, seen=19_900,
)  # fmt: skip


def test_a_rate_is_sustained_where_all_is_in_log_and_view_and_less_than_a_second_waits() -> None:
    assert HELD.faults() == []
    assert HELD.sustained


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"failed": 1}, "1 requests failed"),
        ({"acknowledged": 19_000, "logged": 19_000, "seen": 19_000}, "only 950 a second"),
        ({"inbox": 1_000}, "1000 rows were left in the inbox"),
        ({"lag": 1_100}, "1100 events behind"),
        ({"logged": 19_899}, "19900 were acknowledged, 19899 are in the log"),
        ({"logged": 19_901}, "19900 were acknowledged, 19901 are in the log"),
        ({"seen": 19_899}, "the session view shows 19899"),
    ],
)
def test_a_rate_is_not_sustained_and_why(changes: dict[str, int], said: str) -> None:
    [fault] = replace(HELD, **changes).faults()
    assert said in fault


@given(st.floats(10, 20_000), st.floats(0.3, 3))
def test_the_search_ends_close_below_what_is_possible(possible: float, off: float) -> None:
    ramp, tried = Ramp(possible * off, fine=1.05, most=30), 0
    while (rate := ramp.next()) is not None:
        tried += 1
        ramp.tell(rate, sustained=rate <= possible)
    assert tried < 30
    assert ramp.held is not None
    assert possible / 1.05 <= ramp.held <= possible


def test_the_search_gives_up_after_so_many_rates() -> None:
    ramp, tried = Ramp(1000, most=4), []
    while (rate := ramp.next()) is not None:
        tried.append(rate)
        ramp.tell(rate, sustained=False)
    assert len(tried) == 4
    assert tried == sorted(tried, reverse=True)
    assert ramp.held is None


# The load


def test_a_delivery_is_signed_as_the_service_checks_it_and_says_one_message() -> None:
    customers = Customers(3, SECRET, "x", first=40)
    requests = customers.write(7) + customers.write(2)
    messages: list[Message] = []
    for request in requests:
        head, _, body = request.partition(b"\r\n\r\n")
        line, *lines = head.decode().split("\r\n")
        headers = dict(header.split(": ", 1) for header in lines)
        assert line == "POST /webhooks/whatsapp HTTP/1.1"
        assert int(headers["Content-Length"]) == len(body)
        assert 750 <= len(body) <= 850
        assert verify(SECRET, body, headers["X-Hub-Signature-256"])
        assert not verify(b"another", body, headers["X-Hub-Signature-256"])
        delivery = parse_delivery(body, datetime.now(UTC))
        assert (delivery.ignored, delivery.malformed) == ([], [])
        [item] = delivery.items
        assert isinstance(item, Message)
        messages.append(item)
    assert [m.message_id for m in messages] == [customers.message_id(n) for n in range(9)]
    assert [m.sender.sender_id for m in messages] == [customers.sender_id(n) for n in range(9)]
    assert len({m.sender.sender_id for m in messages}) == 3


Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(answer: Answer) -> AsyncIterator[tuple[int, list[float]]]:
    """A server that answers each of a connection's requests; its port, and when each request came."""
    came: list[float] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                came.append(asyncio.get_running_loop().time())
                await answer(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1], came


async def accepts(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


async def test_every_request_is_sent_once_and_every_answer_counted() -> None:
    async with server(accepts) as (port, came):
        outcome = await run(port, iter(Customers(5, SECRET, "x").write(50)), connections=4, seconds=30)
    assert (outcome.acknowledged, outcome.failed, len(came)) == (50, 0, 50)
    assert len(outcome.latencies) == len(outcome.moments) == 50
    assert 0 < outcome.quantile(0.5) <= outcome.quantile(0.99) < outcome.seconds < 30


async def test_answers_in_pieces_are_counted_once() -> None:
    async def in_pieces(writer: asyncio.StreamWriter) -> None:
        for piece in (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", b"o", b"k"):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)

    async with server(in_pieces) as (port, came):
        outcome = await run(port, iter(Customers(5, SECRET, "x").write(50)), connections=1, seconds=30)
    assert (outcome.acknowledged, outcome.failed, len(came)) == (50, 0, 50)


async def test_refusals_and_broken_connections_are_no_acknowledgements() -> None:
    turns = itertools.count(1)

    async def now_and_then(writer: asyncio.StreamWriter) -> None:
        turn = next(turns)
        if turn == 10:
            writer.transport.abort()
        elif turn % 2:
            writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
        else:
            await accepts(writer)

    async with server(now_and_then) as (port, _):
        outcome = await run(port, iter(Customers(5, SECRET, "x").write(50)), connections=1, seconds=30)
    assert (outcome.acknowledged, outcome.refused, outcome.broken) == (4, 5, 1)


async def test_a_server_that_never_answers_ends_the_run_with_an_error() -> None:
    async def never(_: asyncio.StreamWriter) -> None:
        return

    async with server(never) as (port, _):
        with pytest.raises(TimeoutError):
            await run(
                port, iter(Customers(1, SECRET, "x").write(5)), connections=2, seconds=0.1, hung_after=0.1
            )


async def test_a_steady_rate_is_never_exceeded_and_spread_over_the_time() -> None:
    async with server(accepts) as (port, came):
        source = iter(Customers(5, SECRET, "x").write(1_000))
        outcome = await run(port, source, connections=10, seconds=1.0, rate=100)
    assert outcome.acknowledged <= 100
    assert sum(at - came[0] < 0.5 for at in came) <= 60


async def test_a_stalled_server_is_charged_for_the_requests_that_it_kept_from_being_sent() -> None:
    turns = itertools.count(1)

    async def stalls_once(writer: asyncio.StreamWriter) -> None:
        if next(turns) == 1:
            await asyncio.sleep(0.4)
        await accepts(writer)

    async with server(stalls_once) as (port, _):
        source = iter(Customers(1, SECRET, "x").write(100))
        outcome = await run(port, source, connections=1, seconds=0.6, rate=50)
    assert sum(latency > 0.1 for latency in outcome.latencies) > 10


def test_an_outcome_of_nothing_is_zero() -> None:
    assert (Outcome().rate, Outcome().quantile(0.99)) == (0.0, 0.0)


# The peer and the long conversation


async def count_of_events(url: str, topic: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(
            await connection.fetchval("SELECT count(*) FROM chats_events WHERE topic LIKE '%' || $1", topic)
        )
    finally:
        await connection.close()


async def test_the_stock_application_stores_one_event_for_each_message(fresh_url: str) -> None:
    chats = await asyncio.to_thread(chats_on, fresh_url)
    try:
        writers = Writers(chats, [f"sender {n}" for n in range(6)], "hello", threads=3)
        first, _ = await asyncio.to_thread(writers.run, 60.0, most=5)
        second, seconds = await asyncio.to_thread(writers.run, 60.0, most=5)
        chat: Chat = await asyncio.to_thread(chats.repository.get, Chat.create_id("sender 0"))
    finally:
        await asyncio.to_thread(chats.close)
    assert (first, second) == (15, 15)
    assert seconds > 0
    assert await count_of_events(fresh_url, ":Chat.MessageReceived") == 30
    assert await count_of_events(fresh_url, ":Chat.Started") == 6
    assert chat.messages == 5


@pytest.mark.parametrize("events", [1, 100, 1_000])
async def test_a_life_is_as_long_as_asked_for_and_has_the_snapshot_that_it_would_have(
    database: Database, vault: Vault, events: int
) -> None:
    conversation_id = await conversation.live_through(database, vault, events)
    async with database.connection() as connection:
        live = await log.load(connection, vault, conversation_id, database.partitions)
        stored = await connection.fetchval("SELECT count(*) FROM events")
        newest = await connection.fetchval("SELECT max(version) FROM snapshots")
    assert live is not None
    assert (live.conversation.version, stored) == (events, events)
    assert (newest or 0) == events // log.SNAPSHOT_EVERY * log.SNAPSHOT_EVERY


# The whole of it, as short as can be


@pytest.mark.processes
async def test_ingest_measures_everything_and_finds_every_message_again() -> None:
    options = replace(ingest.QUICK, senders=20, rounds=1, slice=0.3, lone=0.2, trial=1.0, trials=1)
    result = await ingest.measure(options, lambda _line: None)
    assert result.violations == []
    assert len(result.ratios) == 4
    measured = {name: value for name, value in result.figures.items() if "sustained" not in name}
    assert [name for name, value in measured.items() if value <= 0 and not name.startswith("cores")] == []


@pytest.mark.processes
async def test_an_outage_delays_answers_and_every_one_of_them_is_given_once() -> None:
    options = replace(outage.QUICK, seconds=12, before=3, known=10, new=5, rate=20, patience=1.0)
    result = await outage.measure(options, lambda _line: None)
    assert result.violations == []
    assert {r.name: r.met for r in result.ratios if "p99" not in r.name} == {
        "new people seen / who wrote": True,
        "acknowledged messages in the log": True,
    }
    assert result.figures["conversations read back"] == 15
    assert (
        result.figures["replies written after"]
        >= result.figures["conversations that owed an answer at its end"]
    )


@pytest.mark.parametrize(
    "words", [["nonsense"], ["ingest", "--senders", "many"], ["outage", "--effect", "x"]]
)
def test_bad_arguments_are_refused_with_status_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_the_database_of_the_peer_is_its_own() -> None:
    assert database_url("postgresql://postgres:@/postgres?host=/tmp/x", "stock") == (
        "postgresql://postgres:@/stock?host=/tmp/x"
    )
