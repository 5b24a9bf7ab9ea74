"""What the model did for a reply, and what that cost."""

from __future__ import annotations

from projections.facts import Facts, amounted, named
from projections.measures import Measure, rounded_ms
from projections.prices import PriceTable, Usage
from projections.projection import RecordedEvent


def drafted(event: RecordedEvent, facts: Facts, prices: PriceTable) -> None:
    """An answer of the model's."""
    fields, version, at = event.fields, event.version, event.recorded_at
    model = named(fields.model)
    took = amounted(fields.latency_ms)
    facts.put(Measure.MODEL_CALL, version, at, model, took)
    if fields.latency_ms is not None:
        facts.put(Measure.MODEL_LATENCY, version, at, rounded_ms(took), took)
    for measure, tokens in (
        (Measure.TOKENS_INPUT, fields.input_tokens),
        (Measure.TOKENS_CACHED, fields.cached_tokens),
        (Measure.TOKENS_OUTPUT, fields.output_tokens),
        (Measure.TOKENS_REASONING, fields.reasoning_tokens),
    ):
        if tokens is not None:
            facts.put(measure, version, at, model, amounted(tokens))
    _cost(event, facts, prices, model)


def _cost(event: RecordedEvent, facts: Facts, prices: PriceTable, model: str) -> None:
    fields, version, at = event.fields, event.version, event.recorded_at
    price = prices.at(fields.model, at) if fields.model else None
    if price is None or fields.input_tokens is None or fields.output_tokens is None:
        facts.put(Measure.COST_UNKNOWN, version, at, model)
        return
    cost = price.cost(
        Usage(fields.input_tokens, fields.output_tokens, fields.cached_tokens, fields.cache_write_tokens)
    )
    measure = Measure.COST_EXACT if cost.exact else Measure.COST_ESTIMATED
    facts.put(measure, version, at, model, amounted(cost.billionths))
    if cost.exact:
        facts.put(Measure.COST_AVOIDED, version, at, model, amounted(cost.avoided))
