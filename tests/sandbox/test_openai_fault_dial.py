"""The fault dial by itself: which rule strikes which request, and how often."""

from __future__ import annotations

import msgspec
import pytest

from service.sandbox.faults import (
    TRANSPORT_EFFECTS,
    AnswerEffect,
    Down,
    EmptyOutput,
    Fault,
    FaultDial,
    HangAfter,
    Refuse,
    Rule,
    RuleError,
    Slow,
    StateEffect,
    TransportEffect,
)

OPERATIONS = {"send": TRANSPORT_EFFECTS, "typing": TRANSPORT_EFFECTS}


@pytest.fixture
def dial() -> FaultDial:
    return FaultDial(OPERATIONS, presets={"busy": Refuse(429)}, seed=11)


def struck(dial: FaultDial, times: int, operation: str = "send") -> list[bool]:
    return [dial.fault_for(operation).effect is not None for _ in range(times)]


def test_without_a_rule_all_is_well(dial: FaultDial) -> None:
    assert dial.fault_for("send") == Fault(0.0, None)


def test_a_rule_strikes_until_it_is_cleared(dial: FaultDial) -> None:
    dial.add(Rule("send", Down()))
    assert struck(dial, 5) == [True] * 5
    assert struck(dial, 1, "typing") == [False]
    dial.clear()
    assert struck(dial, 1) == [False]


def test_a_rule_strikes_so_many_times_after_so_many_are_skipped(dial: FaultDial) -> None:
    dial.add(Rule("send", Down(), times=2, skip=1))
    assert struck(dial, 5) == [False, True, True, False, False]


def test_the_first_rule_that_matches_strikes(dial: FaultDial) -> None:
    dial.add(Rule("send", Refuse(500), conversation="ada"))
    dial.add(Rule("*", Refuse(503)))
    assert dial.fault_for("send", conversation="ada").effect == Refuse(500)
    assert dial.fault_for("send", conversation="bob").effect == Refuse(503)
    assert dial.fault_for("typing", conversation="ada").effect == Refuse(503)


def test_a_used_up_rule_makes_way_for_the_next(dial: FaultDial) -> None:
    dial.add(Rule("send", Refuse(500), times=1))
    dial.add(Rule("send", HangAfter(), times=1))
    assert [dial.fault_for("send").effect for _ in range(3)] == [Refuse(500), HangAfter(), None]


def test_slow_rules_add_up_and_let_the_next_rule_strike(dial: FaultDial) -> None:
    dial.add(Rule("send", Slow(1.5)))
    dial.add(Rule("send", Slow(0.5), text="parcel"))
    dial.add(Rule("send", Down(), text="parcel"))
    dial.add(Rule("send", Slow(99)))
    assert dial.fault_for("send", text="my parcel") == Fault(2.0, Down())
    assert dial.fault_for("send", text="my order") == Fault(100.5, None)
    assert dial.fault_for("send") == Fault(100.5, None)


def test_chance_is_repeatable_and_near_its_probability() -> None:
    runs = []
    for seed in (1, 1, 2):
        dial = FaultDial(OPERATIONS, seed=seed)
        dial.add(Rule("send", Down(), probability=0.3))
        runs.append(struck(dial, 1000))
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]
    assert 240 < sum(runs[0]) < 360


def test_times_counts_what_struck_and_not_what_was_spared() -> None:
    dial = FaultDial(OPERATIONS, seed=1)
    dial.add(Rule("send", Down(), times=3, probability=0.2))
    assert sum(struck(dial, 200)) == 3


def test_what_is_described_can_be_added_again(dial: FaultDial) -> None:
    dial.add(Rule("send", Refuse(500, {"a": 1}, {"retry-after": "1"}), text="x", times=3, probability=0.5))
    dial.fault_for("send", text="no")
    [described] = dial.describe()
    assert (described.pop("matched"), described.pop("fired")) == (0, 0)
    again = FaultDial(OPERATIONS)
    again.add_json(msgspec.json.encode(described))
    assert again.describe() == dial.describe()


def test_an_effect_may_be_named(dial: FaultDial) -> None:
    assert dial.add_json(b'{"operation": "send", "effect": "hang_after"}').effect == HangAfter()
    assert dial.add_json(b'{"operation": "send", "effect": "busy"}').effect == Refuse(429)


def test_a_rule_that_can_never_strike_is_refused(dial: FaultDial) -> None:
    with pytest.raises(RuleError) as unknown:
        dial.add(Rule("sent", Down()))
    assert unknown.value.field == "operation"
    assert "send, typing, *" in unknown.value.reason
    with pytest.raises(RuleError) as pointless:
        dial.add(Rule("send", EmptyOutput()))
    assert pointless.value.field == "effect"
    assert dial.describe() == []


def test_every_effect_has_its_name_in_snake_case() -> None:
    kinds = {
        effect.__struct_config__.tag
        for union in (TransportEffect, StateEffect, AnswerEffect)
        for effect in union.__args__
    }
    assert {
        "down",
        "refuse",
        "slow",
        "hang_before",
        "hang_after",
        "reset_after",
        "trickle",
        "nonsense",
    } < kinds
    assert {
        "lose_conversation",
        "lock_for",
        "incomplete",
        "empty_output",
        "unknown_item",
        "stream_ends",
    } < kinds
    assert all(kind == kind.lower() for kind in kinds)
