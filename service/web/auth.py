"""Who asks, and whether they may: before anything else of a request is looked at."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from service.keyring import Principal
from service.storage import console_sessions
from service.storage.access_tokens import NAME_PATTERN
from service.storage.audit import Act, Refused, Via
from service.storage.database import Unavailable
from service.web.client import Proxies
from service.web.errors import Handler, Problem, problems
from service.web.limiting import Limits
from service.web.operations import PATIENCE, Operation, within
from service.web.parameters import read_arguments

if TYPE_CHECKING:
    from service.app import Service

PROTECTED: Final = "/api/"
"""Every path below it needs a token, those that lead nowhere included."""

COOKIE: Final = "onethread_session"
CSRF_HEADER: Final = "X-CSRF-Token"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
REFUSALS: Final = frozenset({401, 403, 429})
WEBHOOKS: Final = "/webhooks/"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever was let in. ``session`` is the id of their session, where they came with its cookie."""

    principal: Principal
    via: Via
    address: str
    session: str | None = field(default=None, repr=False)


VISITOR: Final = web.RequestKey("visitor", Visitor)


def actor_of(request: web.Request) -> str:
    """Who acts, as events say it: the name of the token."""
    return request[VISITOR].principal.name


def session_digest(session: str) -> bytes:
    """What is kept of a session's id."""
    return hashlib.sha256(session.encode("utf-8", "surrogateescape")).digest()


def csrf_token(session: str) -> str:
    """What pages of the session send along, and nobody else can: only they can read it."""
    return hmac.new(session.encode("utf-8", "surrogateescape"), b"csrf", "sha256").hexdigest()


def check_origin(request: web.Request, *, secure: bool) -> None:
    """Raises :class:`Problem` 403 where a browser says that another site's page sent the request."""
    fetch_site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if fetch_site is not None:
        if fetch_site != "same-origin":
            raise Problem(403, "only pages of this service may send this", field="Sec-Fetch-Site")
    elif origin is not None and origin != f"{'https' if secure else 'http'}://{request.host}":
        raise Problem(403, "only pages of this service may send this", field="Origin")


class Gate:
    """Lets in whoever has a token, or a session that was begun with one, and may do what they ask for."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.limits = Limits(service.settings.rate_limit)
        self.proxies = Proxies(service.settings.trusted_proxies)

    def middleware(self, operations: Sequence[Operation]) -> Middleware:
        """The gate before an application of these operations. What it refuses is a :class:`Problem`: 401,
        403 with the scope that is needed, or 429; and it is counted."""
        known: dict[tuple[str, str], Operation] = {
            (operation.method, operation.path): operation for operation in operations
        }

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            route = _route(request)
            operation = known.get((request.method, route)) if route is not None else None
            try:
                return await self._pass(request, handler, operation, route)
            except Problem as problem:
                if problem.status in REFUSALS and not _takes_deliveries(operation):
                    self._count(request, operation, problem.status)
                raise

        return check

    async def identify(self, token: str, address: str, *, field: str = hdrs.AUTHORIZATION) -> Principal:
        """Who has the token. Raises :class:`Problem` 401, and 429 for who tries too many."""
        principal = await self._service.keyring.find(token)
        if principal is None:
            self.limits.guessed(address)
            raise _unauthorized(field)
        if principal.guessable:
            self.limits.not_guessing(address)
        return principal

    async def _pass(
        self, request: web.Request, handler: Handler, operation: Operation | None, route: str | None
    ) -> web.StreamResponse:
        address = self.proxies.address(request)
        if operation is None or operation.limited:
            self.limits.address(address)
        needed = operation is not None and operation.token
        if needed or request.path.startswith(PROTECTED) or (route or "").startswith(PROTECTED):
            return await self._let_in(request, handler, operation, address)
        return await self._public(request, handler, operation, address)

    async def _let_in(
        self, request: web.Request, handler: Handler, operation: Operation | None, address: str
    ) -> web.StreamResponse:
        visitor = await self._visitor(request, address)
        request[VISITOR] = visitor
        self.limits.token(visitor.principal.name)
        if visitor.session is not None and request.method not in SAFE:
            self._check_forgery(request, visitor.session)
        if operation is None:
            return await handler(request)  # which leads nowhere
        _check_scope(visitor, operation)
        if request.method in SAFE:
            with self._service.keyring.serving(visitor.principal):
                return await handler(request)
        return await self._on_record(request, handler, operation, visitor)

    async def _public(
        self, request: web.Request, handler: Handler, operation: Operation | None, address: str
    ) -> web.StreamResponse:
        if operation is None or not operation.guessable:
            return await handler(request)
        self.limits.not_guessing(address)
        try:
            return await handler(request)
        except Problem as problem:
            if problem.status == 403:
                self.limits.guessed(address)
            raise

    async def _visitor(self, request: web.Request, address: str) -> Visitor:
        if hdrs.AUTHORIZATION in request.headers:
            principal = await self.identify(_bearer(request), address)
            return Visitor(principal, "token", address)
        session = request.cookies.get(COOKIE)
        if session is None:
            raise _unauthorized()
        mark = cast("bytes | None", await within(PATIENCE, self._mark_of(session)))
        begun_by = None if mark is None else self._service.keyring.marked(mark)
        if begun_by is None:
            raise Problem(401, "the session is over: sign in again", field=hdrs.COOKIE, headers=_CHALLENGE)
        return Visitor(begun_by, "console", address, session)

    async def _mark_of(self, session: str) -> bytes | None:
        service = self._service
        async with service.database.connection() as connection:
            return await console_sessions.find(connection, session_digest(session), service.clock())

    def _check_forgery(self, request: web.Request, session: str) -> None:
        check_origin(request, secure=self.proxies.is_secure(request))
        sent = request.headers.get(CSRF_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(sent, csrf_token(session).encode()):
            detail = "send csrf_token of GET /console/session along, as this header"
            raise Problem(403, detail, field=CSRF_HEADER)

    async def _on_record(
        self, request: web.Request, handler: Handler, operation: Operation, visitor: Visitor
    ) -> web.StreamResponse:
        act = Act(
            actor=visitor.principal.name,
            via=visitor.via,
            address=visitor.address,
            method=operation.method,
            route=operation.path,
            subject=_subject(request),
        )
        try:
            row_id = cast("UUID", await within(PATIENCE, self._service.audit.begin(act)))
        except (Problem, Unavailable):
            if operation.checked:  # what was sent wrong is said whether or not there is a database
                read_arguments(request, operation.parameters)
            raise
        response = await problems(request, handler)
        await self._service.audit.finish(row_id, response.status)
        return response

    def _count(self, request: web.Request, operation: Operation | None, status: int) -> None:
        visitor = request.get(VISITOR)
        self._service.audit.refused(
            Refused(
                "-" if visitor is None else visitor.principal.name,
                "nobody" if visitor is None else visitor.via,
                "-" if operation is None else operation.method,
                "-" if operation is None else operation.path,
                status,
            )
        )


_OURS: Final = re.compile(rf"{NAME_PATTERN}|[0-9A-Fa-f]{{8}}(-[0-9A-Fa-f]{{4}}){{3}}-[0-9A-Fa-f]{{12}}")
"""Names and UUIDs."""

_CHALLENGE: Final = {"WWW-Authenticate": "Bearer"}


def _takes_deliveries(operation: Operation | None) -> bool:
    """Their refusals are counted by themselves."""
    return operation is not None and operation.method == "POST" and operation.path.startswith(WEBHOOKS)


def _check_scope(visitor: Visitor, operation: Operation) -> None:
    """Raises :class:`Problem` 403 (RFC 6750) that names the scope that is needed."""
    needed, principal = operation.needs, visitor.principal
    if needed is not None and not principal.may(needed):
        raise Problem(
            403,
            f"this needs the scope {needed}; the token has {principal.scope}",
            field=hdrs.AUTHORIZATION if visitor.session is None else hdrs.COOKIE,
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{needed}"'},
        )


def _unauthorized(field: str = hdrs.AUTHORIZATION) -> Problem:
    detail = "a token of the API is needed, in Authorization: Bearer <token>, or to sign in with"
    return Problem(401, detail, field=field, headers=_CHALLENGE)


def _bearer(request: web.Request) -> str:
    """The token that was sent (RFC 6750). Raises :class:`Problem` 401."""
    sent = request.headers.getall(hdrs.AUTHORIZATION)
    scheme, _, given = sent[0].partition(" ")
    if len(sent) != 1 or scheme.lower() != "bearer" or not given.strip():
        raise _unauthorized()
    return given.strip()


def _route(request: web.Request) -> str | None:
    resource: Any = request.match_info.route.resource  # None where the address leads nowhere
    return None if resource is None else str(resource.canonical)


def _subject(request: web.Request) -> str | None:
    """What the act is about, if that is a name or an id of ours: addresses may hold anything else, a phone
    number for one."""
    found = list(request.match_info.values())
    return "/".join(found) if found and all(map(_OURS.fullmatch, found)) else None
