"""The other end of the stand-in: a webhook that checks signatures itself, and a client of the Graph API."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from service.sandbox.meta import Account, MetaSandbox, RetryPolicy, Speaker

APP_SECRET = "the secret of the app"
VERIFY_TOKEN = "the token of the handshake"
NOON = 1_790_000_000.0

PHONE = Account(channel="whatsapp", account_id="106540352242922")
PAGE = Account(channel="messenger", account_id="1134713619900975")
INSTAGRAM = Account(channel="instagram", account_id="17841400008460056")

ANNA = Speaker(account=PHONE, sender_id="4915112345678", user_id="DE.13491208655302741918", name="Änna <3")
BEN = Speaker(account=PAGE, sender_id="1244813222196986", name="Ben")
CLEO = Speaker(account=INSTAGRAM, sender_id="5614879045272581", name="Cleo")
DORA = Speaker(account=PHONE, sender_id="4915187654321", name="Dora")
USERNAME_ONLY = Speaker(
    account=PHONE, sender_id="DE.998877665544", user_id="DE.998877665544", username="eve", name="Eve"
)

QUICK = RetryPolicy(base=0.01, cap=0.05, give_up_after=5.0, patience=2.0)


class Clock:
    """An instant that tests move by hand."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@dataclass
class Received:
    path: str
    body: bytes
    genuine: bool

    @property
    def payload(self) -> Any:
        return json.loads(self.body)

    def parts(self) -> list[dict[str, Any]]:
        """Each messaging event, or each ``value`` of a change."""
        entries = self.payload["entry"]
        changes = [change["value"] for entry in entries for change in entry.get("changes", [])]
        return changes or [event for entry in entries for event in entry.get("messaging", [])]

    def message_ids(self) -> list[str]:
        """Of what people wrote, not of receipts."""
        found = []
        for part in self.parts():
            found += [message["id"] for message in part.get("messages", [])]
            if "mid" in part.get("message", {}) and not part["message"].get("is_echo"):
                found.append(part["message"]["mid"])
        return found

    def told(self) -> list[str]:
        """Names of statuses, echoes, deliveries and reads."""
        names = []
        for part in self.parts():
            names += [status["status"] for status in part.get("statuses", [])]
            names += ["echo"] if part.get("message", {}).get("is_echo") else []
            names += [name for name in ("delivery", "read") if name in part]
        return names


Answer = Callable[[Received], int]


@dataclass
class Receiver:
    """A webhook. ``answer`` gives the status of each genuine delivery; a forged one is refused with 401."""

    answer: Answer = lambda _received: 200
    received: list[Received] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    gate: asyncio.Event | None = None
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: web.Request) -> web.Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            body = await request.read()
            expected = "sha256=" + hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
            genuine = request.headers["X-Hub-Signature-256"] == expected
            one = Received(request.path, body, genuine)
            async with self._changed:
                self.received.append(one)
                self._changed.notify_all()
            if self.gate is not None:
                await self.gate.wait()
            return web.Response(status=self.answer(one) if genuine else 401)
        finally:
            self.at_once -= 1

    async def verify(self, request: web.Request) -> web.Response:
        query = request.query
        if query["hub.mode"] == "subscribe" and query["hub.verify_token"] == VERIFY_TOKEN:
            return web.Response(text=query["hub.challenge"])
        return web.Response(status=403)

    async def livez(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def until(self, condition: Callable[[], bool], *, within: float = 5.0) -> None:
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(condition)

    def told(self) -> list[str]:
        return [name for one in self.received if one.genuine for name in one.told()]

    def message_ids(self) -> list[str]:
        return [found for one in self.received if one.genuine for found in one.message_ids()]


@asynccontextmanager
async def listening(receiver: Receiver) -> AsyncIterator[str]:
    """The receiver as a server; its address."""
    app = web.Application()
    app.router.add_get("/livez", receiver.livez)
    for path in ("/webhooks/whatsapp", "/webhooks/messenger"):
        app.router.add_get(path, receiver.verify)
        app.router.add_post(path, receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class GraphClient:
    """Calls the stand-in's Graph API as a service would."""

    def __init__(self, sandbox: MetaSandbox, session: aiohttp.ClientSession) -> None:
        self._sandbox = sandbox
        self.session = session

    async def post(
        self, account: str, body: Any, *, token: str | None = "token", **options: Any
    ) -> tuple[int, Any]:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        url = f"{self._sandbox.graph_url}/{account}/messages"
        async with self.session.post(url, json=body, headers=headers, **options) as answer:
            return answer.status, await answer.json()

    async def send(
        self, speaker: Speaker, text: str = "Hello!", *, reference: str | None = None
    ) -> tuple[int, Any]:
        return await self.post(speaker.account.account_id, text_body(speaker, text, reference=reference))

    async def control(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        url = f"{self._sandbox.url}/_sandbox/{path}"
        async with self.session.request(method, url, json=body) as answer:
            return answer.status, await answer.json()


def text_body(speaker: Speaker, text: str, *, reference: str | None = None) -> dict[str, Any]:
    if speaker.account.channel == "whatsapp":
        body = {
            "messaging_product": "whatsapp",
            "to": "+" + speaker.sender_id,
            "type": "text",
            "text": {"body": text},
        }
        return body if reference is None else {**body, "biz_opaque_callback_data": reference}
    message = {"text": text} if reference is None else {"text": text, "metadata": reference}
    return {"recipient": {"id": speaker.sender_id}, "messaging_type": "RESPONSE", "message": message}


@dataclass
class Rig:
    sandbox: MetaSandbox
    receiver: Receiver
    graph: GraphClient
    clock: Clock


@asynccontextmanager
async def rig(receiver: Receiver | None = None, **options: Any) -> AsyncIterator[Rig]:
    """A stand-in that delivers to a receiver, both listening, with a clock that stands at noon."""
    receiver = receiver or Receiver()
    clock = Clock()
    settings: dict[str, Any] = {"retry": QUICK, "clock": clock, "app_secret": APP_SECRET} | options
    async with (
        listening(receiver) as url,
        aiohttp.ClientSession() as session,
        MetaSandbox(webhook_url=url, verify_token=VERIFY_TOKEN, **settings) as sandbox,
    ):
        yield Rig(sandbox, receiver, GraphClient(sandbox, session), clock)


@asynccontextmanager
async def answering(at: Rig) -> AsyncIterator[None]:
    """Sends an answer to whatever people write, in order, as a service does."""

    async def answer_all() -> None:
        seen = 0
        while True:
            await at.receiver.until(lambda: len(at.receiver.received) > seen, within=60)  # noqa: B023 -- evaluated at once
            for part in at.receiver.received[seen].parts():
                await answer(part)
            seen += 1

    async def answer(part: dict[str, Any]) -> None:
        for message in part.get("messages", []):
            if message["type"] in ("text", "image", "location", "interactive"):
                body = {"messaging_product": "whatsapp", "text": {"body": "Of course."}}
                to = {"to": message["from"]} if "from" in message else {"recipient": message["from_user_id"]}
                await at.graph.post(part["metadata"]["phone_number_id"], body | to)
        if "postback" in part or ("message" in part and not part["message"].get("is_echo")):
            body = {"recipient": part["sender"], "message": {"text": "Of course."}}
            await at.graph.post(part["recipient"]["id"], body)

    task = asyncio.create_task(answer_all())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def code_of(answer: Any) -> tuple[int, int | None]:
    """Code and subcode of a refusal, which must have Graph's form."""
    error = answer["error"]
    assert error["type"] == "OAuthException"
    assert error["fbtrace_id"]
    return error["code"], error.get("error_subcode")
