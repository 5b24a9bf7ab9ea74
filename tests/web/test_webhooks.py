"""Meta's side of the HTTP surface: who may deliver, and what is answered."""

from __future__ import annotations

import hashlib
import hmac
from io import BytesIO
from pathlib import Path

import pytest

from service.web.bodies import LARGEST_BODY
from tests.web.conftest import APP_SECRET, Api, running

BOTH = ["/webhooks/messenger", "/webhooks/whatsapp"]
BODY = b'{"object": "page", "entry": []}'


def signed(body: bytes) -> dict[str, str]:
    digest = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}"}


@pytest.mark.parametrize("path", BOTH)
async def test_the_handshake_is_answered_with_the_bare_challenge_or_refused(api: Api, path: str) -> None:
    query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token"
    shaken = await api.send(f"{path}?{query}=verify&hub.other=1")
    assert (shaken.status, shaken.body) == (200, b"1158201444")
    for wrong in (f"{query}=wrong", f"{query}=", "hub.mode=unsubscribe&hub.verify_token=verify", ""):
        refused = await api.send(f"{path}?{wrong}")
        assert (refused.status, refused.json["status"]) == (403, 403)


@pytest.mark.parametrize("path", BOTH)
async def test_a_delivery_is_taken_when_it_is_signed_whatever_its_query(api: Api, path: str) -> None:
    for query in ("", "?app=shop&app=shop"):
        answer = await api.send(f"{path}{query}", method="POST", data=BODY, headers=signed(BODY))
        assert answer.status == 200
    for headers in ({}, signed(b"another"), {"X-Hub-Signature-256": "sha256="}):
        refused = await api.send(path, method="POST", data=BODY, headers=headers)
        assert (refused.status, refused.json["field"]) == (401, "X-Hub-Signature-256")
    large = b"x" * (LARGEST_BODY + 1)
    too_large = await api.send(path, method="POST", data=BytesIO(large), headers=signed(large))
    assert (too_large.status, too_large.json["status"]) == (413, 413)


async def test_a_delivery_that_cannot_be_made_durable_is_to_come_again(
    fresh_url: str, tmp_path: Path
) -> None:
    async with running(fresh_url, tmp_path) as api:
        await api.service.workers.stop(0)
        api.service.database.pool.terminate()
        answer = await api.send("/webhooks/whatsapp", method="POST", data=BODY, headers=signed(BODY))
        assert (answer.status, answer.json["status"]) == (503, 503)
        assert answer.headers["Retry-After"]
