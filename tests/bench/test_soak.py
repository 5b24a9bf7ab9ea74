"""The parts of the soak that can be wrong. How steady anything is, is not tested."""

from __future__ import annotations

from array import array
from dataclasses import replace

import pytest

from bench import soak
from bench.load import Outcome
from bench.soak import Look, Soaked

HOUR = 3_600.0


def soaked(memory: float = 0.0, slower: float = 1.0) -> Soaked:
    """An hour of 10 messages a second that take 1 ms; in the last quarter ``slower`` times as long.
    ``memory`` is what comes to 100 MiB in that hour."""
    moments = array("d", (n / 10 for n in range(36_000)))
    latencies = array("d", (0.001 * (slower if at >= 2_700 else 1.0) for at in moments))
    looks = [
        Look(at, round(at * 10), 100 + memory * at / HOUR, dead=0, live=1, size=1.0)
        for at in (n * HOUR / 200 for n in range(201))
    ]
    outcome = Outcome(acknowledged=36_000, seconds=HOUR, latencies=latencies, moments=moments)
    return Soaked(outcome, looks, looks[-1], behind=0)


def test_an_even_hour_ends_as_it_began() -> None:
    even = soaked()
    assert even.quarter(4) == (2_700, 3_600)
    assert even.rate(1) == pytest.approx(10)
    assert even.rate(4) == pytest.approx(10)
    assert even.p99(4) == even.p99(1) == 0.001
    assert even.growth() == pytest.approx(0)


def test_what_becomes_slower_is_seen_in_the_last_quarter() -> None:
    assert soaked(slower=3).p99(4) / soaked(slower=3).p99(1) == pytest.approx(3)


def test_memory_that_grows_is_told_as_a_share_of_itself_in_an_hour() -> None:
    assert soaked(memory=10).growth() == pytest.approx(10 / 106.25, rel=0.01)


@pytest.mark.processes
async def test_a_soak_finds_every_message_again_and_nothing_dead_when_the_snapshot_is_gone() -> None:
    options = replace(soak.QUICK, seconds=6, senders=20, rate=20)
    result = await soak.measure(options, lambda _line: None)
    assert result.violations == []
    assert len(result.ratios) == 5
    assert result.figures["messages acknowledged"] > 0
    assert result.figures["dead rows, the snapshot held"] > result.figures["dead rows, the snapshot gone"]
