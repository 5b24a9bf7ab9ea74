"""A service with something of everything in it, all of it come by way of signed deliveries and the API."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.fuzz.seeds import DELIVERIES, EVENTS, page, whatsapp
from tests.fuzz.served import Served


async def populate(there: Served) -> dict[str, list[Any]]:
    """Deliver every kind of update; then hand over, write, give back and erase. What paths can name is
    answered, by the name that they have for it."""
    for body in DELIVERIES:
        assert await there.post(body) == 200
    for n in range(30):
        who = f"49172000{n:02}"
        said = {
            "from": who,
            "id": f"wamid.{who}",
            "timestamp": str(int(time.time()) - n * 2_000),
            "type": "text",
            "text": {"body": f"Size {n}, please"},
        }
        contact = {"profile": {"name": f"Person {n}"}, "wa_id": who}
        assert await there.post(json.dumps(whatsapp(messages=[said], contacts=[contact])).encode()) == 200
    for nonsense in (b"", b"hello", json.dumps(page(7, *EVENTS[:1])).encode()):
        assert await there.post(nonsense) == 200
    await there.settled()
    _, listed = await there.ask("/api/v1/conversations?limit=100")
    ids = [item["conversation_id"] for item in listed["items"] if item["answered_by"] == "bot"]
    assert len(ids) >= 30
    for number, conversation in enumerate(ids[:3]):
        path = f"/api/v1/conversations/{conversation}"
        assert (await there.ask(f"{path}/handover", method="POST", body={}))[0] == 200
        told = {"text": "A colleague here", "idempotency_key": "k"}
        assert (await there.ask(f"{path}/messages", method="POST", body=told))[0] == 202
        if number:
            assert (await there.ask(f"{path}/handback", method="POST", body={}))[0] == 200
    assert (await there.ask(f"/api/v1/conversations/{ids[3]}", method="DELETE", body={}))[0] == 202
    await there.settled()
    _, quarantined = await there.ask("/api/v1/quarantine")
    return {"conversation": ids, "quarantined": [item["id"] for item in quarantined["items"]]}
