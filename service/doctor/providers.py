"""Meta, OpenAI, and the way from Meta to here."""

from __future__ import annotations

import secrets as randomness
from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import time
from typing import Any, Final

import aiohttp
import orjson

from domain.identity import Channel
from service import provider
from service.channels.inspection import ECHOES, NEEDED, WANTED, Inspector, NotInspected, Token
from service.channels.signature import HEADER, sign
from service.doctor.database import skew
from service.doctor.findings import Finding, ok, warning, wrong
from service.provider import OutcomeUnknown, ProviderFault, Rejected, Unreachable
from service.secrets import Secrets
from service.settings import Settings

PATIENCE: Final = 10.0
SOON: Final = 7 * 24 * 3600
RESOLUTION: Final = 1.5
"""Seconds that the time of an HTTP answer may be off by itself."""

PROBE: Final = {
    "object": "page",
    "entry": [{"id": "0", "time": 1, "changes": [{"field": "onethread_doctor", "value": {}}]}],
}
"""A delivery that needs nothing done: it is recorded as ignored."""

Accounts = Collection[tuple[Channel, str, str]]
"""Channel, account and the node that sends for it."""


# Meta


async def meta(settings: Settings, secrets: Secrets, accounts: Accounts) -> list[Finding]:
    """Tokens, what they permit, and what each account tells us."""
    tokens: dict[str, Token | None] = {}
    findings: list[Finding] = []
    async with aiohttp.ClientSession() as session:
        inspector = Inspector(session, str(settings.graph_url))
        if secrets.common_token is not None:
            findings += await _token(inspector, "ONETHREAD_META_ACCESS_TOKEN", secrets.common_token, tokens)
        for channel, account_id, node in accounts:
            token = secrets.access_token(channel, account_id)
            about = f"{channel} {account_id}"
            if token is None:
                findings.append(wrong(about, "has no access token", "set one in onethread.toml"))
                continue
            if token not in tokens:
                findings += await _token(inspector, f"token of {about}", token, tokens)
            if (known := tokens[token]) is not None:
                findings += [f async for f in _account(inspector, channel, about, node, token, known)]
        if inspector.answered_at is not None:
            apart = inspector.answered_at.timestamp() - time()
            findings.append(skew("clock of Meta", apart, RESOLUTION))
    return findings


async def _token(
    inspector: Inspector, about: str, token: str, tokens: dict[str, Token | None]
) -> list[Finding]:
    tokens[token] = None
    try:
        known = await inspector.token(token)
    except NotInspected as why:
        return [wrong(about, f"cannot be looked at: {why}", "check it, and ONETHREAD_GRAPH_URL")]
    if not known.valid:
        return [wrong(about, "is not valid", "make a new one, of a system user, at Meta")]
    tokens[token] = known
    if known.expires_at is not None and known.expires_at < time() + SOON:
        ends = datetime.fromtimestamp(known.expires_at, UTC).isoformat()
        return [warning(about, f"ends at {ends}", "make one of a system user: those do not end")]
    return [ok(about, "valid")]


async def _account(
    inspector: Inspector, channel: Channel, about: str, node: str, token: str, known: Token
) -> AsyncIterator[Finding]:
    lacking = NEEDED[channel] - known.permissions
    if lacking:
        yield wrong(about, f"the token lacks {', '.join(sorted(lacking))}", "give the app that permission")
    nodes = known.businesses if channel == "whatsapp" else (node,)
    if not nodes:
        yield warning(about, "no business account is told by the token", "check the subscription by hand")
        return
    try:
        apps = [app for each in nodes for app in await inspector.subscriptions(each, token)]
    except NotInspected as why:
        yield warning(
            about, f"subscriptions cannot be looked at: {why}", "the token needs pages_manage_metadata"
        )
        return
    yield _subscribed(channel, about, apps)


def _subscribed(channel: Channel, about: str, apps: list[frozenset[str]]) -> Finding:
    if not apps:
        return wrong(
            about, "no app is subscribed: nothing that people write arrives", "subscribe the app to it"
        )
    fields = frozenset().union(*apps)
    if channel == "whatsapp":
        return ok(about, "the app is subscribed")
    if WANTED - fields:
        return wrong(
            about, f"not subscribed to {', '.join(sorted(WANTED - fields))}", "subscribe the app to it"
        )
    if channel == "messenger" and ECHOES not in fields:
        advice = f"subscribe to {ECHOES}, or sends of unknown outcome are repeated"
        return warning(about, f"not subscribed to {ECHOES}", advice)
    return ok(about, f"subscribed to {len(fields)} fields")


# OpenAI


async def openai(settings: Settings) -> list[Finding]:
    """Whether it answers, lets us in, and has the model."""
    client = provider.client(settings)
    dated: str | None = None

    async def listed() -> Any:  # the SDK's raw response, of which only what RawResponse names is used
        nonlocal dated
        raw = await client.models.with_raw_response.list()
        dated = raw.headers.get("date")
        return raw

    try:
        answer = await provider.answer_to(listed(), within=PATIENCE)
    except ProviderFault as fault:
        return [_fault(fault)]
    finally:
        await client.close()
    names = {model.get("id") for model in answer.body.get("data") or () if isinstance(model, dict)}
    findings = [ok("OpenAI", f"answers, {len(names)} models")]
    if settings.model not in names:
        advice = "check ONETHREAD_MODEL, and that the project of the key may use it"
        findings.append(wrong("ONETHREAD_MODEL", f"{settings.model} is not among them", advice))
    if dated is not None:
        apart = parsedate_to_datetime(dated).timestamp() - time()
        findings.append(skew("clock of OpenAI", apart, RESOLUTION))
    return findings


def _fault(fault: ProviderFault) -> Finding:
    if fault.status in (401, 403):
        return wrong("OPENAI_API_KEY", f"is refused ({fault.code})", "set a key of the project")
    if fault.status == 404 or isinstance(fault, Rejected):
        return warning("OpenAI", "lists no models", "as some compatible servers; is OPENAI_BASE_URL right?")
    if isinstance(fault, Unreachable | OutcomeUnknown):
        return wrong("OpenAI", f"does not answer ({fault.code})", "check OPENAI_BASE_URL and the network")
    return warning("OpenAI", f"says not now ({fault.code})", "look at limits and payment of the account")


# From Meta to here


async def webhook(base: str, secrets: Secrets) -> list[Finding]:
    """Whether the handshake and a signed delivery of nothing come through to a service at ``base``."""
    challenge = randomness.token_hex(8)
    asked = {
        "hub.mode": "subscribe",
        "hub.challenge": challenge,
        "hub.verify_token": secrets.verify_token.decode(),
    }
    body = orjson.dumps(PROBE)
    url = f"{base.rstrip('/')}/webhooks/messenger"
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session:
            async with session.get(url, params=asked, allow_redirects=False) as shaken:
                hands, said = shaken.status, await shaken.text()
            headers = {HEADER: sign(secrets.app_secret, body)}
            async with session.post(url, data=body, headers=headers, allow_redirects=False) as posted:
                delivered = posted.status
    except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError) as error:
        found = f"nothing answers at {url} ({type(error).__name__})"
        return [warning("webhook", found, "onethread serve; or check the proxy and its certificate")]
    return [_handshake(hands, said == challenge), _delivery(delivered)]


def _handshake(status: int, answered: bool) -> Finding:
    if status == 200 and answered:
        return ok("handshake", "answered with the challenge")
    if status == 403:
        return wrong("handshake", "another verify token", "is it the same service, with the same settings?")
    return wrong("handshake", f"HTTP {status}", "the proxy must pass /webhooks/ on, and not redirect")


def _delivery(status: int) -> Finding:
    if status == 200:
        return ok("webhook", "takes signed deliveries")
    if status == 401:
        return wrong("webhook", "another app secret", "is it the same service, with the same settings?")
    if status == 503:
        return wrong("webhook", "cannot store deliveries", "look at the database")
    return wrong("webhook", f"HTTP {status}", "the proxy must pass /webhooks/ on, body and headers unchanged")
