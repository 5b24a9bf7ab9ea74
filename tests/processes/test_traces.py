"""A message is one trace from its delivery to the receipt of its answer, over processes."""

from __future__ import annotations

import asyncio
import gzip
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from bench.processes import ACCOUNTS, ROOT, Running, running, speaker
from service.sandbox.faults import Refuse, Rule
from service.spans import root_of, trace_of

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]

WHATSAPP = ACCOUNTS[0]
OF_A_MESSAGE = {"webhook delivery", "intake", "thread bind", "draft", "send", "receipt"}


@dataclass
class Collector:
    """Takes spans over OTLP/HTTP, as a collector does."""

    bodies: list[bytes] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()  # aiohttp has undone a Content-Encoding
        body = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        self.bodies.append(body)
        told = ExportTraceServiceRequest.FromString(body)
        for resource in told.resource_spans:
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)
        answer = ExportTraceServiceResponse().SerializeToString()
        return web.Response(body=answer, content_type="application/x-protobuf")

    def by_trace(self) -> dict[int, list[Span]]:
        traces = defaultdict(list)
        for span in self.spans:
            traces[int.from_bytes(span.trace_id)].append(span)
        return traces


@pytest.fixture
async def collector(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    taking = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", taking.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{runner.addresses[0][1]}")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    yield taking
    await runner.cleanup()


async def trace_with(collector: Collector, trace_id: int, names: set[str]) -> list[Span]:
    """The spans of a trace, once there are some of all these names."""
    async with asyncio.timeout(30):
        while not names <= {span.name for span in collector.by_trace().get(trace_id, ())}:
            await asyncio.sleep(0.05)
    return collector.by_trace()[trace_id]


async def said(world: Running, name: str, text: str) -> int:
    message_id, _ = await world.meta.say(speaker(WHATSAPP, name), text)
    return trace_of("whatsapp", WHATSAPP.account_id, message_id)


async def test_one_trace_leads_from_the_webhook_to_the_receipt_and_names_nobody(collector: Collector) -> None:
    async with running() as world:
        trace_id = await said(world, "491511111111", "My name is Unmistakable")
        spans = await trace_with(collector, trace_id, OF_A_MESSAGE)
        by_name = {span.name: span for span in spans}
        root = by_name["webhook delivery"]
        assert int.from_bytes(root.span_id) == root_of(trace_id)
        assert not root.parent_span_id
        assert {span.parent_span_id for span in spans if span is not root} == {root.span_id}
        assert all(0 < span.start_time_unix_nano <= span.end_time_unix_nano for span in spans)
        attributes = {one.key: one.value for one in by_name["draft"].attributes}
        assert attributes["gen_ai.request.model"].string_value == "gpt-6-luna"
        assert attributes["gen_ai.usage.input_tokens"].int_value > 0
        batches = [span for span in collector.spans if span.name == "intake batch"]
        assert any(int.from_bytes(link.trace_id) == trace_id for span in batches for link in span.links)
        assert await world.stop() == 0
        bodies = b"".join(collector.bodies)
        for personal in (b"491511111111", b"Unmistakable", b"wamid.", b"conv_"):
            assert personal not in bodies


async def test_a_trace_goes_on_in_another_process_after_a_kill(collector: Collector) -> None:
    async with running() as world:
        refusing = Rule("responses.create", Refuse(503))
        world.openai.faults.add(refusing)
        trace_id = await said(world, "491511111111", "hello")
        spans = await trace_with(collector, trace_id, {"intake", "draft"})
        failed = next(span for span in spans if span.name == "draft")
        assert failed.status.code == Status.STATUS_CODE_ERROR
        world.kill()
        world.openai.faults.clear()
        world.start()
        await world.until_ready()
        await trace_with(collector, trace_id, OF_A_MESSAGE)


async def test_a_collector_that_is_away_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    async with running() as world:
        await said(world, "491511111111", "hello")
        await world.until_rest()
        began = asyncio.get_running_loop().time()
        assert await world.stop() == 0
        assert asyncio.get_running_loop().time() - began < 10
        assert "Traceback" not in world.logs[-1].read_text()


def test_nothing_of_it_is_imported_where_no_collector_is_named() -> None:
    code = (
        "import sys, service.cli, service.app, service.tracing\n"
        "assert service.tracing.begin(None) is None\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    output = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, env=environment, text=True)
    assert output.strip() == "[]"
