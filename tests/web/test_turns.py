"""Timelines folded into turns: question, answer, and what it took, a page at a time anywhere in the log."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import asyncpg
import pytest

from domain import events as e
from domain.conversation import Refused
from projections.prices import Price, PriceTable
from service.storage.reading import find, one_view
from service.storage.turns import AHEAD, CLOSES_DOWN, CLOSES_UP, MOST_MESSAGES, Asked, read_spans, read_traces
from service.web.parameters import LARGEST_VERSION
from service.web.turns import Turn, fold
from tests.domain.story import NOON, Story
from tests.web.conftest import Api
from tests.web.stories import Told, tell


async def turns(api: Api, told: Told, **query: Any) -> list[dict[str, Any]]:
    return await api.all_pages(f"{told.path}/timeline", fold="turns", **query)


def said(turn: dict[str, Any]) -> list[str]:
    return [message["text"] for message in turn["question"]]


async def test_a_turn_is_a_question_its_answer_and_what_it_took(api: Api) -> None:
    told = Told()
    story = told.story
    story.later(10).says("Do you have it in blue?").later(2).says("In size 40").later(3).asked()
    story.c.call_tool("r1", story.now, call_id="c1", name="stock", arguments="{}")
    story.c.return_tool("r1", story.now, call_id="c1", output="2", latency_ms=80)
    story.later(1).drafted(
        text="We do, two of them.", model="gpt-6-luna", latency_ms=900,
        input_tokens=1_000, cached_tokens=400, output_tokens=50, reasoning_tokens=20,
    )  # fmt: skip
    story.sending().later(1).sent().later(5).receipt("delivered", "out-r1-1").later(60).receipt(
        "read", "out-r1-1"
    )
    await tell(api, told)
    [turn] = await turns(api, told)
    assert said(turn) == ["Do you have it in blue?", "In size 40"]
    assert turn["answer"] == {
        "reply_id": "r1",
        "author": "bot",
        "written_at": "2026-11-02T12:00:16Z",
        "sent_at": "2026-11-02T12:00:17Z",
        "text": "We do, two of them.",
    }
    assert turn["usage"] == {
        "input_tokens": 1_000,
        "cached_tokens": 400,
        "cache_write_tokens": None,
        "output_tokens": 50,
        "reasoning_tokens": 20,
    }
    assert turn["tools"] == [{"name": "stock", "failed": False, "latency_ms": 80}]
    assert (turn["outcome"], turn["delivery"], turn["waited_ms"]) == ("answered", "read", 7_000)
    assert (turn["model"], turn["latency_ms"], turn["question_count"]) == ("gpt-6-luna", 900, 2)
    assert (turn["type"], turn["first_version"], turn["last_version"]) == ("Turn", 2, 9)


async def test_what_is_said_while_an_answer_is_written_is_the_next_turn(api: Api) -> None:
    told = Told()
    told.story.says("one").asked("r1").later(1).says("two").drafted("r1").sending("r1").sent("r1")
    await tell(api, told)
    first, second = await turns(api, told)
    assert (said(first), first["outcome"]) == (["one"], "answered")
    assert (said(second), second["outcome"], second["answer"]) == (["two"], "waiting", None)
    told.story.later(1).says("three").answered("r2")
    await tell(api, told)
    assert [said(turn) for turn in await turns(api, told)] == [["one"], ["two", "three"]]


async def test_every_way_a_turn_can_end(api: Api) -> None:
    told = Told()
    story = told.story
    story.says("to a person").later(60).echo("e1", text="This is Kim")
    story.echo("e2", text="Me again")
    story.later(60).says("to nobody")
    story.c.give_up("r1", "window_closed", story.now)
    story.later(60).says("to the fallback")
    story.c.fall_back("r2", "Sorry", 1, story.now)
    story.sending("r2").sent("r2").receipt("failed", "out-r2-1", error_code=131026)
    story.later(60).says("not sent").asked("r3").drafted("r3").sending("r3").refused("r3")
    story.later(60).says("still being sent").asked("r4").drafted("r4").sending("r4")
    story.later(60).says("unanswered")
    await tell(api, told)
    found = await turns(api, told)
    assert [(said(t), t["outcome"], t["delivery"]) for t in found] == [
        (["to a person"], "person", None),
        ([], "person", None),
        (["to nobody"], "failed", None),
        (["to the fallback"], "fallback", "failed:131026"),
        (["not sent"], "failed", None),
        (["still being sent"], "waiting", None),
        (["unanswered"], "waiting", None),
    ]
    assert [t["answer"] and t["answer"]["text"] for t in found] == [
        "This is Kim", "Me again", None, "Sorry", "an answer", "an answer", None,
    ]  # fmt: skip
    assert [t["waited_ms"] for t in found] == [60_000, None, None, 0, None, None, None]
    assert found[0]["answer"]["reply_id"] is None


async def test_after_an_erasure_turns_are_counted_and_nothing_of_them_is_readable(api: Api) -> None:
    told = Told()
    told.story.says("my secret").answered("r1", text="our secret").later(60).says("forget me")
    told.story.c.erase("kim", "certificate", told.story.now)
    await tell(api, told)
    async with api.service.database.transaction() as connection:
        await connection.execute("UPDATE keys SET wrapped = NULL, destroyed_at = now()")
    answered, waiting = await turns(api, told)
    assert (answered["outcome"], waiting["outcome"]) == ("answered", "failed")
    assert "text" not in answered["answer"]
    assert [set(m) for m in answered["question"]] == [{"version", "recorded_at", "sent_at", "kind"}]
    assert "secret" not in str((answered, waiting))


async def test_turns_as_they_were_know_nothing_of_later(api: Api) -> None:
    told = Told()
    told.story.says("one").later(60).answered("r1").later(60).receipt("read", "out-r1-1").later(60).says(
        "two"
    )
    await tell(api, told)
    seen = []
    for minute in range(4):
        then = await turns(api, told, as_of=f"2026-11-02T12:0{minute}:00Z")
        assert await turns(api, told, as_of=f"2026-11-02T12:0{minute}:00Z", order="desc") == then[::-1]
        seen.append([(t["outcome"], t["delivery"]) for t in then])
    assert seen == [
        [("waiting", None)],
        [("answered", "sent")],
        [("answered", "read")],
        [("answered", "read"), ("waiting", None)],
    ]


async def test_after_and_before_take_turns_by_their_answer(api: Api) -> None:
    told = Told()
    for n in range(5):
        told.story.says(f"question {n}").answered(f"r{n}").later(60)
    told.story.says("question 5")
    await tell(api, told)
    query = {"after": "2026-11-02T12:01:00Z", "before": "2026-11-02T12:03:00Z"}
    for order in ("asc", "desc"):
        found = await turns(api, told, limit=1, order=order, **query)
        assert sorted(map(said, found)) == [["question 1"], ["question 2"]]
        late = await turns(api, told, limit=1, order=order, after="2026-11-02T12:04:00Z")
        assert sorted(map(said, late)) == [["question 4"], ["question 5"]]


async def test_kinds_and_an_unknown_fold_are_refused(api: Api) -> None:
    told = Told()
    await tell(api, told)
    refused = await api.ask(f"{told.path}/timeline", fold="turns", kinds="ReplySent")
    assert (refused.status, refused.json["field"]) == (400, "kinds")
    unknown = await api.ask(f"{told.path}/timeline", fold="days")
    assert (unknown.status, unknown.json["field"]) == (400, "fold")


async def test_a_question_without_end_is_shown_in_part_and_counted_in_full(api: Api) -> None:
    told = Told()
    for n in range(MOST_MESSAGES + 20):
        told.story.later(1).says(f"number {n}")
    told.story.answered("r1").says("next")
    await tell(api, told)
    long, following = await turns(api, told)
    assert (len(long["question"]), long["question_count"]) == (MOST_MESSAGES, MOST_MESSAGES + 20)
    assert said(following) == ["next"]


# What it costs

LUNA = Price("gpt-6-luna", input=1_000, output=8_000, cached_input=100)


async def priced(api: Api, told: Told, prices: PriceTable) -> list[Turn]:
    async with one_view(api.service.database) as connection:
        known = await find(connection, api.service.vault, told.id, 64)
        assert known is not None
        newest = told.story.c.version
        asked = Asked(
            above=0, below=LARGEST_VERSION, newest=newest, after=None, before=None, limit=10,
            descending=False, open=True,
        )  # fmt: skip
        spans = await read_spans(connection, known, asked)
        return fold(spans, await read_traces(connection, known, asked, spans), prices)


async def test_a_turn_costs_what_its_tokens_cost_at_the_time(api: Api) -> None:
    told = Told()
    known = {"model": "gpt-6-luna", "input_tokens": 1_000, "output_tokens": 50}
    told.story.says().answered("r1", cached_tokens=400, **known)
    told.story.says().answered("r2", **known)
    told.story.says().answered("r3", **{**known, "model": "other"})
    told.story.says().answered("r4", model="gpt-6-luna")
    told.story.says().echo("e1")
    await tell(api, told)
    costs = [
        (t.cost_billionths, t.cost_exact, t.currency) for t in await priced(api, told, PriceTable((LUNA,)))
    ]
    assert costs == [
        (600 * 1_000 + 400 * 100 + 50 * 8_000, True, "USD"),
        (1_000 * 1_000 + 50 * 8_000, False, "USD"),
        (None, None, None),
        (None, None, None),
        (None, None, None),
    ]
    later = PriceTable((Price("gpt-6-luna", since=NOON.replace(hour=13), input=1),))
    assert {t.cost_billionths for t in await priced(api, told, later)} == {None}


# Paging


class Courses:
    """Anything that can happen, by chance."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.replies = 0

    def step(self, story: Story) -> None:
        self.replies += 1
        reply, state = f"r{self.replies}", story.c.state
        story.later(self.random.choice((1, 5, 300)))
        steps = [
            lambda: story.says(f"text {self.replies}"),
            lambda: story.says(f"text {self.replies}"),
            lambda: story.asked(reply),
            lambda: story.asked(reply),
            lambda: story.drafted(state.draft.reply_id if state.draft else reply),
            lambda: story.drafted(state.draft.reply_id if state.draft else reply),
            lambda: story.failed(state.draft.reply_id if state.draft else reply),
            lambda: story.sending(state.outgoing[0].reply_id if state.outgoing else reply),
            lambda: story.sent(state.outgoing[0].reply_id if state.outgoing else reply),
            lambda: story.sent(state.outgoing[0].reply_id if state.outgoing else reply),
            lambda: story.echo(f"e{self.replies}"),
            lambda: story.c.give_up(reply, "gave_up", story.now),
            lambda: story.c.fall_back(reply, "sorry", 1, story.now),
            lambda: story.receipt("read", watermark=story.now),
        ]
        with suppress(Refused):
            self.random.choice(steps)()


def naive(facts: list[e.Fact]) -> list[tuple[list[int], str | None]]:
    """Questions, and the reply each got (its id, or who), from all there is, by the definition alone."""
    waiting: list[int] = []
    found: list[tuple[list[int], str | None]] = []
    for fact in facts:
        through, name = -1, None
        match fact:
            case e.MessageReceived():
                waiting.append(fact.originator_version)
            case e.ReplyDrafted():
                through, name = fact.answers_through, fact.reply_id
            case e.EchoReceived():
                through, name = fact.originator_version, "person"
            case e.ReplyFailed() if fact.answers_through:
                through, name = fact.answers_through, "nobody"
        if name is not None:
            found.append(([v for v in waiting if v <= through], name))
            waiting = [v for v in waiting if v > through]
    return [*found, (waiting, None)] if waiting else found


def shown(turn: dict[str, Any]) -> tuple[list[int], str | None]:
    name = None
    if turn["answer"]:
        name = turn["answer"]["reply_id"] or "person"
    elif turn["outcome"] == "failed":
        name = "nobody"
    return [message["version"] for message in turn["question"]], name


@pytest.mark.parametrize("seed", range(12))
async def test_pages_both_ways_are_what_the_whole_log_folds_to(api: Api, seed: int) -> None:
    told, courses = Told(), Courses(seed)
    for _ in range(300):
        courses.step(told.story)
    await tell(api, told)
    expected = naive(told.story.facts)
    assert len(expected) > 20
    whole = await turns(api, told, limit=100)
    assert [shown(turn) for turn in whole] == expected
    for limit in (1, 3, 7, 50):
        assert await turns(api, told, limit=limit) == whole
        assert await turns(api, told, limit=limit, order="desc") == whole[::-1]


async def test_what_is_answered_between_two_pages_is_neither_lost_nor_doubled(api: Api) -> None:
    told = Told()
    for n in range(4):
        told.story.says(f"question {n}").answered(f"r{n}").later(60)
    told.story.says("open")
    await tell(api, told)
    path = f"{told.path}/timeline"
    first = await api.get(path, fold="turns", limit=1, order="desc")
    assert [said(t) for t in first["items"]] == [["open"]]
    told.story.answered("r9").later(60).says("later")
    await tell(api, told)
    rest = await api.get(path, fold="turns", order="desc", limit=1, cursor=first["next_cursor"])
    assert [said(t) for t in rest["items"]] == [["question 3"]]


async def test_a_question_whose_answer_was_dropped_is_answered_by_the_person_who_took_over(api: Api) -> None:
    told = Told()
    story = told.story.says("Where is it?").asked().drafted()
    story.c.hand_over("kim", story.now)
    await tell(api, told)
    [turn] = await turns(api, told)
    assert (said(turn), turn["outcome"], turn["answer"]) == (["Where is it?"], "waiting", None)
    story.c.write("p1", "Kim here", 1, "kim", story.now)
    story.sending("p1").sent("p1")
    await tell(api, told)
    [turn] = await turns(api, told)
    assert (said(turn), turn["outcome"]) == (["Where is it?"], "person")
    assert turn["answer"]["text"] == "Kim here"


@pytest.mark.parametrize("statement", [CLOSES_UP, CLOSES_DOWN], ids=["asc", "desc"])
async def test_a_deep_page_of_turns_reads_no_more_than_the_first(api: Api, statement: str) -> None:
    told = Told()
    for n in range(1_000):
        told.story.later(1).says(f"question {n}").answered(f"r{n}")
    await tell(api, told)
    async with api.service.database.connection() as connection:
        await connection.execute("ANALYZE events")
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        first = await _pages_touched(connection, statement, above=0, below=5_002)
        deep = await _pages_touched(connection, statement, above=2_400, below=2_600)
        await connection.execute("RESET plan_cache_mode")
    assert abs(first - deep) <= 12, (first, deep)
    assert AHEAD < 5_000 // 2


async def _pages_touched(connection: asyncpg.Connection, statement: str, *, above: int, below: int) -> int:
    where = await connection.fetchrow("SELECT partition, conversation_id FROM events LIMIT 1")
    assert where is not None
    name = f"turns_{above}"
    types = "smallint, uuid, integer, integer, timestamptz, timestamptz, integer"
    await connection.execute(f"PREPARE {name} ({types}) AS {statement}")
    lines = await connection.fetch(
        f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) "
        f"EXECUTE {name} ({where[0]}, '{where[1]}', {above}, {below}, NULL, NULL, 21)"
    )
    buffers = next(line[0] for line in lines if "shared hit=" in line[0])
    return sum(int(part.split("=")[1]) for part in buffers.split() if "=" in part)
