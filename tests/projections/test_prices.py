"""Price tables: read exactly, refused with the place at fault, and what answers cost by them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.prices import ALWAYS, Cost, Price, PriceTable, Usage
from projections.projection import Rules
from projections.views import rules_from_json, rules_to_json
from service.prices import BadPrices, default_prices, load_prices, read_prices

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
ENTRY = 'model = "m"\ninput = 1.25\noutput = 10'


def table(*entries: str) -> str:
    return "\n".join(['currency = "EUR"', *(f"[[prices]]\n{entry}" for entry in entries)])


def test_prices_are_read_to_the_last_digit() -> None:
    text = table(f"{ENTRY}\ncached_input = 0.001\ncache_write = 0\nfrom = 2026-01-01")
    assert read_prices(text) == PriceTable((Price("m", NEW_YEAR, None, 1_250, 10_000, 1, 0),), "EUR")


def test_an_instant_counts_with_its_offset() -> None:
    text = table(f"{ENTRY}\nuntil = 2026-01-01T01:00:00+01:00", f"{ENTRY}\nfrom = 2026-01-01T00:00:00Z")
    earlier, later = read_prices(text).prices
    assert (earlier.since, earlier.until, later.since, later.until) == (ALWAYS, NEW_YEAR, NEW_YEAR, None)


def test_a_price_holds_from_its_beginning_until_its_end() -> None:
    prices = read_prices(
        table('model = "m"\ninput = 1\noutput = 1\nuntil = 2026-01-01', f"{ENTRY}\nfrom = 2026-01-01")
    )
    before, after = prices.prices
    assert prices.at("m", NEW_YEAR.replace(year=2025)) == before
    assert prices.at("m", NEW_YEAR) == after
    assert prices.at("another", NEW_YEAR) is None


def test_a_dated_snapshot_costs_what_its_model_does_unless_it_has_a_price() -> None:
    prices = read_prices(table(ENTRY, 'model = "m-2026-06-01"\ninput = 7\noutput = 7'))
    assert prices.at("m-2026-09-15", NEW_YEAR) == prices.at("m", NEW_YEAR)
    own = prices.at("m-2026-06-01", NEW_YEAR)
    assert own is not None
    assert own.input == 7_000
    assert prices.at("m-mini", NEW_YEAR) is None


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("currency", "", "not TOML"),
        (f"currency = {'9' * 5000}", "", "nobody can mean"),
        ('[[prices]]\nmodel = "m"', "currency", "three capital letters"),
        ('currency = "euro"', "currency", "three capital letters"),
        ('currency = "EUR"', "prices", "at least one"),
        ('currency = "EUR"\nprices = []', "prices", "at least one"),
        ('currency = "EUR"\nprices = 3', "prices", "at least one"),
        ('currency = "EUR"\nprice = 3', "price", "unknown; there are: currency, prices"),
        (table(ENTRY, f"{ENTRY}\ninputs = 3"), "prices[1].inputs", "unknown; there are: model, from, until"),
        (table("input = 1\noutput = 1"), "prices[0].model", "name of a model"),
        (table('model = " "\ninput = 1\noutput = 1'), "prices[0].model", "name of a model"),
        (table('model = "m"\ninput = 1'), "prices[0].output", "price of output of m is missing"),
        (table('model = "m"\ninput = -0.1\noutput = 1'), "prices[0].input", "-0.1 is not between 0"),
        (table('model = "m"\ninput = nan\noutput = 1'), "prices[0].input", "not between 0"),
        (table('model = "m"\ninput = 1e99\noutput = 1'), "prices[0].input", "not between 0"),
        (table('model = "m"\ninput = true\noutput = 1'), "prices[0].input", "a number is needed"),
        (table('model = "m"\ninput = "1"\noutput = 1'), "prices[0].input", "a number is needed"),
        (table(f"{ENTRY}\ncached_input = 0.0001"), "prices[0].cached_input", "more than three decimals"),
        (table(f'{ENTRY}\nfrom = "2026-01-01"'), "prices[0].from", "unquoted"),
        (table(f"{ENTRY}\nfrom = 2026-01-01T00:00:00"), "prices[0].from", "with its offset"),
        (table(f"{ENTRY}\nuntil = 0001-01-01T00:00:00+10:00"), "prices[0].until", "out of range"),
        (table(f"{ENTRY}\nfrom = 2026-01-01\nuntil = 2026-01-01"), "prices[0].until", "is not after from"),
        (table(ENTRY, f"{ENTRY}\nfrom = 2026-01-01"), "prices[1].from", "overlaps with prices[0], also of m"),
        (
            table(f"{ENTRY}\nfrom = 2025-01-01", f"{ENTRY}\nuntil = 2025-01-02"),
            "prices[0].from",
            "overlaps with prices[1]",
        ),
        (
            table(f"{ENTRY}\nuntil = 2026-01-01", f"{ENTRY}\nfrom = 2026-01-02"),
            "prices[1].from",
            "m has no price from 2026-01-01T00:00:00+00:00 until 2026-01-02",
        ),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_used_is_refused_with_the_place_at_fault(
    text: str, field: str, words: str
) -> None:
    with pytest.raises(BadPrices) as refused:
        read_prices(text)
    assert refused.value.field == field
    assert field in str(refused.value)
    assert words in str(refused.value)


@given(st.text())
def test_any_text_is_a_table_or_is_refused(text: str) -> None:
    with pytest.raises(BadPrices):
        read_prices(text)


def test_a_file_is_read_and_one_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(table(ENTRY))
    assert load_prices(path) == read_prices(table(ENTRY))
    path.write_bytes(b"\xff")
    with pytest.raises(BadPrices, match="not UTF-8"):
        load_prices(path)


def test_the_default_model_has_a_price() -> None:
    price = default_prices().at("gpt-6-luna-2026-09-15", NEW_YEAR)
    assert price is not None
    assert (price.input, price.cached_input, price.cache_write, price.output) == (100, 10, 125, 500)


def test_a_view_keeps_its_prices_as_they_are() -> None:
    rules = Rules(prices=default_prices())
    assert rules_from_json(rules_to_json(rules)) == rules


FULL = Price("m", input=100, output=500, cached_input=10, cache_write=125)


def test_every_share_of_the_input_costs_its_own_price() -> None:
    cost = FULL.cost(Usage(input=1_000, output=50, cached=700, written=200))
    assert cost == Cost(100 * 100 + 700 * 10 + 200 * 125 + 50 * 500, exact=True, avoided=700 * 90)


@pytest.mark.parametrize(
    ("price", "usage"),
    [
        (FULL, Usage(1_000, 50, None, 0)),
        (FULL, Usage(1_000, 50, 700, None)),
        (Price("m", input=100, output=500, cache_write=125), Usage(1_000, 50, 700, 0)),
        (Price("m", input=100, output=500, cached_input=10), Usage(1_000, 50, 700, 200)),
    ],
    ids=["cached share", "written share", "price of the cached", "price of the written"],
)
def test_where_a_share_or_its_price_is_not_known_the_cost_is_an_estimate(price: Price, usage: Usage) -> None:
    assert price.cost(usage) == Cost(1_000 * 100 + 50 * 500, exact=False)


def test_where_nothing_was_written_to_the_cache_its_price_does_not_matter() -> None:
    price = Price("m", input=100, output=500, cached_input=10)
    assert price.cost(Usage(1_000, 50, 700, 0)).exact
    assert price.cost(Usage(1_000, 50, 700)).exact
