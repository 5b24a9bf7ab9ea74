"""The Graph API's Send endpoint: ``POST /{version}/{account}/messages``."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from service.sandbox.faults import FaultDial
from service.sandbox.faults_http import Severed, Wire
from service.sandbox.meta import errors
from service.sandbox.meta.dial import Dial
from service.sandbox.meta.errors import GraphError
from service.sandbox.meta.inspection import Registration, bearer
from service.sandbox.meta.ledger import Ledger, Send
from service.sandbox.meta.limits import PAIR_BURST, PAIR_PER_SECOND, Allowance
from service.sandbox.meta.people import HUMAN_AGENT_SECONDS, WINDOW_SECONDS, People, Person
from service.sandbox.meta.reporting import Reporting
from service.sandbox.meta.requests import (
    Presence,
    TextSend,
    operation_of,
    read_request,
    recipient_of,
    text_of,
)
from service.sandbox.meta.updates import Account, Channel, message_id


@dataclass(slots=True, kw_only=True)
class Graph:
    """Answers sends as Meta does, and has what becomes of them told to the webhook."""

    people: People
    ledger: Ledger
    reporting: Reporting
    faults: FaultDial
    wire: Wire
    dial: Callable[[], Dial]
    clock: Callable[[], float]
    access_token: str | None
    chance: random.Random
    registration: Registration = field(default_factory=Registration)
    _allowance: Allowance = field(init=False)

    def __post_init__(self) -> None:
        self._allowance = Allowance(self.clock)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(r"/{version:v\d+\.\d+}/{account}/messages", self.messages),
            web.get(r"/{version:v\d+\.\d+}/debug_token", self.debug_token),
            web.get(r"/{version:v\d+\.\d+}/{node}/subscribed_apps", self.subscribed_apps),
            web.route("*", "/{path:.*}", self.unknown),
        ]

    async def unknown(self, request: web.Request) -> web.Response:
        return self._refused(errors.unknown_path("/" + request.match_info["path"]))

    async def debug_token(self, request: web.Request) -> web.Response:
        if not self._known(bearer(request)):
            return self._refused(errors.token_refused())
        asked = request.query.get("input_token", "")
        return web.json_response(self.registration.of_token(valid=self._known(asked)))

    async def subscribed_apps(self, request: web.Request) -> web.Response:
        if not self._known(bearer(request)):
            return self._refused(errors.token_refused())
        return web.json_response(self.registration.of_node(request.match_info["node"]))

    def _known(self, token: str) -> bool:
        return bool(token) and self.access_token in (None, token)

    async def messages(self, request: web.Request) -> web.StreamResponse:
        body = _read_json(await request.read())
        operation = operation_of(body)
        fault = self.faults.fault_for(
            operation, conversation=self._meant(request.match_info["account"], body), text=text_of(body)
        )
        answer = await self.wire.carry_out(request, fault, lambda: self._work(request, body))
        self.ledger.record_call(
            operation, answer.outcome if isinstance(answer, Severed) else str(answer.status)
        )
        return answer

    def _meant(self, account_id: str, body: Any) -> str | None:
        """The person a call is about, in the words of fault rules."""
        named = recipient_of(body)
        if named is None and isinstance(body, dict):
            author = self.people.author(account_id, str(body.get("message_id")))
            return author.ids[0] if author else None
        return named

    async def _work(self, request: web.Request, body: Any) -> web.Response:
        try:
            return web.json_response(await self._answer(request, body))
        except GraphError as refusal:
            return self._refused(refusal)

    def _refused(self, refusal: GraphError) -> web.Response:
        trace_id = "A" + "".join(
            self.chance.choices("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghkmnpqrstuvwxyz_-", k=22)
        )
        return web.json_response(refusal.body(trace_id), status=refusal.status)

    async def _answer(self, request: web.Request, body: Any) -> dict[str, Any]:
        account_id = request.match_info["account"]
        self._authorize(request, body, account_id)
        if not isinstance(body, dict):
            raise errors.invalid("messenger", "The request body must be a JSON object.")
        account = self._account(account_id, body)
        asked = read_request(body, account.channel)
        if isinstance(asked, Presence):
            return self._presence(account, asked)
        return await self._send(account, asked)

    def _authorize(self, request: web.Request, body: Any, account_id: str) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer":
            token = request.query.get("access_token", "")
        if not token and isinstance(body, dict):
            token = str(body.get("access_token", ""))
        account = self.people.account(account_id)
        expected = account.access_token if account and account.access_token else self.access_token
        if not token.strip() or (expected is not None and token.strip() != expected):
            raise errors.token_refused()

    def _account(self, account_id: str, body: dict[str, Any]) -> Account:
        """The account a body goes to. Where it is not known yet, the body's shape tells its channel."""
        shape: Channel = "whatsapp" if body.get("messaging_product") == "whatsapp" else "messenger"
        account = self.people.account(account_id)
        if account is None:
            if not self.dial().strangers:
                raise errors.no_such_object(account_id)
            return self.people.account_for(account_id, shape)
        if account.channel == "whatsapp" and shape != "whatsapp":
            raise errors.invalid("whatsapp", "The parameter messaging_product is required.")
        if account.channel != "whatsapp" and shape == "whatsapp":
            raise errors.no_such_object(account_id)
        return account

    def _presence(self, account: Account, asked: Presence) -> dict[str, Any]:
        if asked.message_id is not None:
            if self.people.author(account.account_id, asked.message_id) is None and not self.dial().strangers:
                raise errors.invalid("whatsapp", "Last seen message in this conversation not found")
            return {"success": True}
        recipient = asked.recipient or ""
        person = self.people.find(account.account_id, recipient)
        if person is None and not self.dial().strangers:
            raise errors.nobody(account.channel)
        if person is not None and not person.reachable:
            raise errors.unavailable(account.channel)
        return {"recipient_id": recipient}

    async def _send(self, account: Account, asked: TextSend) -> dict[str, Any]:
        dial = self.dial()
        person = self.people.find(account.account_id, asked.recipient)
        if dial.throughput and not self._allowance.take(
            account.account_id, burst=dial.throughput, per_second=dial.throughput
        ):
            raise errors.throughput(account.channel)
        failure = self._refusal(account.channel, person, asked)
        if failure is not None and not (failure.late and self.chance.random() < dial.late_failures):
            raise failure
        if person is None:
            person = self.people.meet(account, (asked.recipient,))
        if dial.pair_rate and account.channel == "whatsapp":
            self._check_pair_rate(person)
        send = self._accept(account, asked, failure)
        if failure is None:
            person.receive(send)
        self.ledger.record_send(send)
        await self.reporting.report(send, person, failure)
        return _acceptance(send, person, asked.given)

    def _refusal(self, channel: Channel, person: Person | None, asked: TextSend) -> GraphError | None:
        if person is not None and not person.reachable:
            return errors.unavailable(channel)
        if person is None or person.stranger:
            return None if self.dial().strangers else errors.nobody(channel)
        seconds = HUMAN_AGENT_SECONDS if asked.human else WINDOW_SECONDS
        return None if person.window_open(self.clock(), seconds) else errors.window_closed(channel)

    def _check_pair_rate(self, person: Person) -> None:
        if not self._allowance.take(person, burst=PAIR_BURST, per_second=PAIR_PER_SECOND):
            raise errors.pair_rate()

    def _accept(self, account: Account, asked: TextSend, failure: GraphError | None) -> Send:
        now = self.clock()
        return Send(
            channel=account.channel,
            account=account.account_id,
            recipient=asked.recipient,
            text=asked.text,
            reference=asked.reference,
            message_id=message_id(account.channel, "send", account.account_id, self.ledger.sent, now),
            at=now,
            failure=failure.code if failure else None,
        )


def _acceptance(send: Send, person: Person, given: str) -> dict[str, Any]:
    if send.channel != "whatsapp":
        return {"recipient_id": send.recipient, "message_id": send.message_id}
    contact = {"input": given}
    for one in (send.recipient, *person.ids):
        contact.setdefault("user_id" if "." in one else "wa_id", one)
    return {
        "messaging_product": "whatsapp",
        "contacts": [contact],
        "messages": [{"id": send.message_id}],
    }


def _read_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
