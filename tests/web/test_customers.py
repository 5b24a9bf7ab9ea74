"""Customers over HTTP: the people behind conversations, and which conversations are one person's."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson
import pytest

from domain.identity import Channel, Sender
from projections.customers import MOST_CONVERSATIONS
from tests.web.conftest import TOKEN, Answer, Api
from tests.web.people import NOW, Person, at
from tests.web.stories import Told, tell

CUSTOMERS = "/api/v1/customers"


async def post(api: Api, path: str, body: Any = None) -> Answer:
    data = body if isinstance(body, bytes) else orjson.dumps({} if body is None else body)
    return await api.send(path, method="POST", data=data, headers={"Authorization": f"Bearer {TOKEN}"})


async def link(api: Api, person: Person | Told, customer: Person | Told, **more: Any) -> Answer:
    answer = await post(api, f"{person.path}/link", {"customer_id": str(customer.id), **more})
    await api.caught_up()
    return answer


async def crowd(api: Api, count: int = 7) -> list[Person]:
    channels: list[Channel] = ["whatsapp", "messenger", "instagram"]
    people = [
        Person(f"p{n}", channel=channels[n % 3], account=f"{n % 2}", name=f"Name {n}", met=at(n)).says(
            "Hi", at(n)
        )
        for n in range(count)
    ]
    await api.append(*people)
    await api.caught_up()
    return people


async def test_a_customer_is_shown_with_all_that_the_conversations_come_to(api: Api) -> None:
    phone = Person("4915112345678", name="Ada", met=NOW).says("Hi", NOW).is_answered("Hello", at(1))
    phone.says("There?", at(60 * 30)).goes_by("4915199999999", at(60 * 30))
    page = Person("psid", channel="messenger", account="7", name="Ada Lovelace", met=at(5)).says("Me", at(5))
    await api.append(phone, page)
    await api.caught_up()
    alone = await api.get(f"{CUSTOMERS}/{page.id}")
    assert (alone["customer_id"], alone["names"], len(alone["conversations"])) == (
        str(page.id), ["Ada Lovelace"], 1,
    )  # fmt: skip
    linked = await link(api, page, phone, reason="she said so")
    assert (linked.status, linked.json["customer_id"]) == (200, str(phone.id))
    for known_by in (phone.id, page.id):
        shown = await api.get(f"{CUSTOMERS}/{known_by}")
        assert shown["customer_id"] == str(phone.id)
        assert shown["names"] == ["Ada", "Ada Lovelace"]
        assert shown["channels"] == ["whatsapp", "messenger"]
        assert (shown["first_seen_at"], shown["last_seen_at"]) == (
            "2026-11-01T12:00:00Z", "2026-11-02T18:00:00Z",
        )  # fmt: skip
        assert (shown["session_count"], shown["message_count"], shown["reply_count"]) == (3, 3, 1)
        assert (shown["identity_count"], shown["erased"]) == (1, False)
        assert [c["conversation_id"] for c in shown["conversations"]] == [str(phone.id), str(page.id)]
    assert [c["customer_id"] for c in (await api.get(CUSTOMERS))["items"]] == [str(phone.id)]


async def test_pages_of_customers_both_ways_are_the_whole(api: Api) -> None:
    people = await crowd(api)
    await link(api, people[4], people[1])
    await link(api, people[0], people[6])  # listed by who was seen first, which is p0
    expected = [str(people[n].id) for n in (6, 1, 2, 3, 5)]
    for limit in (1, 2, 5, 100):
        found = await api.all_pages(CUSTOMERS, limit=limit)
        assert [c["customer_id"] for c in found] == expected
        assert await api.all_pages(CUSTOMERS, limit=limit, order="desc") == found[::-1]


async def test_customers_of_a_channel_or_an_account_are_those_with_a_conversation_there(api: Api) -> None:
    people = await crowd(api)
    await link(api, people[4], people[3])  # messenger 0 to whatsapp 1
    ids = {str(person.id): n for n, person in enumerate(people)}

    async def found(**query: str) -> list[int]:
        return [ids[c["customer_id"]] for c in await api.all_pages(CUSTOMERS, limit=1, **query)]

    assert await found(channel="messenger") == [1, 3]
    assert await found(channel="whatsapp") == [0, 3, 6]
    assert await found(account="0") == [0, 2, 3, 6]
    assert await found(channel="messenger", account="0") == [3]
    assert await found(channel="instagram", account="9") == []


async def test_linking_leads_to_the_customer_whichever_conversation_is_named(api: Api) -> None:
    a, b, c, *_ = await crowd(api)
    await link(api, b, a)
    named_by_a_linked_one = await link(api, c, b)
    assert named_by_a_linked_one.json["customer_id"] == str(a.id)
    again = await link(api, c, a)
    assert (again.status, again.json) == (200, named_by_a_linked_one.json)
    shown = await api.get(f"{CUSTOMERS}/{c.id}")
    assert [x["conversation_id"] for x in shown["conversations"]] == [str(p.id) for p in (a, b, c)]
    [fact] = (await api.get(f"{c.path}/timeline", kinds="CustomerLinked"))["items"]
    assert (fact["customer_id"], fact["actor"]) == (str(a.id), "owner")


async def test_linking_moves_one_conversation_and_unlinking_takes_it_back(api: Api) -> None:
    a, b, c, *_ = await crowd(api)
    await link(api, b, a)
    await link(api, a, c)
    members = {
        person.id: [
            x["conversation_id"] for x in (await api.get(f"{CUSTOMERS}/{person.id}"))["conversations"]
        ]
        for person in (a, b, c)
    }
    assert members == {a.id: [str(a.id), str(c.id)], b.id: [str(b.id)], c.id: [str(a.id), str(c.id)]}
    for _ in range(2):
        answer = await post(api, f"{a.path}/unlink", {"reason": "somebody else"})
        assert (answer.status, answer.json["customer_id"]) == (200, str(a.id))
    await api.caught_up()
    shown = await api.get(f"{CUSTOMERS}/{a.id}")
    assert [x["conversation_id"] for x in shown["conversations"]] == [str(a.id), str(b.id)]


async def test_what_cannot_be_linked_is_refused_and_named(api: Api) -> None:
    a, b, c, *_ = await crowd(api)
    unknown = {"customer_id": str(uuid4())}
    good = {"customer_id": str(b.id)}
    refusals: list[tuple[str, Any, int, str]] = [
        (f"{a.path}/link", {"customer_id": str(a.id)}, 409, "id"),
        (f"{a.path}/link", unknown, 400, "customer_id"),
        (f"/api/v1/conversations/{uuid4()}/link", good, 404, "id"),
        (f"/api/v1/conversations/{uuid4()}/unlink", {}, 404, "id"),
        (f"{a.path}/link", {}, 400, "customer_id"),
        (f"{a.path}/link", {"customer_id": "x"}, 400, "customer_id"),
        (f"{a.path}/link", {"customer_id": None}, 400, "customer_id"),
        (f"{a.path}/link", {**good, "actor": "kim"}, 400, "actor"),
        (f"{a.path}/link", {**good, "reason": "x" * 257}, 400, "reason"),
        (f"{a.path}/link", [], 400, "body"),
        (f"{a.path}/link", b"", 400, "customer_id"),
        (f"{a.path}/link", b"{", 400, "body"),
        (f"{a.path}/link", b'"\xff"', 400, "body"),
        (f"{a.path}/unlink", b"[", 400, "body"),
    ]
    for path, body, status, field in refusals:
        answer = await post(api, path, body)
        assert (answer.status, answer.json.get("field")) == (status, field), (path, body, answer.body)
    await api.append(c.is_erased(at(60)))
    for erased, other in ((c, a), (a, c)):
        answer = await link(api, erased, other)
        assert answer.status == 409, answer.body
    assert len((await api.get(CUSTOMERS))["items"]) == 7


async def test_a_customer_has_so_many_conversations_at_most(api: Api) -> None:
    people = [Person(f"p{n}", met=at(n)).says("Hi", at(n)) for n in range(MOST_CONVERSATIONS + 1)]
    await api.append(*people)
    await api.caught_up()
    first, *others, last = people
    for person in others:
        answer = await post(api, f"{person.path}/link", {"customer_id": str(first.id)})
        assert answer.status == 200
    await api.caught_up()
    refused = await link(api, last, first)
    assert (refused.status, refused.json["field"]) == (409, "customer_id")
    again = await link(api, others[0], first)
    assert again.status == 200
    shown = await api.get(f"{CUSTOMERS}/{first.id}")
    assert len(shown["conversations"]) == MOST_CONVERSATIONS
    merged = await api.all_pages(f"{CUSTOMERS}/{first.id}/timeline", limit=50, kinds="MessageReceived")
    assert len(merged) == MOST_CONVERSATIONS


async def test_an_erased_customer_is_counted_and_not_named(api: Api) -> None:
    ada = Person("ada", name="Ada").says("Hi", NOW).is_erased(at(1))
    await api.append(ada)
    async with api.service.database.transaction() as connection:
        await connection.execute("UPDATE keys SET wrapped = NULL, destroyed_at = now()")
    await api.caught_up()
    [shown] = (await api.get(CUSTOMERS))["items"]
    assert (shown["erased"], shown["names"], shown["message_count"]) == (True, [], 1)
    assert "Ada" not in str(shown)


async def test_a_customer_nobody_knows_is_not_found(api: Api) -> None:
    for path in (f"{CUSTOMERS}/{uuid4()}", f"{CUSTOMERS}/{uuid4()}/timeline"):
        answer = await api.ask(path)
        assert (answer.status, answer.json["field"]) == (404, "id")
    bad = await api.ask(f"{CUSTOMERS}/ada")
    assert (bad.status, bad.json["field"]) == (400, "id")
    view = await api.ask(CUSTOMERS, view="november")
    assert (view.status, view.json["field"]) == (400, "view")


# The timeline of all conversations


async def told(api: Api) -> tuple[Told, Told]:
    """Two conversations of one person that went on at the same time."""
    phone, page = Told(), Told(Sender("messenger", "7", "psid"))
    page.story.c.hand_over("kim", page.story.now)
    for n in range(8):
        phone.story.later(60).says(f"phone {n}")
        if n % 3 == 0:
            phone.story.answered(f"r{n}")
        page.story.later(45).says(f"page {n}")
    phone.story.c.hand_over("kim", phone.story.now)
    await tell(api, phone, page)
    await api.caught_up()
    api.clock.now = phone.story.now
    await link(api, page, phone)
    return phone, page


async def merged(api: Api, one: Told, **query: Any) -> list[dict[str, Any]]:
    return await api.all_pages(f"{CUSTOMERS}/{one.id}/timeline", **query)


def order(items: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    return [(i["event"]["recorded_at"], i["conversation_id"], i["event"]["version"]) for i in items]


async def test_a_customers_timeline_is_that_of_all_conversations_merged(api: Api) -> None:
    phone, page = await told(api)
    whole = await merged(api, phone, limit=100)
    assert len(whole) == sum(len(one.story.facts) for one in (phone, page)) + 1  # and that it was linked
    assert order(whole) == sorted(order(whole))
    assert {(i["channel"], i["account_id"]) for i in whole} == {
        ("whatsapp", "106540352242922"), ("messenger", "7"),
    }  # fmt: skip
    for one in (phone, page):
        own = await api.all_pages(f"{one.path}/timeline", limit=100)
        assert [i["event"] for i in whole if i["conversation_id"] == str(one.id)] == own
        assert await merged(api, one, limit=100) == whole


@pytest.mark.parametrize("limit", [1, 2, 7, 40])
async def test_pages_of_it_both_ways_are_the_whole(api: Api, limit: int) -> None:
    phone, _ = await told(api)
    whole = await merged(api, phone, limit=100)
    assert await merged(api, phone, limit=limit) == whole
    assert await merged(api, phone, limit=limit, order="desc") == whole[::-1]
    kinds = {"kinds": "MessageReceived", "after": "2026-11-02T12:02:00Z", "before": "2026-11-02T12:06:00Z"}
    narrowed = [
        i
        for i in whole
        if i["event"]["type"] == "MessageReceived" and "12:02" <= i["event"]["recorded_at"][11:16] < "12:06"
    ]
    assert len(narrowed) > 5
    assert await merged(api, phone, limit=limit, **kinds) == narrowed


async def test_it_is_shown_as_it_was(api: Api) -> None:
    phone, page = await told(api)
    whole = await merged(api, phone, limit=100)
    then = await merged(api, phone, as_of="2026-11-02T12:03:00Z", limit=5)
    assert then == [i for i in whole if i["event"]["recorded_at"] <= "2026-11-02T12:03:00Z"]
    early = await api.ask(f"{CUSTOMERS}/{page.id}/timeline", as_of="2026-11-02T11:00:00Z")
    assert (early.status, early.json["field"]) == (404, "as_of")


async def test_a_clock_that_was_set_back_breaks_no_conversations_order_and_no_page(api: Api) -> None:
    phone, page = Told(), Told(Sender("messenger", "7", "psid"))
    for seconds in (60, 60, -90, 60, -30, 60):
        phone.story.later(seconds).says(f"{seconds}")
        page.story.later(50).says("page")
    await tell(api, phone, page)
    await api.caught_up()
    await link(api, page, phone)
    for direction in ("asc", "desc"):
        whole = await merged(api, phone, limit=100, order=direction)
        for one in (phone, page):
            versions = [i["event"]["version"] for i in whole if i["conversation_id"] == str(one.id)]
            assert versions == sorted(versions, reverse=direction == "desc")
        for limit in (1, 3):
            assert await merged(api, phone, limit=limit, order=direction) == whole


async def test_a_cursor_of_it_is_of_use_for_its_own_query_only(api: Api) -> None:
    phone, page = await told(api)
    path = f"{CUSTOMERS}/{phone.id}/timeline"
    cursor = (await api.get(path, limit=3))["next_cursor"]
    for other, query in ((path, {"order": "desc"}), (f"{CUSTOMERS}/{page.id}/timeline", {}), (CUSTOMERS, {})):
        refused = await api.ask(other, cursor=cursor, **query)
        assert (refused.status, refused.json["field"]) == (400, "cursor")
