"""``onethread analytics`` says what is said over HTTP, and refuses in the same words."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import orjson
import pytest
import pytest_asyncio

from tests.projections.oracle.conftest import empty_world
from tests.projections.oracle.traffic import AUTUMN, Course
from tests.web.conftest import Api

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.processes]

PATH: Final = "/api/v1/analytics"
END: Final = AUTUMN + timedelta(days=48)
RANGE: Final = ("--from", AUTUMN.isoformat(), "--to", END.isoformat())
QUERY: Final = {"from": AUTUMN.isoformat(), "to": END.isoformat()}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    async with empty_world(admin_url, tmp_path_factory.mktemp("command")) as world:
        await world.add(Course(seed=7, people=20, days=40))
        yield world.api


async def onethread(api: Api, *words: str) -> tuple[int | None, str, str]:
    """Exit status, standard output, standard error."""
    environment = {
        **os.environ,
        "ONETHREAD_DATABASE_URL": api.service.database.url,
        "ONETHREAD_DATA_DIR": str(api.service.settings.data_dir),
        "ONETHREAD_SANDBOX": "on",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", "analytics", *words, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, told = await process.communicate()
    assert b"Traceback" not in told, told.decode()
    return process.returncode, out.decode(), told.decode()


async def said(api: Api, *words: str) -> Any:
    status, out, told = await onethread(api, *words, *RANGE, "--json")
    assert status == 0, told
    return orjson.loads(out)


@pytest.mark.parametrize("report", ["overview", "top-senders"])
async def test_a_report_is_the_one_of_the_api(api: Api, report: str) -> None:
    over_http = await api.get(f"{PATH}/{report}", **QUERY, tz="Europe/Berlin")
    del over_http["next_cursor"]
    assert await said(api, report, "--tz", "Europe/Berlin") == over_http


async def test_an_explanation_is_the_one_of_the_api(api: Api) -> None:
    for report, cell in [("messages", "total/in_by_kind/text"), ("senders", "total/returning_senders")]:
        over_http = await api.get(f"{PATH}/{report}/explain", **QUERY, cell=cell)
        del over_http["next_cursor"]
        assert await said(api, report, "--explain", cell) == over_http


async def test_reports_are_shown_to_people_in_tables(api: Api) -> None:
    for report in ("overview", "journey", "obligations", "busiest-hours"):
        status, out, told = await onethread(api, report, *RANGE)
        assert (status, told) == (0, "")
        assert "total" in out
        assert f"{report} of 2026-09-21 00:00 up to 2026-11-08 00:00 UTC, times in UTC" in out
    status, out, _ = await onethread(api, "outcomes", *RANGE, "--explain", "total/turns", "--limit", "3")
    assert status == 0
    assert "3 of them shown" in out
    assert out.count("MessageReceived") == 3


@pytest.mark.parametrize(
    ("words", "query"),
    [
        (["--tz", "Berlin"], {"tz": "Berlin"}),
        (["--view", "nobody"], {"view": "nobody"}),
        (["--from", "yesterday"], {"from": "yesterday"}),
        (["--from", END.isoformat(), "--to", AUTUMN.isoformat()], {"from": QUERY["to"], "to": QUERY["from"]}),
    ],
    ids=str,
)
async def test_what_cannot_be_asked_is_misuse_told_in_the_words_of_the_api(
    api: Api, words: list[str], query: dict[str, str]
) -> None:
    status, out, told = await onethread(api, "overview", *words)
    assert (status, out) == (2, "")
    refused = (await api.ask(f"{PATH}/overview", **query)).json["detail"]
    assert told.strip().removeprefix("view: ") == refused.removeprefix("view: ")


async def test_an_unknown_report_and_an_unknown_number_are_misuse(api: Api) -> None:
    status, _, told = await onethread(api, "nothing")
    assert (status, told.strip()) == (2, (await api.ask(f"{PATH}/nothing")).json["detail"])
    status, _, told = await onethread(api, "messages", "--explain", "total/nothing")
    assert status == 2
    assert "messages_in" in told
    assert (await onethread(api, "messages", "--limit", "0"))[0] == 2
