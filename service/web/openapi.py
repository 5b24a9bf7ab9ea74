"""The description of the HTTP surface in OpenAPI 3.1, made from the operations themselves.

https://spec.openapis.org/oas/v3.1.1.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final

import msgspec
import orjson
from aiohttp import web

from service.web.auth import COOKIE, CSRF_HEADER, SAFE
from service.web.operations import Operation
from service.web.parameters import Arguments, Parameter

Json = dict[str, Any]

PROBLEM: Final = "#/components/schemas/Problem"
TOKEN: Final = "token"  # noqa: S105 # the name of the scheme
SESSION: Final = "session"
CSRF: Final = "csrf"

SECURITY: Final = {
    TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "description": "ONETHREAD_API_TOKEN, or a token made by `onethread tokens`. An operation names "
        "the scope that it needs; `administer` includes `operate`, and `operate` includes `read`.",
    },
    SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "A session of the console, with the scope of the token that it was begun with.",
    },
    CSRF: {
        "type": "apiKey",
        "in": "header",
        "name": CSRF_HEADER,
        "description": "With a session: csrf_token of GET /console/session.",
    },
}

DESCRIPTION: Final = """\
Customers write on Messenger, Instagram or WhatsApp; every message becomes an event on the sender's one
conversation. Lists are `{items, next_cursor}`: send `next_cursor` back as `cursor` with the same parameters
until it is null. Instants are RFC 3339. Errors are `application/problem+json` and name the field at fault."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request is not answered as asked (RFC 9457). ``field`` names the parameter, header or member
    at fault."""

    type: str
    title: str
    status: int
    detail: str
    field: str | msgspec.UnsetType = msgspec.UNSET


class Description:
    """The handler of ``/openapi.json``."""

    def __init__(self) -> None:
        self._body = b""

    def operations(self) -> list[Operation]:
        """What is answered here."""
        return [
            Operation(
                method="GET",
                path="/openapi.json",
                name="getDescription",
                summary="This description",
                handler=self.show,
                answer=dict[str, Any],
                token=False,
            )
        ]

    def describe(self, operations: Sequence[Operation]) -> None:
        """Describe these operations from now on."""
        self._body = orjson.dumps(document(operations))

    async def show(self, _: Arguments) -> web.Response:
        """The description."""
        return web.Response(body=self._body, content_type="application/json")


def document(operations: Sequence[Operation]) -> Json:
    """The whole description."""
    types = [t for operation in operations for t in (operation.answer, operation.body) if t is not None]
    schemas, components = msgspec.json.schema_components(
        [Problem, *types], ref_template="#/components/schemas/{name}"
    )
    schema_of = dict(zip(map(repr, types), schemas[1:], strict=True))
    paths: dict[str, Json] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schema_of)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Onethread",
            "version": version("onethread"),
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": SECURITY,
        },
    }


def _operation(operation: Operation, schema_of: Mapping[str, Json]) -> Json:
    described: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "security": _security(operation),
        "parameters": [_parameter(parameter) for parameter in operation.parameters],
        "responses": _responses(operation, schema_of),
    }
    if operation.body is not None:
        content = {media: {"schema": schema_of[repr(operation.body)]} for media in operation.body_media}
        described["requestBody"] = {"required": _is_needed(operation.body), "content": content}
    return described


def _security(operation: Operation) -> list[Json]:
    """A token, or a session; with the scope that is needed."""
    if operation.needs is None:
        return []
    forgery: Json = {} if operation.method in SAFE else {CSRF: []}
    return [{TOKEN: [operation.needs]}, {SESSION: [operation.needs], **forgery}]


def _is_needed(body: Any) -> bool:
    """Whether a body has to be sent: none counts as ``{}``."""
    try:
        msgspec.convert({}, type=body)
    except msgspec.ValidationError:
        return True
    return False


def _parameter(parameter: Parameter[Any]) -> Json:
    described: Json = {
        "name": parameter.name,
        "in": parameter.where,
        "description": parameter.description,
        "required": parameter.required or parameter.where != "query",
        "schema": dict(parameter.schema),
    }
    if parameter.schema.get("type") == "array":
        described |= {"style": "form", "explode": False}
    return described


def _responses(operation: Operation, schema_of: Mapping[str, Json]) -> Json:
    schema = {"type": "string"} if operation.answer is None else schema_of[repr(operation.answer)]
    responses: Json = {}
    for status in (operation.status, *operation.also):
        responses[str(status)] = {
            "description": operation.said.get(status, HTTPStatus(status).phrase),
            "content": {media: {"schema": schema} for media in operation.media},
        }
    for status in _problems(operation):
        responses.setdefault(str(status), _problem(HTTPStatus(status).phrase))
    return {**dict(sorted(responses.items())), "default": _problem("Any other problem")}


def _problems(operation: Operation) -> Iterable[int]:
    yield from operation.problems
    if operation.body is not None:
        yield from (400, 408, 413)
    if operation.checked:
        yield 400
    if any(parameter.name == "view" for parameter in operation.parameters):
        yield 404  # it may be dropped while it is read
    if operation.token:
        yield from (401, 403, 503)
    if operation.limited:
        yield 429


def _problem(description: str) -> Json:
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": {"$ref": PROBLEM}}},
    }
