"""How far replies have come, whatever the order in which that is reported."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from projections.measures import Measure
from tests.domain.story import NOON, Story
from tests.projections.counting import counted, fold, recorded


def sent(reply_id: str = "r1") -> Story:
    return Story().says().answered(reply_id)


def report(story: Story, status: str, reply_id: str = "r1", **fields: Any) -> Story:
    story.later(1)
    return story.receipt(status, f"out-{status}-{story.now}", reference=story.reference(reply_id), **fields)


def test_a_sent_reply_counts_by_the_furthest_that_is_reported() -> None:
    story = sent()
    assert counted(story.facts).facts(Measure.DELIVERY) == [(6, "sent", NOON, 0)]
    for status in ("sent", "delivered", "read"):
        report(story, status)
        assert counted(story.facts).facts(Measure.DELIVERY) == [(6, status, NOON, 0)]
    assert not counted(story.facts).facts(Measure.RECEIPT_OUT_OF_ORDER)


def test_a_played_reply_is_read() -> None:
    assert counted(report(sent(), "played").facts).dims(Measure.DELIVERY) == ["read"]


def test_a_report_of_less_than_is_known_changes_nothing_and_is_out_of_order() -> None:
    story = report(report(report(sent(), "read"), "delivered"), "sent")
    found = counted(story.facts)
    assert found.dims(Measure.DELIVERY) == ["read"]
    assert [(dim, at) for _, dim, at, _ in found.facts(Measure.RECEIPT_OUT_OF_ORDER)] == [
        ("delivered", NOON + timedelta(seconds=2)),
        ("sent", NOON + timedelta(seconds=3)),
    ]


def test_a_report_before_the_send_is_recorded_is_kept_and_is_out_of_order() -> None:
    story = Story().says().asked().drafted(parts=2).sending()
    report(story, "delivered")
    assert not counted(story.facts).facts(Measure.DELIVERY)
    story.sending("r1", 2).sent("r1", 2)
    found = counted(story.facts)
    assert found.dims(Measure.DELIVERY) == ["delivered"]
    assert found.dims(Measure.RECEIPT_OUT_OF_ORDER) == ["delivered"]


@pytest.mark.parametrize(("code", "dim"), [(131026, "failed:131026"), (None, "failed:unknown")])
def test_a_failure_counts_by_its_code_and_is_final(code: int | None, dim: str) -> None:
    story = report(report(report(sent(), "delivered"), "failed", error_code=code), "read")
    found = counted(story.facts)
    assert found.dims(Measure.DELIVERY) == [dim]
    assert not found.facts(Measure.RECEIPT_OUT_OF_ORDER)


def test_of_several_failures_the_first_is_told() -> None:
    story = report(report(sent(), "failed", error_code=1), "failed", watermark=NOON, error_code=2)
    assert counted(story.facts).dims(Measure.DELIVERY) == ["failed:1"]


def test_a_send_that_is_recorded_twice_is_one_delivery() -> None:
    facts = sent().facts
    found = fold(recorded([*facts, facts[-1]], numbered_anew=True))
    assert len(found.facts(Measure.DELIVERY)) == 1


def test_a_watermark_covers_all_that_was_sent_until_then() -> None:
    story = sent("r1").later(10).says().answered("r2").later(10).says().answered("r3").later(5)
    story.receipt("read", watermark=NOON + timedelta(seconds=10))
    assert counted(story.facts).dims(Measure.DELIVERY) == ["read", "read", "sent"]
    story.receipt("delivered", watermark=NOON + timedelta(seconds=9))
    story.receipt("delivered", watermark=NOON + timedelta(seconds=20))
    found = counted(story.facts)
    assert found.dims(Measure.DELIVERY) == ["read", "read", "delivered"]
    assert found.dims(Measure.RECEIPT_OUT_OF_ORDER) == ["delivered"], "only the one that tells of nothing new"


def test_a_report_that_names_nothing_we_know_counts_nowhere() -> None:
    found = counted(sent().receipt("delivered", "somebody else's").receipt("warned", "x").facts)
    assert found.dims(Measure.DELIVERY) == ["sent"]
    assert not found.facts(Measure.RECEIPT_OUT_OF_ORDER)


def test_the_last_64_replies_are_remembered() -> None:
    story = Story()
    for number in range(65):
        story.later(1).says().answered(f"r{number}")
    report(story, "read", "r0", watermark=story.now)
    found = counted(story.facts)
    assert found.dims(Measure.DELIVERY).count("read") == 63
    assert found.dims(Measure.DELIVERY)[:2] == ["sent", "sent"], "the report itself took a place"
    assert found.state is not None
    assert len(found.state.sends) == 64
