"""The client of the model provider, and what its failures mean for those who call it.

https://developers.openai.com/api/docs/guides/error-codes
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, Protocol

import httpx2  # what the SDK is built on: only its exceptions tell whether a connection was ever made
import openai

from service.settings import Settings, SettingsError

_LONGEST_CONNECT = 5.0
_STAND_IN_KEY = "no-key"

_BILLING_CODES: Final = frozenset(
    {
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
    }
)
_PASSING_CODES: Final = frozenset({"rate_limit_exceeded", "slow_down"})
"""The type of these has been ``insufficient_quota`` too: the code decides."""

_GATEWAY_STATUSES: Final = frozenset({502, 504, 520, 521, 522, 523, 524})

_GONE: Final = re.compile(r"conversation\b.*\bnot found", re.IGNORECASE | re.DOTALL)
_ITEM_GONE: Final = re.compile(r"(item|response) with id\b.*\bnot found", re.IGNORECASE | re.DOTALL)
_UNANSWERED: Final = re.compile(r"No tool output found for .*?call (\S+?)\.?(?=\s|$)", re.IGNORECASE)
_INCURABLE: Final = re.compile(
    r"No tool call found for|without its required (following|preceding) item", re.IGNORECASE
)
_TOO_LONG: Final = re.compile(r"context window|maximum context length|context size", re.IGNORECASE)


class ProviderFault(Exception):
    """A call did not give what it was made for.

    ``code`` is the provider's own word where it sent one, else ours; ``status`` the HTTP status that was
    received, if any. A fault never holds or leads to what was said, to a key, or to a message of the
    provider, which may quote both.
    """

    thread_id: str | None = None
    """A thread that was created before the call failed, and that only this fault still names."""

    def __init__(self, code: str, status: int | None = None) -> None:
        super().__init__(code if status is None else f"{code} (HTTP {status})")
        self.code = code
        self.status = status


class ThreadGone(ProviderFault):
    """The thread does not exist, and never will again under this id."""


class ThreadLocked(ProviderFault):
    """Something else is being answered on the thread. Nothing was written; seconds later it may work."""


class ThreadPoisoned(ProviderFault):
    """The history refuses whatever is added. Nothing was written.

    ``call_ids`` are function calls that lack their output; supplying it heals the thread. Where there are
    none, nothing that can be added would heal it.
    """

    def __init__(self, code: str, status: int | None = None, call_ids: tuple[str, ...] = ()) -> None:
        super().__init__(code, status)
        self.call_ids = call_ids


class ContextExceeded(ProviderFault):
    """The history and the input are longer than the model can read. Nothing was written."""


class CursorGone(ProviderFault):
    """The item after which to read is not in the thread."""


class ItemGone(ProviderFault):
    """The item, or the stored response, does not exist."""


class ProviderBusy(ProviderFault):
    """The provider said that it cannot now. Nothing was written. ``retry_after`` is in seconds."""

    def __init__(self, code: str, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(code, status)
        self.retry_after = retry_after


class QuotaExhausted(ProviderFault):
    """The account may not spend more until somebody acts. Nothing was written."""


class Rejected(ProviderFault):
    """The provider refuses the request for what it is: final until the configuration changes."""


class OutcomeUnknown(ProviderFault):
    """No answer came, or one that makes no sense: the work may have been done, or may yet be."""


class Unreachable(ProviderFault):
    """No connection was made, so that nothing of the request can have arrived."""


class NoConversations(ProviderFault):
    """The server keeps no conversations, as many that are compatible do not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The JSON object of a 2xx, and the provider's id of the request."""

    body: dict[str, Any]
    request_id: str | None


class RawResponse(Protocol):
    """What ``with_raw_response`` of the SDK gives."""

    @property
    def content(self) -> bytes: ...

    @property
    def request_id(self) -> str | None: ...


def client(settings: Settings) -> openai.AsyncOpenAI:
    """The SDK's client, which retries nothing, follows no redirect and has its modules loaded.

    Where a base URL is set and no key is, a placeholder goes as the key: servers of one's own rarely want
    one. Raises :class:`~service.settings.SettingsError` where neither is set.
    """
    key = settings.openai_api_key.get_secret_value().strip() if settings.openai_api_key else ""
    if not key and settings.openai_base_url is None:
        raise SettingsError("OPENAI_API_KEY: missing, and OPENAI_BASE_URL names no server that needs none")
    shortest, longest = sorted((settings.create_timeout, settings.draft_timeout))
    # Half of a call's time for connecting: running out there is told apart, as known to have done nothing.
    timeout = openai.Timeout(longest, connect=min(_LONGEST_CONNECT, shortest / 2))
    made = openai.AsyncOpenAI(
        api_key=key or _STAND_IN_KEY,
        base_url=str(settings.openai_base_url) if settings.openai_base_url else None,
        timeout=timeout,
        max_retries=0,
        http_client=openai.DefaultAsyncHttpxClient(timeout=timeout, follow_redirects=False),
    )
    # The SDK imports these on first use, which would be in the event loop, with customers waiting.
    _ = (made.responses.with_raw_response, made.conversations.items.with_raw_response)
    return made


async def answer_to(call: Awaitable[RawResponse], *, within: float) -> Answer:
    """The answer to one call of the SDK, which ends ``within`` seconds whatever the server does.

    The SDK's own limit starts anew with every byte. Cancelling closes the connection. Raises
    :class:`ProviderFault`.
    """
    fault: ProviderFault
    try:
        async with asyncio.timeout(within):
            raw = await call
    except TimeoutError:
        fault = OutcomeUnknown("timeout")
    except openai.OpenAIError as error:
        fault = fault_of(error)
    except ValueError:  # of the SDK, while it builds the request: an id, a key or a tool that cannot be sent
        fault = Rejected("unsendable")
    else:
        body = _object(raw.content)
        if body is not None:
            return Answer(body, raw.request_id)
        fault = nonsense()
    # Raised out here, it is not chained to the SDK's error, which holds the request with all that was said.
    raise fault


def fault_of(error: openai.OpenAIError) -> ProviderFault:
    """What an error of the SDK means. Never raises."""
    if isinstance(error, openai.APIStatusError):
        return _refusal(_Refusal.of(error))
    cause = error.__cause__
    if isinstance(
        cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError | httpx2.PoolTimeout
    ):
        return Unreachable("not_connected")
    if isinstance(cause, httpx2.LocalProtocolError | httpx2.UnsupportedProtocol):
        return Rejected("unsendable")
    if isinstance(error, openai.APITimeoutError):
        return OutcomeUnknown("timeout")
    if isinstance(error, openai.APIConnectionError):
        return OutcomeUnknown("connection_lost")
    return OutcomeUnknown("nonsense")


def plain_code(code: object) -> str | None:
    """A code of the provider, unless it is none: other servers put sentences there, or numbers."""
    return code if isinstance(code, str) and re.fullmatch(r"[A-Za-z][\w.-]{0,63}", code) else None


def nonsense() -> OutcomeUnknown:
    """The fault of a 2xx that is not what was asked for."""
    return OutcomeUnknown("nonsense", 200)


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A received answer other than 2xx. ``own`` tells that the provider's application made it, rather
    than a gateway on the way there."""

    status: int
    code: str | None
    kind: str | None
    param: str | None
    message: str
    own: bool
    retry_after: float | None

    @classmethod
    def of(cls, error: openai.APIStatusError) -> _Refusal:
        body = error.body if isinstance(error.body, Mapping) else {}
        message = body.get("message") or body.get("detail")
        return cls(
            status=error.response.status_code,
            code=plain_code(body.get("code")),
            kind=plain_code(body.get("type")),
            param=body.get("param"),
            message=message if isinstance(message, str) else "",
            own=isinstance(message, str),
            retry_after=_retry_after(error.response.headers),
        )

    def named(self, otherwise: str) -> str:
        return self.code or otherwise


def _refusal(refusal: _Refusal) -> ProviderFault:
    return (
        _about_thread(refusal)
        or _about_account(refusal)
        or _about_service(refusal)
        or Rejected(refusal.named(refusal.kind or "rejected"), refusal.status)
    )


def _about_thread(refusal: _Refusal) -> ProviderFault | None:
    if refusal.code == "conversation_locked":
        return ThreadLocked(refusal.code, refusal.status)
    if refusal.code == "context_length_exceeded" or refusal.status == 413:
        return ContextExceeded(refusal.named("input_too_large"), refusal.status)
    if refusal.status == 400:
        return _about_history(refusal)
    return _about_something_gone(refusal) if refusal.status == 404 else None


def _about_history(refusal: _Refusal) -> ProviderFault | None:
    """The provider has no codes for these, or other servers have others: the sentences decide."""
    if unanswered := tuple(_UNANSWERED.findall(refusal.message)):
        return ThreadPoisoned("tool_output_missing", refusal.status, unanswered)
    if _INCURABLE.search(refusal.message):
        return ThreadPoisoned("history_inconsistent", refusal.status)
    if _TOO_LONG.search(refusal.message):
        return ContextExceeded("context_length_exceeded", refusal.status)
    return None


def _about_something_gone(refusal: _Refusal) -> ProviderFault | None:
    """These have no code either. Any other 404 is about the address, and condemns no thread."""
    if refusal.param == "after":
        return CursorGone("cursor_gone", refusal.status)
    if _ITEM_GONE.match(refusal.message):
        return ItemGone("item_gone", refusal.status)
    if _GONE.match(refusal.message):
        return ThreadGone("thread_gone", refusal.status)
    return None


def _about_account(refusal: _Refusal) -> ProviderFault | None:
    by_type = refusal.kind == "insufficient_quota" and refusal.code not in _PASSING_CODES
    if refusal.code in _BILLING_CODES or refusal.status == 402 or (refusal.status == 429 and by_type):
        return QuotaExhausted(refusal.named("insufficient_quota"), refusal.status)
    return None


def _about_service(refusal: _Refusal) -> ProviderFault | None:
    """A refusal that was received did nothing: so OpenAI's own Agents SDK has it. That does not hold for a
    gateway that lost the provider half-way.

    https://openai.github.io/openai-agents-python/models/
    """
    status = refusal.status
    if status in _GATEWAY_STATUSES and not refusal.own:
        return OutcomeUnknown("gateway_failed", status)
    if status in (408, 409, 429) or status >= 500:
        return ProviderBusy(refusal.named("busy"), status, refusal.retry_after)
    return None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds. Zero, less, and dates are no advice; some servers send them."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        if isfinite(seconds) and seconds > 0:
            return seconds
    return None


def _object(content: bytes) -> dict[str, Any] | None:
    """The JSON object of a body. Captive portals and wrong base URLs answer 200 with anything at all."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None
