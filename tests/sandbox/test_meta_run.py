"""The whole sandbox as the command starts it: both servers, and customers once the service is there."""

from __future__ import annotations

import asyncio
import contextlib

import aiohttp
import pytest
from webhook_receiver import APP_SECRET, VERIFY_TOKEN, Receiver, listening

from service.sandbox.run import SandboxOptions, run_sandbox, stand_ins


def options(url, **others):
    return SandboxOptions(webhook_url=url, app_secret=APP_SECRET, verify_token=VERIFY_TOKEN, **others)


@contextlib.asynccontextmanager
async def running(chosen):
    """The sandbox in the background, from when it has told its addresses."""
    told = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run_sandbox(chosen, started=told.set_result))
    try:
        await asyncio.wait({told, task}, return_when=asyncio.FIRST_COMPLETED, timeout=10)
        yield told.result(), task
    finally:
        task.cancel()
        await asyncio.wait({task})


def writers(receiver):
    """Who has written so far."""
    people = set()
    for part in (part for one in receiver.received for part in one.parts()):
        people |= {message.get("from") or message["from_user_id"] for message in part.get("messages", [])}
        people |= {part["sender"]["id"]} if "message" in part else set()
    return people


async def test_customers_talk_to_the_service_until_the_sandbox_is_stopped():
    receiver = Receiver()
    async with listening(receiver) as url:
        async with running(options(url, rate=100.0)) as (_, task):
            await receiver.until(lambda: len(writers(receiver)) == 12, within=10)
            assert not task.done()
        heard = len(receiver.received)
        assert all(one.genuine for one in receiver.received)
        async with aiohttp.ClientSession() as session, session.get(f"{url}/livez") as answer:
            assert answer.status == 200
        assert len(receiver.received) == heard


async def test_nobody_talks_before_the_service_answers():
    unused = "http://127.0.0.1:9"
    async with running(options(unused, rate=100.0, start_patience=0.5)) as (stood, task):
        await asyncio.wait({task}, timeout=10)
        assert stood.meta.ledger.counts()["posted"] == 0
        with pytest.raises(TimeoutError, match=r"/livez did not answer within 0\.5 s"):
            task.result()


async def test_the_servers_run_without_any_customers():
    receiver = Receiver()
    async with listening(receiver) as url, running(options(url, customers=0)) as (stood, task):
        async with aiohttp.ClientSession(headers={"Authorization": "Bearer any"}) as session:
            async with session.post(f"{stood.openai_url}/conversations", json={}) as answer:
                assert (await answer.json())["id"].startswith("conv_")
            message = {"recipient": {"id": "5"}, "message": {"text": "Hello"}}
            async with session.post(f"{stood.graph_url}/77/messages", json=message) as answer:
                assert (answer.status, (await answer.json())["recipient_id"]) == (200, "5")
        assert not task.done()
        assert await stood.meta.handshake("/webhooks/whatsapp")
        assert receiver.message_ids() == []


async def test_a_port_in_use_is_reported_and_leaves_nothing_running():
    async with listening(Receiver()) as url:
        port = int(url.rsplit(":", 1)[1])
        with pytest.raises(OSError, match=str(port)):
            async with stand_ins(options(url, graph_port=port)):
                pass


def test_secrets_are_not_shown():
    shown = repr(options("http://127.0.0.1:8787", access_token="the token of the app"))
    assert APP_SECRET not in shown
    assert VERIFY_TOKEN not in shown
    assert "the token of the app" not in shown
