"""Errors as ``application/problem+json`` (RFC 9457): what was wrong, with which field, what to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from aiohttp import web

from service.conversations import Conflict
from service.storage.database import Unavailable

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

logger = structlog.get_logger()


class Problem(Exception):
    """The request cannot be answered as asked. ``field`` names the parameter or member at fault."""

    def __init__(
        self, status: int, detail: str, *, field: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.field = field
        self.headers = headers or {}


def problem_response(problem: Problem) -> web.Response:
    """The response that says it."""
    status = HTTPStatus(problem.status)
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.field is not None:
        body["field"] = problem.field
    return web.Response(
        status=problem.status,
        body=orjson.dumps(body),
        content_type="application/problem+json",
        headers=problem.headers,
    )


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into a problem; nothing else ever leaves the service."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem_response(problem)
    except web.HTTPException as error:
        if error.status < 400:  # redirects and the like are answers
            raise
        return problem_response(_from_http(error, request))
    except (Unavailable, Conflict):
        return problem_response(
            Problem(503, "the database is not available, try again", headers={"Retry-After": "1"})
        )
    except (ConnectionError, TimeoutError):
        raise
    except Exception:
        logger.exception("request failed", path=request.path)
        return problem_response(Problem(500, "an error of ours; it is in the log"))


def _from_http(error: web.HTTPException, request: web.Request) -> Problem:
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return Problem(
            405, f"{request.method} is not allowed here, use {allowed}", headers={"Allow": allowed}
        )
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return Problem(413, "the body is larger than the limit")
    if isinstance(error, web.HTTPNotFound):
        return Problem(404, "there is nothing at this address; /openapi.json lists what there is")
    return Problem(error.status, error.reason)
