"""Numbers cut to three digits, and percentiles of them."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.measures import Measure, percentile, rounded_ms


@pytest.mark.parametrize(
    ("number", "cut"),
    [(0, "0"), (7, "7"), (999, "999"), (1_000, "1000"), (1_234, "1230"), (1_239, "1230"), (98_765, "98700")],
)
def test_a_number_is_cut_to_three_digits(number: int, cut: str) -> None:
    assert rounded_ms(number) == cut


@given(st.integers(0, 10**15))
def test_a_cut_number_is_less_than_one_per_cent_below(number: int) -> None:
    assert 0 <= number - int(rounded_ms(number)) <= number / 100


@given(st.lists(st.integers(0, 999), min_size=1), st.integers(1, 100))
def test_a_percentile_is_the_number_at_the_nearest_rank(numbers: list[int], percent: int) -> None:
    histogram = {str(number): numbers.count(number) for number in numbers} | {"1000": 0}
    assert percentile(histogram, percent) == sorted(numbers)[ceil(percent * len(numbers) / 100) - 1]


def test_there_is_no_percentile_of_nothing() -> None:
    assert percentile({}, 50) is None
    assert percentile({"5": 0}, 50) is None


def test_every_measure_says_what_it_counts() -> None:
    for measure in Measure:
        assert measure.meaning.endswith(".")
        assert measure.at
        assert measure.dim
        assert measure.amount
