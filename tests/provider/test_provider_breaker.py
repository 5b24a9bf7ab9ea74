"""An outage burns one probe at a time, and its end is noticed. Time is a number that the tests count up."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.breaker import Breaker, BreakerStatus
from service.provider import (
    ContextExceeded,
    CursorGone,
    ItemGone,
    NoConversations,
    OutcomeUnknown,
    ProviderBusy,
    QuotaExhausted,
    Rejected,
    ThreadGone,
    ThreadLocked,
    ThreadPoisoned,
    Unreachable,
)

COUNTING = [
    ProviderBusy("busy", 503),
    OutcomeUnknown("timeout"),
    Unreachable("not_connected"),
    QuotaExhausted("credit_balance_exhausted", 429),
    Rejected("invalid_api_key", 401),
]
ANSWERS = [
    ThreadGone("thread_gone", 404),
    ThreadLocked("conversation_locked", 400),
    ThreadPoisoned("tool_output_missing", 400, ("call_1",)),
    ContextExceeded("context_length_exceeded", 400),
    CursorGone("cursor_gone", 404),
    ItemGone("item_gone", 404),
    Rejected("unknown_parameter", 400),
    Rejected("not_allowed", 403),
    NoConversations("no_conversations", 404),
]
BUSY = COUNTING[0]
THRESHOLD = 5
FIRST, LONGEST = 1.0, 60.0
PROBE_PATIENCE = 30.0

draws = st.floats(0, 1)
gaps = st.floats(0, 200)
instants = st.floats(0, 1e7)


ROUNDING = 1e-6


def opened(now: float = 0.0, fault=BUSY, draw: float = 0.5) -> Breaker:
    breaker = Breaker(draw=lambda: draw)
    for _ in range(THRESHOLD):
        breaker.fault(fault, now)
    return breaker


@given(instants, st.lists(st.sampled_from(COUNTING), min_size=THRESHOLD, max_size=THRESHOLD))
def test_it_opens_with_the_last_of_enough_faults_in_a_row(now, faults):
    breaker = Breaker()
    for fault in faults:
        assert breaker.allows(now)
        assert breaker.wait(now) == 0
        breaker.fault(fault, now)

    assert not breaker.allows(now)
    assert breaker.wait(now) > 0
    assert breaker.status(now) == BreakerStatus("open", 0.0, faults[-1].code, 0)


@given(st.lists(st.sampled_from(ANSWERS), max_size=50))
def test_faults_that_are_about_one_thread_or_request_never_open_it(faults):
    breaker = Breaker()
    for fault in faults:
        breaker.fault(fault, 0.0)

    assert breaker.allows(0.0)
    assert breaker.status(0.0) == BreakerStatus("closed", 0.0, None, 0)


@given(st.lists(st.one_of(st.none(), st.sampled_from(COUNTING + ANSWERS)), max_size=60))
def test_while_it_is_closed_only_faults_in_a_row_count(outcomes):
    breaker, in_a_row = Breaker(), 0
    for outcome in outcomes:
        if outcome is None:
            breaker.success(0.0)
        else:
            breaker.fault(outcome, 0.0)
        in_a_row = in_a_row + 1 if outcome in COUNTING else 0
        if in_a_row == THRESHOLD:
            break

    assert breaker.allows(0.0) == (in_a_row < THRESHOLD)


@given(st.lists(gaps, min_size=50, max_size=300), draws)
def test_an_outage_burns_one_probe_a_pause_however_many_ask(askings, draw):
    breaker, now, probes = opened(draw=draw), 0.0, [0.0]
    for gap in askings:
        now += gap
        if breaker.allows(now):
            assert not breaker.allows(now)
            probes.append(now)
            breaker.fault(BUSY, now)
            assert not breaker.allows(now)

    for number, (earlier, later) in enumerate(pairwise(probes)):
        assert later - earlier >= min(FIRST * 2**number, LONGEST) * 0.75 - 1e-6
    assert breaker.status(now).probes == len(probes) - 1


@given(draws, st.integers(0, 40))
def test_pauses_double_up_to_the_longest_and_vary_by_a_quarter(draw, failed_probes):
    breaker, now = opened(draw=draw), 0.0
    for _ in range(failed_probes):
        now += breaker.wait(now) + ROUNDING
        assert breaker.allows(now)
        breaker.fault(BUSY, now)

    step = min(FIRST * 2**failed_probes, LONGEST)
    assert breaker.wait(now) == pytest.approx(step * (0.75 + draw / 2))


@given(instants, st.integers(0, 10), draws)
def test_the_wait_is_the_time_after_which_a_probe_is_allowed(start, failed_probes, draw):
    breaker, now = opened(start, draw=draw), start
    for _ in range(failed_probes):
        now += breaker.wait(now) + ROUNDING
        assert breaker.allows(now)
        breaker.fault(BUSY, now)

    wait = breaker.wait(now)
    assert not breaker.allows(now + wait * 0.99)
    assert breaker.wait(now) == wait
    assert breaker.allows(now + wait + ROUNDING)


@pytest.mark.parametrize("answer", [None, *ANSWERS], ids=repr)
def test_a_probe_that_is_answered_closes_it_and_forgets_the_outage(answer):
    breaker = opened()
    assert breaker.allows(10.0)
    assert breaker.status(10.0).state == "half_open"

    if answer is None:
        breaker.success(11.0)
    else:
        breaker.fault(answer, 11.0)

    assert breaker.status(11.0) == BreakerStatus("closed", 0.0, None, 0)
    assert all(breaker.allows(11.0) for _ in range(100))
    for _ in range(THRESHOLD):
        breaker.fault(BUSY, 12.0)
    assert breaker.wait(12.0) == FIRST


def test_while_a_probe_is_under_way_the_others_look_again_soon():
    breaker = opened()
    assert breaker.allows(10.0)

    assert not breaker.allows(10.1)
    assert breaker.wait(10.1) == FIRST
    assert 0 < breaker.wait(10.0 + PROBE_PATIENCE - 1e-9) <= FIRST


def test_a_probe_of_which_nothing_is_heard_is_followed_by_another():
    breaker = opened()
    assert breaker.allows(10.0)

    assert not breaker.allows(10.0 + PROBE_PATIENCE - 0.1)
    assert breaker.allows(10.0 + PROBE_PATIENCE)
    assert not breaker.allows(10.0 + PROBE_PATIENCE)


@pytest.mark.parametrize("fault", COUNTING[3:], ids=repr)
def test_where_somebody_has_to_act_first_the_pauses_are_longer(fault):
    breaker, now, waits = opened(fault=fault), 0.0, []
    for _ in range(6):
        waits.append(breaker.wait(now))
        now += waits[-1] + ROUNDING
        assert breaker.allows(now)
        breaker.fault(fault, now)

    assert waits == pytest.approx([30.0, 60.0, 120.0, 240.0, 300.0, 300.0])


@given(st.floats(0.001, 1e9))
def test_no_pause_is_shorter_than_the_provider_asked_for_up_to_ten_minutes(asked):
    breaker = opened(fault=ProviderBusy("slow_down", 429, asked))

    assert breaker.wait(0.0) == max(FIRST, min(asked, 600.0))


def test_faults_of_calls_that_began_before_it_opened_do_not_lengthen_the_pause():
    breaker = opened()
    for _ in range(30):
        breaker.fault(BUSY, 0.5)
    assert breaker.wait(0.5) == FIRST - 0.5

    breaker.fault(ProviderBusy("slow_down", 429, 7.0), 0.5)
    assert breaker.wait(0.5) == 7.0


def test_a_success_of_a_call_that_began_before_it_opened_is_a_reason_for_one_probe_at_once():
    breaker = opened()

    breaker.success(0.1)

    assert breaker.status(0.1).state == "half_open"
    assert breaker.allows(0.1)
    assert not breaker.allows(0.1)


def test_a_late_fault_during_a_probe_does_not_hide_that_the_probe_succeeded():
    breaker = opened()
    assert breaker.allows(10.0)
    breaker.fault(OutcomeUnknown("timeout"), 10.5)

    breaker.success(11.0)

    assert breaker.allows(11.0)
    breaker.success(11.5)
    assert breaker.status(11.5).state == "closed"


@given(
    st.lists(st.tuples(gaps, st.sampled_from([None, *COUNTING, *ANSWERS]), st.booleans()), max_size=100),
    draws,
)
def test_whatever_happened_it_lets_a_call_through_in_the_end_and_closes_when_that_is_answered(history, draw):
    breaker, now = Breaker(draw=lambda: draw), 0.0
    for gap, outcome, asks in history:
        now += gap
        if asks and not breaker.allows(now):
            assert breaker.wait(now) > 0
        elif outcome is None:
            breaker.success(now)
        else:
            breaker.fault(outcome, now)

    for _ in range(100):
        if breaker.allows(now):
            break
        now += breaker.wait(now) + ROUNDING
    breaker.success(now)

    assert breaker.status(now).state == "closed"


def test_how_things_stand_is_told_for_health_and_metrics():
    breaker = Breaker(draw=lambda: 0.5)
    breaker.fault(Unreachable("not_connected"), 0.0)
    assert breaker.status(0.0) == BreakerStatus("closed", 0.0, "not_connected", 0)

    for _ in range(THRESHOLD - 1):
        breaker.fault(ProviderBusy("server_is_overloaded", 503), 1.0)
    assert breaker.status(1.5) == BreakerStatus("open", 0.5, "server_is_overloaded", 0)
    assert breaker.status(3.0) == BreakerStatus("half_open", 2.0, "server_is_overloaded", 0)
    assert breaker.allows(3.0)
    assert breaker.status(4.0) == BreakerStatus("half_open", 3.0, "server_is_overloaded", 1)
