"""The session board over HTTP: now, and at an instant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.web.conftest import Api
from tests.web.people import HOUR, NOW, Person, at


async def board(api: Api, **query: Any) -> list[dict[str, Any]]:
    return await api.all_pages("/api/v1/sessions", **query)


async def names(api: Api, **query: Any) -> list[str]:
    return [row["display_name"] for row in await board(api, **query)]


async def test_a_session_is_told_with_all_that_the_board_shows(api: Api) -> None:
    ada = Person("1", name="Ada").says("Hello", at(0)).is_answered("Hello", at(1)).says("Tea?", at(2))
    late = Person("2", name="Grace", channel="messenger", account="200", met=at(0))
    late.says("Anybody?", at(3), sent=at(1)).is_not_answered("too_late", at(4)).is_handed_over(at(5))
    await api.append(ada, late)
    await api.caught_up()
    api.clock.now = at(10)
    answer = await api.get("/api/v1/sessions")
    assert answer["freshness"] == {"lag_events": 0, "lag_seconds": 0.0}
    grace_row, ada_row = answer["items"]
    assert ada_row == {
        "conversation_id": str(ada.id),
        "channel": "whatsapp",
        "account_id": "100",
        "thread_id": ada.conversation.state.thread_id,
        "session_number": 1,
        "started_at": "2026-11-01T12:00:00Z",
        "last_activity_at": "2026-11-01T12:02:00Z",
        "expires_at": "2026-11-02T12:02:00Z",
        "message_count": 2,
        "total_message_count": 2,
        "awaiting_reply": True,
        "awaiting_since": "2026-11-01T12:02:00Z",
        "answered_by": "bot",
        "failures": 0,
        "last_failure": None,
        "display_name": "Ada",
    }
    assert grace_row["last_activity_at"] == "2026-11-01T12:01:00Z"
    assert (grace_row["failures"], grace_row["last_failure"]) == (1, "too_late")
    assert (grace_row["awaiting_reply"], grace_row["answered_by"]) == (False, "person")


async def test_a_session_is_active_for_its_length_and_expired_after_it(api: Api) -> None:
    await api.append(Person("1", name="Ada").says("Hello", NOW))
    await api.caught_up()
    for now, active in [(NOW + 24 * HOUR, True), (NOW + 24 * HOUR + timedelta(microseconds=1), False)]:
        as_of = now.isoformat()
        assert await names(api, as_of=as_of) == (["Ada"] if active else [])
        assert await names(api, as_of=as_of, status="expired") == ([] if active else ["Ada"])
        api.clock.now = now
        assert await names(api) == (["Ada"] if active else [])
        assert await names(api, status="expired") == ([] if active else ["Ada"])
        assert await names(api, status="all") == ["Ada"]


async def test_a_silence_begins_a_new_session_of_the_same_conversation(api: Api) -> None:
    person = Person("1").says("One", NOW).says("Two", NOW + HOUR).says("Three", NOW + 30 * HOUR)
    await api.append(person)
    await api.caught_up()
    api.clock.now = NOW + 31 * HOUR
    [row] = await board(api)
    assert (row["session_number"], row["message_count"], row["total_message_count"]) == (2, 1, 3)
    assert row["started_at"] == row["last_activity_at"] == "2026-11-02T18:00:00Z"


async def crowd(api: Api) -> list[Person]:
    """Twenty people: the older half is silent for more than a day at the end."""
    people = [
        Person(f"{n}", channel=("whatsapp", "messenger")[n % 2], name=f"P{n}", met=at(n // 2)).says(
            "Hi", at(n // 2)
        )
        for n in range(20)
    ]
    for person in people[10:]:
        person.says("Again", NOW + 30 * HOUR)
    await api.append(*people)
    await api.caught_up()
    api.clock.now = NOW + 31 * HOUR
    return people


async def test_the_board_pages_to_the_end_both_ways(api: Api) -> None:
    await crowd(api)
    for query in ({}, {"status": "all"}, {"status": "expired"}, {"status": "all", "channel": "messenger"}):
        whole = (await api.get("/api/v1/sessions", **query))["items"]
        assert len(whole) == (20 if query == {"status": "all"} else 10)
        for limit in (1, 3, 10):
            assert await board(api, limit=limit, **query) == whole
            assert await board(api, limit=limit, order="desc", **query) == whole[::-1]


async def test_the_board_as_of_now_is_the_live_board_page_by_page(api: Api) -> None:
    await crowd(api)
    now = "2026-11-02T19:00:00Z"
    for status in ("active", "expired", "all"):
        for order in ("asc", "desc"):
            live = await board(api, status=status, order=order)
            assert await board(api, status=status, order=order, as_of=now, limit=3) == live
    assert await board(api, as_of=now, channel="messenger") == await board(api, channel="messenger")


async def test_the_board_at_an_instant_is_what_it_was_then_that_instant_included(api: Api) -> None:
    ada = Person("1", name="Ada").says("Hello", at(0)).is_answered("Hi", at(1))
    grace = Person("2", name="Grace", met=at(1)).says("Hello", at(1))
    await api.append(ada, grace)
    await api.caught_up()
    then = await board(api)
    await api.append(
        ada.says("Tea", NOW + 40 * HOUR, name="Ada Lovelace").is_answered("Yes", NOW + 41 * HOUR)
    )
    await api.append(grace.moves("conv_new", "context_budget", NOW + 41 * HOUR))
    await api.caught_up()
    api.clock.now = NOW + 42 * HOUR
    assert await names(api) == ["Ada Lovelace"]
    assert await board(api, as_of="2026-11-01T12:01:00Z") == then
    assert await names(api, as_of="2026-11-01T12:00:59Z") == ["Ada"]
    assert await names(api, as_of="2026-11-01T11:59:59Z", status="all") == []
    assert await names(api, as_of="2026-11-03T04:00:00Z") == ["Ada Lovelace"]
    assert await names(api, as_of="2026-11-03T04:00:00Z", status="expired") == ["Grace"]
    assert await names(api, as_of="0001-01-01T00:00:00Z", status="all") == []


async def test_a_board_that_is_behind_says_so_and_the_past_does_not_depend_on_it(api: Api) -> None:
    await api.service.workers.stop(0)
    await api.append(Person("1", name="Ada").says("Hello", NOW))
    live = await api.get("/api/v1/sessions")
    assert (live["items"], live["freshness"]["lag_events"]) == ([], 2)
    past = await api.get("/api/v1/sessions", as_of="2026-11-01T12:00:00Z")
    assert [row["display_name"] for row in past["items"]] == ["Ada"]
    assert past["freshness"] == {"lag_events": 0, "lag_seconds": 0.0}


async def test_a_name_that_cannot_be_read_any_more_is_null(api: Api) -> None:
    await api.append(Person("1", name="Ada").says("Hello", NOW), Person("2").says("Hello", at(1)))
    await api.caught_up()
    assert await names(api) == ["Ada", None]
    async with api.service.database.transaction() as connection:
        await connection.execute("UPDATE keys SET wrapped = NULL, destroyed_at = now()")
    assert await names(api) == [None, None]
    assert await names(api, as_of="2026-11-01T13:00:00Z") == [None, None]


async def test_a_person_who_was_erased_is_on_no_board_from_then_on(api: Api) -> None:
    await api.append(Person("1", name="Ada").says("Hello", NOW).is_erased(at(10)))
    await api.caught_up()
    assert await board(api, status="all") == []
    assert await board(api, status="all", as_of="2026-11-01T12:10:00Z") == []
    assert len(await board(api, as_of="2026-11-01T12:09:59Z")) == 1


async def test_a_person_who_has_not_written_has_no_session(api: Api) -> None:
    await api.append(Person("silent"))
    await api.caught_up()
    assert await board(api, status="all") == []
    assert await board(api, status="all", as_of="2026-11-01T13:00:00Z") == []
