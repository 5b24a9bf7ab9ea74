"""What tokens cost here: one model got cheaper, one has no price for its cached share, others none at all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from projections import prices
from tests.projections.oracle.naive import Price

CHEAPER: Final = datetime(2026, 11, 1, tzinfo=UTC)


def price_of(model: str, at: datetime) -> Price | None:
    if model == "gpt-6-luna":
        return Price(1_250, 10_000, 125) if at < CHEAPER else Price(1_000, 8_000, 100)
    return Price(5_000, 40_000, None) if model == "gpt-6-sol" else None


def price_table() -> prices.PriceTable:
    """The same for the service."""
    return prices.PriceTable(
        (
            prices.Price("gpt-6-luna", until=CHEAPER, input=1_250, output=10_000, cached_input=125),
            prices.Price("gpt-6-luna", since=CHEAPER, input=1_000, output=8_000, cached_input=100),
            prices.Price("gpt-6-sol", input=5_000, output=40_000),
        )
    )
