"""What the model did, and what that cost."""

from __future__ import annotations

from typing import Any

import pytest

from projections.measures import Measure
from projections.prices import Price, PriceTable
from projections.projection import Rules
from tests.domain.story import NOON, Story
from tests.projections.counting import Counted, counted

PRICES = PriceTable((Price("m", input=100, output=500, cached_input=10), Price("n", input=7, output=9)))
USAGE = {"input_tokens": 1000, "cached_tokens": 800, "output_tokens": 50}


def drafted(**fields: Any) -> Counted:
    return counted(Story().says().asked().drafted(**fields).facts, Rules(prices=PRICES))


def test_an_answer_counts_with_its_model_its_time_and_its_tokens() -> None:
    found = drafted(model="m", latency_ms=1_234, reasoning_tokens=20, **USAGE)
    assert found.facts(Measure.MODEL_CALL) == [(4, "m", NOON, 1_234)]
    assert found.facts(Measure.MODEL_LATENCY) == [(4, "1230", NOON, 1_234)]
    assert found.facts(Measure.TOKENS_INPUT) == [(4, "m", NOON, 1_000)]
    assert found.facts(Measure.TOKENS_CACHED) == [(4, "m", NOON, 800)]
    assert found.facts(Measure.TOKENS_OUTPUT) == [(4, "m", NOON, 50)]
    assert found.facts(Measure.TOKENS_REASONING) == [(4, "m", NOON, 20)]


def test_what_is_not_known_of_an_answer_is_not_made_up() -> None:
    found = drafted()
    assert found.facts(Measure.MODEL_CALL) == [(4, "unknown", NOON, 0)]
    assert not found.facts(Measure.MODEL_LATENCY)
    assert not found.facts(Measure.TOKENS_INPUT)


def test_a_cost_is_exact_where_everything_is_known_and_says_what_the_cache_spared() -> None:
    found = drafted(model="m", **USAGE)
    assert found.facts(Measure.COST_EXACT) == [(4, "m", NOON, 200 * 100 + 800 * 10 + 50 * 500)]
    assert found.facts(Measure.COST_AVOIDED) == [(4, "m", NOON, 800 * 90)]
    assert not found.facts(Measure.COST_ESTIMATED)
    assert not found.facts(Measure.COST_UNKNOWN)


@pytest.mark.parametrize(("model", "cached", "cost"), [("n", 800, 7_450), ("m", None, 125_000)])
def test_a_cost_without_the_cached_share_or_its_price_is_an_estimate_at_the_full_price(
    model: str, cached: int | None, cost: int
) -> None:
    found = drafted(model=model, **{**USAGE, "cached_tokens": cached})
    assert found.facts(Measure.COST_ESTIMATED) == [(4, model, NOON, cost)]
    assert not found.facts(Measure.COST_EXACT)
    assert not found.facts(Measure.COST_AVOIDED)


@pytest.mark.parametrize(
    ("fields", "model"),
    [
        ({}, "unknown"),
        ({"model": "m"}, "m"),
        ({"model": "m", "input_tokens": 5}, "m"),
        ({"model": "new", **USAGE}, "new"),
    ],
)
def test_a_cost_without_model_tokens_or_price_is_unknown(fields: dict[str, Any], model: str) -> None:
    assert drafted(**fields).facts(Measure.COST_UNKNOWN) == [(4, model, NOON, 0)]


def test_nonsense_for_a_number_stays_within_what_a_column_holds() -> None:
    found = drafted(model="m", latency_ms=-5, **{**USAGE, "input_tokens": 2**60})
    assert found.amounts(Measure.TOKENS_INPUT) == found.amounts(Measure.COST_EXACT) == [10**15]
    assert found.dims(Measure.MODEL_LATENCY) == ["0"]


def test_attempts_and_functions_count_by_what_they_were() -> None:
    story = Story().says().asked()
    story.c.call_tool("r1", story.now, call_id="c1", name="stock", arguments="{}")
    story.c.return_tool("r1", story.now, call_id="c1", output="3", latency_ms=5)
    story.c.call_tool("r1", story.now, call_id="c2", name="stock", arguments="{}")
    story.c.return_tool("r1", story.now, call_id="c2", output="", failed=True)
    story.failed(code="rate_limited")
    found = counted(story.facts)
    assert found.dims(Measure.TOOL_CALL) == ["stock", "stock"]
    assert found.dims(Measure.TOOL_ERROR) == ["failed"]
    assert found.dims(Measure.MODEL_ERROR) == ["rate_limited"]
    assert not found.facts(Measure.MODEL_CALL)
