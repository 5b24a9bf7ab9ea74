"""G4: any JSON that Meta could sign is taken, and every update of it ends somewhere: the count balances."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.deliveries import ODD_BODIES, any_body, balances, odd_deliveries, written
from tests.fuzz.served import Served

# The service, in a thread of this process, draws jitter while a strategy draws, and is taken for it.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning"
)

QUIETLY = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example, HealthCheck.data_too_large],
)


@QUIETLY
@given(st.lists(any_body(), min_size=1, max_size=8))
def test_whatever_is_signed_is_acknowledged_and_all_of_it_is_on_record(
    there: Served, bodies: list[bytes]
) -> None:
    balances(there, bodies)


@QUIETLY
@given(st.lists(odd_deliveries(), min_size=1, max_size=8))
def test_real_envelopes_with_impossible_values_are_on_record(there: Served, bodies: list[Any]) -> None:
    balances(there, [*map(written, bodies)])


@pytest.mark.parametrize("name", ODD_BODIES)
def test_odd_encodings_are_on_record(there: Served, name: str) -> None:
    balances(there, [ODD_BODIES[name], ODD_BODIES[name]])
