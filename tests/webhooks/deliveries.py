"""A signed delivery, and what may be seen of it afterwards."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from service.channels.signature import sign
from tests.journey import wire
from tests.journey.conftest import APP_SECRET, Journey

BOTH = pytest.mark.parametrize("path", ["/webhooks/messenger", "/webhooks/whatsapp"])
BODY = json.dumps(wire.page(wire.event("1", message={"mid": "m_1", "text": "a private matter"}))).encode()
RIGHT = sign(APP_SECRET.encode(), BODY)
SHA1 = "sha1=" + hmac.new(APP_SECRET.encode(), BODY, hashlib.sha1).hexdigest()
MIB = 1024 * 1024


async def rows(world: Journey) -> int:
    """How much is on record of anything that was delivered."""
    [counted] = await world.fetch(
        "SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM events) + (SELECT count(*) FROM ignored)"
        " + (SELECT count(*) FROM quarantine) AS n"
    )
    return int(counted["n"])


def names_no_secret(world: Journey, body: bytes) -> None:
    for secret in (APP_SECRET, world.token, RIGHT.removeprefix("sha256=")):
        assert secret.encode() not in body
