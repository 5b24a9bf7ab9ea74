"""Search over HTTP: what is found, by what it is narrowed, and what is shown of it."""

from __future__ import annotations

from typing import Any

import pytest

from projections import searching, views
from projections.projection import Rules
from projections.runner import Runner, drain
from projections.timelines import ROWS, Timelines
from service import searching as finding
from service.storage.feed import LogFeed
from tests.web.conftest import Api
from tests.web.people import NOW, Person, at

PATH = "/api/v1/search"
NOBODY = "11111111-2222-3333-4444-555555555555"


async def found(api: Api, q: str, **query: Any) -> list[str]:
    """The whole snippets of what is found, newest first."""
    await api.caught_up()
    page = await api.get(PATH, q=q, **query)
    return [text_of(item) for item in page["items"]]


def text_of(item: dict[str, Any]) -> str:
    return "".join(segment["text"] for segment in item["snippet"])


def hits_of(item: dict[str, Any]) -> list[str]:
    return [segment["text"] for segment in item["snippet"] if segment["hit"]]


async def shop(api: Api) -> tuple[Person, Person]:
    """Two people on two channels, who asked about parcels and were answered."""
    ada = Person("4915112345678", name="Ada", met=NOW)
    ada.says("Where is my blue parcel?", at(0)).is_answered("The parcel is on its way.", at(1))
    ada.says("And the red one?", at(10)).is_answered("It was sent yesterday.", at(11))
    bob = Person("7001", channel="messenger", account="200", name="Bob", met=at(20))
    bob.says("My parcel is broken, the blue one", at(20))
    await api.append(ada, bob)
    return ada, bob


async def test_words_are_found_across_conversations_newest_first(api: Api) -> None:
    ada, bob = await shop(api)
    await api.caught_up()
    items = (await api.get(PATH, q="parcel"))["items"]
    assert [(item["conversation_id"], item["version"]) for item in items] == [
        (str(bob.id), 2),
        (str(ada.id), 4),
        (str(ada.id), 2),
    ]
    first, second, third = items
    assert first == {
        "conversation_id": str(bob.id),
        "version": 2,
        "type": "MessageReceived",
        "kind": "text",
        "author": "customer",
        "channel": "messenger",
        "account_id": "200",
        "recorded_at": "2026-11-01T12:20:00Z",
        "at": "2026-11-01T12:20:00Z",
        "display_name": "Bob",
        "snippet": [
            {"text": "My ", "hit": False},
            {"text": "parcel", "hit": True},
            {"text": " is broken, the blue one", "hit": False},
        ],
    }
    assert (second["type"], second["author"], second["display_name"]) == ("ReplyDrafted", "bot", "Ada")
    assert text_of(third) == "Where is my blue parcel?"


async def test_all_words_must_occur_unless_it_is_said_otherwise(api: Api) -> None:
    await shop(api)
    asked, answered, broken = (
        "Where is my blue parcel?",
        "The parcel is on its way.",
        "My parcel is broken, the blue one",
    )
    assert await found(api, "blue parcel") == [broken, asked]
    assert await found(api, '"blue parcel"') == [asked]
    assert await found(api, "parcel -blue") == [answered]
    assert await found(api, "yesterday OR broken") == [broken, "It was sent yesterday."]
    assert await found(api, "PARCEL Way") == [answered]
    assert await found(api, "elephant") == []


async def test_every_filter_narrows(api: Api) -> None:
    ada, bob = await shop(api)
    everything = await found(api, "parcel")
    for name, value, wanted in [
        ("channel", "messenger", [0]),
        ("channel", "instagram", []),
        ("account", "100", [1, 2]),
        ("author", "customer", [0, 2]),
        ("author", "bot", [1]),
        ("author", "person", []),
        ("kind", "text", [0, 1, 2]),
        ("kind", "image", []),
        ("kinds", "ReplyDrafted,HandedOver", [1]),
        ("conversation", str(ada.id), [1, 2]),
        ("conversation", str(bob.id), [0]),
        ("from", "2026-11-01T12:01:00Z", [0, 1]),
        ("to", "2026-11-01T12:20:00Z", [1, 2]),
    ]:
        assert await found(api, "parcel", **{name: value}) == [everything[n] for n in wanted], (name, value)
    assert await found(api, "parcel", channel="whatsapp", author="customer", account="100") == everything[2:]


async def test_pages_are_complete_and_without_repeats_whatever_comes_in_between(api: Api) -> None:
    people = [Person(f"p{n}", met=at(n % 5)) for n in range(12)]
    for n, person in enumerate(people):
        for m in range(6):
            person.says(f"word {n} {m}", at(n % 5))  # many at one instant
    await api.append(*people)
    await api.caught_up()
    whole = await api.all_pages(PATH, q="word", limit=100)
    assert len({(item["conversation_id"], item["version"]) for item in whole}) == 72
    places = [(item["recorded_at"], item["conversation_id"], item["version"]) for item in whole]
    assert places == sorted(places, reverse=True)
    for limit in (1, 7, 24, 71):
        assert await api.all_pages(PATH, q="word", limit=limit) == whole
    first = await api.get(PATH, q="word", limit=40)
    await api.append(people[0].says("word that came later", at(60)))
    await api.caught_up()
    second = await api.get(PATH, q="word", limit=40, cursor=first["next_cursor"])
    assert first["items"] + second["items"] == whole
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("fetched", "widest", "soon"),
    [(0, 0, 0), (1_000_000, 1_000_000, 1_000_000), (1_000_000, 1_000_000, 0)],
    ids=["by words", "by time", "few first"],
)
async def test_common_and_rare_words_give_the_same_by_any_way(
    api: Api, monkeypatch: pytest.MonkeyPatch, fetched: int, widest: int, soon: int
) -> None:
    monkeypatch.setattr(searching, "FETCHED", fetched)
    monkeypatch.setattr(searching, "WIDEST", widest)
    monkeypatch.setattr(searching, "SOON", soon)
    monkeypatch.setattr(searching, "FEW", 3)
    people = [Person(f"p{n}", channel=("whatsapp", "messenger")[n % 2], met=at(n)) for n in range(20)]
    for n, person in enumerate(people):
        person.says(f"hello {'rare' if n == 3 else 'again'}", at(n))
    await api.append(*people)
    assert len(await found(api, "hello", limit=100)) == 20
    assert await found(api, "hello rare") == ["hello rare"]
    assert await found(api, "hello", channel="messenger", to=f"{at(4).isoformat()}") == [
        "hello rare",
        "hello again",
    ]
    pages = await api.all_pages(PATH, q="hello", limit=3, channel="whatsapp")
    assert [text_of(item) for item in pages] == ["hello again"] * 10


async def test_words_that_went_out_of_use_are_found_past_the_newest_rows(api: Api) -> None:
    person = Person("p", met=NOW)
    for n in range(2_500):
        person.says("old" if n < 500 or n == 2_400 else "new", at(n))
    await api.append(person)
    await api.caught_up()
    async with api.service.database.connection() as connection:
        view = await views.live(connection, "timelines")
        await connection.execute(f"ANALYZE {view.table(ROWS)}")
    for word, versions in {
        "old": (2_402, *range(501, 452, -1)),
        "old OR new": range(2_501, 2_451, -1),
    }.items():
        pages = [await api.get(PATH, q=word, limit=25)]
        pages += [await api.get(PATH, q=word, limit=25, cursor=pages[0]["next_cursor"])]
        assert [item["version"] for page in pages for item in page["items"]] == [*versions]


async def test_one_conversation_is_searched_by_its_versions(api: Api) -> None:
    ada, other = Person("ada", met=NOW), Person("other", met=NOW)
    for n in range(10):
        ada.says("word", at(min(n, 5)))
        other.says("word", at(n))
    await api.append(ada, other)
    await api.caught_up()
    for limit in (1, 3, 10):
        items = await api.all_pages(PATH, q="word", conversation=ada.id, limit=limit)
        assert [(item["conversation_id"], item["version"]) for item in items] == [
            (str(ada.id), version) for version in range(11, 1, -1)
        ]
    assert await api.all_pages(PATH, q="word", conversation=NOBODY) == []


async def test_what_people_write_is_shown_as_they_wrote_it(api: Api) -> None:
    person = Person("p", met=NOW)
    texts = [
        "<b>needle</b> & <script>alert('needle')</script>",
        "line one\nneedle\tline two\x00\x03\x04 end",
        "needle \\ \" ' % {} 👩‍👩‍👧 מָה needle",
    ]
    for n, text in enumerate(texts):
        person.says(text, at(n))
    await api.append(person)
    await api.caught_up()
    items = (await api.get(PATH, q="needle"))["items"][::-1]
    assert [text_of(item) for item in items] == [
        texts[0],
        "line one needle line two    end",
        texts[2],
    ]
    assert [hits_of(item) for item in items] == [["needle"] * 2, ["needle"], ["needle"] * 2]
    tagged = (await api.get(PATH, q="<b>needle</b> <script>"))["items"]
    assert [text_of(item) for item in tagged] == [texts[0]]


async def test_a_snippet_of_a_long_text_is_the_part_around_the_hits(api: Api) -> None:
    filler = " ".join(f"filler{n}" for n in range(300))
    await api.append(Person("p", met=NOW).says(f"{filler} the needle is here {filler}", NOW))
    await api.caught_up()
    [item] = (await api.get(PATH, q="needle"))["items"]
    assert "needle" in text_of(item)
    assert len(text_of(item)) < 400


async def test_names_and_acts_are_found(api: Api) -> None:
    ada = Person("1", name="Ada Lovelace", met=NOW).says("Hi", NOW)
    ada.conversation.hand_over("operator", at(1), reason="complaint")
    await api.append(ada)
    await api.caught_up()
    [named] = (await api.get(PATH, q="lovelace"))["items"]
    assert (named["type"], named["author"], hits_of(named)) == (
        "ConversationStarted",
        "customer",
        ["Lovelace"],
    )
    [act] = (await api.get(PATH, q="complaint"))["items"]
    assert (act["type"], act["author"], act["kind"]) == ("HandedOver", "person", None)


async def filled(api: Api, name: str, rules: Rules) -> None:
    """A view of the timelines by other rules, current as of now."""
    async with api.service.database.connection() as connection:
        view = await views.create(connection, Timelines(), name, rules, "kept")
    feed = LogFeed(api.service.vault)
    await drain(Runner(api.service.database.pool, feed, Timelines(), view), range(64))


async def test_a_view_searches_by_its_own_language(api: Api) -> None:
    person = Person("p", met=NOW).says("The parcels were running late", NOW)
    person.says("Die Häuser stehen noch", at(1))
    await api.append(person)
    assert await found(api, "parcel") == []
    for language, q, hits in [
        ("english", "parcel run", ["parcels", "running"]),
        ("german", "haus", ["Häuser"]),
    ]:
        await filled(api, language, Rules(language=language))
        [item] = (await api.get(PATH, q=q, view=language))["items"]
        assert hits_of(item) == hits
    common = await api.get(PATH, q="the", view="english")
    assert common["items"] == []
    assert "no word that is searched for" in common["note"]
    assert [text_of(item) for item in (await api.get(PATH, q="the"))["items"]] == [
        "The parcels were running late"
    ]


async def test_a_question_without_a_word_finds_nothing_and_says_why(api: Api) -> None:
    await shop(api)
    for q in ("...", "-", '""', "!!! ???", "👍", "<>"):
        answer = await api.get(PATH, q=q)
        assert (answer["items"], answer["next_cursor"]) == ([], None)
        assert "no word that is searched for" in answer["note"]
    assert (await api.get(PATH, q="elephant"))["note"] is None


REFUSED: list[tuple[dict[str, str], str]] = [
    ({}, "q"),
    ({"q": ""}, "q"),
    ({"q": " \t\n"}, "q"),
    ({"q": "x" * 257}, "q"),
    ({"q": "a\x00b"}, "q"),
    ({"q": "a", "channel": "fax"}, "channel"),
    ({"q": "a", "author": "nobody"}, "author"),
    ({"q": "a", "kind": ""}, "kind"),
    ({"q": "a", "kinds": "Nonsense"}, "kinds"),
    ({"q": "a", "conversation": "17"}, "conversation"),
    ({"q": "a", "from": "yesterday"}, "from"),
    ({"q": "a", "from": "2026-11-02T00:00:00Z", "to": "2026-11-01T00:00:00Z"}, "from"),
    ({"q": "a", "limit": "101"}, "limit"),
    ({"q": "a", "view": "nowhere"}, "view"),
    ({"q": "a", "cursor": "abc"}, "cursor"),
    ({"q": "a", "sort": "rank"}, "sort"),
]


async def test_what_cannot_be_asked_is_refused_by_name(api: Api) -> None:
    for query, field in REFUSED:
        refused = await api.ask(PATH, **query)
        assert (refused.status, refused.json["field"]) == (400, field), query


async def test_a_cursor_is_of_use_for_its_own_question_only(api: Api) -> None:
    await shop(api)
    await api.caught_up()
    cursor = (await api.get(PATH, q="parcel", limit=1))["next_cursor"]
    assert len((await api.get(PATH, q=" parcel ", limit=50, cursor=cursor))["items"]) == 2
    for other in ({"q": "blue"}, {"q": "parcel", "author": "bot"}, {"q": "parcel", "view": "v1"}):
        refused = await api.ask(PATH, cursor=cursor, **other)
        assert (refused.status, refused.json["field"]) == (400, "cursor")


async def test_who_was_erased_is_not_found_any_more(api: Api) -> None:
    ada, _ = await shop(api)
    assert len(await found(api, "parcel")) == 3
    await api.append(ada.is_erased(at(30)))
    assert await found(api, "parcel") == ["My parcel is broken, the blue one"]
    assert await found(api, "Ada") == []


async def test_who_cannot_be_read_any_more_is_left_out_though_the_view_is_behind(api: Api) -> None:
    ada, _ = await shop(api)
    assert len(await found(api, "parcel")) == 3
    async with api.service.database.transaction() as connection:
        await connection.execute("UPDATE keys SET wrapped = NULL WHERE conversation_id = $1", ada.id)
    assert await found(api, "parcel") == ["My parcel is broken, the blue one"]
    first = await api.get(PATH, q="parcel", limit=2)
    last = await api.get(PATH, q="parcel", limit=2, cursor=first["next_cursor"])
    assert (len(first["items"]), last["items"], last["next_cursor"]) == (1, [], None)


async def test_an_answer_says_how_far_the_view_is_behind(api: Api) -> None:
    await shop(api)
    await api.caught_up()
    assert (await api.get(PATH, q="parcel"))["freshness"] == {"lag_events": 0, "lag_seconds": 0.0}


def test_a_question_is_read_with_its_spaces_made_one() -> None:
    assert finding.read_question("  a \n\t b ") == "a b"
    with pytest.raises(ValueError, match="at most 256"):
        finding.read_question("x" * 257)
