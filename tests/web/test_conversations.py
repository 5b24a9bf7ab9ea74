"""Conversations over HTTP: as they are, as they were, and the list of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.identity import CHANNELS
from service.storage import identities
from tests.web.conftest import Api
from tests.web.people import NOW, Person, at


def told(name: str = "4915112345678") -> Person:
    person = Person(name, name="Ada", met=at(0)).says("Hello", at(0)).is_answered("Hello, Ada", at(1))
    return person.moves("conv_second", "context_budget", at(2)).says("And tea?", at(3))


async def test_a_conversation_is_told_as_the_log_has_it(api: Api) -> None:
    person = told()
    await api.append(person)
    shown = await api.get(person.path)
    first, second = shown.pop("threads")
    assert shown == {
        "conversation_id": str(person.id),
        "channel": "whatsapp",
        "account_id": "100",
        "sender_id": "4915112345678",
        "display_name": "Ada",
        "thread_id": "conv_second",
        "version": 8,
        "answered_by": "bot",
        "started_at": "2026-11-01T12:00:00Z",
        "last_activity_at": "2026-11-01T12:03:00Z",
        "message_count": 2,
        "awaiting_reply": True,
        "freshness": {"lag_events": 0, "lag_seconds": 0.0},
    }
    assert first["reason"] == "started"
    assert first["bound_at"] == "2026-11-01T12:00:00Z"
    assert second == {
        "thread_id": "conv_second",
        "bound_at": "2026-11-01T12:02:00Z",
        "reason": "context_budget",
    }


async def test_a_conversation_is_never_stale_however_far_behind_the_projections_are(api: Api) -> None:
    person = told()
    await api.append(person)
    await api.caught_up()
    await api.service.workers.stop(0)
    await api.append(person.moves("conv_third", "thread_gone", at(4)).says("Still there?", at(5)))
    shown = await api.get(person.path)
    assert (shown["thread_id"], shown["message_count"]) == ("conv_third", 3)
    assert [thread["thread_id"] for thread in shown["threads"]][1:] == ["conv_second", "conv_third"]
    assert (await api.get("/api/v1/projections"))["items"][0]["lag_events"] == 2


async def test_a_conversation_is_told_as_it_was_at_an_instant_what_was_recorded_at_it_included(
    api: Api,
) -> None:
    person = told()
    await api.append(person)
    moment = await api.get(person.path, as_of="2026-11-01T12:01:00Z")
    assert (moment["version"], moment["message_count"], moment["awaiting_reply"]) == (6, 1, False)
    assert [thread["reason"] for thread in moment["threads"]] == ["started"]
    before = await api.get(person.path, as_of="2026-11-01T12:00:59.999999Z")
    assert (before["version"], before["awaiting_reply"]) == (2, True)
    assert await api.get(person.path, as_of="2026-11-01T13:03:00+01:00") == await api.get(person.path)
    assert await api.get(person.path, as_of="2099-01-01T00:00:00Z") == await api.get(person.path)


async def test_every_version_is_told_as_the_events_up_to_it_say(api: Api) -> None:
    person = told()
    await api.append(person)
    shown = [await api.get(person.path, version=version) for version in range(1, 9)]
    assert [then["version"] for then in shown] == list(range(1, 9))
    assert all(then["thread_id"] == then["threads"][-1]["thread_id"] for then in shown)
    assert shown[-1] == await api.get(person.path)


async def test_a_long_conversation_is_the_same_from_its_snapshot_and_from_its_beginning(api: Api) -> None:
    person = told()
    await api.append(person)
    for n in range(1_100):
        person.says(f"number {n}", at(4 + n))
        if n % 100 == 99:
            await api.append(person.moves(f"conv_{n}", "context_budget", at(4 + n)))
    await api.caught_up()
    now = await api.get(person.path)
    assert (now["version"], now["message_count"], len(now["threads"])) == (1_119, 1_102, 13)
    folded = await api.get(person.path, version=1_118)
    assert (folded["message_count"], len(folded["threads"])) == (1_102, 12)
    assert folded["threads"] == now["threads"][:-1]


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ({"as_of": "2026-11-01T11:59:59Z"}, "as_of", "had not begun"),
        ({"as_of": "0001-01-01T00:00:00Z"}, "as_of", "had not begun"),
        ({"version": 9}, "version", "newest is 8"),
    ],
)
async def test_what_had_not_begun_yet_is_not_found_and_why_is_said(
    api: Api, query: dict[str, Any], field: str, said: str
) -> None:
    person = told()
    await api.append(person)
    answer = await api.ask(person.path, **query)
    assert (answer.status, answer.json["field"]) == (404, field)
    assert said in answer.json["detail"]


async def test_an_instant_and_a_version_at_once_are_refused(api: Api) -> None:
    answer = await api.ask(told().path, as_of="2026-11-01T12:00:00Z", version=1)
    assert (answer.status, answer.json["field"]) == (400, "version")


@pytest.mark.parametrize("below", ["", "/timeline"])
async def test_an_unknown_conversation_is_not_found_and_a_malformed_id_is_refused(
    api: Api, below: str
) -> None:
    unknown = await api.ask(f"/api/v1/conversations/4a8ef1a0-5c3b-4f37-9a44-0d8f8fa0e7aa{below}")
    assert (unknown.status, unknown.json["field"]) == (404, "id")
    for bad in ("1", "4a8ef1a05c3b4f379a440d8f8fa0e7aa", "x" * 36, "%00", "..%2f..", "{4a8ef1a0}"):
        refused = await api.ask(f"/api/v1/conversations/{bad}{below}")
        assert (refused.status, refused.json.get("field")) in {(400, "id"), (404, None)}
        assert refused.status == 400 or bad.startswith("{")


async def test_what_is_left_of_a_person_whose_key_is_destroyed_is_told_without_them(api: Api) -> None:
    person = told()
    await api.append(person)
    await api.caught_up()
    async with api.service.database.transaction() as connection:
        await connection.execute("UPDATE keys SET wrapped = NULL, destroyed_at = now()")
        await connection.execute("DELETE FROM snapshots")
    shown = await api.get(person.path)
    assert (shown["sender_id"], shown["display_name"]) == (None, None)
    assert (shown["version"], shown["message_count"], len(shown["threads"])) == (8, 2, 2)
    [listed] = (await api.get("/api/v1/conversations"))["items"]
    assert {**listed, "freshness": shown["freshness"]} == shown


# The list


async def some(api: Api, count: int) -> list[Person]:
    people = [
        Person(
            f"person-{n}",
            channel=CHANNELS[n % 3],
            account=f"{n % 2}",
            met=at(n // 2),
        ).says("Hi", at(n // 2))
        for n in range(count)
    ]
    await api.append(*people)
    await api.caught_up()
    return people


async def test_the_list_pages_through_every_conversation_both_ways(api: Api) -> None:
    people = await some(api, 25)
    whole = (await api.get("/api/v1/conversations"))["items"]
    assert {item["conversation_id"] for item in whole} == {str(person.id) for person in people}
    assert [item["started_at"] for item in whole] == sorted(item["started_at"] for item in whole)
    assert await api.all_pages("/api/v1/conversations", limit=7) == whole
    assert await api.all_pages("/api/v1/conversations", limit=1) == whole
    assert await api.all_pages("/api/v1/conversations", limit=7, order="desc") == whole[::-1]
    assert await api.all_pages("/api/v1/conversations", limit=25) == whole


async def test_the_list_says_of_each_what_the_conversation_itself_says(api: Api) -> None:
    await api.append(told(), Person("silent"))
    await api.caught_up()
    listed = await api.get("/api/v1/conversations")
    assert listed["freshness"] == {"lag_events": 0, "lag_seconds": 0.0}
    for item in listed["items"]:
        shown = await api.get(f"/api/v1/conversations/{item['conversation_id']}")
        assert {**item, "freshness": shown["freshness"]} == shown


async def test_the_list_is_narrowed_by_channel_and_account(api: Api) -> None:
    await some(api, 12)
    found = await api.all_pages("/api/v1/conversations", channel="messenger", account="1", limit=1)
    assert [(item["channel"], item["account_id"]) for item in found] == [("messenger", "1")] * 2
    assert len(await api.all_pages("/api/v1/conversations", channel="instagram")) == 4
    assert len(await api.all_pages("/api/v1/conversations", account="0")) == 6
    assert (await api.get("/api/v1/conversations", account="none"))["items"] == []


async def test_a_person_is_found_by_their_id_alone_in_every_channel_and_account(api: Api) -> None:
    same = [
        Person("77", channel="whatsapp", account="100", met=at(0)),
        Person("77", channel="messenger", account="200", met=at(1)),
        Person("77", channel="messenger", account="201", met=at(2)),
        Person("77", channel="instagram", account="300", met=at(3)),
    ]
    await api.append(*same, Person("78"), Person("78", channel="messenger", account="200"))
    await api.caught_up()

    async def found(**query: Any) -> list[str]:
        return [item["conversation_id"] for item in await api.all_pages("/api/v1/conversations", **query)]

    ids = [str(person.id) for person in same]
    assert await found(sender="77") == ids
    assert await found(sender="77", limit=1) == ids
    assert await found(sender="77", limit=3, order="desc") == ids[::-1]
    assert await found(sender="77", channel="messenger") == ids[1:3]
    assert await found(sender="77", account="201") == [ids[2]]
    assert await found(sender="77", channel="whatsapp", account="100") == [ids[0]]
    assert await found(sender="77", channel="whatsapp", account="200") == []
    assert await found(sender="79") == []


async def test_a_person_is_found_by_every_id_they_have_been_known_by(api: Api) -> None:
    person = Person("old-id", met=NOW).says("Hi", NOW)
    renewed = person.conversation.sender.known_as("new-id").conversation_id
    await api.append(person.goes_by("new-id", at(1)))
    async with api.service.database.transaction() as connection:
        await identities.link(connection, [(renewed, person.id)], 64)
    await api.caught_up()
    for sender_id in ("old-id", "new-id"):
        [item] = (await api.get("/api/v1/conversations", sender=sender_id))["items"]
        assert (item["conversation_id"], item["sender_id"]) == (str(person.id), "new-id")


async def test_a_person_who_has_just_begun_is_found_by_identity_before_the_projections_know(api: Api) -> None:
    await api.service.workers.stop(0)
    person = told()
    await api.append(person)
    query = {"sender": "4915112345678", "channel": "whatsapp", "account": "100"}
    listed = await api.get("/api/v1/conversations", **query)
    assert [item["conversation_id"] for item in listed["items"]] == [str(person.id)]
    assert listed["freshness"]["lag_events"] == 8
    assert listed["freshness"]["lag_seconds"] > timedelta(days=1).total_seconds()
    assert (await api.get("/api/v1/conversations"))["items"] == []
