"""Nobody is sent to faster than the provider allows, and refusals are waited out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import CHANNELS, Sender
from service.channels.pacing import Pacing
from service.channels.refusals import SendRefused

PERSON = Sender("whatsapp", "100", "4915112345678")
OTHER = Sender("whatsapp", "100", "4915187654321")
ELSEWHERE = Sender("whatsapp", "200", "4915112345678")

PAIR_LIMIT = SendRefused("back_off", code=131056, detail="pair rate", scope="pair")
THROUGHPUT = SendRefused("back_off", code=130429, detail="throughput", scope="account")
TOKEN_EXPIRED = SendRefused("account_stopped", code=190, detail="expired", scope="account")
WINDOW_CLOSED = SendRefused("window_closed", code=131047, detail="24 hours")


def send_when_allowed(pacing: Pacing, to: Sender, now: float) -> float:
    now += pacing.wait_for(to, now)
    pacing.sent(to, now)
    return now


def most_within(times: list[float], seconds: float) -> int:
    return max(sum(start <= time < start + seconds - 1e-6 for time in times) for start in times)


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_first_send_waits_for_nothing(channel):
    assert Pacing().wait_for(Sender(channel, "1", "2"), now=0.0) == 0


@pytest.mark.parametrize(("channel", "a_second"), [("whatsapp", 80), ("messenger", 300), ("instagram", 300)])
def test_no_second_holds_more_sends_of_an_account_than_its_rate(channel, a_second):
    pacing, now, times = Pacing(), 0.0, []
    for person in range(a_second * 2):
        now = send_when_allowed(pacing, Sender(channel, "1", str(person)), now)
        times.append(now)
    assert most_within(times, 1.0) == a_second
    assert times[-1] == pytest.approx(2.0, abs=0.1)


@given(st.lists(st.floats(0, 20), min_size=60, max_size=120))
def test_one_person_is_sent_45_at_once_and_one_in_six_seconds_over_time(pauses):
    pacing, now, times = Pacing(), 0.0, []
    for pause in pauses:
        now = send_when_allowed(pacing, PERSON, now + pause)
        times.append(now)
    for first, start in enumerate(times):
        for count, time in enumerate(times[first:], start=1):
            assert count <= 45 + (time - start) / 6 + 1e-6


def test_a_burst_to_one_person_is_borrowed_from_the_next_minutes():
    pacing, now = Pacing(), 0.0
    for _ in range(45):
        now = send_when_allowed(pacing, PERSON, now)
    assert now < 1
    assert pacing.wait_for(PERSON, now) == pytest.approx(6, abs=1)
    assert pacing.wait_for(OTHER, now) < 0.1
    assert pacing.wait_for(PERSON, now + 270) == 0


def test_accounts_do_not_slow_each_other():
    pacing = Pacing()
    pacing.sent(PERSON, 0.0)
    assert pacing.wait_for(OTHER, 0.0) == pytest.approx(1 / 80)
    assert pacing.wait_for(ELSEWHERE, 0.0) == 0


def test_asking_changes_nothing():
    pacing = Pacing()
    assert [pacing.wait_for(PERSON, 0.0) for _ in range(100)] == [0] * 100
    assert len(pacing) == 0


def test_a_pair_that_is_refused_again_and_again_waits_four_times_as_long_each_time():
    pacing, now, waits = Pacing(), 0.0, []
    for _ in range(5):
        pacing.sent(PERSON, now)
        pacing.refused(PERSON, PAIR_LIMIT, now)
        waits.append(pacing.wait_for(PERSON, now))
        now += waits[-1]
    assert waits == [1, 4, 16, 64, 256]
    assert pacing.wait_for(OTHER, now) < 0.1


def test_a_pair_never_waits_more_than_an_hour_however_often_it_was_refused():
    pacing, now = Pacing(), 0.0
    for _ in range(1_000):
        pacing.refused(PERSON, PAIR_LIMIT, now)
        now += pacing.wait_for(PERSON, now)
    pacing.refused(PERSON, PAIR_LIMIT, now)
    assert pacing.wait_for(PERSON, now) == 3600


def test_a_pair_starts_again_at_one_second_after_a_success():
    pacing = Pacing()
    pacing.refused(PERSON, PAIR_LIMIT, 0.0)
    pacing.refused(PERSON, PAIR_LIMIT, 1.0)
    pacing.accepted(PERSON, 5.0)
    pacing.refused(PERSON, PAIR_LIMIT, 6.0)
    assert pacing.wait_for(PERSON, 6.0) == 1


def test_an_account_that_is_refused_waits_twice_as_long_each_time_with_everybody_on_it():
    pacing, now, waits = Pacing(), 0.0, []
    for _ in range(10):
        pacing.refused(PERSON, THROUGHPUT, now)
        waits.append(pacing.wait_for(OTHER, now))
        now += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert pacing.wait_for(ELSEWHERE, now) == 0


def test_many_sends_under_way_that_are_refused_together_count_as_one():
    pacing = Pacing()
    for _ in range(50):
        pacing.refused(PERSON, THROUGHPUT, 10.0)
    assert pacing.wait_for(OTHER, 10.0) == 1


def test_a_success_of_a_send_under_way_does_not_end_the_wait():
    pacing = Pacing()
    pacing.refused(PERSON, THROUGHPUT, 10.0)
    pacing.accepted(OTHER, 10.5)
    assert pacing.wait_for(OTHER, 10.5) == 0.5


def test_after_a_wait_one_send_goes_first_and_its_success_lets_all_go():
    pacing = Pacing()
    pacing.refused(PERSON, THROUGHPUT, 0.0)
    pacing.sent(PERSON, 1.0)
    assert pacing.wait_for(OTHER, 1.1) == pytest.approx(0.9)
    pacing.accepted(PERSON, 1.2)
    assert pacing.wait_for(OTHER, 1.2) == 0


def test_a_trial_that_is_refused_makes_the_account_wait_longer():
    pacing = Pacing()
    pacing.refused(PERSON, THROUGHPUT, 0.0)
    pacing.sent(PERSON, 1.0)
    pacing.refused(PERSON, THROUGHPUT, 1.2)
    assert pacing.wait_for(OTHER, 1.2) == pytest.approx(2)


def test_a_wait_that_the_provider_asks_for_is_kept_but_not_beyond_a_day():
    pacing = Pacing()
    pacing.refused(PERSON, SendRefused("back_off", detail="", scope="account", retry_after=90), 0.0)
    assert pacing.wait_for(OTHER, 0.0) == 90
    pacing.refused(PERSON, SendRefused("back_off", detail="", scope="account", retry_after=1e9), 0.0)
    assert pacing.wait_for(OTHER, 0.0) == 86_400
    pacing.refused(ELSEWHERE, SendRefused("back_off", detail="", scope="pair", retry_after=3600), 0.0)
    assert pacing.wait_for(ELSEWHERE, 0.0) == 3600


def test_a_refusal_to_back_off_without_a_scope_holds_the_account():
    pacing = Pacing()
    pacing.refused(PERSON, SendRefused("back_off", detail=""), 0.0)
    assert pacing.wait_for(OTHER, 0.0) == 1


def test_a_stopped_account_gets_one_trial_a_minute_until_one_is_taken():
    pacing, now, trials = Pacing(), 0.0, []
    pacing.refused(PERSON, TOKEN_EXPIRED, now)
    for _ in range(5):
        now = send_when_allowed(pacing, PERSON, now)
        trials.append(now)
        assert pacing.wait_for(OTHER, now) == 60
        pacing.refused(PERSON, TOKEN_EXPIRED, now)
    assert trials == [60, 120, 180, 240, 300]
    now = send_when_allowed(pacing, PERSON, now)
    pacing.accepted(PERSON, now + 0.5)
    assert pacing.wait_for(OTHER, now + 0.5) == 0
    assert pacing.stopped_accounts(now + 0.5) == []


def test_a_trial_of_unknown_outcome_leaves_the_account_stopped_and_the_next_trial_a_minute_later():
    pacing = Pacing()
    pacing.refused(PERSON, TOKEN_EXPIRED, 0.0)
    pacing.sent(PERSON, 60.0)
    assert pacing.wait_for(OTHER, 90.0) == 30
    assert pacing.wait_for(OTHER, 120.0) == 0
    assert len(pacing.stopped_accounts(120.0)) == 1


def test_a_stopped_account_that_cannot_be_reached_either_still_waits_a_minute():
    pacing = Pacing()
    pacing.refused(PERSON, TOKEN_EXPIRED, 0.0)
    pacing.refused(PERSON, SendRefused("back_off", detail="no connection", scope="account"), 60.0)
    assert pacing.wait_for(OTHER, 60.0) == 60


@pytest.mark.parametrize("refusal", [WINDOW_CLOSED, PAIR_LIMIT, SendRefused("final", code=131026, detail="")])
def test_a_trial_that_is_refused_for_its_person_shows_that_the_account_is_well(refusal):
    pacing = Pacing()
    pacing.refused(PERSON, TOKEN_EXPIRED, 0.0)
    pacing.sent(PERSON, 60.0)
    pacing.refused(PERSON, refusal, 60.2)
    assert pacing.stopped_accounts(60.2) == []
    assert pacing.wait_for(OTHER, 60.2) == 0


def test_a_message_that_is_final_or_too_late_holds_nobody_up():
    pacing = Pacing()
    pacing.refused(PERSON, WINDOW_CLOSED, 0.0)
    assert pacing.wait_for(PERSON, 0.0) == 0
    assert len(pacing) == 0


def test_stopped_accounts_say_why_and_since_when_the_longest_first():
    pacing = Pacing()
    pacing.refused(ELSEWHERE, TOKEN_EXPIRED, 10.0)
    pacing.refused(PERSON, TOKEN_EXPIRED, 5.0)
    pacing.refused(PERSON, SendRefused("account_stopped", code=368, detail="policy", scope="account"), 70.0)
    first, second = pacing.stopped_accounts(100.0)
    assert (first.channel, first.account_id, first.stopped_for) == ("whatsapp", "100", 95.0)
    assert (first.code, first.detail) == (368, "policy")
    assert (second.account_id, second.stopped_for, second.code) == ("200", 90.0, 190)


def test_people_and_accounts_that_nothing_holds_up_are_forgotten():
    pacing = Pacing()
    for person in range(1_000):
        pacing.sent(Sender("whatsapp", str(person), "4915112345678"), float(person))
    assert len(pacing) < 20
    pacing.refused(PERSON, PAIR_LIMIT, 2_000.0)
    pacing.sent(OTHER, 2_001.0)
    pacing.refused(PERSON, PAIR_LIMIT, 2_002.0)
    assert pacing.wait_for(PERSON, 2_002.0) == 4


def test_memory_is_bounded_however_many_people_are_refused():
    pacing = Pacing()
    for person in range(60_000):
        pacing.refused(Sender("messenger", "1", str(person)), PAIR_LIMIT, 0.0)
    assert len(pacing) <= 60_000
    assert pacing.wait_for(Sender("messenger", "1", "59999"), 0.0) == 1
    assert pacing.wait_for(Sender("messenger", "1", "0"), 0.0) == 0
