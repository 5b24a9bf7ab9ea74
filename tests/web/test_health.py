"""How the service says that it is, well or not; nobody is named, and nothing hangs."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from domain.identity import Sender
from service.channels.refusals import SendRefused
from service.provider import Unreachable
from service.storage import inbox
from service.storage.ids import ordered_id
from service.storage.inbox import QuarantineRow
from service.web.glance import Glance
from tests.web.conftest import Answer, Api, running
from tests.web.frozen import Proxy
from tests.web.people import NOW, Person


@pytest.fixture
async def proxy(fresh_url: str) -> AsyncIterator[Proxy]:
    # The path of a socket may not be long.
    folder = Path(tempfile.mkdtemp(prefix="proxy-"))
    between = Proxy(fresh_url, folder)
    await between.start()
    yield between
    await between.stop()
    shutil.rmtree(folder)


async def until(api: Api, path: str, condition: Callable[[Answer], bool]) -> Answer:
    """What is answered once a condition holds."""
    async with asyncio.timeout(20):
        while not condition(answer := await api.send(path)):  # that is how one probes
            await asyncio.sleep(0.05)
    return answer


async def health(api: Api) -> Any:
    answer = await api.send("/health")
    api.check("/health", answer)
    return answer.json


async def test_a_service_that_is_well_says_so_of_every_component(api: Api) -> None:
    await api.append(Person("4915112345678", name="Ada").says("Hello", NOW))
    await api.caught_up()
    answer = await api.send("/health")
    assert answer.status == 200
    api.check("/health", answer)
    components = answer.json["components"]
    assert answer.json["status"] == "ok"
    assert set(components) == {"database", "openai", "meta", "projections", "workers", "erasures"}
    assert {component["status"] for component in components.values()} == {"ok"}
    assert components["database"]["partitions"] == components["workers"]["partitions_held"] == 64
    assert components["workers"]["processes"] == 1
    assert components["openai"]["breaker"] == "closed"
    assert not components["openai"]["sandboxed"]
    assert not components["meta"]["sandboxed"]
    assert components["projections"]["projections"][0]["name"] == "sessions"
    assert (await api.send("/livez")).json == {"status": "ok"}
    assert (await api.send("/readyz")).json == {"status": "ok"}


async def test_nobody_is_named_to_those_who_have_no_token(api: Api) -> None:
    person = Person("4915112345678", name="Ada Lovelace").says("a very private word", NOW)
    await api.append(person)
    await api.caught_up()
    for path in ("/health", "/livez", "/readyz", "/metrics", "/openapi.json"):
        body = (await api.send(path)).body.decode()
        for personal in (
            "4915112345678",
            "Lovelace",
            "private",
            str(person.id),
            "the-token",
            "the-app-secret",
        ):
            assert personal not in body


async def test_a_provider_that_fails_degrades_the_service_and_messages_are_taken_all_the_same(
    api: Api,
) -> None:
    breaker = api.service.provider.breaker
    while breaker.status(monotonic()).state == "closed":
        breaker.fault(Unreachable("connect_failed"), monotonic())
    answer = await health(api)
    assert answer["status"] == "degraded"
    openai = answer["components"]["openai"]
    assert (openai["status"], openai["cause"]) == ("degraded", "connect_failed")
    assert (await api.send("/readyz")).status == 200


async def test_an_account_that_is_stopped_degrades_the_service_and_is_shown(api: Api) -> None:
    refusal = SendRefused(
        disposition="account_stopped", scope="account", code=190, detail="token of somebody"
    )
    api.service.pacing.refused(Sender("whatsapp", "100", "4915112345678"), refusal, monotonic())
    answer = await health(api)
    assert answer["status"] == answer["components"]["meta"]["status"] == "degraded"
    [stopped] = answer["components"]["meta"]["stopped_accounts"]
    assert (stopped["channel"], stopped["account_id"], stopped["code"]) == ("whatsapp", "100", 190)
    assert "somebody" not in str(answer)
    assert "4915112345678" not in str(answer)


async def test_a_projection_that_is_far_behind_and_workers_that_do_not_work_degrade_the_service(
    api: Api,
) -> None:
    await api.service.workers.stop(0)
    await api.append(Person("1").says("Hello", NOW))

    def seen(answer: Answer) -> bool:
        return bool(answer.json["components"]["projections"]["status"] == "degraded")

    answer = (await until(api, "/health", seen)).json
    assert answer["status"] == answer["components"]["workers"]["status"] == "degraded"
    assert answer["components"]["workers"]["partitions_held"] == 0
    assert answer["components"]["projections"]["projections"][0]["lag_events"] == 2


def is_down(answer: Answer) -> bool:
    return answer.status == 503


async def test_a_database_that_is_gone_makes_the_service_unready_until_it_is_back(
    proxy: Proxy, tmp_path: Path
) -> None:
    async with running(proxy.url, tmp_path) as api:
        assert (await api.send("/readyz")).status == 200
        await proxy.stop()
        unready = await until(api, "/readyz", is_down)
        assert unready.headers["Content-Type"].startswith("application/problem+json")
        down = await until(api, "/health", is_down)
        api.check("/health", down)
        assert down.json["status"] == down.json["components"]["database"]["status"] == "down"
        assert (await api.send("/livez")).status == 200
        assert (await api.send("/metrics")).status == 200
        assert (await api.ask("/api/v1/sessions")).status == 503
        await proxy.start()
        await until(api, "/readyz", lambda answer: answer.status == 200)
        await until(api, "/health", lambda answer: answer.json["status"] == "ok")


async def test_a_database_that_stands_still_keeps_no_probe_waiting(proxy: Proxy, tmp_path: Path) -> None:
    async with running(proxy.url, tmp_path) as api:
        assert (await api.send("/health")).status == 200
        proxy.freeze()
        await until(api, "/readyz", is_down)
        began = monotonic()
        paths = ["/livez", "/readyz", "/health", "/metrics"] * 3
        answers = await asyncio.gather(*(api.send(path) for path in paths))
        assert monotonic() - began < 3.5
        assert [answer.status for answer in answers] == [200, 503, 503, 200] * 3
        proxy.thaw()
        await until(api, "/readyz", lambda answer: answer.status == 200)
        assert (await api.get("/api/v1/sessions"))["items"] == []


async def test_metrics_tell_what_the_database_holds(api: Api) -> None:
    row = QuarantineRow(0, ordered_id(), NOW, "", "no sense", b"")
    async with api.service.database.transaction() as connection:
        await inbox.insert_quarantined(
            connection, [row, QuarantineRow(1, ordered_id(), NOW, "", "none", b"")]
        )
    answer = await api.send("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    lines = answer.body.decode().splitlines()
    assert "onethread_quarantined 2.0" in lines
    assert "onethread_partitions_held 64.0" in lines
    assert 'onethread_threads{state="bound"} 0.0' in lines
    assert 'onethread_projection_lag_events{projection="sessions"} 0.0' in lines


async def test_a_glance_asks_once_whoever_wants_to_know() -> None:
    asked = 0

    async def ask() -> int:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        return asked

    glance = Glance(ask, kept=3600)
    assert list(await asyncio.gather(*(glance() for _ in range(10)))) == [1] * 10
    assert await glance() == 1


async def test_a_glance_that_gets_no_answer_is_none_and_asks_anew() -> None:
    never = asyncio.Event()
    answers = [never.wait, _seven]

    async def ask() -> object:
        return await answers.pop(0)()

    glance = Glance(ask, kept=0, patience=0.01)
    assert list(await asyncio.gather(glance(), glance())) == [None, None]
    assert await glance() == 7


async def _seven() -> int:
    return 7
