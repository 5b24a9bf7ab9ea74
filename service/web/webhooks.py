"""Meta's webhooks: the handshake, and deliveries that are answered 200 once they are durable."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec
import orjson
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from domain.identity import partition_of
from service.channels.delivery import Delivery
from service.channels.envelope import parse_delivery
from service.channels.signature import verify
from service.storage.ids import ordered_id
from service.storage.inbox import Arrival, IgnoredRow, Inbox, InboxRow, NotDurable, QuarantineRow
from service.storage.refusals import Refusals
from service.telemetry import DELIVERIES
from service.web.errors import Problem

LARGEST_BODY: Final = 4 * 1024 * 1024
"""Meta sends at most 3 MB.
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview"""

LONGEST_READ: Final = 10.0
"""Seconds that a body may take to arrive; Meta waits no longer for the whole answer."""

ACKNOWLEDGED: Final = DELIVERIES.labels("acknowledged")

_encode = msgspec.json.Encoder().encode


class Webhooks:
    """Handlers of ``/webhooks/messenger`` and ``/webhooks/whatsapp``; both take every object."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        partitions: int,
        app_secret: bytes,
        verify_token: bytes,
        clock: Callable[[], datetime],
        arrived: Callable[[], None],
        refusals: Refusals,
    ) -> None:
        self._inbox = inbox
        self._partitions = partitions
        self._app_secret = app_secret
        self._verify_token = verify_token
        self._clock = clock
        self._arrived = arrived
        self._refusals = refusals

    async def handshake(self, request: web.Request) -> web.Response:
        """Meta asks whether the address is ours: the bare challenge, or 403.
        https://developers.facebook.com/docs/graph-api/webhooks/getting-started"""
        if _only(request, "hub.mode") != "subscribe":
            raise Problem(403, "hub.mode must be subscribe", field="hub.mode")
        if not hmac.compare_digest(
            _only(request, "hub.verify_token").encode("utf-8", "replace"), self._verify_token
        ):
            raise Problem(403, "not the verify token of this service", field="hub.verify_token")
        return web.Response(text=_only(request, "hub.challenge"))

    async def delivery(self, request: web.Request) -> web.Response:
        """One delivery: 200 once durable, 401 unsigned, 413 too large, 503 not durable."""
        body = await read_whole(request)
        if not verify(self._app_secret, body, request.headers.get("X-Hub-Signature-256")):
            DELIVERIES.labels("refused").inc()
            self._refusals.count(request.path, "signature")
            raise Problem(401, "the body does not have this app's signature", field="X-Hub-Signature-256")
        received_at = self._clock()
        arrival = arrival_of(parse_delivery(body, received_at), body, received_at, self._partitions)
        try:
            await self._inbox.put(arrival)
        except NotDurable:
            DELIVERIES.labels("not_durable").inc()
            raise Problem(503, "not stored, deliver it again", headers={"Retry-After": "1"}) from None
        ACKNOWLEDGED.inc()
        if arrival.rows:
            self._arrived()
        return web.Response(text="ok")


def _only(request: web.Request, name: str) -> str:
    """The one value of a parameter of the handshake. Raises :class:`Problem` 403 where there is another
    number of them."""
    given = request.query.getall(name, [])
    if len(given) != 1:
        raise Problem(403, f"{name} must be given once", field=name)
    return given[0]


async def read_whole(request: web.Request, largest: int = LARGEST_BODY) -> bytes:
    """The whole body. Raises :class:`Problem` 413, 408 or 400, where it is too large, too slow or broken."""
    content = request.content
    if content.is_eof() and content.exception() is None:
        body = content.read_nowait()  # all of it came with the head, as nearly always: nothing to wait for
    else:
        body = await _arriving(request, largest)
    if len(body) > largest:
        raise _too_large(largest)
    return body


def _too_large(largest: int) -> Problem:
    return Problem(413, f"the body may have {largest} bytes")


async def _arriving(request: web.Request, largest: int) -> bytes:
    if (request.content_length or 0) > largest:
        raise _too_large(largest)
    try:
        async with asyncio.timeout(LONGEST_READ):
            return await request.read()
    except TimeoutError:
        raise Problem(408, f"the body did not come within {LONGEST_READ:g} s") from None
    except (web.RequestPayloadError, HttpProcessingError, ConnectionError):
        raise Problem(400, "the body broke off, or is not encoded as its headers say") from None


def arrival_of(delivery: Delivery, body: bytes, received_at: datetime, partitions: int) -> Arrival:
    """What a delivery leaves in the inbox and beside it; nothing of it goes missing."""
    arrival = Arrival()
    for item in delivery.items:
        conversation_id = item.sender.conversation_id
        partition = partition_of(conversation_id, partitions)
        arrival.rows.append(
            InboxRow(partition, ordered_id(), conversation_id, item.TYPE, received_at, _encode(item))
        )
    for update in delivery.ignored:
        row_id = ordered_id()
        arrival.ignored.append(
            IgnoredRow(
                partition_of(row_id, partitions),
                row_id,
                received_at,
                update.channel,
                update.account_id,
                update.field,
                update.reason,
                _payload(update.payload),
            )
        )
    for piece in delivery.malformed:
        row_id = ordered_id()
        partition = partition_of(row_id, partitions)
        arrival.quarantined.append(
            QuarantineRow(partition, row_id, received_at, piece.path, piece.reason, body)
        )
    return arrival


def _payload(payload: Any) -> bytes:
    return orjson.dumps(payload, default=str, option=orjson.OPT_NON_STR_KEYS)
