"""Meta's callbacks about a person who leaves, and the public page that says how far a deletion is.

https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec
import structlog
from aiohttp import web

from domain.identity import partition_of
from service.channels.signed_request import BadRequest, SignedRequest, read_signed_request
from service.storage import erasure_requests
from service.storage.erasure_requests import Status
from service.storage.ids import ordered_id
from service.storage.inbox import Arrival, IgnoredRow, NotDurable
from service.web.bodies import FORM, read_form
from service.web.errors import Problem
from service.web.operations import Operation, json_response
from service.web.parameters import Arguments, Parameter, read_text

if TYPE_CHECKING:
    from service.app import Service

LARGEST: Final = 16 * 1024
"""Bytes of a callback; Meta's have some hundreds."""

CODE: Final = Parameter(
    name="code",
    description="The confirmation code of a deletion.",
    schema={"type": "string", "pattern": "^[0-9a-f]{32}$"},
    read=read_text,
    where="path",
)
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept",
    "X-Robots-Tag": "noindex",
}
PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Deletion of your data</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem}}</style>
</head><body><h1>{title}</h1><p>{text}</p></body></html>
"""
WORDS: Final[dict[Status, tuple[str, str]]] = {
    "pending": (
        "Your data is being deleted",
        "The deletion has been asked for and is not finished. It goes on by itself: please look again later.",
    ),
    "done": (
        "Your data is deleted",
        "What was written, your name and your id have been made unreadable. Nothing is left to do.",
    ),
}

logger = structlog.get_logger()


class SignedForm(msgspec.Struct):
    """What Meta sends: its digest, a dot and JSON, both in base64url."""

    signed_request: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What Meta shows the person: where they see how far the deletion is, and its code."""

    url: str
    confirmation_code: str


@dataclass(frozen=True, slots=True)
class DeletionStatus:
    """How far a deletion is, and nothing else."""

    status: Status


class DataDeletion:
    """Handlers of the two callbacks and of the page."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def operations(self) -> list[Operation]:
        """What is answered here."""
        problems = (401, 503)
        return [
            Operation(
                method="POST",
                path="/webhooks/data-deletion",
                name="requestDataDeletion",
                summary="Meta passes on that a person wants their data deleted",
                handler=self.delete,
                answer=Confirmation,
                body=SignedForm,
                body_media=(FORM,),
                problems=problems,
                token=False,
                checked=False,
            ),
            Operation(
                method="POST",
                path="/webhooks/deauthorize",
                name="deauthorize",
                summary="Meta tells that the app was removed",
                handler=self.deauthorize,
                media=("text/plain",),
                body=SignedForm,
                body_media=(FORM,),
                problems=problems,
                token=False,
                checked=False,
            ),
            Operation(
                method="GET",
                path="/erasures/{code}",
                name="getErasure",
                summary="How far a deletion is: a page for people, JSON for programs that accept only that",
                handler=self.show,
                answer=DeletionStatus,
                parameters=(CODE,),
                problems=(404, 503),
                token=False,
            ),
        ]

    async def delete(self, arguments: Arguments) -> Confirmation:
        """Taken down once this is answered; the same answer for people we do not know. Raises
        :class:`Problem`."""
        signed = await self._signed(arguments.request)
        if signed.person is None:
            raise Problem(400, "signed_request: user_id is missing", field="signed_request")
        code = (await self._service.erasures.take(signed.person)).hex
        logger.info("deletion asked for", request=code)
        return Confirmation(f"{self._base(arguments.request)}/erasures/{code}", code)

    async def deauthorize(self, arguments: Arguments) -> web.Response:
        """It is on record that the app was removed: nothing is sent to the person on its account, and asked
        for deletion they have not. Whom it was about is not kept. Raises :class:`Problem`."""
        signed = await self._signed(arguments.request)
        now = self._service.clock()
        row_id = ordered_id()
        what = "a page" if signed.person is None else "a person"
        ignored = IgnoredRow(
            partition_of(row_id, self._service.database.partitions),
            row_id,
            now,
            "messenger",
            str(signed.profile_id) if signed.profile_id is not None else None,
            "deauthorize",
            f"the app was removed by {what}",
            b"{}",
        )
        try:
            await self._service.inbox.put(Arrival(ignored=[ignored]))
        except NotDurable:
            raise Problem(503, "not stored, tell it again", headers={"Retry-After": "1"}) from None
        logger.warning("app removed", by=what, page=ignored.account_id, issued_at=_instant(signed))
        return web.Response(text="ok")

    async def show(self, arguments: Arguments) -> web.Response:
        """Done or pending. Raises :class:`Problem` 404 for a code that was never given out."""
        service, text = self._service, arguments[CODE]
        status = None
        if text.isascii() and text.isalnum() and len(text) == 32:
            try:
                request_id = UUID(hex=text)
            except ValueError:
                raise _unknown() from None
            async with service.database.connection() as connection:
                status = await erasure_requests.status(connection, request_id, service.database.partitions)
        if status is None:
            raise _unknown()
        if not _wants_page(arguments.request.headers.getall("Accept", ())):
            response = json_response(DeletionStatus(status))
        else:
            title, words = WORDS[status]
            response = web.Response(text=PAGE.format(title=title, text=words), content_type="text/html")
        response.headers.update(HEADERS)
        return response

    async def _signed(self, request: web.Request) -> SignedRequest:
        form = await read_form(request, SignedForm, LARGEST)
        try:
            return read_signed_request(self._service.secrets.app_secret, form.signed_request)
        except BadRequest as refused:
            self._service.refusals.count(request.path, "signature")
            raise Problem(401, f"signed_request: {refused}", field="signed_request") from None

    def _base(self, request: web.Request) -> str:
        public = self._service.settings.public_url
        return str(public).rstrip("/") if public else f"{request.scheme}://{request.host}"


def _wants_page(accepted: Collection[str]) -> bool:
    """Whether a browser asks. Nobody who says nothing is one."""
    return any("text/html" in each for each in accepted)


def _unknown() -> Problem:
    return Problem(404, "code: no deletion has this code", field="code")


def _instant(signed: SignedRequest) -> str | None:
    try:
        return None if signed.issued_at is None else datetime.fromtimestamp(signed.issued_at, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return None
