"""The transcript of one conversation: one page, safe, complete, and the same for the same log."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from domain.inbound import Receipt
from service.export.asked import Asked, Misasked
from service.export.transcript import transcript
from tests.export.conftest import Exporting, answered, drafted, said, told, whole_story
from tests.web.people import Person, at


class Reading(HTMLParser):
    """A page as a browser takes it: the text, by the class of the line it is in, and every tag."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.items: list[tuple[str, str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "li":
            self.items.append((dict(attrs)["class"] or "", ""))

    def handle_data(self, data: str) -> None:
        if self.items:
            kind, before = self.items[-1]
            self.items[-1] = (kind, f"{before} {data}".strip())

    def of(self, kind: str) -> list[str]:
        return [re.sub(r"\s+", " ", text) for found, text in self.items if found.startswith(kind)]


async def page_of(exporting: Exporting, person: Person, what: str = "timelines", **asked: Any) -> str:
    wanted = Asked(what=what, conversation=person.id, **asked)  # type: ignore[arg-type]
    parts = transcript(exporting.database, exporting.vault, wanted, faulty=lambda _: None)
    return "".join([part async for part in parts])


async def read(exporting: Exporting, person: Person, what: str = "timelines", **asked: Any) -> Reading:
    return Reading(await page_of(exporting, person, what, **asked))


async def test_both_sides_are_shown_in_order_with_what_became_of_each(exporting: Exporting) -> None:
    person = whole_story()
    await exporting.append(person)
    page = await read(exporting, person)
    assert page.of("said") == [
        "Ada <b>Lovelace</b> =HYPERLINK(1) 12:01",
        'Assistant Good morning, "Ada" ❤ 12:02 · read 12:04',
        "Ada <b>Lovelace</b> In reply to an earlier message hello Before: helo 12:06 · edited 12:07",
        "Ada <b>Lovelace</b> Image: cat.jpg (image/jpeg) 12:08",
        "Ada <b>Lovelace</b> a secret 12:09 · taken back 12:10",
        "Assistant It is a cat 12:11 · not sent: window closed (131047)",
        "Team A person here 12:15",
        "Ada <b>Lovelace</b> to the other app 12:16 · to another app",
        "Ada <b>Lovelace</b> next day 18:00",
        "Assistant being sent 18:01 · not sent yet",
    ]
    assert page.of("day") == ["Sunday, 1 November 2026", "Monday, 2 November 2026"]
    assert page.of("session") == ["Session 1", "Session 2"]
    assert [note.rsplit(" ", 1)[0] for note in page.of("note")] == [
        "The conversation began",
        "A person took over (operator)",
        "The assistant answers again (operator)",
    ]


async def test_of_messages_only_what_was_said_is_shown(exporting: Exporting) -> None:
    person = whole_story()
    await exporting.append(person)
    page = await read(exporting, person, "messages")
    assert len(page.of("said")) == 10
    assert page.of("note") == []


async def test_nothing_that_anybody_writes_becomes_mark_up(exporting: Exporting) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>&amp;'
    person = said(Person("1", name=evil, met=at(0)), "m1", evil, 1, reply_to="m0")
    person.conversation.hand_over(evil, at(2), reason=evil)
    await exporting.append(person)
    plain = said(Person("2", met=at(0)), "m1", "hello", 1, reply_to="m0")
    plain.conversation.hand_over("operator", at(2), reason="because")
    await exporting.append(plain)
    page = await read(exporting, person)
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in (await read(exporting, plain)).tags]
    assert evil in page.of("said")[0]


async def test_the_page_loads_nothing_from_anywhere(exporting: Exporting) -> None:
    person = whole_story()
    await exporting.append(person)
    text = await page_of(exporting, person)
    page = Reading(text)
    assert "cdn.invalid" not in text
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    assert {attrs["href"][:1] for tag, attrs in page.tags if tag == "a" and attrs["href"]} == {"#"}
    assert "url(" not in text
    assert "@import" not in text


async def test_the_same_log_gives_the_same_page(exporting: Exporting) -> None:
    person = whole_story()
    await exporting.append(person)
    assert await page_of(exporting, person) == await page_of(exporting, person)


async def test_an_erased_person_has_a_page_without_them(exporting: Exporting) -> None:
    person = whole_story()
    person.is_erased(at(60 * 31))
    await exporting.append(person)
    await exporting.execute("UPDATE keys SET wrapped = NULL, destroyed_at = now()")
    text = await page_of(exporting, person)
    page = Reading(text)
    assert len(page.of("said")) == 10
    assert all("Erased" in line for line in page.of("said"))
    assert not [word for word in ("Ada", "HYPERLINK", "hello", "secret", "cat.jpg") if word in text]
    assert "The person was erased" in page.of("note")[-1]


async def test_days_and_times_are_of_the_zone_that_is_asked_for(exporting: Exporting) -> None:
    person = said(Person("1", met=at(0)), "m1", "hello", 60 * 6)
    await exporting.append(person)
    page = await read(exporting, person, zone="Asia/Kathmandu")
    assert page.of("day") == ["Sunday, 1 November 2026"]
    assert page.of("said")[0].endswith("23:45")
    assert (await read(exporting, person, zone="Pacific/Auckland")).of("day")[-1] == "Monday, 2 November 2026"


async def test_what_came_late_says_when_it_was_sent(exporting: Exporting) -> None:
    person = said(Person("1", met=at(0)), "m1", "second", 60 * 30)
    person.says("first", at(60 * 30 + 1), sent=at(60))
    await exporting.append(person)
    page = await read(exporting, person)
    assert page.of("said")[1].endswith("first 1 Nov 13:00 · came late")
    assert page.of("day") == ["Sunday, 1 November 2026", "Monday, 2 November 2026"]


@pytest.mark.parametrize("way", ["watermark", "by id"])
async def test_receipts_count_as_high_as_they_ever_were(exporting: Exporting, way: str) -> None:
    person = answered(said(Person("1", met=at(0)), "m1", "hello", 1), "hi", 2, "r1")
    which: dict[str, Any] = {"watermark": at(3)} if way == "watermark" else {"message_ids": ("r1",)}
    told(person, Receipt, 4, status="read", occurred_at=at(4), **which)
    told(person, Receipt, 5, status="delivered", occurred_at=at(3), message_ids=("r1",))
    answered(said(person, "m2", "and?", 6), "no", 7, "r2")
    told(person, Receipt, 8, status="failed", occurred_at=at(8), message_ids=("r2",), error_code=131026)
    await exporting.append(person)
    assert (await read(exporting, person)).of("said out bot") == [
        "Assistant hi 12:02 · read 12:04",
        "Assistant no 12:07 · failed: the channel says so (131026) 12:08",
    ]


async def test_a_transcript_is_of_one_conversation(exporting: Exporting) -> None:
    person = Person("1", met=at(0))
    drafted(person.says("hello", at(0)), "hi", 1)
    await exporting.append(person)
    for asked, field in [
        (Asked(what="messages"), "conversation"),
        (Asked(what="sessions", conversation=person.id), "format"),
        (Asked(what="messages", conversation=person.id, zone="Mars/Base"), "tz"),
    ]:
        with pytest.raises(Misasked) as error:
            await anext(transcript(exporting.database, exporting.vault, asked, faulty=lambda _: None))
        assert error.value.field == field
