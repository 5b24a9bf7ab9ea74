"""What tokens cost: prices by model and time, so that history can be priced again.

Standard prices by the token only. Not in it: the higher price of a request that reads more than 272,000
tokens, the longer of the two lives that a cache may be written for, other tiers and regions, and tools.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

BILLION = 1_000_000_000
"""Money is in whole billionths of the currency, so that sums of parts are totals to the last digit."""

ALWAYS: Final = datetime.min.replace(tzinfo=UTC)

SNAPSHOT: Final = re.compile(r"-\d{4}-\d{2}-\d{2}$")
"""How a dated snapshot's name ends. Answers name the snapshot, price lists the model."""


class Usage(NamedTuple):
    """Tokens of one answer; None where a share of the input is not known."""

    input: int
    """Everything the model read, the shares below included."""
    output: int
    cached: int | None = None
    """Read from the cache."""
    written: int | None = None
    """Written to the cache."""


class Cost(NamedTuple):
    """In whole billionths. ``avoided``: what it would have been more had nothing come from the cache."""

    billionths: int
    exact: bool
    avoided: int = 0


@dataclass(frozen=True, slots=True)
class Price:
    """What one model costs from an instant until another (half-open; None: without end).

    Prices are whole billionths of the currency for one token: 1.25 for a million tokens are 1,250.
    ``cached_input`` None: cached tokens cost what others do, and such a cost is an estimate. ``cache_write``
    None: so do tokens written to the cache, and it is an estimate where there are any.
    """

    model: str
    since: datetime = ALWAYS
    until: datetime | None = None
    input: int = 0
    output: int = 0
    cached_input: int | None = None
    cache_write: int | None = None

    def cost(self, usage: Usage) -> Cost:
        """What an answer cost: exact where every share of the input and its price are known, else an estimate
        with all of the input at the full price."""
        full = usage.input * self.input + usage.output * self.output
        saved, surcharge = self._saved(usage.cached), self._surcharge(usage.written)
        if saved is None or surcharge is None:
            return Cost(full, exact=False)
        return Cost(full - saved + surcharge, exact=True, avoided=saved)

    def _saved(self, cached: int | None) -> int | None:
        """What reading from the cache made less of the full price."""
        if cached is None or self.cached_input is None:
            return None
        return cached * (self.input - self.cached_input)

    def _surcharge(self, written: int | None) -> int | None:
        """What writing to the cache added to it."""
        if self.cache_write is None:
            return None if written else 0
        return None if written is None else written * (self.cache_write - self.input)


@dataclass(frozen=True, slots=True)
class PriceTable:
    """The prices of a view. Of one model no two overlap, and no instant between them is left out."""

    prices: tuple[Price, ...] = ()
    currency: str = "USD"

    def at(self, model: str, instant: datetime) -> Price | None:
        """The price of a model at an instant; of a dated snapshot that has none, its model's. None where it
        is not known."""
        found = self._at(model, instant)
        if found is None and SNAPSHOT.search(model):
            found = self._at(SNAPSHOT.sub("", model), instant)
        return found

    def _at(self, model: str, instant: datetime) -> Price | None:
        for price in self.prices:
            if (
                price.model == model
                and price.since <= instant
                and (price.until is None or instant < price.until)
            ):
                return price
        return None
