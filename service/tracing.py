"""Whether spans are told to anybody. Off, it costs one comparison with None, and nothing is imported."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import structlog

from service.storage.database import Database

if TYPE_CHECKING:
    from service.spans import Spans

ASKED_FOR_BY: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""OpenTelemetry's own variables; the exporter reads these and its others from the environment itself."""

logger = structlog.get_logger()


def begin(database: Database) -> Spans | None:
    """What makes spans of what happens; None where no collector is named, or the extra is not installed."""
    if not any(os.environ.get(name) for name in ASKED_FOR_BY):
        return None
    try:
        from service.spans import Spans  # noqa: PLC0415 # an extra, and slow to import
    except ModuleNotFoundError as missing:
        logger.warning("no traces: install the extra 'tracing'", missing=missing.name)
        return None
    return Spans.begin(database)
