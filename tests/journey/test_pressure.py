"""While acknowledging and the log need the processor, replies come one by one; and they all come."""

from __future__ import annotations

from datetime import timedelta

from domain import events as e
from service.replies import TRICKLE
from tests.journey.conftest import Journey


async def test_under_pressure_that_does_not_end_everybody_is_answered_in_turn(world: Journey) -> None:
    world.service.replies.pressed = lambda: True
    people = [world.person(f"49151000000{n}") for n in range(4)]
    for who in people:
        await world.meta.say(who, "Is anybody there?")
    for who in people:
        await world.until_answered(who)
    drafted = [
        event.timestamp
        for who in people
        for event in await world.events(who)
        if isinstance(event, e.ReplyDrafted)
    ]
    assert len(drafted) == len(people)
    assert max(drafted) - min(drafted) >= timedelta(seconds=TRICKLE * (len(people) - 2))


async def test_without_pressure_nobody_waits_for_anybody_else(world: Journey) -> None:
    assert not world.service.replies.pressed()
    who = world.person("491510000009")
    await world.meta.say(who, "Is anybody there?")
    await world.until_answered(who)
