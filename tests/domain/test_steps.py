"""The rules of timing."""

from __future__ import annotations

from datetime import timedelta

from domain.steps import Policy


def test_the_pause_doubles_with_every_failure_up_to_the_cap() -> None:
    policy = Policy(retry_base=2.0, retry_cap=60.0)
    for attempts, ceiling in [(1, 2), (2, 4), (3, 8), (4, 16), (5, 32), (6, 60), (7, 60), (5000, 60)]:
        pause = policy.backoff(attempts, "r1")
        assert timedelta(seconds=ceiling / 2) <= pause < timedelta(seconds=ceiling)


def test_the_pause_is_the_same_whoever_computes_it_and_differs_between_replies() -> None:
    pauses = {Policy().backoff(3, f"r{n}") for n in range(50)}
    assert pauses == {Policy().backoff(3, f"r{n}") for n in range(50)}
    assert len(pauses) == 50


def test_a_customer_who_never_stops_typing_waits_ten_delays() -> None:
    assert Policy(reply_delay=timedelta(seconds=3)).longest_quiet == timedelta(seconds=30)
