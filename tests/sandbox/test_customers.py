"""The people of the sandbox: the same for the same seed, each with habits, many at a time."""

from __future__ import annotations

import asyncio
import itertools
import json

import pytest
from webhook_receiver import BEN, DORA, NOON, USERNAME_ONLY, Clock, Receiver, answering, rig

from service.sandbox.crowd import Crowd, Pace
from service.sandbox.customers import ACCOUNTS, TRAITS, Customer, people
from service.sandbox.meta import Dial, Speaker
from service.sandbox.meta.speech import Button, Edit, Image, Location, NumberChange, Reaction, Text

DAY = 86_400.0
WHATSAPP, MESSENGER, INSTAGRAM = ACCOUNTS[0], ACCOUNTS[1], ACCOUNTS[2]


def cast(count, seed=1, **options):
    return list(itertools.islice(people(seed, **options), count))


def one(account, *traits, seed=1):
    return cast(1, seed, accounts=[account], traits=lambda _: traits)[0]


def played(customer, visits=1):
    """Every line of some visits, and the updates they make, as if each had been answered."""
    lines, updates = [], []
    for _ in range(visits):
        for number, line in enumerate(customer.script()):
            lines.append(line)
            updates.append(customer.say(line.content, at=NOON - line.days_ago * DAY))
            if line.waits:
                customer.last_answer = f"answer-{number}"
    return lines, updates


def test_the_same_seed_gives_the_same_people_who_say_the_same():
    first, again, other = (
        [(customer.speaker, customer.traits, played(customer, 3)) for customer in cast(40, seed)]
        for seed in (1, 1, 2)
    )
    assert first == again
    assert all(one_of != another for one_of, another in zip(first, other, strict=True))


def test_what_a_customer_says_does_not_depend_on_when_others_speak():
    alone = played(cast(2)[1])
    first, second = cast(2)
    played(first)
    assert played(second) == alone


def test_people_are_on_all_channels_and_accounts_and_no_two_are_the_same():
    everybody = cast(200)
    assert {customer.speaker.account for customer in everybody} == set(ACCOUNTS)
    assert {account.channel for account in ACCOUNTS} == {"whatsapp", "messenger", "instagram"}
    ids = {(customer.speaker.account, customer.speaker.sender_id) for customer in everybody}
    assert len(ids) == 200
    assert {trait for customer in everybody for trait in customer.traits} == set(TRAITS)


def test_message_ids_are_never_the_same_twice():
    updates = [update for customer in cast(50) for update in played(customer, 4)[1]]
    assert len({update.message_id for update in updates}) == len(updates) > 500


def test_the_same_people_on_another_day_do_not_repeat_message_ids():
    customer, same = cast(1)[0], cast(1)[0]
    assert customer.say("hi", at=NOON).message_id != same.say("hi", at=NOON + DAY).message_id
    assert cast(1)[0].say("hi", at=NOON) == cast(1)[0].say("hi", at=NOON)


def test_a_patient_customer_waits_for_every_answer():
    lines, _ = played(one(WHATSAPP, "patient"))
    assert len(lines) >= 3
    assert all(line.waits and line.pause is None and line.days_ago == 0 for line in lines)
    assert all(isinstance(line.content, Text) for line in lines)


def test_an_impatient_customer_writes_two_to_five_messages_within_a_second():
    for seed in range(30):
        lines, _ = played(one(MESSENGER, "impatient", seed=seed))
        burst = lines[: 1 + next(n for n, line in enumerate(lines) if line.waits)]
        assert 2 <= len(burst) <= 5
        assert burst[0].pause is None
        assert sum(line.pause for line in burst[1:]) < 1


def test_a_returning_customer_first_said_something_days_ago():
    lines, updates = played(one(INSTAGRAM, "returning"))
    assert 2 <= lines[0].days_ago <= 9
    assert not lines[0].waits
    assert updates[0].content["timestamp"] == round((NOON - lines[0].days_ago * DAY) * 1000)
    assert (updates[1].at, lines[1].waits) == (NOON, True)


@pytest.mark.parametrize(
    "account", [WHATSAPP, MESSENGER, INSTAGRAM], ids=["whatsapp", "messenger", "instagram"]
)
def test_an_expressive_customer_does_more_than_write(account):
    lines, updates = played(one(account, "expressive"))
    kinds = {type(line.content) for line in lines}
    assert kinds >= {Text, Image, Reaction, Edit, Button}
    assert (Location in kinds) == (account.channel != "instagram")
    by_kind = {
        type(line.content): (line.content, update) for line, update in zip(lines, updates, strict=True)
    }
    assert by_kind[Reaction][0].message_id == "answer-0"
    assert by_kind[Edit][0].message_id in {update.message_id for update in updates}


def test_a_customer_with_a_username_only_shows_no_number():
    lines, updates = played(one(WHATSAPP, "username_only"))
    assert len(lines) >= 3
    for update in updates:
        [message] = update.content["messages"]
        assert "from" not in message
        assert message["from_user_id"] == update.person[0]
        assert "wa_id" not in update.content["contacts"][0]
        assert update.content["contacts"][0]["profile"]["username"]


def test_a_customer_whose_number_changes_goes_on_under_the_new_one():
    customer = one(WHATSAPP, "changes_number")
    before = customer.speaker
    lines, updates = played(customer)
    change = next(n for n, line in enumerate(lines) if isinstance(line.content, NumberChange))
    senders = [update.content["messages"][0]["from"] for update in updates]
    assert set(senders[: change + 1]) == {before.sender_id}
    assert set(senders[change + 1 :]) == {lines[change].content.number} == {customer.speaker.sender_id}
    assert updates[change].former_id == before.sender_id


def test_what_a_customer_says_is_exactly_what_meta_posts():
    customer = Customer(BEN, frozenset(), "ben")
    update = customer.say("hi", at=NOON)
    assert update.content == {
        "sender": {"id": BEN.sender_id},
        "recipient": {"id": BEN.account.account_id},
        "timestamp": round(NOON * 1000),
        "message": {"mid": update.message_id, "text": "hi"},
    }


async def test_a_crowd_is_answered_and_its_record_tells_all_of_it():
    async with rig(dial=Dial(receipt_pause=0)) as at, answering(at):
        customers = cast(10)
        crowd = Crowd(at.sandbox, customers, size=10, rate=400, patience=5)
        await asyncio.wait_for(crowd.run(visits=10), 20)
        await at.sandbox.wait_until_settled()
        record = json.loads(json.dumps(crowd.record()))
        assert crowd.unanswered == 0
        assert record["said_total"] == len(record["said"]) >= 30
        assert all(said["acknowledged_at"] == NOON for said in record["said"])
        delivered = [
            said["message_id"] for said in record["said"] if said["kind"] in ("text", "image", "location")
        ]
        assert set(delivered) <= set(at.receiver.message_ids())
        assert len(record["customers"]) == 10
        assert all(customer["answers"] for customer in record["customers"])
        total = sum(len(customer["answers"]) for customer in record["customers"])
        assert total == at.sandbox.ledger.calls()["send"]["200"]


async def test_with_every_bad_habit_at_once_nothing_that_was_said_is_lost():
    habits = ["duplicates", "reordering", "batches", "late", "bad_signatures", "early_statuses"]
    habits += ["no_receipts", "no_echo", "read_without_delivered"]
    refusals = itertools.cycle([200, 500, 200, 200, 503])
    receiver = Receiver(answer=lambda _one: next(refusals))
    dial = Dial(**dict.fromkeys(habits, 0.3), hold_back=0.1, batch_wait=0.02, receipt_pause=0)
    async with rig(receiver, dial=dial, seed=3) as at, answering(at):
        crowd = Crowd(at.sandbox, cast(12, seed=3), rate=400, patience=5)
        await asyncio.wait_for(crowd.run(visits=12), 60)
        await at.sandbox.wait_until_settled(within=20)
        updates = [update for delivery in at.sandbox.ledger.deliveries for update in delivery.updates]
        said = {update.message_id for update in updates if update.by_person}
        assert said == {one.message_id for one in crowd.said}
        counts = at.sandbox.ledger.counts()
        assert counts["abandoned"] == counts["pending"] == 0
        assert counts["forged"] == counts["forged_refused"] > 0
        assert min(counts["copies"], counts["retried"]) > 0
        received = {one.body for one in receiver.received if one.genuine}
        assert {delivery.body for delivery in at.sandbox.ledger.deliveries} == received


async def test_somebody_who_changes_number_or_has_none_is_answered_to_the_end():
    async with rig(dial=Dial(no_receipts=1)) as at, answering(at):
        odd = [one(WHATSAPP, "changes_number"), one(WHATSAPP, "username_only", seed=2)]
        crowd = Crowd(at.sandbox, odd, rate=400, patience=5)
        await asyncio.wait_for(crowd.run(visits=4), 20)
        assert crowd.unanswered == 0
        for customer in odd:
            assert len(at.sandbox.answers(customer.speaker)) >= 6


async def test_as_many_talk_at_the_same_time_as_the_crowd_is_large():
    async with rig() as at:
        patient = cast(8, traits=lambda _: ("patient",))
        crowd = Crowd(at.sandbox, patient, size=5, rate=1000, patience=60)
        talking = asyncio.create_task(crowd.run())
        await at.receiver.until(lambda: len(at.receiver.message_ids()) == 5)
        assert len({said.customer for said in crowd.said}) == 5
        talking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await talking
        assert crowd.said_total == 5


async def test_who_is_not_answered_goes_on_after_a_while_and_is_counted():
    async with rig() as at:
        crowd = Crowd(at.sandbox, [one(MESSENGER, "patient")], rate=1000, patience=0.02)
        await asyncio.wait_for(crowd.run(visits=1), 10)
        assert crowd.unanswered == crowd.said_total >= 3


async def test_customers_come_back_after_the_others():
    async with rig(dial=Dial(no_receipts=1)) as at, answering(at):
        crowd = Crowd(at.sandbox, cast(3, traits=lambda _: ("patient",)), size=1, rate=1000, patience=5)
        await asyncio.wait_for(crowd.run(visits=6), 20)
        order = [customer for customer, _ in itertools.groupby(said.customer for said in crowd.said)]
        assert order == 2 * [customer.speaker.sender_id for customer in crowd.customers]


async def test_the_record_tells_when_something_was_said_and_as_of_when():
    async with rig(dial=Dial(no_receipts=1)) as at, answering(at):
        crowd = Crowd(at.sandbox, [one(WHATSAPP, "returning")], rate=1000, patience=5)
        await asyncio.wait_for(crowd.run(visits=1), 10)
        earlier, now = crowd.record()["said"]
        assert earlier["said_at"] == now["said_at"] == now["dated"] == NOON
        assert 2 * DAY <= NOON - earlier["dated"] <= 9 * DAY
        [message] = at.receiver.received[0].parts()[0]["messages"]
        assert message["timestamp"] == str(int(earlier["dated"]))


async def test_turns_come_no_faster_than_half_the_interval_apart():
    pace, loop = Pace(100, seed=1), asyncio.get_running_loop()
    started = loop.time()
    await asyncio.gather(*(pace.turn() for _ in range(11)))
    assert loop.time() - started >= 10 * 0.005


async def test_what_a_crowd_remembers_is_bounded():
    async with rig(dial=Dial(no_receipts=1), history=5) as at, answering(at):
        crowd = Crowd(at.sandbox, cast(4), rate=1000, patience=5, history=5)
        await asyncio.wait_for(crowd.run(visits=8), 20)
        assert (len(crowd.said), crowd.said_total > 20) == (5, True)
        assert all(len(customer["answers"]) <= 5 for customer in crowd.record()["customers"])


async def test_a_message_of_days_ago_does_not_open_the_window_and_one_of_now_does():
    async with rig(Receiver()) as at:
        customer = Customer(DORA, frozenset({"returning"}), "dora")
        old, new = (line for line in customer.script())
        at.sandbox.speak(customer.say(old.content, at=at.clock() - old.days_ago * DAY))
        assert (await at.graph.send(DORA))[1]["error"]["code"] == 131047
        at.sandbox.speak(customer.say(new.content, at=at.clock()))
        assert (await at.graph.send(DORA))[0] == 200


def test_a_customer_can_be_made_of_anybody():
    clock = Clock()
    for speaker in (BEN, USERNAME_ONLY, Speaker(account=INSTAGRAM, sender_id="1")):
        customer = Customer(speaker, frozenset({"patient"}), "seed")
        assert played(customer)[1][0].person == speaker.ids
        assert customer.say("hi", at=clock()).by_person
