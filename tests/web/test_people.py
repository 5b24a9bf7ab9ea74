"""The routes by which people take over, write and give back: what they refuse, and why."""

from __future__ import annotations

from datetime import timedelta

import orjson

from tests.web.conftest import TOKEN, Answer, Api
from tests.web.people import Person, at


async def post(api: Api, path: str, body: object = None) -> Answer:
    data = None if body is None else orjson.dumps(body)
    return await api.send(path, method="POST", headers={"Authorization": f"Bearer {TOKEN}"}, data=data)


async def test_a_conversation_is_taken_over_once_and_given_back_once(api: Api) -> None:
    person = Person("1").says("Hello", at(0))
    await api.append(person)
    taken = await post(api, f"{person.path}/handover", {"reason": "angry"})
    assert (taken.status, taken.json["answered_by"]) == (200, "person")
    assert (await post(api, f"{person.path}/handover")).status == 409
    page = await api.get(f"{person.path}/timeline", kinds="HandedOver")
    assert [(i["actor"], i["reason"]) for i in page["items"]] == [("owner", "angry")]
    assert (await post(api, f"{person.path}/handback")).json["answered_by"] == "bot"
    assert (await post(api, f"{person.path}/handback")).status == 409


async def test_outside_the_channels_window_the_refusal_names_the_rule(api: Api) -> None:
    person = Person("1").says("Hello", at(0))
    page = Person("2", channel="messenger").says("Hello", at(0))
    await api.append(person.is_handed_over(at(1)), page.is_handed_over(at(1)))
    api.clock.now = at(0) + timedelta(hours=24)
    late = await post(api, f"{person.path}/messages", {"text": "Kim here"})
    assert (late.status, "template" in late.json["detail"]) == (409, True)
    assert (await post(api, f"{page.path}/messages", {"text": "Kim here"})).status == 202
    api.clock.now = at(0) + timedelta(days=7)
    late = await post(api, f"{page.path}/messages", {"text": "Kim again"})
    assert (late.status, "HUMAN_AGENT" in late.json["detail"]) == (409, True)


async def test_a_message_without_words_or_with_a_member_unknown_is_refused_and_the_member_named(
    api: Api,
) -> None:
    person = Person("1").says("Hello", at(0)).is_handed_over(at(1))
    await api.append(person)
    for body, member in (({}, "text"), ({"text": " "}, "text"), ({"text": 1}, "text"), ({"txt": "x"}, "txt")):
        answer = await post(api, f"{person.path}/messages", body)
        assert answer.status == 400
        assert member in answer.json["detail"]


async def test_nobody_is_written_to_in_a_conversation_that_is_not_there_or_erased(api: Api) -> None:
    nobody, erased = Person("1"), Person("2").says("Hello", at(0)).is_erased(at(1))
    await api.append(erased)
    for act, body in (("handover", {}), ("handback", {}), ("messages", {"text": "Kim here"})):
        assert (await post(api, f"{nobody.path}/{act}", body)).status == 404
        assert (await post(api, f"{erased.path}/{act}", body)).status == 409
