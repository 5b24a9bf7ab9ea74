"""The HTTP application: every route from one table, errors as problems, a gate before the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from service.web.access_tokens import Tokens
from service.web.analytics import Analytics
from service.web.audit import AuditTrail
from service.web.auth import Gate
from service.web.backlog import Backlog
from service.web.bodies import LARGEST_BODY
from service.web.conversations import Conversations
from service.web.customer_timeline import CustomerTimelines
from service.web.customers import Customers
from service.web.data_deletion import DataDeletion
from service.web.erasing import Erasing
from service.web.errors import problems
from service.web.export import Exports
from service.web.front import DOORS
from service.web.health import Health
from service.web.metrics import Metrics
from service.web.openapi import Description
from service.web.operations import OPERATIONS, Operation
from service.web.parameters import Parameter, read_text
from service.web.people import People
from service.web.projections import Projections
from service.web.search import Search
from service.web.sessions import Sessions
from service.web.shielding import shield, tell_no_versions
from service.web.sign_in import SignIn
from service.web.stream import Streams
from service.web.timeline import Timelines
from service.web.webhooks import Webhooks

if TYPE_CHECKING:
    from service.app import Service

WEBHOOKS: Final = ("messenger", "whatsapp")
HANDSHAKE: Final = tuple(
    Parameter(name=name, description=description, schema={"type": "string"}, read=read_text)
    for name, description in (
        ("hub.mode", "`subscribe`"),
        ("hub.verify_token", "The token that was entered at Meta."),
        ("hub.challenge", "What to answer with."),
    )
)
SIGNATURE: Final = Parameter(
    name="X-Hub-Signature-256",
    description="`sha256=` and the HMAC of the raw body under the app secret.",
    schema={"type": "string", "pattern": "^sha256=[0-9a-f]{64}$"},
    read=read_text,
    where="header",
)


def build_app(service: Service) -> web.Application:
    """The application of one process. Its table of operations is in ``app[OPERATIONS]``."""
    description, streams, gate = Description(), Streams(service), Gate(service)
    parts = (
        Conversations(service),
        Timelines(service),
        Sessions(service),
        Search(service),
        Analytics(service),
        Customers(service),
        CustomerTimelines(service),
        People(service),
        Erasing(service),
        DataDeletion(service),
        streams,
        Backlog(service),
        Projections(service),
        Exports(service),
        Tokens(service),
        AuditTrail(service),
        SignIn(service, gate),
        Health(service),
        Metrics(service),
        description,
    )
    hooks = _webhooks(service)
    operations = (*_routes(hooks), *(operation for part in parts for operation in part.operations()))
    description.describe(operations)
    app = web.Application(middlewares=[problems, gate.middleware(operations)], client_max_size=LARGEST_BODY)
    app.on_response_prepare.append(shield(gate.proxies))
    tell_no_versions()
    for operation in operations:
        app.router.add_route(operation.method, operation.path, operation.respond)
    app[OPERATIONS] = operations
    app.on_shutdown.append(streams.close)
    app[DOORS] = dict.fromkeys(map(_path, WEBHOOKS), hooks)
    return app


def _webhooks(service: Service) -> Webhooks:
    return Webhooks(
        inbox=service.inbox,
        partitions=service.database.partitions,
        app_secret=service.secrets.app_secret,
        verify_token=service.secrets.verify_token,
        clock=service.clock,
        arrived=service.workers.arrived,
        refusals=service.refusals,
        delivered=service.spans.delivered if service.spans is not None else None,
    )


def _path(channel: str) -> str:
    return f"/webhooks/{channel}"


def _routes(hooks: Webhooks) -> list[Operation]:
    return [operation for channel in WEBHOOKS for operation in _webhook(channel, hooks)]


def _webhook(channel: str, hooks: Webhooks) -> list[Operation]:
    path = _path(channel)
    return [
        Operation(
            method="GET",
            path=path,
            name=f"verify{channel.title()}Webhook",
            summary="Meta's handshake: the bare challenge",
            handler=lambda arguments: hooks.handshake(arguments.request),
            media=("text/plain",),
            parameters=HANDSHAKE,
            problems=(403,),
            token=False,
            guessable=True,
            checked=False,
        ),
        Operation(
            method="POST",
            path=path,
            name=f"deliver{channel.title()}Webhook",
            summary="A delivery of any channel: 200 once it is durable",
            handler=lambda arguments: hooks.delivery(arguments.request),
            media=("text/plain",),
            body=dict[str, Any],
            parameters=(SIGNATURE,),
            problems=(400, 401, 408, 413, 503),
            token=False,
            limited=False,
            checked=False,
            patience=None,
        ),
    ]
