"""G11: whatever goes wrong, no secret is in what the service prints, logs, answers or shows in ``ps``."""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import aiohttp
import asyncpg
import orjson
import psutil
import pytest
from aiohttp import web

from domain.identity import Sender
from service.channels.signature import HEADER, sign
from service.ports import free_ports
from service.web.auth import COOKIE
from tests.commands.test_timeline import ROOT
from tests.journey import wire

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]

CUSTOMER = Sender("whatsapp", "106540352242922", "4915112345678")
MESSAGE = orjson.dumps(wire.whatsapp(wire.value(messages=[wire.said(CUSTOMER.sender_id, "hello")])))


async def telltale(request: web.Request) -> web.Response:
    """A provider that refuses everything, and quotes what it was given."""
    told = f"not allowed: {request.headers.get('Authorization')} {request.path_qs} {await request.text()}"
    if request.path.startswith("/v1/"):
        return web.json_response({"error": {"message": told, "code": "invalid_api_key"}}, status=401)
    return web.json_response({"error": {"message": told, "code": 100}}, status=400)


@asynccontextmanager
async def telltales() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", telltale)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def unmistakable() -> str:
    return f"secret{secrets.token_hex(20)}"


async def until_logged(log: Path, *words: str) -> None:
    async with asyncio.timeout(30):
        while True:
            said = await asyncio.to_thread(log.read_text, encoding="utf-8")
            if all(word in said for word in words):
                return
            await asyncio.sleep(0.1)


@dataclass(slots=True)
class World:
    """A service as a process, its commands, and all that either of them ever said."""

    folder: Path
    database: str
    providers: str
    port: int
    api_token: str = field(default_factory=unmistakable)
    app_secret: str = field(default_factory=unmistakable)
    verify_token: str = field(default_factory=unmistakable)
    password: str = field(default_factory=unmistakable)
    master_key: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode())
    others: list[str] = field(default_factory=lambda: [unmistakable(), unmistakable()])
    said: list[str] = field(default_factory=list)

    @property
    def secrets(self) -> list[str]:
        own = [self.api_token, self.app_secret, self.verify_token, self.password, self.master_key]
        return [*own, *self.others]

    def environment(self, **more: str) -> dict[str, str]:
        there = urlsplit(self.database)
        url = there._replace(netloc=f"postgres:{self.password}@{there.netloc.rpartition('@')[2]}").geturl()
        return {
            **os.environ,
            "ONETHREAD_DATABASE_URL": url,
            "ONETHREAD_DATA_DIR": str(self.folder),
            "ONETHREAD_PORT": str(self.port),
            "ONETHREAD_SANDBOX": "off",
            "ONETHREAD_API_TOKEN": self.api_token,
            "ONETHREAD_META_APP_SECRET": self.app_secret,
            "ONETHREAD_META_VERIFY_TOKEN": self.verify_token,
            "ONETHREAD_META_ACCESS_TOKEN": self.others[0],
            "ONETHREAD_MASTER_KEY": self.master_key,
            "ONETHREAD_GRAPH_URL": f"{self.providers}/v26.0",
            "OPENAI_API_KEY": self.others[1],
            "OPENAI_BASE_URL": f"{self.providers}/v1",
            "ONETHREAD_REPLY_DELAY": "0",
            "ONETHREAD_THREAD_PATIENCE": "0.2",
            **more,
        }

    async def command(self, *arguments: str, **more: str) -> int:
        """Run a command to its end."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "service", *arguments,
            cwd=ROOT, env=self.environment(**more), stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await process.communicate()
        self.said.append(out.decode())
        assert process.returncode is not None
        return process.returncode

    @asynccontextmanager
    async def serving(self, log: Path, log_format: str) -> AsyncIterator[Client]:
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "service", "serve", "--workers", "2",
                cwd=ROOT, env=self.environment(ONETHREAD_LOG_FORMAT=log_format),
                stdout=output, stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
        try:
            async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
                client = Client(self, f"http://127.0.0.1:{self.port}", session)
                await client.until_ready()
                yield client
                self.listed(process.pid)
        finally:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            await process.wait()
            self.said.append(await asyncio.to_thread(log.read_text, encoding="utf-8"))

    def listed(self, pid: int) -> None:
        """What ``ps`` shows of a process and its children."""
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
        assert len(family) >= 3
        self.said += [" ".join(each.cmdline()) for each in family]

    def told(self) -> list[str]:
        """The secrets that were said."""
        everything = "\n".join(self.said)
        return [secret for secret in self.secrets if secret in everything or repr(secret)[1:-1] in everything]


@dataclass(slots=True)
class Client:
    world: World
    url: str
    session: aiohttp.ClientSession = field(repr=False)

    async def until_ready(self) -> None:
        async with asyncio.timeout(60):
            while True:
                with suppress(aiohttp.ClientError):
                    async with self.session.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.05)

    async def ask(
        self, path: str, method: str = "GET", *, token: str | None = None, keep: bool = True,
        body: bytes | None = None, **headers: str,
    ) -> bytes:  # fmt: skip
        """The answer's body, which with its head counts as said, unless it is for telling a secret."""
        given = {name.replace("_", "-"): text for name, text in headers.items()}
        if token is not None:
            given["Authorization"] = f"Bearer {token}"
        async with self.session.request(method, self.url + path, headers=given, data=body) as answer:
            content = await answer.read()
            if keep:
                self.world.said += [str(answer.raw_headers), content.decode()]
            return content

    async def deliver(self, body: bytes, secret: str) -> None:
        await self.ask("/webhooks/whatsapp", "POST", body=body, **{HEADER: sign(secret.encode(), body)})


async def trouble(client: Client, conversation_id: UUID) -> None:
    """Everything that a client can do wrong, with secrets in wrong places."""
    world = client.world
    token, other = world.api_token, world.others[0]
    await client.deliver(MESSAGE, world.app_secret)
    await client.deliver(MESSAGE, other)
    await client.deliver(b"nonsense", world.app_secret)
    await client.ask("/webhooks/whatsapp", "POST", body=world.app_secret.encode())
    for guess in (world.verify_token[:-1], other):
        query = f"hub.mode=subscribe&hub.challenge=1&hub.verify_token={guess}"
        await client.ask(f"/webhooks/whatsapp?{query}", keep=guess != other)
    for path in ("/health", "/metrics", "/livez", "/readyz", "/openapi.json", f"/{token}", "/webhooks/x"):
        await client.ask(path)
    for path in ("sessions", "tokens", "audit", "projections", "inbox", "quarantine", "nothing", token):
        await client.ask(f"/api/v1/{path}", token=token)
        await client.ask(f"/api/v1/{path}", token=world.app_secret)
        await client.ask(f"/api/v1/{path}?limit={token}", token=token)
    async with asyncio.timeout(30):
        while b"conversation_id" not in await client.ask(
            f"/api/v1/conversations/{conversation_id}", token=token
        ):
            await asyncio.sleep(0.1)
    path = f"/api/v1/conversations/{conversation_id}"
    await client.ask(f"{path}/handover", "POST", token=token)
    await client.ask(f"{path}/messages", "POST", token=token, body=b'{"text": "hello"}')
    for body in (orjson.dumps({token: 1}), orjson.dumps({"token": [token]}), token.encode()):
        await client.ask("/console/sign-in", "POST", body=body, keep=False)
    made = orjson.loads(
        await client.ask("/api/v1/tokens", "POST", token=token, keep=False,
                         body=b'{"name": "ada", "scope": "administer"}')
    )["token"]  # fmt: skip
    async with client.session.post(f"{client.url}/console/sign-in", json={"token": made}) as answer:
        session, csrf = answer.cookies[COOKIE].value, (await answer.json())["csrf_token"]
    world.others += [made, session, csrf]
    await client.ask("/api/v1/tokens", token=made)
    await client.ask("/api/v1/audit", Cookie=f"{COOKIE}={session}")
    await client.ask(f"{path}/handback", "POST", Cookie=f"{COOKIE}={session}", X_CSRF_Token="wrong")
    await client.ask(f"{path}/handback", "POST", Cookie=f"{COOKIE}={session}", X_CSRF_Token=csrf)


async def break_the_database(client: Client, conversation_id: UUID) -> None:
    """Defects and outages under the feet of requests."""
    world = client.world
    connection = await asyncpg.connect(world.database)
    try:
        await connection.execute("ALTER TABLE audit RENAME TO audit_gone")
        await connection.execute("ALTER TABLE console_sessions RENAME TO console_sessions_gone")
        path = f"/api/v1/conversations/{conversation_id}/handback"
        await client.ask(path, "POST", token=world.api_token)
        await client.ask("/console/sign-in", "POST", body=orjson.dumps({"token": world.api_token}))
        await client.ask("/api/v1/audit", Cookie=f"{COOKIE}={world.others[-2]}")
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        for _ in range(5):
            await client.ask("/api/v1/sessions", token=world.api_token)
        await connection.execute("ALTER TABLE audit_gone RENAME TO audit")
        await connection.execute("ALTER TABLE console_sessions_gone RENAME TO console_sessions")
    finally:
        await connection.close()


@pytest.mark.parametrize("log_format", ["json", "pretty"])
async def test_no_secret_is_told_by_a_service_in_trouble(
    fresh_url: str, tmp_path: Path, log_format: str
) -> None:
    log = tmp_path / "service.log"
    async with telltales() as providers:
        (port,) = free_ports(1)
        world = World(tmp_path / "data", fresh_url, providers, port)
        async with world.serving(log, log_format) as client:
            await trouble(client, CUSTOMER.conversation_id)
            await until_logged(log, "thread not created", "send refused")
            await break_the_database(client, CUSTOMER.conversation_id)
            await until_logged(log, "request failed", "UndefinedTableError")
            assert await world.command("doctor") == 1, "much is wrong"
            for command in (["tokens"], ["audit"]):
                assert await world.command(*command) == 0
    assert len(world.said) > 60
    assert world.told() == []


NOWHERE = "postgresql://postgres:{secret}@127.0.0.1:9/nothing"


@pytest.mark.parametrize(
    ("name", "value", "commands"),
    [
        ("ONETHREAD_DATABASE_URL", NOWHERE, ["doctor"]),
        ("ONETHREAD_DATABASE_URL", f"{NOWHERE}?port={{secret}}", ["doctor", "tokens"]),
        ("ONETHREAD_DATABASE_URL", "nonsense://{secret}@x", ["doctor", "tokens"]),
        ("ONETHREAD_MASTER_KEY", "{secret}", ["doctor", "serve"]),
        ("ONETHREAD_PORT", "nonsense", ["doctor", "serve"]),
        ("ONETHREAD_META_APP_SECRET", "", ["doctor", "serve"]),
        ("ONETHREAD_TRUSTED_PROXIES", "nonsense", ["doctor", "serve"]),
    ],
)
async def test_no_secret_is_told_by_commands_that_are_set_up_wrongly(
    fresh_url: str, tmp_path: Path, name: str, value: str, commands: list[str]
) -> None:
    world = World(tmp_path, fresh_url, "http://127.0.0.1:9", 9)
    for command in commands:
        status = await world.command(command, **{name: value.format(secret=world.password)})
        assert status in {1, 2}
    assert all(world.said)
    assert world.told() == []
    assert "Traceback" not in "".join(world.said)
