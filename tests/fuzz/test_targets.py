"""G11: what reads others' bytes reads any bytes; a short round of what ``make fuzz`` does at length."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.findings import FINDINGS
from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS

FOUND = [
    pytest.param(target, data, id=f"{target}: {what}")
    for target, found in FINDINGS.items()
    for what, data in found.items()
]


@pytest.mark.parametrize("target", TARGETS)
def test_any_bytes_are_read_or_refused_in_words(target: str) -> None:
    @settings(
        max_examples=200,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
    )
    @given(mutated(SEEDS[target]))
    def holds(data: bytes) -> None:
        TARGETS[target](data)

    holds()


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_well_formed_is_read(target: str) -> None:
    for data in SEEDS[target]:
        TARGETS[target](data)


@pytest.mark.parametrize(("target", "data"), FOUND)
def test_what_was_found_once_is_not_found_again(target: str, data: bytes) -> None:
    TARGETS[target](data)


def test_every_target_has_seeds_and_every_finding_a_target() -> None:
    assert SEEDS.keys() == TARGETS.keys()
    assert FINDINGS.keys() <= TARGETS.keys()
