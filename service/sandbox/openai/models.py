"""The models that ``GET /v1/models`` knows, with the dates on which they end.

https://developers.openai.com/api/docs/deprecations
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Model:
    """``snapshot`` is what responses name; ``samples`` whether it takes ``temperature`` and the like."""

    name: str
    created: int
    snapshot: str | None = None
    shutdown_date: str | None = None
    samples: bool = False

    @property
    def resolved(self) -> str:
        return self.snapshot or self.name

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.name,
            "object": "model",
            "created": self.created,
            "owned_by": "system",
            "shutdown_date": self.shutdown_date,
        }


MODELS = {
    model.name: model
    for model in (
        Model("gpt-6-luna", 1788220800),
        Model("gpt-6-sol", 1788220800),
        Model("gpt-6.1-terra", 1790035200),
        Model("gpt-6.1-sol", 1790035200),
        Model("gpt-5.6-luna", 1780272000),
        Model("gpt-5.6-terra", 1780272000),
        Model("gpt-5.6-sol", 1780272000),
        Model("gpt-5.5", 1776902400, "gpt-5.5-2026-04-23"),
        Model("gpt-5.4-nano", 1773705600, "gpt-5.4-nano-2026-03-17", "2027-04-01"),
        Model("gpt-5.1", 1762992000, "gpt-5.1-2025-11-13", "2027-04-01"),
        Model("gpt-5", 1754524800, "gpt-5-2025-08-07", "2026-12-11"),
        Model("gpt-4.1", 1744588800, "gpt-4.1-2025-04-14", "2027-01-14", samples=True),
        Model("gpt-4.1-mini", 1744588800, "gpt-4.1-mini-2025-04-14", "2027-01-14", samples=True),
        Model("gpt-4o", 1722902400, "gpt-4o-2024-08-06", "2027-01-14", samples=True),
        Model("gpt-4o-mini", 1721260800, "gpt-4o-mini-2024-07-18", "2027-01-14", samples=True),
    )
}
"""The retired ones are missing on purpose: asking for them is ``model_not_found``."""

_BY_SNAPSHOT = {model.snapshot: model for model in MODELS.values() if model.snapshot}


def find_model(name: str) -> Model | None:
    """The model of an alias or of a dated snapshot."""
    return MODELS.get(name) or _BY_SNAPSHOT.get(name)
