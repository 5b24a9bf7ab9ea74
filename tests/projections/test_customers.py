"""The fold of customers: when somebody was seen, how much of them there is, and whose conversation it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.identity import partition_of
from projections.customers import CustomerRow, Customers
from projections.projection import Changes, RecordedEvent, Rules
from service.storage.codec import encode, recorded_fields
from tests.domain.story import NOON, Story

FIRST = {"profile_name": "Ada"}


def folded(story: Story, rules: Rules | None = None) -> CustomerRow:
    projection, partition = Customers(), partition_of(story.c.id, 64)
    row = CustomerRow(partition, story.c.id)
    for position, fact in enumerate(story.facts, 1):
        name, clear, _ = encode(fact)
        if name in projection.handles:
            projection.fold(
                row,
                RecordedEvent(
                    partition, position, story.c.id, fact.originator_version, name, fact.timestamp,
                    recorded_fields(name, clear),
                ),
                rules or Rules(),
                Changes(),
            )  # fmt: skip
    return row


def minutes(row: CustomerRow) -> tuple[float, float]:
    assert row.first_seen is not None
    assert row.last_seen is not None
    return (row.first_seen - NOON) / timedelta(minutes=1), (row.last_seen - NOON) / timedelta(minutes=1)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def test_before_a_person_writes_they_are_seen_when_their_conversation_begins() -> None:
    row = folded(Story())
    assert minutes(row) == (0, 0)
    assert (row.sessions, row.messages, row.channel) == (0, 0, "whatsapp")
    assert row.customer_id == row.conversation_id


def test_first_and_last_seen_are_the_providers_instants_in_whatever_order_they_come() -> None:
    story = Story().says(sent_at=at(-3)).later(600)
    story.says(sent_at=at(9)).says(sent_at=at(-5)).says(sent_at=at(500))
    assert minutes(folded(story)) == (-5, 10), "a time in the future counts as that of receipt"


def test_messages_sessions_replies_and_identities_are_counted() -> None:
    story = Story().says().says().answered("r1").later(days=2).says().answered("r2").renumbers("491519999")
    story.echo("e1")
    row = folded(story)
    assert (row.messages, row.sessions, row.replies, row.identities) == (3, 2, 2, 1)


@pytest.mark.parametrize(("hours", "sessions"), [(None, 1), (1, 4), (2, 3), (3, 2), (12, 1)])
def test_sessions_are_as_recorded_or_cut_anew(hours: float | None, sessions: int) -> None:
    story = Story().says()
    for hour in (1.5, 2.5, 3.5):
        story.later(hours=hour).says()
    assert folded(story, Rules(session_hours=hours)).sessions == sessions


def test_the_profile_is_the_newest_and_an_erasure_is_noted() -> None:
    story = Story().says(**FIRST).later(60).says(profile_name="Ada L.")
    row = folded(story)
    assert [type(f).__name__ for f in story.facts if f.originator_version == row.profile_version] == [
        "ProfileChanged"
    ]
    story.c.erase("kim", "certificate", story.now)
    assert folded(story).erased


def test_a_conversation_is_of_the_customer_it_is_linked_to_until_it_is_unlinked() -> None:
    story, other, third = Story().says(), uuid4(), uuid4()
    steps: list[tuple[Any, UUID]] = [
        (lambda: story.c.link_customer(str(other), "kim", story.now), other),
        (lambda: story.c.link_customer(str(third), "kim", story.now), third),
        (lambda: story.c.unlink_customer("kim", story.now), story.c.id),
    ]
    for step, customer in steps:
        step()
        assert folded(story).customer_id == customer
