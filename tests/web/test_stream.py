"""The stream of what is recorded: nothing lost, nothing doubled, however often it is cut."""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from domain.identity import Channel
from service.web.errors import problems
from service.web.stream import Streams
from tests.web.conftest import TOKEN, Api, running
from tests.web.frozen import Proxy
from tests.web.people import NOW, Person, at
from tests.web.sse import LOG, Reader, Told, in_order, places, reading

CHANNELS: list[Channel] = ["whatsapp", "messenger", "instagram"]
STREAM = "/api/v1/stream"


def crowd(count: int = 30, start: int = 0) -> list[Person]:
    return [
        Person(f"p{n}", channel=CHANNELS[n % 3], name=f"Name {n}", met=at(n))
        .says(f"question {n}", at(n))
        .is_answered(f"answer {n}", at(n + 1))
        for n in range(start, start + count)
    ]


@asynccontextmanager
async def read(api: Api, **query: Any) -> AsyncIterator[Reader]:
    async with reading(api.session, api.url, TOKEN, **query) as reader:
        yield reader


async def logged(api: Api) -> list[tuple[Any, ...]]:
    async with api.service.database.connection() as connection:
        return [(row[0], row[1], str(row[2]), *row[3:]) for row in await connection.fetch(LOG)]


async def test_what_is_recorded_from_now_on_is_told_with_what_is_in_the_clear(api: Api) -> None:
    await api.append(*crowd(5))
    async with read(api) as reader:
        await reader.until_spoken_to()
        person = Person("4915112345678", name="Ada").says("my question", NOW)
        await api.append(person)
        started, received = await reader.take(2)
    assert (started.type, started.data["channel"]) == ("ConversationStarted", "whatsapp")
    assert started.data["conversation_id"] == str(person.id)
    shown = received.data
    assert (received.type, shown["type"], shown["version"]) == ("MessageReceived", "MessageReceived", 2)
    assert shown["recorded_at"] == shown["sent_at"] == "2026-11-01T12:00:00Z"
    assert (shown["kind"], shown["session"], shown["late"]) == ("text", 1, False)
    everything = str((started, received))
    assert not [word for word in ("question", "Ada", "4915112345678", "wamid") if word in everything]


async def test_what_was_said_is_told_to_those_who_ask_where_it_can_be_read(api: Api) -> None:
    kept, erased = Person("kept").says("kept words", NOW), Person("erased").says("erased words", NOW)
    await api.append(kept, erased)
    async with api.service.database.transaction() as connection:
        statement = "UPDATE keys SET wrapped = NULL, destroyed_at = now() WHERE conversation_id = $1"
        await connection.execute(statement, erased.id)
    query = {"from": "beginning", "text": "true"}
    async with read(api, **query) as reader:
        told = await reader.take(4)
    assert [one.data.get("text") for one in told if one.type == "MessageReceived"].count("kept words") == 1
    assert "erased words" not in str(told)
    assert "wamid" not in str(told)


async def test_from_the_beginning_the_stream_is_the_log(api: Api) -> None:
    await api.append(*crowd(60))
    expected = await logged(api)
    async with read(api, **{"from": "beginning"}) as reader:
        told = await reader.take(len(expected))
        await api.append(Person("one more").says("Hi", NOW))
        more = await reader.take(2)
    assert in_order(told + more)
    assert sorted(places(told)) == expected
    assert sorted(places(told + more)) == await logged(api)


async def test_what_was_recorded_together_is_told_together(api: Api) -> None:
    await api.append(*crowd(400))
    async with read(api, **{"from": "beginning"}) as reader:
        told = await reader.take(len(await logged(api)))
    minutes = [one.data["recorded_at"] for one in told]
    ranks = {instant: place for place, instant in enumerate(sorted(set(minutes)))}
    astray = [abs(ranks[instant] - place * len(ranks) // len(told)) for place, instant in enumerate(minutes)]
    assert sorted(astray)[len(astray) // 2] < len(ranks) // 4


@pytest.mark.parametrize("seed", range(4))
async def test_cut_anywhere_and_resumed_nothing_is_lost_and_nothing_doubled(api: Api, seed: int) -> None:
    chance, told, last_id = random.Random(seed), list[Told](), None

    async def write() -> None:
        for start in range(0, 240, 12):
            await api.append(*crowd(12, start))
            await asyncio.sleep(chance.random() / 50)

    writing = asyncio.create_task(write())
    async with asyncio.timeout(60):
        while not writing.done() or len(told) < len(await logged(api)):
            query = {"last_id": last_id} if last_id else {"from": "beginning"}
            async with read(api, **query) as reader:
                async with asyncio.timeout(0.3):
                    await reader.until_spoken_to()
                wanted = chance.randrange(1, 200)
                try:
                    async with asyncio.timeout(chance.random()):
                        async for one in reader:
                            told.append(one)
                            wanted -= 1
                            if not wanted:
                                break
                except TimeoutError:
                    pass
                last_id = reader.last_id
    await writing
    assert in_order(told)
    assert sorted(places(told)) == await logged(api)


async def test_every_id_leads_to_exactly_what_came_after_it(api: Api) -> None:
    await api.append(*crowd(20))
    count = len(await logged(api))
    async with read(api, **{"from": "beginning"}) as reader:
        told = await reader.take(count)
    for index in range(0, count, 7):
        for query in ({"last_id": told[index].id}, {"last_event_id": told[index].id}):
            async with read(api, **query) as reader:
                rest = await reader.take(count - index - 1)
            assert sorted(places(rest)) == sorted(places(told[index + 1 :]))
    async with read(api, last_id=told[-2].id, last_event_id=told[0].id, **{"from": "beginning"}) as reader:
        assert places(await reader.take(1)) == places(told[-1:])


async def test_it_goes_on_after_a_restart_of_the_service(fresh_url: str, tmp_path: Path) -> None:
    async with running(fresh_url, tmp_path) as api:
        await api.append(*crowd(20))
        async with read(api, **{"from": "beginning"}) as reader:
            told, last_id = await reader.take(31), reader.last_id
    async with running(fresh_url, tmp_path) as api:
        await api.append(*crowd(5, 20))
        expected = await logged(api)
        async with read(api, last_id=last_id) as reader:
            told += await reader.take(len(expected) - len(told))
        assert in_order(told)
        assert sorted(places(told)) == expected


# Filters


async def test_a_stream_can_be_of_some_conversations_channels_and_types(api: Api) -> None:
    people = crowd(30)
    await api.append(*people)
    expected = await logged(api)
    channels = {str(person.id): person.conversation.state.channel for person in people}
    some = {str(person.id) for person in people[3:6]}
    filters: list[tuple[dict[str, str], Any]] = [
        ({"conversation": ",".join(some)}, lambda row: row[2] in some),
        ({"channel": "instagram,messenger"}, lambda row: channels[row[2]] != "whatsapp"),
        ({"type": "MessageReceived,ReplySent"}, lambda row: row[4] in {"MessageReceived", "ReplySent"}),
        (
            {"channel": "whatsapp", "type": "ReplySent", "conversation": ",".join(some)},
            lambda row: channels[row[2]] == "whatsapp" and row[2] in some and row[4] == "ReplySent",
        ),
    ]
    for query, matches in filters:
        wanted = [row for row in expected if matches(row)]
        assert wanted
        async with read(api, **query, **{"from": "beginning"}) as reader:
            told = await reader.take(len(wanted))
            assert sorted(places(told)) == wanted
    for query, matches in filters:
        wanted = [row for row in expected if matches(row)]
        async with read(api, **query, **{"from": "beginning"}) as reader:
            await reader.until_spoken_to()
            first = await reader.take(len(wanted) // 2)
        async with read(api, **query, last_id=reader.last_id) as reader:
            rest = await reader.take(len(wanted) - len(first))
        assert sorted(places(first + rest)) == wanted


async def test_what_makes_no_sense_is_refused_and_named(api: Api) -> None:
    async with read(api) as reader:
        await reader.until_spoken_to()
        now = reader.last_id
    elsewhere = now[:-1] + ("A" if now[-1] != "A" else "B")
    for name, value in [
        ("conversation", "x"),
        ("conversation", ""),
        ("conversation", ",".join(["4a8ef1a0-5c3b-4f37-9a44-0d8f8fa0e7aa"] * 2 + ["x"])),
        ("channel", "sms"),
        ("type", "Nonsense"),
        ("text", "yes"),
        ("from", "yesterday"),
        ("last_event_id", "x"),
        ("last_event_id", elsewhere),
        ("last_event_id", now[:-4]),
        ("last_event_id", "ü"),
        ("limit", "1"),
    ]:
        refused = await api.ask(STREAM, **{name: value})
        assert (refused.status, refused.json["field"]) == (400, name), (name, value)
    headers = {"Authorization": f"Bearer {TOKEN}", "Last-Event-ID": "nonsense"}
    refused = await api.send(STREAM, headers=headers)
    assert (refused.status, refused.json["field"]) == (400, "Last-Event-ID")


async def test_an_id_of_a_log_that_has_more_in_it_is_refused(fresh_url: str, api: Api) -> None:
    await api.append(Person("p").says("Hi", NOW))
    async with read(api) as reader:
        await reader.until_spoken_to()
    async with api.service.database.transaction() as connection:
        await connection.execute("DELETE FROM events")
    refused = await api.ask(STREAM, last_event_id=reader.last_id)
    assert (refused.status, refused.json["field"]) == (400, "last_event_id")


# Readers that are slow, many, or gone


@asynccontextmanager
async def streaming(api: Api, **options: Any) -> AsyncIterator[tuple[str, Streams]]:
    """A server of the stream alone, with other limits."""
    streams = Streams(api.service, **options)
    app = web.Application(middlewares=[problems])
    (operation,) = streams.operations()
    app.router.add_get(operation.path, operation.respond)
    app.on_shutdown.append(streams.close)
    runner = web.AppRunner(app, shutdown_timeout=5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", streams
    finally:
        await runner.cleanup()


async def test_silence_is_broken_by_heartbeats_that_bring_the_place_along(api: Api) -> None:
    async with streaming(api, heartbeat=0.1) as (url, _):
        async with reading(api.session, url, TOKEN, type="HandedOver") as reader:
            await reader.until_spoken_to()
            begun = reader.last_id
            await api.append(*crowd(3))
            async with asyncio.timeout(10):
                while reader.last_id == begun:
                    await reader.until_spoken_to()
        assert reader.comments > 0
        async with reading(api.session, url, TOKEN, last_id=reader.last_id) as resumed:
            await resumed.until_spoken_to()
            await api.append(Person("next").says("Hi", NOW))
            told = await resumed.take(1)
        assert told[0].type == "ConversationStarted", "what the filter had passed over is not told again"


async def test_a_reader_who_takes_nothing_costs_a_buffer_and_gets_everything_later(api: Api) -> None:
    people = [Person(f"p{n}", met=NOW) for n in range(40)]
    for person in people:
        for n in range(60):
            person.says("x" * 4_000, at(n))
    for person in people:
        await api.append(person)
    expected = await logged(api)
    query = {"from": "beginning", "text": "true"}
    async with streaming(api) as (url, streams), reading(api.session, url, TOKEN, **query) as reader:
        held = await _until_still(streams)
        assert held < 4 * 1024 * 1024, "10 MB are there to be sent"
        told = await reader.take(len(expected))
    assert in_order(told)
    assert sorted(places(told)) == expected


async def _until_still(streams: Streams) -> int:
    """What the only stream has buffered, once it has stopped growing."""
    sizes: list[int] = []
    async with asyncio.timeout(20):
        while len(sizes) < 20 or len(set(sizes[-20:])) > 1 or not sizes[-1]:
            await asyncio.sleep(0.02)
            sizes.extend(transport.get_write_buffer_size() for transport in streams._readers)
    return sizes[-1]


async def test_there_are_so_many_streams_at_most_and_a_place_becomes_free_when_one_leaves(api: Api) -> None:
    async with streaming(api, most=2) as (url, streams):
        two = reading(api.session, url, TOKEN), reading(api.session, url, TOKEN)
        async with two[0], two[1], api.session.get(f"{url}{STREAM}") as refused:
            assert refused.status == 503
            assert refused.headers["Retry-After"]
            assert "2 streams" in await refused.text()
        async with asyncio.timeout(10):
            while streams._readers:
                await asyncio.sleep(0.02)
        async with reading(api.session, url, TOKEN) as reader:
            await reader.until_spoken_to()


async def test_at_shutdown_streams_end_cleanly_and_soon(fresh_url: str, tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as session:
        async with running(fresh_url, tmp_path) as api:
            await api.append(*crowd(3))
            response = await session.get(f"{api.url}{STREAM}", headers={"Authorization": f"Bearer {TOKEN}"})
            reader = Reader(response)
            await reader.until_spoken_to()
            began = monotonic()
        assert await reader.take(1) == []
        assert monotonic() - began < 10


async def test_at_shutdown_a_reader_who_takes_nothing_keeps_nobody_waiting(api: Api) -> None:
    people = [Person(f"p{n}", met=NOW) for n in range(30)]
    for person in people:
        for n in range(60):
            person.says("x" * 4_000, at(n))
        await api.append(person)
    async with streaming(api) as (url, streams):
        query = {"from": "beginning", "text": "true"}
        response = await api.session.get(f"{url}{STREAM}", params=query)
        await _until_still(streams)
        began = monotonic()
    assert monotonic() - began < 4
    response.close()


async def test_an_outage_of_the_database_is_waited_out(fresh_url: str, tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="proxy-"))
    proxy = Proxy(fresh_url, folder)
    await proxy.start()
    try:
        async with running(proxy.url, tmp_path) as api:
            await api.append(*crowd(4))
            async with read(api, **{"from": "beginning"}) as reader:
                told = await reader.take(7)
                await proxy.stop()
                await asyncio.sleep(0.5)
                await proxy.start()
                async with asyncio.timeout(20):
                    while True:
                        try:
                            await api.append(*crowd(4, 4))
                            break
                        except Exception:  # noqa: BLE001 # the pool finds out about each lost connection
                            await asyncio.sleep(0.05)
                expected = await logged(api)
                told += await reader.take(len(expected) - 7)
            assert in_order(told)
            assert sorted(places(told)) == expected
            without = await api.ask(STREAM, last_event_id="x")
            assert without.status == 400
    finally:
        await proxy.stop()
        shutil.rmtree(folder)
