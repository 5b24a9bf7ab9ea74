"""Sending through the Graph API: one text, one request, one of three outcomes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp
import orjson

from domain.identity import Channel, Sender
from service.channels.refusals import SendRefused, SendUnknown, refusal

MAX_REFERENCE = 512
"""Characters of ``biz_opaque_callback_data``; ``metadata`` takes up to 1000."""

_MAX_ANSWER = 64 * 1024
"""Bytes read of an answer. Real ones have a few hundred."""

_TYPING_TIMEOUT = 3.0

_NOT_CONNECTED = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
)
"""Raised before a byte of the request is written."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took the message and will tell its fate under this id: taken, not yet delivered."""

    message_id: str


def _own_node(_channel: Channel, account_id: str) -> str:
    return account_id


class GraphClient:
    """Sends to people on all three channels.

    ``url`` carries the version (``https://graph.facebook.com/v26.0``), ``token_for`` gives the access
    token of an account, ``node_for`` the node whose messages edge serves it: its own, but an Instagram
    account that is linked to a Facebook page is served by that page, or by ``me``
    (https://developers.facebook.com/docs/messenger-platform/instagram/features/send-message).
    ``timeout`` is in seconds and covers one send from connecting to the last byte of the answer. aiohttp
    repeats no POST by itself, and redirects are not followed.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        token_for: Callable[[Channel, str], str | None],
        timeout: float,
        node_for: Callable[[Channel, str], str] = _own_node,
    ) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._token_for = token_for
        self._node_for = node_for
        self._timeout = _timeout(timeout)
        self._typing_timeout = _timeout(min(timeout, _TYPING_TIMEOUT))

    async def send_text(
        self,
        to: Sender,
        text: str,
        *,
        reference: str,
        reply_to: str | None = None,
        human_agent: bool = False,
    ) -> Sent:
        """Send one text within the channel's limit (:func:`~service.channels.texts.split_text`).

        ``reference`` (at most 512 characters) comes back in the statuses or the echo of this message;
        ``reply_to`` is the id of a message to quote. ``human_agent`` says that a person wrote it, which
        Messenger and Instagram want to know past their 24 hours, and take for 7 days.

        Raises :class:`SendRefused` where the message is known not to have been sent, and
        :class:`SendUnknown` where it may have been. Neither holds the token, the text or the person.
        """
        if len(reference) > MAX_REFERENCE:
            raise ValueError(f"a reference has at most {MAX_REFERENCE} characters")
        if to.channel == "whatsapp":
            payload = _whatsapp_text(to, text, reference, reply_to)
        else:
            payload = _page_text(to, text, reference, reply_to, human_agent)
        outcome = await self._post(to, payload, self._timeout)
        if isinstance(outcome, Exception):
            raise outcome
        match outcome:
            case {"messages": [{"id": str(message_id)}, *_]} | {"message_id": str(message_id)} if message_id:
                return Sent(message_id)
        raise SendUnknown("HTTP 200 without a message id")

    async def show_typing(self, to: Sender, message_id: str | None) -> None:
        """Show the person that ``message_id`` was read and that an answer is being written.

        Best effort, within seconds: whatever goes wrong is nobody's concern, and nothing is raised.
        WhatsApp does both by the message's id, and nothing without one; the indicator ends with the
        answer or after 25 s.
        """
        for payload in _typing(to, message_id):
            if isinstance(await self._post(to, payload, self._typing_timeout), Exception):
                return

    async def _post(
        self, to: Sender, payload: Mapping[str, Any], within: aiohttp.ClientTimeout
    ) -> dict[str, Any] | SendRefused | SendUnknown:
        """The JSON object of a 2xx, or the outcome.

        Outcomes are returned, so that the traceback of the one that is raised leads neither through
        this frame, which knows the token, nor to aiohttp's errors, which quote the request.
        """
        token = (self._token_for(to.channel, to.account_id) or "").strip()
        if not token or not token.isascii() or not token.isprintable():
            return SendRefused("account_stopped", detail="no usable access token", scope="account")
        try:
            async with self._session.post(
                self._endpoint(to),
                data=json.dumps(payload).encode(),
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
                timeout=within,
                allow_redirects=False,
            ) as response:
                raw = await _read(response)
        except _NOT_CONNECTED as error:
            return SendRefused("back_off", detail=f"no connection: {type(error).__name__}", scope="account")
        except TimeoutError:
            return SendUnknown("no answer in time")
        except (aiohttp.ClientError, OSError) as error:
            return SendUnknown(f"the connection broke: {type(error).__name__}")
        body = _parsed(raw)
        if 200 <= response.status < 300 and isinstance(body, dict):
            return body
        safe = _parsed(raw.replace(token.encode(), b"[token]"))  # Graph quotes a malformed one back
        return refusal(response.status, safe, response.headers)

    def _endpoint(self, to: Sender) -> str:
        return f"{self._url}/{quote(self._node_for(to.channel, to.account_id), safe='')}/messages"


def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    """Connecting gets half the time: running out there is told apart, as known not to be sent."""
    return aiohttp.ClientTimeout(total=seconds, connect=seconds / 2)


def _whatsapp_text(to: Sender, text: str, reference: str, reply_to: str | None) -> dict[str, Any]:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages"""
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_whatsapp_recipient(to.sender_id),
        "type": "text",
        "text": {"body": text, "preview_url": False},
        **({"context": {"message_id": reply_to}} if reply_to else {}),
        "biz_opaque_callback_data": reference,
    }


def _whatsapp_recipient(sender_id: str) -> dict[str, str]:
    """A number goes with its plus, lest the business's own country code be put before it; whatever is no
    number is a business-scoped user id.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
    """
    digits = sender_id.removeprefix("+")
    if digits.isascii() and digits.isdigit():
        return {"to": f"+{digits}"}
    return {"recipient": sender_id}


def _page_text(
    to: Sender, text: str, reference: str, reply_to: str | None, human_agent: bool
) -> dict[str, Any]:
    """https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages"""
    return {
        "recipient": {"id": to.sender_id},
        **(
            {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
            if human_agent
            else {"messaging_type": "RESPONSE"}
        ),
        "message": {"text": text, "metadata": reference},
        **({"reply_to": {"mid": reply_to}} if reply_to else {}),
    }


def _typing(to: Sender, message_id: str | None) -> Iterator[dict[str, Any]]:
    if to.channel != "whatsapp":
        for action in ("mark_seen", "typing_on"):  # each has to be a request of its own
            yield {"recipient": {"id": to.sender_id}, "sender_action": action}
    elif message_id:
        yield {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": message_id,
            "typing_indicator": {"type": "text"},
        }


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body, or nothing where it is far longer than any real one."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _MAX_ANSWER:
            response.close()
            return b""
    return bytes(body)


def _parsed(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
