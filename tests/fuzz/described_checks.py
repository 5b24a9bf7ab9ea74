"""Hooks of schemathesis: what the description of a service with data in it cannot say by itself.

Loaded by the name in ``SCHEMATHESIS_HOOKS``. ``ONETHREAD_FUZZ_IDS`` has the ids that there are,
``ONETHREAD_FUZZ_SECRET`` what deliveries are signed with.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any, Final
from zoneinfo import available_timezones

import schemathesis
from hypothesis import strategies as st
from requests import PreparedRequest

from service.channels.signature import HEADER, sign

IDS: Final[list[str]] = json.loads(os.environ["ONETHREAD_FUZZ_IDS"])
SECRET: Final = os.environ["ONETHREAD_FUZZ_SECRET"].encode()

ANYWHERE: Final = frozenset({"cursor", "view"})
"""A cursor is taken where an earlier answer gave it, with the same parameters; a view where there is one by
that name. A schema can say neither."""

TOGETHER: Final = frozenset(
    {
        ("getConversation", "version"),  # not together with as_of
        ("getTimeline", "kinds"),  # not together with fold
        ("getReport", "limit"),  # some reports have no pages
        ("getReport", "bucket"),  # some reports have none, and a long range has too many small ones
        ("explainNumber", "bucket"),
        ("getReport", "from"),  # not after to; and not before there were computers to send anything
        ("explainNumber", "from"),
        ("getReport", "to"),
        ("explainNumber", "to"),
        ("search", "from"),
        ("export", "from"),
        ("export", "report"),  # of analytics alone, and needed there
        ("export", "bucket"),
        ("export", "tz"),
        ("export", "to"),
        ("export", "conversation"),
        ("explainNumber", "cell"),  # which numbers there are depends on the report
        ("compareViews", "a"),  # as view
        ("compareViews", "b"),
        ("linkConversation", "customer_id"),  # somebody there is
        ("rebuildProjection", "language"),  # not every projection has every rule
        ("rebuildProjection", "session_hours"),
        ("rebuildProjection", "as_of"),  # in the past
        ("rebuildProjection", "prices"),  # TOML
        ("rebuildProjection", "promote"),  # not together with as_of
        ("rebuildProjection", "into"),  # not a name that is taken
        ("listSessions", "as_of"),  # not together with a view
    }
)
"""What is refused for what else is asked, or for what there is."""

schemathesis.openapi.format("uuid", st.sampled_from(IDS) | st.uuids().map(str))
schemathesis.openapi.format("time-zone", st.sampled_from(sorted(available_timezones())))


@schemathesis.check
def every_status_is_told(_ctx: Any, response: Any, case: Any) -> None:
    """``default`` is for what stands between us and the client; we ourselves answer what is listed."""
    if case.method.upper() != case.operation.method.upper():  # a method that there is not
        return
    told = case.operation.definition.raw["responses"]
    assert str(response.status_code) in told, f"{response.status_code} is not among {', '.join(told)}"


@schemathesis.check
def what_is_well_formed_is_taken(ctx: Any, response: Any, case: Any) -> None:
    """``positive_data_acceptance``, but for what no schema can say."""
    if response.status_code == 400 and case.meta is not None and case.meta.generation.mode.is_positive:
        field = response.json()["field"]
        name = case.operation.definition.raw["operationId"]
        if field in ANYWHERE or (name, field) in TOGETHER:
            return
    schemathesis.checks.CHECKS.get_one("positive_data_acceptance")(ctx, response, case)


@schemathesis.check
def what_is_malformed_is_refused(ctx: Any, response: Any, case: Any) -> None:
    """``negative_data_rejection``, but for what is signed: of that, nothing is dropped for being strange."""
    if case.operation.path.startswith("/webhooks/") and response.status_code == 200:
        return
    schemathesis.checks.CHECKS.get_one("negative_data_rejection")(ctx, response, case)


@schemathesis.check
def a_problem_is_one(_ctx: Any, response: Any, case: Any) -> None:
    """Every refusal says in words what to do, and where it is about the request, with which field."""
    if response.status_code < 400 or case.method.upper() == "HEAD" or case.path == "/health":
        return
    assert response.headers["content-type"][0].startswith("application/problem+json")
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["detail"]
    assert response.status_code != 400 or isinstance(problem["field"], str)
    assert "Traceback" not in response.text


class Signed:
    """Signs what is sent, unless it is to go without a signature or with a wrong one."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        given = request.headers.get(HEADER)
        if isinstance(given, bytes):
            given = given.decode("latin-1")
        if given is not None and re.fullmatch("sha256=[0-9a-f]{64}", given):
            body = request.body or b""
            request.headers[HEADER] = sign(SECRET, body.encode() if isinstance(body, str) else body)
        return request


@schemathesis.hook
def before_call(_context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    if case.operation.path.startswith("/webhooks/"):
        kwargs["auth"] = Signed()
