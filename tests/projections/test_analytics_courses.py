"""Whatever happens in whatever order, the counts add up, however the log is cut into batches."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import events as e
from domain.events import Fact
from projections.facts import MOST
from projections.measures import Measure
from projections.presence import NEVER
from projections.prices import Price, PriceTable
from projections.projection import Rules
from tests.domain.story import Story
from tests.domain.test_every_course import Course
from tests.projections.counting import Counted, counted, fold, recorded
from tests.projections.oracle.traffic import Course as Traffic
from tests.projections.oracle.traffic import lives
from tests.storage.event_values import ANY_EVENT

pytestmark = pytest.mark.exhaustive

RULES = Rules(session_hours=12, prices=PriceTable((Price("m", input=3, output=5, cached_input=1),)))
SESSION_MEASURES = (
    Measure.SESSION_MESSAGES,
    Measure.SESSION_DURATION,
    Measure.SESSION_OUTCOME,
    Measure.JOURNEY,
)


def sums_are_those_of_the_facts(found: Counted) -> None:
    assert found.sums == found.added_up()


def parts_are_wholes(found: Counted, facts: Sequence[Fact]) -> None:
    of_type = Counter(type(fact) for fact in facts)
    messages = of_type[e.MessageReceived]
    assert len(found.facts(Measure.MESSAGE_IN)) == messages
    assert sum(found.amounts(Measure.TURN)) == messages, "each message is in one turn"
    assert sum(found.amounts(Measure.SESSION_MESSAGES)) == messages, "and in one session"
    assert len(found.facts(Measure.MESSAGE_OUT)) == of_type[e.ReplySent] + of_type[e.EchoReceived]
    assert len(found.facts(Measure.DELIVERY)) == of_type[e.ReplySent]
    sessions = [(version, at) for version, _, at, _ in found.facts(Measure.SESSION)]
    for measure in SESSION_MEASURES:
        assert [(version, at) for version, _, at, _ in found.facts(measure)] == sessions
    hours = {at.replace(minute=0, second=0, microsecond=0) for _, _, at, _ in found.facts(Measure.MESSAGE_IN)}
    known = {row[2] for row in found.rows["analytics_presence"].values()}
    assert known | {row[2] for row in found.rows["analytics_strays"].values()} == hours
    in_order = sorted((row[2], row[3]) for row in found.rows["analytics_presence"].values())
    assert [previous for _, previous in in_order] == [NEVER, *sorted(known)][:-1], "each names the one before"


def answers_are_counted_once(found: Counted) -> None:
    outcomes = Counter(found.dims(Measure.TURN))
    assert outcomes["answered"] == len(found.facts(Measure.RESPONSE_BOT))
    assert outcomes["fallback"] == len(found.facts(Measure.RESPONSE_FALLBACK))
    assert outcomes["person"] == len(found.facts(Measure.RESPONSE_PERSON))
    assert outcomes["answered"] <= found.dims(Measure.MESSAGE_OUT).count("bot")
    first = [fact[0] for fact in found.facts(Measure.FIRST_RESPONSE_BOT)]
    assert set(first) <= {fact[0] for fact in found.facts(Measure.SESSION)}
    assert len(first) <= outcomes["answered"]


class CountedCourse(Course):
    """A course of a conversation that is counted at its end."""

    def teardown(self) -> None:
        facts = self.story.facts
        events = recorded(facts)
        found = fold(events)
        parts_are_wholes(found, facts)
        answers_are_counted_once(found)
        sums_are_those_of_the_facts(found)
        waits = Counter(found.dims(Measure.TURN))["waiting"]
        if not any(isinstance(fact, e.EchoReceived) for fact in facts):
            assert bool(waits) == self.story.c.awaiting_reply, "as the conversation itself says"
        for rules in (Rules(), RULES):
            whole = fold(events, rules)
            for every in (1, random.Random(len(events)).randint(2, 9)):
                assert fold(events, rules, every=every) == whole


CountedCourse.TestCase.settings = settings(
    max_examples=100,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestCountedCourse = CountedCourse.TestCase


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 30), st.sampled_from([None, 0.5, 6, 24]))
def test_however_a_life_is_cut_into_batches_it_counts_the_same(
    seed: int, every: int, hours: float | None
) -> None:
    (facts,) = lives(Traffic(seed, people=1))
    events, rules = recorded(facts), Rules(session_hours=hours, prices=RULES.prices)
    found = fold(events, rules)
    parts_are_wholes(found, facts)
    answers_are_counted_once(found)
    sums_are_those_of_the_facts(found)
    assert fold(events, rules, every=every) == found


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ANY_EVENT, max_size=25), st.integers(1, 5))
def test_no_event_is_too_strange_and_no_order(facts: list[Fact], every: int) -> None:
    events = recorded(facts, numbered_anew=True)
    found = fold(events, RULES)
    sums_are_those_of_the_facts(found)
    assert fold(events, RULES, every=every) == found
    assert all(0 <= amount <= MOST for *_, amount in found.facts())
    assert all(len(dim) <= 256 for _, dim, *_ in found.facts())


def told() -> list[Fact]:
    """A story with something of everything."""
    story = Story().says().asked().failed().says().asked().drafted().sending().sent()
    story.receipt("read", "out-r1-1", reference=story.reference("r1")).later(hours=30).says().asked("r2")
    story.echo("from the inbox").drafted("r2", input_tokens=5).refused("r2").later(1).says()
    story.c.hand_over("kim", story.now)
    story.echo("again").c.hand_back("kim", story.now)
    story.later(1).says().c.fall_back("r3", "sorry", 1, story.now)
    story.sending("r3").receipt("delivered", watermark=story.now).sent("r3").later(1).says()
    story.c.erase("kim", "cert", story.now)
    return story.facts


@settings(max_examples=200, deadline=None)
@given(st.permutations(told()), st.integers(0, 20), st.integers(1, 5))
def test_a_log_that_is_shuffled_or_not_whole_is_counted_as_far_as_it_goes(
    facts: list[Fact], left_out: int, every: int
) -> None:
    events = recorded(facts[left_out:], numbered_anew=True)
    found = fold(events)
    sums_are_those_of_the_facts(found)
    parts_are_wholes(found, facts[left_out:])
    answers_are_counted_once(found)
    assert fold(events, every=every) == found


def test_the_state_stays_small_however_long_the_conversation() -> None:
    story = Story()
    sizes = []
    for number in range(300):
        story.later(hours=13 * (number % 2)).later(60).says().later(1).answered(f"r{number}")
        story.receipt("read", f"out-r{number}-1", reference=story.reference(f"r{number}"))
        if number in {99, 299}:
            sizes.append(len(repr(counted(story.facts).state)))
    assert sizes[1] <= sizes[0] + 300
