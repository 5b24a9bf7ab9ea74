"""Sessions of the console: begun with a token, carried by a cookie that no script can read."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from aiohttp import web

from service.storage import console_sessions
from service.storage.access_tokens import Scope
from service.storage.audit import Act
from service.web.auth import COOKIE, VISITOR, Gate, check_origin, csrf_token, session_digest
from service.web.bodies import FORM, JSON, read_body, read_form
from service.web.operations import Operation, json_response
from service.web.parameters import Arguments

if TYPE_CHECKING:
    from service.app import Service

CONSOLE: Final = "/console"
SIGN_IN: Final = f"{CONSOLE}/sign-in"
LONGEST_TOKEN: Final = 1024


class SignInBody(msgspec.Struct, forbid_unknown_fields=True):
    """The token, in JSON or as a form; a form is answered 303, with the address of the console."""

    token: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TOKEN)]


@dataclass(frozen=True, slots=True)
class SessionAnswer:
    """Who asks. ``csrf_token`` goes along with everything that changes something; it is null for a request
    with a token, which needs none."""

    name: str
    scope: Scope
    csrf_token: str | None


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Whether there was a session to end."""

    ended: bool


class SignIn:
    """Handlers of sessions."""

    def __init__(self, service: Service, gate: Gate) -> None:
        self._service, self._gate = service, gate

    def operations(self) -> list[Operation]:
        """What is answered here."""
        return [
            Operation(
                method="POST",
                path=SIGN_IN,
                name="signIn",
                summary="Begin a session of the console with a token",
                handler=self.sign_in,
                answer=SessionAnswer,
                body=SignInBody,
                body_media=(JSON, FORM),
                problems=(401, 403, 503),
                token=False,
            ),
            Operation(
                method="POST",
                path=f"{CONSOLE}/sign-out",
                name="signOut",
                summary="End the session",
                handler=self.sign_out,
                answer=SignedOut,
                scope="read",
            ),
            Operation(
                method="GET",
                path=f"{CONSOLE}/session",
                name="getSession",
                summary="Who is signed in, and what their pages send along",
                handler=self.show,
                answer=SessionAnswer,
                scope="read",
            ),
        ]

    async def sign_in(self, arguments: Arguments) -> web.Response:
        """Begin a session. Raises :class:`~service.web.errors.Problem`."""
        service, request = self._service, arguments.request
        secure = self._gate.proxies.is_secure(request)
        check_origin(request, secure=secure)
        is_form = request.content_type == FORM
        body = await (read_form if is_form else read_body)(request, SignInBody)
        address = self._gate.proxies.address(request)
        principal = await self._gate.identify(body.token, address, field="token")
        act = Act(actor=principal.name, via="console", method="POST", route=SIGN_IN, address=address)
        row_id = await service.audit.begin(act)
        session = secrets.token_urlsafe(32)
        async with service.database.connection() as connection:
            await console_sessions.begin(connection, session_digest(session), principal.mark, service.clock())
        if is_form:
            response = web.Response(status=303, headers={"Location": CONSOLE})
        else:
            response = json_response(SessionAnswer(principal.name, principal.scope, csrf_token(session)))
        response.set_cookie(COOKIE, session, path="/", httponly=True, samesite="Strict", secure=secure)
        await service.audit.finish(row_id, response.status)
        return response

    async def sign_out(self, arguments: Arguments) -> web.Response:
        """End the session that the request came with; there is none to end for a token."""
        request, session = arguments.request, arguments.request[VISITOR].session
        if session is not None:
            async with self._service.database.connection() as connection:
                await console_sessions.end(connection, session_digest(session))
        response = json_response(SignedOut(session is not None))
        response.del_cookie(
            COOKIE, path="/", httponly=True, samesite="Strict", secure=self._gate.proxies.is_secure(request)
        )
        return response

    async def show(self, arguments: Arguments) -> SessionAnswer:
        """Who asks."""
        visitor = arguments.request[VISITOR]
        token = None if visitor.session is None else csrf_token(visitor.session)
        return SessionAnswer(visitor.principal.name, visitor.principal.scope, token)
