"""The description is of what is served, all of it and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from domain.events import EVENT_TYPES
from service.web.parameters import CHANNEL, CURSOR, LIMIT
from service.web.server import build_app
from tests.web.conftest import Api


async def described(api: Api) -> Any:
    answer = await api.send("/openapi.json")
    assert answer.headers["Content-Type"].startswith("application/json")
    return answer.json


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


async def test_every_route_is_described_and_every_description_is_of_a_route(api: Api) -> None:
    routes = {
        (route.method, route.resource.canonical)
        for route in build_app(api.service).router.routes()
        if isinstance(route.resource, web.Resource)
    }
    assert routes == {(method, path) for method, path, _ in operations(await described(api))}
    assert ("GET", "/api/v1/conversations/{id}/timeline") in routes


async def test_every_reference_leads_somewhere_and_every_schema_is_used(api: Api) -> None:
    document = await described(api)
    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) == schemas


async def test_every_operation_has_a_name_of_its_own_and_tells_its_problems(api: Api) -> None:
    names = []
    for _, path, operation in operations(await described(api)):
        names.append(operation["operationId"])
        responses = operation["responses"]
        assert {"200", "201", "202"} & responses.keys()
        problems = {status for status, response in responses.items()
                    if "application/problem+json" in response["content"]}  # fmt: skip
        assert "default" in problems
        protected = path.startswith("/api/") or path in {"/console/session", "/console/sign-out"}
        assert bool(operation["security"]) == protected
        assert not protected or {"400", "401", "403", "429", "503"} <= problems
        in_path = [p["name"] for p in operation["parameters"] if p["in"] == "path"]
        assert in_path == re.findall(r"\{(\w+)\}", path)
        assert not in_path or "404" in problems
    assert len(names) == len(set(names))


async def test_parameters_are_described_with_the_limits_that_they_are_checked_by(api: Api) -> None:
    document = await described(api)
    timeline = document["paths"]["/api/v1/conversations/{id}/timeline"]["get"]["parameters"]
    by_name = {parameter["name"]: parameter for parameter in timeline}
    assert by_name["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}
    assert by_name["order"]["schema"]["enum"] == ["asc", "desc"]
    assert by_name["kinds"]["schema"]["items"]["enum"] == sorted(EVENT_TYPES)
    assert (by_name["kinds"]["style"], by_name["kinds"]["explode"]) == ("form", False)
    assert by_name["as_of"]["schema"]["format"] == "date-time"
    sessions = {p["name"]: p for p in document["paths"]["/api/v1/sessions"]["get"]["parameters"]}
    assert sessions["status"]["schema"] == {
        "type": "string",
        "enum": ["active", "expired", "all"],
        "default": "active",
    }
    for parameter in (CHANNEL, LIMIT, CURSOR):
        assert sessions[parameter.name]["description"] == parameter.description


async def test_what_is_needed_is_said_to_be_needed_and_refused_where_it_is_missing(api: Api) -> None:
    document = await described(api)
    needed = set()
    for method, path, operation in operations(document):
        needed |= {(method, path, p["name"]) for p in operation["parameters"]
                   if p["in"] == "query" and p["required"]}  # fmt: skip
    assert {("GET", "/api/v1/search", "q"), ("GET", "/api/v1/projections/{name}/diff", "b")} <= needed
    refused = await api.ask("/api/v1/search")
    assert (refused.status, refused.json["field"]) == (400, "q")


async def test_every_media_type_and_every_status_of_an_answer_is_described(api: Api) -> None:
    paths = (await described(api))["paths"]
    export = paths["/api/v1/export/{what}"]["get"]["responses"]["200"]["content"]
    assert export.keys() == {"application/x-ndjson", "text/csv"}
    promote = paths["/api/v1/projections/{name}/promote"]["post"]["responses"]
    assert {"200", "202", "404", "409"} <= promote.keys()
    assert "GET /api/v1/projections" in promote["202"]["description"]
    assert "404" in paths["/api/v1/sessions"]["get"]["responses"]


async def test_every_type_of_event_is_described_with_what_is_personal_left_out_after_an_erasure(
    api: Api,
) -> None:
    document = await described(api)
    schemas = document["components"]["schemas"]
    assert set(EVENT_TYPES) <= set(schemas)
    received = schemas["MessageReceived"]
    assert {"message_id", "kind", "text", "sent_at", "attachments"} <= set(received["properties"])
    assert {"kind", "sent_at", "version", "type", "recorded_at"} <= set(received["required"])
    assert not {"message_id", "text", "attachments"} & set(received["required"])
    assert received["properties"]["recorded_at"] == {"type": "string", "format": "date-time"}
    assert schemas["Problem"]["required"] == ["type", "title", "status", "detail"]
    assert document["openapi"].startswith("3.1")
