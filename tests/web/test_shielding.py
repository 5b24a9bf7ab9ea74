"""What every answer tells a browser, and what none of them tells anybody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from service.settings import Settings
from service.web.client import Proxies
from tests.web.conftest import Api, running
from tests.web.visitors import OWNER

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
ADDRESSES = [
    ("GET", "/api/v1/sessions"),
    ("GET", "/api/v1/nothing"),
    ("GET", "/nothing"),
    ("GET", "/openapi.json"),
    ("GET", "/health"),
    ("GET", "/livez"),
    ("GET", "/metrics"),
    ("GET", "/webhooks/whatsapp"),
    ("GET", "/api/v1/export/messages?format=csv"),
    ("PUT", "/api/v1/sessions"),
    ("OPTIONS", "/api/v1/sessions"),
    ("POST", "/console/sign-in"),
    ("DELETE", "/api/v1/tokens/nobody"),
]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
async def test_every_answer_is_shielded_and_shared_with_no_other_origin(
    api: Api, method: str, path: str
) -> None:
    for headers in ({}, OWNER, {**OWNER, "Origin": "https://shop.example"}):
        answer = await api.send(path, method=method, headers=headers)
        assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
        assert answer.headers["Server"] == "onethread"
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
        assert "Strict-Transport-Security" not in answer.headers


async def test_a_stream_is_shielded_too(api: Api) -> None:
    async with api.session.get(f"{api.url}/api/v1/stream", headers=OWNER) as stream:
        assert {name: stream.headers.get(name) for name in EVERYWHERE} == EVERYWHERE


async def test_a_request_that_is_none_is_told_no_version_either(api: Api) -> None:
    address = urlsplit(api.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"NONSENSE\r\n\r\n")
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    writer.close()
    assert b"400" in head
    assert b"aiohttp" not in head
    assert b"python" not in head


@pytest.fixture
async def behind(fresh_url: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running(fresh_url, tmp_path, trusted_proxies="127.0.0.0/8,10.0.0.0/8") as started:
        yield started


async def test_behind_https_browsers_are_told_to_stay_there(behind: Api) -> None:
    for sent, is_secure in [("https", True), ("http", False), ("http, https", True), ("", False)]:
        answer = await behind.send("/livez", headers={"X-Forwarded-Proto": sent})
        assert ("Strict-Transport-Security" in answer.headers) == is_secure


async def test_whose_address_counts_is_for_those_proxies_to_say_that_are_trusted(behind: Api) -> None:
    for sent, address in [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 10.1.1.1", "203.0.113.7"),
        ("203.0.113.7, 10.1.1.1, 10.2.2.2", "203.0.113.7"),
        ("10.1.1.1", "10.1.1.1"),
        ("nonsense, 10.1.1.1", "10.1.1.1"),
        ("nonsense", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("2001:db8::7", "2001:db8::7"),
    ]:
        answer = await behind.send(
            "/api/v1/tokens/nobody", method="DELETE", headers={**OWNER, "X-Forwarded-For": sent}
        )
        assert answer.status == 404
        newest = (await behind.get("/api/v1/audit", order="desc", limit=1))["items"][0]
        assert newest["address"] == address, sent


async def test_nobody_who_is_not_trusted_says_where_they_come_from(api: Api) -> None:
    headers = {**OWNER, "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    answer = await api.send("/api/v1/tokens/nobody", method="DELETE", headers=headers)
    assert "Strict-Transport-Security" not in answer.headers
    (row,) = (await api.get("/api/v1/audit"))["items"]
    assert row["address"] == "127.0.0.1"


def test_proxies_are_addresses_and_networks_and_nothing_else() -> None:
    given = Settings(_env_file=None, trusted_proxies="127.0.0.1, ::1,10.0.0.0/8").trusted_proxies
    assert [str(network) for network in given] == ["127.0.0.1/32", "::1/128", "10.0.0.0/8"]
    assert Proxies(given)._trusts("::ffff:127.0.0.1")
    for wrong in ("localhost", "10.0.0.1/8", "*"):
        with pytest.raises(ValueError, match="trusted_proxies"):
            Settings(_env_file=None, trusted_proxies=wrong)
