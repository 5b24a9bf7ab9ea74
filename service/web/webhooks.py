"""Meta's webhooks: the handshake, and deliveries that are answered 200 once they are durable."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec
import orjson
import structlog
from aiohttp import web

from domain.identity import partition_of
from service.channels.delivery import Delivery
from service.channels.envelope import parse_delivery
from service.channels.signature import verify
from service.storage.ids import ordered_id
from service.storage.inbox import (
    NOT_DURABLE,
    Arrival,
    IgnoredRow,
    Inbox,
    InboxRow,
    NotDurable,
    QuarantineRow,
)
from service.storage.refusals import Refusals
from service.telemetry import DELIVERIES
from service.web.bodies import read_bytes
from service.web.errors import Problem

ACKNOWLEDGED: Final = DELIVERIES.labels("acknowledged")

logger = structlog.get_logger()

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
        delivered: Callable[[Delivery, datetime, datetime], None] | None = None,
    ) -> None:
        self._inbox = inbox
        self._partitions = partitions
        self._app_secret = app_secret
        self._verify_token = verify_token
        self._clock = clock
        self._arrived = arrived
        self._refusals = refusals
        self._delivered = delivered

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
        body = await read_bytes(request)
        if not verify(self._app_secret, body, request.headers.get("X-Hub-Signature-256")):
            DELIVERIES.labels("refused").inc()
            self._refusals.count(request.path, "signature")
            raise Problem(401, "the body does not have this app's signature", field="X-Hub-Signature-256")
        received_at = self._clock()
        delivery = parse_delivery(body, received_at)
        arrival = arrival_of(delivery, body, received_at, self._partitions)
        try:
            await self._inbox.put(arrival)
        except NotDurable:
            raise _not_durable() from None
        self._acknowledged()
        if self._delivered is not None:
            self._delivered(delivery, received_at, self._clock())
        return web.Response(text="ok")

    def take(self, body: bytes, signature: str) -> asyncio.Future[None] | None:
        """As :meth:`delivery`, for the front door: done once durable. None where it is to be refused."""
        if self._delivered is not None or not verify(self._app_secret, body, signature):
            return None
        received_at = self._clock()
        try:
            arrival = arrival_of(parse_delivery(body, received_at), body, received_at, self._partitions)
            return self._inbox.submit(arrival)
        except Exception:  # noqa: BLE001 # the application meets it again and says what there is to say
            return None

    def outcome(self, taken: asyncio.Future[None]) -> Problem | None:
        """What came of a delivery that was taken: None where it is durable."""
        error = NotDurable() if taken.cancelled() else taken.exception()
        if error is None:
            self._acknowledged()
            return None
        if isinstance(error, NOT_DURABLE):
            return _not_durable()
        logger.error("delivery failed", exc_info=error)
        return Problem(500, "an error of ours; it is in the log")

    def _acknowledged(self) -> None:
        ACKNOWLEDGED.inc()
        self._arrived()


def _not_durable() -> Problem:
    DELIVERIES.labels("not_durable").inc()
    return Problem(503, "not stored, deliver it again", headers={"Retry-After": "1"})


def _only(request: web.Request, name: str) -> str:
    """The one value of a parameter of the handshake. Raises :class:`Problem` 403 where there is another
    number of them."""
    given = request.query.getall(name, [])
    if len(given) != 1:
        raise Problem(403, f"{name} must be given once", field=name)
    return given[0]


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
